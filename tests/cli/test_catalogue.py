from __future__ import annotations

import json

import pytest

from streams.core.kpis.catalogue import CATALOGUE, NAMES
from streams.core.kpis.formula_text import formula_text
from tests.cli.calling import deskpulse


def test_every_figure_is_listed_once_with_all_its_statistics():
    ended = deskpulse("catalogue", "--json")
    assert ended.code == 0
    entries = json.loads(ended.out)
    assert [entry["name"] for entry in entries] == list(NAMES)
    for entry in entries:
        assert entry["stats"] == list(dict.fromkeys(kpi.stat for kpi in CATALOGUE if kpi.name == entry["name"]))
        assert {"name", "stats", "unit", "formula", "labels", "windows", "help", "aka"} <= entry.keys()
        assert entry["help"]
        assert entry["formula"]
        assert list(entry["by_stat"]) == entry["stats"]


def test_the_text_says_the_same_names():
    ended = deskpulse("catalogue")
    assert ended.code == 0
    assert [line.split()[0] for line in ended.out.splitlines() if line and not line.startswith(" ")] == list(NAMES)


def test_one_figure_may_be_asked_for():
    ended = deskpulse("catalogue", "service_level")
    assert ended.out.startswith("service_level  by queue, channel\n  event (ratio): ")
    assert "answers_needed (count, today)" in ended.out


def test_labels_are_those_of_the_cuts_and_their_own_with_their_words():
    (entry,) = json.loads(deskpulse("catalogue", "--json", "first_response_time").out)
    assert entry["labels"] == ["queue", "channel", "priority", "responder", "clock"]
    assert entry["label_values"]["responder"] == ["human", "bot"]
    assert entry["by_stat"]["oldest_unanswered"]["windows"] == ["now"]


def test_an_unknown_figure_is_told_with_the_nearest():
    assert deskpulse("catalogue", "abandon_rat") == (2, "", 'deskpulse: there is no "abandon_rat": did you mean abandon_rate?\n')


@pytest.mark.parametrize(
    ("name", "stat", "text"),
    [
        ("service_level", "event", "service_in / (service_in + service_out)"),
        ("service_level", "highest", "(service_in + undecided) / (service_in + service_out + undecided)"),
        ("speed_of_answer", "mean", "answer_wait_ms / answer_wait / 1000"),
        ("speed_of_answer", "p90", "p90 of answer_wait"),
        ("waiting", "oldest", "now - oldest start of waiting"),
        ("backlog", "growth", "tickets_created + tickets_reopened - tickets_resolved - tickets_merged - tickets_deleted"),
    ],
)
def test_formulas_are_written_in_what_is_counted(name, stat, text):
    (formula,) = {kpi.formula for kpi in CATALOGUE if (kpi.name, kpi.stat) == (name, stat)}
    assert formula_text(formula) == text


def test_every_formula_has_a_text():
    for kpi in CATALOGUE:
        assert formula_text(kpi.formula)

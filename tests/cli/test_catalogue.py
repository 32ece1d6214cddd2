from __future__ import annotations

import json

import pytest

from streams.cli.catalogue import entry
from streams.cli.example import example_snapshot
from streams.cli.kpi_page import KEPT_IN, page
from streams.core.kpis.catalogue import CATALOGUE, NAMES
from streams.core.kpis.formula_text import formula_text
from streams.core.kpis.prose import PROSE
from streams.outputs.families import families_of
from streams.outputs.prometheus import BoardCollector, Export
from tests.cli.calling import deskpulse
from tests.outputs.centre import morning
from tests.tools import ROOT


def test_every_figure_is_listed_once_with_all_its_statistics():
    ended = deskpulse("catalogue", "--json")
    assert ended.code == 0
    entries = json.loads(ended.out)
    assert [found["name"] for found in entries] == list(NAMES)
    for found in entries:
        assert found["stats"] == list(dict.fromkeys(kpi.stat for kpi in CATALOGUE if kpi.name == found["name"]))
        assert {"name", "stats", "unit", "formula", "labels", "windows", "help", "aka"} <= found.keys()
        assert found["help"]
        assert found["formula"]
        assert list(found["by_stat"]) == found["stats"]


def test_the_text_says_the_same_names():
    ended = deskpulse("catalogue")
    assert ended.code == 0
    assert [line.split()[0] for line in ended.out.splitlines() if line and not line.startswith(" ")] == list(NAMES)


def test_one_figure_may_be_asked_for():
    ended = deskpulse("catalogue", "service_level")
    assert ended.out.startswith("service_level  by queue, channel\n  event (ratio): ")
    assert "answers_needed (count, today)" in ended.out


def test_labels_are_those_of_the_cuts_and_their_own_with_their_words():
    (found,) = json.loads(deskpulse("catalogue", "--json", "first_response_time").out)
    assert found["labels"] == ["queue", "channel", "priority", "responder", "clock"]
    assert found["label_values"]["responder"] == ["human", "bot"]
    assert found["by_stat"]["oldest_unanswered"]["windows"] == ["now"]


def test_labels_that_are_named_are_those_that_rows_have():
    seen: dict[str, set[str]] = {name: set() for name in NAMES}
    for row in example_snapshot().rows():
        seen[row.kpi].update(row.labels)
    for name in NAMES:
        named = set(entry(name)["labels"]) - {"agent"}  # the site of the example shows no single ones
        assert named == seen[name], f"{name}: named {named}, and its rows have {seen[name]}"


def test_a_figure_of_the_site_alone_says_so():
    assert deskpulse("catalogue", "churn_rate").out.startswith("churn_rate  of the site alone\n")
    assert deskpulse("catalogue", "occupancy").out.startswith("occupancy  by queue\n")


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


# --- words, names and numbers ------------------------------------------------------------------------------------------


def test_one_that_is_named_is_told_with_everything_there_is_to_say():
    out = deskpulse("catalogue", "abandon_rate").out
    for said in (
        "How many callers give up before they are answered.",
        "- Short abandons are never in the numerator.",
        "- unobserved: nobody saw how it ended (of_decided)",
        "- Google CCAI, Abandoned %: equal; ",
        "- deskpulse_WINDOW_CUT_abandon_rate_ratio{stat}",
        "- of_decided 22.2 % of 9",
    ):
        assert said in out
    assert "How many callers give up" not in deskpulse("catalogue").out


def test_in_json_the_words_are_there_too():
    (found,) = json.loads(deskpulse("catalogue", "--json", "left_rate").out)
    assert found["definition"] == PROSE["left_rate"].definition
    assert found["edges"] == list(PROSE["left_rate"].edges)
    assert found["left_out"] == [{"what": "callbacks", "why": "an outcome of their own, not in the numerator", "stats": []}]
    assert found["prometheus"] == ["deskpulse_WINDOW_CUT_left_rate_ratio", "deskpulse_WINDOW_CUT_left_rate_samples"]
    assert [(row["stat"], row["value"], row["samples"]) for row in found["example"]] == [("rate", 1 / 13, 13)]


def test_the_page_of_all_figures_is_made_of_the_catalogue():
    kept = (ROOT / KEPT_IN).read_text(encoding="utf-8")
    assert kept == page([entry(name) for name in NAMES]), f"{KEPT_IN} is not what the catalogue says: run `make gen` and commit it"


def test_the_page_is_written_where_it_is_asked_for_and_only_if_it_differs(tmp_path):
    path = tmp_path / "kpis.md"
    assert deskpulse("catalogue", "--write", path).out == f"wrote {path}\n"
    assert deskpulse("catalogue", "--write", path).out == ""
    assert path.read_text(encoding="utf-8") == page([entry(name) for name in NAMES])


@pytest.mark.parametrize("name", NAMES)
def test_every_family_that_is_named_is_exported_under_that_name_and_with_those_labels(name, exported):
    for family in families_of(name):
        names = [(family.name.replace("WINDOW", window).replace("CUT", cut), cut) for window in WINDOWS for cut in CUTS]
        (at, cut) = next(((name, cut) for name, cut in names if name in exported), ("", ""))
        assert at, f"{name} is told to be in {family.name}, which is not on /metrics"
        kind, labels = exported[at]
        own = {*family.labels, *({cut} - {"site"} if "CUT" in family.name else ())}
        assert kind == family.kind
        assert all(set(found) - {"le"} == own for found in labels), (at, labels, own)


WINDOWS, CUTS = ("today", "month", "last_week"), ("queue", "channel", "site")


@pytest.fixture(scope="module")
def exported() -> dict[str, tuple[str, list[set[str]]]]:
    """Name as it is written -> kind, label names of each of its series."""
    found: dict[str, tuple[str, list[set[str]]]] = {}
    snapshot = morning().snapshot()
    for metric in BoardCollector(lambda: snapshot, Export(windows=WINDOWS, cuts=CUTS)).collect():
        labels = [set(sample.labels) for sample in metric.samples]
        found[metric.name + ("_total" if metric.type == "counter" else "")] = (metric.type, labels)
    return found

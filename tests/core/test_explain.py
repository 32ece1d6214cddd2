"""Explanations: the numbers put in give the figure, and with those left out they are all there are."""

from __future__ import annotations

import re
from typing import Any

import pytest

from schemas import fields as f
from schemas.events import CallEvent
from schemas.instants import rfc3339
from schemas.values import DurationMs
from streams.cli.example import example_of, example_rows, example_snapshot
from streams.core.board import BoardSettings
from streams.core.clocks.policy import Policy, QueuePolicy
from streams.core.explain import Explanation, explain
from streams.core.kpis.catalogue import CATALOGUE, NAMES
from streams.core.kpis.formula_text import FIELDS, STANDINGS, formula_text
from streams.core.kpis.formulas import Count, Mean, Ratio
from streams.core.kpis.inputs import inputs_of
from streams.core.kpis.targets import Marks, Target
from streams.core.snapshot import Snapshot
from tests.core.cases import call_tales as call
from tests.core.driving import KeptShard, told

POLICY = Policy(queues={"billing": QueuePolicy(threshold_ms=DurationMs(20_000), short_abandon_ms=DurationMs(4_000))})
ENDS: dict[str, list[CallEvent]] = {
    "in": [call.answered(12), call.answered(20)],
    "out": [call.answered(31), call.abandoned(15), call.abandoned(55)],
    "short": [call.abandoned(3)],
    "left": [call.left(10, "voicemail"), call.left(20, "key")],
    "left late": [call.left(25, "timeout")],
    "callback": [call.left(8, "callback")],
    "blocked": [call.blocked(6, "no_agents")],
    "unobserved": [call.ended(7, "system")],
}
"""What becomes of visits that all begin at 0; beside them one waits since 50 s, and one since 5 s, when it is 60."""


def snapshot(settings: BoardSettings | None = None) -> Snapshot:
    shard = KeptShard()
    ends = [end for some in ENDS.values() for end in some]
    for number, end in enumerate(ends):
        shard.says("calls", *(told(event, str(n), call_id=f"C{number}") for n, event in enumerate((call.queued(0), end))))
    for number, since in enumerate((10, 55)):
        shard.says("calls", told(call.queued(since), call_id=f"W{number}"))
    shard.at(call.ms(60))
    return shard.board(call.ms(60), settings or BoardSettings())


def explained(name: str, stat: str, window: str, queue: str | None = "billing", settings: BoardSettings | None = None) -> Explanation:
    cut = [] if queue is None else [("queue", queue)]
    (found,) = explain(snapshot(settings), POLICY, name, windows=[window], stats=[stat], cut=cut)
    return found


def test_the_service_level_says_what_was_decided_and_what_was_left_out_and_why():
    found = explained("service_level", "event", "today")
    assert {part.name: part.amount for part in found.inputs} == {
        "service_in": 2,
        "service_out": 3 + 1 + 1,
    }  # left late, and the one of 50 s
    assert found.row.value == 2 / 7
    assert [(left.what, left.amount) for left in found.left_out] == [
        ("short abandons", 1),
        ("left within the threshold", 2),
        ("callbacks within the threshold", 1),
        ("blocked within the threshold", 1),
        ("unobserved within the threshold", 1),
        ("waiting within the threshold now", 1),
    ]
    assert all(left.why for left in found.left_out)
    assert (found.formula, found.promise) == ("service_in / (service_in + service_out)", 0.8)
    (threshold,) = found.thresholds
    assert (threshold.queue, threshold.channel, threshold.threshold_seconds, threshold.short_abandon_seconds) == ("billing", "phone", 20, 4)


def test_what_was_put_in_and_what_was_left_out_are_all_visits_that_ever_began():
    found = explained("service_level", "event", "today")
    joined = explained("calls_offered", "count", "today")
    counted = sum(part.amount for part in found.inputs) + sum(left.amount or 0 for left in found.left_out)
    assert counted == joined.row.value == len([end for some in ENDS.values() for end in some]) + 2


def test_other_methods_leave_out_other_outcomes():
    found = explained("service_level", "answered", "today")
    assert {part.what: part.amount for part in found.inputs} == {"answered within the threshold": 2, "answered visits": 3}
    left = {part.what: part.amount for part in found.left_out}
    assert left == {
        "short abandons": 1, "abandoned": 2, "left": 3, "callbacks": 1, "blocked in the queue": 1, "unobserved": 1,
    }  # fmt: skip


def test_a_window_says_from_when_to_when_and_since_when_anything_is_known():
    found = explained("calls_answered", "count", "today")
    assert (found.start, found.end) == ("2023-11-14T00:00:00.000Z", rfc3339(call.ms(60)))
    assert (found.row.partial, found.row.since) == (True, rfc3339(call.ms(0)))
    yesterday = explained("calls_answered", "count", "yesterday")
    assert (yesterday.start, yesterday.end) == ("2023-11-13T00:00:00.000Z", "2023-11-14T00:00:00.000Z")
    now = explained("waiting", "oldest", "now")
    assert (now.start, now.end) == (rfc3339(call.ms(60)), rfc3339(call.ms(60)))
    assert {part.name: (part.amount, part.unit) for part in now.inputs} == {"waiting": (2, "count"), "oldest": (50.0, "seconds")}


def test_of_a_window_that_is_over_nobody_is_left_out_for_waiting_now():
    for stat in ("event", "lowest", "highest"):
        found = explained("service_level", stat, "yesterday")
        assert (found.row.value, found.row.reason) == (None, "no_sample"), stat
        assert {part.name: part.amount for part in found.inputs if part.name == "undecided"} in ({}, {"undecided": 0}), stat
        assert not any(left.amount for left in found.left_out), stat


def test_a_target_is_told_as_it_holds_for_the_queue():
    target = Target(kpi="abandon_rate", stat="of_decided", better="low", marks=Marks(0.05, 0.1), queues={"billing": Marks(0.2, None)})
    settings = BoardSettings(kpi_targets=(target,))
    own, usual = (explained("abandon_rate", "of_decided", "today", queue, settings) for queue in ("billing", None))
    assert (own.target, own.row.level) == ({"better": "low", "warn": 0.2, "crit": None}, "warn")  # two of five
    assert (usual.target, usual.row.level) == ({"better": "low", "warn": 0.05, "crit": 0.1}, "crit")
    assert explained("abandon_rate", "of_offered", "today", None, settings).target is None


def test_what_is_not_told_by_a_label_has_no_explanation():
    assert not list(explain(snapshot(), POLICY, "contact_share", cut=[("queue", "billing")]))
    assert not list(explain(snapshot(), POLICY, "calls_answered", cut=[("queue", "nowhere")]))
    assert [one.row.value for one in explain(snapshot(), POLICY, "contact_share", windows=["today"], cut=[("channel", "phone")])] == [1.0]


def test_in_a_document_the_row_stands_beside_what_it_was_made_of():
    document = explained("answer_rate", "rate", "today").document()
    assert (document["kpi"], document["value"], document["samples"]) == ("answer_rate", 3 / 12, 12)
    assert {"low", "high", "unit", "definition", "what", "formula", "inputs", "left_out", "start", "end"} <= document.keys()
    assert document["inputs"][0] == {"name": "answer_wait", "what": "answered visits", "amount": 3, "unit": "count"}
    assert "row" not in document


# --- for all of the catalogue ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_of_the_example_day_is_explained(name):
    rows = {(row.stat, row.window, str(sorted(row.labels.items()))): row for row in example_of(name)}
    told_rows = set()
    for cut in ([], [("channel", "phone")]):
        for one in explain(example_snapshot(), POLICY, name, windows=[window for _, window, _ in rows], cut=cut):
            told_rows.add((one.row.stat, one.row.window, str(sorted(one.row.labels.items()))))
            assert one.inputs or one.row.reason == "hidden", f"{name} {one.row.stat}: nothing was put in"
            assert one.definition
    assert {name for name in rows if "channel" not in name[2]} <= told_rows


@pytest.mark.parametrize(
    "kpi", [kpi for kpi in CATALOGUE if type(kpi.formula) in (Count, Ratio, Mean)], ids=lambda kpi: f"{kpi.name}-{kpi.stat}"
)
def test_the_numbers_put_into_the_text_of_the_formula_give_the_figure(kpi):
    cut: tuple[str, ...] = ("channel",) if kpi.by_channel_only else ()
    values = ("phone",) * len(cut)
    for window in ("today", "month"):
        for row in example_snapshot().rows_of(kpi, [window], cut, values):
            text = formula_text(kpi.formula)
            for part in sorted(inputs_of(kpi.formula, example_snapshot().view(cut, values, window)), key=lambda part: -len(part.name)):
                amount = part.amount * 1_000 if part.unit == "seconds" else part.amount
                text = re.sub(rf"(?<![\w\[]){re.escape(part.name)}(?![\w\]\[])", repr(round(amount)), text)
            assert re.fullmatch(r"[-+*/(). 0-9]+", text), text
            if row.value is None:
                with pytest.raises(ZeroDivisionError):
                    eval(text)
            else:
                assert eval(text) == pytest.approx(row.value), f"{formula_text(kpi.formula)} = {text}"


def test_every_number_has_one_name():
    assert len(set(STANDINGS.values())) == len(STANDINGS)
    used = [FIELDS[field] for field in {*f.LEFT.values(), *f.BLOCKED.values(), f.ANSWER_WAIT, f.ANSWER_WAIT + 1}]
    assert len(set(used)) == len(used)


def test_what_is_hidden_is_not_given_away_by_its_explanation():
    hidden: list[Any] = [row for row in example_rows() if row.reason == "hidden"]
    for row in hidden:
        for one in explain(example_snapshot(), POLICY, row.kpi, windows=[row.window], stats=[row.stat]):
            assert (one.inputs, one.left_out) == ([], [])

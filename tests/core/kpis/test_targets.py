"""Levels of rows: ok, warn, crit, by queue, and none where the sample is too small to judge by (metrics.md, section 6)."""

from __future__ import annotations

from typing import Any

import pytest

from streams.core.board import BoardSettings
from streams.core.kpis.targets import Marks, Target
from streams.core.row import Row
from streams.core.snapshot import Snapshot
from tests.core.cases import call_tales as call
from tests.core.cases import ticket_tales as ticket
from tests.core.driving import KeptShard, told

ABANDONS = Target(kpi="abandon_rate", stat="of_decided", better="low", marks=Marks(0.05, 0.10), queues={"support": Marks(0.50, None)})


@pytest.mark.parametrize(
    ("better", "marks", "value", "level"),
    [
        ("low", Marks(0.05, 0.10), 0.05, "ok"),
        ("low", Marks(0.05, 0.10), 0.0501, "warn"),
        ("low", Marks(0.05, 0.10), 0.10, "warn"),
        ("low", Marks(0.05, 0.10), 0.11, "crit"),
        ("high", Marks(0.80, 0.70), 0.80, "ok"),
        ("high", Marks(0.80, 0.70), 0.799, "warn"),
        ("high", Marks(0.80, 0.70), 0.70, "warn"),
        ("high", Marks(0.80, 0.70), 0.69, "crit"),
        ("high", Marks(None, 0.70), 0.75, "ok"),
        ("low", Marks(60, None), 9_999, "warn"),
    ],
)
def test_a_value_is_what_it_was_before_until_it_has_passed_a_mark(better: Any, marks, value, level):
    assert Target(kpi="abandon_rate", stat="of_decided", better=better, marks=marks).level(value, None) == level


def board(*targets: Target, min_samples: int = 5, answered: int = 9, abandoned: int = 1) -> Snapshot:
    """Calls of two queues: so many answered after 10 s, and abandoned after 15 s, in each of them."""
    shard = KeptShard()
    for queue in ("billing", "support"):
        for n in range(answered + abandoned):
            end = call.answered(10) if n < answered else call.abandoned(15)
            shard.says("calls", *(told(event, str(k), call_id=f"{queue}{n}") for k, event in enumerate((call.queued(0, queue), end))))
    shard.says("tickets", told(ticket.created(0)))
    return shard.board(call.ms(60), BoardSettings(kpi_targets=targets, min_samples=min_samples))


def rows(snapshot: Snapshot, kpi: str, window: str = "today") -> dict[tuple[str, str], Row]:
    """By statistic and queue, "" for the whole site."""
    cuts: list[tuple[str, ...]] = [(), ("queue",)]
    return {(row.stat, row.labels.get("queue", "")): row for row in snapshot.rows(kpis=[kpi], windows=[window], cuts=cuts)}


def test_rows_of_the_statistic_that_is_meant_have_a_level_by_queue():
    found = rows(board(ABANDONS), "abandon_rate")
    assert {name: row.level for name, row in found.items() if row.level} == {
        ("of_decided", ""): "warn",
        ("of_decided", "billing"): "warn",
        ("of_decided", "support"): "ok",
    }
    assert found["of_decided", "billing"].document()["level"] == "warn"
    assert "level" not in found["of_offered", "billing"].document()


def test_a_ratio_of_a_few_is_grey_and_has_no_level():
    """Ten are enough where five are asked for, and too few where eleven are; a ratio of none has no sample."""
    assert not rows(board(ABANDONS, min_samples=10), "abandon_rate")["of_decided", "billing"].few
    few = rows(board(ABANDONS, min_samples=11), "abandon_rate")["of_decided", "billing"].document()
    assert (few["few"], "level" in few) == (True, False)
    none = rows(board(ABANDONS, answered=0, abandoned=0), "abandon_rate")
    assert not [row for row in none.values() if row.few or row.level]


def test_what_is_no_ratio_is_judged_however_small_its_sample():
    waits = Target(kpi="speed_of_answer", stat="p90", better="low", marks=Marks(5, 20))
    oldest = Target(kpi="open_cases", stat="oldest", better="low", marks=Marks(30, 59))
    snapshot = board(waits, oldest, answered=1, abandoned=0)
    assert rows(snapshot, "speed_of_answer")["p90", "billing"].level == "warn"
    assert rows(snapshot, "open_cases", "now")["oldest", ""].level == "crit"


def test_a_target_means_the_rows_under_its_labels():
    human = Target(
        kpi="first_response_time", stat="count", better="high", marks=Marks(1), labels={"responder": "human", "clock": "calendar"}
    )
    found = [row for row in board(human).rows(kpis=["first_response_time"]) if row.stat == "count"]
    levels = {(row.labels["responder"], row.labels["clock"]): row.level for row in found}
    assert {labels for labels, level in levels.items() if level} == {("human", "calendar")}
    assert levels["human", "calendar"] == "warn"

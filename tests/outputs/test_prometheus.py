"""What /metrics says of a small centre, and when it says nothing."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from schemas.values import DurationMs
from streams.core.board import BoardSettings
from streams.core.clocks.policy import Policy, QueuePolicy
from streams.core.kpis.targets import Marks, Target
from streams.errors import ConfigError
from streams.outputs.encoding import encode
from streams.outputs.prometheus import BoardCollector, Export
from tests.outputs.centre import LIVE, Centre, at_ms, morning
from tests.outputs.scrape import ABANDONS, HOSTILE, SMALL, families, hostile_centre, small_centre, value

GOLDEN = Path(__file__).parent / "golden" / "small_centre.txt"


def test_the_page_of_a_small_centre_is_the_golden_one():
    """Rewrite it with `python -m tests.outputs.test_prometheus` and read the difference."""
    assert encode(families(small_centre(), SMALL).values(), openmetrics=False).decode() == GOLDEN.read_text()


def test_a_configured_queue_is_there_before_its_first_event():
    found = families(Centre(BoardSettings(queues={"billing": ["phone"], "mail": ["email"]})).snapshot())
    assert value(found, "waiting_calls", queue="billing", channel="phone") == 0
    assert value(found, "calls_offered_total", queue="billing", channel="phone") == 0
    assert value(found, "answer_wait_seconds_bucket", queue="billing", channel="phone", le="20.0") == 0
    assert value(found, "calls_blocked_total", queue="billing", channel="phone", reason="trunk_busy") == 0
    assert value(found, "tickets_created_total", queue="mail", channel="email", priority="normal") == 0
    assert value(found, "waiting_calls", queue="mail", channel="email") is None
    assert value(found, "oldest_waiting_start_timestamp_seconds", queue="billing", channel="phone") is None
    assert value(found, "today_queue_service_level_ratio", queue="billing", method="event") is None, "no sample, no series"
    assert value(found, "today_queue_service_level_decided", queue="billing", method="event") == 0


def test_standings_are_those_of_the_moment():
    found = families(morning().snapshot())
    billing = {"queue": "billing", "channel": "phone"}
    assert value(found, "waiting_calls", **billing) == 2
    assert value(found, "undecided_calls", **billing) == 1
    assert value(found, "waiting_calls_by_age", age_band="0-20s", **billing) == 1
    assert value(found, "oldest_waiting_start_timestamp_seconds", **billing) == at_ms("09:59:15") / 1000
    assert value(found, "talking_calls", queue="sales", channel="chat") == 1
    assert value(found, "unresolved_cases", queue="none", channel="form", priority="normal", status="open") == 1
    assert value(found, "backlog_cases_by_age", queue="none", channel="form", priority="normal", age_band="0-1h") == 1
    assert value(found, "clock_timestamp_seconds") == at_ms("10:00:00") / 1000
    assert value(found, "source_last_event_timestamp_seconds", source="calls") == at_ms("09:59:50") / 1000
    assert value(found, "today_start_timestamp_seconds") == at_ms("00:00:00") / 1000


def test_counters_advance_when_a_minute_closes_and_not_before():
    centre = Centre()
    centre.visit("c1", "billing", "09:00:00", "09:00:12", "09:00:50")
    billing = {"queue": "billing", "channel": "phone"}
    open_minute = families(centre.snapshot())
    assert value(open_minute, "calls_answered_total", **billing) == 0
    assert value(open_minute, "today_calls_answered", **billing) == 1, "the window knows at once"
    centre.settle("09:02:00")
    closed = families(centre.snapshot())
    assert value(closed, "calls_answered_total", **billing) == 1
    assert value(closed, "service_level_decided_total", **billing) == 1
    assert [value(closed, "answer_wait_seconds_bucket", le=le, **billing) for le in ("10.0", "20.0", "+Inf")] == [0, 1, 1]
    assert value(closed, "answer_wait_seconds_sum", **billing) == 12
    assert value(closed, "conversation_seconds_sum", **billing) == 38
    assert value(closed, "talk_seconds_total", direction="inbound", **billing) == 38


def test_what_comes_late_is_a_correction_and_no_counter_falls():
    centre = Centre()
    centre.visit("c1", "billing", "09:00:00")
    centre.calls({"type": "call.abandoned", "call_id": "c1", "time": "09:00:30"})
    centre.settle("09:10:00")
    before = families(centre.snapshot())
    centre.calls({"type": "call.answered", "call_id": "c1", "agent_id": "ann", "time": "09:00:08"})
    centre.calls({"type": "call.ended", "call_id": "c1", "time": "09:00:50"}, {"type": "call.wrapped", "call_id": "c1", "time": "09:01:20"})
    centre.settle("09:20:00")
    after = families(centre.snapshot())
    billing = {"queue": "billing", "channel": "phone"}
    for name in ("calls_answered_total", "calls_abandoned_total", "service_level_decided_total"):
        assert value(after, name, **billing) == value(before, name, **billing)
    told = {
        (s.labels["fact"], s.labels["direction"]): s.value
        for s in after["deskpulse_corrections"].samples
        if s.value and s.labels["fact"] in ("calls_answered", "calls_abandoned", "service_level_in", "service_level_decided")
    }
    assert told == {
        ("calls_answered", "added"): 1,
        ("calls_abandoned", "removed"): 1,
        ("service_level_in", "added"): 1,
        ("service_level_decided", "added"): 1,
        ("service_level_decided", "removed"): 1,
    }
    assert value(after, "corrections_seconds_total", fact="wrap_time", direction="added") == 30
    assert value(after, "today_calls_answered", **billing) == 1
    assert value(after, "today_queue_service_level_ratio", queue="billing", method="event") == 1


def test_the_parts_of_a_window_and_its_ready_kpis_are_the_rows():
    snapshot = morning().snapshot()
    found = families(snapshot, Export(windows=("today",), cuts=("site", "queue", "channel")))
    for row in snapshot.rows(windows=("today",), kpis=("service_level", "speed_of_answer"), cuts=((), ("queue",), ("channel",))):
        cut = "_".join(row.labels) or "site"
        label = "method" if row.kpi == "service_level" else "stat"
        unit = "ratio" if row.kpi == "service_level" else "seconds"
        if row.stat != "answers_needed":
            assert value(found, f"today_{cut}_{row.kpi}_{unit}", **row.labels, **{label: row.stat}) == row.value
    answered = [s.value for s in found["deskpulse_today_calls_answered"].samples]
    assert sum(answered) == 3
    assert value(found, "today_site_backlog_seconds") == pytest.approx(36_000), "days are exported in the base unit"


@pytest.mark.parametrize("what", [{"restored": False}, {"leads": False}, {"restored": False, "leads": False}])
def test_nothing_but_the_boards_own_state_leaves_before_it_is_restored_or_without_the_lead(what):
    found = families(morning().snapshot(msgspec.structs.replace(LIVE, **what)))
    assert set(found) == {f"deskpulse_board_{name}" for name in ("leader", "restored", "completeness_ratio", "data_age_seconds")}
    assert value(found, "board_leader") == what.get("leads", True)


def test_an_age_that_is_not_known_is_no_number():
    found = families(morning().snapshot(msgspec.structs.replace(LIVE, data_age_ms=None, live=1)))
    assert value(found, "board_data_age_seconds") is None
    assert value(found, "board_completeness_ratio") == 0.5


def test_targets_stand_under_the_labels_of_their_kpi():
    centre = morning(Centre(BoardSettings(queues={"billing": ["phone"]}, targets={"billing": 0.9})))
    policy = Policy(queues={"billing": QueuePolicy(threshold_ms=DurationMs(60_000))})
    export = Export(policy=policy, targets=(ABANDONS,))
    found = families(centre.snapshot(), export)
    assert value(found, "service_level_target_ratio", queue="billing", channel="phone") == 0.9
    assert value(found, "service_level_target_ratio", queue="sales", channel="chat") == 0.8
    assert value(found, "service_level_threshold_seconds", queue="billing", channel="phone") == 60
    assert value(found, "target", kpi="abandon_rate", queue="billing", level="crit") == 0.1
    assert value(found, "target", kpi="abandon_rate", queue="sales", level="warn") == 0.2
    assert value(found, "target", kpi="abandon_rate", queue="sales", level="crit") is None
    assert value(found, "queue_open", queue="billing") == 1
    assert value(found, "service_level_target_ratio", queue="none", channel="phone") is None


def test_every_configured_threshold_is_an_edge_on_every_series():
    policy = Policy(queues={"vip": QueuePolicy(threshold_ms=DurationMs(15_000))})
    found = families(morning().snapshot(), Export(policy=policy))
    edges = {
        tuple(
            s.labels["le"]
            for s in found["deskpulse_answer_wait_seconds"].samples
            if s.name.endswith("_bucket") and s.labels["queue"] == queue
        )
        for queue in ("billing", "sales", "idle")
    }
    assert len(edges) == 1
    assert "15.0" in next(iter(edges))


def test_the_ledgers_are_even():
    found = families(hostile_centre().snapshot())
    residuals = [s.value for s in found["deskpulse_ledger_residual"].samples]
    assert residuals == [0] * len({"billing", "idle", "sales", "mail", *HOSTILE})
    assert value(found, "tickets_ledger_residual") == 0


def test_a_target_is_missed_where_the_value_of_a_queue_is_past_its_mark_on_enough_cases():
    centre = Centre()
    for number in range(10):
        for queue, abandoned in (("billing", 3), ("sales", 1), ("fine", 0)):
            call_id = f"{queue}{number}"
            centre.visit(call_id, queue, "09:00:00", None if number < abandoned else "09:00:12")
            if number < abandoned:
                centre.calls({"type": "call.abandoned", "call_id": call_id, "time": "09:00:30"})
    centre.visit("few1", "few", "09:00:00")
    centre.calls({"type": "call.abandoned", "call_id": "few1", "time": "09:00:30"})
    centre.settle("09:10:00")
    waiting = Target(kpi="waiting", stat="count", better="low", marks=Marks(None, 0.5))
    found = families(centre.snapshot(), Export(targets=(ABANDONS, waiting), windows=("today",)))

    def missed(level: str, queue: str, kpi: str = "abandon_rate", window: str = "today_") -> float | None:
        return value(found, f"{window}target_missed", kpi=kpi, level=level, queue=queue)

    assert [missed(level, "billing") for level in ("warn", "crit")] == [1, 1], "30 % where 5 and 10 are the marks"
    assert [missed(level, "sales") for level in ("warn", "crit")] == [0, None], "10 %, and its own mark is 20"
    assert [missed(level, "fine") for level in ("warn", "crit")] == [0, 0]
    assert [missed(level, "few") for level in ("warn", "crit")] == [0, 0], "all of one call is nothing to judge by"
    assert missed("crit", "billing", "waiting", "") == 0
    assert missed("crit", "billing", "waiting") is None, "who waits now waits in no window"


@pytest.mark.parametrize("wrong", [{"windows": ("fortnight",)}, {"cuts": ("agent",)}])
def test_a_window_or_cut_of_another_release_is_refused_at_the_start(wrong):
    with pytest.raises(ConfigError, match="is not in this release: choose among"):
        BoardCollector(lambda: morning().snapshot(), Export(**wrong))


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_bytes(encode(families(small_centre(), SMALL).values(), openmetrics=False))

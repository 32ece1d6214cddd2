"""What /metrics and rows say of promises and of business time."""

from __future__ import annotations

from typing import Final

import pytest

from schemas.values import HOUR_MS, MINUTE_MS, SECOND_MS
from streams.core.clocks.business import Calendar
from streams.core.clocks.policy import Policy, QueuePolicy
from streams.core.clocks.sla import SlaRule
from streams.core.settings import histogram_edges_ms
from streams.outputs.prometheus import BoardCollector, Export
from streams.testing.promises import targets
from tests.core.cases import call_tales as call
from tests.core.cases import ticket_tales as ticket
from tests.core.driving import KeptShard, one, told
from tests.core.driving import settings as shard_settings
from tests.outputs.scrape import families, value

HOUR, MINUTE = 3_600, 60
URGENT = SlaRule(priority="urgent", targets_ms=targets(None, 15 * MINUTE_MS, None, None))
USUAL = SlaRule(targets_ms=targets(30 * SECOND_MS, HOUR_MS, None, 8 * HOUR_MS))
POLICY: Final = Policy(
    queues={"billing": QueuePolicy(calendar="office")},
    calendars={"office": Calendar("UTC", (((0, 1380),),) * 7)},  # closes at 23:00; the tales begin at 22:13:20
    slas=(URGENT, USUAL),
)
ALL_DAY: Final = Policy(slas=POLICY.slas)
MAIL = {"queue": "billing", "channel": "email", "priority": "normal"}
PHONE = {"queue": "billing", "channel": "phone", "priority": "normal"}


def desk(policy: Policy = ALL_DAY, now_s: float = 58 * MINUTE) -> KeptShard:
    """Two mails of the start and one of half an hour later, one of the first answered at once, one urgent; two calls, one answered late."""
    shard = KeptShard(shard_settings(policy=policy))
    shard.says("tickets", told(ticket.created(0)), told(ticket.agent(10), "2"), told(ticket.created(0), ticket_id="T2"))
    shard.says("tickets", told(ticket.created(30 * MINUTE), ticket_id="T3"), told(ticket.created(0, priority="urgent"), ticket_id="T4"))
    shard.says("calls", told(call.queued(0)), told(call.answered(40), "2"), told(call.queued(50 * MINUTE), call_id="C2"))
    shard.at(ticket.ms(now_s))
    return shard


def test_clocks_that_stand_are_told_by_clock_state_and_how_soon_they_are_due():
    shard = desk()
    found = families(shard.board(shard.shard.now_ms), Export(policy=ALL_DAY))

    def clocks(clock: str, state: str, **where: str) -> float | None:
        return value(found, "sla_clocks", clock=clock, state=state, **where)

    def due(clock: str, band: str, **where: str) -> float | None:
        return value(found, "sla_clocks_due", clock=clock, band=band, **where)

    assert clocks("first_response", "at_risk", **MAIL) == 1  # T2 since 48 minutes
    assert clocks("first_response", "breached", **MAIL) == 0
    assert clocks("first_response", "breached", **{**MAIL, "priority": "urgent"}) == 1  # T4 since 15 minutes
    assert clocks("queue_wait", "breached", **PHONE) == 1
    assert [due("first_response", band, **MAIL) for band in ("0-5m", "5-15m", "15-60m")] == [1, 0, 1]
    assert due("resolution", "15-60m", **MAIL) == 0
    assert value(found, "sla_clocks", clock="next_response", state="breached", **MAIL) is None  # nothing is promised there


@pytest.mark.parametrize(
    ("now_s", "bands"), [(45 * MINUTE, [0, 1, 1]), (55 * MINUTE - 0.001, [0, 1, 1]), (55 * MINUTE, [1, 0, 1]), (HOUR, [1, 0, 1])]
)
def test_a_clock_goes_from_band_to_band_by_the_time_of_the_board(now_s, bands):
    shard = desk(now_s=44 * MINUTE)
    snapshot = shard.board(ticket.ms(now_s))
    rows = {
        row.labels["band"]: row.value
        for row in snapshot.rows(kpis=["sla_clocks_due"], cuts=[()])
        if row.labels.get("clock") == "first_response"
    }
    assert [rows.get(band, 0) for band in ("0-5m", "5-15m", "15-60m")] == bands


def test_how_many_promises_are_due_soon_is_told_of_all_clocks_together_also_where_there_is_none():
    snapshot = desk(now_s=44 * MINUTE).board(ticket.ms(50 * MINUTE))
    for band in ("0-5m", "5-15m", "15-60m"):
        of_clocks = [row.value for row in snapshot.rows(kpis=["sla_clocks_due"], cuts=[()]) if row.labels["band"] == band]
        assert of_clocks[0] == sum(value or 0 for value in of_clocks[1:])
    assert one(desk(now_s=44 * MINUTE).board(ticket.ms(24 * HOUR)), "sla_clocks_due", window="now", band="15-60m").value == 0


def test_rows_tell_what_was_kept_and_broken_in_a_window_and_what_stands_now():
    shard = desk()
    snapshot = shard.board(shard.shard.now_ms)
    assert one(snapshot, "sla_met").value == 1
    assert one(snapshot, "sla_breached").value == 3
    assert one(snapshot, "sla_breached", clock="queue_wait").value == 2
    assert one(snapshot, "sla_breached", clock="first_response", queue="billing", priority="urgent").value == 1
    assert one(snapshot, "sla_clocks", window="now", state="breached").value == 2
    assert one(snapshot, "sla_clocks", window="now", state="at_risk").value == 1


def test_counters_of_kept_and_broken_promises_advance_when_their_minute_is_settled():
    shard = desk()
    found = families(shard.board(shard.shard.now_ms), Export(policy=ALL_DAY))
    assert value(found, "sla_met_total", clock="first_response", **MAIL) == 1
    assert value(found, "sla_breached_total", clock="queue_wait", **PHONE) == 2
    assert value(found, "today_sla_breached", clock="first_response", **{**MAIL, "priority": "urgent"}) == 1


def test_targets_are_told_under_the_labels_of_their_clocks():
    shard = desk(POLICY)
    found = families(shard.board(shard.shard.now_ms), Export(policy=POLICY))

    def target(clock: str, **where: str) -> float | None:
        return value(found, "sla_target_seconds", clock=clock, **where)

    assert target("first_response", **MAIL) == HOUR
    assert target("first_response", **{**MAIL, "priority": "urgent"}) == 15 * MINUTE
    assert target("resolution", **MAIL) == 8 * HOUR
    assert target("queue_wait", **PHONE) == 30
    assert target("next_response", **MAIL) is None


def test_a_queue_is_open_by_its_calendar_and_always_without_one():
    shard = desk(POLICY)
    assert value(families(shard.board(call.ms(46 * MINUTE)), Export(policy=POLICY)), "queue_open", queue="billing") == 1
    assert value(families(shard.board(call.ms(47 * MINUTE)), Export(policy=POLICY)), "queue_open", queue="billing") == 0
    assert value(families(shard.board(call.ms(47 * MINUTE)), Export(policy=ALL_DAY)), "queue_open", queue="billing") == 1


def test_business_time_is_told_where_a_queue_has_hours_and_left_out_where_none_has():
    """Created at 22:13:20, answered at 23:13:20; the office closed at 23:00."""
    for policy, business in ((POLICY, 46 * MINUTE + 40), (Policy(), None)):
        shard = KeptShard(shard_settings(policy=policy))
        shard.says("tickets", told(ticket.created(0)), told(ticket.agent(HOUR), "2"))
        shard.at(ticket.ms(2 * HOUR))
        found = families(shard.board(shard.shard.now_ms), Export(policy=policy))
        first = {"responder": "human", **MAIL}
        assert value(found, "first_response_seconds_sum", clock="calendar", **first) == HOUR
        assert value(found, "first_response_seconds_sum", clock="business", **first) == business
        assert shard.value("first_response_time", "mean", responder="human", clock="business") == business


def test_a_collector_that_is_reloaded_tells_what_a_new_one_would():
    """Promises and hours that are new bring series, those that are gone take theirs along."""
    shard = desk(POLICY)
    snapshot = shard.board(shard.shard.now_ms)

    def told_by(collector: BoardCollector) -> dict[str, set[tuple[tuple[str, str], ...]]]:
        return {metric.name: {tuple(sorted(sample.labels.items())) for sample in metric.samples} for metric in collector.collect()}

    of_usual_edges = SlaRule(targets_ms=targets(None, HOUR_MS, None, 24 * HOUR_MS))
    plain = Export()
    promised = Export(policy=Policy(queues=POLICY.queues, calendars=POLICY.calendars, slas=(of_usual_edges,)))
    assert histogram_edges_ms(plain.policy) == histogram_edges_ms(promised.policy), "else a reload would wait for a restart"
    for before, after in ((plain, promised), (promised, plain)):
        collector = BoardCollector(lambda: snapshot, before)
        was = told_by(collector)
        collector.reload(after)
        assert told_by(collector) == told_by(BoardCollector(lambda: snapshot, after)) != was


def test_what_is_promised_is_an_edge_of_its_histogram_where_it_can_be_one():
    policy = Policy(slas=(SlaRule(targets_ms=targets(None, 90 * MINUTE_MS, None, 7 * 24 * HOUR_MS)),))
    edges = histogram_edges_ms(policy)
    assert 90 * MINUTE_MS in edges[300]
    assert 7 * 24 * HOUR_MS not in edges[308]  # four significant digits
    assert histogram_edges_ms(Policy())[300] == histogram_edges_ms(Policy())[316]


def test_resolutions_are_within_target_by_what_is_promised():
    shard = KeptShard(shard_settings(policy=ALL_DAY))
    for number, solved_s in enumerate((HOUR, 9 * HOUR)):
        own = f"T{number}"
        shard.says("tickets", told(ticket.created(0), ticket_id=own), told(ticket.resolved(solved_s), "2", ticket_id=own))
    shard.says("tickets", told(ticket.created(0), ticket_id="T9"))
    shard.says("tickets", told(ticket.status(2 * HOUR, "open"), "3", ticket_id="T0"))
    shard.at(ticket.ms(20 * HOUR))

    def within(to: str) -> tuple[object, int | None]:
        row = one(shard.board(shard.shard.now_ms), "resolution_time", "within_target", to=to, clock="calendar")
        return row.value, row.samples

    assert within("first") == (1 / 3, 3)
    assert within("full") == (0, 3)  # the reopened one went past its target, too


def test_the_oldest_breach_is_told_by_the_instant_at_which_it_was_due():
    shard = desk(now_s=2 * HOUR)
    found = families(shard.board(shard.shard.now_ms), Export(policy=ALL_DAY))
    urgent = {**MAIL, "priority": "urgent"}

    def oldest(clock: str, **where: str) -> float | None:
        return value(found, "oldest_sla_breach_due_timestamp_seconds", clock=clock, **where)

    start_s = ticket.ms(0) / SECOND_MS
    assert oldest("first_response", **MAIL) == start_s + HOUR  # T2; T3 came 30 minutes later
    assert oldest("first_response", **urgent) == start_s + 15 * MINUTE
    assert oldest("resolution", **MAIL) is None, "nothing of it is broken"

"""Limits of the backlog: of the site, of queues, and as the average of what cases take. Ages and means are worked out by hand."""

from __future__ import annotations

from schemas.events import TicketEvent
from streams.core.board import BoardSettings
from streams.core.kpis.backlog import USUAL_MS, BacklogLimits
from streams.core.report import Report
from tests.core.cases import ticket_tales as ticket
from tests.core.driving import KeptShard, one, settings, told
from tests.test_config import config_of

HOUR, DAY = 3_600, 86_400


def desk(now_s: float) -> KeptShard:
    """Unresolved: one of billing and one of support since the start. Resolved in billing after 2 h and 4 h, in support after 12 h."""
    shard = KeptShard()
    for queue in ("billing", "support"):
        shard.says("tickets", told(ticket.created(0, queue=queue), ticket_id=f"open {queue}"))
    for queue, hours in (("billing", 2), ("billing", 4), ("support", 12)):
        own = f"{queue}{hours}"
        shard.says("tickets", told(ticket.created(0, queue=queue), ticket_id=own), told(ticket.resolved(hours * HOUR), "2", ticket_id=own))
    shard.at(ticket.ms(now_s))
    return shard


def backlog(shard: KeptShard, limits: BacklogLimits, **labels: str) -> object:
    snapshot = shard.board(shard.shard.now_ms, BoardSettings(backlog=limits))
    return one(snapshot, "backlog", "count", "now", **labels).value


def test_a_queue_may_have_a_limit_of_its_own_and_the_whole_counts_each_case_by_that_of_its_queue():
    limits = BacklogLimits(USUAL_MS, {"billing": 10 * HOUR * 1000})
    for now_s, whole, billing, support in ((10 * HOUR, 0, 0, 0), (10 * HOUR + 1, 1, 1, 0), (DAY, 1, 1, 0), (DAY + 1, 2, 1, 1)):
        shard = desk(now_s)
        found = backlog(shard, limits), backlog(shard, limits, queue="billing"), backlog(shard, limits, queue="support")
        assert found == (whole, billing, support), now_s


def test_the_average_of_the_site_is_that_of_all_its_cases():
    """(2 + 4 + 12) / 3 = 6 h."""
    limits = BacklogLimits("average")
    assert (backlog(desk(12 * HOUR), BacklogLimits(6 * HOUR * 1000)), backlog(desk(12 * HOUR), limits)) == (2, 2)
    shard = desk(12 * HOUR)
    early = shard.board(ticket.ms(6 * HOUR), BoardSettings(backlog=limits))
    assert one(early, "backlog", "count", "now").value == 0
    assert one(shard.board(ticket.ms(6 * HOUR + 0.001), BoardSettings(backlog=limits)), "backlog", "count", "now").value == 2


def test_the_average_of_a_queue_is_its_own():
    """Billing (2 + 4) / 2 = 3 h; support by the limit of the site."""
    limits = BacklogLimits(USUAL_MS, {"billing": "average"})
    shard = desk(12 * HOUR)
    for now_s, billing in ((3 * HOUR, 0), (3 * HOUR + 0.001, 1)):
        snapshot = shard.board(ticket.ms(now_s), BoardSettings(backlog=limits))
        assert one(snapshot, "backlog", "count", "now", queue="billing").value == billing
        assert one(snapshot, "backlog", "count", "now", queue="support").value == 0


def test_an_average_without_a_resolve_is_24_hours():
    shard = KeptShard()
    shard.says("tickets", told(ticket.created(0)))
    shard.at(ticket.ms(DAY))
    assert backlog(shard, BacklogLimits("average")) == 0
    shard.at(ticket.ms(DAY + 1))
    assert backlog(shard, BacklogLimits("average")) == 1


def test_a_report_takes_the_average_of_all_it_has_read():
    report = Report(settings(), backlog=BacklogLimits("average"), until_ms=ticket.ms(13 * HOUR))
    events: list[TicketEvent] = [ticket.created(0), ticket.resolved(12 * HOUR)]
    report.add("tickets", [told(event, str(n)) for n, event in enumerate(events)] + [told(ticket.created(0), ticket_id="T2")])
    assert one(report.snapshot(), "backlog", "count", "now").value == 1


def test_limits_are_said_in_the_configuration():
    config = config_of(
        'backlog.after = "average"\n[queue.billing]\nbacklog_after = "8h"\n[queue.sales]\nbacklog_after = "average"\n[queue.shop]'
    )
    assert config.backlog_limits() == BacklogLimits("average", {"billing": 8 * HOUR * 1000, "sales": "average"})

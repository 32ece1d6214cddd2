"""What support costs, and what customers read, as figures."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import ENTITY_FIELD, CallQueued, TicketCreated
from streams.core.snapshot import Snapshot
from streams.testing.wire import topic_of
from tests.core.cases.other_tales import contacted, entry, ms, opened, read
from tests.core.driving import KeptShard, one, report_rows, told

NOW = 10.5  # Thursday noon, 2024-03-14
MARCH = [entry(5, "support_cost", "9000.00", "2024-03", "cost"), entry(6, "revenue", "120000", "2024-03", "sales")]


def board_of(*events: Any, now: float = NOW) -> Snapshot:
    shard = KeptShard()
    for number, event in enumerate(events):
        shard.produce(topic_of(type(event)), told(event, f"e{number:05}"))
    for topic in ENTITY_FIELD:
        shard.read(topic)
    shard.at(ms(now))
    return shard.board(ms(now))


def tickets(count: int, day: float) -> list[TicketCreated]:
    return [TicketCreated(id="", time=ms(day), ticket_id=f"T{number}-{day}", channel="email") for number in range(count)]


def calls(count: int, day: float) -> list[CallQueued]:
    return [CallQueued(id="", time=ms(day), call_id=f"C{number}", queue="billing") for number in range(count)]


# --- money -----------------------------------------------------------------------------------------------------------


def test_golden_9000_of_120000_are_7_5_per_cent_and_by_1500_tickets_6_each():
    snapshot = board_of(*MARCH, *tickets(1_000, 2), *tickets(500, 9))
    assert one(snapshot, "support_cost_ratio", "ratio", "month").value == pytest.approx(0.075)
    assert one(snapshot, "cost_per_ticket", "mean", "month").value == pytest.approx(6.00)
    assert one(snapshot, "cost_per_ticket", "mean", "month").samples == 1_500


def test_amounts_show_in_windows_of_whole_months_alone():
    snapshot = board_of(*MARCH)
    windows = [row.window for row in snapshot.rows(kpis=["support_cost_ratio"])]
    assert windows == ["month", "last_month", "quarter", "year"]


def test_an_amount_counts_in_its_month_whenever_it_is_told():
    february = [entry(9, "support_cost", "50", "2024-02", "a"), entry(10, "revenue", "200", "2024-02", "b")]
    last_year = [entry(9, "support_cost", "7", "2023-12", "c"), entry(10, "revenue", "7", "2023-12", "d")]
    snapshot = board_of(*MARCH, *february, *last_year)
    found = {window: one(snapshot, "support_cost_ratio", "ratio", window).value for window in ("month", "last_month", "quarter", "year")}
    assert found == {"month": 0.075, "last_month": 0.25, "quarter": pytest.approx(9_050 / 120_200), "year": pytest.approx(9_050 / 120_200)}


def test_entries_add_up_are_replaced_and_corrected():
    more = entry(7, "support_cost", "1000.000001", "2024-03", "more")
    credit = entry(8, "support_cost", "-1000.000001", "2024-03", "credit")
    assert one(board_of(*MARCH, more, credit), "support_cost_ratio", "ratio", "month").value == pytest.approx(0.075, abs=1e-15)
    replaced = entry(9, "support_cost", "12000", "2024-03", "cost")
    assert one(board_of(*MARCH, replaced), "support_cost_ratio", "ratio", "month").value == pytest.approx(0.1)


def test_an_amount_of_the_month_to_come_waits_for_it():
    april = [entry(9, "support_cost", "10", "2024-04", "a"), entry(9, "revenue", "40", "2024-04", "b")]
    assert one(board_of(*MARCH, *april), "support_cost_ratio", "ratio", "year").value == pytest.approx(0.075)
    assert list(board_of(*april).rows(kpis=["support_cost_ratio"])) == []
    assert one(board_of(*april, now=28.1), "support_cost_ratio", "ratio", "month").value == 0.25


@pytest.mark.parametrize("events", [MARCH[:1], MARCH[1:], [*MARCH, entry(7, "revenue", "-120000", "2024-03", "all")]])
def test_without_a_cost_or_revenue_there_is_no_ratio(events):
    found = one(board_of(*events), "support_cost_ratio", "ratio", "month")
    assert (found.value, found.reason) == (None, "no_sample")


def test_without_tickets_nothing_is_spent_on_each():
    assert one(board_of(*MARCH), "cost_per_ticket", "mean", "month").reason == "no_sample"


def test_an_entry_for_ever_late_changes_its_month_as_long_as_months_are_kept():
    """13 months back there are no days any more, but the month is kept; 30 months back nothing is."""
    late = [entry(10, "support_cost", "10", "2023-02", "a"), entry(10, "support_cost", "10", "2021-09", "b")]
    snapshot = board_of(*MARCH, *late)
    assert one(snapshot, "support_cost_ratio", "ratio", "year").value == pytest.approx(0.075)


amounts = st.tuples(
    st.sampled_from(("support_cost", "revenue")),
    st.decimals("-1000000", "1000000", places=6),
    st.integers(0, 3),
    st.floats(0, 10).map(lambda d: round(d, 3)),
)


@given(st.lists(amounts, min_size=1, max_size=10), st.randoms(use_true_random=False))
def test_sums_of_amounts_are_exact_in_any_order(told_, rng):
    """A report over all of time: the latest event of each entry, added up as decimals."""
    events = [entry(day, kind, str(amount), "2024-03", f"E{number}") for kind, amount, number, day in told_]
    latest: dict[str, Any] = {}
    for number, event in enumerate(events):
        event.id = f"e{number:02}"
        former = latest.get(event.entry_id, event)
        latest[event.entry_id] = max(former, event, key=lambda e: (e.time, e.id))
    costs = [told_[events.index(e)][1] for e in latest.values() if e.kind == "support_cost"]
    revenue = sum(told_[events.index(e)][1] for e in latest.values() if e.kind == "revenue")
    lines = [("finance", told(event, event.id)) for event in events]
    mixed = [*lines, *rng.choices(lines, k=2)]
    rng.shuffle(mixed)
    found = {row["kpi"]: row["value"] for row in report_rows(mixed, partitions=3, batch=2)}
    expected = float(sum(costs)) / float(revenue) if costs and revenue > 0 else None
    assert found["support_cost_ratio"] == expected


# --- articles ----------------------------------------------------------------------------------------------------------


def views(*seconds: float | None, article: str = "reset", day: float = 10.1) -> list[Any]:
    events: list[Any] = []
    for number, length in enumerate(seconds):
        events.append(opened(day, article, f"V{article}{number}"))
        if length is not None:
            events.append(read(day + 0.01, length, f"V{article}{number}"))
    return events


def test_reads_last_ten_seconds_at_least_and_are_told_by_article():
    snapshot = board_of(*views(10, 9.9, 40, None), *views(100, article="hours"))
    assert one(snapshot, "articles_read", "count", "today").value == 3
    by_article = {row.labels["article"]: row.value for row in snapshot.rows(kpis=["articles_read"], windows=["today"]) if row.labels}
    assert by_article == {"reset": 2, "hours": 1}
    assert one(snapshot, "article_read_time", "mean", "today").value == pytest.approx(mean((10, 40, 100)))
    assert one(snapshot, "article_read_time", "p50", "today").value == 40
    assert one(snapshot, "article_read_time", "mean", "today", article="reset").value == pytest.approx(25)


def test_the_contact_rate_is_of_views_at_the_time_of_the_view():
    snapshot = board_of(*views(None, 20, None, None, day=9.9), contacted(10.2, "Vreset0"), contacted(10.3, "Vreset0"))
    assert one(snapshot, "article_contact_rate", "rate", "yesterday", article="reset").value == 0.25
    assert one(snapshot, "article_contact_rate", "rate", "today").reason == "no_sample"


def test_a_longer_and_then_a_shorter_time_take_the_place_of_the_former():
    events = [opened(9.9), read(9.95, 12, "V1"), read(10.1, 30, "V1")]
    snapshot = board_of(*events)
    assert (one(snapshot, "articles_read", "count", "yesterday").value, one(snapshot, "articles_read", "count", "today").value) == (1, 0)
    assert one(snapshot, "article_read_time", "mean", "today").value == 30
    assert one(board_of(*events, read(10.2, 3, "V1")), "articles_read", "count", "7d").value == 0


def test_one_view_is_all_there_is():
    snapshot = board_of(opened(10.1), read(10.2, 10))
    found = {
        (row.kpi, row.stat): row.value
        for row in snapshot.rows(windows=["today"], cuts=[()])
        if row.kpi.startswith("article_") or row.kpi == "articles_read"
    }
    assert found == {
        ("articles_read", "count"): 1, ("article_read_time", "mean"): 10, ("article_read_time", "p50"): 10,
        ("article_contact_rate", "rate"): 0,
    }  # fmt: skip


def test_what_a_reader_did_yesterday_and_is_told_late_corrects_yesterday():
    early = [opened(10.1), read(10.2, 20)]
    late = [opened(9.5, view_id="V2"), read(9.6, 40, "V2"), contacted(9.7, "V2")]
    snapshot = board_of(*early, *late)
    assert [one(snapshot, "articles_read", "count", window).value for window in ("today", "yesterday", "7d")] == [1, 1, 2]
    assert one(snapshot, "article_read_time", "mean", "yesterday").value == 40
    assert one(snapshot, "article_contact_rate", "rate", "yesterday").value == 1


def test_articles_by_requests_and_by_calls():
    snapshot = board_of(*views(20, 30, 40), *calls(4, 10.2), *tickets(2, 10.2))
    assert one(snapshot, "articles_per_request", "ratio", "today").value == 0.5
    assert one(snapshot, "articles_per_request", "per_call", "today").value == 0.75
    assert one(board_of(*views(20)), "articles_per_request", "ratio", "today").reason == "no_sample"


def test_without_a_view_there_is_no_row():
    assert not [row for row in board_of(*tickets(1, 10)).rows() if row.kpi.startswith("article")]


reading = st.tuples(st.integers(0, 4), st.sampled_from((0, 5, 9.999, 10, 30, 600)), st.floats(9, 10.4).map(lambda d: round(d, 3)))


@given(st.lists(reading, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_in_any_order_and_repeated_the_time_told_last_is_the_one(told_, rng):
    events: Sequence[Any] = [read(day, seconds, f"V{view}") for view, seconds, day in told_]
    latest: dict[str, Any] = {}
    for number, event in enumerate(events):
        event.id = f"e{number:02}"
        latest[event.view_id] = max(latest.get(event.view_id, event), event, key=lambda e: (e.time, e.id))
    times = [event.seconds for event in latest.values() if event.seconds >= 10]
    lines = [("articles", told(event, event.id)) for event in events]
    mixed = [*lines, *rng.choices(lines, k=2)]
    rng.shuffle(mixed)
    found = {(row["kpi"], row["stat"]): row["value"] for row in report_rows(mixed, partitions=2, batch=2)}
    assert found["articles_read", "count"] == len(times)
    assert found["article_read_time", "mean"] == (pytest.approx(mean(times)) if times else None)
    assert found["article_contact_rate", "rate"] == 0

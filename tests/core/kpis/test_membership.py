"""Customers who come, stay, leave and are active: in all windows, against sets of customers made of the raw events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import CustomerActive, CustomerJoined, CustomerLeft, CustomerPurchased
from schemas.values import DAY_MS, DurationMs
from streams.core.board import BoardSettings
from streams.core.clocks.policy import Policy
from streams.core.row import Row
from streams.core.snapshot import Snapshot
from tests.core.cases.other_tales import active, joined, left, ms, purchased
from tests.core.driving import KeptShard, report_rows, settings, told

RIGA = ZoneInfo("Europe/Riga")
NOW = 45.6  # Thursday, 2024-04-18, some time after noon
OVER = ("yesterday", "last_week", "last_month")
NOW_ENDING = ("today", "7d", "30d", "month", "quarter", "year")


def board_of(events: Iterable[Any], now: float = NOW, policy: Policy | None = None) -> Snapshot:
    """What a board in Riga shows of them then."""
    shard = KeptShard(settings(zone=RIGA, policy=policy or Policy()))
    for number, event in enumerate(events):
        shard.produce("customers", told(event, f"e{number:04}"))
    shard.read("customers")
    shard.at(ms(now))
    return shard.board(ms(now), BoardSettings(zone=RIGA))


def value(snapshot: Snapshot, kpi: str, stat: str, window: str) -> float | None:
    return row(snapshot, kpi, stat, window).value


def row(snapshot: Snapshot, kpi: str, stat: str, window: str) -> Row:
    (found,) = (r for r in snapshot.rows(kpis=[kpi], windows=[window], compare=True) if r.stat == stat and not r.labels)
    return found


def span_of(window: str, now: float) -> tuple[int, int]:
    """When a window begins and ends in Riga, by its calendar."""
    today = datetime.fromtimestamp(ms(now) / 1000, RIGA).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = today + timedelta(days=1)
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    spans = {
        "today": (today, tomorrow),
        "yesterday": (today - timedelta(days=1), today),
        "7d": (today - timedelta(days=6), tomorrow),
        "30d": (today - timedelta(days=29), tomorrow),
        "last_week": (monday - timedelta(days=7), monday),
        "month": (first, tomorrow),
        "last_month": (before, first),
        "quarter": (first.replace(month=(first.month - 1) // 3 * 3 + 1), tomorrow),
        "year": (first.replace(month=1), tomorrow),
    }
    begin, end = spans[window]
    return round(begin.timestamp() * 1000), round(end.timestamp() * 1000)


class Naive:
    """Customers as sets, from the raw events."""

    def __init__(self, events: Sequence[Any]) -> None:
        self.stays: dict[str, list[tuple[float, float]]] = {}
        for name in {event.customer_id for event in events}:
            own = sorted((e for e in events if e.customer_id == name), key=lambda e: (e.time, e.RANK))
            turns = [e for e in own if isinstance(e, CustomerJoined | CustomerLeft)]
            stays: list[tuple[float, float]] = []
            since = None if turns and isinstance(turns[0], CustomerJoined) else float("-inf")
            for turn in turns:
                if isinstance(turn, CustomerJoined) and since is None:
                    since = turn.time
                elif isinstance(turn, CustomerLeft) and since is not None:
                    stays.append((since, turn.time))
                    since = None
            if since is not None:
                stays.append((since, float("inf")))
            self.stays[name] = stays
        self.events = events

    def at(self, at_ms: float) -> set[str]:
        """Customers just before that instant."""
        return {name for name, stays in self.stays.items() if any(since < at_ms <= until for since, until in stays)}

    def left(self, begin: float, end: float) -> list[str]:
        return [name for name, stays in self.stays.items() for _, until in stays if begin <= until < end]

    def joined(self, begin: float, end: float) -> list[str]:
        return [name for name, stays in self.stays.items() for since, _ in stays if begin <= since < end]

    def active(self, begin: float, end: float) -> list[str]:
        return [e.customer_id for e in self.events if isinstance(e, CustomerActive) and begin <= e.time < end]

    def purchases(self, begin: float, end: float) -> list[float]:
        return [float(e.amount) for e in self.events if isinstance(e, CustomerPurchased) and begin <= e.time < end]

    def figures(self, begin: int, end: int, now_ms: int) -> dict[tuple[str, str], float | None]:
        start, gone, there = self.at(begin), self.left(begin, end), self.at(end)
        lost = start & set(gone)
        doers = self.active(begin, end)
        prices = self.purchases(begin, end)
        months = (min(end, now_ms) - begin) / (365.25 / 12 * DAY_MS)
        worth = None
        if prices and start and there:
            stays = min(60, months * len(start) / len(lost)) if lost else 60
            worth = sum(prices) / len(there) / months * stays
        return {
            ("customers", "joined"): len(self.joined(begin, end)),
            ("customers", "left"): len(gone),
            ("churn_rate", "gross"): len(lost) / len(start) if start else None,
            ("churn_rate", "net"): (len(start) - len(there)) / len(start) if start else None,
            ("retention_rate", "rate"): len(start - lost) / len(start) if start else None,
            ("engagement", "rate"): len(set(doers)) / len(there) if there else None,
            ("engagement", "per_customer"): len(doers) / len(set(doers)) if doers else None,
            ("lifetime_value", "mean"): worth,
        }


days = st.floats(-60, NOW, allow_nan=False).map(lambda day: round(day, 4)) | st.sampled_from((-3.0833, 27.875, 30.875, 44.875, NOW))
names = st.sampled_from(("u1", "u2", "u3", "u4"))
deeds = st.one_of(
    st.builds(joined, days, names),
    st.builds(left, days, names),
    st.builds(active, days, names),
    st.builds(purchased, days, st.just("12.5"), names),
)


@given(st.lists(deeds, min_size=1, max_size=14), st.randoms(use_true_random=False))
def test_every_window_tells_what_sets_of_customers_tell(events, rng):
    naive = Naive(events)
    shuffled = [*events, *rng.choices(events, k=2)]
    rng.shuffle(shuffled)
    numbers = {id(event): number for number, event in enumerate(events)}
    shard = KeptShard(settings(zone=RIGA))
    for event in shuffled:
        shard.produce("customers", told(event, f"e{numbers[id(event)]:02}"))
        if rng.random() < 0.3:
            shard.read("customers")
            shard.checkpoint()
        if rng.random() < 0.1:
            shard.crash()
    shard.read("customers")
    shard.at(ms(NOW))
    snapshot = shard.board(ms(NOW), BoardSettings(zone=RIGA))
    for window in (*NOW_ENDING, *OVER):
        expected = naive.figures(*span_of(window, NOW), ms(NOW))
        found = {key: value(snapshot, *key, window) for key in expected}
        assert found == {key: figure if figure is None else pytest.approx(figure) for key, figure in expected.items()}, window
    assert value(snapshot, "customers", "now", "now") == len(naive.at(ms(NOW) + 1))


def riga(day: int, hour: int = 0, minute: int = 0) -> int:
    """That time in April 2024."""
    return round(datetime(2024, 4, day, hour, minute, tzinfo=RIGA).timestamp() * 1000)


BEFORE = {
    "today": (riga(17), riga(17, 17, 30)),  # now is 17:24 on the 18th: up to the end of that quarter of an hour
    "yesterday": (riga(16), riga(17)),
    "last_week": (riga(1), riga(8)),
    "month": span_of("last_month", NOW),
    "last_month": tuple(round(datetime(2024, month, 1, tzinfo=RIGA).timestamp() * 1000) for month in (2, 3)),
    "quarter": tuple(round(datetime(2024, month, 1, tzinfo=RIGA).timestamp() * 1000) for month in (1, 4)),
}


@given(st.lists(deeds, min_size=1, max_size=14))
def test_the_same_window_before_tells_what_sets_of_customers_tell(events):
    naive, snapshot = Naive(events), board_of(events)
    for window, (begin, end) in BEFORE.items():
        expected = naive.figures(begin, end, ms(NOW))
        for key in (("churn_rate", "gross"), ("churn_rate", "net"), ("retention_rate", "rate"), ("engagement", "rate")):
            figure = expected[key]
            assert row(snapshot, *key, window).previous == (figure if figure is None else pytest.approx(figure)), (window, key)


def test_of_the_week_before_this_one_day_by_day_nobody_knows_who_was_the_same():
    snapshot = board_of([joined(1), active(35), active(36), active(44)])
    assert value(snapshot, "engagement", "rate", "7d") == 1
    assert (row(snapshot, "engagement", "rate", "7d").previous, row(snapshot, "engagement", "rate", "7d").previous_reason) == (
        None,
        "no_sample",
    )


def many(make: Any, count: int, day: float, first: int = 0) -> list[Any]:
    return [make(day, f"u{number}") for number in range(first, first + count)]


def test_golden_retention_1000_at_the_start_1200_at_the_end_and_300_joined_are_90_per_cent():
    events = [*many(joined, 1_000, -20), *many(joined, 300, 44.9, 1_000), *many(left, 100, 45.1)]
    snapshot = board_of(events)
    assert value(snapshot, "customers", "now", "now") == 1_200
    assert row(snapshot, "retention_rate", "rate", "today").value == pytest.approx(0.90)
    assert row(snapshot, "retention_rate", "rate", "today").samples == 1_000


def test_golden_churn_400_of_2000_are_20_per_cent():
    snapshot = board_of([*many(joined, 2_000, -20), *many(left, 400, 45.1)])
    assert (value(snapshot, "churn_rate", "gross", "month"), value(snapshot, "churn_rate", "net", "month")) == (0.2, 0.2)


def test_who_joins_and_leaves_within_the_window_is_counted_apart():
    snapshot = board_of([*many(joined, 10, -20), *many(joined, 4, 45.0, 10), *many(left, 2, 45.2, 10), *many(left, 1, 45.3)])
    assert (value(snapshot, "customers", "joined", "today"), value(snapshot, "customers", "left", "today")) == (4, 3)
    assert value(snapshot, "churn_rate", "gross", "today") == pytest.approx(0.1)
    assert value(snapshot, "retention_rate", "rate", "today") == pytest.approx(0.9)
    assert value(snapshot, "churn_rate", "net", "today") == pytest.approx((10 - 11) / 10)


def test_without_customers_at_the_start_there_is_no_rate_and_without_any_no_engagement():
    snapshot = board_of([joined(45.1)])
    assert [row(snapshot, kpi, stat, "today").reason for kpi, stat in (("churn_rate", "gross"), ("retention_rate", "rate"))] == [
        "no_sample"
    ] * 2
    assert row(board_of([active(45.1), left(45.2)]), "engagement", "rate", "today").reason == "no_sample"


def test_one_event_makes_one_customer():
    snapshot = board_of([joined(45.1)])
    assert [value(snapshot, "customers", stat, "now" if stat == "now" else "today") for stat in ("now", "joined", "left")] == [1, 1, 0]
    assert value(snapshot, "referral_rate", "rate", "today") == 0


def test_without_an_event_there_is_no_row():
    assert list(board_of([]).rows(kpis=["customers", "churn_rate", "engagement", "referral_rate", "lifetime_value"])) == []


def test_what_is_told_late_corrects_the_month_that_it_belongs_to():
    """Told on the 18th of April: in March u0 left, and u1 was active."""
    known = many(joined, 4, -20)
    late = [left(20, "u0"), active(21, "u1")]
    before, after = board_of(known), board_of([*known, *late])
    assert [value(board, "churn_rate", "gross", "last_month") for board in (before, after)] == [0, 0.25]
    assert [value(board, "engagement", "rate", "last_month") for board in (before, after)] == [0, pytest.approx(1 / 3)]
    assert value(after, "churn_rate", "gross", "month") == 0


def test_who_left_by_the_clock_is_lost_until_the_next_purchase():
    policy = Policy(left_after_ms=DurationMs(30 * DAY_MS))
    told_ = [joined(-10), purchased(15.3)]
    assert value(board_of(told_, policy=policy), "churn_rate", "gross", "today") == 1.0
    assert value(board_of(told_, now=45.2, policy=policy), "churn_rate", "gross", "today") == 0.0
    late = [*told_, purchased(45.1)]  # told after the clock had passed
    assert value(board_of(late, policy=policy), "churn_rate", "gross", "today") == 0.0


def test_one_customer_who_is_active_for_ever_counts_once():
    snapshot = board_of([joined(0), *(active(day / 4) for day in range(1, 182))])
    assert [value(snapshot, "engagement", "rate", window) for window in (*NOW_ENDING, *OVER)] == [1.0] * 9


def test_referrals_by_program_are_parts_of_all_who_joined():
    events = [
        joined(45.1, "u1", program="friends"),
        joined(45.1, "u2", program="friends"),
        joined(45.2, "u3", referred_by="u1"),
        joined(45.3, "u4"),
    ]
    snapshot = board_of(events)
    rows = {tuple(r.labels.items()): (r.value, r.samples) for r in snapshot.rows(kpis=["referral_rate"], windows=["today"])}
    assert rows == {(): (0.75, 4), (("program", "friends"),): (0.5, 4)}


def test_lifetime_value_is_capped_at_five_years_without_churn():
    """Of 4 customers 2 buy for 30 each in 45.6 - 27.875 days of April: 15 a customer, and nobody leaves."""
    snapshot = board_of([*many(joined, 4, -20), purchased(30, "30", "u0"), purchased(31, "30", "u1")])
    months = (NOW - 27.875) / (365.25 / 12)  # April began at 21:00 UTC of the 31st of March
    assert value(snapshot, "lifetime_value", "mean", "month") == pytest.approx(15 / months * 60)


def test_lifetime_value_with_churn_is_what_is_bought_until_the_last_has_gone():
    """Each month a fourth leaves, so a customer stays for 4 months, and buys for 60 / 3 in each."""
    snapshot = board_of([*many(joined, 4, -20), *many(left, 1, 29), purchased(30, "60", "u1")])
    assert value(snapshot, "lifetime_value", "mean", "month") == pytest.approx(60 / 3 * 4)
    assert row(board_of(many(joined, 4, -20)), "lifetime_value", "mean", "month").reason == "no_sample"


@pytest.mark.parametrize("partitions", [1, 3])
def test_a_report_over_any_number_of_shards_counts_everybody_once(partitions):
    events = [*many(joined, 20, 0), *many(active, 10, 1), *many(active, 10, 2), *many(left, 5, 3), left(4, "stranger")]
    lines = [("customers", told(event, f"e{number}")) for number, event in enumerate(events)]
    rows = {(r["kpi"], r["stat"]): r["value"] for r in report_rows(lines, partitions) if not r["labels"]}
    assert (rows["customers", "now"], rows["customers", "joined"], rows["customers", "left"]) == (15, 20, 6)
    assert rows["churn_rate", "gross"] == 1.0  # of those of the start the stranger alone is known, and left
    assert (rows["engagement", "rate"], rows["engagement", "per_customer"]) == (10 / 15, 2)

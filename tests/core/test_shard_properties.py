"""Whatever the order, the repetition, the batches, the partitions or the crashes: the figures are the same."""

from __future__ import annotations

from random import Random

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.events import ArticleOpened, CallStarted, Event, TicketCreated, TicketUpdated
from schemas.fields import DURATIONS, NAMED_FIELDS
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, Cell, DurationMs, EpochMs
from streams.core.clocks.policy import Policy, QueuePolicy
from streams.core.cuts import REPORT_CUTS
from streams.core.kpis.catalogue import CATALOGUE
from streams.testing.histories import many_cases
from streams.testing.promises import PROMISES
from streams.testing.wire import entity_field
from tests.core.driving import KeptShard, comparable, report_rows, wires
from tests.core.driving import settings as shard_settings

some = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

minute_ms = DurationMs(MINUTE_MS)
IMPATIENT = Policy(
    queues={"billing": QueuePolicy(threshold_ms=DurationMs(2 * MINUTE_MS)), "support": QueuePolicy(threshold_ms=minute_ms)},
    visit_limit_ms=minute_ms,
    chat_visit_limit_ms=minute_ms,
    talk_limit_ms=minute_ms,
)
"""Its limits come before its thresholds, or with them."""
policies = st.sampled_from((Policy(), PROMISES, IMPATIENT, Policy(left_after_ms=DurationMs(DAY_MS // 4)), Policy(per_agent=True)))
NOT_IN_30_DAYS = {kpi.name for kpi in CATALOGUE if kpi.when in ("months", "finished")}


def last_ms(events: list[Event]) -> EpochMs:
    return EpochMs(max(event.time for event in events))


@some
@given(many_cases(), st.randoms(use_true_random=False), st.integers(0, 2 * DAY_MS))
def test_order_and_repeats_change_nothing(events: list[Event], rng: Random, later_ms: int) -> None:
    until_ms = EpochMs(last_ms(events) + later_ms)
    mixed = events + rng.choices(events, k=5)
    rng.shuffle(mixed)
    ordered = sorted(events, key=lambda event: event.time)
    assert comparable(report_rows(wires(mixed), until_ms=until_ms)) == comparable(report_rows(wires(ordered), until_ms=until_ms))


@some
@given(many_cases(), st.integers(1, 7), st.integers(1, 13))
def test_batch_sizes_and_partition_counts_change_nothing(events: list[Event], batch: int, partitions: int) -> None:
    lines = wires(events)
    assert comparable(report_rows(lines, partitions, batch)) == comparable(report_rows(lines))


@some
@given(many_cases(), policies, st.randoms(use_true_random=False))
def test_crashes_checkpoints_and_clock_ticks_at_any_point_change_nothing(events: list[Event], policy: Policy, rng: Random) -> None:
    """A shard that is killed, restored and ticked at random shows in the end what one that read everything at once shows."""
    lines = wires(events)
    # Clocks run ahead of what is unread here, which a worker's never do: nothing may be forgotten for it.
    for_ever = {"calls": 90 * DAY_MS, "tickets": 90 * DAY_MS}
    at_once, troubled = (KeptShard(shard_settings(policy=policy, keep_ms=for_ever)) for _ in range(2))
    for topic, value in lines:
        at_once.produce(topic, value)
        troubled.produce(topic, value)
    for topic in at_once.records:
        at_once.read(topic)
    while any(troubled.shard.positions[t] < len(troubled.records[t]) for t in troubled.records):
        topic = rng.choice([t for t in troubled.records if troubled.shard.positions[t] < len(troubled.records[t])])
        troubled.read(topic, rng.randint(1, 4))
        for _ in range(rng.randint(0, 2)):
            rng.choice(
                [
                    troubled.checkpoint,
                    troubled.crash,
                    lambda: troubled.shard.advance(EpochMs(troubled.shard.now_ms + rng.randint(0, 5 * 60_000))),
                    lambda: troubled.shard.advance(EpochMs(troubled.shard.now_ms + rng.randint(0, HOUR_MS))),
                ]
            )()
    now_ms = EpochMs(max(troubled.shard.now_ms, at_once.shard.now_ms))
    for shard in (at_once, troubled):
        shard.at(now_ms)
    shown = [comparable(row.document() for row in shard.board(now_ms).rows()) for shard in (at_once, troubled)]
    assert shown[0] == shown[1]


@some
@given(many_cases(), st.randoms(use_true_random=False))
def test_a_live_board_shows_what_the_report_says(events: list[Event], rng: Random) -> None:
    """All of it lies within 30 days, so the window 30d holds the whole range. A pane keeps 8 largest values: no more are made here."""
    shard = KeptShard()
    lines = wires(events)
    rng.shuffle(lines)
    for topic, value in lines:
        shard.produce(topic, value)
    for topic in shard.records:
        shard.read(topic)
    now_ms = last_ms(events)
    shard.at(now_ms)
    live = comparable(row.document() for row in shard.board(now_ms).rows(windows=("30d", "now"), cuts=REPORT_CUTS))
    for (kpi, stat, window, labels), row in comparable(report_rows(lines)).items():
        if (kpi, stat) in (("backlog", "days"), ("lifetime_value", "mean")) or kpi in NOT_IN_30_DAYS or kpi == "expected_wait":
            continue  # by the day of another length of window, of whole months and weeks alone, or by the last quarter of an hour
        shown = live[kpi, stat, "now" if window == "now" else "30d", labels]
        of_a_board = {"partial": None, "since": None, "few": None}
        assert {**shown, "window": window, **of_a_board} == {**row, **of_a_board}


@some
@given(many_cases(), st.randoms(use_true_random=False))
def test_counters_never_fall_and_settled_ones_and_corrections_make_the_totals(events: list[Event], rng: Random) -> None:
    shard = KeptShard()
    rng.shuffle(events)
    before: dict[tuple[Cell, int], int] = {}
    for event, (topic, value) in zip(events, wires(events), strict=True):
        shard.produce(topic, value)
        shard.read(topic)
        if rng.random() < 0.5:
            shard.shard.advance(EpochMs(max(shard.shard.now_ms, event.time) + rng.randint(0, HOUR_MS)))
            shard.checkpoint()
            settled = shard.board(shard.shard.now_ms).settled
            now = {(cell, field): amount for cell, sums in settled.items() for field, amount in sums.items()}
            assert all(now.get(key, 0) >= amount for key, amount in before.items())
            before = now
        if rng.random() < 0.2:
            shard.checkpoint()
            shard.crash()
    shard.at(max(shard.shard.now_ms, last_ms(events)) + DAY_MS + 2 * MINUTE_MS)  # so that every minute is settled
    snapshot = shard.board(shard.shard.now_ms)
    counted: dict[int, int] = {}
    for sums in snapshot.settled.values():
        for field, amount in sums.items():
            counted[field] = counted.get(field, 0) + amount
    for field, (added, removed) in snapshot.corrections.items():
        counted[field] = counted.get(field, 0) + added - removed
    totals: dict[int, int] = {}
    for cell, sums in snapshot.totals.items():
        for field, amount in sums.items() if not cell.about else ():
            totals[field] = totals.get(field, 0) + amount
    for field in snapshot.corrections.keys() | {field for field in counted if field < NAMED_FIELDS}:
        if field - 1 not in DURATIONS:  # corrections do not tell sums of durations
            assert counted.get(field, 0) == totals.get(field, 0), field


def undescribed_late(events: list[Event]) -> list[Event]:
    """Without what describes a whole case but is not its first event: it cannot label what is sealed, nor say whose it was."""
    first: dict[str, Event] = {}
    for event in events:
        case_id = getattr(event, entity_field(type(event)))
        first.setdefault(case_id, event)
    plain = [event for event in events if type(event) not in (CallStarted, TicketCreated, ArticleOpened) or event in first.values()]
    return [msgspec.structs.replace(event, customer_id=None, topic=None) if type(event) is TicketUpdated else event for event in plain]


@settings(some, max_examples=some.max_examples // 2)  # two shards that write after each event
@given(many_cases(), policies, st.integers(1, 3 * HOUR_MS), st.randoms(use_true_random=False))
def test_sealing_changes_nothing_for_events_that_come_within_the_lateness(
    events: list[Event], policy: Policy, lateness_ms: int, rng: Random
) -> None:
    events = undescribed_late(sorted(events, key=lambda event: (event.time, event.seq, event.RANK, event.id)))
    sealing, whole = (
        KeptShard(shard_settings(policy=policy, lateness_ms=lateness, keep_ms={"calls": 900 * DAY_MS, "tickets": 900 * DAY_MS}))
        for lateness in (lateness_ms, 900 * DAY_MS)
    )
    arriving = [(EpochMs(event.time + rng.randint(0, lateness_ms)), event) for event in events]
    arriving += [(EpochMs(at_ms + rng.randint(0, 5 * HOUR_MS)), event) for at_ms, event in rng.choices(arriving, k=3)]
    for shard in (sealing, whole):
        for at_ms, event in sorted(arriving, key=lambda pair: pair[0]):
            shard.shard.advance(at_ms)
            shard.says(*wires([event])[0])
            if rng.random() < 0.1:
                shard.crash()
        shard.at(arriving[0][0] + 30 * DAY_MS)
    assert [
        output for output in sealing.outputs if output.topic == sealing.settings.dead_letters
    ] == []  # no dead letters, for repeats of what is sealed neither
    shown = [comparable(row.document() for row in shard.board(shard.shard.now_ms).rows()) for shard in (sealing, whole)]
    assert shown[0] == shown[1]

"""The load for measuring is made of right events, whole cases, in order of time."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict

import orjson

from schemas.values import EpochMs
from streams.core.intake import Intake, Rejected, Skipped
from streams.sources.benchload import CALL_EVENTS, QUEUES, TICKET_EVENTS, bench_records

START = EpochMs(1_709_542_801_234)
CALL = ["started", "queued", "offered", "answered", "held", "resumed", "ended", "wrapped"]
TICKET = ["created", "message", "assigned", "message", "status", "message", "status", "message", "status", "status", "message", "status"]


def test_every_record_is_a_right_event_and_no_case_stays_open():
    intakes = {topic: Intake(topic, 4) for topic in ("calls", "tickets")}
    types = defaultdict(list)
    times = []
    records = list(bench_records(20_000, START))
    for topic, key, value in records:
        event = intakes[topic].read(key, value, (), None)
        assert not isinstance(event, Rejected | Skipped), (event, value)
        assert event.time >= START
        types[topic, key].append(orjson.loads(value)["type"].partition(".")[2])
        times.append(event.time)
    assert times == sorted(times)
    assert all(seen == (CALL if topic == "calls" else TICKET) for (topic, _), seen in types.items())
    assert 20_000 - TICKET_EVENTS - CALL_EVENTS < len(records) <= 20_000
    assert 125 < sum(len(value) for _, _, value in records) / len(records) < 145


def test_cases_are_interleaved_and_spread_over_all_queues():
    records = list(bench_records(20_000, START, ticket_share=0.0))
    assert sum(one[1] == other[1] for one, other in itertools.pairwise(records)) < 0.05 * len(records)
    queues = Counter(event.get("queue") for event in (orjson.loads(value) for _, _, value in records))
    assert set(queues) == {None, *QUEUES}
    assert {topic for topic, _, _ in records} == {"calls"}


def test_the_same_arguments_give_the_same_bytes_and_another_run_other_cases():
    again = [list(bench_records(2_000, START, seed=5)) for _ in range(2)]
    assert again[0] == again[1]
    other = list(bench_records(2_000, START, seed=5, run=1))
    assert not {key for _, key, _ in other} & {key for _, key, _ in again[0]}


def test_tickets_alone_and_nothing_at_all_work_too():
    assert {topic for topic, _, _ in bench_records(1_200, START, ticket_share=1.0)} == {"tickets"}
    assert list(bench_records(7, START)) == []

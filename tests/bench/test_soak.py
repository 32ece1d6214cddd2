"""What the soak makes of what it has seen."""

from __future__ import annotations

import msgspec

from schemas.state import MINUTE, QUARTER, pane_key
from schemas.values import Cell, EpochMs
from streams.sources.benchload import bench_records
from tests.bench.soak import CUSTOMER, Look, fills_up, grown
from tests.bench.tally import Count, Tally, differences, told
from tests.core.driving import KeptShard

START_MS = 1_772_445_600_000


def kept_totals() -> tuple[Tally, dict[tuple[int, bytes], bytes]]:
    """Of a real shard, and of the tally beside it."""
    tally, shard = Tally(), KeptShard()
    by_topic: dict[str, list[bytes]] = {"calls": [], "tickets": []}
    for topic, _, value in bench_records(2_000, EpochMs(START_MS), ticket_share=0.3):
        tally.add(value)
        by_topic[topic].append(value)
    for topic, values in by_topic.items():
        shard.says(topic, *values)
    return tally, {(0, key): value for key, value in shard.panes.items()}


def test_the_tally_and_a_shard_say_the_same_of_the_load():
    tally, rows = kept_totals()
    assert differences(told(rows), tally.counts) == []
    assert len(tally.counts) > 100
    assert tally.cases == sum(n for count, n in tally.counts.items() if count.what in ("calls offered", "tickets created"))


def test_one_event_that_is_missing_is_told():
    tally, rows = kept_totals()
    tally.counts[Count("calls offered", "queue-07")] += 1
    (said,) = differences(told(rows), tally.counts)
    assert said.startswith("calls offered of queue-07: told ")


def test_no_customer_is_named():
    values = [CUSTOMER.sub(b"", value) for _, _, value in bench_records(500, EpochMs(START_MS))]
    assert not any(b"customer_id" in value for value in values)


def looks(**last: float) -> list[Look]:
    """Of an hour; the last quarter of it is otherwise."""
    plain = {"at_s": 0.0, "cases": 0, "sent": 0, "late_s": 0.0, "board_mib": 100.0, "workers_mib": 300.0, "files": 90, "tasks": 60}
    found = []
    for minute in range(1, 61):
        changed = last if minute > 45 else {}
        found.append(msgspec.convert({**plain, "at_s": minute * 60.0, "cases": minute * 10_000, **changed}, Look))
    return found


def test_what_stays_as_it_is_has_not_grown():
    assert grown(looks(), hours=1) == []


def test_files_tasks_and_memory_that_grow_are_told():
    (files,) = grown(looks(files=105), hours=1)
    assert files == "files: 90 in the second quarter, 105 in the last"
    assert len(grown(looks(tasks=75), hours=1)) == 1
    assert len(grown(looks(workers_mib=500.0), hours=1)) == 1


def test_rows_of_panes_that_fill_up_are_no_growth_and_are_none_after_two_hours():
    cell = Cell("billing", "phone", "normal")
    keys = [pane_key(cell, MINUTE, slot) for slot in range(60)] + [pane_key(cell, QUARTER, slot) for slot in range(4)]
    assert fills_up(keys, before_s=1800, end_s=3600) == 32
    assert fills_up(keys, before_s=4 * 3600, end_s=8 * 3600) == 2, "quarters alone"
    many = [key for key in keys for _ in range(2000)]
    assert grown(looks(workers_mib=430.0), hours=1, pane_keys=many) == [], "130 MiB more, of which 137 are rows"
    assert len(grown(looks(workers_mib=430.0), hours=1)) == 1


def test_one_busy_moment_is_no_growth():
    found = looks()
    found[-3] = msgspec.structs.replace(found[-3], tasks=200)
    assert grown(found, hours=1) == []


def test_memory_is_not_judged_while_it_fills_up():
    assert grown(looks(workers_mib=500.0), hours=0.5) == []

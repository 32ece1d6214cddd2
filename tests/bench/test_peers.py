"""What the comparison with others makes of their figures."""

from __future__ import annotations

import struct
from collections import Counter

import msgspec
import pytest

from tests.bench.peers_calls import CALLS_PER_SECOND, calls
from tests.bench.peers_programs import Row, listed_row, streams_row
from tests.bench.peers_table import Result, ratios, table

END_MS = 1_772_445_600_000


def run(program: str, round_: int, events_per_s: float, **more: object) -> Result:
    plain = {"program": program, "round": round_, "events": 1_000, "cpu_s_per_million": 10.0, "peak_mib": 80.0}
    return msgspec.convert({**plain, "events_per_s": events_per_s, **more}, Result)


def test_a_row_of_each_of_them_is_read():
    assert streams_row(struct.pack(">i", 29_540_760) + b"q7", struct.pack(">6q", 1, 2, 30_000, 0, 4, -5)) == Row(
        "q7", [1, 2, 30_000, 0, 4, -5]
    )
    assert listed_row(b'"3|q7|29540760"', b"[1, 2, 3, 4, 5, 6]") == Row("q7", [1, 2, 3, 4, 5, 6])
    assert listed_row(b'"q7"|"29540760"', b"[1, 2, 3, 4, 5, 6]") == Row("q7", [1, 2, 3, 4, 5, 6])


def test_the_calls_are_whole_in_time_order_and_over():
    records, sums = calls(4 * 5 * CALLS_PER_SECOND, END_MS)
    events = [msgspec.json.decode(value) for _, _, value in records]
    assert len(events) == 4 * 5 * CALLS_PER_SECOND
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)
    assert events[-1]["time"] < END_MS
    steps: dict[str, list[str]] = {}
    for event in events:
        steps.setdefault(event["call_id"], []).append(event["type"])
    assert set(map(tuple, steps.values())) == {("call.queued", "call.answered", "call.held", "call.ended")}
    offered = Counter(event["queue"] for event in events if event["type"] == "call.queued")
    assert {queue: one[0] for queue, one in sums.items()} == offered
    assert all(one[0] == one[1] == one[4] > one[3] > 0 for one in sums.values())


def test_a_ratio_is_of_two_runs_that_stood_beside_each_other():
    runs = [run("raw", 0, 400), run("ours", 0, 100), run("raw", 1, 200), run("ours", 1, 80), run("ours", 2, 999)]
    assert ratios(runs, "ours", "raw") == [0.25, 0.4]


def test_the_table_has_lowest_median_and_highest_and_leaves_open_what_was_not_measured():
    runs = [run("raw", r, 400_000) for r in range(3)] + [
        run("ours", r, rate, right=True) for r, rate in enumerate((40_000, 50_000, 44_000))
    ]
    heads, _, raw, ours = table(runs, "raw").splitlines()
    assert heads == "| program | events | runs | right | events/s | CPU s per million | peak MiB | restore s | latency s | of raw |"
    assert (
        raw == "| raw | 1,000 | 3 |  | 400,000 / 400,000 / 400,000 | 10.0 / 10.0 / 10.0 | 80.0 / 80.0 / 80.0 |  |  | 1.00 / 1.00 / 1.00 |"
    )
    assert ours.startswith("| ours | 1,000 | 3 | yes | 40,000 / 44,000 / 50,000 |")
    assert ours.endswith("| 0.10 / 0.11 / 0.12 |")


@pytest.mark.parametrize(("said", "shown"), [([True, True], "yes"), ([True, False], "NO"), ([None], "")])
def test_one_wrong_run_makes_a_program_wrong(said, shown):
    runs = [run("ours", number, 1, right=right) for number, right in enumerate(said)]
    assert table(runs, "ours").splitlines()[2].split("|")[4].strip() == shown

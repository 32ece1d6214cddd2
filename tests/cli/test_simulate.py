"""The invented contact centre on the command line: the same bytes again, the right places, the right times."""

from __future__ import annotations

import gzip
import itertools
import json
import subprocess
import sys
import time

import pytest

from schemas.events import ENTITY_FIELD
from schemas.values import HOUR_MS, EpochMs
from streams.cli import simulate
from streams.cli.simulate import A_MONDAY, TOPICS, paced, plan_of
from streams.runtime.clock import wall_clock
from streams.runtime.layout import Layout
from streams.runtime.transport.log import TopicPartition
from streams.runtime.transport.store import Store
from streams.sources.simulator import INVENTED, Sent
from tests.cli.calling import deskpulse
from tests.tools import ROOT

NINE = "2025-03-03T09:00:00Z"
NOW_MS = 1_750_000_000_000


def plan(*arguments: str) -> simulate.Plan:
    from streams.cli import Parser

    parser = Parser()
    simulate.arguments(parser)
    return plan_of(parser.parse_args(arguments), NOW_MS)


def test_lines_are_events_in_order_and_the_same_again(tmp_path):
    once = deskpulse("simulate", "--start", NINE, "--hours", "0.5", env={"PYTHONHASHSEED": "3"})
    assert once.code == 0, once.err
    events = [json.loads(line) for line in once.out.splitlines()]
    assert len(events) > 300
    assert all(one["time"] <= other["time"] for one, other in itertools.pairwise(events))
    assert {event["type"].partition(".")[0] for event in events} == {
        "call", "ticket", "agent", "survey", "customer", "article", "finance",
    }  # fmt: skip

    packed = tmp_path / "again.jsonl.gz"
    again = deskpulse("simulate", "--start", NINE, "--hours", "0.5", "--out", packed)
    assert again.out == f"wrote {len(events)} lines to {packed}\n"
    assert gzip.decompress(packed.read_bytes()).decode() == once.out
    before = packed.read_bytes()
    deskpulse("simulate", "--start", NINE, "--hours", "0.5", "--out", packed)
    assert packed.read_bytes() == before


def test_what_is_sent_lies_in_the_topics_and_not_in_the_future(tmp_path):
    site = tmp_path / "site.toml"
    site.write_text(f'log = "embedded://{tmp_path / "log"}"\nzone = "Europe/Riga"\n')
    ended = deskpulse("simulate", "--send", "-c", site, "--hours", "12", "--speed", "0", "--rate", "200", "--late", "0.01")
    assert ended.code == 0, ended.err
    store = Store(tmp_path / "log", Layout(app="deskpulse", sources=TOPICS, outputs=("dead-letters",)), 4, wall_clock)
    counts = {}
    for topic, key in ENTITY_FIELD.items():
        records = [
            record for part in range(4) for chunk in store.chunks(TopicPartition(topic, part), 0) for record in chunk if record.value
        ]
        counts[topic] = len(records)
        now_ms = time.time_ns() // 1_000_000
        for record in records:
            event = json.loads(record.value or b"")
            assert event[key].encode() == record.key
            assert now_ms - 13 * HOUR_MS < event["time"] <= now_ms
    store.close()
    assert ended.out == "sent " + ", ".join(f"{count} to {topic}" for topic, count in sorted(counts.items())) + "\n"


def test_plans_end_now_where_they_are_sent_and_are_repeatable_where_not():
    assert plan() == (INVENTED, 1, A_MONDAY, A_MONDAY + 24 * HOUR_MS, 0, TOPICS)
    assert plan("--send")[2:5] == (NOW_MS, None, 1)
    assert plan("--send", "--hours", "8", "--speed", "0")[2:4] == (NOW_MS - 8 * HOUR_MS, NOW_MS)
    assert plan("--send", "--hours", "8", "--speed", "4")[2:4] == (NOW_MS - 6 * HOUR_MS, NOW_MS + 2 * HOUR_MS)
    assert plan("--send", "--hours", "8", "--speed", "0.5")[2] == NOW_MS
    assert plan("--send", "--start", "5", "--speed", "60")[2:5] == (5, None, 60)
    assert plan("--rate", "3500").centre.contacts_per_hour() == pytest.approx(3_500)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--send", "--speed", "5"), "give --hours"),
        (("--start", "5", "--send", "--speed", "0"), "--hours"),
        (("--zone", "Nowhere"), "--zone Nowhere"),
        (("--bad", "2"), "0.01"),
        (("--start", "2025-03-03T09:00:00"), "has no zone"),
        (("--start", "noon"), "noon: write 2024-03-04T08:00:00Z or epoch milliseconds"),
        (("--topics", "calls,emails"), "emails"),
        (("--send", "--out", "x"), "not allowed"),
    ],
)
def test_arguments_that_do_not_go_together_say_what_to_do(arguments, named):
    ended = deskpulse("simulate", *arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert named in ended.err


def test_records_go_out_at_their_time_and_late_ones_at_the_end():
    sent = [Sent(at_ms, "calls", b"", b"") for at_ms in (1_000, 1_100, 1_200, 3_600_000)]
    short = plan()._replace(start_ms=EpochMs(1_000), end_ms=EpochMs(1_300), speed=5.0)
    pauses: list[float] = []
    begun = time.monotonic()
    times = [time.monotonic() - begun for _ in paced(sent, short, lambda: pauses.append(time.monotonic()))]
    assert all(at >= due for at, due in zip(times, (0, 0.02, 0.04, 0.06), strict=True))
    assert times[-1] < 60
    assert pauses


def test_nobody_reading_is_no_error():
    argv = [sys.executable, "-m", "streams.cli", "simulate"]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().startswith(b'{"type":')
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 141

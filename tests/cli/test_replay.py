"""Files of events go to the topics with their times moved up to now, and nothing is lost without a word."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.partitioner import murmur2

from schemas.values import HOUR_MS, MINUTE_MS
from streams.cli.replay import Span, shift_ms
from streams.runtime.clock import wall_clock
from streams.runtime.layout import Layout
from streams.runtime.transport.log import TopicPartition
from streams.runtime.transport.store import Store
from tests.cli.calling import deskpulse
from tests.tools import calls_and_tickets_alone

NOW_MS = 1_700_000_000_000
LAYOUT = Layout(app="deskpulse", sources=("calls", "tickets"), outputs=("dead-letters",))


@pytest.mark.parametrize(
    ("speed", "first_is_ago_ms"),
    [
        (0, HOUR_MS),  # at once: the last is now
        (1, 0),  # as it was: the first is now
        (60, 59 * MINUTE_MS),  # an hour in a minute: the last is now in a minute
        (0.5, 0),  # slower than life: nothing may lie in the future
    ],
)
def test_no_event_is_sent_before_it_has_happened(speed, first_is_ago_ms):
    by_ms = shift_ms(Span(10, 1000, 1000 + HOUR_MS), speed, NOW_MS)
    assert 1000 + by_ms == NOW_MS - first_is_ago_ms


def test_files_without_a_time_are_not_shifted():
    assert shift_ms(Span(3, None, None), 1, NOW_MS) == 0


CALL: list[dict[str, Any]] = [
    {"type": "call.queued", "id": "1", "time": "2024-01-01T10:00:00Z", "call_id": "c1", "queue": "billing"},
    {"type": "call.answered", "id": "2", "time": 1_704_103_215_000, "call_id": "c1", "agent_id": "ann"},
]
TICKET = [{"type": "ticket.created", "id": "1", "time": "2024-01-01T10:00:05Z", "ticket_id": "t1", "channel": "email"}]


def file_of(path: Path, events: list[dict], *more: str) -> Path:
    text = "\n".join([*(json.dumps(event) for event in events), *more])
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def stored(directory: Path, topic: str) -> list[tuple[bytes | None, dict]]:
    store = Store(directory, LAYOUT, 4, wall_clock)
    found = [
        (record.key, json.loads(record.value))
        for part in range(4)
        for chunk in store.chunks(TopicPartition(topic, part), 0)
        for record in chunk
        if record.value
    ]
    store.close()
    return found


def test_events_go_to_their_topics_under_their_keys_and_end_now(tmp_path):
    files = [file_of(tmp_path / "a.jsonl", CALL), file_of(tmp_path / "b.gz", TICKET)]
    before_ms = time.time_ns() // 1_000_000
    ended = deskpulse("replay", *files, env={"DESKPULSE_STATE": str(tmp_path / "state")})
    after_ms = time.time_ns() // 1_000_000
    assert ended == (0, "sent 2 to calls, 1 to tickets\n", "")
    queued, answered = stored(tmp_path / "state", "calls")
    assert [key for key, _ in (queued, answered)] == [b"c1", b"c1"]
    assert before_ms <= answered[1]["time"] <= after_ms
    assert queued[1]["time"].endswith("Z")
    assert queued[1] | {"time": 0} == CALL[0] | {"time": 0}
    ((key, _),) = stored(tmp_path / "state", "tickets")
    assert key == b"t1"


def test_times_may_be_kept(tmp_path):
    file = file_of(tmp_path / "a.jsonl", CALL)
    assert deskpulse("replay", "--shift", "keep", file, env={"DESKPULSE_STATE": str(tmp_path / "state")}).code == 0
    assert [event for _, event in stored(tmp_path / "state", "calls")] == CALL


def test_what_is_no_event_is_counted_and_not_sent(tmp_path):
    file = file_of(tmp_path / "a.jsonl", CALL, "", "not json", '{"type":"mail.sent","mail_id":"m1"}')
    ended = deskpulse("replay", file, env={"DESKPULSE_STATE": str(tmp_path / "state")})
    assert ended.code == 0
    assert ended.out == "sent 2 to calls\n"
    assert ended.err == (
        f"deskpulse: not sent: 1 not JSON objects, 1 of no known type, the first at {file}:4: --topic sends them all the same\n"
    )


def test_what_is_sent_and_will_be_rejected_is_told(tmp_path):
    wrong = ['{"type":"call.queued","id":"3","time":"2024-01-01 10:00","call_id":"c1"}', '{"type":"call.queued","call_id":"c1"}']
    ended = deskpulse("replay", file_of(tmp_path / "a.jsonl", CALL, *wrong), env={"DESKPULSE_STATE": str(tmp_path / "state")})
    assert (ended.code, ended.out) == (0, "sent 4 to calls\n")
    first = f"deskpulse: sent, but no events: 1 bad_time, 1 missing_field, the first at {tmp_path / 'a.jsonl'}:3: expected RFC 3339"
    assert ended.err.startswith(first)


def test_a_topic_may_be_forced_on_everything(tmp_path):
    file = file_of(tmp_path / "a.jsonl", CALL, "not json")
    ended = deskpulse("replay", "--topic", "tickets", "--json", file, env={"DESKPULSE_STATE": str(tmp_path / "state")})
    assert ended.code == 0
    told = json.loads(ended.out)
    assert told["sent"] == {"tickets": 3}
    assert told["rejected"] == {"not_json": 1}, "calls are of no type that is known there, and passed over"


def test_nothing_sent_at_all_is_an_answer_of_no(tmp_path):
    file = file_of(tmp_path / "a.jsonl", [], "not json")
    assert deskpulse("replay", file, env={"DESKPULSE_STATE": str(tmp_path / "state")}).code == 1


def test_a_speed_takes_its_time(tmp_path):
    file = file_of(tmp_path / "a.jsonl", CALL)
    started = time.monotonic()
    assert deskpulse("replay", "--speed", "20", file, env={"DESKPULSE_STATE": str(tmp_path / "state")}).code == 0
    assert time.monotonic() - started > 15 / 20


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nix.jsonl"], "nix.jsonl: there is no such file"),
        (["/"], "/: not a file"),
        (["--speed", "fast", "x"], "argument --speed: fast is not a number: see `deskpulse replay --help`"),
        (["--speed", "-1", "x"], "argument --speed: -1: write a number from 0 on: see `deskpulse replay --help`"),
    ],
)
def test_wrong_use_is_told(arguments, said):
    assert deskpulse("replay", *arguments) == (2, "", f"deskpulse: {said}\n")


def test_a_damaged_file_is_told_before_anything_is_sent(tmp_path):
    file = tmp_path / "a.gz"
    file.write_bytes(gzip.compress(b"x" * 1000)[:-9])
    ended = deskpulse("replay", file, env={"DESKPULSE_STATE": str(tmp_path / "state")})
    assert ended.code == 2
    assert f"{file}: not a whole gzip file" in ended.err
    assert not (tmp_path / "state").exists()


@pytest.mark.kafka
async def test_events_reach_kafka_in_order_on_the_partition_of_their_key(kafka, prefix, tmp_path):
    site = tmp_path / "site.toml"
    site.write_text(f'log = "kafka://{kafka}"\napp = "{prefix}app"\nlimits.partitions = 3\n{calls_and_tickets_alone(prefix)}\n')
    calls = [
        {"type": "call.queued", "id": f"{n}-{seq}", "seq": seq, "time": NOW_MS, "call_id": f"c{n}", "queue": "q"}
        for seq in range(3)
        for n in range(50)
    ]
    file = file_of(tmp_path / "a.jsonl", calls)
    missing = deskpulse("replay", "-c", site, file)
    said = f"topics are missing: {prefix}calls, {prefix}tickets: create them with `deskpulse topics create`"
    assert missing == (2, "", f"deskpulse: kafka://{kafka}: {said}\n")

    assert deskpulse("topics", "create", "-c", site).code == 0
    ended = deskpulse("replay", "-c", site, "--shift", "keep", file)
    assert ended == (0, f"sent 150 to {prefix}calls\n", "")

    found: dict[bytes, list[tuple[int, dict]]] = {}
    consumer = AIOKafkaConsumer(f"{prefix}calls", bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    async with asyncio.timeout(10):
        for _ in range(150):
            record = await consumer.getone()
            found.setdefault(record.key, []).append((record.partition, json.loads(record.value)))
    await consumer.stop()
    assert len(found) == 50
    for key, records in found.items():
        assert [event["seq"] for _, event in records] == [0, 1, 2]
        (partition,) = {partition for partition, _ in records}
        assert partition == (murmur2(key) & 0x7FFFFFFF) % 3  # where Kafka's own producers put it


def test_no_kafka_is_told(tmp_path):
    file = file_of(tmp_path / "a.jsonl", CALL)
    ended = deskpulse("replay", file, env={"DESKPULSE_LOG": "kafka://127.0.0.1:1"})
    said = "kafka://127.0.0.1:1: no Kafka answers there: start it, or correct `log` in site.toml or DESKPULSE_LOG"
    assert ended == (3, "", f"deskpulse: {said}\n")

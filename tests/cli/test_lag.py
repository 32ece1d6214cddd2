"""`deskpulse lag`: what is not read yet, since when, and who works on it."""

from __future__ import annotations

import json

import pytest

from schemas.values import EpochMs
from streams.cli.lag import Lag, lags
from streams.runtime.heartbeat import Heartbeat, PartitionBeat
from streams.runtime.inspection import Unread
from tests.cli.calling import deskpulse
from tests.desk import Desk, wait_for
from tests.tools import calls_and_tickets_alone

NOW = EpochMs(1_700_000_000_000)


def beat(worker: str, partition: int, epoch: int, age_ms: int = 1_000) -> Heartbeat:
    at_ms = EpochMs(NOW - age_ms)
    own = PartitionBeat(
        partition=partition, epoch=epoch, positions={}, watermark_ms=None, now_ms=at_ms, caught_up_until_ms=None, lag_records=0, lag_ms=None
    )
    return Heartbeat(worker=worker, at_ms=at_ms, of=2, partitions=[own])


def test_a_partition_is_as_far_behind_as_its_oldest_record_and_belongs_to_the_newest_owner():
    unread = [
        Unread("calls", 0, 3, EpochMs(NOW - 2_000)),
        Unread("tickets", 0, 4, EpochMs(NOW - 90_000)),
        Unread("calls", 1, 0, None),
        Unread("tickets", 1, 0, None),
    ]
    heartbeats = [beat("old", 0, 4), beat("new", 0, 5), beat("gone", 1, 9, age_ms=6_000)]
    assert lags(unread, heartbeats, NOW) == [
        Lag(0, "new", 7, 90.0, {"calls": 3, "tickets": 4}),
        Lag(1, None, 0, 0.0, {"calls": 0, "tickets": 0}),
    ]


def events(count: int) -> str:
    return "\n".join(
        json.dumps({"type": "call.queued", "id": "1", "time": "2026-03-10T09:00:00Z", "call_id": f"c{n}", "queue": "q"})
        for n in range(count)
    )


@pytest.mark.slow
def test_what_nobody_reads_is_behind_and_what_is_read_is_not(tmp_path):
    file = tmp_path / "calls.jsonl"
    file.write_text(events(25))
    with Desk(tmp_path / "desk", f"embedded://{tmp_path / 'log'}", 'clock = "event"\n[limits]\npartitions = 2') as desk:
        desk.call("replay", "--shift", "keep", file)
        alone = desk.call("lag", "--json", code=1)
        before = json.loads(alone.out)
        assert (before["fine"], before["records"], [lag["worker"] for lag in before["partitions"]]) == (False, 25, [None, None])
        assert sum(lag["by_topic"]["calls"] for lag in before["partitions"]) == 25
        assert 0 <= before["seconds"] < 60
        assert desk.call("lag", code=1).out.splitlines()[-1].endswith("; nobody works on 2 of the partitions that have them")

        running = desk.instance("run", "r")
        running.start()
        wait_for("all is read", lambda: json.loads(deskpulse("lag", "--json", "-c", desk.config).out)["records"] == 0, 30, pause_s=0.5)
        after = json.loads(desk.call("lag", "--json").out)
        assert (after["fine"], after["seconds"]) == (True, 0.0)
        assert all(lag["worker"] for lag in after["partitions"])


@pytest.mark.kafka
def test_on_kafka_it_is_what_the_group_has_not_committed(kafka, prefix, tmp_path):
    file = tmp_path / "calls.jsonl"
    file.write_text(events(25))
    with Desk(tmp_path / "desk", f"kafka://{kafka}", f'app = "{prefix}app"\nclock = "event"\n{calls_and_tickets_alone(prefix)}') as desk:
        desk.call("topics", "create")
        desk.call("replay", "--shift", "keep", file)
        before = json.loads(desk.call("lag", "--json", code=1).out)
        assert (before["fine"], before["records"]) == (False, 25)
        running = desk.instance("worker", "w")
        running.start()
        wait_for("all is read", lambda: json.loads(deskpulse("lag", "--json", "-c", desk.config).out)["records"] == 0, 30, pause_s=0.5)
        after = json.loads(desk.call("lag", "--json").out)
        assert after["fine"]
        assert len({lag["worker"] for lag in after["partitions"]}) == 1


def test_where_nothing_has_run_it_says_so(tmp_path):
    ended = deskpulse("lag", env={"DESKPULSE_LOG": f"embedded://{tmp_path / 'log'}"})
    assert (ended.code, ended.out) == (3, "")
    assert "nothing has run there yet" in ended.err
    assert not (tmp_path / "log").exists()

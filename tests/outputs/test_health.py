"""Ready or not, and what /status tells."""

from __future__ import annotations

import msgspec

from streams.config import Secret
from streams.outputs.health import HealthCheck, status_document
from tests.outputs.centre import LIVE, morning
from tests.outputs.test_own_families import BEAT, WORKER


def test_a_process_is_ready_once_all_of_it_is_restored_and_caught_up():
    centre = morning()
    liveness, figures = msgspec.structs.replace(LIVE, restored=False), msgspec.structs.replace(WORKER, opening=[1, 2], ready=False)
    check = HealthCheck(lambda: centre.snapshot(liveness), lambda: figures)
    assert check().waits_for == ["the board reads its state back, or does not reach the log", "partitions 1, 2 are being restored"]
    assert not check().started
    liveness = LIVE
    figures = msgspec.structs.replace(WORKER, opening=[], ready=False)
    assert check().waits_for == ["the worker is not a member of its group yet"]
    figures = msgspec.structs.replace(WORKER, opening=[], partitions=[msgspec.structs.replace(BEAT, lag_ms=40_000)])
    assert check().waits_for == ["partition 3 is 40 s behind"]
    assert check().started
    figures = msgspec.structs.replace(WORKER, opening=[], partitions=[BEAT])
    assert check().ready


def test_what_was_started_stays_started_while_the_log_is_away():
    liveness, snapshot = LIVE, morning()
    check = HealthCheck(lambda: snapshot.snapshot(liveness), None)
    assert check().ready
    liveness = msgspec.structs.replace(LIVE, restored=False)
    assert (check().started, check().ready) == (True, False)


def test_status_tells_people_where_it_stands():
    board, worker = lambda: morning().snapshot(), lambda: msgspec.structs.replace(WORKER, opening=[], partitions=[BEAT])
    facts = {"role": "run", "version": "0.1.0", "token": repr(Secret("hidden"))}
    told = status_document(facts, HealthCheck(board, worker)(), board, worker)
    assert (told["role"], told["ready"], told["waits_for"]) == ("run", True, [])
    assert told["board"] == {
        "as_of": "2026-03-02T10:00:00.000Z", "restored": True, "leads": True, "data_age_seconds": 0.4,
        "partitions": 2, "live_partitions": 2, "queues": 4, "hidden_queues": 0,
    }  # fmt: skip
    (shard,) = told["worker"]["partitions"]
    assert (shard["partition"], shard["lag_records"], shard["lag_seconds"]) == (3, 12, 2.5)
    assert (shard["watermark"], shard["clock"]) == ("2026-03-02T09:59:50.000Z", "2026-03-02T10:00:00.000Z")
    assert "hidden" not in told["token"]


def test_a_board_alone_tells_of_no_worker():
    told = status_document({"role": "board"}, HealthCheck(None, None)(), lambda: morning().snapshot(), None)
    assert set(told) == {"role", "ready", "waits_for", "board"}

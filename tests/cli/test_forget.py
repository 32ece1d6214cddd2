"""`deskpulse forget`: on both logs no byte of an id is left where it was kept, and no figure has changed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from streams.runtime.transport.database import WorkerLock
from tests.cli.calling import Ended, deskpulse
from tests.desk import Desk, wait_for
from tests.kafka.records import records
from tests.kafka.server import KafkaServer

WHO = "secret-person"
OTHER = "somebody-else"
KEY = "0123456789abcdef0123456789abcdef"
NOW_MS = time.time_ns() // 1_000_000 - 3_600_000


def event(entity: str, id_: str, type_: str, at_s: int, **fields: Any) -> dict[str, Any]:
    field = {"call": "call_id", "ticket": "ticket_id", "customer": "customer_id", "survey": "survey_id"}[type_.split(".", maxsplit=1)[0]]
    return {"type": type_, "id": id_, "time": NOW_MS + at_s * 1_000, field: entity, **fields}


EVENTS = [
    event("c1", "1", "call.queued", 0, queue="billing", customer_id=WHO),
    event("c1", "2", "call.answered", 9, agent_id="ann"),
    event("c1", "3", "call.ended", 99),
    event("c2", "1", "call.queued", 100, queue="billing", customer_id=WHO),
    event("c2", "2", "call.abandoned", 190),
    event("c3", "1", "call.queued", 100, queue="billing", customer_id=OTHER),
    event("c3", "2", "call.abandoned", 190),
    event("t1", "1", "ticket.created", 400, channel="email", queue="billing", customer_id=WHO),
    event("t1", "2", "ticket.status", 600, status="resolved"),
    event("s1", "1", "survey.answered", 700, kind="csat", score=5, customer_id=WHO),
    event(WHO, "1", "customer.joined", 0),
    event(OTHER, "1", "customer.joined", 1_000, referred_by=WHO),
]
WRONG = [{"type": "call.queued", "id": "9", "time": "yesterday", "call_id": "c9", "queue": "billing", "customer_id": WHO}]
WRONG += [{"type": "call.queued", "id": "9", "time": "tomorrow", "call_id": "c8", "queue": "billing", "customer_id": OTHER}]


def site(directory: Path, more: str = "") -> Path:
    config = directory / "site.toml"
    config.write_text(f'log = "embedded://{directory}/log"\nzone = "UTC"\nlimits.partitions = 3\n{more}')
    return config


def call(*arguments: str | Path) -> Ended:
    ended = deskpulse(*arguments)
    assert ended.code == 0, ended
    return ended


def replay(directory: Path, config: Path, *events: dict[str, Any]) -> None:
    file = directory / "events.jsonl"
    file.write_text("\n".join(map(json.dumps, events)))
    call("replay", file, "-c", config, "--shift", "keep")


def figures(config: Path) -> dict[str, Any]:
    """All but ages, which grow while we look."""
    answer = json.loads(call("report", "--from-log", "--window", "30d", "--window", "now", "--json", "-c", config).out)
    rows = [row for row in answer["rows"] if row["stat"] != "oldest"]
    return {f"{row['kpi']} {row['stat']} {row['labels']}": (row["value"], row.get("samples")) for row in rows}


def bytes_in(directory: Path, id_: str) -> list[str]:
    return [file.name for file in (directory / "log").iterdir() if id_.encode() in file.read_bytes()]


def has_worked(directory: Path, config: Path, *events: dict[str, Any]) -> None:
    """The events are counted, as by a worker that ran for a while: to forget somebody unknown is to let the shards read."""
    replay(directory, config, *events)
    call("forget", "-c", config, "--customer", "nobody-at-all")


def test_of_an_embedded_log_no_byte_of_the_id_is_left_and_the_figures_are_as_they_were(tmp_path: Path):
    config = site(tmp_path)
    has_worked(tmp_path, config, *EVENTS, *WRONG)
    before = figures(config)
    assert bytes_in(tmp_path, WHO)
    assert len(json.loads(call("dead-letters", "show", "--json", "-c", config).out)["letters"]) == 2

    ended = call("forget", "-c", config, "--customer", WHO, "--json")

    erased = json.loads(ended.out)["erased"]
    assert {topic: erased[topic] for topic in ("calls", "tickets", "surveys", "customers", "dead-letters")} == {
        "calls": 3,  # two that name the customer, and what was rejected
        "tickets": 1,
        "surveys": 1,
        "customers": 2,  # their own, and that of whom they brought
        "dead-letters": 1,
    }
    assert bytes_in(tmp_path, WHO) == []
    assert bytes_in(tmp_path, OTHER) == ["log.db"]
    assert figures(config) == before
    (letter,) = json.loads(call("dead-letters", "show", "--json", "-c", config).out)["letters"]
    assert letter["reason"] == "bad_time"


def test_who_comes_again_counts_as_a_new_customer(tmp_path: Path):
    config = site(tmp_path)
    has_worked(tmp_path, config, *EVENTS)
    call("forget", "-c", config, "--customer", WHO)
    before = figures(config)
    has_worked(tmp_path, config, event(WHO, "7", "customer.joined", 3_000))
    after = figures(config)
    assert after["customers joined {}"][0] == before["customers joined {}"][0] + 1
    assert after["customers now {}"][0] == before["customers now {}"][0] + 1
    assert bytes_in(tmp_path, WHO)


def test_where_ids_are_replaced_the_customer_is_named_as_producers_do(tmp_path: Path):
    (tmp_path / "key").write_text(KEY)
    config = site(tmp_path, '[privacy]\npseudonymise = ["customer_id"]\nkey_file = "key"\n')
    has_worked(tmp_path, config, *EVENTS, *WRONG)
    before = figures(config)
    call("forget", "-c", config, "--customer", WHO, "--customer", OTHER)
    assert bytes_in(tmp_path, WHO) == bytes_in(tmp_path, OTHER) == []
    assert figures(config) == before


def test_without_a_customer_or_a_log_it_says_so(tmp_path: Path):
    config = site(tmp_path)
    assert deskpulse("forget", "-c", config).code == 2
    ended = deskpulse("forget", "-c", config, "--customer", WHO)
    assert ended.code == 3
    assert "nothing has run there yet" in ended.err
    assert WHO not in ended.out + ended.err


def test_a_log_at_which_a_worker_runs_is_left_to_it(tmp_path: Path):
    config = site(tmp_path)
    has_worked(tmp_path, config, *EVENTS)
    lock = WorkerLock(tmp_path / "log")
    ended = deskpulse("forget", "-c", config, "--customer", WHO)
    lock.release()
    assert (ended.code, ended.out) == (3, "")
    assert f"is in use by a worker, process {os.getpid()}: stop it" in ended.err
    assert bytes_in(tmp_path, WHO)


@pytest.mark.kafka
def test_of_a_kafka_contacts_and_dead_letters_go_and_the_last_row_of_each_case_names_nobody(kafka_server: KafkaServer, tmp_path: Path):
    bootstrap = kafka_server.bootstrap
    events = tmp_path / "events.jsonl"
    events.write_text("\n".join(map(json.dumps, [*EVENTS, *WRONG])))

    def letters() -> list[str]:
        return [letter.key.decode() for letter in records(bootstrap, "dead-letters") if letter.key]

    def named(topic: str) -> int:
        last = {
            (found.place.partition, found.key, found.place.offset * (topic != "deskpulse-state")): found
            for found in records(bootstrap, topic)
        }
        return sum(WHO.encode() in (found.key or b"") + found.value for found in last.values() if found.value is not None)

    with Desk(tmp_path / "desk", f"kafka://{bootstrap}") as desk:
        desk.call("topics", "create")
        idle = deskpulse("forget", "-c", desk.config, "--customer", WHO, "--wait", "1")
        assert idle.code in (0, 3), idle  # nothing is there to be read, and nobody to hear of it
        workers = [desk.instance("worker", name) for name in ("w1", "w2")]
        for worker in workers:
            worker.start()
        desk.call("replay", "--shift", "keep", events)
        wait_for("both wrong ones are told", lambda: sorted(letters()) == ["c8", "c9"], 30, pause_s=0.5)
        wait_for("contacts are told", lambda: named("deskpulse-contacts"), 30, pause_s=0.5)
        wait_for("all is counted", lambda: figures(desk.config)["customers joined {}"][0] == 2, 30, pause_s=0.5)
        before = figures(desk.config)
        assert named("deskpulse-state")

        ended = json.loads(desk.call("forget", "--customer", WHO, "--json").out)

        assert ended["erased"]["dead-letters"] == 1
        assert letters() == ["c8"]
        assert (named("deskpulse-state"), named("deskpulse-contacts")) == (0, 0)
        assert figures(desk.config) == before
        for worker in workers:
            assert worker.end() == 0
        workers[0].start()  # what is gone is not missed
        assert figures(desk.config) == before

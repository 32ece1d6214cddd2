"""`deskpulse doctor`: what is wrong, found before it hurts, each with the next move."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ConfigResource, KafkaAdminClient, ResourcePattern, ResourceType
from kafka.admin import ACLResourcePatternType as PatternType

from schemas.state import STATE_VERSION, ClockRow
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, EpochMs
from streams.cli import main
from streams.cli.dead_letters import Letter
from streams.cli.doctor import of_letters, of_workers
from streams.cli.lag import Lag
from streams.config.parts import Kafka, KafkaLog
from streams.core.clocks.days import Days
from streams.runtime.examination import brokers, clocks, place, state
from streams.runtime.examination.finding import Finding
from streams.runtime.heartbeat import Heartbeat, PartitionBeat
from streams.runtime.inspection import Found as Rejected
from streams.runtime.layout import Layout
from streams.runtime.topic_plans import Found
from streams.runtime.transport.database import FILE
from tests.cli.calling import Ended, deskpulse
from tests.desk import Desk, wait_for
from tests.kafka.server import KafkaServer
from tests.tools import calls_and_tickets_alone, free_port

NOW = EpochMs(1_700_000_000_000)
LAYOUT = Layout("dp", ("calls",), ("dead-letters",))


Doctor = Callable[..., Ended]


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """The command in this process, which is quicker: it is asked often."""

    def examined(*arguments: str | Path, env: Mapping[str, str] | None = None) -> Ended:
        for name in ("DESKPULSE_LOG", "DESKPULSE_STATE", "DESKPULSE_KAFKA_PASSWORD"):
            monkeypatch.delenv(name, raising=False)
        for name, value in (env or {}).items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        code = main(["doctor", *map(str, arguments)])
        return Ended(code, *capsys.readouterr())

    return examined


def findings(ended: Ended) -> list[tuple[str, str, str, str]]:
    return [(one["about"], one["state"], one["found"], one["do"]) for one in json.loads(ended.out)["findings"]]


def wrong(ended: Ended) -> list[tuple[str, str]]:
    return [(about, found) for about, state, found, _ in findings(ended) if state == "wrong"]


def beat(worker: str, ahead_ms: int, watermark_ahead_ms: int = 0) -> Heartbeat:
    at_ms = EpochMs(NOW + ahead_ms)
    mark_ms = EpochMs(NOW + watermark_ahead_ms)
    own = PartitionBeat(
        partition=0, epoch=1, positions={}, watermark_ms=mark_ms, now_ms=at_ms, caught_up_until_ms=None, lag_records=0, lag_ms=None
    )
    return Heartbeat(worker=worker, at_ms=at_ms, of=1, partitions=[own])


def test_a_worker_or_a_producer_that_is_ahead_is_told():
    assert list(clocks.of_others([beat("w", 1_500, 40_000)], NOW)) == []
    worker, events = clocks.of_others([beat("w", 9_000), beat("v", 0, 5 * MINUTE_MS)], NOW)
    assert (worker.state, worker.found) == ("wrong", "that of worker w is 9 s ahead of ours")
    assert (events.state, events.found) == ("warning", "the latest event says 2023-11-14T22:18:20.000Z, 5 min ahead of ours")


def test_whether_a_time_service_keeps_the_clock_is_told_where_the_kernel_says():
    assert clocks.kept_by_the_kernel() in (True, False, None)
    assert [clocks.of_this_machine(kept).state for kept in (True, False, None)] == ["fine", "warning", "warning"]


def test_rights_that_are_lacking_are_named():
    everything = {name: {"READ", "WRITE", "DESCRIBE"} for name in brokers.wanted(LAYOUT)}
    assert [one.state for one in brokers.rights(brokers.wanted(LAYOUT), [], everything)] == ["fine"]
    few = everything | {"calls": {"DESCRIBE"}, "dp-state": {"READ"}}
    (one,) = brokers.rights(brokers.wanted(LAYOUT), ["dead-letters"], few)
    assert one.found == "this user lacks Describe on dead-letters, Read on calls, Write on dp-state"
    assert "kafka-acls.sh" in one.do
    assert [one.state for one in brokers.rights(brokers.wanted(LAYOUT), [], {"calls": None})] == ["warning"]


class Hanging:
    """A connection of which the producer starts, and then never stops."""

    def __init__(self, *_: object) -> None:
        self.errors = nullcontext

    def producer(self, **_: object) -> Hanging:
        return self

    async def start(self) -> None: ...

    async def stop(self) -> None:
        await asyncio.Event().wait()


def test_a_producer_that_does_not_stop_holds_nobody_up(monkeypatch):
    monkeypatch.setattr(brokers, "Connection", Hanging)
    monkeypatch.setattr(brokers, "DISPOSE_S", 0.01)
    asked = brokers.examine_transactions(KafkaLog(brokers=("localhost:9092",)), Kafka(), LAYOUT)
    assert asyncio.run(asyncio.wait_for(asked, 10)).state == "fine"


def topic(name: str, **fields: Any) -> Found:
    return Found(**{"name": name, "what": "events", "partitions": 4, "replication": 3, "configs": {}, "wrong": (), **fields})


def test_topics_are_judged_by_what_may_be_lost():
    def states(*found: Found, brokers_there: int = 3) -> list[tuple[str, str]]:
        return [(one.about, one.found) for one in brokers.topics(found, brokers_there, LAYOUT) if one.state != "fine"]

    assert states(topic("calls")) == []
    assert states(topic("calls", replication=1), topic("dp-state")) == [("copies", "fewer than 3 of calls")]
    assert states(topic("calls", replication=1), brokers_there=1)[0][0] == "copies"
    short = topic("calls", configs={"retention.ms": str(HOUR_MS)})
    assert states(short) == [("retention", "calls is kept for 1h")]
    assert states(topic("calls", configs={"retention.ms": "-1"})) == []


def test_workers_are_there_or_not_or_behind():
    def said(*found: Lag) -> tuple[str, str]:
        (one,) = of_workers(found)
        return one.state, one.found

    assert said(Lag(0, None, 0, 0.0, {})) == ("warning", "nobody works; 0 records wait")
    assert said(Lag(0, None, 7, 3.0, {})) == ("wrong", "nobody works; 7 records wait")
    assert said(Lag(0, "w", 0, 0.0, {}), Lag(1, None, 0, 0.0, {})) == ("wrong", "nobody works on 1 of 2 partitions")
    assert said(Lag(0, "w", 9, 90.0, {})) == ("wrong", "1 there, behind by 90 s on partition 0")
    assert said(Lag(0, "w", 9, 0.5, {})) == ("fine", "1 there, 1 partitions, behind by 0.5 s at most")


def test_dead_letters_of_the_last_days_are_counted_by_reason():
    def letter(reason: str, days_ago: int, redriven: bool = False) -> Letter:
        found = Rejected(0, 0, EpochMs(NOW - days_ago * DAY_MS), None, None, ())
        return Letter(found, reason, "", "calls", "0", "0", "", redriven)

    one = of_letters([letter("bad_time", 1), letter("too_late", 2), letter("too_late", 6), letter("not_json", 8)], NOW)
    assert (one.state, one.found) == ("warning", "3 in the last 7 days: 2 too_late, 1 bad_time")
    assert one.do == "see deskpulse dead-letters show"
    one = of_letters([letter("not_json", 8), letter("bad_time", 1, redriven=True)], NOW)
    assert (one.state, one.found) == ("fine", "none in the last 7 days"), "what was sent again is no matter any more"
    assert of_letters([letter("bad_time", 1)] * 1000, NOW).found == "at least 1000 in the last 7 days: 1000 bad_time"


def test_state_of_another_version_is_told_before_a_worker_refuses_it():
    days = Days(ZoneInfo("Europe/Riga"))
    rows = [msgspec.msgpack.encode(ClockRow(version, "0.0.9", NOW, None, days.calendar)) for version in (STATE_VERSION, STATE_VERSION + 1)]
    fine = Finding("state", "fine", f"version {STATE_VERSION}, by deskpulse 0.0.9, counts by days of Europe/Riga from 00:00")
    assert state.examine(rows[:1], days) == fine
    found = state.examine(rows, days)
    assert found is not None
    assert (found.state, found.do) == ("wrong", "start 0.0.9 or newer")
    assert f"version {STATE_VERSION + 1}" in found.found
    assert state.examine([], days) is None, "nobody has worked yet"


def test_an_embedded_log_needs_a_place_and_room(tmp_path, monkeypatch):
    assert [(one.about, one.state) for one in place.examine(tmp_path / "new" / "one")] == [("log", "warning"), ("disk", "fine")]
    file = tmp_path / "file"
    file.write_text("")
    assert [one.found for one in place.examine(file / "log")] == [f"{file} is not a directory"]
    used = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: used._replace(free=50 << 20))
    assert [one.state for one in place.examine(tmp_path)][-1] == "wrong"


def test_a_wrong_configuration_is_the_first_thing_to_know(doctor: Doctor, tmp_path):
    site = tmp_path / "site.toml"
    site.write_text('zona = "UTC"\n[queue.q]\ntarget = 80\n')
    ended = doctor("--json", "-c", site)
    assert ended.code == 1
    assert [about for about, _ in wrong(ended)] == ["config", "config"]
    assert doctor("-c", tmp_path / "none.toml").code == 2


def test_no_kafka_is_told_with_what_to_do_and_its_own_exit_code(doctor: Doctor):
    address = f"127.0.0.1:{free_port()}"
    ended = doctor("--json", env={"DESKPULSE_LOG": f"kafka://{address}"})
    assert ended.code == 3
    about, state, found, do = findings(ended)[-1]
    assert (about, state, found) == ("log", "wrong", f"kafka://{address}: no Kafka answers there")
    assert do.startswith("start it, or correct `log`")


@pytest.mark.slow
def test_an_embedded_log_is_fine_while_somebody_works_there(doctor: Doctor, tmp_path):
    with Desk(tmp_path / "desk", f"embedded://{tmp_path / 'log'}", 'zone = "UTC"\n[limits]\npartitions = 2') as desk:
        assert doctor("-c", desk.config).code == 0
        running = desk.instance("run", "r")
        running.start()
        wait_for("it works", lambda: "2 partitions, behind by" in doctor("-c", desk.config).out, 30, pause_s=0.3)
        assert doctor("-c", desk.config).code == 0
        assert ("dead letters", "fine", "none in the last 7 days", "") in findings(doctor("--json", "-c", desk.config))
        wrong_one = tmp_path / "wrong.jsonl"
        wrong_one.write_text('{"type": "call.queued", "time": "2026-03-10T09:00:00Z", "call_id": "c"}\n')
        desk.call("replay", wrong_one)
        wait_for("it is rejected", lambda: "1 in the last 7 days: 1 missing_field" in doctor("-c", desk.config).out, 30, pause_s=0.3)
        assert doctor("-c", desk.config).code == 0, "something to think about, and not wrong"
        counted = [found for about, how, found, _ in findings(doctor("--json", "-c", desk.config)) if (about, how) == ("state", "fine")]
        assert [found.split(", ")[::2] for found in counted] == [[f"version {STATE_VERSION}", "counts by days of UTC from 00:00"]]
        running.end()

        moved = tmp_path / "moved.toml"
        moved.write_text(desk.config.read_text().replace('"UTC"', '"Asia/Kolkata"'))
        do = "set zone and reset to what they were, for all processes, or begin anew under another app"
        told = ("state", "wrong", "the state counts by days of UTC from 00:00, the configuration says Asia/Kolkata from 00:00", do)
        assert told in findings(doctor("--json", "-c", moved)), "before a worker is started that would refuse"

        with closing(sqlite3.connect(tmp_path / "log" / FILE)) as db:
            (version,) = db.execute("pragma user_version").fetchone()
            db.execute(f"pragma user_version = {version + 1}")
        newer = f"{tmp_path / 'log' / FILE} has version {version + 1}, this program reads up to {version}"
        ended = doctor("--json", "-c", desk.config)
        assert (ended.code, wrong(ended)) == (1, [("state", newer)])


async def killed_in_a_checkpoint(bootstrap: str, panes: str) -> None:
    """Leaves 300 rows in each partition that were never committed."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=f"{panes}-killed")
    await producer.start()
    await producer.begin_transaction()
    for partition in await producer.partitions_for(panes):
        for number in range(300):
            await producer.send(panes, b"row", b"%d" % number, partition=partition)
    await producer.abort_transaction()
    await producer.stop()


@pytest.mark.kafka
def test_on_kafka_it_tells_of_topics_then_of_workers_until_all_is_fine(doctor: Doctor, kafka, prefix, tmp_path):
    file = tmp_path / "calls.jsonl"
    file.write_text('{"type": "call.queued", "id": "1", "time": "2026-03-10T09:00:00Z", "call_id": "c", "queue": "q"}\n')
    with Desk(tmp_path / "desk", f"kafka://{kafka}", f'app = "{prefix}app"\nzone = "UTC"\n{calls_and_tickets_alone(prefix)}') as desk:
        before = doctor("--json", "-c", desk.config)
        assert before.code == 1
        assert [about for about, _ in wrong(before)] == ["topics"]
        assert f"not there: {prefix}calls, {prefix}tickets, {prefix}app-contacts" in before.out
        assert "make them: deskpulse topics create" in before.out

        desk.call("topics", "create")
        made = doctor("--json", "-c", desk.config)
        assert (made.code, wrong(made)) == (0, [])
        start_one = "start one: deskpulse run, or deskpulse worker; one that ends at once says why in its log"
        assert ("workers", "warning", "nobody works; 0 records wait", start_one) in findings(made)
        assert {about for about, state, _, _ in findings(made) if state == "fine"} >= {"config", "broker", "topics", "rights"}

        desk.call("replay", file)
        waiting = doctor("--json", "-c", desk.config)
        assert (waiting.code, wrong(waiting)) == (1, [("workers", "nobody works; 1 records wait")])
        running = desk.instance("worker", "w")
        running.start()
        wait_for("all is fine", lambda: doctor("-c", desk.config).code == 0, 30, pause_s=0.5)
        assert "state" in {about for about, how, _, _ in findings(doctor("--json", "-c", desk.config)) if how == "fine"}
        running.end()

        asyncio.run(killed_in_a_checkpoint(kafka, f"{prefix}app-panes"))
        ended = doctor("--json", "-c", desk.config)
        assert "state" in {about for about, how, _, _ in findings(ended) if how == "fine"}, "behind 300 rows that count for nothing"

        admin = KafkaAdminClient(bootstrap_servers=kafka)
        admin.alter_configs([ConfigResource("TOPIC", f"{prefix}app-state", {"cleanup.policy": "delete"})])
        admin.close()
        assert ("topics", f"{prefix}app-state: cleanup.policy is delete, expected compact") in wrong(doctor("--json", "-c", desk.config))


@pytest.mark.kafka
@pytest.mark.slow
def test_what_a_user_may_not_do_is_named_until_it_may(doctor: Doctor, tmp_path: Path):
    login = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="b" password="b" user_b="b" user_dp="right";'
    settings = {
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:SASL_PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "listener.name.plaintext.plain.sasl.jaas.config": login,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:b;User:ANONYMOUS",
    }
    site = tmp_path / "site.toml"

    def configure(user: str) -> dict[str, str]:
        site.write_text(
            f'log = "kafka://{server.bootstrap}"\napp = "dp"\n{calls_and_tickets_alone("")}\n'
            f'[kafka]\nsecurity = "SASL_PLAINTEXT"\nmechanism = "PLAIN"\nusername = "{user}"\n'
        )
        return {"DESKPULSE_KAFKA_PASSWORD": {"b": "b", "dp": "right"}[user]}

    with KafkaServer(tmp_path / "kafka", settings=settings) as server:
        assert deskpulse("topics", "create", "-c", site, env=configure("b")).code == 0
        assert wrong(doctor("--json", "-c", site, env=configure("b"))) == []

        env = configure("dp")
        ended = doctor("--json", "-c", site, env=env)
        assert ended.code == 1, ended
        lacks = [found for about, found in wrong(ended) if about == "rights"]
        assert "Describe on calls" in lacks[0]
        assert lacks[1:] == ["this user lacks Read on the group dp", "this user lacks Write on the transactional ids dp-*"]

        admin = KafkaAdminClient(
            bootstrap_servers=server.bootstrap,
            security_protocol="SASL_PLAINTEXT",
            sasl_mechanism="PLAIN",
            sasl_plain_username="b",
            sasl_plain_password="b",
        )
        every = (ResourceType.TOPIC, "calls", "tickets", "dp-", "dead-letters", "sla-breaches")
        patterns = [ResourcePattern(every[0], name, PatternType.PREFIXED) for name in every[1:]]
        patterns += [ResourcePattern(kind, "dp", PatternType.PREFIXED) for kind in (ResourceType.GROUP, ResourceType.TRANSACTIONAL_ID)]
        admin.create_acls(
            [
                ACL("User:dp", "*", operation, ACLPermissionType.ALLOW, pattern)
                for pattern in patterns
                for operation in (ACLOperation.READ, ACLOperation.WRITE, ACLOperation.DESCRIBE_CONFIGS)
                if pattern.resource_type == ResourceType.TOPIC or operation != ACLOperation.DESCRIBE_CONFIGS
            ]
        )
        admin.close()
        wait_for("the rights are known", lambda: wrong(doctor("--json", "-c", site, env=env)) == [], 20, pause_s=0.5)
        assert doctor("-c", site, env=env).code == 0

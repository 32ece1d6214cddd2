"""Topics on a real Kafka, and what is said where there is none."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import re
import time
import tomllib
from pathlib import Path

import orjson
import pytest
from kafka.admin import ConfigResource, KafkaAdminClient

from schemas.events import TYPES
from schemas.values import DAY_MS, HOUR_MS, EpochMs
from streams.cli import main
from streams.cli.topics import table_of
from streams.cli.topics_growth import together
from streams.config import load, read
from streams.errors import UsageError
from streams.runtime.inspection import Found as InLog
from streams.runtime.inspection import inspection_of
from streams.runtime.layout import layout_of
from streams.runtime.topic_plans import Found
from streams.runtime.transport.partitioner import partition_of
from streams.sources.simulator import INVENTED, simulate
from tests.cli.calling import Ended, deskpulse
from tests.desk import wait_for
from tests.kafka.server import KafkaServer
from tests.tools import calls_and_tickets_alone, free_port


def site(tmp_path: Path, prefix: str, address: str, more: str = "") -> Path:
    file = tmp_path / "site.toml"
    topics = ", ".join(f'{topic} = "{prefix}{topic}"' for topic in TYPES)
    file.write_text(f'log = "kafka://{address}"\napp = "{prefix}app"\ntopics = {{ {topics} }}\n{more}')
    return file


def show(file: Path) -> tuple[Ended, dict]:
    ended = deskpulse("topics", "show", "--json", "-c", file)
    answer = json.loads(ended.out)
    return ended, {topic["name"]: topic for topic in answer["topics"]}


def alter(address: str, topic: str, **configs: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=address)
    admin.alter_configs([ConfigResource("TOPIC", topic, {key.replace("_", "."): value for key, value in configs.items()})])
    admin.close()


def test_the_table_says_what_its_columns_are_and_how_long_records_are_kept():
    week = {"cleanup.policy": "delete", "retention.ms": str(7 * DAY_MS)}
    found = [
        Found(name="calls", what="events", partitions=4, replication=3, configs=week, wrong=()),
        Found(name="a-state", what="state", partitions=4, replication=3, configs={"cleanup.policy": "compact"}, wrong=()),
        Found(name="agents", what="events", partitions=4, replication=1, configs=week | {"retention.ms": "-1"}, wrong=()),
        Found(name="tickets", what="events", partitions=0, replication=0, configs={}, wrong=("not there",)),
    ]
    assert table_of(found) == [
        "TOPIC    PARTITIONS  COPIES  WHAT                KEPT",
        "calls             4       3  events              7d",
        "a-state           4       3  state               compact",
        "agents            4       1  events              for ever",
        "tickets           -       -  events",
        "         ! not there",
    ]


@pytest.mark.kafka
def test_topics_are_made_once_and_shown(kafka, prefix, tmp_path):
    file = site(tmp_path, prefix, kafka, "limits.partitions = 3")
    before, _ = show(file)
    assert before.code == 1

    made = deskpulse("topics", "create", "-c", file)
    assert (made.code, made.err) == (0, "")
    assert f"{prefix}calls: created with 3 partitions, 1 of each\n" in made.out
    assert f"{prefix}app-heartbeats: created with 1 partition, 1 of each\n" in made.out

    again = deskpulse("topics", "create", "-c", file)
    assert again == (0, "nothing to do\n", "")

    after, topics = show(file)
    assert after.code == 0
    counts = {
        name.removeprefix(prefix): topic["partitions"] for name, topic in topics.items() if name not in ("dead-letters", "sla-breaches")
    }
    assert counts == dict.fromkeys(TYPES, 3) | {"app-contacts": 3, "app-state": 3, "app-panes": 3, "app-heartbeats": 1, "app-leader": 1}
    state = topics[f"{prefix}app-state"]["configs"]
    assert (state["cleanup.policy"], state["segment.bytes"], state["segment.ms"]) == ("compact", "67108864", "600000")
    assert (state["min.cleanable.dirty.ratio"], state["min.compaction.lag.ms"]) == ("0.2", "0")
    assert topics[f"{prefix}app-panes"]["configs"]["min.compaction.lag.ms"] == "300000"
    assert [topics[name]["configs"]["retention.ms"] for name in ("dead-letters", "sla-breaches")] == ["604800000"] * 2
    assert topics[f"{prefix}calls"]["wrong"] == []


@pytest.mark.kafka
def test_a_site_of_calls_and_tickets_misses_no_other_input(kafka, prefix, tmp_path):
    file = site(tmp_path, prefix, kafka)
    assert deskpulse("topics", "create", "-c", file).code == 0
    named = f'topics = {{ calls = "{prefix}calls", tickets = "{prefix}tickets" }}'
    file.write_text(f'log = "kafka://{kafka}"\napp = "{prefix}app"\n{named}\n')
    ended, topics = show(file)
    assert ended.code == 0
    assert not {"surveys", "customers", "finance"} & set(topics)


@pytest.mark.kafka
def test_new_topics_follow_those_that_are_there(kafka, prefix, tmp_path):
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    admin.create_topics({f"{prefix}calls": {"num_partitions": 2, "replication_factor": 1}})
    admin.close()
    made = deskpulse("topics", "create", "-c", site(tmp_path, prefix, kafka))
    assert made.code == 0
    assert f"{prefix}tickets: created with 2 partitions" in made.out
    assert "partitions: 2, as the topics have that were there; limits.partitions is 4" in made.out


@pytest.mark.kafka
def test_unequal_topics_are_an_answer_of_no_with_the_way_out(kafka, prefix, tmp_path):
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    admin.create_topics(
        {f"{prefix}{name}": {"num_partitions": count, "replication_factor": 1} for name, count in (("calls", 2), ("tickets", 5))}
    )
    admin.close()
    file = site(tmp_path, prefix, kafka)
    for action in ("create", "show"):
        ended = deskpulse("topics", action, "-c", file)
        assert ended.code == 1
        assert "! 5 partitions, expected 4: empty, delete it" in ended.out
        assert "`deskpulse topics grow` says the way" in ended.out


@pytest.mark.kafka
def test_configs_of_our_own_topics_are_set_again_and_those_of_others_are_told(kafka, prefix, tmp_path):
    file = site(tmp_path, prefix, kafka)
    assert deskpulse("topics", "create", "-c", file).code == 0
    alter(kafka, f"{prefix}app-state", cleanup_policy="delete")
    alter(kafka, f"{prefix}calls", cleanup_policy="compact")

    ended, topics = show(file)
    assert ended.code == 1
    assert topics[f"{prefix}app-state"]["wrong"] == ["cleanup.policy is delete, expected compact: `deskpulse topics create` sets it"]

    ended = deskpulse("topics", "create", "-c", file)
    assert ended.code == 1
    assert f"{prefix}app-state: set cleanup.policy = compact\n" in ended.out
    _, topics = show(file)
    assert topics[f"{prefix}app-state"]["wrong"] == []
    assert topics[f"{prefix}calls"]["wrong"] == [
        "compacted, so all but the last event of a case will vanish: set its cleanup.policy to delete"
    ]


@pytest.mark.kafka
def test_more_copies_than_brokers_are_refused(kafka, prefix, tmp_path):
    ended = deskpulse("topics", "create", "--replication", "2", "-c", site(tmp_path, prefix, kafka))
    assert ended == (2, "", "deskpulse: --replication is 2, brokers there: 1: at most one copy on each\n")


@pytest.mark.kafka
@pytest.mark.slow
def test_a_wrong_password_is_told_and_the_right_one_lets_in(tmp_path):
    login = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="b" password="b" user_b="b" user_dp="right";'
    settings = {
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:SASL_PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "listener.name.plaintext.plain.sasl.jaas.config": login,
    }
    access = '[kafka]\nsecurity = "SASL_PLAINTEXT"\nmechanism = "PLAIN"\nusername = "dp"'
    with KafkaServer(tmp_path / "kafka", settings=settings) as server:
        file = site(tmp_path, "", server.bootstrap, access)
        refused = deskpulse("topics", "show", "-c", file, env={"DESKPULSE_KAFKA_PASSWORD": "wrong"})
        assert (refused.code, refused.out) == (3, "")
        # Which of the two the broker lets us see depends on how fast it hangs up; both name what to look at.
        assert re.fullmatch(
            rf"deskpulse: kafka://{server.bootstrap}: (hangs up on us|refuses this user): check .*username.*password_file.* in \[kafka\]\n",
            refused.err,
        )
        assert deskpulse("topics", "create", "-c", file, env={"DESKPULSE_KAFKA_PASSWORD": "right"}).code == 0


def test_no_kafka_is_told_within_seconds(tmp_path):
    started = time.monotonic()
    address = f"127.0.0.1:{free_port()}"
    ended = deskpulse("topics", "show", "-c", site(tmp_path, "", address))
    said = f"deskpulse: kafka://{address}: no Kafka answers there: start it, or correct `log` in site.toml or DESKPULSE_LOG\n"
    assert ended == (3, "", said)
    assert time.monotonic() - started < 15


def test_an_embedded_log_makes_its_topics_itself():
    assert deskpulse("topics", "create", env={"DESKPULSE_STATE": "/s"}) == (0, "an embedded log makes its topics itself\n", "")


def test_growing_says_why_not_and_the_way(tmp_path):
    ended = deskpulse("topics", "grow", env={"DESKPULSE_STATE": str(tmp_path)})
    assert (ended.code, ended.err) == (1, "")
    assert "the case would count twice, or never end. This is the way" in ended.out
    assert "deskpulse topics grow -c OLD.toml --into NEW.toml" in ended.out
    assert json.loads(deskpulse("topics", "grow", "--json", env={"DESKPULSE_STATE": str(tmp_path)}).out)["fine"] is False


@pytest.mark.parametrize(
    ("new", "named"),
    [
        ('app = "b"', "reads calls, tickets as the old configuration does"),
        ('app = "b"\ntopics = { calls = "c2", tickets = "" }', "has tickets turned off"),
        ('topics = { calls = "c2", tickets = "t2" }', "has the `app` of the old configuration"),
    ],
)
def test_old_and_new_have_to_be_apart(tmp_path, new, named):
    off = calls_and_tickets_alone("")
    old = read(tomllib.loads(f'log = "kafka://k:9092"\n{off}'))
    written = tomllib.loads(f'log = "kafka://k:9092"\n{new}')
    written["topics"] = tomllib.loads(off)["topics"] | written.get("topics", {})
    with pytest.raises(UsageError, match=named):
        together(old, read(written), Path("NEW.toml"))


Told = dict[bytes, list[tuple[bytes, int]]]


def told_by(file: Path, topic: str) -> tuple[Told, set[bool]]:
    """Key -> its records in their order, with their times; and whether all lie where their key belongs."""

    async def records() -> list[InLog]:
        config = load(file, {})
        async with inspection_of(config.log, config.kafka, layout_of(config), config.limits.partitions) as log:
            return await log.records(config.topics.in_log[topic])

    told: Told = {}
    count = load(file, {}).limits.partitions
    found = asyncio.run(records())
    for record in found:
        told.setdefault(record.key or b"", []).append((record.value or b"", record.timestamp_ms))
    return told, {record.partition == partition_of(record.key or b"", count) for record in found}


@pytest.mark.kafka
@pytest.mark.parametrize("kind", ["kafka", "embedded"])
def test_all_events_are_copied_in_their_order_each_to_its_new_partition(kind, kafka, prefix, tmp_path, capsys):
    """Old events first; then, as after the producers were switched, what came late; a second call goes on where the first one ended."""
    sites = {}
    for name, count in (("old", 2), ("new", 5)):
        log = f"kafka://{kafka}" if (kind, name) != ("embedded", "old") else f"embedded://{tmp_path / 'log'}"
        sites[name] = tmp_path / f"{name}.toml"
        topics = calls_and_tickets_alone(f"{prefix}{name}-")
        sites[name].write_text(f'log = "{log}"\napp = "{prefix}{name}"\n{topics}\n[limits]\npartitions = {count}\n')
        assert main(["topics", "create", "-c", str(sites[name])]) == 0
    files = [tmp_path / "before.jsonl", tmp_path / "later.jsonl"]
    made = simulate(INVENTED, random.Random(4), EpochMs(1_741_000_000_000 // DAY_MS * DAY_MS + 9 * HOUR_MS), None)
    lines = [orjson.dumps(one.event) + b"\n" for one in itertools.islice((one for one in made if one.topic in ("calls", "tickets")), 900)]
    files[0].write_bytes(b"".join(lines[:700]))
    files[1].write_bytes(b"".join(lines[700:]))

    def copied() -> int:
        capsys.readouterr()
        assert main(["topics", "grow", "-c", str(sites["old"]), "--into", str(sites["new"]), "--json"]) == 0
        return sum(json.loads(capsys.readouterr().out)["copied"].values())

    assert main(["replay", "-c", str(sites["old"]), str(files[0])]) == 0
    assert copied() == 700
    assert [told_by(sites["old"], topic)[0] for topic in ("calls", "tickets")] == [
        told_by(sites["new"], topic)[0] for topic in ("calls", "tickets")
    ]
    assert main(["replay", "-c", str(sites["old"]), str(files[1])]) == 0
    assert copied() == (200 if kind == "kafka" else 900)
    for topic in ("calls", "tickets"):
        old, _ = told_by(sites["old"], topic)
        new, in_place = told_by(sites["new"], topic)
        assert {key: list(dict.fromkeys(records)) for key, records in new.items()} == old
        assert in_place == {True}
    made_anew(kafka, sites["new"])
    assert copied() == 900, "what was copied into topics that are gone is copied again"


def made_anew(bootstrap: str, file: Path) -> None:
    names = list(load(file, {}).topics.in_log.values())
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.delete_topics(names)
    wait_for("the topics are gone", lambda: not set(names) & set(admin.list_topics()), 20)
    admin.close()
    assert main(["topics", "create", "-c", str(file)]) == 0


def test_a_replication_of_nothing_is_refused():
    assert deskpulse("topics", "create", "--replication", "0") == (
        2,
        "",
        "deskpulse: argument --replication: 0: write a whole number from 1 on: see `deskpulse topics --help`\n",
    )


def test_out_of_an_embedded_log_all_is_copied_each_time_and_that_is_said(tmp_path):
    for name in ("old", "new"):
        (tmp_path / f"{name}.toml").write_text(f'log = "embedded://{tmp_path / name}"\n')
    (tmp_path / "calls.jsonl").write_text(
        '{"type": "call.queued", "id": "1", "time": "2026-03-10T09:00:00Z", "call_id": "c", "queue": "q"}\n'
    )
    assert deskpulse("replay", "-c", tmp_path / "old.toml", tmp_path / "calls.jsonl").code == 0
    for _ in range(2):
        grown = deskpulse("topics", "grow", "-c", tmp_path / "old.toml", "--into", tmp_path / "new.toml")
        assert (grown.code, grown.err) == (0, "")
        assert grown.out == (
            "calls: 1 record copied\nWhen producers write to the new topics, run it once more: "
            "out of an embedded log all is copied again, and repeats change nothing.\n"
        )

"""Topics on a real Kafka, and what is said where there is none."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from kafka.admin import ConfigResource, KafkaAdminClient

from schemas.events import TYPES
from schemas.values import DAY_MS
from streams.cli.topics import table_of
from streams.runtime.topic_plans import Found
from tests.cli.calling import Ended, deskpulse
from tests.kafka.server import KafkaServer
from tests.tools import free_port


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
    assert f"{prefix}calls: created with 3 partitions, 1 copy of each\n" in made.out
    assert f"{prefix}app-heartbeats: created with 1 partition, 1 copy of each\n" in made.out

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


def test_a_replication_of_nothing_is_refused():
    assert deskpulse("topics", "create", "--replication", "0") == (
        2,
        "",
        "deskpulse: argument --replication: 0: write a whole number from 1 on: see `deskpulse topics --help`\n",
    )

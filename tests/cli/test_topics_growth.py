"""The way to more partitions: why there is no shorter one, and that all events go it, in their order."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import tomllib
from pathlib import Path

import orjson
import pytest
from kafka.admin import KafkaAdminClient

from schemas.values import DAY_MS, HOUR_MS, EpochMs
from streams.cli import main
from streams.cli.topics_growth import together
from streams.config import load, read
from streams.errors import UsageError
from streams.runtime.inspection import Found as InLog
from streams.runtime.inspection import inspection_of
from streams.runtime.layout import layout_of
from streams.runtime.transport.partitioner import partition_of
from streams.sources.simulator import INVENTED, simulate
from tests.cli.calling import deskpulse
from tests.desk import wait_for
from tests.tools import calls_and_tickets_alone


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

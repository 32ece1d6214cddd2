"""`deskpulse breaches`: what the log tells of promises, as it was and as it comes, masked."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kafka import KafkaProducer

from schemas.instants import rfc3339
from schemas.records import SlaRecord
from schemas.values import EpochMs
from streams.cli.breaches import since, wanted
from streams.runtime.inspection import Found
from tests.cli.calling import deskpulse
from tests.desk import Desk, ask, wait_for
from tests.program import Program
from tests.tools import ROOT, calls_and_tickets_alone

AT = 1_772_445_600_000


def record(type_: str = "sla.breached", at_ms: int = AT, queue: str | None = "mail") -> bytes:
    told = SlaRecord(
        type=type_, clock="first_response", instance="e-4711", due=rfc3339(at_ms), time=rfc3339(at_ms),  # type: ignore[arg-type]
        queue=queue, channel="email", priority="normal", target_seconds=60,
    )  # fmt: skip
    return msgspec.json.encode(told)


def found(*values: bytes | None, key: bytes = b"T-4711") -> list[Found]:
    return [Found(0, offset, EpochMs(AT), key, value, []) for offset, value in enumerate(values)]


def test_they_come_in_the_order_of_their_instants_and_what_is_none_is_passed_over():
    told = wanted(found(record(at_ms=AT + 5), record("sla.at_risk"), None, b"{}", b"\xff"), None, raw=True)
    assert [(of.record.type, of.at_ms - AT) for of in told] == [("sla.at_risk", 0), ("sla.breached", 5)]


def test_ids_of_cases_and_events_are_masked_unless_they_are_asked_for():
    assert [(of.case, of.record.instance) for of in wanted(found(record()), None, raw=False)] == [("T-####", "e-####")]
    assert [(of.case, of.record.instance) for of in wanted(found(record()), None, raw=True)] == [("T-4711", "e-4711")]
    assert wanted(found(record(), key=b"ann@example.org"), None, raw=False)[0].case == "@"


def test_what_was_before_is_left_out():
    there = found(record(), record(at_ms=AT + 1))
    assert [of.at_ms - AT for of in wanted(there, EpochMs(AT + 1), raw=False)] == [1]


def test_since_is_a_length_of_time_or_an_instant():
    assert abs(since("1h30m") - (time.time() - 5_400) * 1000) < 60_000
    assert since("2026-03-02T10:00:00Z") == AT
    with pytest.raises(argparse.ArgumentTypeError, match="yesterday"):
        since("yesterday")
    with pytest.raises(argparse.ArgumentTypeError, match="or a length of time before now: 30m, 7d"):
        since("1x")


def test_where_nothing_has_run_it_says_so_with_exit_code_3(tmp_path):
    ended = deskpulse("breaches", "--follow", env={"DESKPULSE_STATE": str(tmp_path)})
    assert (ended.code, ended.out) == (3, "")
    assert "nothing has run there yet" in ended.err


# --- over a log ------------------------------------------------------------------------------------------------------


class Follower:
    """`deskpulse breaches --follow --json` of a desk, for as long as it is wanted."""

    def __init__(self, desk: Desk, *more: str) -> None:
        argv = [sys.executable, "-m", "streams.cli", "breaches", "--follow", "--json", *more, "-c", str(desk.config)]
        self.program = Program(argv, desk.directory / "breaches.log", {"PYTHONPATH": str(ROOT), "DESKPULSE_LOG": ""})

    def __enter__(self) -> Follower:
        self.program.start(ready=lambda: True)
        return self

    def __exit__(self, *_: object) -> None:
        self.program.kill()

    def told(self) -> Iterator[dict[str, Any]]:
        yield from map(json.loads, self.program.output().splitlines())

    def wait_for(self, **fields: str) -> dict[str, Any]:
        def first() -> dict[str, Any] | None:
            return next((one for one in self.told() if fields.items() <= one.items()), None)

        wait_for(f"it tells of {fields}: {self.program.output()}", first, 40)
        one = first()
        assert one is not None
        return one


def tickets(path: Path, *names: str) -> Path:
    """Created now."""
    event = {"type": "ticket.created", "time": time.time_ns() // 1_000_000, "queue": "mail", "channel": "email"}
    lines = [event | {"id": f"e-{name}", "ticket_id": name} for name in names]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


@pytest.mark.slow
def test_a_breach_is_shown_as_it_happens_and_afterwards(tmp_path):
    settings = '[limits]\npartitions = 2\n[[sla]]\nqueue = "mail"\nfirst_response = "1s"'
    with Desk(tmp_path, f"embedded://{tmp_path / 'log'}", settings) as desk:
        desk.call("replay", "--shift", "keep", tickets(tmp_path / "1.jsonl", "T-4711"))
        running = desk.instance("run", "r", {"DESKPULSE_TOKEN": "secret"})
        running.start()
        with Follower(desk) as follower:
            first = follower.wait_for(type="sla.breached", case="T-####")
            assert (first["queue"], first["clock"], first["target_seconds"], first["instance"]) == ("mail", "first_response", 1, "e-T-####")
            begun = len(list(follower.told()))
            body = tickets(tmp_path / "2.jsonl", "T-4712x").read_bytes()
            assert ask("POST", running.http, "/api/v1/events", body, headers=running.rights).status == 202
            follower.wait_for(type="sla.breached", case="T-####x")
            assert len(list(follower.told())) > begun
        table = desk.call("breaches").out.splitlines()
        assert table[0].split() == ["TIME", "WHAT", "CLOCK", "QUEUE", "CHANNEL", "PRIORITY", "DUE", "CASE"]
        assert {tuple(line.split()[1:3]) for line in table[1:]} == {("at_risk", "first_response"), ("breached", "first_response")}
        assert not any("471" in line for line in table), "ids of cases are masked"
        assert any(line.endswith("T-4711") for line in desk.call("breaches", "--raw").out.splitlines())
        assert running.end() == 0
        told = Desk(
            tmp_path / "told", f"embedded://{tmp_path / 'log'}", settings.replace("[limits]", "[privacy]\ncase_ids = true\n[limits]")
        )
        assert any(line.endswith("T-4711") for line in told.call("breaches").out.splitlines()), "privacy says that cases may be named"
        nothing = desk.call("breaches", "--since", "2999-01-01T00:00:00Z")
        assert (nothing.out, nothing.err) == ("", "nothing was told of promises since then\n")


@pytest.mark.slow
def test_what_comes_on_kafka_is_followed_from_where_it_was(tmp_path, kafka, prefix):
    word = "".join(letter for letter in prefix if letter.isalpha())
    with Desk(tmp_path, f"kafka://{kafka}", f'app = "{prefix}app"\n{calls_and_tickets_alone(prefix)}') as desk:
        desk.call("topics", "create")
        producer = KafkaProducer(bootstrap_servers=kafka, acks="all")
        producer.send("sla-breaches", key=f"{word}-1".encode(), value=record()).get(timeout=30)
        with Follower(desk) as follower:
            follower.wait_for(case=f"{word}-#", type="sla.breached")
            producer.send("sla-breaches", key=f"{word}-2".encode(), value=record("sla.withdrawn")).get(timeout=30)
            follower.wait_for(case=f"{word}-#", type="sla.withdrawn")
            mine = [one for one in follower.told() if one["case"] == f"{word}-#"]
            assert [one["type"] for one in mine] == ["sla.breached", "sla.withdrawn"], "each is told once"
        producer.close()

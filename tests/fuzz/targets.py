"""What must hold for whatever comes in. Each is a test of hypothesis, run for as long as somebody has patience for it."""

from __future__ import annotations

import asyncio
import gzip
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from schemas.events import TYPES
from schemas.values import DAY_MS, HOUR_MS, EpochMs
from streams.cli.from_files import report_of
from streams.config import Config, load, read
from streams.core.intake import Intake
from streams.errors import ConfigError, DeskpulseError, UsageError
from streams.testing.pieces import START_MS
from tests.core.driving import KeptShard
from tests.core.test_intake_properties import check_answer, clocks, json_values, keys, partitions
from tests.fuzz.garbage import PATHS, TOPICS, batches, bodies, cloudevents_headers, queries, sites, wire
from tests.outputs.centre import morning
from tests.outputs.serving import BEARER, LogOfRecords, api

ROW_BYTES_PER_BYTE: Final = 40
ROWS_BYTES_LEAST: Final = 200_000
WORDS_MAX: Final = 20_000
ANSWER_BYTES_MAX: Final = 8 << 20

topics = st.sampled_from(TOPICS)


@given(st.data(), topics, partitions, keys, cloudevents_headers, clocks)
def intake(data: Any, topic: str, count: int, key: bytes | None, headers: Any, wall_ms: EpochMs | None) -> None:
    """Each record is an event of the contract, or rejected with a short reason, or passed over."""
    match data.draw(st.integers(0, 2)):
        case 0:
            value = data.draw(st.none() | st.binary(max_size=300))
        case 1:
            value = json.dumps(data.draw(json_values)).encode()
        case _:
            key, value = data.draw(wire(topic))
    check_answer(topic, Intake(topic, count).read(key, value, headers, wall_ms))


@given(st.data())
def shard(data: Any) -> None:
    """No record trips an assertion of a shard, none makes rows out of proportion, and what it wrote can be read back."""
    kept, sent, now_ms = KeptShard(), 0, START_MS
    for _ in range(data.draw(st.integers(1, 4))):
        for topic in data.draw(st.lists(topics, max_size=3)):
            records = kept.records[topic]
            for line in data.draw(batches(topic, 4)):
                records.append(line._replace(offset=len(records)))
                sent += len(line.value or b"") + len(line.key or b"")
            kept.read(topic)
        now_ms = EpochMs(now_ms + data.draw(st.sampled_from((0, 1, HOUR_MS, 3 * DAY_MS, 40 * DAY_MS))))
        kept.at(now_ms)
        if data.draw(st.booleans()):
            kept.crash()
    size = sum(len(key) + len(row) for rows in (kept.state, kept.panes) for key, row in rows.items())
    assert size < ROWS_BYTES_LEAST + ROW_BYTES_PER_BYTE * sent, f"{size} bytes of rows for {sent} bytes of records"


def check_words(error: DeskpulseError) -> None:
    """It says something, and not without end."""
    assert 0 < len(str(error)) < WORDS_MAX


@given(sites())
def config(entries: dict[str, Any]) -> None:
    """A configuration is right, or it is said what is wrong with it."""
    try:
        found = read(entries, file="site.toml", environ={"TZ": "UTC"})
    except ConfigError as error:
        check_words(error)
    else:
        assert isinstance(found, Config)
        found.policy()


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def config_file(content: bytes) -> None:
    """The same for the bytes of a file."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "site.toml"
        path.write_bytes(content)
        try:
            load(path, {"TZ": "UTC"})
        except ConfigError as error:
            check_words(error)


@given(st.lists(st.tuples(st.sampled_from(PATHS), queries), min_size=1, max_size=10))
def queries_of_http(asked: list[tuple[str, list[tuple[str, str]]]]) -> None:
    """Every query has an answer of a bounded length: rows, or what is wrong with it."""

    async def ask() -> None:
        async with api(SNAPSHOT) as client:
            for path, query in asked:
                answer = await client.get(f"/api/v1/{path}", params=query)
                body = await answer.read()
                assert answer.status in (200, 304, 400, 403, 404, 422), (path, query, answer.status, body[:300])
                assert len(body) < ANSWER_BYTES_MAX
                if answer.content_type == "application/json":
                    json.loads(body)

    asyncio.run(ask())


@given(
    st.lists(
        st.tuples(
            bodies() | st.binary(max_size=400), st.sampled_from((None, "application/json", "text/plain", "application/cloudevents+json"))
        ),
        min_size=1,
        max_size=8,
    )
)
def bodies_of_ingest(posted: list[tuple[bytes, str | None]]) -> None:
    """All of a request is taken, and a worker would take it too, or nothing is, with the reasons."""

    async def post() -> None:
        log = LogOfRecords()
        async with api(SNAPSHOT, log) as client:
            for body, content_type in posted:
                before = len(log.records)
                headers = BEARER if content_type is None else {**BEARER, "Content-Type": content_type}
                answer = await client.post("/api/v1/events", data=body, headers=headers)
                found = await answer.json()
                assert answer.status in (202, 413, 422), (answer.status, found)
                assert len(log.records) - before == (found["accepted"] if answer.status == 202 else 0)
            for topic, key, value in log.records:
                event = Intake(topic.removeprefix("site-"), 8).read(key, value, (), None)
                assert type(event) in TYPES[topic.removeprefix("site-")].values(), event

    asyncio.run(post())


@given(st.data(), st.lists(topics, min_size=1, max_size=3), st.sampled_from(("plain", "packed", "cut", "named")))
def report_files(data: Any, some: list[str], how: str) -> None:
    """A file of anything is a report, or it is said why it is none."""
    values = [line.value or b"" for topic in some for line in data.draw(batches(topic))]
    content = b"\n".join(values) + data.draw(st.sampled_from((b"", b"\n", b"\x00", b"\xff\xfe")))
    if how in ("packed", "cut"):
        content = gzip.compress(content)
    if how == "cut":
        content = content[: data.draw(st.integers(0, len(content)))]
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / ("events.jsonl" if how == "plain" else "events.jsonl.gz")
        path.write_bytes(content)
        try:
            report = report_of(SITE, [path])
            report.snapshot().rows(windows=None, cuts=[()])
        except UsageError as error:
            check_words(error)


SITE: Final = load(None, {"TZ": "UTC"})
SNAPSHOT: Final = morning().snapshot()
TARGETS: Final[dict[str, Callable[[], None]]] = {
    target.__name__: target for target in (intake, shard, config, config_file, queries_of_http, bodies_of_ingest, report_files)
}

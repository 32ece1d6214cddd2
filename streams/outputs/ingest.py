"""`POST /api/v1/events`: one event or JSON lines into the log. All of a request or nothing: one bad line, and none is appended.

The answer 202 comes after all of them are durably in the log. Events carry ids, so a request whose answer was lost can be sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

import msgspec
import orjson
from aiohttp import web

from schemas.events import ENTITY_FIELD, TYPES
from schemas.values import EpochMs
from streams.config import Secret
from streams.config.values import nearest
from streams.core.intake import Intake, Rejected, Skipped
from streams.core.settings import CURRENCY
from streams.errors import StorageFull, Unreachable
from streams.outputs.courtesy import courteous
from streams.outputs.serving import Refusal, check_token, json_response

Append = Callable[[str, Sequence[tuple[bytes, bytes]]], Awaitable[None]]
"""(topic in the log, records of key and value): returns when all are durable; raises StorageFull, Unreachable."""

BODY_BYTES_MAX: Final = 4 * 1024 * 1024
LINES_MAX: Final = 20_000
COMPLAINTS_MAX: Final = 100
BODY_LIMIT_S: Final = 60.0
"""So long a client may take to send a body."""
HELD_BYTES_MAX: Final = 64 * 1024 * 1024
"""Of bodies that are not answered yet: while the log does not answer, clients that try again must not fill the memory."""
HELD_BYTES_MIN: Final = 16 * 1024
"""What a request counts for at least."""

SHAPELESS: Final = frozenset({"not_json", "not_object"})
"""Where nothing is better than that, the body as a whole is not as it should be."""

TOPIC_OF_TYPE: Final = {type_: topic for topic, types in TYPES.items() for type_ in types}


class Sorted(NamedTuple):
    """What a body holds: records by logical topic, or what is wrong, line by line."""

    records: dict[str, list[tuple[bytes, bytes]]]
    wrong: list[dict[str, Any]]


class Typed(msgspec.Struct):
    """As much of an event as says which topic it belongs to."""

    type: str = ""


_typed = msgspec.json.Decoder(Typed).decode


class Ingest:
    """Takes events for the topics of one installation.

    topics    logical name -> name in the log
    clock     wall clock: an event more than 5 min ahead of it is refused
    currency  of the site
    """

    def __init__(
        self, append: Append, topics: Mapping[str, str], token: Secret, clock: Callable[[], EpochMs], currency: str = CURRENCY
    ) -> None:
        self._append = append
        self._topics = topics
        self._token = token
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "ingest")
        self._held = 0
        # One partition: the key is made from the event, so it cannot be wrong.
        self._intakes = {topic: Intake(topic, 1, currency) for topic in topics}

    async def post(self, request: web.Request) -> web.Response:
        """Answers 202; refuses with 401, 408, 413, 422, 503."""
        check_token(request, self._token, basic=False)  # a browser must not be able to send it without being asked
        said = BODY_BYTES_MAX if request.content_length is None else request.content_length
        size = min(BODY_BYTES_MAX, max(HELD_BYTES_MIN, said))
        if self._held + size > HELD_BYTES_MAX:
            raise Refusal(503, "busy", "too many requests wait for the log: send it again later", headers={"Retry-After": "1"})
        self._held += size
        try:
            return await self._take(await self._body(request))
        finally:
            self._held -= size

    async def _body(self, request: web.Request) -> bytes:
        try:
            async with asyncio.timeout(BODY_LIMIT_S):
                return await request.read()
        except web.HTTPRequestEntityTooLarge:
            said = f"a request holds at most {BODY_BYTES_MAX} bytes: send several"
            raise Refusal(413, "too_large", said, headers={"Connection": "close"}) from None
        except TimeoutError:
            said = f"the body did not come within {BODY_LIMIT_S:g} s: send less at a time"
            raise Refusal(408, "too_slow", said, headers={"Connection": "close"}) from None

    async def _take(self, body: bytes) -> web.Response:
        lines = lines_of(body)
        if len(lines) > LINES_MAX:
            raise Refusal(413, "too_large", f"a request holds at most {LINES_MAX} events, here are {len(lines)}: send several")
        records, wrong = await asyncio.get_running_loop().run_in_executor(self._thread, self.sort, lines)
        if wrong:
            said = f"{len(wrong)} of {len(lines)} lines are wrong, the first is line {wrong[0]['line']}; nothing was taken"
            if len(wrong) == len(lines) and all(one["reason"] in SHAPELESS for one in wrong):
                said = f"{said}: one event per line: curl --data-binary @FILE"  # -d takes the ends of lines away
            raise Refusal(422, "rejected", said, more={"accepted": 0, "wrong": len(wrong), "lines": wrong[:COMPLAINTS_MAX]})
        if not records:
            raise Refusal(422, "rejected", "the request holds no event", more={"accepted": 0, "wrong": 0, "lines": []})
        try:
            for topic, some in records.items():
                await self._append(self._topics[topic], some)
        except (StorageFull, Unreachable) as error:
            said = f"{error}; some of the events may be in the log: send all of them again, repeats count once"
            raise Refusal(503, "unreachable", said, headers={"Retry-After": "1"}) from error
        return json_response({"accepted": len(lines)}, status=202)

    def close(self) -> None:
        self._thread.shutdown(wait=False)

    def sort(self, lines: Sequence[tuple[int, bytes]]) -> Sorted:
        """Checks every line, as the workers will. Lines are (number, text). In one thread at a time."""
        records: dict[str, list[tuple[bytes, bytes]]] = {}
        wrong = []
        now_ms = self._clock()
        for number, line in courteous(lines, every=200):
            try:
                topic, record = self._read(line, now_ms)
                records.setdefault(topic, []).append(record)
            except Wrong as found:
                wrong.append({"line": number, "reason": found.reason, "detail": found.detail})
        return Sorted(records, wrong)

    def _read(self, line: bytes, now_ms: EpochMs) -> tuple[str, tuple[bytes, bytes]]:
        try:
            type_ = _typed(line).type
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            type_ = ""
        topic = TOPIC_OF_TYPE.get(type_)
        if topic is not None and topic not in self._intakes:
            raise Wrong("unknown_type", f"the topic {topic} is turned off here: name it under [topics] @ $.type")
        if topic is None:
            # Not JSON, no object, no type, or a type that is not ours: intake says which.
            answer = next(iter(self._intakes.values())).read(None, line, (), now_ms)
            if isinstance(answer, Rejected):
                raise Wrong(answer.reason, answer.detail)
            found = nearest(type_, TOPIC_OF_TYPE)
            raise Wrong("unknown_type", f"there is no type {type_[:80]!r}" + (f": did you mean {found}?" if found else "") + " @ $.type")
        event = self._intakes[topic].read(None, line, (), now_ms)
        if isinstance(event, Rejected):
            raise Wrong(event.reason, event.detail)
        assert not isinstance(event, Skipped), "neither without a value nor of an unknown type"
        return topic, (str(getattr(event, ENTITY_FIELD[topic])).encode(), line)


class Wrong(Exception):
    """One line that is no event."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def lines_of(body: bytes) -> list[tuple[int, bytes]]:
    """The events of a body, each with the number of its line: one JSON object, over however many lines, or one on each line."""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return [(number, line.strip()) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    return [(1, body.strip())]

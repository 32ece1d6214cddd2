"""Files of events, one JSON object a line as the event contract has them, plain or gzip.

A record is kept byte for byte; `outline` finds in it what is needed to send it on, and `moved` shifts its instants.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from schemas.events import ENTITY_FIELD, TYPES
from schemas.instants import instant_ms
from schemas.values import EpochMs
from schemas.words import TIME_MS_MAX

TOPIC_OF: Final = {kind: topic for topic, kinds in TYPES.items() for kind in kinds}
"""Type -> logical topic."""

INSTANTS: Final = ("time", "created", "waiting_since", "until")
"""Fields that name an instant. The others are no matter of when it all happened."""

_FIELDS: Final = {name: re.compile(rb'("%s"\s*:\s*)("[^"\\]*"|-?\d+)(?=\s*[,}])' % name.encode()) for name in INSTANTS}
GZIP_MAGIC: Final = b"\x1f\x8b"


class Line(NamedTuple):
    """`number` counts from 1; `record` has no line end."""

    number: int
    record: bytes


class Outline(NamedTuple):
    """What a record says about itself. None: it does not, or not in a way that can be read.

    topic   logical name, from the type
    key     id of the entity
    """

    topic: str | None
    key: bytes | None
    at_ms: EpochMs | None


UNREADABLE: Final = Outline(None, None, None)


class DamagedFile(ValueError):
    """A file that cannot be unpacked to its end."""


def lines(path: Path) -> Iterator[Line]:
    """The lines of a file that are not blank. Raises OSError, and DamagedFile after the lines that could be read."""
    with path.open("rb") as file:
        packed = file.read(2) == GZIP_MAGIC
        file.seek(0)
        source = gzip.GzipFile(fileobj=file) if packed else file
        try:
            for number, line in enumerate(source, 1):
                record = line.strip(b" \t\r\n")
                if record:
                    yield Line(number, record)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DamagedFile(f"{path}: not a whole gzip file: {error}") from None


def outline(record: bytes) -> Outline:
    """Never raises. CloudEvents in structured mode are understood too: their `data` is merged under the attributes."""
    fields = fields_of(record)
    if fields is None:
        return UNREADABLE
    kind = fields.get("type")
    topic = TOPIC_OF.get(kind) if isinstance(kind, str) else None
    entity_id = fields.get(ENTITY_FIELD[topic]) if topic else next((fields[name] for name in ENTITY_FIELD.values() if name in fields), None)
    return Outline(topic, entity_id.encode() if isinstance(entity_id, str) else None, instant(fields.get("time")))


def moved(record: bytes, by_ms: int) -> bytes:
    """The record with its instants so much later: numbers stay numbers, texts become RFC 3339 in UTC. All else stays byte for byte,
    but for records with the field names in them more than once or escaped: these are written anew.

    What is no instant, or would leave the years 1970 to 9999, stays as it is.
    """
    fields = fields_of(record)
    if fields is None or not by_ms:
        return record
    changed = record
    for name, pattern in _FIELDS.items():
        value = _later(fields.get(name), by_ms)
        if value is None:
            continue
        found = list(pattern.finditer(changed))
        if len(found) != 1 or msgspec.json.decode(found[0][2]) != fields[name]:
            return _written_anew(record, by_ms)
        changed = changed[: found[0].start(2)] + msgspec.json.encode(value) + changed[found[0].end(2) :]
    return changed


def fields_of(record: bytes) -> dict[str, Any] | None:
    """The fields of one record, those of `data` under the others where it is a CloudEvent. None: not a JSON object."""
    try:
        fields = msgspec.json.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    data = fields.get("data")
    return {**data, **fields} if "specversion" in fields and isinstance(data, dict) else fields


def _written_anew(record: bytes, by_ms: int) -> bytes:
    fields = msgspec.json.decode(record)
    data = fields.get("data") if "specversion" in fields else None
    for part in (fields, data if isinstance(data, dict) else {}):
        for name in INSTANTS:
            value = _later(part.get(name), by_ms)
            if value is not None:
                part[name] = value
    return msgspec.json.encode(fields)


def instant(value: object) -> EpochMs | None:
    """Epoch milliseconds or RFC 3339 with an offset -> the instant; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= TIME_MS_MAX:
        return EpochMs(value)
    try:
        return instant_ms(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _later(value: object, by_ms: int) -> int | str | None:
    at_ms = instant(value)
    if at_ms is None or not 0 <= at_ms + by_ms <= TIME_MS_MAX:
        return None
    if isinstance(value, int):
        return at_ms + by_ms
    seconds, milliseconds = divmod(at_ms + by_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03}Z"

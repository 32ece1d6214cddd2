"""Dead letters: input records copied byte for byte, with what is wrong with them in headers (events.md, envelope)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from schemas.values import Partition
from streams.core.log import Output, Record

# Together below the 1 MiB that a Kafka topic takes. A producer that compresses gets much larger records into its topic, and one that could
# be copied to none would end every worker that reads it.
VALUE_BYTES_MAX: Final = 768 * 1024
KEY_BYTES_MAX: Final = 64 * 1024
HEADERS_BYTES_MAX: Final = 64 * 1024


def dead_letter(to: str, topic: str, partition: Partition, record: Record, reason: str, detail: str) -> Output:
    """What is written to the topic `to` for a record of `topic` that was rejected.

    A part beyond its limit is cut, own headers are left out as a whole; `error.cut` then says which, and how long it was.
    """
    key, value, headers = record.key, record.value, record.headers
    sizes = {
        "key": (len(key or b""), KEY_BYTES_MAX),
        "value": (len(value or b""), VALUE_BYTES_MAX),
        "headers": (_size(headers), HEADERS_BYTES_MAX),
    }
    cut = ", ".join(f"{part} of {size} bytes" for part, (size, most) in sizes.items() if size > most)
    said = {
        "error.reason": reason,
        "error.detail": detail,
        "error.topic": topic,
        "error.partition": str(partition),
        "error.offset": str(record.offset),
        **({"error.cut": cut} if cut else {}),
    }
    own = headers if sizes["headers"][0] <= HEADERS_BYTES_MAX else ()
    return Output(
        to,
        None if key is None else key[:KEY_BYTES_MAX],
        None if value is None else value[:VALUE_BYTES_MAX],
        [*own, *((name, text.encode()) for name, text in said.items())],
    )


def _size(headers: Sequence[tuple[str, bytes]]) -> int:
    return sum(len(name) + len(value or b"") for name, value in headers)

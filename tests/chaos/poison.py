"""Twenty kinds of records that are no events, and why each is rejected: they go to the dead letters, and nothing else happens."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from schemas.values import HOUR_MS
from tests.traffic import Sent

Fields = dict[str, Any]


def _json(event: Fields, **changes: Any) -> bytes:
    """The event with those fields; without those that are `...`."""
    return json.dumps({name: value for name, value in {**event, **changes}.items() if value is not ...}).encode()


KINDS: Final[dict[str, tuple[str, Callable[[Fields], bytes]]]] = {
    # What is wrong -> the reason of its dead letter, and the value; all with the right key.
    "empty": ("not_json", lambda event: b""),
    "white space": ("not_json", lambda event: b" \n\t "),
    "cut off": ("not_json", lambda event: _json(event)[:-7]),
    "two in one": ("not_json", lambda event: _json(event) * 2),
    "no UTF-8": ("not_json", lambda event: _json(event, customer_id="?").replace(b"?", b"\xff\xfe\xc3")),
    "not a number": ("not_json", lambda event: _json(event)[:-1] + b',"note":NaN}'),
    "some bytes": ("not_json", lambda event: bytes(range(256)) + _json(event)),
    "a list": ("not_object", lambda event: b"[" + _json(event) + b"]"),
    "a text": ("not_object", lambda event: json.dumps(_json(event).decode()).encode()),
    "null": ("not_object", lambda event: b"null" + b" " * len(event["id"])),
    "too large": ("too_large", lambda event: _json(event, note="x" * 66_000)),
    "nested too deep": ("not_json", lambda event: _json(event)[:-1] + b',"note":' + b"[" * 30_000 + b"]" * 30_000 + b"}"),
    "without an id": ("missing_field", lambda event: _json(event, id=...)),
    "without a time": ("missing_field", lambda event: _json(event, time=...)),
    "an id that is a number": ("bad_type", lambda event: _json(event, id=7)),
    "an id that is too long": ("bad_type", lambda event: _json(event, id="i" * 5_000)),
    "a time without a zone": ("bad_time", lambda event: _json(event, time="2024-04-05T10:00:00")),
    "a time before 1970": ("bad_time", lambda event: _json(event, time=-1)),
    "a time to come": ("future_time", lambda event: _json(event, time=time.time_ns() // 1_000_000 + 5 * HOUR_MS)),
    "of another": ("key_mismatch", lambda event: _json(event, call_id="another", ticket_id="another")),
}


def poison(at_ms: int, each: int) -> Iterator[Sent]:
    """Of every kind so many for calls and for tickets, all different from each other."""
    for topic, id_field, kind in (("calls", "call_id", "call.started"), ("tickets", "ticket_id", "ticket.created")):
        for place, (reason, make) in enumerate(KINDS.values()):
            for number in range(each):
                key = f"poison-{topic}-{place}-{number}"
                event = {"type": kind, "id": f"{topic}-{place}-{number}", "time": at_ms, id_field: key, "channel": "phone"}
                yield Sent(topic, key.encode(), make(event), reason)

"""Records that go out, apart from state: dead letters, input records copied byte for byte with the reason in their headers; and what is
told of promises.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

RejectionReason = Literal[
    "not_json", "not_object", "too_large", "missing_field", "bad_type", "bad_time", "future_time", "key_mismatch", "too_late"
]

# Header of a dead letter -> what it says.
DEAD_LETTER_HEADERS: Final = {
    "error.reason": "why the record was rejected",
    "error.detail": "what was expected, what came, and where",
    "error.topic": "topic it came from",
    "error.partition": "partition it came from",
    "error.offset": "offset it had there",
    "error.cut": "which parts were too large to be copied whole, and how long they were; absent for all others",
}
SELDOM_HEADERS: Final = frozenset({"error.cut"})


class SlaRecord(msgspec.Struct):
    """The value of a record of `sla-breaches`; its key is the id of the call or ticket. Times are RFC 3339, UTC.

    type      sla.at_risk, sla.breached: at the instant `time`; sla.withdrawn: a breach that has been told turns out not to have been
    clock     queue_wait is of a call, all others are of a ticket
    instance  the id of the event that started the clock; with the key and `clock` it names what is told of
    due       when the promise is, or was, due
    queue     this and the other labels are those at `time`; null: none
    """

    type: Literal["sla.at_risk", "sla.breached", "sla.withdrawn"]
    clock: Literal["queue_wait", "first_response", "next_response", "resolution"]
    instance: str
    due: str | None
    time: str
    queue: str | None
    channel: str
    priority: str
    target_seconds: int | float

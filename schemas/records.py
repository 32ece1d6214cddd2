"""Records that go out, apart from state: so far the dead letters, input records copied byte for byte with the reason in their headers."""

from __future__ import annotations

from typing import Final, Literal

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

"""The types that fields of events are made of: ids, labels, instants and the closed sets of words.

They hold on the wire: decoding a word outside its set, an id that is too long or an empty label is an error, and `streams.core.intake`
then decides whether the value is put right (a label is cut, an unknown channel is `other`) or the event is rejected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from msgspec import Meta

if TYPE_CHECKING:
    from schemas.values import EpochMs

ID_LENGTH_MAX: Final = 128
ID_END: Final = "\x1f"
"""The unit separator: it stands between ids that are stored together, so no id may hold it."""
LABEL_LENGTH_MAX: Final = 64
SEQ_MAX: Final = 2**53
TIME_MS_MAX: Final = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z
LABELS_MAX: Final = 100
SCORE_MAX: Final = 1_000_000
READ_SECONDS_MAX: Final = 86_400
AMOUNT_PATTERN: Final = r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$(?!\n)"
AMOUNT_MAX: Final = 999_999_999_999
CURRENCY_PATTERN: Final = r"^[A-Z]{3}$(?!\n)"
PERIOD_PATTERN: Final = r"^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])$(?!\n)"

Id = Annotated[str, Meta(min_length=1, max_length=ID_LENGTH_MAX)]
Label = Annotated[str, Meta(min_length=1, max_length=LABEL_LENGTH_MAX)]
Seq = Annotated[int, Meta(ge=0, le=SEQ_MAX)]
Labels = Annotated[list[Label], Meta(max_length=LABELS_MAX)]
SipCode = Annotated[int, Meta(ge=0, le=999)]
Score = Annotated[int, Meta(ge=-SCORE_MAX, le=SCORE_MAX)] | Annotated[float, Meta(ge=-SCORE_MAX, le=SCORE_MAX)]
ReadSeconds = Annotated[int, Meta(ge=0, le=READ_SECONDS_MAX)] | Annotated[float, Meta(ge=0, le=READ_SECONDS_MAX)]
Amount = Annotated[str, Meta(pattern=AMOUNT_PATTERN)]
"""Decimal text in the currency's unit: `schemas/amounts.py` says how it is counted. On the wire also a number."""
Currency = Annotated[str, Meta(pattern=CURRENCY_PATTERN)]
Period = Annotated[str, Meta(pattern=PERIOD_PATTERN)]
"""A month, YYYY-MM."""

if TYPE_CHECKING:
    Instant = EpochMs  # what everybody behind intake sees
else:
    Instant = Annotated[int, Meta(ge=0, le=TIME_MS_MAX)] | str  # what the wire may carry: epoch milliseconds or RFC 3339

# Rows of cases name words by their place in these sets: whoever changes one raises STATE_VERSION, also for a new word at its end, which a
# worker of the version before, running beside, could not read.
Channel = Literal["phone", "chat", "email", "form", "social", "sms", "video", "messaging", "forum", "other"]
Priority = Literal["low", "normal", "high", "urgent"]

Direction = Literal["inbound", "outbound"]
TransferTo = Literal["queue", "agent", "external"]
TransferKind = Literal["blind", "consult"]
EndedBy = Literal["customer", "agent", "system"]
MissedReason = Literal["no_answer", "rejected", "unreachable", "other"]
LeftReason = Literal["timeout", "key", "overflow", "callback", "voicemail", "withdrawn", "other"]
BlockedReason = Literal["trunk_busy", "queue_full", "no_agents", "closed", "network_failure", "overload", "route_error", "other"]

CreatedBy = Literal["customer", "agent", "system"]
MessageBy = Literal["customer", "agent", "bot"]
Status = Literal["open", "pending", "on_hold", "bot", "resolved", "closed"]
DeletedReason = Literal["spam", "deleted", "other"]

AgentStateWord = Literal["available", "busy", "wrap_up", "break", "training", "offline"]
SurveyKind = Literal["csat", "nps", "ces", "iqs", "agent_satisfaction"]
ActivityKind = Literal["visit", "login", "social", "contact"]
EntryKind = Literal["support_cost", "revenue"]

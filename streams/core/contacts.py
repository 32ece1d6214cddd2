"""The topic `<app>-contacts`: how its records are made of what calls and tickets have to tell of customers, and how they are read again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from zlib import crc32

import msgspec

from schemas.contacts import CASE_KEY, ContactKind, ContactRecord, ForgetRequest
from schemas.values import Cell, EpochMs
from streams.core.intake import TOMBSTONE, Rejected, Skipped
from streams.core.log import Output, Record
from streams.core.tellings import NOTHING, Voice

CALL_VOICE: Final = "c"
TICKET_VOICE: Final = "t"
"""First letters of the names of tellings."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(ContactRecord).decode
_decode_request = msgspec.json.Decoder(ForgetRequest).decode
_pack = msgspec.msgpack.Encoder().encode


class Contact(NamedTuple):
    """The content of a telling.

    customer_id  None: nobody knows it, and the case stands for the customer
    case_id      of a call; a ticket tells of itself
    call_id      of the call that a ticket was logged for
    agent_id     whose contact it was, where single people are seen
    """

    customer_id: str | None
    kind: ContactKind
    at_ms: int
    cell: Cell
    case_id: str | None = None
    topic: str | None = None
    contacts: int = 0
    handle_ms: int = 0
    call_id: str | None = None
    agent_id: str | None = None


class ContactVoice:
    """See `Voice`. What it remembers is to whom a contact was told, what it was and when, and a check of all of it."""

    def __init__(self, topic: str, source: str) -> None:
        """topic  as the log names it; source  `call` or `ticket`"""
        self._topic = topic
        self._source = source

    def mark(self, told: Any, content: Contact | None) -> Any:
        """0, or [key, kind, at_ms, check]."""
        return NOTHING if content is None else [_key(content), content.kind, content.at_ms, crc32(_pack(content))]

    def say(self, case_id: str, name: str, revision: int, told: Any, content: Contact | None, now_ms: EpochMs) -> Iterator[Output]:
        """One record; one more where the contact turns out to be another customer's: it is taken back there."""
        contact_id = f"{self._source}:{case_id}:{name[1:]}"
        if told != NOTHING and (content is None or told[0] != _key(content)):
            key, kind, at_ms, _ = told
            taken_back = ContactRecord(contact_id=contact_id, rev=revision, op="unset", kind=kind, time=at_ms, channel="other")
            yield self._output(key or CASE_KEY + case_id, taken_back)
        if content is not None:
            record = ContactRecord(
                contact_id=contact_id,
                rev=revision,
                op="set",
                kind=content.kind,
                time=content.at_ms,
                channel=content.cell.channel,
                queue=content.cell.queue,
                case_id=case_id if self._source == "ticket" else content.case_id,
                topic=content.topic,
                contacts=content.contacts,
                handle_ms=content.handle_ms,
                call_id=None if content.call_id is None else f"call:{content.call_id}:",
                agent_id=content.agent_id,
            )
            yield self._output(_key(content) or CASE_KEY + case_id, record)

    def _output(self, key: str, record: ContactRecord) -> Output:
        return Output(self._topic, key.encode(), _encode(record), [], keyed=True)


def _key(content: Contact) -> str:
    """Of its record; "": the case that tells it."""
    if content.customer_id is not None:
        return content.customer_id
    return "" if content.case_id is None else CASE_KEY + content.case_id


def voices_of(topic: str) -> dict[str, Voice]:
    """Those that write to the topic of that name."""
    return {CALL_VOICE: ContactVoice(topic, "call"), TICKET_VOICE: ContactVoice(topic, "ticket")}


def read_contact(record: Record) -> tuple[str, ContactRecord] | ForgetRequest | Skipped | Rejected:
    """The customer of a record and what it says, or a request. Only deskpulse writes to that topic; what is none of its records is a dead
    letter, and what has neither key nor value was erased.
    """
    try:
        if record.key is None and record.value is None:
            return TOMBSTONE
        if record.key is None and record.value is not None and b'"forget"' in record.value:
            return _decode_request(record.value)
        if record.key is None or record.value is None:
            return Rejected("missing_field", "expected a customer and a contact, got a record without @ key, value")
        return record.key.decode(), _decode(record.value)
    except msgspec.ValidationError as error:
        return Rejected("bad_type", f"expected a contact: {error}")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Rejected("not_json", f"expected a contact: {error}")

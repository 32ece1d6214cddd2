"""What a shard does with the records that shards tell each other of customers: reading, clock, crashes (cases.md, section 9)."""

from __future__ import annotations

import msgspec

from schemas.contacts import ContactKind, ContactRecord
from streams.core.log import Batch
from streams.core.report import Line
from tests.core.cases import call_tales as call
from tests.core.driving import KeptShard, told

CONTACTS = "deskpulse-contacts"
DAY = 86_400


def contact(at_s: float, contact_id: str = "call:C1:", kind: ContactKind = "handled", rev: int = 1) -> bytes:
    return msgspec.json.encode(ContactRecord(contact_id, rev, "set", kind, call.ms(at_s), "phone"))


def hears(shard: KeptShard, *records: tuple[bytes | None, bytes | None]) -> None:
    """Append to the topic of contacts and let the shard read it."""
    lines = shard.records[CONTACTS]
    lines += [Line(len(lines) + n, key, value) for n, (key, value) in enumerate(records)]
    shard.read(CONTACTS)


def test_what_is_no_record_of_a_contact_is_a_dead_letter_and_the_others_count():
    shard = KeptShard()
    hears(
        shard,
        (b"ann", b"{"),
        (b"ann", b'{"contact_id":1}'),
        (None, contact(0)),
        (b"\xff", contact(0)),
        (b"ann", None),
        (b"ann", contact(0)),
    )
    shard.checkpoint()
    letters = [(dict(letter.headers), letter.value) for letter in shard.outputs]
    assert [(headers["error.reason"], headers["error.topic"], headers["error.offset"]) for headers, _ in letters] == [
        (b"not_json", CONTACTS.encode(), b"0"),
        (b"bad_type", CONTACTS.encode(), b"1"),
        (b"missing_field", CONTACTS.encode(), b"2"),
        (b"not_json", CONTACTS.encode(), b"3"),
        (b"missing_field", CONTACTS.encode(), b"4"),
    ]
    assert letters[0][1] == b"{"
    assert (shard.count("contacts.accepted"), shard.count("accepted"), shard.count("records")) == (1, 0, 0)


def test_a_contact_counts_once_however_often_it_is_told_and_whenever_the_worker_dies():
    shard = KeptShard()
    shard.at(call.ms(60))
    hears(shard, (b"ann", contact(0)), (b"ann", contact(0)))
    shard.crash()  # before a checkpoint: both are read again
    shard.read(CONTACTS)
    assert (shard.count("contacts.accepted"), shard.count("contacts.duplicate")) == (1, 1)
    shard.checkpoint()
    shard.crash()
    hears(shard, (b"ann", contact(0)), (b"ann", contact(30, "call:C2:")))
    shard.checkpoint()
    assert shard.positions[CONTACTS] == 4
    assert shard.value("repeat_contact_rate", "rate") == 0.5


def test_records_below_the_position_are_passed_over_and_a_gap_is_refused():
    shard = KeptShard()
    hears(shard, (b"ann", contact(0)))
    assert not shard.shard.apply(CONTACTS, Batch([Line(3, b"ann", contact(5, "call:C2:"))], 3, 4), None)
    assert shard.shard.apply(CONTACTS, Batch([*shard.records[CONTACTS], Line(1, b"bob", contact(9))], 0, 2), None)
    assert (shard.count("contacts.accepted"), shard.count("contacts.duplicate")) == (2, 0)
    assert shard.shard.positions[CONTACTS] == 2


def test_the_clock_of_a_shard_that_is_behind_in_contacts_waits_for_them_after_a_restart_too():
    shard = KeptShard()
    shard.produce("calls", told(call.queued(0)), told(call.answered(3_600), "2"))
    shard.read("calls")
    assert shard.shard.read_until_ms(["calls"]) == call.ms(3_600)
    assert shard.shard.read_until_ms(["calls", CONTACTS]) == 0
    hears(shard, (b"ann", contact(900)), (b"bob", contact(600)))
    shard.checkpoint()
    shard.crash()
    assert shard.shard.read_until_ms(["calls", CONTACTS]) == call.ms(900)
    assert shard.shard.read_until_ms(["calls"]) == call.ms(3_600)


def test_what_becomes_of_a_customer_by_time_alone_is_due_as_a_case_is():
    """A contact without a second one becomes final when seven days have passed."""
    shard = KeptShard()
    shard.at(call.ms(60))
    hears(shard, (b"ann", contact(0)))
    shard.at(call.ms(60))
    assert shard.shard.next_due_ms() == call.ms(7 * DAY) + 1
    shard.at(call.ms(7 * DAY))
    assert shard.value("first_contact_resolution", "final") is None
    shard.at(call.ms(7 * DAY + 1))
    assert shard.value("first_contact_resolution", "final") == 1.0

"""Counts of contacts of customers: who comes again, what was resolved at the first, whom somebody owes a call."""

from __future__ import annotations

from collections.abc import Iterator

from schemas import fields as f
from streams.outputs.parts.part import Counts, Part, by, one


def contact_parts() -> Iterator[Part]:
    def part(stem: str, kpi: str, help_: str, counts: Counts, counter: bool = True, in_ms: bool = False) -> Part:
        labels = ("of",) if len(counts) > 1 else ()
        return Part(stem=stem, kpi=kpi, scope="contacts", help=help_, counts=counts, counter=counter, labels=labels, in_ms=in_ms)

    yield part("contacts", "repeat_contact_rate", "Contacts of known customers.", one(f.CONTACTS))
    repeated = "Contacts of customers who had come before, within limits.repeat_days."
    yield part("contacts_repeated", "repeat_contact_rate", repeated, one(f.CONTACTS_REPEATED))
    for stem, case, call, which in (
        ("provisional", f.FIRST_CONTACT_CASES, f.FIRST_CONTACT_CALLS, ""),
        ("provisional_met", f.FIRST_CONTACT_CASES_MET, f.FIRST_CONTACT_CALLS_MET, ", at the first contact as it looks now"),
        ("final", f.FIRST_CONTACT_CASES_FINAL, f.FIRST_CONTACT_CALLS_FINAL, ", limits.repeat_days later"),
        ("final_met", f.FIRST_CONTACT_CASES_MET_FINAL, f.FIRST_CONTACT_CALLS_MET_FINAL, " at the first contact, limits.repeat_days later"),
    ):
        what = f"Cases first resolved, and calls handled{which}."
        yield part(f"first_contact_{stem}", "first_contact_resolution", what, by({"case": case, "call": call}), False)
    yield part("cases_with_contacts", "calls_to_resolution", "Cases resolved and not reopened since.", one(f.CASES_WITH_CONTACTS), False)
    yield part("case_contacts", "calls_to_resolution", "Contacts until then.", one(f.CASE_CONTACTS), False)
    yield part("cases_handled", "handle_time", "Cases with handled inbound calls, at the last of them.", one(f.CASES_HANDLED), False)
    time = "Talk, hold and wrap-up of all inbound calls of a case, at the last of them."
    yield part("case_handle_seconds", "handle_time", time, one(f.CASES_HANDLE_MS), False, in_ms=True)
    yield part("callbacks_due", "callbacks_owed", "Times that a customer began to wait for a call back.", one(f.CALLBACKS_DUE))
    yield part("callbacks_reached", "callbacks_owed", "Of them those reached since.", one(f.CALLBACKS_REACHED), False)

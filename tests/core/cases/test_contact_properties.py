"""Whatever is told of a customer, in whatever order and however often: what counts is what the naive formulas say of the contacts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas import fields as f
from schemas.contacts import ContactRecord
from schemas.values import CHANNELS, DAY_MS, Cell
from tests.core.cases.contact_tales import N_DAYS, START_MS, Book, ms

N_MS = N_DAYS * DAY_MS
KINDS = ("contact", "handled", "unserved", "reached", "abandoned", "blocked", "closed")
QUEUES = ("billing", "support", "")
CASES = ("t1", "t2")
STRETCHES = (
    ("minute", 60_000, 0),
    ("quarter", 900_000, 0),
    ("interval", 1_800_000, 0),
    ("day", DAY_MS, 0),
    ("week", 7 * DAY_MS, 4 * DAY_MS),  # 1970-01-05 was a Monday
)


@st.composite
def records(draw: st.DrawFn) -> list[ContactRecord]:
    """All that is told of one customer: revisions of contacts, and of a few cases what tickets tell of them."""
    told: list[ContactRecord] = []
    for number in range(draw(st.integers(1, 6))):
        at_h = draw(st.one_of(st.integers(0, 20 * 24), st.sampled_from((0, 7 * 24, 14 * 24))))
        kind = draw(st.sampled_from(KINDS))
        told.extend(
            ContactRecord(
                contact_id=f"c{number}",
                rev=rev,
                op=draw(st.sampled_from(("set", "set", "set", "unset"))),
                kind=kind,  # type: ignore[arg-type]
                time=ms(at_h) + draw(st.sampled_from((0, 0, 1))),
                channel=draw(st.sampled_from(("phone", "chat", "email"))),
                queue=draw(st.sampled_from(QUEUES)),
                case_id=draw(st.sampled_from((None, *CASES))) if kind == "handled" else None,
                topic=draw(st.sampled_from((None, "invoice", "login"))),
                handle_ms=1_000 * number if kind == "handled" else 0,
            )
            for rev in range(1, draw(st.integers(1, 3)) + 1)
        )
    for case_id in CASES:
        turns = sorted(draw(st.lists(st.integers(0, 20 * 24), max_size=3, unique=True)))
        for what, at_h in zip(("resolved", "reopened", "again"), turns, strict=False):
            told.append(
                ContactRecord(
                    contact_id=f"{case_id}:{what}",
                    rev=1,
                    op="set",
                    kind=what,  # type: ignore[arg-type]
                    time=ms(at_h),
                    channel="email",
                    case_id=case_id,
                    topic=draw(st.sampled_from((None, "invoice"))),
                    contacts=draw(st.integers(0, 2)),
                    call_id=draw(st.sampled_from((None, "c0"))),
                )
            )
    return told


class Naive:
    """The formulas of the catalogue, written down once more over a list of contacts."""

    def __init__(self, told: Sequence[ContactRecord], now_ms: int) -> None:
        newest: dict[str, ContactRecord] = {}
        for record in told:
            if record.contact_id not in newest or record.rev > newest[record.contact_id].rev:
                newest[record.contact_id] = record
        self.all = [record for record in newest.values() if record.op == "set"]
        self.now_ms = now_ms
        self.facts: Counter[tuple[int, int, Cell]] = Counter()

    def of(self, *kinds: str) -> list[ContactRecord]:
        return [record for record in self.all if record.kind in kinds]

    def add(self, field: int, record: ContactRecord, later_ms: int = 0, amount: int = 1) -> None:
        if amount:
            self.facts[field, record.time + later_ms, Cell(record.queue, record.channel, "normal")] += amount

    def count(self) -> Counter[tuple[int, int, Cell]]:
        contacts = self.of("contact", "handled", "unserved")
        for one in contacts:
            self.add(f.CONTACTS, one)
            if any(0 < one.time - other.time <= N_MS for other in contacts):
                self.add(f.CONTACTS_REPEATED, one)
        for call in self.of("handled"):
            self.first_contact(f.FIRST_CONTACT_CALLS, call, self.stays(call))
        for case_id in CASES:
            self.case(case_id)
        return Counter({key: amount for key, amount in self.facts.items() if amount})

    def stays(self, one: ContactRecord) -> bool:
        def same(other: ContactRecord) -> bool:
            return one.topic is None or other.topic is None or one.topic == other.topic

        return not any(0 < other.time - one.time <= N_MS and same(other) for other in self.of("contact", "handled"))

    def first_contact(self, field: int, one: ContactRecord, met: bool) -> None:
        self.add(field, one)
        self.add(field + 1, one, amount=met)
        if self.now_ms > one.time + N_MS:
            self.add(field + 2, one, N_MS)
            self.add(field + 3, one, N_MS, amount=met)

    def case(self, case_id: str) -> None:
        calls = [call for call in self.of("handled") if call.case_id == case_id]
        if calls:
            last = max(calls, key=lambda call: call.time)
            at_end = [call for call in calls if call.time == last.time]
            if len({(call.queue, call.channel) for call in at_end}) == 1:
                self.add(f.CASES_HANDLED, last)
                self.add(f.CASES_HANDLE_MS, last, amount=sum(call.handle_ms for call in calls))
            else:  # any of them may be called the last
                self.facts[f.CASES_HANDLED, 0, Cell("", "", "")] += 1
        resolves = sorted((r for r in self.of("resolved", "again") if r.case_id == case_id), key=lambda record: record.time)
        reopens = [r for r in self.of("reopened") if r.case_id == case_id]
        if not resolves:
            return

        def contacts(resolve: ContactRecord) -> int:
            before = {call.contact_id for call in calls if call.time <= resolve.time}
            return resolve.contacts + len(before - {resolve.call_id})

        first, last = resolves[0], resolves[-1]
        stays = not any(reopen.time - first.time <= N_MS for reopen in reopens) and self.stays(first)
        self.first_contact(f.FIRST_CONTACT_CASES, first, contacts(first) == 1 and stays)
        if len(resolves) > len(reopens):
            self.add(f.CASES_WITH_CONTACTS, last)
            self.add(f.CASE_CONTACTS, last, amount=contacts(last))


def without_callers(facts: Counter[tuple[int, int, Cell, int]]) -> Counter[tuple[int, int, Cell]]:
    callers = set(f.CALLERS_BLOCKED.values()) | {f.CALLBACKS_DUE, f.CALLBACKS_REACHED}
    return Counter({(field, at_ms, cell): n for (field, at_ms, cell, _), n in facts.items() if field not in callers})


@given(records(), st.integers(0, 40 * 24), st.randoms(use_true_random=False))
def test_what_counts_is_what_the_formulas_say_in_whatever_order_it_is_told(told: list[ContactRecord], later_h: int, rng: Random) -> None:
    now_ms = ms(later_h)
    expected = Naive(told, now_ms).count()
    mixed = told + rng.choices(told, k=3)
    rng.shuffle(mixed)
    book = Book(bounded=False)
    for record in mixed:
        book.hear(msgspec.structs.replace(record))
        if rng.random() < 0.4:
            book.pass_time(rng.randint(book.now_ms, max(book.now_ms, now_ms)))
        if rng.random() < 0.2:
            book.pass_time(book.now_ms)
            book.restart()
    book.pass_time(now_ms)
    found = without_callers(book.facts)
    if (f.CASES_HANDLED, 0, Cell("", "", "")) in expected:
        for counted in (found, expected):
            for key in [key for key in counted if key[0] in (f.CASES_HANDLED, f.CASES_HANDLE_MS)]:
                del counted[key]
    assert found == expected


@given(records(), st.integers(0, 40 * 24))
def test_callbacks_owed_are_those_whose_last_word_was_ours_to_say(told: list[ContactRecord], later_h: int) -> None:
    now_ms = ms(later_h)
    book = Book(bounded=False)
    book.hear(*told)
    book.pass_time(now_ms)
    naive = Naive(told, now_ms)
    talked = max((record.time for record in naive.of("handled", "reached")), default=-1)
    missed = [record.time for record in naive.of("abandoned", "blocked", "closed") if record.time > talked]
    owed = bool(missed) and now_ms < min(missed) + 30 * DAY_MS
    assert [start_ms for _, start_ms in book.stand(f.OWED)] == ([min(missed)] if owed else [])
    assert book.count(f.CALLBACKS_DUE) - book.count(f.CALLBACKS_REACHED) == bool(missed)


@given(records(), st.integers(0, 40 * 24))
def test_preferred_is_what_was_used_most_in_thirty_days(told: list[ContactRecord], later_h: int) -> None:
    now_ms = ms(later_h)
    book = Book(bounded=False)
    book.hear(*told)
    book.pass_time(now_ms)
    naive = Naive(told, now_ms)
    used: dict[str, list[int]] = {}
    for record in naive.of("contact", "handled", "unserved"):
        if record.time // DAY_MS > now_ms // DAY_MS - 30:  # days of UTC
            used.setdefault(record.channel, []).append(record.time)
    best = max(used, key=lambda channel: (len(used[channel]), max(used[channel]), -CHANNELS.index(channel)), default=None)
    assert [cell.channel for cell, _ in book.stand(f.PREFERRED)] == ([] if best is None else [best])


def cut_values(record: ContactRecord, cut: tuple[str, ...]) -> tuple[Any, ...] | None:
    return None if "queue" in cut and not record.queue else tuple(getattr(record, label) for label in cut)


@given(st.lists(records(), min_size=1, max_size=3), st.integers(0, 40 * 24), st.randoms(use_true_random=False))
def test_blocked_callers_count_once_in_each_stretch_and_cut_however_often(
    customers: list[list[ContactRecord]], later_h: int, rng: Random
) -> None:
    book = Book(bounded=False)
    for number, told in enumerate(customers):
        book.hear(*told, id_=f"u{number}")
    book.pass_time(ms(later_h))
    blocked = [(n, record) for n, told in enumerate(customers) for record in Naive(told, 0).of("blocked")]
    since_ms = START_MS + rng.randrange(20 * DAY_MS)
    for cut in f.CALLER_CUTS:
        for values in {cut_values(record, cut) for _, record in blocked} - {None}:
            mine = [(n, record) for n, record in blocked if cut_values(record, cut) == values]

            def shown(stretch: str, begin_ms: int, end_ms: int) -> int:
                field = f.CALLERS_BLOCKED[cut, stretch]  # noqa: B023 - called in this turn alone
                return sum(
                    amount
                    for (own, at_ms, cell, _), amount in book.facts.items()
                    if own == field and begin_ms <= at_ms < end_ms and tuple(getattr(cell, label) for label in cut) == values  # noqa: B023
                )

            # Whatever ends now: each by the latest block.
            assert shown("latest", since_ms, 1 << 62) == len({n for n, record in mine if record.time >= since_ms})
            # Whatever has ended: by the calendar. START_MS is a Monday in March.
            for stretch, length_ms, first_ms in STRETCHES:
                begin_ms = (since_ms - first_ms) // length_ms * length_ms + first_ms
                inside = {n for n, record in mine if begin_ms <= record.time < begin_ms + length_ms}
                assert shown(stretch, begin_ms, begin_ms + length_ms) == len(inside)
            assert shown("month", 0, 1 << 62) == len({n for n, record in mine})

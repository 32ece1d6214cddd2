"""Forgetting a customer: no byte of the id stays in rows, no figure changes, and who comes later comes as a new one."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Sequence
from typing import Any, Final
from zlib import crc32

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.contacts import ForgetRequest
from schemas.events import ENTITY_FIELD
from schemas.values import DAY_MS, HOUR_MS, EpochMs
from streams.core.board import BoardSettings, BoardState
from streams.core.report import Line
from tests.core.driving import LIVE, KeptShard, comparable, settings

START_MS: Final = 1_767_600_000_000
WHO: Final = "secret-person"
STEPS: Final = ("cases", "contacts", "cases", "rest")

Told = tuple[str, bytes]


def event(topic: str, entity: str, id_: str, type_: str, at_s: int, **fields: Any) -> Told:
    said = {"type": type_, "id": id_, "time": START_MS + at_s * 1_000, ENTITY_FIELD[topic]: entity, **fields}
    return topic, json.dumps(said).encode()


class Site:
    """Shards that share what happens by the ids of its cases."""

    def __init__(self, count: int, **changes: Any) -> None:
        self.shards = [KeptShard(settings(repeat_days=7, **changes)) for _ in range(count)]
        for shard in self.shards:
            shard.peers = self.shards

    def says(self, told: Sequence[Told], order: random.Random | None = None) -> None:
        for topic, value in told:
            entity = json.loads(value)[ENTITY_FIELD[topic]]
            self.shards[crc32(entity.encode()) % len(self.shards)].produce(topic, value)
        turn = list(self.shards)
        if order is not None:
            order.shuffle(turn)
        for shard in turn:
            for topic in shard.settings.topics:
                shard.read(topic)
            shard.checkpoint()
        self.hear()

    def hear(self) -> None:
        while any(shard.shard.positions[shard.settings.contacts] < len(shard.records[shard.settings.contacts]) for shard in self.shards):
            for shard in self.shards:
                shard.hear()

    def at(self, now_ms: int) -> None:
        for shard in self.shards:
            shard.at(now_ms)
        self.hear()

    def alias(self, of: str, number: int = 0) -> str:
        names = (f"forgotten-{drawn}" for drawn in itertools.count())
        right = (name for name in names if crc32(name.encode()) % len(self.shards) == crc32(of.encode()) % len(self.shards))
        return next(itertools.islice(right, number, None))

    def forget(
        self,
        who: str = WHO,
        between: Sequence[Sequence[Told]] = ((), (), (), ()),
        order: random.Random | None = None,
        steps: int = len(STEPS),
        number: int = 0,
    ) -> None:
        """steps  after so many it is killed; number  of the alias, among those that lie right"""
        alias = self.alias(who, number)
        for step, told in list(zip(STEPS, between, strict=True))[:steps]:
            for shard in self.shards:
                records = shard.records[shard.settings.contacts]
                value = msgspec.json.encode(ForgetRequest(customer_id=who, alias=alias, step=step))  # type: ignore[arg-type]
                records.append(Line(len(records), None, value))
            self.says(told, order)

    def rows(self, now_ms: int, *windows: str) -> dict[Any, Any]:
        board = BoardState(BoardSettings())
        for number, shard in enumerate(self.shards):
            board.apply(number, shard.panes.items())
        snapshot = board.snapshot(EpochMs(now_ms), LIVE)
        return comparable(row.document() for row in snapshot.rows(windows=windows or None))

    def bytes_kept(self) -> Iterator[bytes]:
        for shard in self.shards:
            for rows in (shard.state, shard.panes):
                for key, value in rows.items():
                    yield key + value


def a_person(who: str = WHO) -> list[Told]:
    """Everything that names one: calls, tickets, surveys, articles, the customer, and another whom they brought."""
    return [
        event("calls", "c1", "1", "call.queued", 0, queue="billing", customer_id=who),
        event("calls", "c1", "2", "call.answered", 9, agent_id="ann"),
        event("calls", "c1", "3", "call.ended", 99),
        event("calls", "c2", "1", "call.queued", 200, queue="billing", customer_id=who),
        event("calls", "c2", "2", "call.abandoned", 290),
        event("calls", "c3", "1", "call.queued", 300, queue="sales", customer_id=who),
        event("calls", "c3", "2", "call.blocked", 301, reason="no_agents"),
        event("calls", "c4", "1", "call.queued", 250, queue="billing", customer_id="somebody-else"),
        event("tickets", "t1", "1", "ticket.created", 400, channel="email", queue="billing", customer_id=who),
        event("tickets", "t1", "2", "ticket.message", 500, by="agent", agent_id="ann"),
        event("tickets", "t1", "3", "ticket.status", 600, status="resolved"),
        event("surveys", "s1", "1", "survey.answered", 700, kind="csat", score=5, customer_id=who),
        event("articles", "v1", "1", "article.opened", 800, article="faq", customer_id=who),
        event("customers", who, "1", "customer.joined", 0),
        event("customers", who, "2", "customer.active", 900, kind="visit"),
        event("customers", "friend", "1", "customer.joined", 1_000, referred_by=who),
    ]


def naming(site: Site, who: str = WHO) -> list[bytes]:
    return [row for row in site.bytes_kept() if who.encode() in row]


def test_nothing_of_the_id_stays_and_all_figures_are_as_they_were():
    site = Site(3)
    site.says(a_person())
    site.at(START_MS + HOUR_MS)
    before = site.rows(START_MS + HOUR_MS)
    assert naming(site)
    site.forget()
    site.at(START_MS + HOUR_MS)
    assert not naming(site)
    assert site.rows(START_MS + HOUR_MS) == before


def test_it_stays_so_after_a_restart_and_with_all_that_time_decides_later():
    policy = msgspec.structs.replace(settings().policy, left_after_ms=20 * DAY_MS)
    forgetful, other = Site(2, policy=policy), Site(2, policy=policy)
    for site in (forgetful, other):
        site.says(a_person())
        site.at(START_MS + HOUR_MS)
    forgetful.forget()
    for site in (forgetful, other):
        for shard in site.shards:
            shard.crash()
    for days in (1, 8, 25, 34):
        for site in (forgetful, other):
            site.at(START_MS + days * DAY_MS)
        assert forgetful.rows(START_MS + days * DAY_MS) == other.rows(START_MS + days * DAY_MS)
    assert not naming(forgetful)


def test_what_has_left_the_log_of_its_case_is_renamed_too():
    site = Site(2)
    site.says(a_person())
    site.at(START_MS + 8 * DAY_MS)
    reopened = event("tickets", "t1", "4", "ticket.status", 8 * 86_400, status="open")
    site.says([reopened])  # reading the case seals what is older than seven days
    assert naming(site)
    site.forget()
    assert not naming(site)


def test_who_comes_later_counts_as_a_new_one():
    site = Site(3)
    site.says(a_person())
    site.at(START_MS + HOUR_MS)
    site.forget()
    now_ms = START_MS + 2 * HOUR_MS
    again = [
        event("customers", WHO, "1", "customer.joined", 3_700),
        event("calls", "c9", "1", "call.queued", 3_800, queue="billing", customer_id=WHO),
        event("calls", "c9", "2", "call.answered", 3_810, agent_id="ann"),
        event("calls", "c9", "3", "call.ended", 3_900),
    ]
    before = site.rows(now_ms)
    site.says(again)
    site.at(now_ms)
    after = site.rows(now_ms)
    month = ("30d", "[]")
    assert after["customers", "joined", *month]["value"] == before["customers", "joined", *month]["value"] + 1
    repeats = "repeat_contact_rate", "rate", *month
    assert after[repeats]["samples"] == before[repeats]["samples"] + 1
    assert after[repeats]["value"] * after[repeats]["samples"] == before[repeats]["value"] * before[repeats]["samples"]


def test_forgetting_twice_or_somebody_unknown_changes_nothing():
    site = Site(2)
    site.says(a_person())
    site.forget()
    before = site.rows(START_MS + HOUR_MS)
    state = [dict(shard.state) for shard in site.shards]
    site.forget()
    site.forget("nobody")
    assert site.rows(START_MS + HOUR_MS) == before
    assert [{k: v for k, v in shard.state.items() if k != b"s"} for shard in site.shards] == [
        {k: v for k, v in rows.items() if k != b"s"} for rows in state
    ]


@pytest.mark.parametrize("crash", [False, True])
@pytest.mark.parametrize("done", [(1,), (2,), (3,), (2, 1), (1, 3, 2)])
def test_killed_in_the_middle_and_begun_anew_all_contacts_stay_those_of_one_person(done, crash):
    forgetful, other = Site(3), Site(3)
    for site in (forgetful, other):
        site.says(a_person())
        site.at(START_MS + HOUR_MS)
    for number, steps in enumerate(done):
        forgetful.forget(steps=steps, number=number)
        if crash:
            for shard in forgetful.shards:
                shard.crash()
    for site in (forgetful, other):
        site.says([event("tickets", "t1", "4", "ticket.message", 4_000, by="customer")])
    forgetful.forget(number=len(done))
    now_ms = START_MS + 9 * DAY_MS
    for site in (forgetful, other):
        site.at(now_ms)
    assert forgetful.rows(now_ms) == other.rows(now_ms)
    assert not naming(forgetful)


def test_an_id_that_is_also_the_name_of_a_queue_leaves_the_queue_alone():
    site = Site(2)
    site.says(a_person("billing"))
    site.at(START_MS + HOUR_MS)
    before = site.rows(START_MS + HOUR_MS)
    site.forget("billing")
    site.at(START_MS + HOUR_MS)
    assert site.rows(START_MS + HOUR_MS) == before


@given(st.integers(1, 4), st.randoms(use_true_random=False), st.data())
def test_cases_may_go_on_at_any_moment_of_it(count: int, rng: random.Random, data: st.DataObject) -> None:
    """Whatever is told between the steps and after them, as long as it names nobody: the figures are those without forgetting."""
    told = [
        *a_person(),
        event("calls", "c1", "4", "call.wrapped", 120),
        event("tickets", "t1", "4", "ticket.message", 650, by="customer"),
        event("tickets", "t1", "5", "ticket.message", 680, by="agent", agent_id="bob"),
        event("tickets", "t1", "6", "ticket.status", 690, status="resolved"),
        event("calls", "c2", "3", "call.rejoined", 295),
        event("calls", "c2", "4", "call.answered", 299, agent_id="bob"),
    ]
    names = [line for line in told if WHO.encode() in line[1]]
    rest = [line for line in told if WHO.encode() not in line[1]]
    rng.shuffle(names)
    rng.shuffle(rest)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rest)), min_size=5, max_size=5)))
    parts = [rest[a:b] for a, b in itertools.pairwise((0, *cuts, len(rest)))]
    forgetful, other = Site(count), Site(count)
    for site in (forgetful, other):
        site.says(names + parts[0])
    forgetful.forget(between=parts[1:5], order=rng)
    forgetful.says(parts[5])
    for part in parts[1:]:
        other.says(part)
    now_ms = START_MS + 10 * DAY_MS
    for site in (forgetful, other):
        site.at(now_ms)
    assert forgetful.rows(now_ms, "30d", "now") == other.rows(now_ms, "30d", "now")
    assert not naming(forgetful)

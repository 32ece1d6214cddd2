"""What is known of an agent so far: what was told, what is in force, and the signs of life on which that depends."""

from __future__ import annotations

from typing import Final

import msgspec

from schemas import fields as f
from schemas.values import HOUR_MS, NEVER_MS, NO_QUEUE, SITE, Cell
from streams.core.cases.fold import Fact
from streams.core.cases.heartbeats import SILENCE_MS, begun

NONE: Final = -1
"""No instant."""

UNHEARD_MS: Final = 16 * HOUR_MS
"""So long after the last event somebody is taken to be there who never sent a heartbeat."""

# States by their place in f.AGENT_STATES.
AVAILABLE, BUSY, WRAP_UP, BREAK, TRAINING, OFFLINE = range(len(f.AGENT_STATES))
STAFFED: Final = (AVAILABLE, BUSY, WRAP_UP)
OCCUPIED: Final = (BUSY, WRAP_UP)
SPELLS: Final = ((f.STAFFED, f.QUEUE_STAFFED, STAFFED), (f.OCCUPIED, f.QUEUE_OCCUPIED, OCCUPIED))
"""(spell of a person, of each of their queues, in which states)."""


class Desk(msgspec.Struct, array_like=True, gc=False):
    """All that the next event needs to know. Instants in epoch ms.

    state  told last; shown: in force, which is `offline` for the silent
    runs   of heartbeats; told apart from the events, for they are not in the log: see `streams/core/cases/heartbeats.py`
    """

    state: int = OFFLINE
    queues: list[str] = []
    until_ms: int = NEVER_MS  # the state ends then by itself
    told_ms: int = NONE  # the last agent.state
    shown: int = OFFLINE
    since_ms: int = NONE  # begin of what is shown; NONE: nothing is known yet
    silent: bool = False
    sign_ms: int = NONE  # the last sign of life
    first_beat_ms: int = NONE  # ever
    runs: list[int] = []
    lived_runs: int = 0  # of them, those that were looked at


def remember(desk: Desk, runs: list[int], first_beat_ms: int) -> None:
    """Let a desk, as events told it up to its last state, know all heartbeats."""
    desk.runs = runs.copy()
    desk.first_beat_ms = first_beat_ms
    if desk.told_ms >= 0:
        desk.lived_runs = begun(runs, desk.told_ms)
        desk.sign_ms = max(desk.told_ms, runs[2 * desk.lived_runs - 1] if desk.lived_runs else NONE)


def silence_ms(desk: Desk) -> int:
    """When silence turns into absence; NEVER_MS for who is not there anyway."""
    if desk.shown == OFFLINE:
        return NEVER_MS
    heard = NONE < desk.first_beat_ms <= desk.sign_ms
    return desk.sign_ms + (SILENCE_MS if heard else UNHEARD_MS)


def live(desk: Desk, event_ms: int, now_ms: int, facts: list[Fact]) -> int:
    """Let happen what lies before the next event at `event_ms`; NEVER_MS: there is none, and time has gone on to `now_ms`.

    What lies before a sign of life has happened, whatever the clock says. Signs come first: who is heard just as the silence is long
    enough was there. Returns the latest instant that passed, 0 if none did.
    """
    passed_ms = 0
    while True:
        run_ms = desk.runs[2 * desk.lived_runs] if 2 * desk.lived_runs < len(desk.runs) else NEVER_MS
        sign_ms = min(run_ms, event_ms)
        lapse_ms = silence_ms(desk)
        due_ms = min(desk.until_ms, lapse_ms)
        if due_ms < sign_ms and (sign_ms < NEVER_MS or due_ms < desk.sign_ms or due_ms <= now_ms):
            if desk.until_ms <= lapse_ms:
                desk.state = AVAILABLE if desk.state == WRAP_UP else OFFLINE
                desk.until_ms = NEVER_MS
            else:
                desk.silent = True
                facts.append((f.AGENTS_TIMED_OUT, due_ms, SITE, 0, 1))
            show(desk, due_ms, desk.queues, facts)
            passed_ms = due_ms
        elif run_ms < event_ms:  # a word comes before a heartbeat of that instant
            heard(desk, run_ms, desk.runs[2 * desk.lived_runs + 1], facts)
            desk.lived_runs += 1
        else:
            return passed_ms


def heard(desk: Desk, first_ms: int, last_ms: int, facts: list[Fact]) -> None:
    """There were signs of life from `first_ms` to `last_ms`: what was told last is in force again."""
    desk.sign_ms = max(desk.sign_ms, last_ms)
    desk.silent = False
    show(desk, first_ms, desk.queues, facts)


def show(desk: Desk, at_ms: int, queues: list[str], facts: list[Fact]) -> None:
    """Bring what is in force up to date: spells that end or begin at `at_ms`."""
    old, new = desk.shown, OFFLINE if desk.silent else desk.state
    if old == new and queues == desk.queues and desk.since_ms >= 0:
        return
    for spell, of_queue, states in SPELLS:
        was, is_now = old in states, new in states
        if was != is_now:
            _turn(spell, SITE, at_ms, 1 if is_now else -1, facts)
        left, taken = (set(at or [NO_QUEUE]) if there else set() for there, at in ((was, desk.queues), (is_now, queues)))
        for queue in sorted(left - taken):
            _turn(of_queue, Cell(queue, "", ""), at_ms, -1, facts)
        for queue in sorted(taken - left):
            _turn(of_queue, Cell(queue, "", ""), at_ms, 1, facts)
    if old != new or desk.since_ms < 0:
        desk.since_ms = at_ms
    desk.shown, desk.queues = new, queues


def _turn(spell: int, cell: Cell, at_ms: int, weight: int, facts: list[Fact]) -> None:
    facts.append((spell, at_ms, cell, 0, weight))
    facts.append((spell + 1, at_ms, cell, 0, weight * at_ms))

"""SLA clocks of one case: what was promised to it, since when that time runs, and when it will be at risk and due (metrics.md, section 4).

A clock is there where the policy promises something to somebody on it, whether or not this case is promised anything now: labels change.
An instant passes when the clock of the shard is after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from schemas import fields as f
from schemas.values import NEVER_MS, Cell, EpochMs
from streams.core.cases.fold import Fact, Standing
from streams.core.cases.kept import Kept
from streams.core.clocks.policy import Policy
from streams.core.clocks.sla import Promise
from streams.core.tellings import Telling

NONE: Final = -1
"""No instant."""
HELD: Final = -3
"""There will be one when the time of the clock runs again."""
VOICE: Final = "s"
"""First letter of what is told of clocks."""

SlaClockRow = tuple[int, str, int, int, int, int, int, int, int, Cell | None]


class SlaClock(Kept):
    """One clock. Instants in epoch ms, NONE where there is none.

    instance     id of the event that started it
    since_ms     it has run since then; NONE: it stands
    used_ms      how much of its time was used up before that
    risk_ms      when it is at risk; NONE: it is, or nothing is promised
    due_ms       NONE: nothing is promised; while it stands, as it was before, HELD if never
    risked_ms    when it was at risk for the first time
    breached_ms  when it was due, and not kept
    cell         labels at the latest of these two; None: nobody is told of it
    """

    __slots__ = ("breached_ms", "cell", "clock", "due_ms", "instance", "risk_ms", "risked_ms", "since_ms", "start_ms", "used_ms")

    def __init__(self, clock: int, instance: str, start_ms: int) -> None:
        self.clock = clock
        self.instance = instance
        self.start_ms = start_ms
        self.since_ms = start_ms
        self.used_ms = 0
        self.risk_ms = NONE
        self.due_ms = NONE
        self.risked_ms = NONE
        self.breached_ms = NONE
        self.cell: Cell | None = None

    def row(self) -> SlaClockRow:
        """Most instants by their distance from the start, which is a small number; -1 is as it is."""
        start_ms = self.start_ms
        return (
            self.clock,
            self.instance,
            start_ms,
            _after(start_ms, self.since_ms),
            self.used_ms,
            _after(start_ms, self.risk_ms),
            _after(start_ms, self.due_ms),
            _after(start_ms, self.risked_ms),
            _after(start_ms, self.breached_ms),
            self.cell,
        )

    @staticmethod
    def of(row: SlaClockRow) -> SlaClock:
        clock, instance, start_ms, since, used_ms, risk, due, risked, breached, cell = row
        made = SlaClock(clock, instance, start_ms)
        made.since_ms = _at(start_ms, since)
        made.used_ms = used_ms
        made.risk_ms = _at(start_ms, risk)
        made.due_ms = _at(start_ms, due)
        made.risked_ms = _at(start_ms, risked)
        made.breached_ms = _at(start_ms, breached)
        made.cell = cell
        return made

    @property
    def told(self) -> bool:
        """Whether there is something to be told of it, also when it is over."""
        return self.cell is not None

    @property
    def next_ms(self) -> int:
        """The instant that passes next, NEVER_MS if none does."""
        if self.breached_ms >= 0 or self.since_ms < 0 or self.due_ms < 0:
            return NEVER_MS
        return self.risk_ms if self.risk_ms >= 0 else self.due_ms

    # --- how its time runs ----------------------------------------------------------------------------------------------

    def plan(self, promise: Promise | None) -> None:
        """Say anew when it is at risk and due, as it runs now under `promise`. What is breached stays so."""
        if self.breached_ms >= 0:
            return
        if promise is None:
            self.risk_ms = self.due_ms = NONE
            return
        if self.since_ms < 0:
            self.due_ms = HELD if self.due_ms == NONE else self.due_ms
            return
        self.risk_ms = self._when(promise, promise.risk_ms)
        self.due_ms = self._when(promise, promise.target_ms)

    def _when(self, promise: Promise, amount_ms: int) -> EpochMs:
        """When `amount_ms` of its time are used up."""
        rest_ms = amount_ms - self.used_ms
        if rest_ms >= 0:
            return promise.after(self.since_ms, rest_ms)
        # They were before this was promised: then counted from the start on, and what it stood until now is left out.
        stood_ms = max(0, promise.between(self.start_ms, self.since_ms) - self.used_ms)
        return EpochMs(min(self.since_ms, promise.after(self.start_ms, amount_ms + stood_ms)))

    def change(self, before: Promise | None, after: Promise | None, at_ms: int, *, runs: bool) -> None:
        """From `at_ms` on it runs or stands under another promise: what `before` used up until now stays used up.

        Time under no promise is left to the promise that comes.
        """
        if self.since_ms >= 0 and before is not None:
            self.used_ms += before.between(self.since_ms, at_ms)
            self.since_ms = at_ms
        if not runs:
            self.since_ms = NONE
        elif self.since_ms < 0:
            self.since_ms = at_ms
        self.plan(after)

    # --- what passes ----------------------------------------------------------------------------------------------------

    def forgive(self, at_ms: int) -> None:
        """What lies before `at_ms` was before the case was known: it is so, and nobody is told."""
        if 0 <= self.risk_ms < at_ms:
            self.risk_ms = NONE
        if 0 <= self.due_ms < at_ms and self.since_ms >= 0 > self.breached_ms:
            self.breached_ms = self.due_ms

    def pass_until(self, now_ms: int, cell: Cell) -> EpochMs:
        """Let its instants before `now_ms` pass. Returns the latest that did, 0 if none; `breached_ms` may be new."""
        passed_ms = 0
        if self.breached_ms >= 0 or self.since_ms < 0:
            return EpochMs(0)
        if 0 <= self.risk_ms < now_ms:
            passed_ms = self.risk_ms
            self.risk_ms = NONE
            if self.risked_ms < 0:
                self.risked_ms = passed_ms
                self.cell = cell
        if 0 <= self.due_ms < now_ms:
            passed_ms = self.breached_ms = self.due_ms
            self.cell = cell
        return EpochMs(passed_ms)

    def standings(self, cell: Cell) -> tuple[Standing, ...]:
        """What is true of a clock that is not over."""
        if self.breached_ms >= 0:
            return ((f.SLA_CLOCKS_BREACHED[self.clock], cell, self.breached_ms),)
        if self.since_ms < 0 or self.due_ms < 0:
            return ()
        due = (f.SLA_CLOCKS_DUE[self.clock], cell, self.due_ms)
        return (due,) if self.risk_ms >= 0 else (due, (f.SLA_CLOCKS_AT_RISK[self.clock], cell, max(self.start_ms, self.risked_ms)))


class SlaTold(NamedTuple):
    """What is told of a clock that was at risk or breached."""

    clock: int
    instance: str
    risked_ms: int
    breached_ms: int
    due_ms: int
    cell: Cell
    target_ms: int


SlaClocksRow = tuple[SlaClockRow | None, SlaClockRow | None, list[SlaClockRow], bool]


class SlaClocks(Kept):
    """All clocks of a case.

    wait           of the wait that runs: for an answer, or in a queue
    case           of the resolution, from the opening on; stands while the case is resolved
    over           those that ended after they were at risk or breached
    first_in_time  the first resolve came before the target of the resolution was due
    """

    __slots__ = ("case", "first_in_time", "over", "wait")

    def __init__(self) -> None:
        self.wait: SlaClock | None = None
        self.case: SlaClock | None = None
        self.over: list[SlaClock] = []
        self.first_in_time = False

    def row(self) -> SlaClocksRow:
        return (
            None if self.wait is None else self.wait.row(),
            None if self.case is None else self.case.row(),
            [clock.row() for clock in self.over],
            self.first_in_time,
        )

    @staticmethod
    def of(row: SlaClocksRow) -> SlaClocks:
        clocks = SlaClocks()
        wait, case, over, clocks.first_in_time = row
        clocks.wait = None if wait is None else SlaClock.of(wait)
        clocks.case = None if case is None else SlaClock.of(case)
        clocks.over = [SlaClock.of(clock) for clock in over]
        return clocks

    def copy(self) -> SlaClocks:
        """The same, to be changed apart from this one."""
        return SlaClocks.of(self.row())

    def running(self) -> Iterator[SlaClock]:
        """Those that are not over."""
        if self.wait is not None:
            yield self.wait
        if self.case is not None:
            yield self.case

    @property
    def next_ms(self) -> int:
        """The instant that passes next, NEVER_MS if none does."""
        return min((clock.next_ms for clock in self.running()), default=NEVER_MS)

    def end_wait(self) -> None:
        """The wait is over, whatever ended it."""
        if self.wait is not None and self.wait.told:
            self.over.append(self.wait)
        self.wait = None

    def tellings(self, policy: Policy) -> tuple[Telling, ...]:
        """What there is to be told, also of those that are over."""
        return tuple(_telling(clock, policy) for clock in (*self.over, *self.running()) if clock.told)

    def let_go(self, base: SlaClocks) -> list[str]:
        """See `TellingFold.let_go`."""
        names = [name_of(clock) for clock in base.over]
        gone = set(names)
        self.over = [clock for clock in self.over if name_of(clock) not in gone]
        base.over = []
        return names


def name_of(clock: SlaClock) -> str:
    """Of what is told of a clock."""
    return f"{VOICE}{clock.clock}{clock.instance}"


def _telling(clock: SlaClock, policy: Policy) -> Telling:
    assert clock.cell is not None
    promise = policy.promise(clock.clock, clock.cell)
    assert promise is not None, f"{clock} was at risk of nothing"
    told = SlaTold(clock.clock, clock.instance, clock.risked_ms, clock.breached_ms, clock.due_ms, clock.cell, promise.target_ms)
    return name_of(clock), told


def pass_clock(clock: SlaClock, now_ms: int, cell: Cell, facts: list[Fact]) -> EpochMs:
    """Let the instants of a clock before `now_ms` pass; a breach is a fact of its due instant."""
    passed_ms = clock.pass_until(now_ms, cell)
    if passed_ms and clock.breached_ms == passed_ms:
        facts.append((f.SLA_BREACHED[clock.clock], passed_ms, cell, 0, 1))
    return passed_ms


def _after(start_ms: int, at_ms: int) -> int:
    assert at_ms < 0 or at_ms >= start_ms, f"{at_ms} lies before the start at {start_ms}"
    return at_ms if at_ms < 0 else at_ms - start_ms


def _at(start_ms: int, distance: int) -> int:
    return distance if distance < 0 else start_ms + distance

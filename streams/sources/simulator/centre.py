"""What an invented contact centre is like: its queues, desks, people, hours and habits. Values only; the default one is in invented.py."""

from __future__ import annotations

import math
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from schemas.values import CHANNELS, MINUTE_MS

EVERY_DAY: Final = (0, 1, 2, 3, 4, 5, 6)  # Monday is 0
WORKDAYS: Final = (0, 1, 2, 3, 4)


class Spread(msgspec.Struct, frozen=True):
    """A lognormal length of time: half of them are shorter than `median_s`; `sigma` 0.3 is narrow, 1.0 has a long tail."""

    median_s: float
    sigma: float


class Patience(msgspec.Struct, frozen=True):
    """How long a customer waits: a share balks within seconds, the others have a Weibull patience (shape 1 = exponential)."""

    scale_s: float
    shape: float = 1.2
    balk: float = 0.03


class Hours(msgspec.Struct, frozen=True):
    """Open from `opens` to `closes` (hours of the local day, 0..24) on these weekdays."""

    opens: float = 0
    closes: float = 24
    days: tuple[int, ...] = EVERY_DAY


class Queue(msgspec.Struct, frozen=True):
    """A live queue. Shares are 0..1; arrivals follow the centre's day and week."""

    name: str
    channel: str
    per_hour: float  # arrivals in the busiest hour of the busiest day
    hours: Hours
    talk: Spread
    patience: Patience
    wrap: Spread | None  # None: no wrap-up, and no event for it
    waiting_max: int = 60  # more than so many waiting: blocked as queue_full
    high: float = 0.05
    urgent: float = 0.01
    hold: float = 0.15
    transfer: float = 0.06
    logged: float = 0.3  # a ticket is logged for the call,
    logs_to: str | None = None  # at this desk
    overflow_to: str | None = None
    overflow_after_s: float = 240
    timeout_s: float = 1200
    offer_after_s: float = 90  # a waiting caller is then offered a callback, or a voicemail
    takes_offer: float = 0.12


class Desk(msgspec.Struct, frozen=True):
    """A queue of tickets."""

    name: str
    channels: tuple[tuple[str, float], ...]  # channel, weight
    per_hour: float
    touch: Spread  # work of an agent on one reply
    topics: tuple[str, ...]
    by_system: float = 0.0
    by_agent: float = 0.03
    bot: float = 0.0  # a bot takes it first
    auto_reply: bool = True
    escalates_to: str | None = None


class Team(msgspec.Struct, frozen=True):
    """People with the same skills and the same shift. `skills` are names of queues and desks; the first ones are served first."""

    name: str
    size: int
    skills: tuple[str, ...]
    begins: float  # hour of the local day
    hours: float  # length of the shift; it may pass midnight
    days: tuple[int, ...] = WORKDAYS
    beats: bool = False  # their desks send heartbeats


class Incident(msgspec.Struct, frozen=True):
    """A bad quarter of an hour: arrivals burst, agents leave, and fewer trunk lines are there."""

    after_ms: int  # counted from the start of the simulation
    length_ms: int = 15 * MINUTE_MS
    arrivals: float = 3.0  # times the usual
    agents_away: float = 0.4  # share of those on duty
    lines: float = 0.4  # share of the trunk lines that still work


class Habits(msgspec.Struct, frozen=True):
    """Shares of what customers, agents and systems do; all 0..1."""

    offer_missed: float = 0.03
    prequeue_abandoned: float = 0.02
    rejoined: float = 0.02  # of the abandoned
    redialled: float = 0.45  # of the abandoned and the blocked
    about_a_ticket: float = 0.08  # calls that name an open case
    direct: float = 0.03  # calls to a person instead of a queue
    outbound_per_agent_hour: float = 0.4
    lost: float = 0.002  # ends (resumed, ended, wrapped) that never arrive
    surveyed: float = 0.25
    reviewed: float = 0.02  # of what is finished, by a colleague
    agents_asked_per_hour: float = 0.02  # each, about their work
    answers_survey: float = 0.3


class Sales(msgspec.Struct, frozen=True):
    """What customers do beside calling and writing, in the busiest hour."""

    deeds_per_hour: float = 160.0
    purchases_per_hour: float = 45.0
    joins_per_hour: float = 4.0
    leaves_per_hour: float = 2.0
    views_per_hour: float = 70.0
    currency: str = "EUR"

    def scaled(self, factor: float) -> Sales:
        """`factor` times as much of everything."""
        return msgspec.structs.replace(
            self,
            deeds_per_hour=self.deeds_per_hour * factor,
            purchases_per_hour=self.purchases_per_hour * factor,
            joins_per_hour=self.joins_per_hour * factor,
            leaves_per_hour=self.leaves_per_hour * factor,
            views_per_hour=self.views_per_hour * factor,
        )


class Centre(msgspec.Struct, frozen=True):
    """All of it. Raises ValueError where it cannot be worked with, naming the field."""

    queues: tuple[Queue, ...]
    desks: tuple[Desk, ...]
    teams: tuple[Team, ...]
    lines: int  # trunk lines, for phone calls in either direction
    day: tuple[float, ...]  # 24 shares of the busiest hour
    week: tuple[float, ...]  # 7 shares of the busiest day, from Monday
    zone: str = "UTC"
    customers: int = 5_000
    carried_in: int = 60  # tickets that are there at the start, told by snapshots
    habits: Habits = Habits()
    shop: Sales = Sales()
    incidents: tuple[Incident, ...] = ()

    def __post_init__(self) -> None:
        queues = [queue.name for queue in self.queues]
        desks = [desk.name for desk in self.desks]
        names = queues + desks
        _expect(len(set(names)) == len(names), "queues, desks", "each name once")
        _expect(len(self.day) == 24 and all(0 <= share <= 1 for share in self.day), "day", "24 shares of 0..1")
        _expect(len(self.week) == 7 and all(0 <= share <= 1 for share in self.week), "week", "7 shares of 0..1")
        _expect(self.lines > 0 and self.customers > 0, "lines, customers", "more than 0")
        for queue in self.queues:
            _expect(queue.channel in CHANNELS, f"queue {queue.name}", f"a channel of {', '.join(CHANNELS)}")
            _expect(queue.overflow_to in (None, *queues), f"queue {queue.name}", "overflow_to a queue of this centre")
            _expect(queue.logs_to in (None, *desks), f"queue {queue.name}", "logs_to a desk of this centre")
        for desk in self.desks:
            _expect(desk.escalates_to in (None, *desks), f"desk {desk.name}", "escalates_to a desk of this centre")
        for team in self.teams:
            unknown = [skill for skill in team.skills if skill not in names]
            _expect(not unknown, f"team {team.name}", f"skills that are queues or desks, not {unknown}")
        ZoneInfo(self.zone)

    def scaled(self, factor: float) -> Centre:
        """The same centre `factor` times as big: arrivals, people, lines, customers. Small teams keep at least one person."""
        _expect(factor > 0, "factor", "more than 0")

        def people(size: int) -> int:
            return max(1, math.ceil(size * factor))

        return msgspec.structs.replace(
            self,
            queues=tuple(
                msgspec.structs.replace(queue, per_hour=queue.per_hour * factor, waiting_max=max(10, round(queue.waiting_max * factor)))
                for queue in self.queues
            ),
            desks=tuple(msgspec.structs.replace(desk, per_hour=desk.per_hour * factor) for desk in self.desks),
            teams=tuple(msgspec.structs.replace(team, size=people(team.size)) for team in self.teams),
            lines=people(self.lines),
            customers=people(self.customers),
            carried_in=round(self.carried_in * factor),
            shop=self.shop.scaled(factor),
        )

    def contacts_per_hour(self) -> float:
        """Calls and tickets that arrive in the busiest hour of the busiest day."""
        return sum(queue.per_hour for queue in self.queues) + sum(desk.per_hour for desk in self.desks)


def _expect(right: bool, what: str, expected: str) -> None:
    if not right:
        raise ValueError(f"{what}: expected {expected}")

"""One row of the catalogue, and the sums that several rows are formed from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal

import msgspec

from schemas import fields as f
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Topic
from streams.core.kpis.formulas import Count, Mean, Percentile
from streams.core.kpis.view import Formula

Unit = Literal["count", "ratio", "seconds", "days", "number", "score", "money"]
"""`number`: of no unit, and not whole: so many for each. `score`: on the scale of its survey. `money`: in the currency of the site."""
When = Literal["window", "now", "today", "days", "months", "finished"]

WINDOWS: Final = (
    *("5m", "15m", "30m", "1h", "interval", "last_interval", "today", "yesterday", "7d", "30d", "last_week"),
    *("month", "last_month", "quarter", "year"),
)
WINDOWS_OF: Final[Mapping[When, tuple[str, ...]]] = {
    "window": WINDOWS,
    "now": ("now",),
    "today": ("today",),
    "days": ("today", "yesterday", "7d", "30d", "last_week", "month", "last_month", "quarter", "year"),
    "months": ("month", "last_month", "quarter", "year"),
    "finished": ("last_week", "last_month"),
}
"""In which windows a row has a number, by its `when`."""


class Kpi(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the catalogue: one number per cut and window.

    labels   beyond those of the cut, the same on each of its rows
    topics   which topics it needs: without an event of one of them it has no rows
    when     in which windows: all, `now` for standings, `today` alone, `days` for what says nothing of minutes, `months` for what belongs
             to a month as a whole, `finished` for what may not be seen while it grows
    cuts     in which cuts; none given: in those of its topics
    by_channel_only  the one cut is that by channel
    per_agent  it is told of single agents as well, where the site allows that
    sparse   a row that is 0 is left out: reasons that did not occur
    """

    name: str
    stat: str
    unit: Unit
    formula: Formula
    help: str
    topics: tuple[Topic, ...]
    labels: Mapping[str, str] = {}
    when: When = "window"
    cuts: tuple[tuple[str, ...], ...] = ()
    by_channel_only: bool = False
    per_agent: bool = False
    sparse: bool = False
    aka: str = ""


SITE_CUTS: Final[tuple[tuple[str, ...], ...]] = ((),)
PEOPLE_CUTS: Final[tuple[tuple[str, ...], ...]] = ((), ("queue",))
"""Of numbers of people, who have queues, but no channel."""

CALLS: Final[tuple[Topic, ...]] = ("calls",)
TICKETS: Final[tuple[Topic, ...]] = ("tickets",)
BOTH: Final[tuple[Topic, ...]] = ("calls", "tickets")
AGENTS: Final[tuple[Topic, ...]] = ("agents",)

LEFT_ALL: Final = tuple(f.LEFT.values())
BLOCKED_ALL: Final = tuple(f.BLOCKED.values())
BLOCKED_NOT_CLOSED: Final = tuple(field for reason, field in f.BLOCKED.items() if reason != "closed")
UNRESOLVED_ALL: Final = tuple(f.UNRESOLVED.values())

ANSWERED: Final = Count((f.ANSWER_WAIT,))
ABANDONED: Final = Count((f.ABANDON_WAIT,))
ENDED: Final = Count(
    (f.ANSWER_WAIT, f.ABANDON_WAIT, f.CALLS_SHORT_ABANDONED, *LEFT_ALL, f.CALLS_CALLBACK, f.BLOCKED_IN_QUEUE, f.CALLS_UNOBSERVED)
)
REQUESTS: Final = Count((f.CALLS_RECEIVED, f.TICKETS_REQUESTED))
DECIDED: Final = Count((f.SERVICE_IN, f.SERVICE_OUT))
SERVICE_IN: Final = Count((f.SERVICE_IN,))

AGE_BANDS_CALLS: Final = (
    ("0-20s", -1, 20 * SECOND_MS),
    ("20-60s", 20 * SECOND_MS, MINUTE_MS),
    ("1-2m", MINUTE_MS, 2 * MINUTE_MS),
    ("2-5m", 2 * MINUTE_MS, 5 * MINUTE_MS),
    ("5m+", 5 * MINUTE_MS, None),
)
AGE_BANDS_CASES: Final = (
    ("0-1h", -1, HOUR_MS),
    ("1-4h", HOUR_MS, 4 * HOUR_MS),
    ("4-24h", 4 * HOUR_MS, DAY_MS),
    ("1-3d", DAY_MS, 3 * DAY_MS),
    ("3-7d", 3 * DAY_MS, 7 * DAY_MS),
    ("7d+", 7 * DAY_MS, None),
)


def counted(name: str, topics: tuple[Topic, ...], count: Count, help_: str, **labels: str) -> Kpi:
    return Kpi(name=name, stat="count", unit="count", formula=count, help=help_, topics=topics, labels=labels, sparse=bool(labels))


def lengths(name: str, topics: tuple[Topic, ...], durations: tuple[int, ...], what: str, **labels: str) -> Iterator[Kpi]:
    count = Count(durations)
    total_ms = Count(tuple(duration + 1 for duration in durations))
    yield Kpi(name=name, stat="mean", unit="seconds", formula=Mean(total_ms, count), topics=topics, labels=labels, help=f"Mean of {what}.")
    for per_cent in (50, 90, 95):
        yield Kpi(
            name=name,
            stat=f"p{per_cent}",
            unit="seconds",
            formula=Percentile(durations, per_cent),
            topics=topics,
            labels=labels,
            help=f"{per_cent} % of {what} are at most this long (nearest rank, within 1 %).",
        )

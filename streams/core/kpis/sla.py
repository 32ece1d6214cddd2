"""KPIs of what is promised (metrics.md, sections 4 and 5): clocks that run now, and what became of those that ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas import fields as f
from schemas.values import HOUR_MS, MINUTE_MS, Topic
from streams.core.clocks.sla import CLOCKS, QUEUE_WAIT
from streams.core.kpis.formulas import Count
from streams.core.kpis.kpi import BOTH, CALLS, TICKETS, Kpi, counted
from streams.core.kpis.standing import DueWithin, Standing

DUE_BANDS: Final = (
    ("0-5m", -1, 5 * MINUTE_MS),
    ("5-15m", 5 * MINUTE_MS, 15 * MINUTE_MS),
    ("15-60m", 15 * MINUTE_MS, HOUR_MS),
)
"""Name, due in more than so much, and in at most so much. They are disjoint."""
STATES: Final = {"breached": f.SLA_CLOCKS_BREACHED, "at_risk": f.SLA_CLOCKS_AT_RISK}
HELPS: Final = {
    "breached": "Promises that are broken and still open: past due, and not answered, resolved or left.",
    "at_risk": "Promises that run now and have used up most of their time (80 %, or as their rule says).",
}
HELP_DUE: Final = "Promises that run now, by how soon they are due. The bands are disjoint."


def topics_of_clock(clock: int) -> tuple[Topic, ...]:
    return CALLS if clock == QUEUE_WAIT else TICKETS


def sla_kpis() -> Iterator[Kpi]:
    """All of them, in the order of output.md."""
    for state, standings in STATES.items():
        of_all = Standing(standings)
        yield Kpi(
            name="sla_clocks",
            stat="count",
            unit="count",
            formula=of_all,
            topics=BOTH,
            when="now",
            labels={"state": state},
            help=HELPS[state],
        )
        for clock, name in enumerate(CLOCKS):
            yield Kpi(
                name="sla_clocks",
                stat="count",
                unit="count",
                formula=Standing((standings[clock],)),
                topics=topics_of_clock(clock),
                when="now",
                labels={"clock": name, "state": state},
                sparse=True,
                help=HELPS[state],
            )
    for band, above_ms, up_to_ms in DUE_BANDS:
        yield Kpi(
            name="sla_clocks_due",
            stat="count",
            unit="count",
            formula=DueWithin(tuple(f.SLA_CLOCKS_DUE), above_ms, up_to_ms),
            topics=BOTH,
            when="now",
            labels={"band": band},
            help=HELP_DUE,
        )
        for clock, name in enumerate(CLOCKS):
            yield Kpi(
                name="sla_clocks_due",
                stat="count",
                unit="count",
                formula=DueWithin((f.SLA_CLOCKS_DUE[clock],), above_ms, up_to_ms),
                topics=topics_of_clock(clock),
                when="now",
                labels={"clock": name, "band": band},
                sparse=True,
                help=HELP_DUE,
            )
    for name, fields, help_ in (
        ("sla_met", f.SLA_MET, "Promises kept: answered or resolved before they were due."),
        ("sla_breached", f.SLA_BREACHED, "Promises broken, at the instant at which they were due."),
    ):
        yield counted(name, BOTH, Count(fields), help_)
        for clock, clock_name in enumerate(CLOCKS):
            yield counted(name, topics_of_clock(clock), Count((fields[clock],)), help_, clock=clock_name)

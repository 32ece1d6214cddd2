"""KPIs of people at work (metrics.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from schemas import fields as f
from streams.core.kpis.expected_wait import ExpectedWait
from streams.core.kpis.kpi import AGENTS, BOTH, CALLS, ENDED, PEOPLE_CUTS, Kpi
from streams.core.kpis.staffing import ConversationsAtOnce, Occupancy, People, RequestsPerAgent

OF_SINGLE_AGENTS: Final = frozenset(
    {("calls_handled", "count"), ("handle_time", "mean"), ("tickets_assigned", "count"), ("response_time", "mean")}
)
"""(KPI, stat): what the folds count once more in the cell of a person. What answers to surveys tell of them says so itself."""


def told_of_agents(kpis: Iterable[Kpi]) -> Iterator[Kpi]:
    """The same, some of them also with rows by agent."""
    for kpi in kpis:
        of_people = kpi.labels in ({}, {"responder": "human", "clock": "calendar"})
        yield msgspec.structs.replace(kpi, per_agent=True) if (kpi.name, kpi.stat) in OF_SINGLE_AGENTS and of_people else kpi


def agent_kpis() -> Iterator[Kpi]:
    """All of them, in the order of output.md."""
    for state in f.AGENT_STATES:
        yield Kpi(
            name="agents",
            stat="count",
            unit="count",
            formula=People(state),
            topics=AGENTS,
            cuts=PEOPLE_CUTS,
            labels={"state": state},
            when="now",
            help="People by what they do now. Who serves two queues counts in both, and once for the site.",
        )
    yield Kpi(
        name="occupancy",
        stat="ratio",
        unit="ratio",
        formula=Occupancy(),
        topics=AGENTS,
        cuts=PEOPLE_CUTS,
        help="Time busy or in wrap-up / time busy, in wrap-up or available, by the clock: several conversations at once count once.",
    )
    yield Kpi(
        name="conversations_per_agent",
        stat="mean",
        unit="number",
        formula=ConversationsAtOnce(),
        topics=AGENTS,
        cuts=PEOPLE_CUTS,
        when="now",
        help="Conversations now, those on hold included / people available, busy or in wrap-up.",
    )
    yield Kpi(
        name="requests_per_agent",
        stat="mean",
        unit="number",
        formula=RequestsPerAgent(),
        topics=BOTH,
        help="Cases given to a person and conversations finished / people with any. Hidden where these are few.",
    )


def expected_waits() -> Iterator[Kpi]:
    """Of calls, as far as agents are there to answer them."""
    for stat, sure, help_ in (
        ("p50", False, "How long the last who waits now will still wait, at the pace of departures of the last 15 minutes."),
        ("p90", True, "Within this time the last who waits now is out of the queue, 9 of 10 times, at the pace of the last 15 minutes."),
    ):
        yield Kpi(
            name="expected_wait",
            stat=stat,
            unit="seconds",
            formula=ExpectedWait(ENDED, sure),
            topics=CALLS,
            cuts=PEOPLE_CUTS,
            when="now",
            help=help_,
        )

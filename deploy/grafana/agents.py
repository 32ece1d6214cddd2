"""Agents: who is there, how busy, and how long their work takes. Numbers of groups: nobody is named."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.grafana.card import SETTLED, Card, Page, Query, Shelf, bars, heatmap, series, stat, table
from deploy.grafana.figure import (
    SITE,
    UNITS,
    in_window,
    lately,
    part_in_window,
    percentile,
    ready_now,
    row,
    spread,
    standing,
    standings,
    target,
)
from deploy.grafana.promql import by_labels, quotient, selector
from deploy.grafana.trust import trust
from schemas import fields as f
from streams.core.kpis.staffing import STAFFED

QUEUE = ("queue",)
NOBODY = "nobody is known"
OUT = {"direction": "outbound"}
STATS = ("mean", "p50", "p90", "p95", "per_call")


def page() -> Page:
    return Page(
        name="agents",
        title="Agents",
        answers="For supervisors and planners: who is there, how busy, and where the handling time goes. Nobody is named.",
        shelves=(trust(), _people(), _work(), _handling(), _outbound()),
    )


def _people() -> Shelf:
    return Shelf(
        "Who is there",
        (
            bars(standings("agents", ("state",)), title="People now", text="Each once.", none=NOBODY, width=6),
            series(standings("agents", ("state",)), title="People", none=NOBODY, stacked=True, width=18),
            table(
                *(standing("agents", by=QUEUE, called=state.replace("_", " "), state=state) for state in f.AGENT_STATES),
                standing("waiting", by=QUEUE, called="calls waiting"),
                ready_now("expected_wait", "p90", QUEUE, called="expected wait, 9 of 10"),
                title="People, by queue",
                text="Who serves two queues is in both lines, so lines do not add.",
                none=NOBODY,
            ),
            series(standing("agents", by=QUEUE, state="available"), title="People available, by queue", none=NOBODY),
            series(ready_now("expected_wait", "p50", QUEUE), title="Expected wait, by queue", none="nobody to expect"),
        ),
    )


def conversations_per_agent(by: Sequence[str] = ()) -> Query:
    """Of a queue: its conversations / people who serve it."""
    kpi = row("conversations_per_agent", "mean")
    labels = QUEUE if by else ()
    conversations = " + ".join(by_labels("sum", by, selector(f"{one}_calls", labels)) for one in ("talking", "holding"))
    people = by_labels("sum", by, selector("queue_agents" if by else "agents", labels, {"state": "|".join(STAFFED)}))
    return Query(
        expr=quotient(conversations, people),
        name="{{queue}}" if by else "mean",
        says=f"`{kpi.name}`: {kpi.help}{'' if by else f' {SITE}'}",
        title="Conversations per person",
        tells=((kpi.name, kpi.stat),),
        unit=UNITS[kpi.unit],
    )


def _work() -> Shelf:
    none = NOBODY
    return Shelf(
        "How busy they are",
        (
            stat(in_window("occupancy", "ratio"), none=none, width=5),
            stat(conversations_per_agent(), none=none, width=5),
            stat(in_window("requests_per_agent", "mean"), title="Requests per person", none="too few people to tell", width=5),
            stat(in_window("offers_missed", "count"), title="Missed offers", none="no calls yet", width=5),
            stat(part_in_window("agents_timed_out", called="by silence"), title="Offline by silence", none=none, width=4),
            series(in_window("occupancy", "ratio", QUEUE), target("occupancy"), title="Occupancy, by queue", none=none, maximum=1),
            series(conversations_per_agent(QUEUE), title="Conversations per person, by queue", none=none),
            bars(in_window("requests_per_agent", "mean", QUEUE), title="Requests per person, by queue", none="too few people to tell"),
            series(lately("offers_missed", "count", QUEUE), title="Missed offers in an hour, by queue", min_interval=SETTLED, width=18),
        ),
    )


def _parts(**labels: str) -> tuple[Query, ...]:
    return (
        lately("talk_time", "mean", called="talk", **labels),
        lately("hold_time", "per_handled", called="hold", **labels),
        lately("wrap_time", "mean", called="wrap-up", **labels),
    )


def _handling() -> Shelf:
    return Shelf(
        "Where the time goes, inbound",
        (
            bars(
                *(in_window("handle_time", one, called=one.replace("_", " ")) for one in (*STATS, "per_case")),
                title="Handle time",
                width=8,
                height=9,
            ),
            bars(
                in_window("talk_time", "mean", called="talk"),
                in_window("hold_time", "per_handled", called="hold"),
                in_window("wrap_time", "mean", called="wrap-up"),
                in_window("hold_time", "per_held", called="hold, where there was one"),
                title="Parts of the handle time",
                width=8,
                height=9,
            ),
            bars(in_window("calls_handled", "count", ("direction",)), title="Calls handled", none="no calls yet", width=8, height=9),
            series(*_parts(), title="Talk, hold and wrap-up of the last minutes", min_interval=SETTLED, stacked=True),
            series(in_window("handle_time", "mean", QUEUE), target("handle_time"), title="Handle time, mean, by queue"),
            heatmap(spread("conversation_seconds"), title="Conversations, talk and hold"),
            series(
                percentile("conversation_seconds", 50),
                percentile("conversation_seconds", 90),
                title="Conversations of the last minutes, talk and hold",
                min_interval=SETTLED,
            ),
            _by_queue(),
        ),
    )


def _by_queue() -> Card:
    return table(
        in_window("calls_handled", "count", QUEUE, called="handled"),
        *(in_window("handle_time", one, QUEUE, called=f"handle time, {one.replace('_', ' ')}") for one in STATS),
        in_window("talk_time", "mean", QUEUE, called="talk"),
        in_window("hold_time", "per_handled", QUEUE, called="hold"),
        in_window("wrap_time", "mean", QUEUE, called="wrap-up"),
        title="Handle time, by queue",
        text="Of inbound calls; handled: in both directions.",
    )


def _outbound() -> Shelf:
    return Shelf(
        "Outbound",
        (
            stat(in_window("calls_handled", "count", **OUT), title="Outbound calls handled", none="no calls yet", width=6, height=6),
            bars(
                *(in_window("handle_time", one, called=one.replace("_", " "), **OUT) for one in STATS),
                title="Handle time, outbound",
                width=9,
                height=6,
            ),
            bars(
                in_window("talk_time", "mean", called="talk", **OUT),
                in_window("hold_time", "per_handled", called="hold", **OUT),
                in_window("wrap_time", "mean", called="wrap-up", **OUT),
                in_window("hold_time", "per_held", called="hold, where there was one", **OUT),
                title="Parts of the handle time, outbound",
                width=9,
                height=6,
            ),
        ),
    )

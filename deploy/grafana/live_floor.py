"""Live floor: who waits now, who is there, what has to be done next. For supervisors."""

from __future__ import annotations

from deploy.grafana.card import SETTLED, Page, Query, Shelf, bars, series, stat, states, table
from deploy.grafana.colours import NONE_IS_CALM, NONE_IS_GOOD
from deploy.grafana.figure import in_window, lately, ready_now, standing, standings, target
from deploy.grafana.promql import selector
from deploy.grafana.service_level import against_target, lately_and_promised, waits_of_threshold
from deploy.grafana.trust import trust

QUEUE = ("queue",)
NOBODY = "nobody waits"
UNPROMISED = "nothing is promised"
SLA = ("sla", "What is promised and kept")
QUEUES = ("queues", "What becomes of it")
AGENTS = ("agents", "Who is there")
QUALITY = ("quality", "What customers say")


def page() -> Page:
    return Page(
        name="live-floor",
        title="Live floor",
        answers="For supervisors: who waits, who is there, what is due next, and whether the day is still on target.",
        since="now-3h",
        refresh="10s",
        shelves=(trust(), _now(), _queues(), _due(), _hours()),
    )


def _now() -> Shelf:
    return Shelf(
        "Now",
        (
            stat(standing("waiting"), none="no calls yet"),
            stat(standing("waiting", "oldest"), none=NOBODY),
            stat(ready_now("expected_wait", "p50", called="expected"), ready_now("expected_wait", "p90", called="9 of 10"), none="unknown"),
            stat(in_window("service_level", "event", called="service level"), against_target(), leads=SLA),
            stat(in_window("abandon_rate", "of_decided"), leads=SLA),
            stat(standing("talking", called="talking"), standing("holding", called="on hold"), title="Conversations", none="no calls yet"),
            bars(standings("agents", ("state",)), title="People", none="nobody is known", width=8, height=7, leads=AGENTS),
            bars(standings("waiting_by_age", ("age_band",)), title="Waiting, by how long", none="no calls yet", width=8, height=7),
            bars(
                in_window("calls_offered", "count", called="offered"),
                in_window("calls_answered", "count", called="answered"),
                in_window("calls_abandoned", "count", called="abandoned"),
                in_window("calls_blocked", "count", called="blocked"),
                title="Calls",
                none="no calls yet",
                width=8,
                height=7,
                leads=QUEUES,
            ),
        ),
    )


def _queues() -> Shelf:
    return Shelf(
        "Queues now",
        (
            table(
                standing("waiting", by=QUEUE, called="waiting"),
                standing("waiting", "oldest", QUEUE, called="longest wait"),
                waits_of_threshold(),
                ready_now("expected_wait", "p90", QUEUE, called="expected wait, 9 of 10"),
                standing("agents", by=QUEUE, called="people available", state="available"),
                in_window("service_level", "event", QUEUE, called="service level"),
                against_target(QUEUE),
                in_window("service_level", "answers_needed", QUEUE, window="today", called="answers needed"),
                in_window("abandon_rate", "of_decided", QUEUE, called="abandon rate"),
                _open(),
                title="Queues",
                text="Which queue needs help. A click on its name leads to all that it does.",
                height=9,
            ),
            states(
                against_target(QUEUE),
                title="Service level against its target, by queue",
                text="Red: more than five points below what is promised, amber: below, green: kept.",
            ),
            series(standing("waiting", by=QUEUE), title="Waiting, by queue", none="no calls yet", stacked=True),
        ),
    )


def _open() -> Query:
    expr = f"max by (queue) ({selector('queue_open', QUEUE)})"
    return Query(expr=expr, name="open", says="open: 1 while the calendar of the queue says so; always 1 without one.", unit="bool_yes_no")


def _due() -> Shelf:
    return Shelf(
        "Due next",
        (
            stat(
                standing("sla_clocks", state="breached"), title="Promises broken and open", steps=NONE_IS_GOOD, none=UNPROMISED, leads=SLA
            ),
            stat(
                standing("sla_clocks", state="at_risk"),
                steps=NONE_IS_CALM,
                none=UNPROMISED,
                title="Promises at risk",
            ),
            stat(standing("callbacks_owed"), steps=NONE_IS_CALM, none="nobody waits for a call", leads=QUALITY),
            stat(standing("callbacks_owed", "oldest"), none="nobody waits for a call"),
            stat(standing("open_cases"), none="no tickets yet", leads=QUEUES),
            stat(standing("open_cases", "oldest"), none="nobody is owed a reply"),
            bars(
                standings("sla_clocks_due", ("clock", "band")),
                title="Promises by how soon they are due",
                none=UNPROMISED,
                width=12,
            ),
            bars(in_window("calls_blocked", "count", ("reason",)), title="Blocked calls, by reason", none="no calls yet"),
            stat(in_window("blockage", "rate"), in_window("blockage", "distinct_callers", called="callers"), width=6, height=8),
        ),
    )


def _hours() -> Shelf:
    return Shelf(
        "The last hours",
        (
            series(
                lately("calls_offered", "count", called="offered"),
                lately("calls_answered", "count", called="answered"),
                lately("calls_abandoned", "count", called="abandoned"),
                lately("calls_blocked", "count", called="blocked"),
                title="Calls in an hour",
                min_interval=SETTLED,
            ),
            series(*lately_and_promised(), title="Service level of the last minutes", min_interval=SETTLED, maximum=1),
            series(standings("agents", ("state",)), title="People", none="nobody is known", stacked=True),
            series(
                lately("abandon_rate", "of_decided", called="abandon rate"),
                target("abandon_rate"),
                title="Abandon rate of the last minutes",
                min_interval=SETTLED,
            ),
            series(
                standing("talking", called="talking"),
                standing("holding", called="on hold"),
                title="Conversations",
                none="no calls yet",
                stacked=True,
            ),
            series(standing("waiting", "oldest", QUEUE), title="Longest wait, by queue", none=NOBODY),
        ),
    )

"""SLA: whether what is promised is kept, of calls and of cases, and where it is not. For supervisors and analysts."""

from __future__ import annotations

from deploy.grafana.card import SETTLED, Page, Query, Shelf, bars, heatmap, series, stat, states, table
from deploy.grafana.colours import NONE_IS_CALM, NONE_IS_GOOD
from deploy.grafana.figure import in_window, lately, percentile, spread, standing, standings, target
from deploy.grafana.promql import selector
from deploy.grafana.service_level import against_target, lately_and_promised, promised, threshold
from deploy.grafana.trust import trust

QUEUE = ("queue",)
METHODS = ("event", "answered", "offered", "abandons_ignored", "abandons_hurt", "abandons_help", "connect")
UNPROMISED = "nothing is promised"
HUMAN = {"responder": "human", "clock": "calendar"}


def page() -> Page:
    return Page(
        name="sla",
        title="SLA",
        answers="For supervisors and analysts: what is promised, what is kept, by which method, and which queue breaks it.",
        shelves=(trust(), _service_level(), _speed(), _abandons(), _promises(), _cases()),
    )


def _service_level() -> Shelf:
    return Shelf(
        "Service level of calls",
        (
            stat(in_window("service_level", "event", called="service level"), promised(), width=6),
            stat(against_target(), width=6),
            stat(
                in_window("service_level", "lowest", called="lowest"),
                in_window("service_level", "highest", called="highest"),
                title="Whatever becomes of those who wait",
                width=6,
            ),
            stat(in_window("service_level", "answers_needed", window="today"), title="Answers needed today", none="no calls yet", width=6),
            bars(
                *(in_window("service_level", method, called=method.replace("_", " ")) for method in METHODS),
                title="Seven methods of the service level",
                text="The same calls by every method in use, so that a number of another product can be compared.",
                maximum=1,
                width=8,
                height=9,
            ),
            series(
                in_window("service_level", "event", QUEUE),
                promised(),
                title="Service level, by queue",
                text="As the window fills. The promise is that of the chosen queues together.",
                maximum=1,
                width=16,
                height=9,
            ),
            series(*lately_and_promised(), title="Service level of the last minutes", min_interval=SETTLED, maximum=1),
            states(
                against_target(QUEUE),
                title="Service level against its target, by queue",
                text="Red: more than five points below what is promised, amber: below, green: kept.",
            ),
            table(
                in_window("service_level", "event", QUEUE, called="service level"),
                promised(QUEUE),
                against_target(QUEUE),
                in_window("service_level", "lowest", QUEUE, called="lowest"),
                in_window("service_level", "highest", QUEUE, called="highest"),
                in_window("service_level", "answers_needed", QUEUE, window="today", called="answers needed today"),
                threshold(),
                _decided(),
                title="Service level, by queue",
            ),
        ),
    )


def _decided() -> Query:
    family = selector("${window}_service_level_decided", ("queue", "channel"))
    says = "decided: answered, abandoned, or still waiting when the threshold passed. Of few the service level says little."
    return Query(expr=f"sum by (queue) ({family})", name="decided", says=says, unit="short")


def _speed() -> Shelf:
    stats = ("mean", "p50", "p90", "p95", "max")
    return Shelf(
        "How long people wait for an answer",
        (
            bars(*(in_window("speed_of_answer", one, called=one) for one in stats), title="Speed of answer", width=8),
            series(
                in_window("speed_of_answer", "mean", QUEUE),
                target("speed_of_answer"),
                title="Speed of answer, mean, by queue",
                width=16,
            ),
            heatmap(spread("answer_wait_seconds"), title="Waits of those answered"),
            series(
                percentile("answer_wait_seconds", 50),
                percentile("answer_wait_seconds", 90),
                percentile("answer_wait_seconds", 95),
                title="Speed of answer of the last minutes",
                min_interval=SETTLED,
            ),
            table(
                *(in_window("speed_of_answer", one, QUEUE, called=one) for one in stats),
                threshold(),
                title="Speed of answer, by queue",
                text="How long those waited who were answered.",
                height=7,
            ),
        ),
    )


def _abandons() -> Shelf:
    rates = ("of_decided", "of_offered", "of_offered_net")
    return Shelf(
        "Who gives up",
        (
            bars(
                *(in_window("abandon_rate", one, called=one.replace("_", " ")) for one in rates), title="Abandon rate", maximum=1, width=8
            ),
            series(
                lately("abandon_rate", "of_decided", QUEUE),
                target("abandon_rate"),
                title="Abandon rate of the last minutes, by queue",
                min_interval=SETTLED,
                width=16,
            ),
            bars(
                *(in_window("abandon_wait", one, called=one) for one in ("mean", "p50", "p90", "p95", "max")),
                title="Abandon wait",
                width=8,
            ),
            heatmap(spread("abandon_wait_seconds"), title="Waits of those who gave up", width=16),
        ),
    )


def _promises() -> Shelf:
    met, breached = in_window("sla_met", "count", ("clock",)), in_window("sla_breached", "count", ("clock",))
    kept = Query(
        expr=f"{met.expr} / (({met.expr} + {breached.expr}) > 0)",
        name="{{clock}}",
        says="`sla_met` / (`sla_met` + `sla_breached`). In the window chosen above.",
        tells=(*met.tells, *breached.tells),
        unit="percentunit",
    )
    return Shelf(
        "Promises (`[[sla]]`)",
        (
            stat(standing("sla_clocks", state="breached"), title="Broken and open", steps=NONE_IS_GOOD, none=UNPROMISED, width=3),
            stat(standing("sla_clocks", state="at_risk"), title="At risk", steps=NONE_IS_CALM, none=UNPROMISED, width=3),
            stat(in_window("sla_met", "count"), title="Kept", none=UNPROMISED, width=3),
            stat(in_window("sla_breached", "count"), title="Broken", steps=NONE_IS_GOOD, none=UNPROMISED, width=3),
            bars(kept, title="Promises kept", none=UNPROMISED, maximum=1, width=6),
            bars(standings("sla_clocks_due", ("band",)), title="Due in", none=UNPROMISED, width=6),
            series(
                standings("sla_clocks", ("clock",), state="breached"),
                title="Promises broken and open, by clock",
                none=UNPROMISED,
                stacked=True,
            ),
            series(
                lately("sla_breached", "count", ("clock",)),
                title="Promises broken in an hour, by clock",
                none=UNPROMISED,
                min_interval=SETTLED,
            ),
            table(
                _promise(),
                standings("sla_clocks", (*QUEUE, "clock"), state="breached", called="broken and open"),
                standings("sla_clocks", (*QUEUE, "clock"), state="at_risk", called="at risk"),
                in_window("sla_met", "count", (*QUEUE, "clock"), called="kept"),
                in_window("sla_breached", "count", (*QUEUE, "clock"), called="broken"),
                title="Promises, by queue and clock",
                none=UNPROMISED,
            ),
        ),
    )


def _promise() -> Query:
    family = selector("sla_target_seconds", ("queue", "channel"))
    says = "promised: of several priorities the strictest, in the hours of its calendar."
    return Query(expr=f"min by (queue, clock) ({family})", name="promised", says=says, unit="s")


def _cases() -> Shelf:
    none = UNPROMISED
    return Shelf(
        "Answers to cases in time",
        (
            stat(in_window("first_response_time", "within_target", **HUMAN), title="First answers in time", none=none, width=6),
            stat(in_window("next_response_time", "within_target", **HUMAN), title="Later answers in time", none=none, width=6),
            stat(in_window("response_time", "within_target", **HUMAN), title="All answers in time", none=none, width=6),
            stat(
                in_window("resolution_time", "within_target", to="first", clock="calendar", called="first"),
                in_window("resolution_time", "within_target", to="full", clock="calendar", called="full"),
                title="Resolved in time",
                none=none,
                width=6,
            ),
            series(
                standing("first_response_time", "oldest_unanswered", QUEUE),
                title="Longest wait for a first answer, by queue",
                none="nobody waits",
            ),
            series(
                standing("next_response_time", "oldest_unanswered", QUEUE),
                title="Longest wait for a later answer, by queue",
                none="nobody waits",
            ),
        ),
    )

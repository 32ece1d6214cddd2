"""Queues: how much comes, what becomes of it, and what is left lying. For analysts, and for supervisors who came by a click on a queue."""

from __future__ import annotations

from deploy.grafana.card import SETTLED, Card, Page, Query, Shelf, bars, heatmap, series, stat, table
from deploy.grafana.colours import NONE_IS_CALM
from deploy.grafana.figure import in_window, lately, part_in_window, percentile, spread, standing, standings, target
from deploy.grafana.trust import trust

QUEUE = ("queue",)
CASES = "no tickets yet"
HUMAN = {"responder": "human", "clock": "calendar"}
BOT = {"responder": "bot", "clock": "calendar"}
FIRST = {"to": "first", "clock": "calendar"}
FULL = {"to": "full", "clock": "calendar"}


def page() -> Page:
    return Page(
        name="queues",
        title="Queues",
        answers="For analysts: how much comes, when, by which channel, what becomes of it, and what is left lying.",
        shelves=(trust(), _volume(), _outcomes(), _flow(), _cases(), _backlog(), _answers()),
    )


def _volume() -> Shelf:
    return Shelf(
        "How much comes",
        (
            stat(in_window("request_volume", "count"), none="nothing yet", width=6),
            stat(in_window("calls_received", "count"), none="no calls yet", width=6),
            stat(in_window("calls_offered", "count"), none="no calls yet", width=6),
            stat(in_window("tickets_created", "count"), none=CASES, width=6),
            series(
                in_window("request_volume", "count", window="today", called="today"),
                in_window("request_volume", "count", window="today", ago="1d", called="yesterday"),
                in_window("request_volume", "count", window="today", ago="1w", called="a week ago"),
                title="Requests of the day, beside the day before and the same day of last week",
            ),
            series(
                lately("request_volume", "count", ("channel",)),
                title="Requests in an hour, by channel",
                min_interval=SETTLED,
                stacked=True,
            ),
            bars(in_window("contact_volume", "count", ("channel",)), title="Requests, by channel", width=6),
            bars(in_window("contact_share", "share", ("channel",)), title="Share of each channel", maximum=1, width=6),
            series(lately("calls_offered", "count", QUEUE), title="Calls offered in an hour, by queue", min_interval=SETTLED, stacked=True),
        ),
    )


def _outcomes() -> Shelf:
    return Shelf("What becomes of calls", (_ends(), _by_queue(), *_reasons()))


def _ends() -> Card:
    return bars(
        in_window("calls_answered", "count", called="answered"),
        in_window("calls_abandoned", "count", called="abandoned"),
        in_window("calls_short_abandoned", "count", called="short abandoned"),
        in_window("calls_left", "count", called="left"),
        in_window("calls_callback", "count", called="for a callback"),
        in_window("calls_unobserved", "count", called="unobserved"),
        part_in_window("calls_blocked_in_queue", called="blocked in the queue"),
        title="How visits of a queue ended",
        text="Together with those who wait these are all visits offered: nothing is passed over.",
        none="no calls yet",
        width=8,
        height=9,
    )


def _by_queue() -> Card:
    def column(name: str, called: str, stat: str = "count") -> Query:
        return in_window(name, stat, QUEUE, called=called)

    return table(
        column("calls_offered", "offered"),
        column("calls_answered", "answered"),
        column("answer_rate", "answer rate", "rate"),
        column("calls_abandoned", "abandoned"),
        column("abandon_rate", "abandon rate", "of_decided"),
        column("left_rate", "left rate", "rate"),
        column("calls_transferred", "transferred"),
        column("offers_missed", "missed offers"),
        title="Calls, by queue",
        width=16,
        height=9,
    )


def _reasons() -> tuple[Card, ...]:
    return (
        bars(in_window("calls_left", "count", ("reason",)), title="Left the queue, by reason", none="no calls yet"),
        bars(in_window("calls_blocked", "count", ("reason",)), title="Blocked, by reason", none="no calls yet"),
        series(lately("calls_blocked", "count", ("reason",)), title="Blocked in an hour, by reason", min_interval=SETTLED, stacked=True),
        stat(in_window("answer_rate", "rate"), width=4),
        stat(in_window("left_rate", "rate"), width=4),
        stat(in_window("blockage", "rate", called="blocked"), in_window("blockage", "distinct_callers", called="callers"), width=4),
        stat(in_window("calls_prequeue_abandoned", "count"), none="no calls yet", width=4),
        stat(in_window("calls_transferred", "count"), none="no calls yet", width=4),
        stat(in_window("offers_missed", "count"), none="no calls yet", width=4),
    )


def _flow() -> Shelf:
    return Shelf(
        "Cases: how they come and go",
        (
            stat(in_window("tickets_assigned", "count"), none=CASES, width=3),
            stat(in_window("tickets_resolved", "count"), none=CASES, width=3),
            stat(in_window("tickets_resolved_holding", "count"), title="Resolved, holding", none=CASES, width=3),
            stat(in_window("tickets_reopened", "count"), none=CASES, width=3),
            stat(in_window("tickets_merged", "count"), none=CASES, width=3),
            stat(in_window("tickets_deleted", "count"), none=CASES, width=3),
            stat(in_window("reopen_rate", "rate"), width=3),
            stat(part_in_window("tickets_carried_in", called="carried in"), title="Carried in", none=CASES, width=3),
            series(
                lately("tickets_created", "count", called="created"),
                lately("tickets_resolved", "count", called="resolved"),
                lately("tickets_reopened", "count", called="reopened"),
                title="Cases in an hour",
                min_interval=SETTLED,
            ),
            bars(
                *(in_window("resolution_rate", one, called=one.replace("_", " ")) for one in ("of_assigned", "of_created", "throughput")),
                title="Resolution rate",
            ),
            stat(
                in_window("escalations", "count", called="escalations"),
                in_window("escalations", "rate", called="of cases"),
                in_window("reassignments", "count", called="reassignments"),
                in_window("reassignments", "rate", called="of cases"),
                title="Handed on",
                none=CASES,
                width=6,
                height=8,
            ),
        ),
    )


def _backlog() -> Shelf:
    return Shelf(
        "What is left lying",
        (
            stat(standing("open_cases"), none=CASES),
            stat(standing("open_cases", "oldest"), none="nobody is owed a reply"),
            stat(standing("unassigned_cases"), steps=NONE_IS_CALM, none=CASES),
            stat(standing("backlog"), steps=NONE_IS_CALM, none=CASES),
            stat(in_window("backlog", "growth"), none=CASES),
            stat(in_window("backlog", "days")),
            bars(standings("unresolved_cases", ("status",)), title="Unresolved, by status", none=CASES, width=8),
            bars(standings("backlog_by_age", ("age_band",)), title="Unresolved, by age", none=CASES, width=8),
            bars(standings("unresolved_cases", ("priority",)), title="Unresolved, by priority", none=CASES, width=8),
            series(standing("open_cases", by=QUEUE), title="Open cases, by queue", none=CASES, stacked=True),
            series(standing("backlog", by=QUEUE), target("backlog"), title="Backlog, by queue", none=CASES, stacked=True),
            table(
                standing("open_cases", by=QUEUE, called="open"),
                standing("open_cases", "oldest", QUEUE, called="oldest open"),
                standings("unresolved_cases", QUEUE, called="unresolved"),
                standing("unassigned_cases", by=QUEUE, called="unassigned"),
                standing("backlog", by=QUEUE, called="backlog"),
                in_window("backlog", "growth", QUEUE, called="growth"),
                in_window("backlog", "days", QUEUE, called="backlog, at this pace"),
                title="Cases, by queue",
            ),
        ),
    )


def _cases() -> Shelf:
    return Shelf(
        "How long cases take",
        (
            bars(
                *(in_window("resolution_time", one, called=f"first, {one}", **FIRST) for one in ("mean", "p50", "p90", "p95")),
                *(in_window("resolution_time", one, called=f"full, {one}", **FULL) for one in ("mean", "p50", "p90", "p95")),
                title="Resolution time",
                width=8,
            ),
            heatmap(spread("resolution_seconds", **FULL), title="Resolution times", width=16),
            series(
                in_window("resolution_time", "mean", QUEUE, **FULL),
                title="Resolution time to the last resolve, mean, by queue",
            ),
            stat(
                in_window("resolution_time", "count", called="first", **FIRST),
                in_window("resolution_time", "count", called="full", **FULL),
                title="Cases resolved for good so far",
                none=CASES,
                width=6,
                height=8,
            ),
            stat(
                in_window("resolution_time", "mean", called="wall clock", **FULL),
                in_window("resolution_time", "mean", called="business hours", to="full", clock="business"),
                in_window("resolution_time", "mean", called="working time", to="full", clock="working"),
                title="Resolution time, by clock",
                width=6,
                height=8,
            ),
        ),
    )


def _answers() -> Shelf:
    return Shelf(
        "How long customers wait for an answer",
        (
            bars(
                *(
                    in_window(name, one, called=f"{called}, {one}", **HUMAN)
                    for name, called in (("first_response_time", "first"), ("next_response_time", "later"), ("response_time", "all"))
                    for one in ("mean", "p50", "p90", "p95")
                ),
                title="Response time of people",
                width=8,
                height=12,
            ),
            heatmap(spread("first_response_seconds", **HUMAN), title="First response times of people", width=16, height=12),
            series(
                in_window("first_response_time", "mean", QUEUE, **HUMAN),
                target("first_response_time"),
                title="First response time of people, mean, by queue",
            ),
            series(
                percentile("first_response_seconds", 50, **HUMAN),
                percentile("first_response_seconds", 90, **HUMAN),
                title="First response time of people, of the last minutes",
                min_interval=SETTLED,
            ),
            stat(
                in_window("first_response_time", "count", called="first", **HUMAN),
                in_window("next_response_time", "count", called="later", **HUMAN),
                in_window("response_time", "count", called="all", **HUMAN),
                title="Answers by people",
                none=CASES,
                width=6,
                height=6,
            ),
            stat(
                in_window("first_response_time", "mean", called="first", **BOT),
                in_window("next_response_time", "mean", called="later", **BOT),
                title="Response time of bots, mean",
                width=6,
                height=6,
            ),
            stat(
                in_window("first_response_time", "mean", called="first", responder="human", clock="business"),
                in_window("next_response_time", "mean", called="later", responder="human", clock="business"),
                title="Response time of people in business hours, mean",
                width=6,
                height=6,
            ),
            stat(
                standing("first_response_time", "oldest_unanswered", called="first"),
                standing("next_response_time", "oldest_unanswered", called="later"),
                title="Longest wait now",
                none="nobody waits",
                width=6,
                height=6,
            ),
        ),
    )

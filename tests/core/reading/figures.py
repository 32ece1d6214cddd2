"""The rows of one cut, formed of what was read: metrics.md, sections 3 and 5."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple


class Figure(NamedTuple):
    """What a row has to say; `labels` are those beside its cut. None: there is no sample."""

    kpi: str
    stat: str
    value: float | None
    labels: Mapping[str, str] = {}


def divided(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def figures_of_calls(n: Counter[str], oldest_s: float | None) -> Iterator[Figure]:
    """The rows of one cut."""
    a1, answered, short = n["answered_within"], n["answered"], n["short"]
    b1, abandoned = n["abandoned_within"], n["abandoned"]
    offered = answered + abandoned + short + n["left"] + n["callback"] + n["blocked"] + n["unobserved"]
    blocked = n["blocked_queue"] + n["blocked_outside"]
    decided = n["decided_in"] + n["decided_out"]
    for kpi, count in (
        ("calls_received", n["received"]),
        ("calls_offered", n["offered"]),
        ("calls_answered", answered),
        ("calls_abandoned", abandoned),
        ("calls_short_abandoned", short),
        ("calls_prequeue_abandoned", n["prequeue"]),
        ("calls_left", n["left"]),
        ("calls_callback", n["callback"]),
        ("calls_unobserved", n["unobserved"]),
        ("calls_transferred", n["transferred"]),
        ("offers_missed", n["missed"]),
        ("calls_handled", n["handled_in"] + n["handled_out"]),
        ("calls_blocked", blocked + n["closed_queue"] + n["closed_outside"]),
        ("waiting", n["waiting"]),
        ("talking", n["talking"]),
        ("holding", n["holding"]),
    ):
        yield Figure(kpi, "count", count)
    for stat, part, whole in (
        ("event", n["decided_in"], decided),
        ("answered", a1, answered),
        ("offered", a1, offered),
        ("abandons_ignored", a1, answered + n["abandoned_after"]),
        ("abandons_hurt", a1, answered + abandoned),
        ("abandons_help", a1 + b1, answered + abandoned),
        ("connect", a1 + b1 + short + n["callback_within"], offered),
        ("lowest", n["decided_in"], decided + n["undecided"]),
        ("highest", n["decided_in"] + n["undecided"], decided + n["undecided"]),
    ):
        yield Figure("service_level", stat, divided(part, whole))
    yield Figure("blockage", "rate", divided(blocked, offered - n["closed_queue"] + n["blocked_outside"]))
    yield Figure("abandon_rate", "of_decided", divided(abandoned, answered + abandoned))
    yield Figure("abandon_rate", "of_offered", divided(abandoned, offered))
    yield Figure("abandon_rate", "of_offered_net", divided(abandoned, offered - short))
    yield Figure("answer_rate", "rate", divided(answered, offered))
    yield Figure("left_rate", "rate", divided(n["left"], offered))
    yield Figure("speed_of_answer", "mean", divided(n["answered_ms"] / 1000, answered))
    yield Figure("abandon_wait", "mean", divided(n["abandoned_ms"] / 1000, abandoned))
    yield Figure("waiting", "oldest", oldest_s)
    for way, labels in (("in", {}), ("out", {"direction": "outbound"})):
        handled = n[f"handled_{way}"]
        yield Figure("handle_time", "mean", divided(n[f"handle_ms_{way}"] / 1000, handled), labels)
        yield Figure("talk_time", "mean", divided(n[f"talk_ms_{way}"] / 1000, handled), labels)
        yield Figure("wrap_time", "mean", divided(n[f"wrap_ms_{way}"] / 1000, handled), labels)
        yield Figure("hold_time", "per_handled", divided(n[f"hold_ms_{way}"] / 1000, handled), labels)
        yield Figure("hold_time", "per_held", divided(n[f"hold_ms_{way}"] / 1000, n[f"held_{way}"]), labels)


def figures_of_tickets(n: Counter[str], oldest_s: Callable[..., float | None]) -> Iterator[Figure]:
    """The rows of one cut."""
    for kpi, name in (
        ("request_volume", "requested"),
        ("tickets_created", "created"),
        ("tickets_resolved", "resolved"),
        ("tickets_resolved_holding", "holding"),
        ("tickets_reopened", "reopened"),
        ("tickets_merged", "merged"),
        ("tickets_deleted", "deleted"),
        ("tickets_assigned", "assigned"),
        ("escalations", "escalated"),
        ("reassignments", "reassigned"),
        ("open_cases", "open"),
        ("unresolved_cases", "unresolved"),
        ("unassigned_cases", "unassigned"),
        ("backlog", "backlog"),
    ):
        yield Figure(kpi, "count", n[name])
    for status in ("open", "pending", "on_hold", "bot"):
        yield Figure("unresolved_cases", "count", n[f"unresolved_{status}"], {"status": status})
    yield Figure("open_cases", "oldest", oldest_s("open"))
    yield Figure("backlog", "growth", n["created"] + n["reopened"] - n["resolved"] - n["merged"] - n["deleted"])
    yield Figure("resolution_rate", "of_created", divided(n["cohort_resolved"], n["cohort"]))
    yield Figure("resolution_rate", "of_assigned", divided(n["assigned_cohort_resolved"], n["assigned_cohort"]))
    yield Figure("resolution_rate", "throughput", divided(n["resolved"], n["created"]))
    yield Figure("reopen_rate", "rate", divided(n["reopened"], n["resolved"]))
    yield Figure("escalations", "rate", divided(n["cohort_escalated"], n["cohort"]))
    yield Figure("reassignments", "rate", divided(n["cohort_reassigned"], n["cohort"]))
    for kpi, waits in (("first_response_time", ("first",)), ("next_response_time", ("next",)), ("response_time", ("first", "next"))):
        yield Figure(kpi, "oldest_unanswered", oldest_s(*(f"{wait}_unanswered" for wait in waits)))
        for responder in ("human", "bot"):
            names = [f"{wait}_{responder}" for wait in waits]
            answers = sum(n[name] for name in names)
            for clock in ("calendar", "business"):
                labels = {"responder": responder, "clock": clock}
                yield Figure(kpi, "count", answers, labels)
                yield Figure(kpi, "mean", divided(sum(n[f"{name}_{clock}_ms"] for name in names) / 1000, answers), labels)
            within, past = (sum(n[f"{name}_{verdict}"] for name in names) for verdict in ("in", "out"))
            yield Figure(kpi, "within_target", divided(within, within + past), {"responder": responder, "clock": "calendar"})
    for to in ("first", "full"):
        for clock in ("calendar", "working", "business"):
            labels = {"to": to, "clock": clock}
            yield Figure("resolution_time", "count", n[f"{to}_resolution"], labels)
            yield Figure("resolution_time", "mean", divided(n[f"{to}_resolution_{clock}_ms"] / 1000, n[f"{to}_resolution"]), labels)

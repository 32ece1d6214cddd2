"""Counts of calls, and sums of their times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas import fields as f
from streams.core.kpis.formulas import Count
from streams.core.kpis.kpi import DECIDED
from streams.outputs.parts.part import HELPS, Counts, Part, by, one

SIMPLE_CALLS: Final = {
    "calls_received": f.CALLS_RECEIVED,
    "calls_offered": f.CALLS_OFFERED,
    "calls_answered": f.ANSWER_WAIT,
    "calls_abandoned": f.ABANDON_WAIT,
    "calls_short_abandoned": f.CALLS_SHORT_ABANDONED,
    "calls_prequeue_abandoned": f.CALLS_PREQUEUE_ABANDONED,
    "calls_callback": f.CALLS_CALLBACK,
    "calls_unobserved": f.CALLS_UNOBSERVED,
    "calls_transferred": f.CALLS_TRANSFERRED,
    "offers_missed": f.OFFERS_MISSED,
}


def call_parts() -> Iterator[Part]:
    def part(stem: str, kpi: str, help_: str, counts: Counts, labels: tuple[str, ...] = ()) -> Part:
        return Part(stem=stem, kpi=kpi, scope="calls", help=help_, counts=counts, labels=labels)

    for stem, field in SIMPLE_CALLS.items():
        yield part(stem, stem, HELPS[stem], one(field))
    yield part("calls_left", "calls_left", HELPS["calls_left"], by(f.LEFT), ("reason",))
    yield part("calls_blocked", "calls_blocked", HELPS["calls_blocked"], by(f.BLOCKED), ("reason",))
    blocked = "Visits ended by a block; they are among the blocked calls."
    yield part("calls_blocked_in_queue", "blockage", blocked, one(f.BLOCKED_IN_QUEUE))
    for stem, count, help_ in (
        ("calls_answered_in_target", Count((f.ANSWERED_IN,)), "Visits answered within the threshold."),
        ("calls_abandoned_in_target", Count((f.ABANDONED_IN,)), "Visits abandoned within the threshold, short ones left out."),
        ("calls_callback_in_target", Count((f.CALLBACK_IN,)), "Visits left for a callback within the threshold."),
        ("service_level_in", Count((f.SERVICE_IN,)), "Visits decided in time: answered within the threshold."),
        ("service_level_decided", DECIDED, "Visits decided: answered, abandoned, or still waiting when the threshold passed."),
    ):
        yield part(stem, "service_level", help_, {(): count})
    for stem, kpi, inbound, outbound, help_ in (
        ("calls_handled", "calls_handled", f.HANDLE, f.HANDLE_OUTBOUND, HELPS["calls_handled"]),
        (
            "calls_with_conversation",
            "handle_time",
            f.CALLS_HANDLED_ANY,
            f.CALLS_HANDLED_ANY_OUTBOUND,
            "Calls with a conversation, each once.",
        ),
        ("conversations_held", "hold_time", f.HELD_SEGMENTS, f.HELD_SEGMENTS_OUTBOUND, "Finished conversations with time on hold."),
    ):
        yield part(stem, kpi, help_, by({"inbound": inbound, "outbound": outbound}), ("direction",))
    unobserved = "Conversations whose end nobody saw."
    yield part("unobserved_conversations", "calls_handled", unobserved, one(f.CONVERSATIONS_UNOBSERVED))


def call_sums() -> Iterator[Part]:
    for stem, kpi, inbound, outbound, help_ in (
        ("talk_seconds", "talk_time", f.TALK_MS, f.TALK_MS_OUTBOUND, "Talk without hold of finished conversations."),
        ("hold_seconds", "hold_time", f.HOLD_MS, f.HOLD_MS_OUTBOUND, "Hold of finished conversations."),
        ("wrap_up_seconds", "wrap_time", f.WRAP_MS, f.WRAP_MS_OUTBOUND, "Wrap-up of finished conversations."),
        ("handle_seconds", "handle_time", f.HANDLE + 1, f.HANDLE_OUTBOUND + 1, "Talk, hold and wrap-up of finished conversations."),
    ):
        yield Part(
            stem=stem,
            kpi=kpi,
            scope="calls",
            help=help_,
            counts=by({"inbound": inbound, "outbound": outbound}),
            labels=("direction",),
            in_ms=True,
            counter=kpi != "handle_time",  # wrap-up that comes late would be missing: the corrections do not tell sums of durations
            fact=kpi,
        )
    for stem, kpi, duration, what in (
        ("answer_wait_seconds", "speed_of_answer", f.ANSWER_WAIT, "Waits of answered visits."),
        ("abandon_wait_seconds", "abandon_wait", f.ABANDON_WAIT, "Waits of abandoned visits, short ones left out."),
    ):
        yield Part(stem=stem, kpi=kpi, scope="calls", help=what, counts=one(duration + 1), in_ms=True, counter=False)

"""Everything that adds up, as data: the counts and sums of section 1 of output.md that leave as counters and as parts of a calendar window.

A part is exported under its cell's labels, so sums over queues, channels and instances mean something; ratios and means are left to
whoever asks. `deskpulse_STEM_total` grows as minutes close, `deskpulse_WINDOW_STEM` is what a calendar window holds now.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from schemas import fields as f
from streams.core.kpis.kpi import REQUESTS
from streams.outputs.parts.calls import call_parts, call_sums
from streams.outputs.parts.contacts import contact_parts
from streams.outputs.parts.part import HELPS, Part, one
from streams.outputs.parts.site import site_parts
from streams.outputs.parts.surveys import survey_parts
from streams.outputs.parts.tickets import promise_parts, ticket_parts

PARTS: Final[tuple[Part, ...]] = (
    Part(stem="requests", kpi="request_volume", scope="both", help=HELPS["request_volume"], counts={(): REQUESTS}, fact="request_volume"),
    *call_parts(),
    *call_sums(),
    *ticket_parts(),
    *promise_parts(),
    *contact_parts(),
    *survey_parts(),
    *site_parts(),
    Part(
        stem="agents_timed_out",
        kpi="agents",
        scope="agents",
        help="How often somebody was found to be offline by silence.",
        counts=one(f.AGENTS_TIMED_OUT),
    ),
)


def facts(parts: Iterable[Part], in_ms: bool) -> dict[str, set[int]]:
    """Name in the corrections -> the fields whose later changes it tells."""
    return {part.fact_name: part.fields for part in parts if part.in_ms == in_ms and (part.counter or part.fact)}


FACTS: Final = facts(PARTS, in_ms=False)
FACTS_IN_MS: Final = {fact: fields for fact, fields in facts(PARTS, in_ms=True).items() if not any(x - 1 in f.DURATIONS for x in fields)}
"""Sums of durations are not among the corrections: their histograms and means stand in the panes alone."""

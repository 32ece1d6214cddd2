"""Cuts: by which labels the numbers of a KPI are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from streams.core.kpis.kpi import Kpi

Cut = tuple[str, ...]
"""Names of labels; () is the whole site."""

CALL_CUTS: Final[tuple[Cut, ...]] = ((), ("queue",), ("channel",), ("queue", "channel"))
TICKET_CUTS: Final[tuple[Cut, ...]] = (*CALL_CUTS, ("priority",), ("queue", "priority"))
REPORT_CUTS: Final[tuple[Cut, ...]] = ((), ("queue",), ("channel",))
BY_CHANNEL: Final[Cut] = ("channel",)
AGENT_CUT: Final[Cut] = ("agent",)
APART_CUTS: Final[tuple[Cut, ...]] = (AGENT_CUT, ("article",), ("program",))
"""Of what is counted once more for one of them, under no other label."""


def cuts_of(kpi: Kpi) -> Sequence[Cut]:
    """In which cuts it has rows."""
    if kpi.by_channel_only:
        return (BY_CHANNEL,)
    cuts = kpi.cuts or (TICKET_CUTS if "tickets" in kpi.topics else CALL_CUTS)
    return (*cuts, AGENT_CUT) if kpi.per_agent else cuts

"""What is promised in tales of tickets, and what became of it.

Targets: first response 1 h, next response 30 min, resolution 8 h, of them at risk from 80 %; urgent: first response 15 min, resolution 2 h.
"""

from __future__ import annotations

from typing import Any

from schemas import fields as f
from schemas.events import TicketEvent
from schemas.values import HOUR_MS, MINUTE_MS
from streams.core.cases.sla_clocks import VOICE, SlaTold
from streams.core.cases.tickets import TICKETS
from streams.core.clocks.policy import Policy
from streams.core.clocks.sla import SlaRule
from streams.testing.promises import targets
from tests.core.cases.tale import Truth
from tests.core.cases.ticket_tales import MAIL, Tale, tell

URGENT = SlaRule(priority="urgent", targets_ms=targets(None, 15 * MINUTE_MS, None, 2 * HOUR_MS), pause=("pending",))
USUAL = SlaRule(targets_ms=targets(None, HOUR_MS, 30 * MINUTE_MS, 8 * HOUR_MS), pause=("pending", "on_hold"))
POLICY = Policy(slas=(URGENT, USUAL))
PROMPT = MAIL._replace(priority="urgent")


def told(*events: TicketEvent, now_s: float | None = None, policy: Policy = POLICY) -> Tale:
    return tell(*events, now_s=now_s, policy=policy)


def met(tale: Truth[Any], clock: int) -> list[float]:
    return tale.when(f.SLA_MET[clock])


def breached(tale: Truth[Any], clock: int) -> list[float]:
    return tale.when(f.SLA_BREACHED[clock])


def standing(tale: Truth[Any], clock: int) -> dict[str, list[float]]:
    """due, at risk since, breached since: what of it stands."""
    of = {"due": f.SLA_CLOCKS_DUE, "at_risk": f.SLA_CLOCKS_AT_RISK, "breached": f.SLA_CLOCKS_BREACHED}
    return {word: since for word, standings in of.items() if (since := tale.since(standings[clock]))}


def tellings(tale: Tale, policy: Policy = POLICY) -> list[tuple[int, str, str]]:
    """Clock, instance, and how far it came."""
    return [(c.clock, c.instance, "breached" if c.breached_ms >= 0 else "at risk") for c in contents(tale, policy)]


def contents(tale: Tale, policy: Policy = POLICY) -> list[SlaTold]:
    return [content for name, content in TICKETS.tellings(tale.state, policy) if name[0] == VOICE]

"""Every KPI of this release, as data: the one place where a name, a formula, a unit and a help text are written down.

Code, Prometheus names, docs and tables are generated from it or checked against it. Definitions: metrics.md, sections 3 to 7.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streams.core.kpis.agents import agent_kpis, expected_waits, told_of_agents
from streams.core.kpis.articles import article_kpis
from streams.core.kpis.calls import call_kpis
from streams.core.kpis.contacts import contact_kpis
from streams.core.kpis.customers import customer_kpis
from streams.core.kpis.finance import finance_kpis
from streams.core.kpis.formulas import (
    Share,
)
from streams.core.kpis.kpi import BOTH, REQUESTS, Kpi, counted
from streams.core.kpis.sla import sla_kpis
from streams.core.kpis.surveys import survey_kpis
from streams.core.kpis.tickets import ticket_kpis


def volumes() -> Iterator[Kpi]:
    yield counted(
        "request_volume",
        BOTH,
        REQUESTS,
        "Calls received and tickets created by a customer or a system; a ticket logged for a call is no second request.",
    )
    yield Kpi(
        name="contact_volume",
        stat="count",
        unit="count",
        formula=REQUESTS,
        topics=BOTH,
        by_channel_only=True,
        help="Requests of one channel.",
    )
    yield Kpi(
        name="contact_share",
        stat="share",
        unit="ratio",
        formula=Share(REQUESTS),
        topics=BOTH,
        by_channel_only=True,
        help="Requests of one channel / all requests.",
    )


CATALOGUE: Final[tuple[Kpi, ...]] = tuple(
    told_of_agents((
        *volumes(),
        *call_kpis(),
        *expected_waits(),
        *ticket_kpis(),
        *sla_kpis(),
        *agent_kpis(),
        *contact_kpis(),
        *survey_kpis(),
        *customer_kpis(),
        *finance_kpis(),
        *article_kpis(),
    ))
)  # fmt: skip

NAMES: Final = tuple(dict.fromkeys(kpi.name for kpi in CATALOGUE))

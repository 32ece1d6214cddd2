"""The words of the catalogue: one file per group of KPIs, one `Prose` per name. A test asks for those that are missing.

`PROSE` holds all of them; docs/kpis.md, `deskpulse catalogue` and `deskpulse explain` are made of it and of the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streams.core.kpis.prose.agents import AGENT_PROSE
from streams.core.kpis.prose.business import BUSINESS_PROSE
from streams.core.kpis.prose.calls import CALL_PROSE
from streams.core.kpis.prose.contacts import CONTACT_PROSE
from streams.core.kpis.prose.customers import CUSTOMER_PROSE
from streams.core.kpis.prose.prose import Prose
from streams.core.kpis.prose.service import SERVICE_PROSE
from streams.core.kpis.prose.sla import SLA_PROSE
from streams.core.kpis.prose.surveys import SURVEY_PROSE
from streams.core.kpis.prose.tickets import TICKET_PROSE

PROSE: Final[Mapping[str, Prose]] = {
    **CALL_PROSE,
    **SERVICE_PROSE,
    **TICKET_PROSE,
    **AGENT_PROSE,
    **SLA_PROSE,
    **CONTACT_PROSE,
    **SURVEY_PROSE,
    **CUSTOMER_PROSE,
    **BUSINESS_PROSE,
}

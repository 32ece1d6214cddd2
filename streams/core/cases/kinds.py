"""The kinds of cases, one for each topic."""

from __future__ import annotations

from typing import Final

from streams.core.cases.agent_kind import AgentKind
from streams.core.cases.agents import AGENTS
from streams.core.cases.articles import VIEWS, ViewState
from streams.core.cases.call_state import CallState, CallStateRow
from streams.core.cases.calls import CALLS
from streams.core.cases.case_rows import CaseRows
from streams.core.cases.customers import CUSTOMERS, CustomerState
from streams.core.cases.desk import Desk
from streams.core.cases.finance import ENTRIES, EntryState
from streams.core.cases.kind import CaseKind
from streams.core.cases.surveys import SURVEYS, SurveyState
from streams.core.cases.ticket_state import TicketState, TicketStateRow
from streams.core.cases.tickets import TICKETS

KINDS: Final = {
    "calls": CaseKind(CALLS, "call_id", CallState, CaseRows(CALLS, CallStateRow, CallState.row, CallState.of)),
    "tickets": CaseKind(TICKETS, "ticket_id", TicketState, CaseRows(TICKETS, TicketStateRow, TicketState.row, TicketState.of)),
    "agents": AgentKind(AGENTS, "agent_id", Desk, CaseRows(AGENTS, Desk)),
    "surveys": CaseKind(SURVEYS, "survey_id", SurveyState, CaseRows(SURVEYS, SurveyState)),
    "customers": CaseKind(CUSTOMERS, "customer_id", CustomerState, CaseRows(CUSTOMERS, CustomerState)),
    "articles": CaseKind(VIEWS, "view_id", ViewState, CaseRows(VIEWS, ViewState)),
    "finance": CaseKind(ENTRIES, "entry_id", EntryState, CaseRows(ENTRIES, EntryState)),
}

"""What stands now, as data: additive gauges by cell (output.md, section 3, Standings)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from schemas import fields as f
from streams.core.clocks.sla import CLOCKS
from streams.core.kpis.kpi import AGE_BANDS_CALLS, AGE_BANDS_CASES
from streams.core.kpis.sla import DUE_BANDS, STATES
from streams.outputs.parts.part import Scope

Form = Literal["count", "oldest", "ages", "due", "backlog"]
Band = tuple[str, int, int | None]


class Stood(msgspec.Struct, frozen=True, kw_only=True):
    """One family.

    form       count: how many; oldest: when the oldest began, absent where nothing stands; ages: how many by age band, disjoint;
               due: how many by how soon they are due, disjoint bands; backlog: how many are older than the limit of their queue
    standings  values of `labels` -> which standings
    kpis       which (KPI, stat) it tells
    """

    name: str
    kpis: tuple[tuple[str, str], ...]
    scope: Scope
    form: Form
    help: str
    standings: Mapping[tuple[str, ...], tuple[int, ...]]
    labels: tuple[str, ...] = ()
    bands: tuple[Band, ...] = ()


def _call(name: str, kpi: str, standing: int, help_: str, form: Form = "count", stat: str = "count") -> Stood:
    return Stood(name=name, kpis=((kpi, stat),), scope="calls", form=form, help=help_, standings={(): (standing,)})


def _cases(name: str, kpi: str, standings: tuple[int, ...], help_: str, form: Form = "count", stat: str = "count") -> Stood:
    return Stood(name=name, kpis=((kpi, stat),), scope="tickets", form=form, help=help_, standings={(): standings})


STANDINGS: Final[tuple[Stood, ...]] = (
    _call("waiting_calls", "waiting", f.WAITING, "Calls waiting in a queue."),
    Stood(
        name="waiting_calls_by_age",
        kpis=(("waiting_by_age", "count"),),
        scope="calls",
        form="ages",
        help="Calls waiting in a queue by how long they have waited. The bands are disjoint.",
        standings={(): (f.WAITING,)},
        labels=("age_band",),
        bands=AGE_BANDS_CALLS,
    ),
    Stood(
        name="undecided_calls",
        kpis=(("service_level", "lowest"), ("service_level", "highest")),
        scope="calls",
        form="count",
        help="Calls waiting whose threshold has not passed: not decided for the service level.",
        standings={(): (f.UNDECIDED,)},
    ),
    _call(
        "oldest_waiting_start_timestamp_seconds",
        "waiting",
        f.WAITING,
        "When the call that waits longest began to wait. Absent where nobody waits; combine by min.",
        "oldest",
        "oldest",
    ),
    _call("talking_calls", "talking", f.TALKING, "Conversations under way, not on hold."),
    _call("holding_calls", "holding", f.HOLDING, "Conversations on hold."),
    _cases("open_cases", "open_cases", (f.OPEN,), "Unresolved cases whose customer is owed a reply."),
    _cases(
        "oldest_open_case_start_timestamp_seconds",
        "open_cases",
        (f.OPEN,),
        "Since when the customer of the oldest open case is owed a reply. Absent without one; combine by min.",
        "oldest",
        "oldest",
    ),
    Stood(
        name="unresolved_cases",
        kpis=(("unresolved_cases", "count"), ("backlog", "days")),
        scope="tickets",
        form="count",
        help="Cases not resolved, by status.",
        standings={(status,): (standing,) for status, standing in f.UNRESOLVED.items()},
        labels=("status",),
    ),
    _cases("unassigned_cases", "unassigned_cases", (f.UNASSIGNED,), "Cases not resolved that no person has."),
    _cases("backlog_cases", "backlog", f.BACKLOG_STANDINGS, "Cases unresolved for longer than the limit of their queue.", "backlog"),
    Stood(
        name="backlog_cases_by_age",
        kpis=(("backlog_by_age", "count"),),
        scope="tickets",
        form="ages",
        help="Unresolved cases, without those with a bot, by age since creation. The bands are disjoint.",
        standings={(): f.BACKLOG_STANDINGS},
        labels=("age_band",),
        bands=AGE_BANDS_CASES,
    ),
    Stood(
        name="oldest_first_response_wait_start_timestamp_seconds",
        kpis=(("first_response_time", "oldest_unanswered"), ("response_time", "oldest_unanswered")),
        scope="tickets",
        form="oldest",
        help="Since when the case that waits longest for its first answer has waited. Absent without one; combine by min.",
        standings={(): (f.FIRST_UNANSWERED,)},
    ),
    Stood(
        name="oldest_next_response_wait_start_timestamp_seconds",
        kpis=(("next_response_time", "oldest_unanswered"), ("response_time", "oldest_unanswered")),
        scope="tickets",
        form="oldest",
        help="Since when the case that waits longest for a later answer has waited. Absent without one; combine by min.",
        standings={(): (f.NEXT_UNANSWERED,)},
    ),
    Stood(
        name="sla_clocks",
        kpis=(("sla_clocks", "count"),),
        scope="promises",
        form="count",
        help="Promises broken and still open, and promises at risk.",
        standings={(clock, state): (of[number],) for number, clock in enumerate(CLOCKS) for state, of in STATES.items()},
        labels=("clock", "state"),
    ),
    Stood(
        name="sla_clocks_due",
        kpis=(("sla_clocks_due", "count"),),
        scope="promises",
        form="due",
        help="Promises that run, by how soon they are due. The bands are disjoint; the first one also holds what is past due this moment.",
        standings={(clock,): (f.SLA_CLOCKS_DUE[number],) for number, clock in enumerate(CLOCKS)},
        labels=("clock", "band"),
        bands=DUE_BANDS,
    ),
    Stood(
        name="oldest_sla_breach_due_timestamp_seconds",
        kpis=(("sla_clocks", "count"),),
        scope="promises",
        form="oldest",
        help="When the promise was due that is broken for the longest time and still open. Absent where none is; combine by min.",
        standings={(clock,): (f.SLA_CLOCKS_BREACHED[number],) for number, clock in enumerate(CLOCKS)},
        labels=("clock",),
    ),
    Stood(
        name="callbacks_owed",
        kpis=(("callbacks_owed", "count"),),
        scope="contacts",
        form="count",
        help="Customers who gave up or were blocked and were not reached since, where they tried first.",
        standings={(): (f.OWED,)},
    ),
    Stood(
        name="oldest_callback_owed_start_timestamp_seconds",
        kpis=(("callbacks_owed", "oldest"),),
        scope="contacts",
        form="oldest",
        help="Since when the first of them waits. Absent where nobody does; combine by min.",
        standings={(): (f.OWED,)},
    ),
    Stood(
        name="preferred_channel_customers",
        kpis=(("preferred_channel", "share"),),
        scope="contacts",
        form="count",
        help="Customers by the channel that they used most in 30 days; in no queue.",
        standings={(): (f.PREFERRED,)},
    ),
    Stood(
        name="customers",
        kpis=(("customers", "now"),),
        scope="site",
        form="count",
        help="Who is a customer.",
        standings={(): (f.CUSTOMERS,)},
    ),
    Stood(
        name="agents",
        kpis=(("agents", "count"), ("conversations_per_agent", "mean")),
        scope="agents",
        form="count",
        help="People by what they do, each once.",
        standings={(state,): (standing,) for state, standing in f.AGENTS.items()},
        labels=("state",),
    ),
    Stood(
        name="queue_agents",
        kpis=(("agents", "count"),),
        scope="queue_agents",
        form="count",
        help="People by what they do, in each queue that they serve. Who serves two is in both: not to be added over queues.",
        standings={(state,): (standing,) for state, standing in f.QUEUE_AGENTS.items()},
        labels=("state",),
    ),
)

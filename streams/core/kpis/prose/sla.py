"""Words on promises: what was kept, what was broken, and what is about to be; and on cases that were passed on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas import fields as f
from streams.core.kpis.formulas import Count
from streams.core.kpis.prose.prose import Elsewhere, LeftOut, Prose

UNPROMISED: Final = LeftOut("cases to which nothing is promised", "there is nothing to keep: a default target is no promise")
GONE_COHORT: Final = LeftOut(
    "merged and deleted cases", "the cohorts leave them out", Count((f.TICKETS_MERGED, f.TICKETS_DELETED)), (), ("rate",)
)
BY_BOTS: Final = "A bot's answer ends the clock of a response uncounted: promises are kept by people."

SLA_PROSE: Final[Mapping[str, Prose]] = {
    "sla_clocks": Prose(
        definition="Promises that need somebody now: broken and still open, or running with most of their time used up.",
        edges=(
            "Both change by the clock alone, without an event.",
            "At risk from 80 % of the target on, or from the share that its rule says; a clock that is breached is not at risk any more.",
            "A clock that stands, as its promise pauses in the status of its case, is neither due nor at risk; what is breached stays so.",
            "Of a case first known by a snapshot what was due before stands here, and counts nowhere else.",
        ),
        elsewhere=(
            Elsewhere("Zendesk", "SLA badge", False, "on the ticket, as time to the breach; policies are looked at when a ticket changes"),
        ),
        left_out=(UNPROMISED,),
    ),
    "sla_clocks_due": Prose(
        definition="Promises that run now, by how soon they are due.",
        edges=(
            "The bands are disjoint. The first one also holds what is due this very moment.",
            "Due by the hours of the calendar: what is due on Monday at nine is in no band on Sunday.",
        ),
        elsewhere=(),
        left_out=(UNPROMISED,),
    ),
    "sla_met": Prose(
        definition="Promises kept: waits that were answered, and cases that were resolved, before they were due.",
        edges=(
            "An answer at the due instant is in time. Where the target is used up when the office closes, an answer after that is late.",
            "A reopen takes the promise of a resolution back: its clock stood meanwhile, and goes on where it was.",
            BY_BOTS,
        ),
        elsewhere=(
            Elsewhere(
                "Zendesk", "SLA tickets achieved", False, "by ticket and metric; a ticket whose policy changes may count more than once"
            ),
            Elsewhere("Chatwoot", "SLA hit rate", False, "by conversation, not by clock"),
        ),
        left_out=(
            UNPROMISED,
            LeftOut("waits that a resolve, a merge or a deletion ended in time", "nobody answered"),
        ),
    ),
    "sla_breached": Prose(
        definition="Promises broken, once each, at the instant at which they were due.",
        edges=(
            "Whatever ends the clock later changes nothing. A late event that shows that the answer came in time takes the breach back.",
            "A raised priority plans an open clock anew from its start, with its pauses kept; what is due by that is breached then.",
            "Each breach is also a record on the topic of breaches.",
        ),
        elsewhere=(
            Elsewhere(
                "Zendesk",
                "SLA tickets breached",
                False,
                "by ticket and metric; the breach event is scheduled ahead and deleted if it does not happen",
            ),
        ),
        left_out=(UNPROMISED,),
    ),
    "escalations": Prose(
        definition="How often cases went to another queue or were raised in priority, and how large a share of the cases created that is.",
        edges=(
            "A first queue is no escalation. A change of queue and priority at once is one.",
            "`rate` counts each case once, in the window in which it was created.",
        ),
        elsewhere=(Elsewhere("Zendesk", "Group reassignments", False, "group stations less one, priority apart"),),
        left_out=(GONE_COHORT,),
    ),
    "reassignments": Prose(
        definition="How often cases went from one person to another, and how large a share of the cases created that is.",
        edges=(
            "Another person than before, also where nobody had it in between.",
            "`rate` counts each case once, in the window in which it was created.",
        ),
        elsewhere=(Elsewhere("Zendesk", "Assignee reassignments", True, "assignee stations less one"),),
        left_out=(GONE_COHORT,),
    ),
}

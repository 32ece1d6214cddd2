"""Words on tickets: how they come, wait for an answer, are resolved and pile up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas import fields as f
from streams.core.kpis.formulas import Count
from streams.core.kpis.kpi import UNRESOLVED_ALL
from streams.core.kpis.prose.prose import Elsewhere, LeftOut, Prose

GONE: Final = LeftOut("merged and deleted cases", "they have no resolution", Count((f.TICKETS_MERGED, f.TICKETS_DELETED)))
WITH_BOTS: Final = LeftOut("cases that a bot has", "a machine works on them", standings=(f.UNRESOLVED["bot"],))
NEVER_ANSWERED: Final = "waits that a resolve, a merge or a deletion ended in time"
NOT_YET: Final = "not answered yet: `oldest_unanswered` tells of them"

TICKET_PROSE: Final[Mapping[str, Prose]] = {
    "tickets_created": Prose(
        definition="Cases opened, whoever opened them.",
        edges=(
            "Counted at the earliest event of the case; a `ticket.created` that comes later with an earlier time puts it right.",
            "Cases first known by a snapshot were not seen to be created: they are carried in, and count nowhere here.",
        ),
        elsewhere=(
            Elsewhere("Zendesk", "Tickets created", True, "by the time of creation"),
            Elsewhere(
                "Freshdesk", "Created tickets", False, "spam, merged secondary tickets and those without agent and group are left out"
            ),
        ),
    ),
    "tickets_resolved": Prose(
        definition="Resolves: each change to resolved, so a case that was reopened may count more than once.",
        edges=(
            "`closed` resolves a case that is not resolved. Resolved once more while resolved is nothing.",
            "A merge or a deletion takes the resolves of its case back.",
        ),
        elsewhere=(
            Elsewhere("Intercom", "Closed conversations", True, "each close counts; new closed counts each conversation once"),
            Elsewhere("Chatwoot", "Resolution count", True, "each resolve is an event"),
            Elsewhere("Freshdesk", "Resolved tickets", False, "each ticket once; merged secondary tickets are left out there too"),
        ),
        left_out=(GONE,),
    ),
    "tickets_resolved_holding": Prose(
        definition="Resolves that have held: no reopen has followed yet.",
        edges=("A reopen takes the count back out of the window of the resolve, however long ago that was.",),
        left_out=(GONE,),
    ),
    "tickets_reopened": Prose(
        definition="Reopens: a resolved case that is worked on again, or whose customer wrote again.",
        edges=(
            "A customer's `thanks` is no reopen.",
            "A case that is reopened and still open counts already.",
        ),
        elsewhere=(
            Elsewhere(
                "Zendesk", "Reopens", True, "transitions out of solved; dbt_zendesk counts solves less one, which misses those still open"
            ),
            Elsewhere("Amazon Connect", "Cases reopened", True, "of Connect Cases"),
        ),
    ),
    "tickets_merged": Prose(
        definition="Cases merged into another: they leave every standing, and have no resolution.",
        edges=("The oldest unanswered message counts in the target only if the producer repeats it there.",),
        elsewhere=(Elsewhere("Freshdesk", "Merged secondary tickets", False, "are taken out of the created ones as well"),),
    ),
    "tickets_deleted": Prose(
        definition="Cases deleted or found to be spam: they leave every standing, and their resolves and reopens are taken back.",
        edges=("Other facts stay: the request was made, and a first response was one.",),
    ),
    "tickets_assigned": Prose(
        definition="Cases that first had a person or a queue.",
        edges=(
            "Once per case; later changes of person are `reassignments`, of queue `escalations`.",
            "Of a single agent: the cases given to them, one of them again where somebody else had it in between.",
        ),
    ),
    "open_cases": Prose(
        definition="Cases whose customer is owed a reply now, and how long the oldest of them has been.",
        edges=(
            "Owed since the oldest unanswered public message of the customer, its creation or a handoff; not since the newest.",
            "A bot's answer ends the wait; a handoff to people begins it again.",
            "An automatic message ends nothing. A private note ends nothing.",
            "A pending case whose customer has written is owed a reply: the status does not decide.",
        ),
        elsewhere=(
            Elsewhere("Chatwoot", "Unattended", True, "no reply yet, or the customer wrote again"),
            Elsewhere("Zendesk", "Open tickets", False, "by status, whoever is to write next"),
        ),
        left_out=(WITH_BOTS,),
    ),
    "unresolved_cases": Prose(
        definition="Cases that are not resolved, by status.",
        edges=("`pending` waits for the customer, `on_hold` for a third party, `bot` is with a machine.",),
        elsewhere=(Elsewhere("Zendesk", "Unsolved tickets", True, "new, open, pending and on hold"),),
    ),
    "unassigned_cases": Prose(
        definition="Cases not resolved that no person has.",
        edges=("A queue is no person: a case in a queue may be unassigned.",),
        elsewhere=(Elsewhere("Chatwoot", "Unassigned", False, "of the open ones alone"),),
    ),
    "backlog": Prose(
        definition="Work that has piled up: cases unresolved for longer than a limit, how it grows, and how long it would take.",
        edges=(
            "Older than the limit since creation, strictly, by the clock; it grows without an event.",
            "The limit is 24 h, what the site says, or what the queue says of itself; cases of several queues go by that of each.",
            "As a limit, average is the mean full resolution time of the last 30 days: of the site, or of a queue that says so of itself.",
            "In a report over all of time, average is that of all of time.",
            "`growth` is the change of unresolved cases in the window, merges and deletions included.",
            "`days` is unresolved cases by resolves per day; without a resolve no sample.",
        ),
        elsewhere=(
            Elsewhere("Zendesk", "Backlog", False, "all unsolved tickets, as of one instant of the night"),
            Elsewhere("Freshservice", "Backlog", False, "all that is neither resolved nor closed, whatever its age"),
        ),
        left_out=(LeftOut(WITH_BOTS.what, WITH_BOTS.why, standings=WITH_BOTS.standings, stats=("count",)),),
    ),
    "backlog_by_age": Prose(
        definition="Unresolved cases by age since creation.",
        edges=("The bands are disjoint; cases with a bot are left out.", "Ages grow by the clock alone."),
        left_out=(WITH_BOTS,),
    ),
    "first_response_time": Prose(
        definition="How long customers wait for the first answer, from creation, a handoff by a bot, or a reopen after a bot's resolve.",
        edges=(
            "By a human and by a bot in series of their own; an `auto` message is no answer.",
            "A case made by an agent has none.",
            "The wait counts where it ends. A wait past its target counts as missed at that instant, whatever ends it later.",
            "A wait that a resolve, merge or deletion ends in time, without an answer, counts nowhere.",
        ),
        elsewhere=(
            Elsewhere("Zendesk", "First reply time, calendar", True, "but a case made by an agent has one there, from its second comment"),
            Elsewhere("Freshdesk", "First response time", False, "public notes are answers there"),
            Elsewhere("Intercom", "Time to first response", False, "the median, of conversations by the day on which they began"),
            Elsewhere("Chatwoot", "First response time", True, "from the last bot activity, also there"),
        ),
        left_out=(
            LeftOut(NEVER_ANSWERED, "nobody answered, and nobody was late"),
            LeftOut("waits that run", NOT_YET, standings=(f.FIRST_UNANSWERED,)),
        ),
    ),
    "next_response_time": Prose(
        definition="How long customers wait for each later answer.",
        edges=("From the oldest unanswered message: three messages and one reply are one wait.",),
        elsewhere=(
            Elsewhere("Zendesk", "Next reply time", True, "from the oldest unanswered comment; a solve without a reply ends it there"),
            Elsewhere("Chatwoot", "Reply time", True, "by waiting_since"),
        ),
        left_out=(
            LeftOut(NEVER_ANSWERED, "nobody answered, and nobody was late"),
            LeftOut("waits that run", NOT_YET, standings=(f.NEXT_UNANSWERED,)),
        ),
    ),
    "response_time": Prose(
        definition="How long customers wait for an answer, first and later ones together.",
        edges=("Its percentiles are those of all waits, not a mean of the two others.",),
        elsewhere=(Elsewhere("Intercom", "Response time", False, "the median"),),
        left_out=(
            LeftOut(NEVER_ANSWERED, "nobody answered, and nobody was late"),
            LeftOut("waits that run", NOT_YET, standings=(f.FIRST_UNANSWERED, f.NEXT_UNANSWERED)),
        ),
    ),
    "resolution_rate": Prose(
        definition="How much of what comes in is resolved.",
        edges=(
            "`of_assigned` and `of_created` are cohorts: what was first assigned, or created, in the window, and is resolved by now.",
            "A cohort goes on changing after its window has ended.",
            "`throughput` is resolves / created, both in the window; it passes 1 where a backlog is worked off.",
            "Merged and deleted cases are left out of the cohorts.",
        ),
        left_out=(LeftOut(GONE.what, GONE.why, GONE.count, stats=("of_assigned", "of_created")),),
    ),
    "reopen_rate": Prose(
        definition="How many resolves did not hold: reopens by resolves, both in the window.",
        edges=("The reopen counts when it happens, its resolve may lie in an earlier window: so it may pass 1.",),
    ),
    "resolution_time": Prose(
        definition="How long a case takes from creation to its first resolve, and to its last.",
        edges=(
            "`to=full` is taken back at a reopen, and counts again at the next resolve, with the time between.",
            "`clock=working` leaves out the time in `pending` and `on_hold`.",
            "`clock=business` counts the hours of the queue; of a case that moved, those of each queue while it was there.",
            "`within_target` goes by what is promised, with its calendar and its pauses.",
            "Merged and deleted cases have none.",
        ),
        elsewhere=(
            Elsewhere("Zendesk", "First resolution time, full resolution time", True, "calendar; creation to first, and to last solve"),
            Elsewhere("Chatwoot", "Resolution time", False, "every resolve counts from creation, so a reopened case adds its life again"),
        ),
        left_out=(
            GONE,
            LeftOut("cases not resolved", "their time is not known yet", standings=UNRESOLVED_ALL),
        ),
    ),
}

"""Everything that adds up, as data: the counts and sums of section 1 of output.md that leave as counters and as parts of a calendar window.

A part is exported under its cell's labels, so sums over queues, channels and instances mean something; ratios and means are left to
whoever asks. `deskpulse_STEM_total` grows as minutes close, `deskpulse_WINDOW_STEM` is what a calendar window holds now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

import msgspec

from schemas import fields as f
from schemas.values import Topic
from streams.core.clocks.sla import CLOCKS, RESOLUTION
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.formulas import Count
from streams.core.kpis.kpi import DECIDED, REQUESTS

Scope = Literal["calls", "tickets", "both", "promises", "contacts", "surveys", "site", "agents", "queue_agents"]
Counts = Mapping[tuple[str, ...], Count]
CELL_LABELS: Final[Mapping[Scope, tuple[str, ...]]] = {
    "calls": ("queue", "channel"),
    "both": ("queue", "channel"),
    "tickets": ("queue", "channel", "priority"),
    "promises": ("queue", "channel", "priority"),
    "contacts": ("queue", "channel"),
    "surveys": ("queue", "channel"),
    "site": (),
    "agents": (),
    "queue_agents": ("queue",),
}
SCOPE_TOPICS: Final[Mapping[Scope, frozenset[Topic]]] = {
    "calls": frozenset({"calls"}),
    "tickets": frozenset({"tickets"}),
    "both": frozenset({"calls", "tickets"}),
    "promises": frozenset({"calls", "tickets"}),
    "contacts": frozenset({"contacts"}),
    "surveys": frozenset({"surveys"}),
    "site": frozenset({"customers", "articles"}),
    "agents": frozenset({"agents"}),
    "queue_agents": frozenset({"agents"}),
}
"""A cell is in a scope where one of its topics was seen in it."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One family of counts or sums that add.

    stem     its name without prefix, window and `_total`
    kpi      the KPI that it is, or is needed for
    counts   values of `labels` -> what is added; together they are the whole
    in_ms    a sum of ms or of thousandths; goes out in seconds or whole scores
    counter  whether it is a counter as well; what a histogram or a later fact of a cohort tells is none
    fact     its name in `deskpulse_corrections_total`; the KPI id where it is a KPI
    """

    stem: str
    kpi: str
    scope: Scope
    help: str
    counts: Counts
    labels: tuple[str, ...] = ()
    in_ms: bool = False
    counter: bool = True
    fact: str = ""

    @property
    def fact_name(self) -> str:
        return self.fact or self.stem

    @property
    def fields(self) -> set[int]:
        """All fields it adds."""
        return {field for count in self.counts.values() for field in count.plus}


HELPS: Final = {kpi.name: kpi.help for kpi in reversed(CATALOGUE) if kpi.stat == "count" and not kpi.labels}
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
SIMPLE_TICKETS: Final = {
    "tickets_created": f.TICKETS_CREATED,
    "tickets_assigned": f.TICKETS_ASSIGNED,
    "tickets_resolved": f.TICKETS_RESOLVED,
    "tickets_resolved_holding": f.TICKETS_RESOLVED_HOLDING,
    "tickets_reopened": f.TICKETS_REOPENED,
    "tickets_merged": f.TICKETS_MERGED,
    "tickets_deleted": f.TICKETS_DELETED,
}
COHORTS: Final = {
    "created": (f.COHORT_CREATED, f.COHORT_CREATED_RESOLVED),
    "assigned": (f.COHORT_ASSIGNED, f.COHORT_ASSIGNED_RESOLVED),
}
RESPONSES: Final = {
    "first_response": (
        ("human", f.FIRST_RESPONSE_HUMAN, f.FIRST_RESPONSE_HUMAN_BUSINESS, f.FIRST_RESPONSE_HUMAN_IN, f.FIRST_RESPONSE_HUMAN_OUT),
        ("bot", f.FIRST_RESPONSE_BOT, f.FIRST_RESPONSE_BOT_BUSINESS, f.FIRST_RESPONSE_BOT_IN, f.FIRST_RESPONSE_BOT_OUT),
    ),
    "next_response": (
        ("human", f.NEXT_RESPONSE_HUMAN, f.NEXT_RESPONSE_HUMAN_BUSINESS, f.NEXT_RESPONSE_HUMAN_IN, f.NEXT_RESPONSE_HUMAN_OUT),
        ("bot", f.NEXT_RESPONSE_BOT, f.NEXT_RESPONSE_BOT_BUSINESS, f.NEXT_RESPONSE_BOT_IN, f.NEXT_RESPONSE_BOT_OUT),
    ),
}
RESOLUTIONS: Final[Mapping[tuple[str, ...], int]] = {
    ("first", "calendar"): f.RESOLUTION_FIRST,
    ("first", "business"): f.RESOLUTION_FIRST_BUSINESS,
    ("first", "working"): f.RESOLUTION_FIRST_WORKING,
    ("full", "calendar"): f.RESOLUTION_FULL,
    ("full", "business"): f.RESOLUTION_FULL_BUSINESS,
    ("full", "working"): f.RESOLUTION_FULL_WORKING,
}
PROMISED: Final = {
    "first": (f.RESOLUTION_FIRST_IN, f.RESOLUTION_FIRST_OUT),
    "full": (f.SLA_MET[RESOLUTION], f.SLA_BREACHED[RESOLUTION]),
}
"""Resolve -> in time, past due; of those promised."""
HANDOVERS: Final = {
    "escalations": (f.TICKETS_ESCALATED, "tickets_cohort_created_escalated", f.COHORT_CREATED_ESCALATED),
    "reassignments": (f.TICKETS_REASSIGNED, "tickets_cohort_created_reassigned", f.COHORT_CREATED_REASSIGNED),
}


def _one(field: int) -> Counts:
    return {(): Count((field,))}


def _by(values: Mapping[str, int]) -> Counts:
    return {(value,): Count((field,)) for value, field in values.items()}


def _call_parts() -> Iterator[Part]:
    def part(stem: str, kpi: str, help_: str, counts: Counts, labels: tuple[str, ...] = ()) -> Part:
        return Part(stem=stem, kpi=kpi, scope="calls", help=help_, counts=counts, labels=labels)

    for stem, field in SIMPLE_CALLS.items():
        yield part(stem, stem, HELPS[stem], _one(field))
    yield part("calls_left", "calls_left", HELPS["calls_left"], _by(f.LEFT), ("reason",))
    yield part("calls_blocked", "calls_blocked", HELPS["calls_blocked"], _by(f.BLOCKED), ("reason",))
    blocked = "Visits ended by a block; they are among the blocked calls."
    yield part("calls_blocked_in_queue", "blockage", blocked, _one(f.BLOCKED_IN_QUEUE))
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
        yield part(stem, kpi, help_, _by({"inbound": inbound, "outbound": outbound}), ("direction",))
    unobserved = "Conversations whose end nobody saw."
    yield part("conversations_unobserved", "calls_handled", unobserved, _one(f.CONVERSATIONS_UNOBSERVED))


def _call_sums() -> Iterator[Part]:
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
            counts=_by({"inbound": inbound, "outbound": outbound}),
            labels=("direction",),
            in_ms=True,
            counter=kpi != "handle_time",  # wrap-up that comes late would be missing: the corrections do not tell sums of durations
            fact=kpi,
        )
    for stem, kpi, duration, what in (
        ("answer_wait_seconds", "speed_of_answer", f.ANSWER_WAIT, "Waits of answered visits."),
        ("abandon_wait_seconds", "abandon_wait", f.ABANDON_WAIT, "Waits of abandoned visits, short ones left out."),
    ):
        yield Part(stem=stem, kpi=kpi, scope="calls", help=what, counts=_one(duration + 1), in_ms=True, counter=False)


def _ticket_parts() -> Iterator[Part]:
    def part(stem: str, kpi: str, help_: str, counts: Counts, counter: bool = True, labels: tuple[str, ...] = ()) -> Part:
        return Part(stem=stem, kpi=kpi, scope="tickets", help=help_, counts=counts, counter=counter, labels=labels)

    for stem, field in SIMPLE_TICKETS.items():
        yield part(stem, stem, HELPS[stem], _one(field))
    carried_in = "Cases first known by a snapshot, their creation not seen."
    yield part("tickets_carried_in", "tickets_created", carried_in, _one(f.TICKETS_CARRIED_IN))
    growth = next(kpi for kpi in CATALOGUE if (kpi.name, kpi.stat) == ("backlog", "growth"))
    assert isinstance(growth.formula, Count)
    yield part("backlog_growth", "backlog", growth.help, {(): growth.formula}, counter=False)
    for cohort, (all_of_it, resolved) in COHORTS.items():
        said = "Cases created" if cohort == "created" else "Cases first assigned"
        yield part(f"tickets_cohort_{cohort}", "resolution_rate", f"{said}, merged and deleted ones left out.", _one(all_of_it), False)
        yield part(f"tickets_cohort_{cohort}_resolved", "resolution_rate", f"{said} and resolved by now.", _one(resolved), False)
    for stem, responders in RESPONSES.items():
        which = "First waits" if stem == "first_response" else "Later waits"
        met: Counts = {(who,): Count((in_target,)) for who, _, _, in_target, _ in responders}
        decided: Counts = {(who,): Count((in_target, out)) for who, _, _, in_target, out in responders}
        met_help = f"{which} for an answer that ended within their target."
        decided_help = f"{which} for an answer that ended in time or went past their target."
        yield part(f"{stem}_in_target", f"{stem}_time", met_help, met, labels=("responder",))
        yield part(f"{stem}_decided", f"{stem}_time", decided_help, decided, labels=("responder",))
        durations = response_durations(stem)
        yield from _duration(stem, f"{which} for an answer.", ("responder", "clock"), durations, stem != "first_response")
    in_time: Counts = {(to,): Count((in_target,)) for to, (in_target, _) in PROMISED.items()}
    in_time_or_out: Counts = {(to,): Count(both) for to, both in PROMISED.items()}
    yield part("resolution_in_target", "resolution_time", "Promised resolutions in time.", in_time, labels=("to",))
    yield part("resolution_decided", "resolution_time", "Promised resolutions in time or past due.", in_time_or_out, labels=("to",))
    yield from _duration("resolution", "From creation to the resolve.", ("to", "clock"), RESOLUTIONS, False)
    for kpi, (field, cohort_stem, cohort_field) in HANDOVERS.items():
        yield part(kpi, kpi, HELPS[kpi], _one(field))
        yield part(cohort_stem, kpi, f"Cases created that had {kpi} by now, merged and deleted ones left out.", _one(cohort_field), False)


def response_durations(stem: str) -> Mapping[tuple[str, ...], int]:
    """Responder and clock -> duration."""
    durations: dict[tuple[str, ...], int] = {(who, "calendar"): duration for who, duration, _, _, _ in RESPONSES[stem]}
    return durations | {(who, "business"): business for who, _, business, _, _ in RESPONSES[stem]}


def _sla_parts() -> Iterator[Part]:
    for stem, fields in (("sla_met", f.SLA_MET), ("sla_breached", f.SLA_BREACHED)):
        by_clock = _by(dict(zip(CLOCKS, fields, strict=True)))
        yield Part(stem=stem, kpi=stem, scope="promises", help=HELPS[stem], counts=by_clock, labels=("clock",))


def _duration(stem: str, help_: str, labels: tuple[str, ...], durations: Mapping[tuple[str, ...], int], counter: bool) -> Iterator[Part]:
    """How many there were, and how long together."""
    for name, in_ms in ((f"{stem}s", False), (f"{stem}_seconds", True)):
        counts = {values: Count((duration + in_ms,)) for values, duration in durations.items()}
        kpi = f"{stem}_time"
        yield Part(stem=name, kpi=kpi, scope="tickets", help=help_, counts=counts, labels=labels, in_ms=in_ms, counter=counter, fact=kpi)


def _survey_parts() -> Iterator[Part]:
    def part(stem: str, kpi: str, help_: str, counts: Counts, labels: tuple[str, ...] = (), counter: bool = True) -> Part:
        return Part(
            stem=stem, kpi=kpi, scope="surveys", help=help_, counts=counts, labels=labels, counter=counter, fact=kpi if counter else ""
        )

    def scores(kpi: str, field: int, help_: str) -> Part:
        counts = _one(field)
        return Part(stem=f"{kpi}_scores", kpi=kpi, scope="surveys", help=help_, counts=counts, in_ms=True, counter=False)

    by_score = _by({str(score): field for score, field in f.CSAT.items()})
    yield Part(stem="csat_answers", kpi="csat_answers", scope="surveys", help=HELPS["csat_answers"], counts=by_score, labels=("score",))
    yield scores("csat", f.CSAT_SCORES, "Answers to how satisfied a customer is, added up.")
    yield Part(
        stem="csat_sent", kpi="csat", scope="surveys", help="Surveys sent that ask how satisfied a customer is.", counts=_one(f.CSAT_SENT)
    )
    yield part("csat_sent_answered", "csat", "Of the surveys sent those answered by now.", _one(f.CSAT_SENT_ANSWERED), counter=False)
    yield part("nps_answers", "nps", "Answers to whether a customer would recommend us.", _by(f.NPS), ("group",))
    yield part("ces_answers", "ces", "Answers to how easy it was.", _one(f.CES))
    yield scores("ces", f.CES_SCORES, "Answers to how easy it was, added up.")
    yield part("ces_easy_answers", "ces", "Answers of at least 5 of 7 to how easy it was.", _one(f.CES_EASY), counter=False)
    yield part("iqs_reviews", "iqs", "Conversations reviewed.", _one(f.IQS))
    yield scores("iqs", f.IQS_SCORES, "Scores of conversations reviewed, added up, each per cent of the best.")


def _contact_parts() -> Iterator[Part]:
    def part(stem: str, kpi: str, help_: str, counts: Counts, counter: bool = True, in_ms: bool = False) -> Part:
        labels = ("of",) if len(counts) > 1 else ()
        return Part(stem=stem, kpi=kpi, scope="contacts", help=help_, counts=counts, counter=counter, labels=labels, in_ms=in_ms)

    yield part("contacts", "repeat_contact_rate", "Contacts of known customers.", _one(f.CONTACTS))
    repeated = "Contacts of customers who had come before, within limits.repeat_days."
    yield part("contacts_repeated", "repeat_contact_rate", repeated, _one(f.CONTACTS_REPEATED))
    for stem, case, call, which in (
        ("provisional", f.FIRST_CONTACT_CASES, f.FIRST_CONTACT_CALLS, ""),
        ("provisional_met", f.FIRST_CONTACT_CASES_MET, f.FIRST_CONTACT_CALLS_MET, ", at the first contact as it looks now"),
        ("final", f.FIRST_CONTACT_CASES_FINAL, f.FIRST_CONTACT_CALLS_FINAL, ", limits.repeat_days later"),
        ("final_met", f.FIRST_CONTACT_CASES_MET_FINAL, f.FIRST_CONTACT_CALLS_MET_FINAL, " at the first contact, limits.repeat_days later"),
    ):
        what = f"Cases first resolved, and calls handled{which}."
        yield part(f"first_contact_{stem}", "first_contact_resolution", what, _by({"case": case, "call": call}), False)
    yield part("cases_with_contacts", "calls_to_resolution", "Cases resolved and not reopened since.", _one(f.CASES_WITH_CONTACTS), False)
    yield part("case_contacts", "calls_to_resolution", "Contacts until then.", _one(f.CASE_CONTACTS), False)
    yield part("cases_handled", "handle_time", "Cases with handled inbound calls, at the last of them.", _one(f.CASES_HANDLED), False)
    time = "Talk, hold and wrap-up of all inbound calls of a case, at the last of them."
    yield part("case_handle_seconds", "handle_time", time, _one(f.CASES_HANDLE_MS), False, in_ms=True)
    yield part("callbacks_due", "callbacks_owed", "Times that a customer began to wait for a call back.", _one(f.CALLBACKS_DUE))
    yield part("callbacks_reached", "callbacks_owed", "Of them those reached since.", _one(f.CALLBACKS_REACHED), False)


def _site_parts() -> Iterator[Part]:
    def part(stem: str, kpi: str, help_: str, field: int, counter: bool = True) -> Part:
        return Part(stem=stem, kpi=kpi, scope="site", help=help_, counts=_one(field), counter=counter)

    yield part("customers_joined", "customers", "Who became a customer.", f.CUSTOMERS_JOINED)
    yield part("customers_referred", "referral_rate", "Of them those who came by referral.", f.CUSTOMERS_REFERRED)
    yield part("customers_left", "customers", "Who is no customer any more.", f.CUSTOMERS_LEFT)
    yield part("customer_activities", "engagement", "What customers did: visits, logins, contacts and so on.", f.ACTIVITIES)
    yield part("purchases", "lifetime_value", "Purchases of customers.", f.PURCHASES)
    yield part("article_views", "article_contact_rate", "Views of articles.", f.VIEWS)
    yield part(
        "article_views_contacted", "article_contact_rate", "Views of articles whose reader asked for help.", f.VIEWS_CONTACTED, False
    )
    yield part("articles_read", "articles_read", HELPS["articles_read"], f.ARTICLES_READ)
    yield part("article_readings", "article_read_time", "Articles read, at the end of their reading time.", f.ARTICLE_READ, False)
    what, read_ms = "Reading time of the articles read.", _one(f.ARTICLE_READ + 1)
    yield Part(stem="article_read_seconds", kpi="article_read_time", scope="site", help=what, counts=read_ms, in_ms=True, counter=False)


PARTS: Final[tuple[Part, ...]] = (
    Part(stem="requests", kpi="request_volume", scope="both", help=HELPS["request_volume"], counts={(): REQUESTS}, fact="request_volume"),
    *_call_parts(),
    *_call_sums(),
    *_ticket_parts(),
    *_sla_parts(),
    *_contact_parts(),
    *_survey_parts(),
    *_site_parts(),
    Part(
        stem="agents_timed_out",
        kpi="agents",
        scope="agents",
        help="How often somebody was found to be offline by silence.",
        counts=_one(f.AGENTS_TIMED_OUT),
    ),
)


def facts(parts: Iterable[Part], in_ms: bool) -> dict[str, set[int]]:
    """Name in the corrections -> the fields whose later changes it tells."""
    return {part.fact_name: part.fields for part in parts if part.in_ms == in_ms and (part.counter or part.fact)}


FACTS: Final = facts(PARTS, in_ms=False)
FACTS_IN_MS: Final = {fact: fields for fact, fields in facts(PARTS, in_ms=True).items() if not any(x - 1 in f.DURATIONS for x in fields)}
"""Sums of durations are not among the corrections: their histograms and means stand in the panes alone."""

"""What is counted under a number, in words: for explanations. Where nothing stands here, the name in `schemas/fields.py` says it."""

from __future__ import annotations

from typing import Final

from schemas import fields as f
from streams.core.kpis.formula_text import FIELDS, STANDINGS

WORDS: Final = {
    f.CALLS_RECEIVED: "inbound calls",
    f.CALLS_OFFERED: "joins of a queue",
    f.ANSWERED_IN: "answered within the threshold",
    f.ABANDONED_IN: "abandoned within the threshold, not short",
    f.CALLBACK_IN: "left for a callback within the threshold",
    f.CALLS_SHORT_ABANDONED: "short abandons",
    f.CALLS_PREQUEUE_ABANDONED: "given up before any queue",
    f.CALLS_CALLBACK: "left for a callback",
    f.CALLS_UNOBSERVED: "visits whose end nobody saw",
    f.SERVICE_IN: "decided in time",
    f.SERVICE_OUT: "decided late: answered or abandoned late, abandoned in time, or waiting past the threshold",
    f.BLOCKED_IN_QUEUE: "blocked in the queue",
    f.CALLS_HANDLED_ANY: "inbound calls with a finished conversation",
    f.CALLS_HANDLED_ANY_OUTBOUND: "outbound calls with a finished conversation",
    f.HELD_SEGMENTS: "inbound conversations with hold",
    f.HELD_SEGMENTS_OUTBOUND: "outbound conversations with hold",
    f.TALK_MS: "talk of inbound conversations",
    f.TALK_MS_OUTBOUND: "talk of outbound conversations",
    f.HOLD_MS: "hold of inbound conversations",
    f.HOLD_MS_OUTBOUND: "hold of outbound conversations",
    f.WRAP_MS: "wrap-up of inbound conversations",
    f.WRAP_MS_OUTBOUND: "wrap-up of outbound conversations",
    f.ANSWER_WAIT: "answered visits",
    f.ANSWER_WAIT + 1: "their waits together",
    f.ABANDON_WAIT: "abandoned visits, not short",
    f.ABANDON_WAIT + 1: "their waits together",
    f.HANDLE: "finished inbound conversations",
    f.HANDLE + 1: "their talk, hold and wrap-up",
    f.HANDLE_OUTBOUND: "finished outbound conversations",
    f.HANDLE_OUTBOUND + 1: "their talk, hold and wrap-up",
    f.TICKETS_CREATED: "cases created",
    f.TICKETS_REQUESTED: "cases created by a customer or a system, not for a call",
    f.TICKETS_RESOLVED: "resolves",
    f.TICKETS_REOPENED: "reopens",
    f.TICKETS_MERGED: "cases merged",
    f.TICKETS_DELETED: "cases deleted",
    f.COHORT_CREATED: "cases created, neither merged nor deleted since",
    f.COHORT_CREATED_RESOLVED: "of them resolved now",
    f.COHORT_ASSIGNED: "cases first assigned, neither merged nor deleted since",
    f.COHORT_ASSIGNED_RESOLVED: "of them resolved now",
    f.FIRST_RESPONSE_HUMAN: "first answers by a human",
    f.FIRST_RESPONSE_BOT: "first answers by a bot",
    f.NEXT_RESPONSE_HUMAN: "later answers by a human",
    f.NEXT_RESPONSE_BOT: "later answers by a bot",
    f.FIRST_RESPONSE_HUMAN_IN: "first answers by a human within the target",
    f.FIRST_RESPONSE_HUMAN_OUT: "waits for one that passed the target",
    f.FIRST_RESPONSE_BOT_IN: "first answers by a bot within the target",
    f.FIRST_RESPONSE_BOT_OUT: "first answers by a bot past the target",
    f.NEXT_RESPONSE_HUMAN_IN: "later answers by a human within the target",
    f.NEXT_RESPONSE_HUMAN_OUT: "waits for one that passed the target",
    f.NEXT_RESPONSE_BOT_IN: "later answers by a bot within the target",
    f.NEXT_RESPONSE_BOT_OUT: "later answers by a bot past the target",
    f.RESOLUTION_FIRST: "first resolves",
    f.RESOLUTION_FULL: "last resolves",
    f.RESOLUTION_FIRST_WORKING: "first resolves",
    f.RESOLUTION_FULL_WORKING: "last resolves",
    f.RESOLUTION_FIRST_BUSINESS: "first resolves of cases in queues with hours",
    f.RESOLUTION_FULL_BUSINESS: "last resolves of cases in queues with hours",
    f.RESOLUTION_FIRST_IN: "first resolves within the target",
    f.RESOLUTION_FIRST_OUT: "cases past the target, or first resolved after it",
    f.FIRST_RESPONSE_HUMAN_BUSINESS: "first answers by a human in queues with hours",
    f.FIRST_RESPONSE_BOT_BUSINESS: "first answers by a bot in queues with hours",
    f.NEXT_RESPONSE_HUMAN_BUSINESS: "later answers by a human in queues with hours",
    f.NEXT_RESPONSE_BOT_BUSINESS: "later answers by a bot in queues with hours",
    f.TICKETS_RESOLVED_HOLDING: "resolves without a reopen since",
    f.TICKETS_ASSIGNED: "cases that first had a person or a queue",
    f.TICKETS_ESCALATED: "escalations",
    f.TICKETS_REASSIGNED: "reassignments",
    f.COHORT_CREATED_ESCALATED: "of the cases created escalated since",
    f.COHORT_CREATED_REASSIGNED: "of the cases created reassigned since",
    f.CASES_HANDLED: "cases with a finished conversation",
    f.FIRST_CONTACT_CASES: "cases resolved",
    f.FIRST_CONTACT_CASES_MET: "of them with one contact, and no repeat or reopen so far",
    f.FIRST_CONTACT_CASES_FINAL: "cases resolved whose days have passed",
    f.FIRST_CONTACT_CASES_MET_FINAL: "of them with one contact, and no repeat or reopen",
    f.FIRST_CONTACT_CALLS: "handled calls of known customers",
    f.FIRST_CONTACT_CALLS_MET: "of them without a repeat so far",
    f.FIRST_CONTACT_CALLS_FINAL: "handled calls of known customers whose days have passed",
    f.FIRST_CONTACT_CALLS_MET_FINAL: "of them without a repeat",
    f.CONTACTS: "contacts of known customers",
    f.CONTACTS_REPEATED: "of them with an earlier one of the same customer",
    f.CASE_CONTACTS: "contacts of resolved cases",
    f.CASES_WITH_CONTACTS: "resolved cases",
    f.ARTICLES_READ: "views of at least 10 seconds",
    f.VIEWS: "views of an article",
    f.VIEWS_CONTACTED: "of them whose reader asked for help",
}

STANDING_WORDS: Final = {
    f.WAITING: "waiting now",
    f.UNDECIDED: "waiting now, the threshold not passed",
    f.TALKING: "talking now",
    f.HOLDING: "on hold now",
    f.OPEN: "owed a reply now",
    f.UNASSIGNED: "unresolved, without a person",
    f.FIRST_UNANSWERED: "waiting for a first answer now",
    f.NEXT_UNANSWERED: "waiting for a later answer now",
    f.OWED: "customers to be called back",
    f.PREFERRED: "customers who used it most",
    f.CUSTOMERS: "customers now",
    **{standing: f"unresolved now, {status.replace('_', ' ')}" for status, standing in f.UNRESOLVED.items()},
}


def words_of(field: int) -> str:
    """Of a count or a sum."""
    return WORDS.get(field) or _plain(FIELDS[field].removesuffix("_ms"))


def standing_words(standing: int) -> str:
    return STANDING_WORDS.get(standing) or _plain(STANDINGS[standing])


def _plain(name: str) -> str:
    """blocked[trunk_busy] -> blocked: trunk busy"""
    return name.replace("[", ": ").replace("]", "").replace("_", " ")

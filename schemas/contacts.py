"""Records of the internal topic `<app>-contacts`: what a call or a ticket says of its customer, from one shard to another.

Key: the `customer_id`; of a case whose customer nobody knows `case:ID`. A record replaces those with a lower `rev` of its `contact_id`, so
that order and repetition of records change nothing; `op` unset takes back what the others said.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

ContactKind = Literal["contact", "handled", "unserved", "reached", "abandoned", "blocked", "closed", "resolved", "reopened", "again"]
"""
contact    a customer's wait of a ticket: it began
handled    an inbound call: its first conversation ended
unserved   an inbound call without a conversation, given up or left: its end
reached    an outbound call: its first conversation ended
abandoned  the customer gave up waiting, after more than the short-abandon threshold
blocked    the customer was not served for lack of lines, agents or network
closed     the same, because it was closed
resolved   a case was resolved for the first time
reopened   a case was reopened for the first time
again      a case was resolved for the last time after that
"""

CASE_KEY: Final = "case:"
"""Begins the key of a case without a known customer."""


class ContactRecord(msgspec.Struct, omit_defaults=True):
    """The value of a record.

    contact_id  unique among all calls and tickets; who tells it is one call or one ticket
    contacts    of `resolved` and `again`: how many waits the customer had until then
    handle_ms   of `handled`, where the call names its case: talk, hold and wrap-up of all its conversations
    call_id     of both: `contact_id` of the call that the ticket was logged for
    agent_id    of `handled` who had the first conversation, of `resolved` who had the case then; only where the site sees single people
    """

    contact_id: str
    rev: int
    op: Literal["set", "unset"]
    kind: ContactKind
    time: int
    channel: str
    queue: str = ""
    case_id: str | None = None
    topic: str | None = None
    contacts: int = 0
    handle_ms: int = 0
    call_id: str | None = None
    agent_id: str | None = None


class ForgetRequest(msgspec.Struct, tag_field="op", tag="forget"):
    """The value of a record, one to each partition, that asks all shards to forget a customer; without a key.

    Steps, each when all shards have done the former: `cases` name `alias` from now on, which is nobody's id, in the same partition; what
    is known of the customer's `contacts` is known of `alias`; `cases` once more, of what was named meanwhile; `rest` is what was taken back
    and now goes. Done twice a step changes nothing. Until the last one shards know the alias: where all begins anew under another, what was
    called by the former is called by that.
    """

    customer_id: str
    alias: str
    step: Literal["cases", "contacts", "rest"]

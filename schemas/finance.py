"""Events of the topic `finance`: what support cost and what the company earned. Key: `entry_id`.

RANK orders events of one entry that share `time` and `seq`. Optional fields are None when absent.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from schemas.words import Amount, Currency, EntryKind, Id, Instant, Period, Seq


class EntryBase(Struct, tag_field="type", gc=False, omit_defaults=True):
    """What every event of an entry says."""

    id: Id
    time: Instant
    entry_id: Id


class FinanceEntry(EntryBase, tag="finance.entry"):
    """An amount of one month; a later one of the same entry replaces it. Entries of a period add up, so one may be corrected by another
    with a negative amount."""

    RANK: ClassVar[int] = 1
    kind: EntryKind
    amount: Amount
    currency: Currency
    period: Period
    seq: Seq = 0
    source: str | None = None


FinanceEvent = FinanceEntry

"""Small values that everything else is made of: instants, lengths of time, cells."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, NewType

EpochMs = NewType("EpochMs", int)
"""An instant: whole milliseconds since 1970-01-01 UTC."""

DurationMs = NewType("DurationMs", int)
"""A length of time in whole milliseconds."""

Topic = Literal["calls", "tickets", "agents", "surveys", "customers", "articles", "finance", "contacts"]
"""What a number is made of: the input topics, and the contacts that shards make of calls and tickets."""

Partition = int
"""Number of a partition; one shard each, over all input topics."""

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000

NEVER_MS: Final = 1 << 62
"""An instant that never comes."""

NO_QUEUE: Final = ""
"""The queue of what has none; shown as `none` where a label must have a value, and in no `{queue}` cut."""

CHANNELS: Final = ("phone", "chat", "email", "form", "social", "sms", "video", "messaging", "forum", "other")
PRIORITIES: Final = ("low", "normal", "high", "urgent")
STATUSES: Final = ("open", "pending", "on_hold", "bot", "resolved", "closed")


class Cell(NamedTuple):
    """Where a fact counts: the labels in force at its instant.

    about  `agent:ID`, `article:NAME` or `program:NAME`: what is counted once more, apart, for one of them, under no other label. "" in all
           ordinary cells
    """

    queue: str
    channel: str
    priority: str
    about: str = ""


SITE: Final = Cell(NO_QUEUE, "", "")
"""Of what belongs to no queue and came by no channel: it counts for the whole site alone."""

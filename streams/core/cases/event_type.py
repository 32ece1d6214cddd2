"""How events of one type stand in the log of a case."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

AGENT: Final = "agent_id"
PLACE_SHIFT: Final = 4
"""Ranks are below 16: sequence number and rank fit into one number that orders as both do."""

Codes = dict[str | None, int | None]


class EventType:
    """How events of one type are logged.

    names     of the fields that are their own, seq first
    worded    place in an entry of each word of a closed set, and the codes of that set
    words     the other way round: that place, and the words by their codes
    agent_at  place in an entry of the agent, 0 where none is named
    """

    __slots__ = ("agent_at", "event_type", "names", "number", "rank", "values_of", "worded", "words")

    def __init__(self, number: int, event_type: type[Any], entity: str) -> None:
        self.number = number
        self.event_type = event_type
        self.rank: int = event_type.RANK
        assert self.rank < 1 << PLACE_SHIFT, event_type
        self.names = _logged_fields(event_type, entity)
        self.values_of: Callable[[Any], tuple[Any, ...]] = _values_of(self.names)
        sets = _closed_sets(event_type)
        self.worded: list[tuple[int, Codes]] = [(at, sets[name]) for at, name in enumerate(self.names, start=2) if name in sets]
        self.words: list[tuple[int, list[str]]] = [(at, [word for word in codes if word is not None]) for at, codes in self.worded]
        self.agent_at = self.names.index(AGENT) + 2 if AGENT in self.names else 0

    def place(self, event: Any) -> int:
        """Orders events of one instant, but for their ids."""
        seq: int = event.seq
        return seq << PLACE_SHIFT | self.rank


def _values_of(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    (only,) = names
    one = attrgetter(only)
    return lambda event: (one(event),)


def _logged_fields(event_type: type[Any], entity: str) -> tuple[str, ...]:
    """seq, then what is its own; `source` and the entity id are not part of what a fold reads."""
    own = [name for name in event_type.__struct_fields__ if name not in ("id", "time", "seq", "source", entity)]
    return ("seq", *own)


def _closed_sets(event_type: type[Any]) -> dict[str, Codes]:
    """Field -> word -> its place, of the fields that hold a word of a closed set. None, which stands for no word, is as it is."""
    return {name: _codes(words) for name, hint in get_type_hints(event_type).items() if (words := _words(hint))}


def _words(hint: Any) -> tuple[str, ...]:
    """Those of a Literal, or of one that may be None, as they are declared."""
    return next((get_args(one) for one in (hint, *get_args(hint)) if get_origin(one) is Literal), ())


def _codes(words: tuple[str, ...]) -> Codes:
    codes: Codes = {word: place for place, word in enumerate(words)}
    codes[None] = None
    return codes

"""Whether a record names a customer: what has to go where one is forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from streams.core.cases.renaming import FIELDS

LENGTH_MIN: Final = 6
"""A shorter id is taken for one in the fields of customers alone: "17" stands in many a record that is about somebody else."""

_decode = msgspec.json.Decoder().decode


class Names:
    """The ids of customers, as records may hold them."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._ids = frozenset(ids)
        self._keys = frozenset(id_.encode() for id_ in self._ids)
        self._any = _pattern(self._ids)
        self._long = _pattern([id_ for id_ in self._ids if len(id_) >= LENGTH_MIN])

    def stand_in(self, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]], *, loosely: bool = False) -> bool:
        """Whether a record names one of them: as its key, in a field of customers, or, if it is long enough, anywhere as a word.

        loosely  anywhere also where it is short: of records that are no events
        """
        if key in self._keys:
            return True
        pattern = self._any if loosely else self._long
        held = (key or b"", value or b"", *(text or b"" for _, text in headers))
        if pattern is not None and any(pattern.search(part) for part in held):
            return True
        if not value or (b"\\" not in value and self._any is not None and not self._any.search(value)):
            return False
        try:
            return any(self._says(name, found, loosely) for name, found in _texts("", _decode(value)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False

    def _says(self, field: str, found: str, loosely: bool) -> bool:
        """Of a text in a record, in which characters may have been written as escapes."""
        return found in self._ids and (loosely or field in FIELDS or len(found) >= LENGTH_MIN)


def _pattern(ids: Iterable[str]) -> re.Pattern[bytes] | None:
    alternatives = b"|".join(re.escape(id_.encode()) for id_ in ids)
    return re.compile(rb"(?<![0-9A-Za-z_])(?:" + alternatives + rb")(?![0-9A-Za-z_])") if alternatives else None


def _texts(field: str, found: Any) -> Iterator[tuple[str, str]]:
    """(field, text) of all that a JSON value holds; numbers as they are written."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield from _texts(name, value)
    elif isinstance(found, list):
        for value in found:
            yield from _texts(field, value)
    elif isinstance(found, str):
        yield field, found
    elif isinstance(found, int) and not isinstance(found, bool):
        yield field, str(found)

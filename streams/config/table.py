"""Reading one table of the file: keys are asked for by name and kind, and what nobody asked for is a complaint.

Complaints are collected, not raised, so that `deskpulse check` can say all of them at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TypeVar

from streams.config.values import Parser, Wrong, WrongSecret, nearest

T = TypeVar("T")

SHOWN_MAX = 60
"""Characters of a value that a message repeats."""


class Complaints:
    """What is wrong so far, in the order found; each is one line and begins with the file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: list[str] = []

    def add(self, what: str, *, file: str | None = None) -> None:
        self.lines.append(f"{file or self.file}: {what}" if file or self.file else what)


class Table:
    """One table, while it is read. After the last key was asked for, `finish()` complains about the others.

    path    dotted, "" for the top level
    later   keys of the specification that this release does not have
    secret  values under unknown keys may be passwords in the wrong place: never repeat them
    """

    def __init__(
        self, entries: Mapping[str, object], complaints: Complaints, path: str = "", *, later: tuple[str, ...] = (), secret: bool = False
    ) -> None:
        self.entries = entries
        self.complaints = complaints
        self.path = path
        self._later = later
        self._secret = secret
        self._asked: list[str] = []

    def get(self, key: str, parse: Parser[T], default: T) -> T:
        """The value of `key`; `default` where it is absent or wrong (the complaint is noted)."""
        self._asked.append(key)
        if key not in self.entries:
            return default
        try:
            return parse(self.entries[key])
        except WrongSecret as wrong:
            self.complaints.add(f"{self.name(key)}: {wrong}")
            return default
        except Wrong as wrong:
            self.complain(key, str(wrong))
            return default

    def table(self, key: str, *, later: tuple[str, ...] = (), secret: bool = False) -> Table:
        """The table `key`, empty where it is absent."""
        self._asked.append(key)
        entries = self.entries.get(key, {})
        if not isinstance(entries, Mapping):
            self.complain(key, f"expected a table [{self.name(key)}]")
            entries = {}
        return Table(entries, self.complaints, self.name(key), later=later, secret=secret)

    def tables(self, key: str, *, later: tuple[str, ...] = ()) -> Iterator[tuple[str, Table]]:
        """The tables under `key`, by their names: [key.NAME]."""
        named = self.table(key)
        for name in named.entries:
            yield name, named.table(name, later=later)

    def array(self, key: str) -> Iterator[Table]:
        """The tables [[key]], in their order; the first is called key[1]."""
        self._asked.append(key)
        items = self.entries.get(key, [])
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            self.complain(key, f"expected tables [[{self.name(key)}]]")
            return
        for number, item in enumerate(items, 1):
            yield Table(item, self.complaints, f"{self.name(key)}[{number}]")

    def name(self, key: str) -> str:
        shown = key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else f'"{key}"'
        return f"{self.path}.{shown}" if self.path else shown

    def complain(self, key: str, expected: str) -> None:
        value = shown(self.entries[key]) if key in self.entries else "not set"
        self.complaints.add(f"{self.name(key)} is {value}: {expected}")

    def finish(self) -> None:
        for key in self.entries:
            if key in self._asked:
                continue
            if key in self._later:
                self.complaints.add(f"{self.name(key)} is not in this release: take it out")
                continue
            value = "" if self._secret else f" = {shown(self.entries[key])}"
            meant = nearest(key, self._asked)
            near = f"did you mean {self.name(meant)}?" if meant else f"known here: {', '.join(self._asked)}"
            self.complaints.add(f"{self.name(key)}{value} is not a known key: {near}")


def shown(value: object) -> str:
    """A value as TOML writes it, cut where it is long."""
    written = _written(value)
    return written if len(written) <= SHOWN_MAX else f"{written[: SHOWN_MAX - 3]}..."


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=not value.isprintable())
    if isinstance(value, list):
        return f"[{', '.join(_written(item) for item in value)}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_written(item)}" for key, item in value.items()) + " }" if value else "{}"
    return str(value)

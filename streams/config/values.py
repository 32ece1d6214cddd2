"""One value of the configuration: what TOML gives -> what the program works with, or `Wrong` with what is expected instead.

Each function here is a parser: it takes the raw value and returns the typed one. Where a parser needs a range or a list of
words, a function of that name makes it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

from schemas.lengths import UNITS_MS, duration_text
from schemas.values import SECOND_MS, DurationMs
from schemas.words import CURRENCY_PATTERN

MEANT = 0.55
"""Alike, of 1: enough to ask whether that was meant, of a word that is wrong anyhow."""
SLIP = 0.8
"""As much as billing and biling have in common, and more than north and south: enough to refuse a word that could be right."""

T = TypeVar("T")
Parser = Callable[[object], T]

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_KAFKA_NAME = re.compile(r"[A-Za-z0-9._-]+")
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")


class Wrong(ValueError):
    """A value that cannot be; says what is expected, with the next move where it is known."""


class WrongSecret(Wrong):
    """The same, of a value that may hold a password: the message must not repeat it."""


def nearest(word: str, words: Iterable[str], alike: float = MEANT) -> str | None:
    """The word of `words` that was probably meant, if any is near; upper and lower case are the same. alike: from where on, of 1"""
    by_lower = {known.lower(): known for known in words}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=alike)
    return by_lower[found[0]] if found else None


def queue_beside(known: Collection[str]) -> Parser[str]:
    """The name of a queue, configured or one that events will bring. One that is nearly that of a `known` one is taken for a slip."""

    def parse(value: object) -> str:
        name = label(value)
        if not name:
            raise Wrong("expected the name of a queue")
        slip = None if name in known else nearest(name, known, SLIP)
        if slip is not None:
            raise Wrong(f"there is no [queue.{name}], but {slip}: did you mean that? One of so like a name needs its own section")
        return name

    return parse


def text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Wrong("expected a text in quotes")
    return value


def label(value: object) -> str:
    """A text that becomes a label: at most 64 characters on one line."""
    if not isinstance(value, str) or not value.isprintable() or len(value) > 64:
        raise Wrong("expected a text of at most 64 characters on one line")
    return value


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong("expected true or false, without quotes")
    return value


def whole(low: int, high: int) -> Parser[int]:
    def parse(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Wrong(f"expected a whole number from {low} to {high}")
        return value

    return parse


def number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < float("inf"):
        raise Wrong("expected a number")
    return float(value)


def ratio(value: object) -> float:
    """0..1; 80 was meant as a percentage, and the message says so."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong("expected a ratio from 0 to 1, such as 0.80")
    if 1 < value <= 100:
        raise Wrong(f"write {as_ratio(value)}")
    if not 0 <= value <= 1:
        raise Wrong("expected a ratio from 0 to 1, such as 0.80")
    return float(value)


def as_ratio(percent: float) -> str:
    """80 -> 0.80, 99.5 -> 0.995."""
    whole_part, _, decimals = f"{percent / 100:.6f}".partition(".")
    return f"{whole_part}.{decimals.rstrip('0').ljust(2, '0')}"


def duration(low_ms: int, high_ms: int) -> Parser[DurationMs]:
    """A text such as "90s", "10m", "1h30m", "7d", or a number of seconds."""

    def parse(value: object) -> DurationMs:
        length_ms = _duration_ms(value)
        if not low_ms <= length_ms <= high_ms:
            raise Wrong(f"expected {duration_text(low_ms)} to {duration_text(high_ms)}")
        return DurationMs(length_ms)

    return parse


def _duration_ms(value: object) -> int:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12:
        return round(value * SECOND_MS)
    written = value.replace(" ", "") if isinstance(value, str) else ""
    if not written or _DURATION.sub("", written):
        raise Wrong('expected a length of time such as "90s", "10m", "24h" or "7d", or seconds without quotes')
    return round(sum(float(size) * UNITS_MS[unit] for size, unit in _DURATION.findall(written)))


def seconds(low_s: int, high_s: int) -> Parser[DurationMs]:
    """A key whose name ends in `_seconds`: a number, no unit."""

    def parse(value: object) -> DurationMs:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low_s <= value <= high_s:
            raise Wrong(f"expected seconds as a number from {low_s} to {high_s}")
        return DurationMs(round(value * SECOND_MS))

    return parse


def clock_time(value: object) -> int:
    """ "HH:MM" -> minutes after midnight."""
    found = _CLOCK_TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Wrong('expected a time of day as "HH:MM", such as "04:00"')
    return int(found[1]) * 60 + int(found[2])


def clock_time_text(minutes: int) -> str:
    """Minutes after midnight -> "HH:MM"."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def one_of(*words: str, also: dict[str, str] | None = None) -> Parser[str]:
    """One of `words`; `also` maps other spellings to the word they stand for."""
    spelled = {word: word for word in words} | (also or {})

    def parse(value: object) -> str:
        if isinstance(value, str) and value in spelled:
            return spelled[value]
        meant = nearest(value, spelled) if isinstance(value, str) else None
        raise Wrong(f"expected one of {', '.join(words)}" + (f": did you mean {meant}?" if meant else ""))

    return parse


def list_of(parse_one: Parser[T]) -> Parser[tuple[T, ...]]:
    """A list without repeats, in the order given."""

    def parse(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise Wrong('expected a list, such as ["today", "interval"]')
        return tuple(dict.fromkeys(parse_one(item) for item in value))

    return parse


def whole_of(*numbers: int) -> Parser[int]:
    def parse(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value not in numbers:
            raise Wrong(f"expected one of {', '.join(map(str, numbers))}")
        return value

    return parse


def zone(value: object) -> ZoneInfo:
    known = available_timezones()
    if isinstance(value, str) and value in known:
        return ZoneInfo(value)
    meant = nearest(value, known) if isinstance(value, str) else None
    raise Wrong('expected the name of an IANA time zone, such as "Europe/Riga"' + (f": did you mean {meant}?" if meant else ""))


def address(value: object) -> tuple[str, int]:
    """ "host:port" -> (host, port); an IPv6 host in brackets, which are taken off."""
    found = _ADDRESS.fullmatch(value) if isinstance(value, str) else None
    if found is None or not 0 <= int(found[2]) <= 65535:
        raise Wrong('expected "host:port", such as "127.0.0.1:8600"')
    return found[1].strip("[]"), int(found[2])


def kafka_name(length_max: int) -> Parser[str]:
    """What Kafka takes as the name of a topic or as a part of one."""

    def parse(value: object) -> str:
        if not isinstance(value, str) or not _KAFKA_NAME.fullmatch(value) or len(value) > length_max or value in (".", ".."):
            raise Wrong(f"expected 1 to {length_max} of the characters A-Z a-z 0-9 . _ -")
        return value

    return parse


def currency(value: object) -> str:
    """The code of a currency as ISO 4217 has it."""
    if not isinstance(value, str) or not re.fullmatch(CURRENCY_PATTERN, value):
        raise Wrong('expected three capital letters, such as "EUR"')
    return value


def path_in(base: Path) -> Parser[Path]:
    """A path; a relative one begins at the folder of the file that names it."""

    def parse(value: object) -> Path:
        return base / Path(text(value)).expanduser()

    return parse


def existing_file(base: Path) -> Parser[Path]:
    """The same, of a file that is there."""

    def parse(value: object) -> Path:
        path = path_in(base)(value)
        if not path.is_file():
            raise Wrong(f"there is no file {path}" if not path.exists() else f"{path} is not a file")
        return path

    return parse

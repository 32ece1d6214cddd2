"""[calendar.NAME]: weekly hours, public holidays and dates of one's own -> a calendar that needs nobody to look a holiday up.

[calendar.office]
zone = "Europe/Riga"                                         # default: that of the site
hours = { mon-thu = "08:00-12:00, 13:00-18:00", fri = "08:00-14:00", sat = "22:00-06:00" }
holidays = "LV"                                              # a country, "DE-BY" for a part of one, or a list of such
dates = { 2026-12-24 = "08:00-12:00", 01-02 = "closed" }     # instead of what the week and the holidays say; without a year: each year
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from streams.config.table import Table
from streams.config.values import Parser, Wrong, label, nearest, zone
from streams.core.clocks.business import Calendar, Span
from streams.core.clocks.sla import ALWAYS

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
YEARS: Final = range(2000, 2061)
"""Of holidays and of dates without a year. Always the same ones: a calendar that changed with the year of a start would be another one."""
DAY_MINUTES: Final = 24 * 60

_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_DATE = re.compile(r"(?:(\d{4})-)?(\d{2})-(\d{2})")
_EPOCH: Final = date(1970, 1, 1)

Dates = dict[int, tuple[Span, ...]]
CLOSED: Final[tuple[Span, ...]] = ()


def calendar(name: str, table: Table, site_zone: ZoneInfo) -> Calendar:
    if name == ALWAYS or not label_is_good(name):
        table.complaints.add(f'{table.path}: a calendar has a name of 1 to 64 characters on one line, and not "{ALWAYS}"')
    in_zone = table.get("zone", zone, None) or site_zone
    week = _week(table)
    no_days: list[int] = []
    dates: Dates = {day: CLOSED for day in table.get("holidays", holidays, no_days) if week[(day + 3) % 7]}
    dates.update(_dates(table.table("dates")))
    table.finish()
    return Calendar(in_zone.key, week, dict(sorted(dates.items())))


def label_is_good(name: str) -> bool:
    """Whether it can be the name of something."""
    try:
        return bool(label(name))
    except Wrong:
        return False


# --- hours -----------------------------------------------------------------------------------------------------------


def hours(value: object) -> tuple[Span, ...]:
    """ "08:00-12:00, 13:00-18:00" or "closed"; what ends before it begins, ends on the next day."""
    if value == "closed":
        return ()
    if not isinstance(value, str) or not value.strip():
        raise Wrong('expected hours such as "08:00-18:00" or "08:00-12:00, 13:00-18:00", or "closed"')
    spans = sorted(_span(part.strip()) for part in value.split(","))
    for (_, closes), (opens, _) in pairwise(spans):
        if opens < closes:
            raise Wrong("hours of one day may not overlap")
    return tuple(spans)


def _span(text: str) -> Span:
    opens, separator, closes = (part.strip() for part in text.partition("-"))
    found = _TIME.fullmatch(opens), _TIME.fullmatch(closes)
    if not separator or found[0] is None or found[1] is None:
        raise Wrong(f'expected hours such as "08:00-18:00", found "{text}"')
    from_, to = (int(match[1]) * 60 + int(match[2]) for match in found if match is not None)
    if from_ >= DAY_MINUTES or to > DAY_MINUTES:
        raise Wrong(f'"{text}" goes past 24:00: hours over midnight are written as 22:00-06:00')
    if from_ == to:
        raise Wrong(f'"{text}" is no time at all: the whole day is 00:00-24:00')
    return (from_, to if to > from_ else to + DAY_MINUTES)


def _week(table: Table) -> tuple[tuple[Span, ...], ...]:
    by_day: dict[int, tuple[Span, ...]] = {}
    written, fine = table.table("hours"), len(table.complaints.lines)
    for key in written.entries:
        spans = written.get(key, hours, CLOSED)
        try:
            days = weekdays(key)
        except Wrong as wrong:
            written.complaints.add(f"{written.name(key)}: {wrong}")
            continue
        for day in days:
            if day in by_day:
                written.complaints.add(f"{written.name(key)}: {WEEKDAYS[day]} has its hours already")
            by_day[day] = spans
    if not any(by_day.values()) and len(table.complaints.lines) == fine:
        table.complain("hours", 'a calendar needs hours: hours = { mon-fri = "08:00-18:00" }')
    return tuple(by_day.get(day, CLOSED) for day in range(7))


def weekdays(text: str) -> list[int]:
    """ "mon", "mon-fri", "fri-mon" -> places in the week."""
    first, separator, last = text.partition("-")
    for word in (first, last) if separator else (first,):
        if word not in WEEKDAYS:
            meant = nearest(word, WEEKDAYS)
            raise Wrong(f'expected a weekday such as "mon", or two such as "mon-fri"{f": did you mean {meant}?" if meant else ""}')
    from_ = WEEKDAYS.index(first)
    count = (WEEKDAYS.index(last) - from_) % 7 + 1 if separator else 1
    return [(from_ + n) % 7 for n in range(count)]


# --- dates -----------------------------------------------------------------------------------------------------------


def _dates(table: Table) -> Iterator[tuple[int, tuple[Span, ...]]]:
    every_year: list[tuple[int, tuple[Span, ...]]] = []
    once: list[tuple[int, tuple[Span, ...]]] = []
    for key in table.entries:
        spans = table.get(key, hours, CLOSED)
        try:
            days = days_of(key)
        except Wrong as wrong:
            table.complaints.add(f"{table.name(key)}: {wrong}")
            continue
        (once if len(days) == 1 else every_year).extend((day, spans) for day in days)
    yield from every_year
    yield from once  # a date with a year is the more exact word


def days_of(text: str) -> list[int]:
    """ "2026-12-24" -> its number; "12-24" -> those of all years."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise Wrong("expected a date such as 2026-12-24, or 12-24 for each year")
    if found[1]:
        try:
            return [(date(int(found[1]), int(found[2]), int(found[3])) - _EPOCH).days]
        except ValueError:
            raise Wrong("there is no such date") from None
    month, day = int(found[2]), int(found[3])
    days = []
    for year in YEARS:
        try:
            days.append((date(year, month, day) - _EPOCH).days)
        except ValueError:
            if (month, day) != (2, 29):
                raise Wrong("there is no such date") from None
    return days


# --- holidays --------------------------------------------------------------------------------------------------------


def holidays(value: object) -> list[int]:
    """The public holidays of a country, a part of one, or several: days since 1970-01-01."""
    codes = [code for code in (value if isinstance(value, list) else [value]) if isinstance(code, str) and code]
    if not codes or (isinstance(value, list) and len(codes) < len(value)):
        raise Wrong('expected the code of a country such as "LV", of a part of one such as "DE-BY", or a list of such')
    return sorted({day for code in codes for day in _holidays_of(code)})


def _holidays_of(code: str) -> Iterable[int]:
    import holidays as library  # takes a third of a second: only where there is a calendar that asks

    known: Mapping[str, list[str]] = library.list_supported_countries()
    country, _, part = code.partition("-")
    if country not in known:
        meant = nearest(country, [name for name in known if len(name) == 2])
        raise Wrong(f"no holidays are known of {country}: " + (f"did you mean {meant}?" if meant else 'expected a code such as "LV"'))
    if part and part not in known[country]:
        raise Wrong(f"no holidays are known of a part {part} of {country}: expected one of {', '.join(known[country]) or 'none'}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that some years are not known of some countries
        found = library.country_holidays(country, subdiv=part or None, years=YEARS)
    return [(day - _EPOCH).days for day in found]


def named(calendars: Mapping[str, Calendar]) -> Parser[str]:
    """The name of one of them."""

    def parse(value: object) -> str:
        if isinstance(value, str) and value in calendars:
            return value
        meant = nearest(value, calendars) if isinstance(value, str) else None
        known = f"one of {', '.join(calendars)}" if calendars else "there is no [calendar.NAME] yet"
        raise Wrong(f"expected the name of a calendar: {f'did you mean {meant}?' if meant else known}")

    return parse

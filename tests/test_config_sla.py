"""[calendar.NAME] and [[sla]]: what a file says of hours, holidays and promises, and what it cannot say."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from schemas import fields as f
from schemas.values import HOUR_MS, Cell
from streams.config import Config
from streams.core.clocks.business import Calendar
from streams.core.clocks.policy import Policy
from streams.core.clocks.sla import FIRST_RESPONSE, NEXT_RESPONSE, QUEUE_WAIT, RESOLUTION
from tests.test_config import complaints_of, config_of

OFFICE = '[calendar.office]\nhours = { mon-fri = "08:00-18:00" }\n'


def office(lines: str) -> Calendar:
    return config_of(f"[calendar.office]\n{lines}").calendars["office"]


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


# --- calendars -------------------------------------------------------------------------------------------------------


def test_hours_are_told_by_weekday_several_a_day_and_over_midnight():
    found = office('hours = { mon-thu = "08:00-12:00, 13:00-18:00", fri = "closed", sat-sun = "22:00-06:00" }')
    assert found.week == (((480, 720), (780, 1080)),) * 4 + ((),) + (((1320, 1800),),) * 2
    assert office('hours = { sun-mon = "00:00-24:00" }').week == (((0, 1440),), (), (), (), (), (), ((0, 1440),))


def test_a_calendar_is_in_the_zone_of_the_site_unless_it_has_its_own():
    hours = '[calendar.office]\nhours = { mon = "08:00-18:00" }\n'
    assert config_of(f'zone = "Europe/Riga"\n{hours}').calendars["office"].zone == "Europe/Riga"
    assert config_of(f'zone = "Europe/Riga"\n{hours}zone = "Asia/Tokyo"').calendars["office"].zone == "Asia/Tokyo"


def test_holidays_of_a_country_or_a_part_of_it_are_closed_as_far_as_their_weekday_is_open():
    latvia = office('hours = { mon-fri = "08:00-18:00" }\nholidays = "LV"')
    assert latvia.dates[day("2026-11-18")] == ()  # Wednesday, proclamation of the republic
    assert day("2028-11-18") not in latvia.dates  # a Saturday
    assert day("2026-06-24") in latvia.dates
    bavaria, berlin = (office(f'hours = {{ mon-fri = "08:00-18:00" }}\nholidays = "DE-{part}"') for part in ("BY", "BE"))
    assert (day("2026-01-06") in bavaria.dates, day("2026-01-06") in berlin.dates) == (True, False)  # Epiphany, a Tuesday
    both = office('hours = { mon-fri = "08:00-18:00" }\nholidays = ["LV", "DE-BY"]')
    assert both.dates.keys() == latvia.dates.keys() | bavaria.dates.keys()


def test_dates_of_ones_own_stand_above_weekdays_and_holidays_and_one_with_a_year_above_one_without():
    found = office(
        'hours = { mon-fri = "08:00-18:00" }\nholidays = "LV"\n'
        'dates = { 2026-11-18 = "10:00-12:00", 12-24 = "closed", 2027-12-24 = "08:00-12:00", 2026-08-01 = "09:00-10:00", 02-29 = "closed" }'
    )
    assert found.hours_of(day("2026-11-18")) == ((600, 720),)
    assert [found.hours_of(day(f"{year}-12-24")) for year in (2025, 2026, 2027, 2028)] == [(), (), ((480, 720),), ()]
    assert found.hours_of(day("2026-08-01")) == ((540, 600),)  # a Saturday
    assert [day(f"{year}-02-29") in found.dates for year in (2024, 2028)] == [True, True]


WRONG_CALENDARS = [
    ("holidays = 'LV'", 'calendar.office.hours is not set: a calendar needs hours: hours = { mon-fri = "08:00-18:00" }'),
    ('hours = { mo-fri = "08:00-18:00" }', None),
    ('hours = { mon = "8-18" }', 'calendar.office.hours.mon is "8-18": expected hours such as "08:00-18:00", found "8-18"'),
    ('hours = { mon = "08:00-25:00" }', None),
    ('hours = { mon = "20:00-24:30" }', None),
    (
        'hours = { mon = "08:00-08:00" }',
        'calendar.office.hours.mon is "08:00-08:00": "08:00-08:00" is no time at all: the whole day is 00:00-24:00',
    ),
    ('hours = { mon = "08:00-12:00, 11:00-18:00" }', None),
    ('hours = { mon-fri = "08:00-18:00", fri = "08:00-12:00" }', "calendar.office.hours.fri: fri has its hours already"),
    ('hours = { mon = "08:00-18:00" }\nholidays = "Latvia"', None),
    ('hours = { mon = "08:00-18:00" }\nholidays = "LW"', None),
    ('hours = { mon = "08:00-18:00" }\nholidays = "DE-XX"', None),
    ('hours = { mon = "08:00-18:00" }\nholidays = []', None),
    ('hours = { mon = "08:00-18:00" }\ndates = { 2026-13-01 = "closed" }', "calendar.office.dates.2026-13-01: there is no such date"),
    ('hours = { mon = "08:00-18:00" }\ndates = { 24-12-2026 = "closed" }', None),
    ('hours = { mon = "08:00-18:00" }\ndates = { 2026-12-24 = "shut" }', None),
    (
        'hours = { mon = "08:00-18:00" }\nholiday = "LV"',
        'calendar.office.holiday = "LV" is not a known key: did you mean calendar.office.holidays?',
    ),
    ('hours = { mon = "08:00-18:00" }\nzone = "Riga"', None),
]


@pytest.mark.parametrize(("lines", "said"), WRONG_CALENDARS)
def test_a_wrong_calendar_is_told_in_one_line_with_its_key(lines, said):
    found = complaints_of(f"[calendar.office]\n{lines}")
    assert len(found) == 1 if said else found
    assert found[0].startswith("site.toml: calendar.office")
    if said:
        assert found == (f"site.toml: {said}",)


def test_an_unknown_calendar_is_told_with_the_nearest_that_is_known():
    assert complaints_of(f'{OFFICE}[queue.billing]\ncalendar = "offise"') == (
        'site.toml: queue.billing.calendar is "offise": expected the name of a calendar: did you mean office?',
    )
    assert complaints_of('[[sla]]\nresolution = "8h"\ncalendar = "office"') == (
        'site.toml: sla[1].calendar is "office": expected the name of a calendar: there is no [calendar.NAME] yet',
    )
    assert complaints_of(f"{OFFICE.replace('office', '24x7')}") != ()


# --- promises --------------------------------------------------------------------------------------------------------

SITE = f"""{OFFICE}
[calendar.shop]
hours = {{ sat = "10:00-14:00" }}

[queue.billing]
calendar = "shop"

[[sla]]
channel = "email"
priority = "urgent"
first_response = "1h"
calendar = "office"
pause = ["pending"]
at_risk = 0.5

[[sla]]
channel = "email"
first_response = "8h"
resolution = "3d"

[[sla]]
queue = "sales"
queue_wait = 20
calendar = "24x7"
"""


def policy(config: Config) -> Policy:
    """As it comes back from a row of the state."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(config.policy()), type=Policy)


def test_the_first_rule_that_holds_for_a_case_and_names_the_clock_is_what_is_promised():
    found = policy(config_of(SITE))
    urgent, usual, call = Cell("billing", "email", "urgent"), Cell("support", "email", "low"), Cell("sales", "phone", "normal")
    first = found.promise(FIRST_RESPONSE, urgent)
    assert first is not None
    assert first[:2] == (HOUR_MS, HOUR_MS // 2)
    assert first.pause == {f.UNRESOLVED["pending"]}
    assert first.calendar == found.calendars["office"]
    resolution = found.promise(RESOLUTION, urgent)
    assert resolution is not None
    assert (resolution.target_ms, resolution.risk_ms, resolution.pause) == (72 * HOUR_MS, 72 * HOUR_MS * 8 // 10, frozenset())
    assert resolution.calendar == found.calendars["shop"]  # of the queue
    other = found.promise(FIRST_RESPONSE, usual)
    assert other is not None
    assert (other.target_ms, other.calendar) == (8 * HOUR_MS, None)  # a queue without a calendar is always open
    wait = found.promise(QUEUE_WAIT, call)
    assert wait is not None
    assert (wait.target_ms, wait.risk_ms, wait.calendar) == (20_000, 16_000, None)
    assert found.promise(NEXT_RESPONSE, urgent) is found.promise(FIRST_RESPONSE, call) is None
    assert found.promised == {QUEUE_WAIT, FIRST_RESPONSE, RESOLUTION}


def test_of_calendars_only_those_that_are_used_are_part_of_the_rules():
    found = config_of(f'{OFFICE}[calendar.shop]\nhours = {{ sat = "10:00-14:00" }}\n[queue.billing]\ncalendar = "shop"')
    assert list(found.policy().calendars) == ["shop"]
    assert found.policy().same_rules(config_of(SITE.partition("[[sla]]")[0].replace("18:00", "17:00")).policy())


WRONG_SLAS = [
    ('[[sla]]\nchannel = "email"', "sla[1] promises nothing: it needs one of queue_wait, first_response, next_response, resolution"),
    ('[[sla]]\nresolution = "8h"\n[[sla]]\nresolution = "soon"', None),
    (
        '[[sla]]\nresolution = "8h"\npriority = "urgend"',
        'sla[1].priority is "urgend": expected one of low, normal, high, urgent: did you mean urgent?',
    ),
    ('[[sla]]\nresolution = "8h"\npause = ["closed"]', None),
    ('[[sla]]\nresolution = "8h"\nat_risk = 80', "sla[1].at_risk is 80: write 0.80"),
    ('[[sla]]\nresolution = "8h"\nat_risk = 0', "sla[1].at_risk is 0: expected a share of the target above 0, such as 0.80"),
    (
        '[[sla]]\nqueue_wait = "20s"\npause = ["pending"]',
        'sla[1].pause is ["pending"]: a wait in a queue does not pause: it is for the clocks of tickets',
    ),
    ('[[sla]]\nresolution = "8h"\nqueue = ""', None),
    ('[[sla]]\nresolutoin = "8h"', None),
    (
        '[[sla]]\nresolution = "8h"\nfirst_response = "1h"\n[[sla]]\nchannel = "email"\nresolution = "4h"',
        "sla[2] never holds: sla[1] comes first and holds for all that it speaks of",
    ),
    ('[sla]\nresolution = "8h"', 'sla is { resolution = "8h" }: expected tables [[sla]]'),
]


@pytest.mark.parametrize(("toml", "said"), WRONG_SLAS)
def test_a_wrong_promise_is_told_with_the_number_of_its_table(toml, said):
    found = complaints_of(toml)
    assert found[0].startswith("site.toml: sla")
    if said:
        assert found == (f"site.toml: {said}",)


def test_a_later_rule_that_adds_something_holds():
    assert len(config_of('[[sla]]\nresolution = "8h"\n[[sla]]\nchannel = "email"\nresolution = "4h"\nfirst_response = "1h"').slas) == 2
    assert len(config_of('[[sla]]\nchannel = "email"\nresolution = "8h"\n[[sla]]\nresolution = "4h"').slas) == 2


def test_a_queue_of_a_promise_may_come_with_its_events_and_one_that_is_nearly_configured_is_a_slip():
    promise = '[[sla]]\nqueue = "{}"\nfirst_response = "4h"\n[queue.billing]\n'
    for name in ("billing", "returns", "bill"):
        assert config_of(promise.format(name)).slas[0].queue == name
    (complaint,) = complaints_of(promise.format("BILLING"))
    assert "there is no [queue.BILLING], but billing" in complaint
    (complaint,) = complaints_of(promise.format("biling"))
    assert complaint == (
        'site.toml: sla[1].queue is "biling": there is no [queue.biling], but billing: did you mean that? '
        "One of so like a name needs its own section"
    )
    assert config_of(promise.format("biling") + "[queue.biling]\n").slas[0].queue == "biling"

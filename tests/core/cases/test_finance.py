"""What the fold makes of amounts."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from schemas import fields as f
from schemas.amounts import HALF
from streams.core.cases.finance import ENTRIES, EntryState, month_start_ms
from streams.core.clocks.policy import Policy
from tests.core.cases.other_tales import entry, ms, tell

FEBRUARY, MARCH, APRIL = -32, -3, 28  # days from 2024-03-04 to the first of each


def test_an_amount_counts_at_the_start_of_its_month():
    tale = tell(entry(5, "support_cost", "9000.25", "2024-02"))
    assert tale.at(FEBRUARY) == {f.SUPPORT_COSTS: 1, f.SUPPORT_COST + 1: 9_000_250_000}
    assert tell(entry(5, "revenue", "120000", "2024-03")).at(MARCH) == {f.REVENUES: 1, f.REVENUE: 12}


def test_an_amount_of_a_month_to_come_counts_when_that_has_begun():
    told = entry(5, "revenue", "7", "2024-04")
    assert tell(told, now=27.999).facts == {}
    assert tell(told, now=28).at(APRIL) == {f.REVENUES: 1, f.REVENUE + 1: 7_000_000}


def test_a_later_event_of_the_same_entry_takes_the_place_of_the_former():
    tale = tell(entry(5, "revenue", "7", "2024-03"), entry(6, "support_cost", "-1", "2024-02"))
    assert tale.at(MARCH) == {}
    assert tale.at(FEBRUARY) == {f.SUPPORT_COSTS: 1, f.SUPPORT_COST: -1, f.SUPPORT_COST + 1: HALF - 1_000_000}


def test_an_entry_moved_to_a_month_to_come_is_taken_back_until_then():
    assert tell(entry(5, "revenue", "7", "2024-03"), entry(6, "revenue", "7", "2024-05")).facts == {}


@pytest.mark.parametrize("zone", ["UTC", "Europe/Riga", "America/New_York"])
def test_months_begin_with_the_business_day_of_the_site(zone):
    policy = Policy(zone=zone, reset_minutes=240)
    start = datetime(2024, 3, 1, 4, 0, tzinfo=ZoneInfo(zone))
    assert month_start_ms("2024-03", policy) == start.timestamp() * 1000


def test_an_entry_is_not_over_before_it_counts():
    state = EntryState()
    ENTRIES.step(state, entry(5, "revenue", "7", "2024-04"), Policy(), [])
    assert ENTRIES.due_ms(state, Policy()) == ms(APRIL)
    assert ENTRIES.ended_ms(state) > ms(10_000)
    ENTRIES.pass_due(state, ms(APRIL), Policy(), [])
    assert ENTRIES.ended_ms(state) == ms(5)

"""What the fold makes of customers."""

from __future__ import annotations

import pytest

from schemas import fields as f
from schemas.values import DAY_MS, SITE, Cell, DurationMs
from streams.core.clocks.policy import Policy
from tests.core.cases.other_tales import active, joined, left, ms, purchased, tell

NEVER_BOUGHT = Policy(left_after_ms=DurationMs(30 * DAY_MS))
FRIENDS = Cell("", "", "", "program:friends")


def test_who_joins_is_a_customer_from_then_on():
    tale = tell(joined(1))
    assert tale.at(1) == {f.CUSTOMERS_JOINED: 1, f.CUSTOMERS_STAYING: 1}
    assert tale.standings == ((f.CUSTOMERS, SITE, ms(1)),)


def test_who_leaves_stays_no_more_and_is_told_by_the_stretches_they_joined_in():
    tale = tell(joined(1), left(3))  # Tuesday to Thursday of one week
    assert tale.at(1) == {f.CUSTOMERS_JOINED: 1}
    again = f.CUSTOMERS_LEFT_AGAIN
    assert tale.at(3) == {f.CUSTOMERS_LEFT: 1, again["week"]: 1, again["month"]: 1, again["quarter"]: 1, again["year"]: 1}
    assert tale.standings == ()
    over_a_year = tell(joined(1), left(1 + 366))
    assert over_a_year.at(1 + 366) == {f.CUSTOMERS_LEFT: 1}
    within_a_day = tell(joined(1.1), left(1.9))
    assert within_a_day.at(1.9)[again["day"]] == 1


def test_a_customer_whose_first_event_is_that_they_left_was_one_before():
    tale = tell(left(3))
    assert tale.facts == {(f.CUSTOMERS_LEFT, ms(3), SITE): 1}


@pytest.mark.parametrize("first", [active, purchased])
def test_a_customer_first_heard_of_otherwise_was_one_before_too(first):
    tale = tell(first(3))
    assert tale.total(f.CUSTOMERS_JOINED) == 0
    assert tale.standings == ((f.CUSTOMERS, SITE, ms(3)),)


def test_who_was_heard_of_and_then_joins_has_joined():
    tale = tell(active(1), joined(3))
    assert tale.at(3) == {f.CUSTOMERS_JOINED: 1, f.CUSTOMERS_STAYING: 1}
    assert tale.standings == ((f.CUSTOMERS, SITE, ms(3)),)


def test_to_join_or_to_leave_twice_counts_once():
    tale = tell(joined(1), joined(2), left(3), left(4))
    assert (tale.total(f.CUSTOMERS_JOINED), tale.total(f.CUSTOMERS_LEFT)) == (1, 1)


def test_who_comes_again_has_joined_twice():
    tale = tell(joined(1), left(2), joined(5))
    assert tale.total(f.CUSTOMERS_JOINED) == 2
    assert tale.at(5) == {f.CUSTOMERS_JOINED: 1, f.CUSTOMERS_STAYING: 1}
    assert tale.total(f.CUSTOMERS_STAYING) == 1
    assert tale.standings == ((f.CUSTOMERS, SITE, ms(5)),)


def test_a_referral_counts_once_more_for_its_program():
    assert tell(joined(1, program="friends")).at(1, FRIENDS) == {f.CUSTOMERS_REFERRED: 1}
    assert tell(joined(1, referred_by="u9")).at(1)[f.CUSTOMERS_REFERRED] == 1
    assert tell(joined(1, referred_by="u9")).at(1, FRIENDS) == {}


def test_who_buys_nothing_for_so_long_has_left_by_the_clock_at_that_instant():
    told = (joined(1), purchased(11))
    assert tell(*told, now=40.999, policy=NEVER_BOUGHT).standings == ((f.CUSTOMERS, SITE, ms(1)),)
    tale = tell(*told, now=41, policy=NEVER_BOUGHT)
    assert tale.standings == ()
    assert tale.at(41)[f.CUSTOMERS_LEFT] == 1
    assert tale.total(f.CUSTOMERS_STAYING) == 0


def test_the_next_purchase_takes_that_back_as_if_it_had_never_been():
    told = (joined(1), purchased(11), purchased(60))
    with_it, without = tell(*told, policy=NEVER_BOUGHT), tell(*told)
    assert with_it.facts == without.facts
    assert with_it.standings == without.standings == ((f.CUSTOMERS, SITE, ms(1)),)
    assert tell(*told, now=90, policy=NEVER_BOUGHT).at(90)[f.CUSTOMERS_LEFT] == 1


def test_who_said_it_themselves_has_left_for_good_and_a_purchase_takes_nothing_back():
    tale = tell(joined(1), left(5), purchased(6), policy=NEVER_BOUGHT, now=100)
    assert (tale.total(f.CUSTOMERS_LEFT), tale.standings) == (1, ())
    lapsed_first = tell(joined(1), left(40), purchased(41), policy=NEVER_BOUGHT, now=100)
    assert lapsed_first.at(31)[f.CUSTOMERS_LEFT] == 1
    assert (lapsed_first.total(f.CUSTOMERS_LEFT), lapsed_first.standings) == (1, ())


def test_who_left_by_the_clock_may_join_again():
    tale = tell(joined(1), joined(50), purchased(51), policy=NEVER_BOUGHT)
    assert (tale.total(f.CUSTOMERS_JOINED), tale.total(f.CUSTOMERS_LEFT)) == (2, 1)
    assert tale.standings == ((f.CUSTOMERS, SITE, ms(50)),)


def test_without_that_limit_nobody_leaves_by_the_clock():
    assert tell(joined(1), now=10_000).standings == ((f.CUSTOMERS, SITE, ms(1)),)


def test_purchases_count_to_the_last_millionth():
    tale = tell(joined(1), purchased(2, "99.99"), purchased(2, "10000.000001"))
    assert tale.at(2) == {f.PURCHASES: 2, f.PURCHASED: 1, f.PURCHASED + 1: 99_990_001}


def test_the_latest_activity_moves_and_the_first_of_each_stretch_stays():
    tale = tell(joined(0), active(0.1), active(0.5), active(2), active(9))  # Monday twice, Wednesday, Wednesday of the next week
    assert tale.total(f.ACTIVITIES) == 4
    assert (tale.total(f.CUSTOMERS_ACTIVE), tale.at(9)[f.CUSTOMERS_ACTIVE]) == (1, 1)
    firsts = {name: [at for at in (0.1, 0.5, 2, 9) if tale.at(at).get(field)] for name, field in f.CUSTOMERS_ACTIVE_IN.items()}
    assert firsts == {"day": [0.1, 2, 9], "week": [0.1, 9], "month": [0.1], "quarter": [0.1], "year": [0.1]}


def test_days_are_those_of_the_site():
    riga = Policy(zone="Europe/Riga")  # two hours ahead: 22:30 UTC is another day there
    tale = tell(active(0.5), active(0.94), policy=riga)
    assert tale.at(0.94)[f.CUSTOMERS_ACTIVE_IN["day"]] == 1

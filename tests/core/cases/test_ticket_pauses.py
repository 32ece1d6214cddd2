"""Time that does not count for what is promised to a ticket: statuses in which it pauses, hours in which nobody works.

Targets are those of promise_tales.py; expected instants are written out by hand.
"""

from __future__ import annotations

from datetime import UTC, datetime

from schemas import fields as f
from schemas.values import HOUR_MS
from streams.core.cases.fold import NEVER_MS
from streams.core.cases.tickets import TICKETS
from streams.core.clocks.business import Calendar
from streams.core.clocks.policy import Policy, QueuePolicy
from streams.core.clocks.sla import FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION, SlaRule
from streams.testing.promises import targets
from tests.core.cases.promise_tales import POLICY, breached, met, standing, tellings, told
from tests.core.cases.ticket_tales import DAY, HOUR, START_MS, agent, created, customer, resolved, status, updated

# --- pauses ----------------------------------------------------------------------------------------------------------


def test_time_stands_in_the_statuses_in_which_the_promise_pauses():
    """Two hours before the pause, six after it."""
    events = (created(0), agent(60), status(2 * HOUR, "pending"), status(50 * HOUR, "open"))
    assert standing(told(*events[:3], now_s=DAY), RESOLUTION) == {}
    assert standing(told(*events), RESOLUTION) == {"due": [56 * HOUR]}
    assert breached(told(*events, now_s=60 * HOUR), RESOLUTION) == [56 * HOUR]
    assert met(told(*events, resolved(56 * HOUR)), RESOLUTION) == [56 * HOUR]


def test_a_ticket_that_is_paused_now_is_never_due():
    tale = told(created(0), agent(60), status(2 * HOUR, "on_hold"), now_s=300 * DAY)
    assert breached(tale, RESOLUTION) == []
    assert TICKETS.due_ms(tale.state, POLICY) == NEVER_MS


def test_a_clock_at_risk_that_pauses_is_not_at_risk_and_is_so_again_when_it_goes_on():
    events = (created(0), agent(60), status(7 * HOUR, "pending"))
    assert standing(told(*events), RESOLUTION) == {}
    assert standing(told(*events, status(20 * HOUR, "open"), now_s=20.5 * HOUR), RESOLUTION) == {
        "due": [21 * HOUR],
        "at_risk": [6.4 * HOUR],
    }
    assert tellings(told(*events)) == [(RESOLUTION, "e00", "at risk")]


def test_a_message_while_it_is_pending_starts_a_clock_that_stands():
    events = (created(0), agent(60), status(HOUR, "pending"), customer(2 * HOUR))
    assert standing(told(*events, now_s=DAY), NEXT_RESPONSE) == {}
    assert standing(told(*events, status(30 * HOUR, "open")), NEXT_RESPONSE) == {"due": [30.5 * HOUR]}
    answered_in_pause = told(*events, agent(30 * HOUR))
    assert met(answered_in_pause, NEXT_RESPONSE) == [30 * HOUR]
    assert answered_in_pause.count(f.NEXT_RESPONSE_HUMAN_IN) == 1


def test_a_status_in_which_the_promise_does_not_pause_changes_nothing():
    tale = told(created(0, priority="urgent"), agent(60), status(HOUR, "on_hold"), now_s=3 * HOUR)
    assert breached(tale, RESOLUTION) == [2 * HOUR]


def test_what_is_breached_stays_so_in_a_pause():
    tale = told(created(0), now_s=2 * HOUR)
    paused = told(created(0), status(1.5 * HOUR, "pending"), now_s=2 * HOUR)
    assert standing(tale, FIRST_RESPONSE) == standing(paused, FIRST_RESPONSE) == {"breached": [HOUR]}


# --- calendars -------------------------------------------------------------------------------------------------------

OFFICE = Calendar("UTC", (((540, 1020),),) * 5 + ((), ()), {19_682: ()})
"""Monday to Friday, 09:00 to 17:00; 2023-11-21, a Tuesday, is a holiday. The tales begin on Tuesday, 2023-11-14 at 22:13:20."""
BUSINESS = Policy(
    queues={"billing": QueuePolicy(calendar="office"), "night": QueuePolicy(calendar="night")},
    calendars={"office": OFFICE, "night": Calendar("UTC", (((1320, 1800),),) * 7)},
    slas=(SlaRule(targets_ms=targets(None, HOUR_MS, None, 8 * HOUR_MS), pause=("pending",)),),
)


def at(text: str) -> float:
    """Seconds after the start of a tale."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() - START_MS / 1000


def test_targets_count_the_hours_of_the_calendar():
    tale = told(created(0), now_s=at("2023-11-17 00:00"), policy=BUSINESS)
    assert breached(tale, FIRST_RESPONSE) == [at("2023-11-15 10:00")]
    assert breached(tale, RESOLUTION) == [at("2023-11-15 17:00")]


def test_a_pause_over_a_weekend_and_a_holiday_keeps_the_hours_that_were_used_up():
    """Friday 16:00 to 17:00 is used up; pending from then until the holiday, Tuesday at noon; so seven hours of Wednesday are left."""
    events = (created(at("2023-11-17 16:00")), agent(at("2023-11-17 16:10")), status(at("2023-11-17 17:00"), "pending"))
    tale = told(*events, status(at("2023-11-21 12:00"), "open"), policy=BUSINESS)
    assert standing(tale, RESOLUTION) == {"due": [at("2023-11-22 16:00")]}


def test_under_two_calendars_the_time_under_each_adds_up():
    """One hour of the office, 16:00 to 17:00; then the night shift from 22:00 on: seven hours more."""
    tale = told(
        created(at("2023-11-16 16:00")), agent(at("2023-11-16 16:10")), updated(at("2023-11-16 20:00"), queue="night"), policy=BUSINESS
    )
    assert standing(tale, RESOLUTION) == {"due": [at("2023-11-17 05:00")]}


def test_an_answer_after_hours_is_late_where_the_target_was_used_up_at_the_close():
    events = (created(at("2023-11-16 16:00")), agent(at("2023-11-16 17:30")))
    assert breached(told(*events, policy=BUSINESS), FIRST_RESPONSE) == [at("2023-11-16 17:00")]

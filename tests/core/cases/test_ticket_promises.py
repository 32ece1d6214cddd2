"""What is promised to a ticket: when it is kept, at risk and breached, when its time stands, and what others are told of it.

Targets: first response 1 h, next response 30 min, resolution 8 h, of them at risk from 80 %; urgent: first response 15 min, resolution 2 h.
Expected instants are written out by hand.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas import fields as f
from schemas.events import TicketEvent
from schemas.values import HOUR_MS, MINUTE_MS, Cell
from streams.core.cases.fold import NEVER_MS
from streams.core.cases.sla_clocks import VOICE, SlaTold
from streams.core.cases.tickets import TICKETS
from streams.core.clocks.business import Calendar
from streams.core.clocks.policy import Policy, QueuePolicy
from streams.core.clocks.sla import FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION, SlaRule
from streams.testing.promises import targets
from tests.core.cases.ticket_tales import (
    DAY,
    HOUR,
    MAIL,
    MINUTE,
    START_MS,
    Tale,
    agent,
    assigned,
    bot,
    created,
    customer,
    deleted,
    handoff,
    merged,
    resolved,
    snapshot,
    status,
    tell,
    updated,
)

URGENT = SlaRule(priority="urgent", targets_ms=targets(None, 15 * MINUTE_MS, None, 2 * HOUR_MS), pause=("pending",))
USUAL = SlaRule(targets_ms=targets(None, HOUR_MS, 30 * MINUTE_MS, 8 * HOUR_MS), pause=("pending", "on_hold"))
POLICY = Policy(slas=(URGENT, USUAL))
PROMPT = MAIL._replace(priority="urgent")


def told(*events: TicketEvent, now_s: float | None = None, policy: Policy = POLICY) -> Tale:
    return tell(*events, now_s=now_s, policy=policy)


def met(tale: Tale, clock: int) -> list[float]:
    return tale.when(f.SLA_MET[clock])


def breached(tale: Tale, clock: int) -> list[float]:
    return tale.when(f.SLA_BREACHED[clock])


def standing(tale: Tale, clock: int) -> dict[str, list[float]]:
    """due, at risk since, breached since: what of it stands."""
    of = {"due": f.SLA_CLOCKS_DUE, "at_risk": f.SLA_CLOCKS_AT_RISK, "breached": f.SLA_CLOCKS_BREACHED}
    return {word: since for word, standings in of.items() if (since := tale.since(standings[clock]))}


def tellings(tale: Tale, policy: Policy = POLICY) -> list[tuple[int, str, str]]:
    """Clock, instance, and how far it came."""
    return [(c.clock, c.instance, "breached" if c.breached_ms >= 0 else "at risk") for c in contents(tale, policy)]


def contents(tale: Tale, policy: Policy = POLICY) -> list[SlaTold]:
    return [content for name, content in TICKETS.tellings(tale.state, policy) if name[0] == VOICE]


# --- first response --------------------------------------------------------------------------------------------------


def test_an_answer_at_the_due_instant_is_in_time_and_one_a_millisecond_later_is_not():
    in_time, late = told(created(0), agent(HOUR)), told(created(0), agent(HOUR + 0.001))
    assert (met(in_time, FIRST_RESPONSE), breached(in_time, FIRST_RESPONSE)) == ([HOUR], [])
    assert (met(late, FIRST_RESPONSE), breached(late, FIRST_RESPONSE)) == ([], [HOUR])
    assert (in_time.count(f.FIRST_RESPONSE_HUMAN_IN), late.when(f.FIRST_RESPONSE_HUMAN_OUT)) == (1, [HOUR])


def test_a_breach_happens_at_its_due_instant_by_the_clock_without_an_event():
    assert breached(told(created(0), now_s=HOUR), FIRST_RESPONSE) == []
    tale = told(created(0), now_s=HOUR + 0.001)
    assert breached(tale, FIRST_RESPONSE) == [HOUR]
    assert tale.count(f.SLA_BREACHED[FIRST_RESPONSE], MAIL) == 1


def test_a_clock_is_due_then_at_risk_then_breached_and_gone_with_the_answer():
    assert standing(told(created(0), now_s=48 * MINUTE), FIRST_RESPONSE) == {"due": [HOUR]}
    assert standing(told(created(0), now_s=48 * MINUTE + 0.001), FIRST_RESPONSE) == {"due": [HOUR], "at_risk": [48 * MINUTE]}
    assert standing(told(created(0), now_s=2 * HOUR), FIRST_RESPONSE) == {"breached": [HOUR]}
    assert standing(told(created(0), agent(2 * HOUR)), FIRST_RESPONSE) == {}


def test_the_fold_says_when_each_instant_of_its_clocks_passes():
    for now_s, next_s in (
        (0, 48 * MINUTE),
        (48 * MINUTE + 0.001, HOUR),
        (HOUR + 0.001, 6.4 * HOUR),
        (7 * HOUR, 8 * HOUR),
        (9 * HOUR, None),
    ):
        tale = told(created(0), now_s=now_s)
        expected = NEVER_MS if next_s is None else START_MS + round(next_s * 1000) + 1
        assert TICKETS.due_ms(tale.state, POLICY) == expected


def test_nothing_is_counted_where_nothing_is_promised():
    tale = tell(created(0), agent(2 * HOUR), resolved(9 * HOUR), policy=Policy())
    assert tale.state.sla is None
    assert [met(tale, clock) + breached(tale, clock) for clock in (FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION)] == [[], [], []]
    assert tale.count(f.FIRST_RESPONSE_HUMAN_IN) == 1  # by the default of its channel, 24 h


def test_the_bot_answers_neither_keep_a_promise_nor_break_it():
    tale = told(created(0), bot(5), handoff(30 * MINUTE), agent(80 * MINUTE))
    assert (met(tale, FIRST_RESPONSE), breached(tale, FIRST_RESPONSE)) == ([80 * MINUTE], [])
    late = told(created(0), bot(5), handoff(30 * MINUTE), agent(91 * MINUTE))
    assert breached(late, FIRST_RESPONSE) == [90 * MINUTE]


def test_a_wait_that_ends_before_it_is_due_without_an_answer_counts_nowhere():
    for end in (resolved(MINUTE), merged(MINUTE), deleted(MINUTE)):
        tale = told(created(0), end)
        assert met(tale, FIRST_RESPONSE) == breached(tale, FIRST_RESPONSE) == []


def test_an_agents_own_ticket_has_no_clock_of_a_first_response_but_one_of_the_next():
    tale = told(created(0, by="agent"), customer(HOUR), agent(HOUR + 31 * MINUTE), now_s=2 * HOUR)
    assert breached(tale, FIRST_RESPONSE) == []
    assert breached(tale, NEXT_RESPONSE) == [HOUR + 30 * MINUTE]


def test_each_later_wait_has_a_clock_of_its_own():
    tale = told(created(0), agent(60), customer(HOUR), agent(HOUR + 60), customer(2 * HOUR), now_s=3 * HOUR)
    assert (met(tale, NEXT_RESPONSE), breached(tale, NEXT_RESPONSE)) == ([HOUR + 60], [2.5 * HOUR])
    assert standing(tale, NEXT_RESPONSE) == {"breached": [2.5 * HOUR]}
    assert tellings(tale) == [(NEXT_RESPONSE, "e04", "breached")]


# --- resolution ------------------------------------------------------------------------------------------------------


def test_a_resolve_in_time_keeps_the_promise_until_it_is_taken_back_by_a_reopen():
    solved = told(created(0), agent(60), resolved(6 * HOUR))
    assert met(solved, RESOLUTION) == solved.when(f.RESOLUTION_FIRST_IN) == [6 * HOUR]
    assert standing(solved, RESOLUTION) == {}
    again = told(created(0), agent(60), resolved(6 * HOUR), status(30 * HOUR, "open"))
    assert met(again, RESOLUTION) == []
    assert again.when(f.RESOLUTION_FIRST_IN) == [6 * HOUR]


def test_while_it_is_resolved_the_clock_stands_and_it_goes_on_where_it_was():
    """Six hours of eight are used up, so two are left after the reopen; at 80 %, 6.4 h, there are 24 minutes."""
    events = (created(0), agent(60), resolved(6 * HOUR), status(30 * HOUR, "open"))
    assert standing(told(*events), RESOLUTION) == {"due": [32 * HOUR]}
    assert standing(told(*events, now_s=30.5 * HOUR), RESOLUTION) == {"due": [32 * HOUR], "at_risk": [30.4 * HOUR]}
    assert breached(told(*events, now_s=33 * HOUR), RESOLUTION) == [32 * HOUR]
    kept = told(*events, resolved(31 * HOUR))
    assert (met(kept, RESOLUTION), kept.when(f.RESOLUTION_FIRST_IN)) == ([31 * HOUR], [6 * HOUR])


def test_a_breach_before_the_first_resolve_is_one_of_the_first_resolution_too():
    tale = told(created(0), agent(60), resolved(9 * HOUR))
    assert (breached(tale, RESOLUTION), tale.when(f.RESOLUTION_FIRST_OUT)) == ([8 * HOUR], [8 * HOUR])
    assert met(tale, RESOLUTION) == tale.when(f.RESOLUTION_FIRST_IN) == []
    later = told(created(0), agent(60), resolved(HOUR), status(2 * HOUR, "open"), now_s=DAY)
    assert (breached(later, RESOLUTION), later.when(f.RESOLUTION_FIRST_OUT)) == ([9 * HOUR], [])


def test_merged_and_deleted_cases_keep_no_promise_and_what_they_broke_stays():
    for end in (merged(10 * HOUR), deleted(10 * HOUR)):
        kept = told(created(0), agent(60), resolved(HOUR), end)
        assert met(kept, RESOLUTION) == kept.when(f.RESOLUTION_FIRST_IN) == []
        broken = told(created(0), agent(60), end)
        assert breached(broken, RESOLUTION) == [8 * HOUR]
        assert tellings(broken) == [(RESOLUTION, "e00", "breached")]
        assert broken.standings == ()


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


# --- other labels ----------------------------------------------------------------------------------------------------


def test_a_raised_priority_plans_open_clocks_anew_from_their_start_with_their_pauses_kept():
    """One hour of work, one of pause, then urgent: 2 h from the start and 1 h of pause."""
    events = (created(0), agent(60), status(HOUR, "pending"), status(2 * HOUR, "open"), updated(2.5 * HOUR, priority="urgent"))
    assert standing(told(*events), RESOLUTION) == {"due": [3 * HOUR]}
    tale = told(*events, now_s=4 * HOUR)
    assert breached(tale, RESOLUTION) == [3 * HOUR]
    assert tale.count(f.SLA_BREACHED[RESOLUTION], PROMPT) == 1


def test_a_lowered_priority_gives_an_open_clock_more_time():
    tale = told(created(0, priority="urgent"), agent(60), updated(1.9 * HOUR, priority="low"), now_s=7 * HOUR)
    assert breached(tale, RESOLUTION) == []
    assert standing(tale, RESOLUTION) == {"due": [8 * HOUR], "at_risk": [1.6 * HOUR]}  # since it was urgent, and again since 6.4 h


def test_a_target_that_a_raised_priority_finds_passed_was_due_where_it_would_have_been():
    tale = told(created(0), updated(30 * MINUTE, priority="urgent"), now_s=HOUR)
    assert breached(tale, FIRST_RESPONSE) == [15 * MINUTE]
    assert tale.when(f.FIRST_RESPONSE_HUMAN_OUT) == [15 * MINUTE]
    paused = told(
        created(0), agent(60), status(HOUR, "on_hold"), status(2 * HOUR, "open"), updated(4 * HOUR, priority="urgent"), agent(5 * HOUR)
    )
    assert breached(paused, RESOLUTION) == [3 * HOUR]


def test_a_change_after_a_promise_was_kept_or_broken_changes_nothing_of_it():
    kept = told(created(0), agent(20 * MINUTE), updated(30 * MINUTE, priority="urgent"))
    assert (met(kept, FIRST_RESPONSE), breached(kept, FIRST_RESPONSE)) == ([20 * MINUTE], [])
    broken = told(created(0, priority="urgent"), updated(30 * MINUTE, priority="low"), agent(40 * MINUTE))
    assert (met(broken, FIRST_RESPONSE), breached(broken, FIRST_RESPONSE)) == ([], [15 * MINUTE])


def test_a_promise_that_comes_with_a_label_runs_from_the_start_of_the_wait():
    policy = Policy(slas=(SlaRule(queue="vip", targets_ms=targets(None, HOUR_MS, None, None)),))
    tale = told(created(0), updated(30 * MINUTE, queue="vip"), now_s=2 * HOUR, policy=policy)
    assert breached(tale, FIRST_RESPONSE) == [HOUR]
    gone = told(created(0, queue="vip"), assigned(30 * MINUTE, queue="billing"), now_s=2 * HOUR, policy=policy)
    assert breached(gone, FIRST_RESPONSE) == []
    assert standing(gone, FIRST_RESPONSE) == {}
    back = told(created(0, queue="vip"), updated(30 * MINUTE, queue="billing"), updated(40 * MINUTE, queue="vip"), now_s=DAY, policy=policy)
    assert breached(back, FIRST_RESPONSE) == [HOUR]


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


# --- snapshots -------------------------------------------------------------------------------------------------------


def test_of_a_case_carried_in_what_was_due_before_stands_and_is_not_told():
    events = (snapshot(DAY, "open", 0, 0, queue="billing", channel="email"),)
    rule = SlaRule(targets_ms=targets(None, HOUR_MS, None, 8 * HOUR_MS))
    policy = Policy(slas=(rule,))
    tale = told(*events, now_s=2 * DAY, policy=policy)
    assert standing(tale, FIRST_RESPONSE) == {"breached": [HOUR]}
    assert standing(tale, RESOLUTION) == {"breached": [8 * HOUR]}
    assert breached(tale, FIRST_RESPONSE) == breached(tale, RESOLUTION) == []
    assert tellings(tale, policy) == []
    solved = told(*events, agent(25 * HOUR), resolved(26 * HOUR), policy=policy)
    assert met(solved, FIRST_RESPONSE) == met(solved, RESOLUTION) == []


def test_of_a_case_carried_in_whose_promise_pauses_nobody_knows_how_long_it_stood():
    tale = told(snapshot(HOUR, "open", 0, 0, queue="billing", channel="email"), now_s=3 * DAY)
    assert standing(tale, RESOLUTION) == {}
    assert breached(tale, RESOLUTION) == []


def test_a_snapshot_that_knows_of_an_earlier_creation_makes_the_clock_older():
    events: tuple[TicketEvent, ...] = (created(4 * HOUR), agent(4 * HOUR + 60), snapshot(5 * HOUR, "open", 0))
    assert standing(told(*events), RESOLUTION) == {"due": [8 * HOUR]}


# --- what is told ----------------------------------------------------------------------------------------------------


def test_what_was_at_risk_and_then_kept_stays_told_and_what_was_not_is_not():
    assert tellings(told(created(0), agent(50 * MINUTE))) == [(FIRST_RESPONSE, "e00", "at risk")]
    assert tellings(told(created(0), agent(40 * MINUTE))) == []


def test_a_breach_says_its_labels_target_and_due_instant():
    (content,) = contents(told(created(0, priority="urgent"), agent(HOUR)))
    assert content == SlaTold(FIRST_RESPONSE, "e00", START_MS + 720_000, START_MS + 900_000, START_MS + 900_000, PROMPT, 15 * MINUTE_MS)


@pytest.mark.parametrize("end", [agent(2 * HOUR), resolved(2 * HOUR), merged(2 * HOUR)])
def test_a_breach_stays_told_whatever_ends_its_clock(end: Any):
    assert (FIRST_RESPONSE, "e00", "breached") in tellings(told(created(0), end))


def test_however_many_labels_producers_make_up_the_promises_that_are_kept_looked_up_stay_few():
    policy = Policy(slas=(USUAL,))
    for number in range(10_001):
        assert policy.promise(RESOLUTION, Cell(f"q{number}", "email", "normal")) is not None
    assert len(policy._promises) <= 10_000

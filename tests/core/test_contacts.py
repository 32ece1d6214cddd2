"""What customers make of calls and tickets together, from raw events to rows, counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.events import Event
from tests.core.cases import call_tales as call
from tests.core.cases import ticket_tales as ticket
from tests.core.coming import DAY, HOUR, Found, Lines, gave_up, handled, solved, turned_away
from tests.core.driving import KeptShard, told

KPIS = ("first_contact_resolution", "repeat_contact_rate", "calls_to_resolution", "preferred_channel", "callbacks_owed")


def test_without_a_known_customer_or_a_case_contacts_have_rows_and_nothing_in_them():
    found = Found(Lines().case("c1", *handled(60)).case("t1", ticket.created(0)))
    assert {name[0] for name in found.rows if name[0] in KPIS}
    assert not [name for name, row in found.rows.items() if name[0] in KPIS and (row["value"] or row.get("samples"))]
    assert found("handle_time", "per_case") == (None, 0)
    assert found("blockage", "distinct_callers") == (0, None)


def test_one_call_of_one_customer():
    found = Found(Lines().case("c1", *handled(60, "ann", case_id="t9")))
    assert found("repeat_contact_rate", "rate") == (0.0, 1)
    assert found("first_contact_resolution", "provisional") == (1.0, 1)
    assert found("first_contact_resolution", "final") == (1.0, 1)
    assert found("calls_to_resolution", "mean") == (None, 0)
    assert found("handle_time", "per_case") == (50.0, 1)
    assert found("callbacks_owed", "count") == (0, None)
    assert found("callbacks_owed", "reached") == (None, 0)
    assert found("preferred_channel", "share", channel="phone") == (None, 0)  # 40 days ago
    assert Found(Lines().case("c1", *handled(60, "ann")), until_s=DAY)("preferred_channel", "share", channel="phone") == (1.0, 1)


def test_one_ticket_of_one_customer():
    found = Found(Lines().case("t1", *solved(DAY, "ann")))
    assert found("repeat_contact_rate", "rate", channel="email") == (0.0, 1)
    assert found("first_contact_resolution", "final", queue="billing") == (1.0, 1)
    assert found("calls_to_resolution", "mean") == (1.0, 1)


def test_a_case_with_a_question_back_a_call_about_it_and_a_reopen():
    """Written, asked back, called about, resolved on the 2nd day; written again on the 4th: resolved at last with 4 contacts."""
    lines = Lines().case(
        "t1",
        ticket.created(0, customer_id="ann"),
        ticket.agent(HOUR),
        ticket.customer(2 * HOUR),
        ticket.agent(3 * HOUR),
        ticket.resolved(2 * DAY),
        ticket.customer(4 * DAY),
        ticket.agent(5 * DAY),
        ticket.resolved(5 * DAY),
    )
    lines.case("c1", *handled(DAY, "ann", case_id="t1"))
    found = Found(lines)
    assert found("calls_to_resolution", "mean") == (4.0, 1)
    assert found("first_contact_resolution", "final") == (0.0, 1)
    assert found("repeat_contact_rate", "rate") == (0.75, 4)  # all but the first
    assert found("handle_time", "per_case") == (50.0, 1)


def test_first_contact_resolution_is_provisional_until_seven_days_have_passed_and_a_repeat_takes_it_back():
    shard = KeptShard()

    def says(*events: Event, case_id: str) -> None:
        for topic, value in Lines().case(case_id, *events):
            shard.says(topic, value)

    def fcr(window: str) -> list[float | None]:
        return [shard.value("first_contact_resolution", stat, window) for stat in ("provisional", "final")]

    for number, customer_id in enumerate(("ann", "bob", "cem", "dan"), 1):
        says(*solved(DAY, customer_id), case_id=f"t{number}")
    shard.at(call.ms(2 * DAY))
    assert fcr("30d") == [1.0, None]
    says(*solved(4 * DAY, "ann"), case_id="t5")  # again: t1 was not the end of it
    shard.at(call.ms(8 * DAY))
    assert fcr("30d") == [4 / 5, None]
    shard.at(call.ms(8 * DAY + 1))  # without an event
    assert fcr("30d") == [4 / 5, 3 / 4]
    assert fcr("today") == [None, 3 / 4]
    says(*solved(9 * DAY, "bob"), case_id="t6")  # 8 days later: another matter
    shard.at(call.ms(17 * DAY))
    assert fcr("30d") == [5 / 6, 5 / 6]


def test_a_ticket_that_is_deleted_was_never_resolved_at_the_first_contact():
    lines = Lines().case("t1", *solved(DAY, "ann"), ticket.deleted(10 * DAY)).case("t2", *solved(DAY, "bob"))
    assert Found(lines)("first_contact_resolution", "final") == (1.0, 1)
    assert Found(lines)("calls_to_resolution", "mean") == (1.0, 1)


def test_where_there_are_tickets_calls_are_no_cases():
    calls = Lines().case("c1", *handled(DAY, "ann")).case("c2", *handled(2 * DAY, "ann")).case("c3", *handled(DAY, "bob"))
    assert Found(calls)("first_contact_resolution", "final") == (2 / 3, 3)
    calls.case("t1", *solved(DAY, "cem", channel="form"))
    assert Found(calls)("first_contact_resolution", "final") == (1.0, 1)
    assert Found(calls)("first_contact_resolution", "final", channel="phone") == (None, 0)


def test_a_ticket_logged_for_a_call_is_one_contact_with_it():
    lines = Lines().case("c1", *handled(HOUR, "ann", case_id="t1"))
    lines.case("t1", ticket.created(HOUR, "phone", customer_id="ann", call_id="c1"), ticket.agent(HOUR + 5), ticket.resolved(2 * HOUR))
    found = Found(lines)
    assert found("repeat_contact_rate", "rate") == (0.0, 1)
    assert found("calls_to_resolution", "mean") == (1.0, 1)
    assert found("first_contact_resolution", "final") == (1.0, 1)


def test_customers_prefer_the_channel_they_use_most_whatever_one_heavy_writer_does():
    lines = Lines()
    for number in range(9):
        lines.case(f"t{number}", ticket.created(number * HOUR, "email", customer_id="ann"))
    for number, customer_id in enumerate(("bob", "cem", "dan")):
        lines.case(f"c{number}", *handled(DAY + number, customer_id))
    found = Found(lines, until_s=2 * DAY)
    assert found("preferred_channel", "share", channel="phone") == (0.75, 4)
    assert found("preferred_channel", "share", channel="email") == (0.25, 4)


def test_a_customer_is_owed_a_call_back_until_somebody_has_talked_with_them():
    shard = KeptShard()

    def says(*events: Event, case_id: str) -> None:
        for topic, value in Lines().case(case_id, *events):
            shard.says(topic, value)

    def owed() -> tuple[Any, Any, Any]:
        return tuple(shard.value("callbacks_owed", stat, "30d" if stat == "reached" else "now") for stat in ("count", "oldest", "reached"))

    says(*gave_up(HOUR, "ann"), case_id="c1")
    says(*turned_away(HOUR, "bob", "closed"), case_id="c2")
    says(*gave_up(HOUR), case_id="c3")  # nobody knows who that was
    shard.at(call.ms(3 * HOUR))
    assert owed() == (2, 7_200.0, 0.0)
    says(*gave_up(2 * HOUR, "ann"), case_id="c4")  # tries again: owed since the first time
    assert owed() == (2, 7_200.0, 0.0)
    says(*handled(3 * HOUR, "ann", direction="outbound"), case_id="c5")  # we called back
    assert owed() == (1, 7_200.0, 0.5)
    says(*handled(3 * HOUR, "bob"), case_id="c6")  # got through
    assert owed() == (0, None, 1.0)
    says(*gave_up(4 * HOUR, "ann"), case_id="c7")
    shard.at(call.ms(4 * HOUR + 600))
    assert owed() == (1, 600.0, 2 / 3)
    assert shard.value("callbacks_owed", "count", "now", queue="billing") == 1


def test_a_late_answer_shows_that_nobody_was_owed_a_call():
    shard = KeptShard()
    shard.says("calls", *(value for _, value in Lines().case("c1", *gave_up(HOUR, "ann"))))
    shard.at(call.ms(2 * HOUR))
    assert shard.value("callbacks_owed", "count", "now") == 1
    late: list[Event] = [call.rejoined(HOUR + 1), call.answered(HOUR + 5), call.ended(HOUR + 60)]
    shard.says("calls", *(told(event, f"9{n}", call_id="c1") for n, event in enumerate(late)))
    assert shard.value("callbacks_owed", "count", "now") == 0
    assert shard.value("callbacks_owed", "reached", "30d") is None


BLOCKS = (
    (0, "ann", "billing"),
    (DAY, "ann", "support"),
    (2 * DAY, "cem", None),
    (3 * DAY - 60, "bob", "billing"),
    (3 * DAY, "ann", "billing"),
)


@pytest.mark.parametrize("window", ["5m", "1h", "today", "7d", "30d", "month", "year"])
def test_who_was_blocked_again_and_again_is_one_caller_in_each_window_that_ends_now(window):
    shard = KeptShard()
    lines = Lines()
    for number, (at_s, customer_id, queue) in enumerate(BLOCKS):
        lines.case(f"c{number}", *turned_away(at_s, customer_id, queue=queue))
    for topic, value in lines:
        shard.says(topic, value)
    shard.at(call.ms(3 * DAY + 1))
    callers = {"5m": 2, "1h": 2, "today": 2}.get(window, 3)
    assert shard.value("blockage", "distinct_callers", window) == callers
    assert shard.value("blockage", "distinct_callers", window, queue="billing") == 2
    assert shard.value("blockage", "distinct_callers", window, queue="support") == (0 if window in ("5m", "1h", "today") else 1)
    assert shard.value("blockage", "distinct_callers", window, channel="phone") == callers


def test_who_was_blocked_yesterday_is_one_of_yesterday_whatever_happens_today():
    shard = KeptShard()
    lines = Lines()
    for number, at_s in enumerate((DAY, 2 * DAY, 2 * DAY + HOUR, 2 * DAY + 2 * HOUR)):
        lines.case(f"c{number}", *turned_away(at_s, "ann"))
    for topic, value in lines:
        shard.says(topic, value)
    shard.at(call.ms(2 * DAY + 3 * HOUR))  # a quarter past one, UTC: one of four was today
    assert [shard.value("blockage", "distinct_callers", window) for window in ("today", "yesterday", "last_week", "7d")] == [1, 1, 0, 1]

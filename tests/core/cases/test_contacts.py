"""What a customer's contacts count for: repeats, first-contact resolution, contacts of a case, handle time of a case, preferred channel."""

from __future__ import annotations

from schemas import fields as f
from schemas.values import Cell
from tests.core.cases.contact_tales import BILLING, DAY, MAIL, WEEK, Book, handled, ms, reopened, resolved, said, told, wrote

CASES = (f.FIRST_CONTACT_CASES, f.FIRST_CONTACT_CASES_MET)
CASES_FINAL = (f.FIRST_CONTACT_CASES_FINAL, f.FIRST_CONTACT_CASES_MET_FINAL)
CALLS = (f.FIRST_CONTACT_CALLS, f.FIRST_CONTACT_CALLS_MET)
CALLS_FINAL = (f.FIRST_CONTACT_CALLS_FINAL, f.FIRST_CONTACT_CALLS_MET_FINAL)
PHONE = Cell("", "phone", "normal")
EMAIL = Cell("", "email", "normal")


def counts(book: Book, fields: tuple[int, int]) -> tuple[int, int]:
    return book.count(fields[0]), book.count(fields[1])


# --- contacts and repeats -----------------------------------------------------------------------------------------------


def test_a_first_contact_is_no_repeat():
    book = told(handled("c1", 0), at_h=1)
    assert (book.count(f.CONTACTS, BILLING), book.count(f.CONTACTS_REPEATED)) == (1, 0)


def test_a_contact_within_n_days_after_another_one_is_a_repeat_whatever_their_channels():
    book = told(handled("c1", 0), wrote("t1:0", WEEK), handled("c2", 2 * WEEK + 0.001), at_h=3 * WEEK)
    assert book.count(f.CONTACTS) == 3
    assert book.when(f.CONTACTS_REPEATED) == [WEEK]
    assert book.count(f.CONTACTS_REPEATED, MAIL) == 1


def test_a_call_abandoned_then_tried_again_is_a_repeat_but_no_failed_resolution():
    book = told(said("c1", "unserved", 0), said("c1:a0", "abandoned", 0), handled("c2", 1), at_h=2)
    assert (book.count(f.CONTACTS), book.when(f.CONTACTS_REPEATED)) == (2, [1.0])
    assert counts(book, CALLS) == (1, 1)


def test_calls_that_we_make_and_blocked_attempts_are_no_contacts():
    book = told(said("c1", "reached", 0), said("c2:b0", "blocked", 1), said("c3:b0", "closed", 2), at_h=3)
    assert book.count(f.CONTACTS) == 0
    assert counts(book, CALLS) == (0, 0)


def test_two_contacts_of_one_instant_do_not_repeat_each_other():
    assert told(handled("c1", 0), handled("c2", 0), at_h=1).count(f.CONTACTS_REPEATED) == 0


def test_customers_do_not_know_of_each_other():
    book = Book()
    book.hear(handled("c1", 0), id_="ann")
    book.hear(handled("c2", 1), id_="bob")
    assert book.at(2).count(f.CONTACTS_REPEATED) == 0
    assert counts(book, CALLS) == (2, 2)


def test_a_late_contact_makes_the_one_after_it_a_repeat():
    book = told(handled("c2", 5), at_h=6)
    assert book.count(f.CONTACTS_REPEATED) == 0
    book.hear(handled("c1", 2))
    assert book.at(7).when(f.CONTACTS_REPEATED) == [5.0]


def test_a_contact_that_is_taken_back_leaves_nothing_behind():
    book = told(handled("c1", 0), handled("c2", 2), at_h=3)
    book.hear(said("c1", "handled", 0, rev=2, op="unset"))
    book.at(4)
    assert (book.when(f.CONTACTS), book.count(f.CONTACTS_REPEATED)) == ([2.0], 0)
    assert book.hear(handled("c1", 0)) == ["duplicate"]  # the record from before, once more
    assert book.at(5).when(f.CONTACTS) == [2.0]


def test_a_newer_revision_takes_the_place_of_an_older_one_in_whatever_order_they_come():
    newer = handled("c1", 2, rev=5, queue="support")
    for records in ([handled("c1", 1, rev=4), newer], [newer, handled("c1", 1, rev=4)]):
        assert told(*records, at_h=3).when(f.CONTACTS) == [2.0]


# --- first-contact resolution of cases ------------------------------------------------------------------------------------


def test_a_case_resolved_with_one_contact_counts_at_once_and_finally_n_days_later_by_the_clock():
    book = told(wrote("t1:0", 0, case_id="t1"), resolved("t1", 3), at_h=3 + WEEK)
    assert (counts(book, CASES), counts(book, CASES_FINAL)) == ((1, 1), (0, 0))
    book.at(3 + WEEK + 0.001)  # without an event
    assert (counts(book, CASES), counts(book, CASES_FINAL)) == ((1, 1), (1, 1))
    assert (book.when(f.FIRST_CONTACT_CASES_MET), book.when(f.FIRST_CONTACT_CASES_MET_FINAL)) == ([3.0], [3 + WEEK])


def test_a_case_that_took_two_contacts_is_not_resolved_at_the_first():
    assert counts(told(resolved("t1", 3, contacts=2), at_h=4), CASES) == (1, 0)


def test_a_case_that_no_customer_asked_for_has_no_first_contact():
    assert counts(told(resolved("t1", 3, contacts=0), at_h=4), CASES) == (1, 0)


def test_a_reopen_within_n_days_takes_it_back_and_one_later_does_not():
    book = told(resolved("t1", 0), at_h=1)
    assert counts(book, CASES) == (1, 1)
    book.hear(reopened("t1", 2))
    assert counts(book.at(3), CASES) == (1, 0)
    assert counts(book.at(2 * WEEK), CASES_FINAL) == (1, 0)
    assert counts(told(resolved("t1", 0), reopened("t1", WEEK), at_h=2 * WEEK), CASES_FINAL) == (1, 0)
    assert counts(told(resolved("t1", 0), reopened("t1", WEEK + 0.001), at_h=2 * WEEK), CASES_FINAL) == (1, 1)


def test_a_repeat_within_n_days_takes_it_back_where_it_may_be_about_the_same():
    for topic, met in ((None, 0), ("invoice", 0), ("login", 1)):
        book = told(resolved("t1", 0, topic="invoice"), wrote("t2:0", DAY, case_id="t2", topic=topic), at_h=2 * DAY)
        assert counts(book, CASES) == (1, met), topic
    assert counts(told(resolved("t1", 0), wrote("t2:0", DAY, topic="login"), at_h=2 * DAY), CASES) == (1, 0)  # no topic given
    assert counts(told(resolved("t1", 0), wrote("t2:0", WEEK + 0.001), at_h=2 * WEEK), CASES_FINAL) == (1, 1)


def test_an_abandoned_call_after_it_is_no_repeat_of_it():
    book = told(resolved("t1", 0), said("c1", "unserved", 1), said("c1:a0", "abandoned", 1), at_h=2)
    assert counts(book, CASES) == (1, 1)


def test_a_repeat_that_comes_late_corrects_what_was_final():
    book = told(resolved("t1", 0), at_h=2 * WEEK)
    assert counts(book, CASES_FINAL) == (1, 1)
    book.hear(wrote("t2:0", DAY))
    book.at(2 * WEEK + 1)
    assert (counts(book, CASES), counts(book, CASES_FINAL)) == ((1, 0), (1, 0))
    assert book.when(f.FIRST_CONTACT_CASES_FINAL) == [WEEK]


def test_a_case_counts_at_its_first_resolve_alone():
    book = told(resolved("t1", 0), reopened("t1", 1), resolved("t1", 2, again=True), at_h=3)
    assert book.when(f.FIRST_CONTACT_CASES) == [0.0]
    assert counts(book, CASES) == (1, 0)


def test_a_case_of_an_unknown_customer_is_held_against_its_own_contacts_alone():
    book = Book()
    book.hear(resolved("t1", 1), handled("c1", 2, case_id="t1"), id_="case:t1")
    book.hear(resolved("t2", 1), id_="case:t2")
    book.at(3)
    assert counts(book, CASES) == (2, 1)  # the call about t1 came after its resolve
    assert (book.count(f.CONTACTS), counts(book, CALLS), book.stand(f.PREFERRED)) == (0, (0, 0), [])


# --- of calls, where there are no tickets -----------------------------------------------------------------------------------


def test_a_handled_call_is_met_if_the_customer_does_not_come_again_in_n_days():
    book = told(handled("c1", 0), handled("c2", DAY), at_h=2 * DAY)
    assert counts(book, CALLS) == (2, 1)
    assert book.when(f.FIRST_CONTACT_CALLS_MET) == [DAY]
    book.at(WEEK + 0.5)
    assert counts(book, CALLS_FINAL) == (1, 0)
    book.at(2 * WEEK)
    assert counts(book, CALLS_FINAL) == (2, 1)


# --- contacts and handle time of a case -------------------------------------------------------------------------------------


def test_contacts_of_a_case_are_its_waits_and_the_handled_calls_that_name_it():
    book = told(
        handled("c1", 1, case_id="t1"),
        said("c2", "unserved", 2, case_id="t1"),  # nobody talked
        handled("c3", 3, case_id="t9"),  # another case
        handled("c4", 4),  # none
        resolved("t1", 5, contacts=2),
        handled("c5", 6, case_id="t1"),  # after it
        at_h=7,
    )
    assert (book.count(f.CASES_WITH_CONTACTS), book.count(f.CASE_CONTACTS, MAIL)) == (1, 3)


def test_the_call_that_a_ticket_was_logged_for_is_its_first_wait():
    logged = resolved("t1", 5, contacts=2, call_id="call:c1")
    assert told(handled("call:c1", 1, case_id="t1"), logged, at_h=7).count(f.CASE_CONTACTS) == 2
    assert told(handled("call:c1", 1), logged, at_h=7).count(f.CASE_CONTACTS) == 2
    assert told(logged, at_h=7).count(f.CASE_CONTACTS) == 2
    assert told(handled("call:c9", 1, case_id="t1"), logged, at_h=7).count(f.CASE_CONTACTS) == 3


def test_contacts_to_resolution_are_those_to_the_last_resolve_and_none_while_a_case_is_open_again():
    book = told(resolved("t1", 0, contacts=1), at_h=1)
    assert (book.when(f.CASES_WITH_CONTACTS), book.count(f.CASE_CONTACTS)) == ([0.0], 1)
    book.hear(reopened("t1", 2))
    book.at(3)
    assert (book.when(f.CASES_WITH_CONTACTS), book.count(f.CASE_CONTACTS)) == ([], 0)
    book.hear(resolved("t1", 9, contacts=4, again=True))
    book.at(10)
    assert (book.when(f.CASES_WITH_CONTACTS), book.count(f.CASE_CONTACTS)) == ([9.0], 4)


def test_handle_time_of_a_case_is_that_of_all_its_calls_at_the_last_of_them():
    book = told(handled("c1", 1, case_id="t1", handle_ms=60_000), handled("c2", 2), at_h=3)
    assert (book.when(f.CASES_HANDLED), book.count(f.CASES_HANDLE_MS)) == ([1.0], 60_000)
    book.hear(handled("c3", 4, case_id="t1", handle_ms=30_000, queue="support"), handled("c4", 5, case_id="t2", handle_ms=6_000))
    book.at(6)
    assert (book.when(f.CASES_HANDLED), book.count(f.CASES_HANDLE_MS)) == ([4.0, 5.0], 96_000)
    book.hear(handled("c3", 4, rev=2, case_id="t1", handle_ms=40_000, queue="support"))  # its wrap-up is known now
    assert book.at(7).count(f.CASES_HANDLE_MS) == 106_000


# --- preferred channel ------------------------------------------------------------------------------------------------------


def test_a_customer_prefers_the_channel_used_most_and_of_two_the_one_used_last():
    book = told(handled("c1", 0), at_h=0.5)
    assert book.stand(f.PREFERRED) == [(PHONE, 0)]
    book.hear(wrote("t1:0", 1))
    assert book.at(2).stand(f.PREFERRED) == [(EMAIL, 0)]
    book.hear(handled("c2", 0.5))  # late
    assert book.at(3).stand(f.PREFERRED) == [(PHONE, 0)]


def test_what_is_thirty_days_old_leaves_when_the_day_begins_without_an_event():
    # Monday 09:00 is 15 hours before the next day. Of 30 business days the first leaves at the start of the 31st.
    book = told(handled("c1", 0), handled("c2", 1), wrote("t1:0", 26), at_h=29 * DAY + 14.99)
    assert book.stand(f.PREFERRED) == [(PHONE, 0)]
    assert book.at(29 * DAY + 15).stand(f.PREFERRED) == [(EMAIL, 0)]
    assert book.at(30 * DAY + 14.99).stand(f.PREFERRED) == [(EMAIL, 0)]
    assert book.at(30 * DAY + 15).stand(f.PREFERRED) == []


# --- how long it is kept ------------------------------------------------------------------------------------------------------


def test_a_customer_is_forgotten_when_nothing_depends_on_the_contacts_and_what_they_counted_for_stays():
    book = told(handled("c1", 0), at_h=39.9 * DAY)
    assert len(book.rows) == 1
    book.at(40 * DAY)
    assert (book.rows, book.stood, len(book.store)) == ({}, {}, 0)
    assert counts(book, CALLS_FINAL) == (1, 1)
    book.hear(handled("c2", 41 * DAY))
    assert (book.at(42 * DAY).count(f.CONTACTS), book.count(f.CONTACTS_REPEATED)) == (2, 0)


def test_what_was_due_while_nobody_worked_for_weeks_counts_before_it_is_forgotten():
    book = told(handled("c1", 0), at_h=1)
    book.at(60 * DAY)
    assert (counts(book, CALLS_FINAL), len(book.store)) == ((1, 1), 0)
    book = told(handled("c1", 0), handled("c2", 3 * DAY), at_h=4 * DAY)
    book.at(41 * DAY)
    assert counts(book, CALLS_FINAL) == (2, 1)
    book.at(50 * DAY)
    assert (counts(book, CALLS_FINAL), len(book.store)) == ((2, 1), 0)


def test_what_a_forgotten_contact_made_of_a_later_one_stays():
    book = told(handled("c1", 0), handled("c2", 5 * DAY), at_h=6 * DAY)
    book.at(44 * DAY).hear(handled("c3", 43.9 * DAY))  # c1 goes
    book.at(44.5 * DAY)
    assert book.when(f.CONTACTS_REPEATED) == [5 * DAY]
    book.hear(said("c2", "handled", 5 * DAY, rev=2, op="unset"))
    book.at(44.6 * DAY)
    assert (book.when(f.CONTACTS), book.count(f.CONTACTS_REPEATED)) == ([0.0, 43.9 * DAY], 0)


def test_who_was_given_up_after_30_days_is_not_owed_anew_when_the_first_try_is_forgotten():
    """Else somebody reached later would be reached without having been owed: more of them than all."""
    book = told(said("a1", "abandoned", 0), said("a2", "abandoned", 25 * DAY), at_h=26 * DAY)
    for day in (41, 66):
        book.at(day * DAY).hear(wrote(f"w{day}", day * DAY))
        assert book.at(day * DAY + 1).stand(f.OWED) == [], f"day {day}"
    book = told(said("a1", "abandoned", 0), said("a2", "abandoned", 25 * DAY), at_h=26 * DAY)
    book.at(42 * DAY).hear(handled("c1", 42 * DAY))
    book.at(43 * DAY)
    assert (book.when(f.CALLBACKS_DUE), book.count(f.CALLBACKS_REACHED)) == ([0.0], 0)


def test_a_block_that_is_kept_for_the_distinct_callers_of_the_year_begins_no_wait_for_a_call_back():
    book = told(said("b1", "blocked", 0), handled("c1", 5 * DAY), said("a1", "abandoned", 20 * DAY), at_h=21 * DAY)
    book.at(46 * DAY).hear(wrote("w1", 46 * DAY))
    assert book.at(47 * DAY).stand(f.OWED) == [(BILLING, ms(20 * DAY))], "reached on day 5, gave up on day 20"
    book.hear(handled("c2", 48 * DAY))
    book.at(49 * DAY)
    assert (book.when(f.CALLBACKS_DUE), book.when(f.CALLBACKS_REACHED)) == ([0.0, 20 * DAY], [0.0, 20 * DAY])
    book.at(300 * DAY).hear(said("b2", "blocked", 300 * DAY))
    assert book.at(301 * DAY).when(f.CALLERS_BLOCKED[(), "latest"]) == [300 * DAY]


def test_a_revision_of_a_contact_that_is_no_longer_known_changes_nothing():
    book = told(handled("c1", 0), at_h=41 * DAY)
    assert book.hear(handled("c1", 0, rev=2)) == ["too_late"]
    assert book.at(42 * DAY).count(f.CONTACTS) == 1


def test_calls_of_a_case_are_known_for_longer_until_it_is_resolved():
    book = told(handled("c1", 0, case_id="t1"), at_h=60 * DAY)
    book.hear(resolved("t1", 60 * DAY, contacts=1))
    assert book.at(61 * DAY).count(f.CASE_CONTACTS) == 2


def test_a_call_of_a_case_counts_as_long_as_its_resolve_does_so_that_it_is_final_what_it_was_provisionally():
    book = told(handled("c1", 0, case_id="t1"), at_h=1)
    book.at(45 * DAY).hear(resolved("t1", 45 * DAY, contacts=1))
    assert counts(book.at(46 * DAY), CASES) == (1, 0)
    book.at(53 * DAY)
    assert (counts(book, CASES), counts(book, CASES_FINAL)) == ((1, 0), (1, 0)), "it took two contacts"
    book.hear(reopened("t1", 54 * DAY), resolved("t1", 60 * DAY, contacts=2, again=True))
    assert book.at(61 * DAY).count(f.CASE_CONTACTS) == 3


def test_a_case_that_is_resolved_again_when_its_first_resolve_is_forgotten_does_not_count_as_another_case():
    book = told(resolved("t1", 0, contacts=1), reopened("t1", DAY), at_h=2 * DAY)
    book.at(9 * DAY).at(44 * DAY).hear(resolved("t1", 44 * DAY, contacts=2, again=True))
    book.at(60 * DAY)
    assert (counts(book, CASES), counts(book, CASES_FINAL)) == ((1, 0), (1, 0))
    assert (book.when(f.CASES_WITH_CONTACTS), book.count(f.CASE_CONTACTS)) == ([44 * DAY], 2)


def test_with_another_n_a_customer_is_counted_anew_when_something_is_heard_of_it():
    book = told(handled("c1", 0), handled("c2", 10 * DAY), at_h=11 * DAY)
    assert book.count(f.CONTACTS_REPEATED) == 0
    book.fold.repeat_days = 14
    book.restart()
    assert book.at(12 * DAY).count(f.CONTACTS_REPEATED) == 0
    book.hear(handled("c3", 12 * DAY))
    book.at(13 * DAY)
    assert book.when(f.CONTACTS_REPEATED) == [10 * DAY, 12 * DAY]
    assert counts(book, CALLS) == (3, 1)
    book.at(39 * DAY)
    assert counts(book, CALLS_FINAL) == (3, 1)

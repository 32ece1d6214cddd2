"""What calls and tickets count for the people who worked on them."""

from __future__ import annotations

import msgspec

from schemas import fields as f
from schemas.values import Cell
from streams.core.cases.persons import cell_of, mark
from streams.core.clocks.policy import Policy
from tests.core.cases import call_tales as call
from tests.core.cases import ticket_tales as ticket

ANN, BOB = Cell("", "", "", "agent:ann"), Cell("", "", "", "agent:bob")
PER_AGENT = msgspec.structs.replace(Policy(), per_agent=True)


def test_a_mark_is_a_pane_key_behind_all_others_and_another_one_for_each():
    marks = {mark(f"agent{n}") for n in range(10_000)}
    assert len(marks) == 10_000
    assert all(f.FIRST_AGENT <= one < 1 << 64 for one in marks)
    assert cell_of("ann") == ANN


def test_each_finished_conversation_is_a_request_of_the_person_who_had_it():
    tale = call.tell(
        call.queued(0), call.answered(10), call.transferred(60), call.queued(60, "support"), call.answered(70, "bob"), call.ended(90)
    )
    assert (tale.when(mark("ann")), tale.when(mark("bob"))) == ([60], [90])
    assert tale.count(mark("ann"), call.BILLING) == tale.count(mark("bob"), call.SUPPORT) == 1


def test_a_conversation_under_way_is_none_yet_and_one_that_nobody_ended_never_is():
    assert call.tell(call.queued(0), call.answered(10), now_s=60).count(mark("ann")) == 0
    assert call.tell(call.queued(0), call.answered(10), now_s=13 * call.HOUR).count(mark("ann")) == 0


def test_an_outbound_conversation_is_work_too():
    assert call.tell(call.started(0, direction="outbound"), call.answered(5), call.ended(65)).count(mark("ann")) == 1


def test_single_people_have_cells_only_where_the_site_wants_to_see_them():
    told = call.queued(0), call.answered(10), call.ended(70), call.wrapped(100)
    assert not {cell for _, _, cell, _ in call.tell(*told).facts if cell.about}
    tale = call.tell(*told, policy=PER_AGENT)
    assert tale.lengths(f.HANDLE) == [90, 90]
    assert {(field, cell): n for (field, _, cell, _), n in tale.facts.items() if cell.about} == {(f.HANDLE, ANN): 1}


def test_wrap_up_goes_to_who_had_the_conversation():
    told = call.queued(0), call.answered(10), call.transferred(60), call.queued(60, "support"), call.answered(70, "bob"), call.ended(90)
    tale = call.tell(*told, call.wrapped(100, "bob"), call.wrapped(110, "ann"), policy=PER_AGENT)
    handled = {cell: value / 1000 for (field, _, cell, value), n in tale.facts.items() if field == f.HANDLE and cell.about}
    assert handled == {ANN: 100, BOB: 30}


def test_a_case_is_a_request_of_everybody_whom_it_is_given_to_and_again_after_somebody_else():
    persons = ("ann", "ann", None, "ann", "bob", "ann")
    tale = ticket.tell(ticket.created(0), *(ticket.assigned(10 * n, person) for n, person in enumerate(persons, 1)))
    assert [tale.count(mark(person)) for person in ("ann", "bob", "cem")] == [2, 1, 0]
    assert tale.count(mark("ann"), ticket.MAIL) == 2


def test_who_has_a_case_that_is_carried_in_was_given_it_before():
    told = ticket.snapshot(0, "open", -60, agent_id="ann"), ticket.assigned(10), ticket.assigned(20, "bob")
    assert [ticket.tell(*told).count(mark(person)) for person in ("ann", "bob")] == [0, 1]


def test_answers_and_cases_of_single_people_count_only_where_the_site_wants_to_see_them():
    told = (
        ticket.created(0), ticket.assigned(5), ticket.agent(60, agent_id="ann"), ticket.customer(100), ticket.agent(130, agent_id="bob"),
        ticket.customer(200), ticket.agent(210),
    )  # fmt: skip
    assert not {cell for _, _, cell, _ in ticket.tell(*told).facts if cell.about}
    found = {(field, cell, value): n for (field, _, cell, value), n in ticket.tell(*told, policy=PER_AGENT).facts.items() if cell.about}
    assert found == {
        (f.TICKETS_ASSIGNED, ANN, 0): 1,
        (f.FIRST_RESPONSE_HUMAN, ANN, 60_000): 1,
        (f.NEXT_RESPONSE_HUMAN, BOB, 30_000): 1,  # who wrote the last one is not said
    }

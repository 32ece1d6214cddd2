"""Which names have a place, and what becomes of the others."""

from __future__ import annotations

from schemas.values import Cell
from streams.core.cap import Capped
from streams.core.panes.ages import Ages


def of_queues(*queues: str) -> list[Cell]:
    return [Cell(queue, "phone", "normal") for queue in queues]


def about(kind: str, *names: str) -> list[Cell]:
    return [Cell("", "", "", f"{kind}:{name}") for name in names]


def test_up_to_the_cap_each_cell_stands_for_itself():
    cells = [*of_queues("", "a", "b"), *about("agent", "x", "y")]
    capped = Capped(cells, {}, 2)
    assert capped.members == {cell: [cell] for cell in cells}
    assert capped.hidden_queues == 0


def test_queues_that_come_first_have_a_place_before_others_and_these_by_name():
    none, a, b, zeta = of_queues("", "a", "b", "zeta")
    capped = Capped([none, b, a, zeta], {"zeta"}, 2)
    assert capped.members == {none: [none], b._replace(queue="other"): [b], a: [a], zeta: [zeta]}
    assert capped.hidden_queues == 1


def test_agents_articles_and_programs_have_a_cap_each():
    agents, articles = about("agent", "x", "y"), about("article", "x")
    capped = Capped([*agents, *articles], {}, 1)
    assert list(capped.members) == [agents[0], *about("agent", "other"), articles[0]]
    assert capped.hidden_queues == 0


def test_what_is_hidden_adds_up_under_the_name_that_is_shown():
    a, b, c = of_queues("a", "b", "c")
    other = b._replace(queue="other")
    capped = Capped([a, b, c], {}, 1)
    assert capped.sums({a: {1: 5}, b: {1: 2, 2: 1}, c: {1: 3}}) == {a: {1: 5}, other: {1: 5, 2: 1}}
    ages = {(7, cell): Ages() for cell in (b, c)}
    ages[7, b].change({}, {1_000: 2})
    ages[7, c].change({}, {500: 1})
    shown = capped.ages(ages)[7, other]
    assert (shown.count, shown.first_ms()) == (3, 500)
    assert ages[7, b].count == 2, "those of a cell itself stay as they are"

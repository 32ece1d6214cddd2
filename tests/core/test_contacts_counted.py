"""What customers make of calls and tickets together, against a naive count over what happened."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.core.coming import DAY, HOUR, LAST_S, Found, Lines, gave_up, handled, solved, turned_away


class Happening(NamedTuple):
    customer: str
    what: str
    at_s: int


happenings = st.lists(
    st.builds(
        Happening,
        st.sampled_from(("ann", "bob", "cem")),
        st.sampled_from(("handled", "gave_up", "blocked", "outbound", "solved")),
        st.integers(2, 25 * 24).map(lambda hours: hours * HOUR),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda happening: (happening.customer, happening.at_s),
)


def lines_of(happened: Sequence[Happening]) -> Lines:
    lines = Lines()
    for number, (customer, what, at_s) in enumerate(happened):
        match what:
            case "handled":
                lines.case(f"c{number}", *handled(at_s, customer))
            case "outbound":
                lines.case(f"c{number}", *handled(at_s, customer, direction="outbound"))
            case "gave_up":
                lines.case(f"c{number}", *gave_up(at_s, customer))
            case "blocked":
                lines.case(f"c{number}", *turned_away(at_s, customer))
            case "solved":
                lines.case(f"t{number}", *solved(at_s, customer))
    return lines


def contacts_s(happened: Sequence[Happening], *what: str) -> list[tuple[str, int]]:
    """(customer, when): a ticket is written an hour before it is solved."""
    return [(h.customer, h.at_s - HOUR if h.what == "solved" else h.at_s) for h in happened if h.what in what]


@given(happenings, st.randoms(use_true_random=False), st.sampled_from((1, 4, 13)))
def test_rows_are_what_a_naive_count_over_all_that_happened_says(happened: list[Happening], rng: random.Random, partitions: int) -> None:
    assume(any(h.what != "outbound" for h in happened))  # of those alone there are no rows
    lines = lines_of(happened)
    mixed = [*lines, *rng.choices(lines, k=5)]
    rng.shuffle(mixed)
    found = Found(mixed, partitions=partitions)
    everything = contacts_s(happened, "handled", "gave_up", "solved")
    repeats = sum(any(c == d and 0 < s - t <= 7 * DAY for d, t in everything) for c, s in everything)
    assert found("repeat_contact_rate", "rate") == (repeats / len(everything) if everything else None, len(everything))
    with_tickets = any(h.what == "solved" for h in happened)
    cases = [(h.customer, h.at_s) for h in happened if h.what == ("solved" if with_tickets else "handled")]
    came = contacts_s(happened, "handled", "solved")
    met = sum(not any(c == d and 0 < t - s <= 7 * DAY for d, t in came) for c, s in cases)
    assert found("first_contact_resolution", "provisional") == (met / len(cases) if cases else None, len(cases))
    assert found("first_contact_resolution", "final") == found("first_contact_resolution", "provisional")  # 15 days after the last
    solved_count = sum(h.what == "solved" for h in happened)
    assert found("calls_to_resolution", "mean") == (1.0 if solved_count else None, solved_count)
    assert found("blockage", "distinct_callers") == (len({h.customer for h in happened if h.what == "blocked"}), None) or not any(
        h.what in ("handled", "gave_up", "blocked", "outbound") for h in happened
    )
    owed = 0
    for customer in {h.customer for h in happened}:
        talked = max((h.at_s for h in happened if h.customer == customer and h.what in ("handled", "outbound")), default=-1)
        missed = [h.at_s for h in happened if h.customer == customer and h.what in ("gave_up", "blocked") and h.at_s > talked]
        owed += bool(missed) and LAST_S - min(missed) < 30 * DAY
    assert found("callbacks_owed", "count") == (owed, None)

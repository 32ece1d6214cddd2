"""KPIs of the topic `contacts`: what calls and tickets of one customer say together (metrics.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas import fields as f
from schemas.values import Topic
from streams.core.kpis.formulas import Count, OfCasesOrCalls, Ratio
from streams.core.kpis.kpi import Kpi
from streams.core.kpis.standing import Oldest, ShareOfStanding, Standing

CONTACTS: Final[tuple[Topic, ...]] = ("contacts",)


def contact_kpis() -> Iterator[Kpi]:
    """All of them, in the order of output.md."""
    yield Kpi(
        name="preferred_channel",
        stat="share",
        unit="ratio",
        formula=ShareOfStanding(f.PREFERRED),
        help="Customers who used this channel most in 30 days / all customers who came in them.",
        topics=CONTACTS,
        when="now",
        by_channel_only=True,
    )
    yield first_contact_resolution(
        "provisional",
        (f.FIRST_CONTACT_CASES_MET, f.FIRST_CONTACT_CASES),
        (f.FIRST_CONTACT_CALLS_MET, f.FIRST_CONTACT_CALLS),
        "Cases resolved with one contact, without a repeat or a reopen so far / cases resolved; without tickets, of handled calls.",
    )
    yield first_contact_resolution(
        "final",
        (f.FIRST_CONTACT_CASES_MET_FINAL, f.FIRST_CONTACT_CASES_FINAL),
        (f.FIRST_CONTACT_CALLS_MET_FINAL, f.FIRST_CONTACT_CALLS_FINAL),
        "The same of cases whose limits.repeat_days after the resolve have passed, where they ended.",
    )
    yield Kpi(
        name="repeat_contact_rate",
        stat="rate",
        unit="ratio",
        formula=Ratio(Count((f.CONTACTS_REPEATED,)), Count((f.CONTACTS,))),
        help="Contacts with an earlier one of the same customer in limits.repeat_days / contacts of known customers.",
        topics=CONTACTS,
    )
    yield Kpi(
        name="calls_to_resolution",
        stat="mean",
        unit="number",
        formula=Ratio(Count((f.CASE_CONTACTS,)), Count((f.CASES_WITH_CONTACTS,)), bounded=False),
        help="Contacts of a case until it was resolved / cases resolved and not reopened since.",
        topics=CONTACTS,
    )
    yield Kpi(
        name="callbacks_owed",
        stat="count",
        unit="count",
        formula=Standing((f.OWED,)),
        help="Customers who gave up or were blocked and were not reached since.",
        topics=CONTACTS,
        when="now",
    )
    yield Kpi(
        name="callbacks_owed",
        stat="oldest",
        unit="seconds",
        formula=Oldest((f.OWED,)),
        help="Since when the first of them waits.",
        topics=CONTACTS,
        when="now",
    )
    yield Kpi(
        name="callbacks_owed",
        stat="reached",
        unit="ratio",
        formula=Ratio(Count((f.CALLBACKS_REACHED,)), Count((f.CALLBACKS_DUE,))),
        help="Of the times in the window that a customer began to wait for a call back, the share reached since.",
        topics=CONTACTS,
    )


def first_contact_resolution(stat: str, cases: tuple[int, int], calls: tuple[int, int], help_: str) -> Kpi:
    """`cases`, `calls`: met, all."""
    of_cases, of_calls = (Ratio(Count((met,)), Count((all_,))) for met, all_ in (cases, calls))
    return Kpi(
        name="first_contact_resolution",
        stat=stat,
        unit="ratio",
        formula=OfCasesOrCalls(of_cases, of_calls),
        help=help_,
        topics=CONTACTS,
        per_agent=True,
    )

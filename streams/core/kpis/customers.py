"""KPIs of the topic `customers` (metrics.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas import fields as f
from schemas.values import Topic
from streams.core.kpis.formulas import Count, PartOfSite, Ratio
from streams.core.kpis.kpi import SITE_CUTS, Kpi, Unit, When
from streams.core.kpis.membership import ActivitiesPerCustomer, Churn, Engagement, LifetimeValue, NetChurn, Retention
from streams.core.kpis.standing import Standing
from streams.core.kpis.view import Formula

CUSTOMERS: Final[tuple[Topic, ...]] = ("customers",)
JOINED: Final = Count((f.CUSTOMERS_JOINED,))
REFERRED: Final = Count((f.CUSTOMERS_REFERRED,))


def customer_kpis() -> Iterator[Kpi]:
    """All of them, in the order of output.md."""

    def kpi(name: str, stat: str, unit: Unit, formula: Formula, help_: str, when: When = "days") -> Kpi:
        return Kpi(name=name, stat=stat, unit=unit, formula=formula, help=help_, topics=CUSTOMERS, when=when, cuts=SITE_CUTS)

    yield kpi("customers", "now", "count", Standing((f.CUSTOMERS,)), "Who is a customer now.", "now")
    yield kpi("customers", "joined", "count", JOINED, "Who joined, each time.", "window")
    yield kpi(
        "customers",
        "left",
        "count",
        Count((f.CUSTOMERS_LEFT,)),
        "Who left: said so, or bought nothing for so long as is configured.",
        "window",
    )
    yield kpi("engagement", "rate", "ratio", Engagement(), "Distinct customers with an activity / customers at the end of the window.")
    yield kpi("engagement", "per_customer", "number", ActivitiesPerCustomer(), "Activities / distinct customers with one.")
    yield kpi(
        "churn_rate",
        "gross",
        "ratio",
        Churn(),
        "Customers of the start of the window who left / customers at its start. Who joins and leaves within the window is left out.",
    )
    yield kpi(
        "churn_rate",
        "net",
        "ratio",
        NetChurn(),
        "(Customers at the start - customers at the end) / customers at the start; below 0 where they became more.",
    )
    yield kpi(
        "retention_rate",
        "rate",
        "ratio",
        Retention(),
        "(Customers at the end - those of them who joined in the window) / customers at the start.",
    )
    yield kpi("referral_rate", "rate", "ratio", Ratio(REFERRED, JOINED), "Joined by referral / joined.", "window")
    yield Kpi(
        name="referral_rate",
        stat="rate",
        unit="ratio",
        formula=PartOfSite(REFERRED, JOINED),
        help="Joined by a program / all who joined.",
        topics=CUSTOMERS,
        cuts=(("program",),),
    )
    yield kpi(
        "lifetime_value",
        "mean",
        "money",
        LifetimeValue(),
        "Mean purchase x purchases per customer and month x months that a customer stays (1 / monthly gross churn, 60 at most).",
    )

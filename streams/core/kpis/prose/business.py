"""Words on what support costs, and on what customers find out by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streams.core.kpis.prose.prose import Prose

MONTHS: Final = "An amount belongs to the month that it names, whenever it was told, and counts from the start of that month."
MONTHS_ONLY: Final = "So there are only windows of whole months, with the one under way."
CORRECTED: Final = "A later event of the same entry takes its place; another entry may correct it by a negative amount."

BUSINESS_PROSE: Final[Mapping[str, Prose]] = {
    "support_cost_ratio": Prose(
        definition="What support costs for each unit of money that the company earns. Below 0.10 is a usual target.",
        edges=(MONTHS, MONTHS_ONLY, CORRECTED, "Without a cost, or without revenue, there is no sample."),
    ),
    "cost_per_ticket": Prose(
        definition="What support costs for each ticket created, in the currency of the site.",
        edges=(MONTHS, MONTHS_ONLY, CORRECTED, "Without a cost, or without tickets, there is no sample."),
    ),
    "articles_per_request": Prose(
        definition="How many articles are read for each request that comes in: what customers find out without us.",
        edges=("A reader and a caller need not be the same person.", "It may well pass 1."),
    ),
    "articles_read": Prose(
        definition="Views of help articles that were long enough to be read: 10 s at least.",
        edges=(
            "A view is a read from the instant at which 10 s were first told.",
            "A later reading time of the same view takes the place of the former, also where it is shorter.",
            "Single articles are in the rows, not among the series.",
        ),
    ),
    "article_read_time": Prose(
        definition="How long articles are read that are read at all.",
        edges=("A reading time counts when it was told last.", "Views of less than 10 s are left out."),
    ),
    "article_contact_rate": Prose(
        definition="Of the views of help articles, the share whose reader asked for help from the page all the same.",
        edges=("A view counts when it was opened, whenever the reader asks.", "A view without a known article counts for the site alone."),
    ),
}

"""Words on customers: how many there are, who comes, who goes, what they are worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streams.core.kpis.prose.prose import Prose

BEFORE: Final = "Whose first event is not that they joined was a customer before."
AGAIN: Final = "Who joins and leaves within the window was none at its start, and is left out."

CUSTOMER_PROSE: Final[Mapping[str, Prose]] = {
    "customers": Prose(
        definition="Customers: how many there are now, how many joined, how many left.",
        edges=(
            BEFORE,
            "Who bought nothing for `left_after` has left at that instant, by the clock; the next purchase takes that back.",
            "Who says so themselves has left until they join again.",
            "To join or to leave twice counts once; to come back counts as joining.",
        ),
    ),
    "engagement": Prose(
        definition="How many customers do something at all (visits, logins, contacts, social media), and how much each of these does.",
        edges=(
            "A customer counts once in a window, however much they do.",
            "An activity counts whether or not somebody is still a customer, so the rate may pass 1.",
        ),
    ),
    "churn_rate": Prose(
        definition=(
            "Of the customers at the start of a window, the share that is gone at its end; net of those who came, it says how much smaller "
            "the company became."
        ),
        edges=(
            AGAIN,
            BEFORE,
            "Customers at the start are those of now, less those who joined since, and those who left since.",
            "The net rate is below 0 where there are more customers than at the start.",
            "Without customers at the start there is no sample.",
        ),
    ),
    "retention_rate": Prose(
        definition="Of the customers at the start of a window, the share that is still there at its end.",
        edges=(AGAIN, "So it is 1 less the gross churn rate."),
    ),
    "referral_rate": Prose(
        definition="Of those who joined, the share that somebody or some program recommended; and the share of each program.",
        edges=("Who names a customer or a program came by referral.", "The rows of the programs are parts of all who joined."),
    ),
    "lifetime_value": Prose(
        definition="What a customer brings until they leave, if customers go on to buy and to leave as in the window.",
        edges=(
            "A month is a twelfth of 365.25 days; the monthly churn is that of the window, spread over its days.",
            "Nobody stays for more than 60 months: without churn the formula would have no end.",
            "It is in the currency of the site; a refund is a purchase of less than nothing.",
            "Without a purchase, or without customers at the start, there is no sample.",
        ),
    ),
}

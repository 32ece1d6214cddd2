"""Words on what the contacts of one customer say together, whichever way the customer came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streams.core.kpis.prose.prose import Elsewhere, Prose

CONTACT: Final = (
    "A contact is an inbound call that came to a queue or an agent, counted when its first conversation ends, without one its last visit; "
    "one that was given up before any queue; and each wait of a ticket that the customer began, by opening it or by a message."
)
KNOWN: Final = "Calls and tickets without a `customer_id` are in no number of it."
ONE_CONTACT: Final = "A ticket logged for a call is no contact beside it."
OF_A_CASE: Final = (
    "Contacts of a case are waits that its customer began and handled calls that name it. "
    "A call that nobody handled is none, and no repeat either."
)
OF_CALLS: Final = (
    "Where no ticket has ever been seen, handled inbound calls of known customers stand for the cases: "
    "met is one after which the customer does not come again."
)

CONTACT_PROSE: Final[Mapping[str, Prose]] = {
    "preferred_channel": Prose(
        definition=(
            "Channels by how many customers prefer them: each counts once, for the channel used most in the last 30 business days, "
            "today among them. Who writes a hundred times moves it no more than who writes once."
        ),
        edges=(
            "Of two channels used equally often it is the one used last.",
            "The day that turns 30 days old leaves when the business day begins, without an event.",
            CONTACT,
            KNOWN,
        ),
    ),
    "first_contact_resolution": Prose(
        definition=(
            "First-contact resolution: of the cases resolved, the share that took one contact and after which the customer did not come "
            "back within `limits.repeat_days` (7): neither by a reopen nor by another contact that may be about the same."
        ),
        edges=(
            "A case counts once, where it was first resolved; what is merged, deleted or was carried in counts nowhere.",
            "`provisional` counts at the resolve, as it looks now; `final` at the instant when the days have passed, by the clock.",
            "A contact may be about the same unless both say a topic, and these differ.",
            OF_A_CASE,
            OF_CALLS,
            "A case without a customer is held against its own contacts alone.",
            "Of a single agent: the cases that they had at the first resolve; of calls, those whose first conversation was theirs.",
        ),
        elsewhere=(
            Elsewhere("Amazon Connect", "Cases resolved on first contact", False, "it does not ask who comes back"),
            Elsewhere(
                "Freshdesk", "First contact resolution rate", False, "closed in the first response, however often the customer comes later"
            ),
            Elsewhere(
                "Freshservice", "First call resolution", False, "no interaction of the customer after the first, but no look at other cases"
            ),
            Elsewhere("Intercom", "First contact resolution", False, "closed once, by one person"),
        ),
    ),
    "repeat_contact_rate": Prose(
        definition=(
            "Contacts of customers who had come before, within `limits.repeat_days` (7), whatever about and by whatever channel: "
            "how much of the work is there because it was not done the first time."
        ),
        edges=(
            CONTACT,
            ONE_CONTACT,
            "A call given up and tried again is a repeat; a block is no contact, as the customer did not get in.",
            KNOWN,
        ),
    ),
    "calls_to_resolution": Prose(
        definition="Contacts that a case takes until it is resolved: waits that the customer began, and handled calls that name the case.",
        edges=(
            "A case counts at its last resolve, with all contacts until then; while it is open again it counts nowhere.",
            "The call that a ticket was logged for is its first wait, and counts once.",
            "A call is known to be of a case by its `case_id`, and only where both say the same customer or neither says one.",
            "A case that no customer asked for has 0 contacts.",
        ),
        elsewhere=(
            Elsewhere("Amazon Connect", "Average contacts per case", True, "where each message that nobody had to answer is no contact"),
        ),
    ),
    "callbacks_owed": Prose(
        definition=(
            "Customers to call back: who gave up waiting in a queue or was turned away, also because it was closed, and has not "
            "talked with anybody since. However often they tried they are one each, since the first time."
        ),
        edges=(
            "Reached is who had a conversation since, by an inbound call or by one of ours; a written answer reaches nobody here.",
            "A short abandon owes nothing, and neither does a visit left for a callback or a voicemail: these are counted among the calls.",
            "After 30 days nobody calls back any more.",
            "`reached` counts where the wait for the call back began.",
            "By queue and channel a customer is where the first try was.",
            KNOWN,
        ),
    ),
}

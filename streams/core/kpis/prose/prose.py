"""What the catalogue says of one KPI beside its rows: for whom it is, what is odd about it, whose number it is elsewhere."""

from __future__ import annotations

from typing import Literal

import msgspec

from streams.core.kpis.formulas import Count

Product = Literal[
    "Zendesk",
    "Freshdesk",
    "Freshservice",
    "Intercom",
    "Genesys Cloud",
    "Amazon Connect",
    "Asterisk",
    "Cisco",
    "8x8",
    "Avaya",
    "Twilio Flex",
    "Talkdesk",
    "Google CCAI",
    "Chatwoot",
    "XCALLY",
    "Verbara",
    "Mitel",
    "Vodia",
    "Teams",
]


class Elsewhere(msgspec.Struct, frozen=True):
    """The same, or what is easily taken for it, in another product.

    product, figure  who calls it what
    same             the numbers are equal for equal events
    says             under which condition, or where they part
    """

    product: Product
    figure: str
    same: bool
    says: str


class LeftOut(msgspec.Struct, frozen=True):
    """What a figure does not look at, though one might think so.

    what, why  a noun, and the reason
    count      how many of them there are in a window, None where nobody counts them
    standings  or how many there are now
    stats      of which statistics; none: of all
    """

    what: str
    why: str
    count: Count | None = None
    standings: tuple[int, ...] = ()
    stats: tuple[str, ...] = ()

    def concerns(self, stat: str) -> bool:
        return not self.stats or stat in self.stats


class Prose(msgspec.Struct, frozen=True, kw_only=True):
    """Of one KPI, whatever its statistics. What each of them is stands in its row, as `help`.

    definition  what it tells whom, in a sentence or two; begins with the thing that is counted or measured
    edges       what happens where it is not obvious, a sentence each; none only where there is nothing to say
    elsewhere   of other products; none: no product of the comparison has it
    left_out    what an explanation lists as not looked at
    by_threshold  it goes by the thresholds of its queues, so an explanation names them
    """

    definition: str
    edges: tuple[str, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    by_threshold: bool = False

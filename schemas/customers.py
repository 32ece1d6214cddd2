"""Events of the topic `customers`: who came, who left, who bought, who was active. Key: `customer_id`.

RANK orders events of one customer that share `time` and `seq`. Optional fields are None when absent.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from schemas.words import ActivityKind, Amount, Currency, Id, Instant, Label, Seq


class CustomerBase(Struct, tag_field="type", gc=False, omit_defaults=True):
    """What every event of a customer says."""

    id: Id
    time: Instant
    customer_id: Id


class CustomerJoined(CustomerBase, tag="customer.joined"):
    """Became a customer; by referral where `referred_by` or `program` says so."""

    RANK: ClassVar[int] = 1
    seq: Seq = 0
    source: str | None = None
    referred_by: Id | None = None
    program: Label | None = None


class CustomerLeft(CustomerBase, tag="customer.left"):
    """Is no customer any more."""

    RANK: ClassVar[int] = 2
    seq: Seq = 0
    source: str | None = None
    reason: Label | None = None


class CustomerPurchased(CustomerBase, tag="customer.purchased"):
    """Bought something. A refund is a negative amount."""

    RANK: ClassVar[int] = 3
    amount: Amount
    currency: Currency
    seq: Seq = 0
    source: str | None = None


class CustomerActive(CustomerBase, tag="customer.active"):
    """Did something."""

    RANK: ClassVar[int] = 4
    kind: ActivityKind
    seq: Seq = 0
    source: str | None = None


CustomerEvent = CustomerJoined | CustomerLeft | CustomerPurchased | CustomerActive

"""Names under which customers are being forgotten, until that is done: who begins anew finds what was begun under another name."""

from __future__ import annotations

import msgspec

from schemas.contacts import ForgetRequest
from schemas.state import ALIASES_KIND

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[str]).decode


class Aliases:
    """Of one shard. Nothing is kept of a customer once the last step is done."""

    def __init__(self) -> None:
        self._given: dict[str, list[str]] = {}
        self._changed: dict[str, None] = {}

    def names(self, request: ForgetRequest) -> list[str]:
        """What the customer may be called that is not the name wanted now: the id, and names of requests that were not carried through."""
        customer = request.customer_id
        given = self._given.get(customer, [])
        names = [customer, *(alias for alias in given if alias != request.alias)]
        if request.step == "cases" and request.alias not in given:
            self._given[customer] = [*given, request.alias]
            self._changed[customer] = None
        elif request.step == "rest" and given:
            del self._given[customer]
            self._changed[customer] = None
        return names

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """Rows that changed."""
        rows = [(ALIASES_KIND + id_.encode(), _encode(given) if (given := self._given.get(id_)) else None) for id_ in self._changed]
        self._changed.clear()
        return rows

    def restore(self, key: bytes, value: bytes) -> None:
        """Take one row back."""
        self._given[key[1:].decode()] = _decode(value)

"""The policies of a shard by revision: a case keeps the one that was in force when it opened."""

from __future__ import annotations

from typing import Final

import msgspec

from schemas.state import POLICY_KIND
from streams.core.clocks.policy import Policy

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Policy).decode


class Revisions:
    """All that some case may name, and the one for cases that open now."""

    def __init__(self) -> None:
        self._known: dict[int, Policy] = {}
        self._rows: list[tuple[bytes, bytes | None]] = []
        self.current = Policy()

    def __getitem__(self, revision: int) -> Policy:
        return self._known[revision]

    def enact(self, policy: Policy) -> None:
        """From now on cases open under `policy`; it has a revision already, or gets the next."""
        known = next((known for known in self._known.values() if known.same_rules(policy)), None)
        if known is None:
            known = msgspec.structs.replace(policy, revision=max(self._known, default=0) + 1)
            self._known[known.revision] = known
            self._rows.append((POLICY_KIND + str(known.revision).encode(), _encode(known)))
        self.current = known

    @property
    def changed(self) -> bool:
        """Whether `take` has rows."""
        return bool(self._rows)

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """Rows of revisions that are new since the last take."""
        rows, self._rows = self._rows, []
        return rows

    def restore(self, _key: bytes, value: bytes) -> None:
        """Take one row back."""
        policy = _decode(value)
        self._known[policy.revision] = policy

"""Follows the records of `sla-breaches`: of each promise they have to come in turn, and what they come to is which breaches hold."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from schemas.records import SlaRecord
from streams.core.log import Output

_decode = msgspec.json.Decoder(SlaRecord).decode


class Promise(NamedTuple):
    """What a record speaks of."""

    case_id: str
    clock: str
    instance: str


class Breaches:
    """holding: told, and not withdrawn."""

    def __init__(self) -> None:
        self.holding: set[Promise] = set()
        self._at_risk: set[Promise] = set()

    def hear(self, output: Output) -> SlaRecord:
        """Take in a record."""
        assert output.key is not None
        assert output.value is not None
        record = _decode(output.value)
        promise = Promise(output.key.decode(), record.clock, record.instance)
        if record.type == "sla.at_risk":
            assert promise not in self._at_risk, f"{promise} is told twice to be at risk"
            self._at_risk.add(promise)
        elif record.type == "sla.breached":
            assert promise not in self.holding, f"{promise} is told twice to be breached"
            self.holding.add(promise)
        else:
            assert promise in self.holding, f"{promise} is withdrawn and was not breached"
            self.holding.remove(promise)
        return record

"""Cases as rows of the state topic, and back (architecture.md, section 3)."""

from __future__ import annotations

from collections.abc import Callable
from types import GenericAlias
from typing import Any, Final, Protocol, get_args

import msgspec

from streams.core.cases.case import Case
from streams.core.cases.due_head import DUE_BYTES, due_head, due_of
from streams.core.cases.fold import Fold
from streams.core.clocks.policy import Policy
from streams.core.tellings import Told

ROW_BYTES_MAX: Final = 256 * 1024
LOG_EVENTS_MAX: Final = 4_096
"""A row that is longer, or a log of more events, has the older half of the log sealed, whatever its age: what comes late or twice costs by
the event."""

_encode = msgspec.msgpack.Encoder().encode


CaseRow = tuple[int, int, int, int, int, int, int, bytes, bytes, str, str, bytes, str, Told | None, Any]
"""Revision of the policy, then as in `Case`: origin_ms, count, last_ms, last_place, passed_ms, sealed_ms, sealed, base, ids_start, ids,
log, agent_id, told, state."""


class Policies(Protocol):
    """By revision."""

    def __getitem__(self, revision: int) -> Policy: ...


def as_it_is(state: Any) -> Any:
    """Of a state that is a struct: it is its own row."""
    return state


class CaseRows:
    """Writes and reads the cases of one topic.

    row_type   what a row holds of the state
    row_of, state_of  state -> that and back
    """

    def __init__(
        self, fold: Fold[Any], row_type: Any, row_of: Callable[[Any], Any] = as_it_is, state_of: Callable[[Any], Any] = as_it_is
    ) -> None:
        self._standings = fold.standings
        self._decode: Callable[[bytes | memoryview], CaseRow] = msgspec.msgpack.Decoder(
            GenericAlias(tuple, (*get_args(CaseRow)[:-1], row_type))
        ).decode
        self._decode_base = msgspec.msgpack.Decoder(row_type).decode
        self._row_of = row_of
        self._state_of = state_of

    def write(self, case: Case) -> bytes:
        """The row."""
        row: CaseRow = (
            case.policy.revision,
            case.origin_ms,
            case.count,
            case.last_ms,
            case.last_place,
            case.passed_ms,
            case.sealed_ms,
            case.sealed,
            case.base,
            case.ids_start,
            case.ids,
            case.log,
            case.agent_id,
            case.told or None,
            self._row_of(case.state),
        )
        return due_head(case.due_ms) + _encode(row)

    def read(self, id_: str, key: bytes, row: bytes, policies: Policies) -> Case:
        """The case of a row, as it was written."""
        (
            revision,
            origin_ms,
            count,
            last_ms,
            last_place,
            passed_ms,
            sealed_ms,
            sealed,
            base,
            ids_start,
            ids,
            log,
            agent_id,
            told,
            state,
        ) = self._decode(memoryview(row)[DUE_BYTES:])
        case = Case(id_, key, policies[revision], origin_ms, self._state_of(state))
        case.count = count
        case.last_ms = last_ms
        case.last_place = last_place
        case.passed_ms = passed_ms
        case.sealed_ms = sealed_ms
        case.sealed = sealed
        case.base = base
        case.ids_start = ids_start
        case.ids = ids
        case.log = log
        case.agent_id = agent_id
        case.told = told
        case.stood = self._standings(case.state)
        case.due_ms = due_of(row)
        return case

    def base_of(self, case: Case) -> Any | None:
        """The state after the sealed events; None if there are none."""
        return self._state_of(self._decode_base(case.base)) if case.base else None

    def set_base(self, case: Case, base: Any) -> None:
        """The other way round."""
        case.base = _encode(self._row_of(base))

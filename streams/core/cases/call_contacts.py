"""What a call tells of its customer (streams/core/contacts.py): what became of it, and each time that the customer was not served.

Its fate is known when its first conversation has ended; without one, when its last visit has. Who gave up before that
came, too. A call that ended in the menu, or was blocked before a queue, is no contact.
"""

from __future__ import annotations

from streams.core.cases.call_state import WAITING, CallState, Unserved, labels
from streams.core.contacts import CALL_VOICE, Contact
from streams.core.tellings import Telling

UNSERVED_MAX = 100
"""Abandons and blocks of one call: the latest."""

_NAMES = tuple(f"{CALL_VOICE}{number}" for number in range(UNSERVED_MAX))


def not_served(state: CallState, unserved: Unserved) -> None:
    """The customer gave up or was blocked."""
    state.unserved = [*state.unserved, unserved][-UNSERVED_MAX:]


def served_after_all(state: CallState, unserved: Unserved) -> None:
    """That did not happen."""
    state.unserved = [known for known in state.unserved if known != unserved]


def tellings(state: CallState) -> tuple[Telling, ...]:
    """What is to be known of it now."""
    customer_id, case_id = state.customer_id, state.case_id
    if customer_id is None and case_id is None:
        return ()
    told: tuple[Telling, ...] = ()
    if state.handled:
        if not state.outbound:
            handle_ms = 0 if case_id is None else state.handle_ms
            cell = state.fate_cell or labels(state)
            handled = Contact(customer_id, "handled", state.fate_ms, cell, case_id, handle_ms=handle_ms, agent_id=state.fate_agent)
            told = ((CALL_VOICE, handled),)
        elif customer_id is not None:
            told = ((CALL_VOICE, Contact(customer_id, "reached", state.fate_ms, state.fate_cell or labels(state))),)
    elif state.fate_ms >= 0 and state.phase != WAITING and state.answered_ms < 0 and not state.outbound and customer_id is not None:
        told = ((CALL_VOICE, Contact(customer_id, "unserved", state.fate_ms, labels(state), case_id)),)
    if state.unserved and customer_id is not None and not state.outbound:
        told += tuple(
            (name, Contact(customer_id, kind, at_ms, cell))  # type: ignore[arg-type]  # as it was written
            for name, (kind, at_ms, cell) in zip(_NAMES, state.unserved, strict=False)
        )
    return told

"""A case that names a customer who is to be forgotten names nobody's id instead, in all that is kept of it.

Nothing is counted anew: no figure asks whose a case is, and the contacts told of it are told once more, under the other name.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

from streams.core.cases.case import Case
from streams.core.cases.case_rows import as_it_is
from streams.core.cases.kind import CaseKind

FIELDS: Final = ("customer_id", "referred_by")
"""Of events: what holds the id of a customer."""

OWNER: Final[dict[str, Callable[[Any], Any]]] = {"calls": as_it_is, "tickets": attrgetter("contacts")}
"""Topic -> what of a state has a `customer_id`. Other states have none."""


def rename_customer(kind: CaseKind, case: Case, old: str, new: str) -> bool:
    """Let the case name `new` wherever it names `old`. Returns whether it did."""
    events = kind.log.events(case)
    named = [(event, field) for event in events for field in FIELDS if getattr(event, field, None) == old]
    for event, field in named:
        setattr(event, field, new)
    if named:
        kind.log.write(case, events)
    owner = OWNER.get(kind.fold.topic)
    if owner is None:
        return bool(named)
    base = kind.rows.base_of(case)
    changed = _rename(owner(case.state), old, new)
    if base is not None and _rename(owner(base), old, new):
        kind.rows.set_base(case, base)
        changed = True
    return changed or bool(named)


def _rename(owner: Any, old: str, new: str) -> bool:
    if owner.customer_id != old:
        return False
    owner.customer_id = new
    return True

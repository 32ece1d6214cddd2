"""What states of the hot folds have in common."""

from __future__ import annotations

from typing import Any


class Kept:
    """A state that is a plain class: the hot folds read and change their fields for every event, and a struct is slower at that.

    Equal where their rows are.
    """

    __slots__ = ()

    def row(self) -> Any:
        """What is stored of it: a tuple of its fields."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Kept) and type(self) is type(other) and bool(self.row() == other.row())

    def __hash__(self) -> int:
        raise TypeError("a state changes")

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self.row()!r}"

"""Something that goes wrong again and again while the world is not as it should be: told once, not with every try."""

from __future__ import annotations

import logging


class Trouble:
    """One kind of it. Told when it begins, and when it becomes another."""

    def __init__(self, log: logging.Logger, what: str) -> None:
        self._log = log
        self._what = what
        self._told: str | None = None

    def tell(self, error: BaseException | str) -> None:
        """It has happened, perhaps not for the first time."""
        if str(error) != self._told:
            self._told = str(error)
            self._log.warning("%s: %s", self._what, self._told)  # not the error: who keeps records would keep what it came from

    def over(self) -> None:
        """The next time is told again."""
        self._told = None

"""Long work in a thread beside the event loop, done so that the loop does not notice.

A thread that computes holds the interpreter for 5 ms at a time, and one turn of the loop needs it several times: measured, the loop then
stands still for 15 to 30 ms again and again. With a short sleep every now and then who waits gets it at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import sleep
from typing import Final, TypeVar

T = TypeVar("T")

BREATH_S: Final = 0.00005


def courteous(items: Iterable[T], every: int = 1) -> Iterator[T]:
    """The same items, with a breath after each `every` of them: some 0.1 ms, so at least 1 ms of work should lie between two."""
    for number, item in enumerate(items, 1):
        yield item
        if number % every == 0:
            sleep(BREATH_S)

"""How a task has ended that nobody waits for."""

from __future__ import annotations

import asyncio
from typing import Any


def fault_of(task: asyncio.Task[Any]) -> BaseException | None:
    """What a task that has ended has to be answered for with; None: it came to its end, or was told to.

    One that was cancelled by something it waited for (a client that was closed, a future that was given up) was not told to: it would
    stand still from then on, and nobody would know.
    """
    if not task.cancelled():
        return task.exception()
    if task.cancelling():
        return None
    what = getattr(task.get_coro(), "__qualname__", task.get_name())
    return RuntimeError(f"{what} was cancelled by something that it waited for")


def told_to_end() -> bool:
    """Whether the task that asks, and that has met a CancelledError, is meant by it itself."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0

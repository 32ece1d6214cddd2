"""A transactional producer of aiokafka: what it does not tell of itself, and how it ends where it hangs."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

from aiokafka.errors import KafkaError

log = logging.getLogger("deskpulse.worker")

# A close that hangs goes on behind our back for so long before its parts are torn down.
DISPOSE_S = 5.0


def epoch_of(producer: Any) -> int | None:
    """Grows with each owner of its transactional id: producer ids grow, and so do the epochs of each. None: it has not begun yet."""
    manager = producer._txn_manager
    return (int(manager.producer_id) << 16) | int(manager.producer_epoch) if manager.has_pid() else None


def broken_by(producer: Any) -> BaseException | None:
    """What broke the producer in the background; what it raises afterwards only says that it is broken."""
    manager = producer._txn_manager
    waiter = manager._transaction_waiter
    if not manager.is_fatal_error() or waiter is None or not waiter.done() or waiter.cancelled():
        return None
    found: BaseException | None = waiter.exception()
    return found


async def dispose(producer: Any) -> None:
    """`stop()` may never return where a transaction hangs; what it would have closed is closed then all the same."""
    stopping = asyncio.ensure_future(producer.stop())
    await asyncio.wait({stopping}, timeout=DISPOSE_S)
    if not stopping.done():
        stopping.cancel()
        with suppress(KafkaError, asyncio.CancelledError, TimeoutError):
            async with asyncio.timeout(DISPOSE_S):
                await producer._sender.close()
        with suppress(KafkaError, asyncio.CancelledError, TimeoutError):
            async with asyncio.timeout(DISPOSE_S):
                await producer.client.close()
    elif not stopping.cancelled() and (error := stopping.exception()) is not None:
        log.debug("a producer ended with %r", error)

"""A task that nobody waits for does not end without a word."""

from __future__ import annotations

import asyncio

from streams.runtime.ended import fault_of


async def ended(work) -> asyncio.Task[None]:
    task = asyncio.create_task(work)
    await asyncio.wait({task})
    return task


async def test_what_a_task_raised_is_its_fault():
    async def wrong() -> None:
        raise ValueError("no")

    assert isinstance(fault_of(await ended(wrong())), ValueError)
    assert fault_of(await ended(asyncio.sleep(0))) is None


async def test_who_was_told_to_end_has_no_fault():
    task = asyncio.create_task(asyncio.sleep(60))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert fault_of(task) is None


async def test_who_was_cancelled_by_what_it_waited_for_has_one():
    async def waits(future: asyncio.Future[None]) -> None:
        await future

    given_up = asyncio.get_running_loop().create_future()
    given_up.cancel()
    assert "waits was cancelled by something" in str(fault_of(await ended(waits(given_up))))


async def test_a_limit_that_has_passed_is_no_cancellation():
    async def limited() -> None:
        async with asyncio.timeout(0):
            await asyncio.sleep(60)

    assert isinstance(fault_of(await ended(limited())), TimeoutError)

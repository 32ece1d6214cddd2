"""What a scrape costs: `python -m tests.outputs.cost [queues] [calls]`. 18 queues by two channels are some 10,000 series.

Tells the CPU time of collecting and writing a page, and for how long the loop stood still at most while pages were made.
"""

from __future__ import annotations

import asyncio
import gc
import random
import sys
from itertools import pairwise
from time import perf_counter, process_time

from streams.core.board import BoardSettings
from streams.core.snapshot import Snapshot
from streams.outputs.encoding import encode
from streams.outputs.exposition import Exposition
from streams.outputs.prometheus import BoardCollector, Export
from tests.outputs.centre import LIVE, Centre, at_ms

PAGES = 10
TICK_S = 0.001


def busy_morning(queues: int, calls: int) -> Centre:
    """Calls of four hours, spread over the queues."""
    dice, centre, begin_ms = random.Random(1), Centre(BoardSettings()), at_ms("06:00:00")
    for number in range(calls):
        at = begin_ms + dice.randrange(4 * 3_600_000)
        answered = at + int(dice.expovariate(1 / 30_000))
        labels = {"call_id": f"c{number}", "queue": f"queue {dice.randrange(queues)}", "channel": dice.choice(("phone", "chat"))}
        centre.calls({"type": "call.queued", "time": at, **labels})
        if dice.random() < 0.1:
            centre.calls({"type": "call.abandoned", "call_id": labels["call_id"], "time": answered})
            continue
        centre.calls(
            {"type": "call.answered", "call_id": labels["call_id"], "agent_id": "a", "time": answered},
            {"type": "call.ended", "call_id": labels["call_id"], "time": answered + int(dice.expovariate(1 / 200_000))},
        )
    centre.settle("10:00:30")
    return centre


def cpu_ms(centre: Centre) -> tuple[int, float, float]:
    """Series, ms to collect, ms to write; the least of some tries."""
    collector = BoardCollector(lambda: centre.board.snapshot(centre.now_ms, LIVE), Export())
    tries = []
    for _ in range(PAGES):
        began = process_time()
        families = list(collector.collect())
        collected = process_time()
        encode(families, openmetrics=True)
        tries.append(((collected - began) * 1000, (process_time() - collected) * 1000))
    return sum(len(family.samples) for family in families), *min(tries, key=sum)


async def longest_stall_ms(centre: Centre) -> tuple[float, float]:
    """Of the loop, while nothing happens and while pages are made."""
    ticks: list[float] = []

    async def tick() -> None:
        while True:
            ticks.append(perf_counter())
            await asyncio.sleep(TICK_S)

    def longest() -> float:
        return max(after - before for before, after in pairwise(ticks)) * 1000

    gc.collect()
    gc.freeze()  # the shards that made the load are none of a board's memory
    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.5)
    idle = longest()
    board = centre.board

    def snapshot() -> Snapshot:
        return board.snapshot(centre.now_ms, LIVE)

    pages = Exposition(snapshot, BoardCollector(snapshot, Export()))
    ticks.clear()
    for _ in range(PAGES):
        await pages.page("application/openmetrics-text;version=1.0.0")
    ticking.cancel()
    pages.close()
    return idle, longest()


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    busy = busy_morning(*(given + [18, 6_000][len(given) :]))
    series, collect, write = cpu_ms(busy)
    print(f"{series} series: {collect:.0f} ms to collect, {write:.0f} ms to write, of one core")
    idle, making = asyncio.run(longest_stall_ms(busy))
    print(f"longest stall of the loop: {idle:.1f} ms without a scrape, {making:.1f} ms with {PAGES} of them")

"""The same under faults where it is large: 256 partitions, 8 workers, 2,000 queues."""

from __future__ import annotations

from random import Random
from typing import Final

import msgspec
import pytest

from schemas.values import MINUTE_MS
from streams.testing.simulation import Said, Simulation, told

QUEUES: Final = 2_000
LARGE: Final = {"partitions": 256, "workers": 8, "boards": 1, "cases": 3_600, "span_ms": 30 * MINUTE_MS, "batch_max": 100, "steps_max": 300}
SEEDS: Final = (11,)


def spread(rng: Random, cases: int, span_ms: int) -> list[Said]:
    """Cases as they are told, each in queues of its own number."""
    numbers: dict[tuple[str, bytes], int] = {}
    said = []
    for one in told(rng, cases, span_ms):
        event = msgspec.json.decode(one.value)
        if isinstance(event.get("queue"), str):
            number = numbers.setdefault((one.topic, one.key), len(numbers)) % QUEUES
            event["queue"] = f"{event['queue']}-{number}"
        said.append(one._replace(value=msgspec.json.encode(event)))
    return said


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_figures_of_2000_queues_in_256_partitions_of_8_workers_are_exact_after_faults(seed):
    trial = Simulation(seed, [spread], LARGE)
    while trial.events_left():
        trial.step()
    trial.heal()
    trial.run_until_idle(steps_max=10_000)
    trial.check_figures()
    queues = {cell.queue for cell in trial.world.boards[0].state.totals()}
    assert len(queues) >= QUEUES, f"only {len(queues)} queues were used"
    assert sum(trial.world.happened.values()) > 0, f"no faults: choose another seed than {seed}"

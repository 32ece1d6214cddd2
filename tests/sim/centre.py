"""The invented contact centre as traffic of the simulation: real proportions, where the stories are all edges."""

from __future__ import annotations

from random import Random
from typing import Final

import msgspec

from schemas.values import HOUR_MS, EpochMs
from streams.sources.simulator import INVENTED, simulate
from streams.testing.simulation import START_MS, Said

EVENTS_MAX: Final = 800


def centre(rng: Random, cases: int, span_ms: int) -> list[Said]:
    """What happens in it within `span_ms`, for about so many callers and writers; the rest of a long time is left out."""
    hours = min(max(span_ms / HOUR_MS, 0.5), 24)
    small = msgspec.structs.replace(INVENTED.scaled(max(0.02, cases / INVENTED.contacts_per_hour() / hours)), carried_in=cases // 10)
    said: list[Said] = []
    for made in simulate(small, rng, EpochMs(START_MS), EpochMs(START_MS + round(hours * HOUR_MS))):
        said.append(Said(made.topic, made.key.encode(), msgspec.json.encode(made.event)))
        if len(said) == EVENTS_MAX:
            break
    return said

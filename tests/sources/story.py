"""Some hours of the invented contact centre."""

from __future__ import annotations

import random

import msgspec

from schemas.values import HOUR_MS, EpochMs
from streams.sources.simulator import INVENTED, Centre, Habits, Made, simulate

MONDAY = EpochMs(1_709_510_400_000)  # 2024-03-04 00:00 UTC
NINE = EpochMs(MONDAY + 9 * HOUR_MS)
NOTHING_LOST = msgspec.structs.replace(INVENTED, habits=Habits(lost=0.0))


def events(centre: Centre = NOTHING_LOST, start: EpochMs = NINE, hours: float = 4, seed: int = 1) -> list[Made]:
    return list(simulate(centre, random.Random(seed), start, EpochMs(start + round(hours * HOUR_MS))))

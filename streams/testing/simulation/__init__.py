"""A deterministic simulation: production shards and boards over a log in memory, with the faults that a seed draws."""

from __future__ import annotations

from streams.testing.simulation.any_event import START_MS
from streams.testing.simulation.simulation import Simulation, Source
from streams.testing.simulation.traffic import Said, told

__all__ = ["START_MS", "Said", "Simulation", "Source", "told"]

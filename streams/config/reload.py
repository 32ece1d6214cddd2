"""Reading the configuration again while the program runs: what of it takes effect at once, and what waits for a restart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from streams.config import Config
from streams.core.settings import histogram_edges_ms

SHOWN: Final = ("boards", "targets", "backlog")
"""What is asked when figures are shown. It can change between one moment and the next."""
PROMISED: Final = ("calendars", "queues", "slas")
"""What is promised and when there is somebody. Cases that open from now on are under the new ones; those that are open keep theirs."""
WRITTEN: Final[Mapping[str, str]] = {
    "reset_minutes": "reset",
    "checkpoint_interval_ms": "checkpoint_interval",
    "calendars": "calendar",
    "queues": "queue",
    "slas": "sla",
}
"""Field -> what the file calls it, where that is another word."""


class Reloaded(NamedTuple):
    """Other than what was running, as the file calls it: `taken` is in force in `config`, `late` waits for a restart."""

    config: Config
    taken: tuple[str, ...]
    late: tuple[str, ...]


def reloaded(running: Config, first: Config, after: Config) -> Reloaded:
    """What to go on with.

    running  the configuration in force
    first    as it was read at the start: what is never taken may have been put right since then
    after    as it is read now
    """
    ours = {field: running if field in (*SHOWN, *PROMISED) else first for field in Config.__struct_fields__}
    changed = [field for field, its in ours.items() if getattr(its, field) != getattr(after, field)]
    free = [*SHOWN, *(PROMISED if _same_edges(running, after) else ())]
    taken = [field for field in changed if field in free]
    config = msgspec.structs.replace(running, **{field: getattr(after, field) for field in taken})
    late = [field for field in changed if field not in free]
    return Reloaded(config, tuple(map(_written, taken)), tuple(map(_written, late)))


def _same_edges(running: Config, after: Config) -> bool:
    """Thresholds and targets of promises are edges of histograms, which stay as they are until a restart."""
    return histogram_edges_ms(running.policy()) == histogram_edges_ms(after.policy())


def _written(field: str) -> str:
    return WRITTEN.get(field, field)

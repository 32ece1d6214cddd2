"""What a query may ask for, and how it is told that a name is unknown: with the nearest known one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from multidict import MultiMapping

from schemas.values import CHANNELS, NO_QUEUE
from streams.config.values import nearest
from streams.core.cuts import APART_CUTS
from streams.core.kpis.catalogue import CATALOGUE, NAMES
from streams.core.kpis.kpi import WINDOWS
from streams.core.snapshot import Snapshot
from streams.outputs.ready import CUTS
from streams.outputs.serving import Refusal, quoted

LISTED_MAX: Final = 20
STATS: Final = tuple(dict.fromkeys(kpi.stat for kpi in CATALOGUE))
ROW_PARAMETERS: Final = ("kpi", "stat", "window", "queue", "channel", "cut", "compare", "format")
ROW_CUTS: Final = {**CUTS, **{cut[0]: cut for cut in APART_CUTS}}
"""Rows are also told of what stands apart and has no series: single agents, articles and programs."""
COMPARISONS: Final = ("previous",)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows; None: all there are. compare: with the same of the window before beside them."""

    kpis: Collection[str] | None = None
    stats: Collection[str] | None = None
    windows: Collection[str] | None = None
    queues: Collection[str] | None = None
    channels: Collection[str] | None = None
    cuts: Collection[tuple[str, ...]] | None = None
    compare: bool = False

    def filters(self) -> Mapping[str, Any]:
        """As `Snapshot.rows` takes them; statistics and comparisons apart."""
        return {"kpis": self.kpis, "windows": self.windows, "queues": self.queues, "channels": self.channels, "cuts": self.cuts}


def rows_wanted(query: MultiMapping[str], snapshot: Snapshot, parameters: Sequence[str] = ROW_PARAMETERS) -> Wanted:
    """Each parameter may be given several times. Raises Refusal 400 on a name that nothing here has; while the board reads its rows
    back, any name may be that of a queue."""
    known_parameters(query, parameters)
    queues = queues_of(snapshot) if snapshot.liveness.restored else query.getall("queue", [])
    cuts = words(query, "cut", ROW_CUTS)
    return Wanted(
        kpis=words(query, "kpi", NAMES),
        stats=words(query, "stat", STATS),
        windows=words(query, "window", (*WINDOWS, "now")),
        queues=words(query, "queue", queues),
        channels=words(query, "channel", CHANNELS),
        cuts=None if cuts is None else [ROW_CUTS[cut] for cut in cuts],
        compare=words(query, "compare", COMPARISONS) is not None,
    )


def queues_of(snapshot: Snapshot) -> Sequence[str]:
    """All queues that are configured or were seen, by name."""
    return sorted({cell.queue for cell in snapshot.book.cells if cell.queue != NO_QUEUE})


def known_parameters(query: Mapping[str, str], known: Iterable[str]) -> None:
    for name in query:
        if name not in known:
            raise unknown("parameter", name, known)


def words(query: MultiMapping[str], parameter: str, known: Collection[str]) -> list[str] | None:
    """All values of `parameter`; None where it is not given. Raises Refusal 400 for one that is not among `known`."""
    if parameter not in query:
        return None
    values = list(dict.fromkeys(query.getall(parameter)))
    for value in values:
        if value not in known:
            raise unknown(parameter, value, known)
    return values


def unknown(what: str, word: str, known: Iterable[str], status: int = 400) -> Refusal:
    found = nearest(word, known)
    listed = list(dict.fromkeys(known))
    more = f" and {len(listed) - LISTED_MAX} more" if len(listed) > LISTED_MAX else ""
    all_of_them = ", ".join(listed[:LISTED_MAX]) + more if listed else "none yet"
    hint = f"did you mean {found}?" if found else f"there are: {all_of_them}"
    return Refusal(status, f"unknown_{what}", f"there is no {what} {quoted(word)}: {hint}", more={"nearest": found})

"""Histograms of `/metrics`, from the buckets of closed minutes: one set of edges per family, the same on every series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from schemas import fields as f
from schemas.values import SECOND_MS
from streams.core.kpis.tickets import RESOLUTIONS
from streams.core.panes.histogram import ABOVE_ALL, SUM_MS, bucket_field, bucket_of
from streams.core.panes.pane import Sums
from streams.outputs.parts.part import Scope
from streams.outputs.parts.tickets import response_durations


class Histogram(msgspec.Struct, frozen=True, kw_only=True):
    """One family: values of `labels` -> duration."""

    name: str
    kpi: str
    scope: Scope
    help: str
    durations: Mapping[tuple[str, ...], int]
    labels: tuple[str, ...] = ()


HISTOGRAMS: Final[tuple[Histogram, ...]] = (
    Histogram(
        name="answer_wait_seconds",
        kpi="speed_of_answer",
        scope="calls",
        help="Waits of answered visits.",
        durations={(): f.ANSWER_WAIT},
    ),
    Histogram(
        name="abandon_wait_seconds",
        kpi="abandon_wait",
        scope="calls",
        help="Waits of abandoned visits, short ones left out.",
        durations={(): f.ABANDON_WAIT},
    ),
    Histogram(
        name="conversation_seconds",
        kpi="talk_time",
        scope="calls",
        help="Talk and hold of finished conversations in both directions, without wrap-up.",
        durations={(): f.CONVERSATION},
    ),
    Histogram(
        name="first_response_seconds",
        kpi="first_response_time",
        scope="tickets",
        help="From creation, handoff or reopen to the first answer.",
        durations=response_durations("first_response"),
        labels=("responder", "clock"),
    ),
    Histogram(
        name="resolution_seconds",
        kpi="resolution_time",
        scope="tickets",
        help="From creation to the first or the last resolve; business: in the hours of the queue; working: without pending and on hold.",
        durations=RESOLUTIONS,
        labels=("to", "clock"),
    ),
)


class Edges:
    """The edges of one duration, ready to be read out of settled sums (streams/core/panes/histogram.py, reduce_to_edges)."""

    def __init__(self, duration: int, edges_ms: Sequence[int]) -> None:
        self.bounds = [repr(edge / SECOND_MS) for edge in edges_ms] + ["+Inf"]
        self._fields = [bucket_field(duration, bucket_of(edge)) for edge in edges_ms] + [bucket_field(duration, ABOVE_ALL)]
        self._sum_field = bucket_field(duration, SUM_MS)

    def cumulative(self, settled: Sequence[Sums]) -> Iterator[int]:
        """How many are at most as long as each bound, over all of `settled`."""
        total = 0
        for field in self._fields:
            for sums in settled:
                total += sums.get(field, 0)
            yield total

    def sum_seconds(self, settled: Sequence[Sums]) -> float:
        return sum(sums.get(self._sum_field, 0) for sums in settled) / SECOND_MS

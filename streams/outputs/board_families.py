"""What a board tells of itself: `deskpulse_board_*`, from plain values that `app` hands in (output.md, section 3).

The Protocols say what is needed; the stats of `streams/runtime` have that shape, and nothing here knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Protocol

from prometheus_client import Metric

from streams.outputs.metric import NO_LABELS, add, counter, family, gauge, seconds


class BoardSelfCollector:
    """A board of this process."""

    def __init__(self, board: Callable[[], BoardFigures], streams: StreamFigures) -> None:
        self._board = board
        self._streams = streams

    def collect(self) -> Iterator[Metric]:
        figures = self._board()
        yield gauge("board_partitions", "Partitions there are.", figures.partitions)
        yield gauge("board_live_partitions", "Partitions that a worker keeps up to date.", figures.live)
        yield gauge("board_stream_clients", "Wallboards and programs that follow /api/v1/stream.", self._streams.clients)
        for stem, help_, value in (
            ("rows", "Rows of the panes topic read and applied.", figures.rows),
            ("heartbeats", "Heartbeats of workers read.", figures.heartbeats),
            ("restarts", "How often the board had to begin anew.", figures.restarts),
            ("snapshots", "Snapshots taken.", figures.snapshots),
            ("stream_clients_dropped", "Readers of /api/v1/stream that did not read.", self._streams.dropped),
        ):
            yield counter(f"board_{stem}", help_, value)
        for stem, help_, length_s in (
            ("restore_seconds", "How long the board took to read its state. Absent while it does.", figures.restore_seconds),
            ("behind_seconds", "Since the log last answered for the partition that is worst off.", seconds(figures.behind_ms)),
        ):
            yield gauge(f"board_{stem}", help_, length_s)
        yield _delays(figures.delays)


def _delays(delays: DelayFigures) -> Metric:
    metric = family("histogram", "board_event_to_board_seconds", "From the time of an event to its being shown.")
    bounds = [*(repr(float(edge)) for edge in delays.edges_s), "+Inf"]
    total = 0
    for bound, total in zip(bounds, accumulate(delays.counts), strict=True):
        add(metric, {"le": bound}, total, "_bucket")
    add(metric, NO_LABELS, total, "_count")
    add(metric, NO_LABELS, delays.sum_s, "_sum")
    return metric


class StreamFigures(Protocol):
    """Readers of /api/v1/stream: how many there are, and how many were dropped since the process began as they did not read."""

    @property
    def clients(self) -> int: ...
    @property
    def dropped(self) -> int: ...


class DelayFigures(Protocol):
    """Observations up to each edge and above the one before; one count more than edges."""

    @property
    def edges_s(self) -> Sequence[float]: ...
    @property
    def counts(self) -> Sequence[int]: ...
    @property
    def sum_s(self) -> float: ...


class BoardFigures(Protocol):
    """A moment of a board; what its snapshots say themselves is not among it."""

    @property
    def partitions(self) -> int: ...
    @property
    def live(self) -> int: ...
    @property
    def rows(self) -> int: ...
    @property
    def heartbeats(self) -> int: ...
    @property
    def restarts(self) -> int: ...
    @property
    def restore_seconds(self) -> float | None: ...
    @property
    def behind_ms(self) -> int | None: ...
    @property
    def snapshots(self) -> int: ...
    @property
    def delays(self) -> DelayFigures: ...

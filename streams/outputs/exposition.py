"""Metrics -> the bytes of a scrape: text 0.0.4, or OpenMetrics 1.0 where `Accept` asks for it.

`encode` writes what prometheus_client's own encoders write, byte for byte and several times as fast: labels that many families share are
escaped once, numbers that come back are formatted once. No timestamps, no `_created`, no exemplars.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from itertools import chain
from time import perf_counter
from typing import Protocol

import msgspec
from prometheus_client import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, choose_encoder
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE_OPENMETRICS
from prometheus_client.utils import floatToGoString

from streams.core.snapshot import Snapshot
from streams.outputs.courtesy import courteous
from streams.outputs.metric import gauge
from streams.outputs.prometheus import BoardCollector


class Collector(Protocol):
    """Of prometheus_client: numbers of this process, taken in the event loop, so it has to be quick."""

    def collect(self) -> Iterable[Metric]: ...


def wants_openmetrics(accept: str) -> bool:
    """Whether the client's own rules for `Accept` lead to OpenMetrics."""
    return choose_encoder(accept)[1].startswith("application/openmetrics-text")


def encode(metrics: Iterable[Metric], openmetrics: bool) -> bytes:
    """The exposition of `metrics`, whose types are gauge, counter, histogram and unknown."""
    lines: list[str] = []
    # Keyed by identity; the labels are kept, or another dict could take the place in memory.
    texts: dict[int, tuple[dict[str, str], str]] = {}
    numbers: dict[float, str] = {}
    for metric in metrics:
        _head(lines, metric, openmetrics)
        for name, labels, value, *_ in metric.samples:
            known = texts.get(id(labels))
            if known is None:
                known = texts[id(labels)] = (labels, _labels_text(labels))
            number = numbers.get(value)
            if number is None:
                number = numbers[value] = _number(value)
            lines.append(f"{name}{known[1]} {number}\n")
    if openmetrics:
        lines.append("# EOF\n")
    return "".join(lines).encode()


def _head(lines: list[str], metric: Metric, openmetrics: bool) -> None:
    help_ = metric.documentation.replace("\\", r"\\").replace("\n", r"\n")
    if openmetrics:
        help_ = help_.replace('"', r"\"")
        lines.append(f"# HELP {metric.name} {help_}\n# TYPE {metric.name} {metric.type}\n")
        if metric.unit:
            lines.append(f"# UNIT {metric.name} {metric.unit}\n")
        return
    name = f"{metric.name}_total" if metric.type == "counter" else metric.name
    lines.append(f"# HELP {name} {help_}\n# TYPE {name} {'untyped' if metric.type == 'unknown' else metric.type}\n")


def _labels_text(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    pairs = [f'{name}="{_escape(labels[name])}"' for name in sorted(labels)]
    return "{" + ",".join(pairs) + "}"


def _number(value: float) -> str:
    text: str = floatToGoString(value)  # type: ignore[no-untyped-call]
    return text


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def led_by_another(snapshot: Snapshot) -> Snapshot:
    """The same moment of a board that does not lead."""
    other = copy(snapshot)
    other.liveness = msgspec.structs.replace(snapshot.liveness, leads=False)
    return other


def page_time(seconds: float) -> Metric:
    """What a page says of the one before."""
    return gauge("exposition_seconds", "How long it took to write the page before this one.", seconds)


class Exposition:
    """Pages for any number of scrapers. Each is made in a thread of its own, from one snapshot, so the loop goes on meanwhile;
    who asks while a page is being made gets that one.

    board    None: a process without one, a worker alone
    own      what this process tells of itself
    exports  whether the board leads at this very moment: asked once more before a page goes out, as the process may have stood still
             while it was made; if not, a page without the business families goes out in its place
    """

    def __init__(
        self,
        board: Callable[[], Snapshot] | None,
        collector: BoardCollector | None,
        own: Sequence[Collector] = (),
        exports: Callable[[], bool] = lambda: True,
    ) -> None:
        assert (board is None) == (collector is None)
        self._exports = exports
        self._board = board
        self._collector = collector
        self._own = own
        self._thread = ThreadPoolExecutor(1, "metrics")
        self._making: dict[bool, asyncio.Task[bytes]] = {}
        self.render_seconds: float | None = None
        """How long the last page took."""

    async def page(self, accept: str) -> tuple[bytes, str]:
        """The page and its content type."""
        openmetrics = wants_openmetrics(accept)
        making = self._making.get(openmetrics)
        if making is None:
            making = self._making[openmetrics] = asyncio.create_task(self._make(openmetrics))
            making.add_done_callback(lambda _: self._making.pop(openmetrics))
        # A scraper that goes away takes its page from nobody else.
        return await asyncio.shield(making), CONTENT_TYPE_OPENMETRICS if openmetrics else CONTENT_TYPE_PLAIN_0_0_4

    def close(self) -> None:
        self._thread.shutdown(wait=False)

    async def _make(self, openmetrics: bool) -> bytes:
        own = [metric for collector in self._own for metric in collector.collect()]
        if self.render_seconds is not None:
            own.append(page_time(self.render_seconds))
        if self._board is None:
            return encode(own, openmetrics)
        snapshot = self._board()
        page = await self._in_thread(snapshot, own, openmetrics)
        if snapshot.liveness.leads and not self._exports():
            return await self._in_thread(led_by_another(snapshot), own, openmetrics)
        return page

    def _in_thread(self, snapshot: Snapshot, own: Sequence[Metric], openmetrics: bool) -> Awaitable[bytes]:
        return asyncio.get_running_loop().run_in_executor(self._thread, self._write, snapshot, own, openmetrics)

    def _write(self, snapshot: Snapshot, own: Sequence[Metric], openmetrics: bool) -> bytes:
        assert self._collector is not None
        began = perf_counter()
        # One family at a time: 10,000 samples alive at once would bring on full garbage collections, which stop the loop as well.
        page = encode(chain(courteous(self._collector.families(snapshot)), own), openmetrics)
        self.render_seconds = perf_counter() - began
        return page

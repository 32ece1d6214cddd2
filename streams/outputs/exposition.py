"""Pages for scrapers, each of one snapshot: text 0.0.4, or OpenMetrics 1.0 where `Accept` asks for it."""

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

from streams.core.snapshot import Snapshot
from streams.outputs.courtesy import courteous
from streams.outputs.encoding import encode
from streams.outputs.metric import gauge
from streams.outputs.prometheus import BoardCollector


class Collector(Protocol):
    """Of prometheus_client: numbers of this process, taken in the event loop, so it has to be quick."""

    def collect(self) -> Iterable[Metric]: ...


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


def wants_openmetrics(accept: str) -> bool:
    """Whether the client's own rules for `Accept` lead to OpenMetrics."""
    return choose_encoder(accept)[1].startswith("application/openmetrics-text")


def led_by_another(snapshot: Snapshot) -> Snapshot:
    """The same moment of a board that does not lead."""
    other = copy(snapshot)
    other.liveness = msgspec.structs.replace(snapshot.liveness, leads=False)
    return other


def page_time(seconds: float) -> Metric:
    """What a page says of the one before."""
    return gauge("exposition_seconds", "How long it took to write the page before this one.", seconds)

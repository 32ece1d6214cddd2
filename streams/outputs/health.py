"""Whether this process may be sent people, and what it tells of itself at `/status`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from schemas.instants import rfc3339
from schemas.values import NO_QUEUE, SECOND_MS
from streams.core.snapshot import Snapshot
from streams.outputs.worker_families import WorkerFigures

CAUGHT_UP_MS: Final = 10 * SECOND_MS
"""A lag of at most this is no lag to send people elsewhere for."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """started  restored once; waits_for: what is still to come before it is ready, a few words each, nothing when it is"""

    started: bool
    waits_for: list[str]

    @property
    def ready(self) -> bool:
        return not self.waits_for


class HealthCheck:
    """Asked for the health of this moment. None: a process without a board, or without a worker."""

    def __init__(self, board: Callable[[], Snapshot] | None, worker: Callable[[], WorkerFigures] | None) -> None:
        self._board = board
        self._worker = worker
        self._started = False

    def __call__(self) -> Health:
        restoring, behind = list(self._restoring()), list(self._behind())
        self._started = self._started or not restoring
        return Health(started=self._started, waits_for=restoring + behind)

    def _restoring(self) -> Iterator[str]:
        if self._board is not None and not self._board().liveness.restored:
            yield "the board reads its state back, or does not reach the log"
        if self._worker is not None:
            figures = self._worker()
            if figures.opening:
                yield f"partitions {', '.join(map(str, figures.opening))} are being restored"
            elif not figures.ready:
                yield "the worker is not a member of its group yet"

    def _behind(self) -> Iterator[str]:
        if self._worker is None:
            return
        for shard in self._worker().partitions:
            if shard.lag_ms is not None and shard.lag_ms > CAUGHT_UP_MS:
                yield f"partition {shard.partition} is {shard.lag_ms / SECOND_MS:.0f} s behind"


def status_document(
    facts: Mapping[str, Any],
    health: Health,
    board: Callable[[], Snapshot] | None,
    worker: Callable[[], WorkerFigures] | None,
) -> dict[str, Any]:
    """What /status answers, for people.

    facts  of the process, no secrets among them: role, version, site, log, when it started, whose the partitions are
    """
    document: dict[str, Any] = {**facts, "ready": health.ready, "waits_for": health.waits_for}
    if board is not None:
        snapshot = board()
        liveness = snapshot.liveness
        document["board"] = {
            "as_of": rfc3339(snapshot.now_ms),
            "restored": liveness.restored,
            "leads": liveness.leads,
            "data_age_seconds": None if liveness.data_age_ms is None else liveness.data_age_ms / SECOND_MS,
            "partitions": liveness.partitions,
            "live_partitions": liveness.live,
            "queues": len({cell.queue for cell in snapshot.book.cells} - {NO_QUEUE}),
            "hidden_queues": snapshot.hidden_queues,
        }
    if worker is not None:
        figures = worker()
        document["worker"] = {
            "ready": figures.ready,
            "partitions": [
                {
                    "partition": shard.partition,
                    "lag_records": shard.lag_records,
                    "lag_seconds": None if shard.lag_ms is None else shard.lag_ms / SECOND_MS,
                    "watermark": None if not shard.watermark_ms else rfc3339(shard.watermark_ms),
                    "clock": rfc3339(shard.now_ms),
                }
                for shard in sorted(figures.partitions, key=lambda shard: shard.partition)
            ],
            "restoring": list(figures.opening),
            "records": figures.records,
            "rebalances": figures.rebalances,
            "last_checkpoint": None if figures.last_checkpoint_ms is None else rfc3339(figures.last_checkpoint_ms),
        }
    return document

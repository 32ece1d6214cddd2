"""What an application does not survive unharmed: it has to say so, at once and loudly, and no figure may be wrong without a word."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any, Final

from kafka import KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewPartitions

from tests.chaos.ordeal import PARTITIONS, Ordeal
from tests.desk import Instance, wait_for
from tests.kafka.server import KafkaServer
from tests.traffic import END_MS

LOST: Final = 500
NOTICED_S: Final = 60
_LOST = re.compile(r"^deskpulse_worker_records_lost_total (\S+)$", re.MULTILINE)


def lose_unread_records(ordeal: Ordeal, server: KafkaServer, boards: Sequence[Instance], workers: Sequence[Instance]) -> None:
    """Records are deleted while no worker runs: each is counted as lost, by each worker that misses it, it is said
    where they were, and the figures are as they were."""
    before = [_rows(board) for board in boards]
    for worker in workers:
        assert worker.end() == 0, worker.log()[-2000:]
    event: dict[str, Any] = {"type": "call.queued", "time": END_MS, "queue": "orders", "channel": "phone"}
    producer = KafkaProducer(bootstrap_servers=server.bootstrap, acks="all")
    for number in range(LOST):
        key = f"lost-{number}"
        producer.send("calls", key=key.encode(), value=json.dumps({**event, "id": "1", "call_id": key}).encode())
    producer.flush()
    producer.close()
    with _admin(server) as admin:
        admin.delete_records({TopicPartition("calls", number): -1 for number in range(PARTITIONS)})  # all that is there
    for worker in workers:
        worker.launch()
    wait_for("all that was lost is counted", lambda: sum(map(_lost, workers)) >= LOST, 60)
    wait_for("all is kept up to date", lambda: all(board.document(window="now", cut="site")["completeness"] == 1 for board in boards), 30)
    time.sleep(2)
    # A partition that is given out anew before anything more has come is found by two workers.
    assert max(map(_lost, workers)) <= LOST <= sum(map(_lost, workers))
    assert all("were deleted before they were read" in worker.log() for worker in workers if _lost(worker))
    assert [_rows(board) for board in boards] == before
    ordeal.tell(f"{LOST} records deleted unread: all counted, said in the log, figures as they were")


def grow_a_topic(ordeal: Ordeal, server: KafkaServer, boards: Sequence[Instance], workers: Sequence[Instance]) -> None:
    """Its keys lie elsewhere now: workers end and say why, boards go on to show what was, and that nobody keeps it up to date."""
    before = [_rows(board) for board in boards]
    with _admin(server) as admin:
        admin.create_partitions({"calls": NewPartitions(total_count=PARTITIONS + 2)})
    began_s = time.time()
    wait_for("all workers have ended", lambda: not any(worker.program.running for worker in workers), NOTICED_S)
    ordeal.tell(f"a topic has grown: workers ended after {time.time() - began_s:.1f} s")
    for worker in workers:
        assert worker.end() == 2, worker.log()[-2000:]
        assert "`deskpulse topics show` says how to make the topics equal" in worker.log()
        worker.launch()
    wait_for("none of them starts anew", lambda: not any(worker.program.running for worker in workers), NOTICED_S)
    assert all(worker.end() == 2 for worker in workers)
    wait_for(
        "nothing is kept up to date", lambda: all(board.document(window="now", cut="site")["completeness"] == 0 for board in boards), 30
    )
    assert [_rows(board) for board in boards] == before


def _admin(server: KafkaServer) -> Any:
    return closing(KafkaAdminClient(bootstrap_servers=server.bootstrap))


def _lost(worker: Instance) -> int:
    try:
        found = _LOST.search(worker.page())
    except OSError:  # it starts
        return 0
    return int(float(found[1])) if found else 0


def _rows(board: Instance) -> Any:
    return board.document(window=["now", "30d"], cut=["site", "queue"])["rows"]

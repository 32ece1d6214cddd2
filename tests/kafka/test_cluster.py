"""Three brokers, three copies of each topic: one after the other is killed, and one stands still, while events come in."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.instants import instant_ms
from tests.chaos.__main__ import SETTINGS
from tests.chaos.feed import TransactionalFeed
from tests.chaos.ordeal import HEALED_S, TIMED_OUT_S, Ordeal
from tests.chaos.rest import apart, check_dead_letters, expected, in_log, wrong_rows
from tests.chaos.traffic import Traffic
from tests.cli.calling import deskpulse
from tests.desk import Desk, seed, wait_for
from tests.kafka.cluster import KafkaCluster
from tests.watcher import Watcher

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

SHARE = 0.06
"""Of the arrivals of the invented centre: three brokers need the two cores of a small machine for themselves."""
SENT_S = 30


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[KafkaCluster]:
    with KafkaCluster(tmp_path) as cluster:
        yield cluster


def test_whichever_broker_is_killed_or_stands_still_every_event_counts_once(cluster: KafkaCluster, tmp_path: Path):
    chance = random.Random(seed())
    traffic = Traffic(chance.randrange(1 << 32), share=SHARE)
    traffic.leave_out_flood()
    with Desk(tmp_path / "desk", f"kafka://{cluster.bootstrap}", SETTINGS) as desk:
        desk.call("topics", "create")
        boards = [desk.instance("board", name) for name in ("board-1", "board-2")]
        workers = [desk.instance("worker", name) for name in ("worker-1", "worker-2")]
        for instance in (*boards, *workers):
            instance.launch()
        rate = len(traffic.records) / SENT_S
        with TransactionalFeed(cluster.bootstrap, traffic.records, traffic.decoys, rate) as feed, Watcher(boards, feed) as watcher:
            ordeal = Ordeal(workers, watcher, chance)
            ordeal.all_work()
            ordeal.healed()
            nodes = list(cluster.servers)
            chance.shuffle(nodes)
            for node in nodes:
                leads = cluster.leads(node)
                assert leads > 0
                cluster.servers[node].kill()
                ordeal.tell(f"broker {node} killed, which led {leads} partitions")
                ordeal.healed()
                if node == nodes[0]:
                    commands_work(desk, node)
                cluster.servers[node].start()
                cluster.wait_until_in_sync()
                ordeal.tell("it is back, and all copies are in sync")
                ordeal.healed()
            frozen = cluster.servers[nodes[0]]
            assert cluster.leads(nodes[0]) > 0
            frozen.pause()
            ordeal.tell(f"broker {nodes[0]} stands still")
            time.sleep(TIMED_OUT_S)
            ordeal.healed(2 * HEALED_S)  # a minute was seen: each client and each broker finds out for itself
            commands_work(desk, nodes[0])
            frozen.resume()
            cluster.wait_until_in_sync()
            ordeal.healed()
            ordeal.come_to_rest(lambda: feed.done, 300)
        ordeal.tell(f"{len(traffic.records)} records sent, {feed.resent} of them once more")
        assert watcher.complaints == []
        count, wrong = wrong_rows(desk, boards[0].document, traffic.write(tmp_path / "events.jsonl"))
        assert not wrong, f"{len(wrong)} of {count} rows are wrong:\n" + "\n".join(wrong[:20])
        told = in_log(desk, cluster.bootstrap)
        wrong = apart(told, expected(desk, traffic.events, instant_ms(boards[0].document(window="now", cut="site")["as_of"])))
        assert not wrong, f"{len(wrong)} breaches and contacts are wrong:\n" + "\n".join(wrong[:20])
        check_dead_letters(cluster.bootstrap, traffic.rejected)
        ordeal.tell(f"exact: {count} rows, {len(told.breaches)} breaches, {len(told.contacts)} contacts")
        for instance in (*workers, *boards):
            assert instance.program.running, f"{instance.name} ended by itself:\n{instance.log()[-2000:]}"
            assert "Traceback" not in instance.log(), instance.log()[-4000:]
            print(f"--- {instance.name}\n{instance.log()[-3000:]}")


def commands_work(desk: Desk, gone: int) -> None:
    """Whoever is called at night asks them while that broker is gone."""

    def doctor_names_it() -> bool:
        said = deskpulse("doctor", "-c", desk.config)
        return said.code == 0 and f"broker {gone}: " in said.out

    wait_for("doctor names it", doctor_names_it, 90)
    shown = deskpulse("topics", "show", "-c", desk.config)
    assert shown.code == 0, shown

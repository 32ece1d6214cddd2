"""Records that the broker deletes before a worker has read them are told and counted, whether it runs then or not."""

from __future__ import annotations

import logging
import re
import sys
import urllib.request
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiokafka.partitioner import murmur2

from streams.config.parts import Kafka, KafkaLog
from streams.runtime.admin import Admin
from streams.runtime.transport.log import NewRecord, TopicPartition
from streams.runtime.transport.overtaken import Hole, Losses
from tests.cli.calling import deskpulse
from tests.program import Program
from tests.runtime.logs import PARTITIONS, KafkaWorld, create_topics, layout_for, read_until
from tests.runtime.test_worker_kafka import append
from tests.tools import ROOT, calls_and_tickets_alone, free_port

TP = TopicPartition("calls", 2)


def test_what_is_found_again_when_a_shard_is_opened_anew_counts_once(caplog):
    losses = Losses()
    for hole in (Hole(10, 30), Hole(5, 30), Hole(10, 35)):
        losses.note(TP, hole)
    losses.note(TP._replace(topic="tickets"), Hole(0, 2))
    assert losses.records == 27
    told = [record.message for record in caplog.records]
    assert [re.findall(r"\d+", line)[1:4] for line in told] == [["20", "10", "29"], ["5", "30", "34"], ["2", "0", "1"]]
    assert all(record.levelno == logging.ERROR and "raise retention" in record.message for record in caplog.records)


def delete_before(bootstrap: str, tp: TopicPartition, offset: int) -> None:
    with Admin(KafkaLog(brokers=(bootstrap,)), Kafka()) as admin:
        admin.delete_before({tp: offset})


@pytest.mark.kafka
async def test_a_reader_that_finds_its_place_gone_says_how_many(kafka: str, prefix: str):
    layout = layout_for(prefix)
    create_topics(kafka, layout)
    tp = TopicPartition(layout.sources[0], murmur2(b"k") % PARTITIONS)
    await append(kafka, layout, *(NewRecord(b"k", b"%d" % number) for number in range(5)))
    async with AsyncExitStack() as stack:
        world = KafkaWorld(layout, kafka, stack)
        reader = await world.reader(tp)
        reader.seek(tp, 0)
        await read_until(reader, tp, 5)
        assert world.losses.records == 0
        delete_before(kafka, tp, 3)
        reader.seek(tp, 1)
        batches = await read_until(reader, tp, 5)
    assert (batches[0].start, [record.value for batch in batches for record in batch]) == (1, [b"3", b"4"])
    assert world.losses.records == 2


def metric(port: int, name: str) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        found = re.search(rf"^deskpulse_worker_{name}_total (\S+)$", answer.read().decode(), re.MULTILINE)
    return float(found[1]) if found else -1


@pytest.mark.kafka
async def test_a_worker_overtaken_by_retention_says_so_while_it_runs_and_when_it_starts(kafka: str, prefix: str, tmp_path: Path):
    site, port = tmp_path / "site.toml", free_port()
    site.write_text(f'log = "kafka://{kafka}"\napp = "{prefix}app"\n{calls_and_tickets_alone(prefix)}')
    assert deskpulse("topics", "create", "-c", site).code in (0, 1)
    tp = TopicPartition(f"{prefix}calls", murmur2(b"k") % PARTITIONS)
    argv = [sys.executable, "-m", "streams.cli", "worker", "-c", str(site), "--metrics-port", str(port)]
    worker = Program(argv, tmp_path / "worker.log", {"PYTHONPATH": str(ROOT)})
    layout = layout_for(prefix)
    try:
        worker.start(lambda: "of 4" in worker.output())
        worker.pause()
        large = [NewRecord(b"k", bytes(100_000)) for _ in range(30)]  # more than the client has fetched before it stood still
        await append(kafka, layout, *large, topic=tp.topic)
        delete_before(kafka, tp, 29)
        worker.resume()
        worker.wait(lambda: metric(port, "records") + metric(port, "records_lost") >= 30, 30)
        lost = metric(port, "records_lost")
        assert lost > 0
        assert metric(port, "records") + lost == 30
        assert f"ERROR deskpulse.worker: {tp.topic}-{tp.partition}: up to {lost:.0f} records (offsets" in worker.output()
        worker.stop()

        await append(kafka, layout, *large[:3], topic=tp.topic)
        delete_before(kafka, tp, 32)
        worker.start(lambda: "of 4" in worker.output())
        assert metric(port, "records_lost") == 2
        assert "up to 2 records (offsets 30 to 31) were deleted before they were read" in worker.output()
    finally:
        worker.stop()

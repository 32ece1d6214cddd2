"""A Kafka: is it there, are the topics right, may we do there what we have to, and how long does it keep what."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from schemas.lengths import duration_text
from schemas.values import DAY_MS
from streams.config.parts import Kafka, KafkaLog
from streams.runtime.admin import Admin
from streams.runtime.examination.finding import Finding
from streams.runtime.layout import Layout
from streams.runtime.topic_plans import Found, partitions_to_make, plans
from streams.runtime.transport.connection import FORBIDDEN, Connection
from streams.runtime.transport.producer import DISPOSE_S

KEPT_MIN_MS: Final = DAY_MS
COPIES: Final = 3
GRANT: Final = "grant it: kafka-acls.sh --add --allow-principal User:NAME --operation ..."
READ, WRITE = frozenset({"READ"}), frozenset({"WRITE"})
CREATE: Final = "`deskpulse topics create` makes it"


def examine(admin: Admin, log: KafkaLog, layout: Layout, partitions: int) -> Iterator[Finding]:
    """partitions  of topics that are made. Raises Unreachable."""
    brokers = admin.brokers()
    yield Finding("broker", "fine", f"{log}, {brokers} broker{'s' if brokers > 1 else ''}")
    forbidden, allowed = admin.rights(layout.all)
    yield from rights(wanted(layout), forbidden, allowed)
    if not admin.may_read_group(layout.app):
        yield Finding("rights", "wrong", f"this user lacks Read on the group {layout.app}", GRANT)
    found = admin.look(plans(layout, partitions_to_make(layout, admin.counts(layout.partitioned), partitions)), layout)
    unseen = {name for name, operations in allowed.items() if operations is not None and "DESCRIBE_CONFIGS" not in operations}
    if unseen:
        yield Finding("rights", "warning", "the configs of topics are hidden from this user", "grant DescribeConfigs to have them judged")
    yield from topics([_seen(topic, unseen) for topic in found if topic.name not in forbidden], brokers, layout)
    for node, copies in sorted(admin.out_of_sync([topic.name for topic in found if topic.partitions]).items()):
        yield Finding(
            "copies",
            "warning",
            f"broker {node}: {copies} copies of partitions are not up to date",
            "see whether it runs: the next that goes may stop all",
        )


def wanted(layout: Layout) -> dict[str, frozenset[str]]:
    """Topic -> what a worker, a board or both have to do there."""
    return {
        **dict.fromkeys(layout.sources, READ),
        **dict.fromkeys((layout.contacts, layout.state, layout.panes, layout.heartbeats), READ | WRITE),
        **dict.fromkeys(layout.outputs, WRITE),
    }


def rights(needs: Mapping[str, frozenset[str]], forbidden: Sequence[str], allowed: Mapping[str, set[str] | None]) -> Iterator[Finding]:
    """forbidden  topics that are hidden from us, or not there and we may not know
    allowed    of the others; None: a broker too old to say
    """
    if any(operations is None for operations in allowed.values()):
        yield Finding("rights", "warning", "this Kafka does not say what we may do", "see whether worker and board start")
        return
    lacking = [f"Describe on {topic}" for topic in forbidden]
    for topic, needed in needs.items():
        has = allowed.get(topic)
        if has is not None:
            lacking += [f"{operation.capitalize()} on {topic}" for operation in sorted(needed - has)]
    if lacking:
        yield Finding("rights", "wrong", f"this user lacks {', '.join(lacking)}", GRANT)
    elif allowed:
        yield Finding("rights", "fine", "on topics: all that is needed")


def topics(found: Sequence[Found], brokers: int, layout: Layout) -> Iterator[Finding]:
    wrong = [(topic, complaint) for topic in found for complaint in topic.wrong]
    missing = [topic.name for topic, complaint in wrong if CREATE in complaint]
    if missing:
        yield Finding("topics", "wrong", f"not there: {', '.join(missing)}", "make them: deskpulse topics create")
    for topic, complaint in wrong:
        if CREATE not in complaint:
            what, _, do = complaint.partition(": ")
            yield Finding("topics", "wrong", f"{topic.name}: {what}", do)
    if found and not wrong:
        yield Finding("topics", "fine", f"{len(found)}, {found[0].partitions} partitions each where they are read")
    there = [topic for topic in found if topic.partitions]
    few = sorted(topic.name for topic in there if topic.replication < min(COPIES, brokers))
    if brokers < COPIES:
        yield Finding(
            "copies", "warning", f"{brokers} of {COPIES} brokers: what one holds may be gone with it", "good to try it; run three for more"
        )
    elif few:
        yield Finding("copies", "warning", f"fewer than {COPIES} of {', '.join(few)}", "reassign them: kafka-reassign-partitions.sh")
    for topic in there:
        kept_ms = int(topic.configs.get("retention.ms", -1))
        if topic.name in layout.sources and 0 <= kept_ms < KEPT_MIN_MS:
            kept = f"{topic.name} is kept for {duration_text(kept_ms)}"
            yield Finding(
                "retention", "warning", kept, "raise its retention.ms: workers that are away for longer will never see what it held"
            )


def _seen(topic: Found, unseen: Collection[str]) -> Found:
    """Without complaints of configs that nobody has seen."""
    if topic.name not in unseen:
        return topic
    return msgspec.structs.replace(
        topic, configs={}, wrong=tuple(complaint for complaint in topic.wrong if "partitions, expected" in complaint)
    )


async def examine_transactions(log: KafkaLog, kafka: Kafka, layout: Layout) -> Finding:
    """May we write in transactions? Tried with an id of its own, so nobody is fenced. Raises Unreachable."""
    connection = Connection(log, kafka)
    producer = connection.producer(transactional_id=f"{layout.app}-doctor")
    with connection.errors():
        try:
            await producer.start()
        except FORBIDDEN:
            return Finding("rights", "wrong", f"this user lacks Write on the transactional ids {layout.app}-*", GRANT)
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(DISPOSE_S):  # it may hang after a broker is gone
                    await producer.stop()
    return Finding("rights", "fine", "on transactions: all that is needed")

"""Look at everything that may stand in the way, and say what to do: configuration, broker or directory, topics, rights, state, clocks,
workers, dead letters.

Nothing is changed and nothing is sent into a topic. `wrong` is what does not work, or makes figures incomplete: it ends with 1. A `warning`
is what works until something else happens: it ends with 0. Where the log cannot be reached, it ends with 3.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, TypeVar

from schemas.values import DAY_MS, EpochMs
from streams.app import engine_of
from streams.cli.as_json import print_json
from streams.cli.configured import config_argument
from streams.cli.dead_letters import Letter, letters_of
from streams.cli.lag import MAX_SECONDS, Lag, lags
from streams.config import Config, KafkaLog, WrongConfig, load
from streams.core.clocks.days import Days
from streams.errors import StateCorrupt, StateVersionError, TopicLayoutError, Unreachable
from streams.release import core, release
from streams.runtime.admin import Admin
from streams.runtime.examination import brokers, clocks, place, state
from streams.runtime.examination.finding import Finding, of_error
from streams.runtime.heartbeat import Heartbeat
from streams.runtime.inputs import without_missing
from streams.runtime.inspection import Inspection, Unread, heartbeats_of, inspection_of
from streams.runtime.layout import DEAD_LETTERS, layout_of

T = TypeVar("T")

LATE_DAYS: Final = 7
LETTERS_MAX: Final = 1_000
"""Of each partition, so many are looked at."""


def arguments(parser: argparse.ArgumentParser) -> None:
    config_argument(parser)
    parser.add_argument("--json", action="store_true", help="print an object: log, fine, findings (about, state, found, do)")


def run(args: argparse.Namespace) -> int:
    findings, log, reached = [], None, True
    try:
        config = load(args.config, os.environ)
    except WrongConfig as wrong:
        findings = [Finding("config", "wrong", complaint, "correct it; `deskpulse check` tries it") for complaint in wrong.complaints]
    else:
        log = str(config.log)
        findings = [*_of_config(config, str(args.config or "the defaults")), clocks.of_this_machine(clocks.kept_by_the_kernel())]
        try:
            findings += _of_kafka(config, config.log) if isinstance(config.log, KafkaLog) else place.examine(config.log.directory)
            findings += _of_state(config)
            findings += _of_workers(config)
            findings += _of_letters(config)
        except Unreachable as error:
            what, _, do = str(error).removeprefix(f"{log}: ").partition(": ")
            findings.append(Finding("log", "wrong", f"{log}: {what}", do))
            reached = False
        except (StateVersionError, StateCorrupt) as error:  # of an embedded log, where all else lies in the same file
            findings.append(of_error("state", error))
    count = Counter(finding.state for finding in findings)
    if args.json:
        print_json({"log": log, "fine": not count["wrong"], "findings": findings})
    else:
        print("\n".join(_table(findings)))
        print(f"{count['wrong']} wrong, {count['warning']} to think about, {count['fine']} fine")
    return 3 if not reached else 1 if count["wrong"] else 0


def _of_config(config: Config, name: str) -> Iterator[Finding]:
    yield Finding("program", "fine", f"deskpulse {release()}, core {core()}")
    yield Finding("config", "fine", f"{name}, site {config.site or 'without a name'}, zone {config.zone.key}")
    if config.http.insecure:
        found = f"{config.http.host}:{config.http.port} is open to all who can reach it"
        yield Finding("config", "warning", found, "say who may: [http] token_file in place of insecure = true")


def _of_kafka(config: Config, log: KafkaLog) -> Iterator[Finding]:
    with Admin(log, config.kafka) as admin:
        read = without_missing(config, admin.counts(list(config.topics.in_log.values())))
        layout = layout_of(read)
        unread = config.topics.in_log.keys() - read.topics.in_log.keys()
        if unread:
            found = f"not read, since there is no such topic: {', '.join(sorted(unread))}"
            yield Finding("topics", "fine", found)
        yield from brokers.examine(admin, log, layout, config.limits.partitions)
    yield asyncio.run(brokers.examine_transactions(log, config.kafka, layout))


def _of_state(config: Config) -> Iterator[Finding]:
    days = Days(config.zone, config.reset_minutes)
    return _of_topic(config, layout_of(config).panes, lambda log: log.clocks(), "state", "it", lambda rows: state.examine(rows, days))


def _of_workers(config: Config) -> Iterator[Finding]:
    """Nothing where the topics are not there: that has been said."""
    try:
        unread, heartbeats = asyncio.run(_asked(config))
    except TopicLayoutError:
        return
    except Unreachable:
        if isinstance(config.log, KafkaLog):
            raise
        return  # nothing has run in that directory
    now_ms = EpochMs(time.time_ns() // 1_000_000)  # behind what they said: while a broker stands still that takes its time
    yield from clocks.of_others(heartbeats, now_ms)
    yield from of_workers(lags(unread, heartbeats, now_ms))


async def _asked(config: Config) -> tuple[list[Unread], list[Heartbeat]]:
    if isinstance(config.log, KafkaLog):
        with Admin(config.log, config.kafka) as admin:
            config = without_missing(config, admin.counts(list(config.topics.in_log.values())))
    layout = layout_of(config)
    async with inspection_of(config.log, config.kafka, layout, config.limits.partitions) as log:
        unread = await log.unread()
    heartbeats = await heartbeats_of(engine_of(config).tail([layout.heartbeats]))
    return unread, heartbeats


def of_workers(found: Sequence[Lag]) -> Iterator[Finding]:
    """Who works, and whether they keep up."""
    names = {lag.worker for lag in found if lag.worker is not None}
    alone = [lag for lag in found if lag.worker is None]
    behind = max(found, key=lambda lag: lag.seconds)
    if not names:
        records = sum(lag.records for lag in found)
        do = "start one: deskpulse run, or deskpulse worker; one that ends at once says why in its log"
        yield Finding("workers", "wrong" if records else "warning", f"nobody works; {records} records wait", do)
    elif alone:
        found_ = f"nobody works on {len(alone)} of {len(found)} partitions"
        yield Finding("workers", "wrong", found_, "wait half a minute: a rebalance may be under way; then see the log of the workers")
    elif behind.seconds > MAX_SECONDS:
        found_ = f"{len(names)} there, behind by {behind.seconds:.0f} s on partition {behind.partition}"
        yield Finding("workers", "wrong", found_, "start more of them, up to one per partition; deskpulse lag shows where")
    else:
        yield Finding("workers", "fine", f"{len(names)} there, {len(found)} partitions, behind by {behind.seconds:.1f} s at most")


def _of_letters(config: Config) -> Iterator[Finding]:
    now_ms = EpochMs(time.time_ns() // 1_000_000)
    return _of_topic(
        config,
        DEAD_LETTERS,
        lambda log: log.records(DEAD_LETTERS, LETTERS_MAX),
        "dead letters",
        "they",
        lambda found: of_letters(letters_of(found), now_ms),
    )


def _of_topic(
    config: Config, topic: str, ask: Callable[[Inspection], Awaitable[T]], about: str, they: str, judge: Callable[[T], Finding | None]
) -> Iterator[Finding]:
    """Nothing where there is no such topic, or nothing has run: that has been said."""

    async def answer() -> T:
        async with inspection_of(config.log, config.kafka, layout_of(config), config.limits.partitions) as log:
            return await ask(log)

    try:
        found = judge(asyncio.run(answer()))
    except TopicLayoutError:
        return
    except Unreachable as error:
        if isinstance(config.log, KafkaLog):
            yield Finding(about, "warning", f"{they} cannot be read: {error}", f"let this user read the topic {topic}")
        return
    if found is not None:
        yield found


def of_letters(letters: Sequence[Letter], now_ms: EpochMs) -> Finding:
    """What was rejected of late and not sent again."""
    of_late = [letter for letter in letters if not letter.redriven and letter.found.timestamp_ms > now_ms - LATE_DAYS * DAY_MS]
    if not of_late:
        return Finding("dead letters", "fine", f"none in the last {LATE_DAYS} days")
    by_reason = ", ".join(f"{count} {reason}" for reason, count in Counter(letter.reason for letter in of_late).most_common())
    many = "at least " if len(letters) >= LETTERS_MAX else ""
    return Finding(
        "dead letters", "warning", f"{many}{len(of_late)} in the last {LATE_DAYS} days: {by_reason}", "see deskpulse dead-letters show"
    )


def _table(findings: Sequence[Finding]) -> Iterator[str]:
    width = max(len(finding.about) for finding in findings)
    for finding in findings:
        yield f"{finding.state:7}  {finding.about:{width}}  {finding.found}"
        if finding.do:
            yield f"{'':7}  {'':{width}}  -> {finding.do}"

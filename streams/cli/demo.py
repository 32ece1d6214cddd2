"""An invented contact centre, its worker and its page in one process: nothing else needed, and nothing kept.

The day so far is made up at once, so that there are figures from the first second. Then it goes on 20 times as fast as life, which is
why it plays yesterday: nothing is told before it could have happened, and when it has caught up with the clock on the wall it goes on in
real time. --speed 1 plays now. Four minutes after the start of either, and every two hours of its time, comes a bad quarter of an hour:
arrivals burst, agents leave, trunk lines fail. What it does to the figures is told here in plain lines, until they have recovered.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
import threading
import time
from datetime import datetime, tzinfo
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from schemas.lengths import duration_text
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, DurationMs, EpochMs
from streams.cli.configured import port_arguments, with_ports
from streams.cli.narrator import Figures, Narrator
from streams.cli.options import not_negative, positive, whole
from streams.cli.process import stay
from streams.cli.simulate import TOPICS, Plan, made
from streams.config import Config, read
from streams.config.values import clock_time_text
from streams.errors import UsageError
from streams.runtime.layout import layout_of
from streams.runtime.sender import Sender, sender
from streams.service import Service
from streams.sources.simulator import INVENTED, Centre, Hours, Incident, in_full_swing

CONTACTS_PER_HOUR = 1_200
NOON = 12.0  # where the centre is, when the page opens
INCIDENT_AFTER_MS = EpochMs(4 * MINUTE_MS)
INCIDENT_EVERY_MS = 120 * MINUTE_MS
INCIDENTS = 500
TIME_LAPSE_MS = DAY_MS
LOOK_S = 0.5

NAME = "A mail-order house that never existed"
TITLES = {
    "orders": "Orders",
    "service": "Customer service",
    "billing": "Billing",
    "partners": "Partners",
    "lost-cards": "Lost cards",
    "shop-chat": "Chat in the shop",
    "help-chat": "Chat with service",
    "advice": "Advice by video",
}
TARGET = 0.80
PROMISED_MS = DurationMs(2 * MINUTE_MS)
PAUSE = ["pending", "on_hold", "bot"]
PROMISES: list[dict[str, Any]] = [
    *({"channel": channel, "queue_wait": duration_text(PROMISED_MS)} for channel in ("phone", "chat", "video")),
    {"queue": "messages", "first_response": "20m", "pause": PAUSE},
    {"queue": "mail", "first_response": "45m", "next_response": "4h", "resolution": "1d", "pause": PAUSE},
    {"queue": "complaints", "first_response": "2h", "resolution": "2d", "pause": PAUSE},
]
"""Short, so that some are broken while somebody looks."""


def arguments(parser: argparse.ArgumentParser) -> None:
    port_arguments(parser)
    parser.add_argument("--speed", type=positive, default=20.0, metavar="X", help="times real time, at least 1 (default 20)")
    parser.add_argument("--hours", type=not_negative, default=6.0, metavar="H", help="so many are made up before (default 6)")
    parser.add_argument(
        "--rate", type=positive, default=CONTACTS_PER_HOUR, metavar="N", help=f"contacts an hour (default {CONTACTS_PER_HOUR})"
    )
    parser.add_argument("--seed", type=whole, default=1, metavar="N", help="another seed, another story (default 1)")


def run(args: argparse.Namespace) -> int:
    if args.speed < 1:
        raise UsageError(f"--speed {args.speed:g}: slower than life it would fall behind the clock for ever: write 1 or more")
    story = Story.told(EpochMs(time.time_ns() // 1_000_000), args.hours, args.speed)
    centre = centre_of(story, args.rate)
    zone = datetime.now().astimezone().tzinfo
    with tempfile.TemporaryDirectory(prefix="deskpulse-demo-") as directory:
        config = with_ports(read(settings(Path(directory), centre, story, zone)), args)
        teller = Teller(config, story, Plan(centre, args.seed, story.begins_ms, None, args.speed, TOPICS))
        teller.tell_past()
        logging.getLogger("deskpulse").setLevel(logging.DEBUG if args.debug else logging.WARNING)
        narrator = Narrator(story.begins_ms, centre.incidents, TARGET, PROMISED_MS, config.zone)
        return stay(_show(config, teller, narrator, INCIDENT_AFTER_MS / SECOND_MS / story.speed), debug=args.debug)


class Story(NamedTuple):
    """When it plays: from `begins_ms` to `opens_ms` at once; then `speed` times as fast, until it is no longer behind `now_ms`."""

    begins_ms: EpochMs
    opens_ms: EpochMs
    now_ms: EpochMs
    speed: float

    @classmethod
    def told(cls, now_ms: EpochMs, hours: float, speed: float) -> Story:
        opens_ms = now_ms - (TIME_LAPSE_MS if speed > 1 else 0)
        return cls(EpochMs(opens_ms - round(hours * HOUR_MS)), EpochMs(opens_ms), now_ms, speed)

    def due_s(self, at_ms: int) -> float:
        """So many seconds after `now_ms` is what happens at `at_ms` told: never before it could have happened."""
        return max((at_ms - self.opens_ms) / 1000 / self.speed, (at_ms - self.now_ms) / 1000)


def centre_of(story: Story, contacts_per_hour: float) -> Centre:
    """The invented centre at noon of a busy day, with trouble ahead. No end of a call is lost: it would wait for hours then."""
    centre = in_full_swing(INVENTED.scaled(contacts_per_hour / INVENTED.contacts_per_hour()), story.opens_ms, NOON)
    first_ms = story.opens_ms - story.begins_ms + INCIDENT_AFTER_MS
    return msgspec.structs.replace(
        centre,
        carried_in=INVENTED.carried_in,
        habits=msgspec.structs.replace(centre.habits, lost=0.0),
        incidents=tuple(Incident(first_ms + number * INCIDENT_EVERY_MS) for number in range(INCIDENTS)),
    )


def settings(directory: Path, centre: Centre, story: Story, zone: tzinfo | None) -> dict[str, Any]:
    """What would stand in its site.toml."""
    began = datetime.fromtimestamp(story.begins_ms / 1000, zone)
    return {
        "log": f"embedded://{directory}",
        "site": NAME,
        # Its day begins where the story does: a midnight of whoever looks would empty `today` in the midst of it.
        "reset": f"{began.hour:02}:00",
        "checkpoint_interval": "250ms",
        "clock": "wall" if story.speed == 1 else "event",
        "calendar": {
            f"from-{queue.hours.opens:g}-to-{queue.hours.closes:g}": {"zone": centre.zone, "hours": {"mon-sun": _hours(queue.hours)}}
            for queue in centre.queues
        },
        "queue": {
            queue.name: {
                "title": TITLES[queue.name],
                "channel": queue.channel,
                "threshold_seconds": 20 if queue.channel == "phone" else 40,
                "target": TARGET,
                "calendar": f"from-{queue.hours.opens:g}-to-{queue.hours.closes:g}",
            }
            for queue in centre.queues
        },
        "sla": PROMISES,
        "privacy": {"case_ids": True},  # of nobody
        "target": {
            "abandon_rate": {"better": "low", "warn": 0.05, "crit": 0.10},
            "speed_of_answer": {"better": "low", "warn": 20, "crit": 60},
            "waiting": {"stat": "oldest", "better": "low", "warn": 120, "crit": 300},
            "blockage": {"better": "low", "warn": 0.02, "crit": 0.05},
        },
    }


def _hours(hours: Hours) -> str:
    return "-".join(f"{int(hour):02}:{round(hour * 60) % 60:02}" for hour in (hours.opens, hours.closes))


class Teller:
    """Tells the log what happens in the centre: the past at once, the rest when it is due, on a thread of its own, until `hush()`."""

    def __init__(self, config: Config, story: Story, plan: Plan) -> None:
        self._config = config
        self._story = story
        self._records = made(plan)
        self._begun_s = time.monotonic()
        self._quiet = threading.Event()

    def tell_past(self) -> int:
        """All before the page opens; returns how many events that were."""
        count = 0
        with self._sender() as out:
            for record in self._records:
                if record.at_ms > self._story.opens_ms:
                    self._records = chain([record], self._records)
                    break
                out.send(record.topic, record.key, record.value)
                count += 1
        return count

    def tell_on(self) -> None:
        """Blocks until `hush()`. Raises as a sender."""
        with self._sender() as out:
            for record in self._records:
                until_s = self._begun_s + self._story.due_s(record.at_ms)
                if until_s > time.monotonic():
                    out.flush()
                if self._quiet.wait(max(0.0, until_s - time.monotonic())):
                    return
                out.send(record.topic, record.key, record.value)

    def hush(self) -> None:
        self._quiet.set()

    def _sender(self) -> Sender:
        return sender(self._config.log, self._config.kafka, layout_of(self._config), self._config.limits.partitions)


async def _show(config: Config, teller: Teller, narrator: Narrator, soon_s: float) -> None:
    """`soon_s`: until the first incident."""
    service = Service(config, works=True, shows=True)
    started = asyncio.Event()
    serving = asyncio.create_task(service.run_until_signal(started.set))
    narrating = asyncio.create_task(_narrate(service, started, narrator, soon_s, clock_time_text(config.reset_minutes)))
    telling = asyncio.create_task(asyncio.to_thread(teller.tell_on))
    try:
        done, _ = await asyncio.wait([serving, telling, narrating], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        teller.hush()
        serving.cancel()
        narrating.cancel()
        await asyncio.gather(serving, telling, narrating, return_exceptions=True)


async def _narrate(service: Service, started: asyncio.Event, narrator: Narrator, soon_s: float, reset: str) -> None:
    """Begins when there is something to see. reset: when the days of the centre begin"""
    await started.wait()
    while not service.ready:  # noqa: ASYNC110 - restoring has no event
        await asyncio.sleep(0.05)
    metrics, page = service.addresses
    print(
        f"{NAME}: http://{page}/\n"
        f"Its figures as rows: http://{page}/api/v1/rows?window=today, for Prometheus: http://{metrics}/metrics\n"
        f"Its days begin at {reset}, as the story does: today is since then.\n"
        f"A bad quarter of an hour begins in {soon_s:.0f} s. Ctrl-C ends it, and nothing is kept.",
        flush=True,
    )
    while True:
        await asyncio.sleep(LOOK_S)
        snapshot = service.snapshot()
        figures = Figures.of(snapshot)
        if figures.today is not None:  # before, nothing was read, and the time is that of the wall
            for line in narrator.lines(snapshot.now_ms, figures):
                print(line, flush=True)

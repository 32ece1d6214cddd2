"""python -m tests.bench.customers [--customers N] [--contacts N]

Memory and time that contacts take in one shard: N customers, each with so many handled calls, spread over 30 days. Reads no log and writes
none: what is measured is the second stage alone, from the record to the row, panes left out.
"""

from __future__ import annotations

import argparse
import gc
import os
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from schemas.values import DAY_MS, EpochMs
from streams.core.cases.contact_store import ContactStore
from streams.core.cases.contacts import ContactFold
from streams.core.cases.fold import Fact
from streams.core.clocks.days import Days
from streams.core.contacts import read_contact
from streams.core.panes.standings import Standings
from streams.core.report import Line

START_MS = 1_709_542_800_000  # 2024-03-04T09:00:00Z
PER_CHECKPOINT = 3_000
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
VALUE = (
    b'{"contact_id":"call:c%08x:","rev":1,"op":"set","kind":"handled","time":%d,"channel":"phone","queue":"queue-%02d","handle_ms":%d,'
    b'"case_id":null}'
)


def told(customers: int, contacts: int, rng: Random) -> Iterator[tuple[int, Line]]:
    """Records in order of time: (ms, record)."""
    count = customers * contacts
    step = 30 * DAY_MS / count
    for number in range(count):
        at_ms = START_MS + int(number * step)
        customer = rng.randrange(customers) if contacts > 1 else number
        yield at_ms, Line(number, b"cust-%07d" % customer, VALUE % (number, at_ms, number % 40, 0))


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.customers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--contacts", type=int, default=1, help="of each, on average")
    args = parser.parse_args()
    fold = ContactFold(Days(ZoneInfo("Europe/Riga")), interval_minutes=30, repeat_days=7)
    store = ContactStore(fold, standings=Standings(), bounded=True)
    facts: list[Fact] = []
    rows: list[tuple[bytes, bytes | None]] = []
    written = 0

    def checkpoint(now_ms: int) -> None:
        nonlocal written
        store.advance(EpochMs(now_ms), facts)
        store.take(rows)
        written += sum(len(key) + len(row or b"") for key, row in rows)
        facts.clear()
        rows.clear()

    gc.collect()
    gc.freeze()
    before, began = resident_bytes(), time.process_time()
    for number, (at_ms, line) in enumerate(told(args.customers, args.contacts, Random(1)), 1):
        found = read_contact(line)
        assert isinstance(found, tuple)
        customer, record = found
        store.add(customer, record, EpochMs(at_ms))
        if number % PER_CHECKPOINT == 0:
            checkpoint(at_ms)
    checkpoint(START_MS + 30 * DAY_MS)
    seconds = time.process_time() - began
    gc.collect()
    count = args.customers * args.contacts
    print(
        f"{len(store):,} customers, {count:,} contacts: "
        f"{(resident_bytes() - before) / len(store):.0f} bytes of memory and {written / count:.0f} bytes written per customer and contact, "
        f"{seconds / count * 1e6:.1f} us per contact with what became due"
    )


if __name__ == "__main__":
    main()

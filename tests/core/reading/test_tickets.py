"""The figures of tickets are those of a slow reading of the contract, whatever happened to them."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import Final

import pytest

from schemas.values import DAY_MS, HOUR_MS, EpochMs
from streams.core.clocks.business import Calendar
from streams.core.clocks.policy import Policy, QueuePolicy
from streams.core.report import Report
from streams.testing.wire import to_wire
from tests.core.driving import settings
from tests.core.reading.chances import QUEUES, tickets
from tests.core.reading.figures import figures_of_tickets
from tests.core.reading.rows import differences, rows_of
from tests.core.reading.tally import Tally
from tests.core.reading.tickets import CLOSES, OPENS, ZONE, read_ticket

WITH_HOURS: Final = QUEUES[0]
HOURS: Final = Calendar(ZONE.key, (((OPENS * 60, CLOSES * 60),),) * 5 + ((), ()))
POLICY: Final = Policy(queues={WITH_HOURS: QueuePolicy(calendar="office")}, calendars={"office": HOURS})


@pytest.mark.parametrize("seed", range(6))
def test_figures_of_tickets_are_those_of_a_slow_reading(seed):
    rng = Random(seed)
    thrown = tickets(rng, 150)
    told = [event for ticket in thrown for event in ticket]
    now_ms = EpochMs(max(event.time for event in told) + rng.choice((0, 1, HOUR_MS, DAY_MS)))
    report, tally = Report(settings(policy=POLICY), until_ms=now_ms), Tally()
    report.add("tickets", [to_wire(event)[1] for event in rng.sample(told, len(told))])
    for ticket in thrown:
        read_ticket(ticket, now_ms, WITH_HOURS, tally)
    rows = rows_of(report)
    for cut, counts in tally.cuts.items():
        assert not differences(rows, cut, figures_of_tickets(counts, partial(tally.oldest_s, cut)))

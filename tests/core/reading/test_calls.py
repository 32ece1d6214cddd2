"""The figures of calls are those of a slow reading of the contract, whatever happened to them."""

from __future__ import annotations

from random import Random

import pytest

from schemas.values import DAY_MS, HOUR_MS, EpochMs
from streams.core.report import Report
from streams.testing.wire import to_wire
from tests.core.driving import settings
from tests.core.reading.calls import read_call
from tests.core.reading.chances import calls
from tests.core.reading.figures import figures_of_calls
from tests.core.reading.rows import differences, rows_of
from tests.core.reading.tally import Tally


@pytest.mark.parametrize("seed", range(6))
def test_figures_of_calls_are_those_of_a_slow_reading(seed):
    rng = Random(seed)
    thrown = calls(rng, 150)
    told = [event for call in thrown for event in call]
    now_ms = EpochMs(max(event.time for event in told) + rng.choice((0, 1, 4 * HOUR_MS, DAY_MS)))
    report, tally = Report(settings(), until_ms=now_ms), Tally()
    report.add("calls", [to_wire(event)[1] for event in rng.sample(told, len(told))])
    for call in thrown:
        read_call(call, now_ms, tally)
    rows = rows_of(report)
    for cut, counts in tally.cuts.items():
        assert not differences(rows, cut, figures_of_calls(counts, tally.oldest_s(cut, "waiting")))

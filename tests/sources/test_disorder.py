"""Repeats, delays and rubbish between the simulator and the log."""

from __future__ import annotations

import itertools
import random

import orjson
import pytest

from schemas.values import HOUR_MS, EpochMs
from streams.core.intake import Intake, Rejected, Skipped
from streams.sources.simulator import INVENTED, Disorder, Made, send, simulate
from streams.sources.simulator.disorder import POISON

NINE = EpochMs(1_709_542_800_000)  # 2024-03-04 09:00 UTC


def events(hours: float = 1) -> list[Made]:
    return list(simulate(INVENTED, random.Random(1), NINE, EpochMs(NINE + round(hours * HOUR_MS))))


def test_repeats_and_delays_lose_nothing():
    made = events()
    sent = list(send(iter(made), Disorder(duplicates=0.1, late=0.1), random.Random(3)))
    assert all(one.at_ms <= other.at_ms for one, other in itertools.pairwise(sent))
    assert {one.value for one in sent} == {orjson.dumps(one.event) for one in made}
    assert 1.05 < len(sent) / len(made) < 1.15
    late = [orjson.loads(one.value) for one in sent]
    assert sum(event["time"] > later["time"] for event, later in itertools.pairwise(late)) > 0.05 * len(made)


@pytest.mark.parametrize("reason", [reason for reason in POISON if reason != "unknown_type"])
def test_poison_is_rejected_for_its_reason(reason):
    for topic in ("calls", "tickets"):
        intake = Intake(topic, 4)
        for one in [one for one in events(hours=0.1) if one.topic == topic][:100]:
            read = intake.read(*POISON[reason](one.key.encode(), one.event), (), EpochMs(one.at_ms))
            assert isinstance(read, Rejected)
            assert read.reason == reason


def test_a_type_from_the_future_is_skipped():
    one = next(one for one in events(hours=0.1) if one.topic == "calls")
    assert Intake("calls", 4).read(*POISON["unknown_type"](one.key.encode(), one.event), (), None) == Skipped("unknown_type")


def test_a_share_that_is_none_is_named():
    with pytest.raises(ValueError, match=r"late is 1\.5"):
        Disorder(late=1.5)

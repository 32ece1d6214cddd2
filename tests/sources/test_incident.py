"""What a bad quarter of an hour does to the figures, by the fold of its events: worse while it lasts, and as before some time later."""

from __future__ import annotations

import random
from collections import defaultdict

import msgspec
import pytest

from schemas.values import HOUR_MS, MINUTE_MS, EpochMs
from streams.cli.from_files import settings_of
from streams.config import Config, read
from streams.core.report import Report
from streams.sources.simulator import INVENTED, Disorder, Habits, Incident, send, simulate

TEN = EpochMs(1_709_546_400_000)  # 2024-03-04 10:00 UTC, a Monday
AT_MIN = 60
SPANS_MIN = {"before": (AT_MIN - 30, AT_MIN), "in it": (AT_MIN, AT_MIN + 15), "long after": (AT_MIN + 60, AT_MIN + 120)}

Figures = dict[str, float]


def config() -> Config:
    return read({"zone": "UTC", "sla": [{"channel": "phone", "queue_wait": "2m"}]})


def figures(*incidents: Incident) -> dict[str, Figures]:
    """Span -> figures of it, of one seed."""
    centre = msgspec.structs.replace(INVENTED.scaled(3), habits=Habits(lost=0.0), incidents=incidents)
    made = simulate(centre, random.Random(5), TEN, EpochMs(TEN + 3 * HOUR_MS))
    by_topic: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
    for sent in send((one for one in made if one.topic == "calls"), Disorder(), random.Random(5)):
        by_topic[sent.topic].append((sent.at_ms, sent.value))
    found = {}
    for span, (begin, end) in SPANS_MIN.items():
        until = EpochMs(TEN + end * MINUTE_MS)
        report = Report(settings_of(config(), EpochMs(TEN + begin * MINUTE_MS)), until_ms=until)
        for topic, values in by_topic.items():
            report.add(topic, [value for at_ms, value in values if at_ms <= until])
        rows = report.snapshot().rows(cuts=[()])
        found[span] = {f"{row.kpi} {row.stat}": row.value or 0.0 for row in rows if not row.labels}
        found[span]["broken"] = sum(row.value or 0 for row in report.snapshot().rows(kpis=["sla_breached"], cuts=[()]))
    return found


@pytest.fixture(scope="module")
def bad() -> dict[str, Figures]:
    return figures(Incident(AT_MIN * MINUTE_MS))


@pytest.fixture(scope="module")
def usual() -> dict[str, Figures]:
    return figures()


def test_nothing_has_happened_before_it_begins(bad, usual):
    assert bad["before"] == usual["before"]


def test_in_it_the_service_level_falls_and_abandons_blocked_and_broken_promises_rise(bad, usual):
    then, else_ = bad["in it"], usual["in it"]
    assert then["service_level event"] < 0.5 < 0.8 < else_["service_level event"]
    assert then["calls_abandoned count"] > 5 * max(1, else_["calls_abandoned count"])
    assert then["calls_blocked count"] > 0 == else_["calls_blocked count"]
    assert then["abandon_rate of_offered"] > 0.1 > else_["abandon_rate of_offered"]
    assert then["speed_of_answer mean"] > 5 * else_["speed_of_answer mean"]
    assert then["broken"] > 3 > else_["broken"]


def test_an_hour_later_the_figures_are_those_of_a_usual_day(bad, usual):
    after, else_ = bad["long after"], usual["long after"]
    assert after["service_level event"] > 0.8
    assert after["abandon_rate of_offered"] < 0.1
    assert after["calls_blocked count"] == 0
    assert after["calls_offered count"] == pytest.approx(else_["calls_offered count"], rel=0.2)


def test_each_part_of_it_does_its_own():
    alone = {
        "burst": figures(Incident(AT_MIN * MINUTE_MS, agents_away=0, lines=1)),
        "away": figures(Incident(AT_MIN * MINUTE_MS, arrivals=1, lines=1)),
        "lines": figures(Incident(AT_MIN * MINUTE_MS, arrivals=1, agents_away=0, lines=0.1)),
    }
    of = {name: found["in it"] for name, found in alone.items()}
    assert of["burst"]["calls_received count"] > 1.8 * of["away"]["calls_received count"]
    assert of["lines"]["calls_blocked count"] > 10 > of["away"]["calls_blocked count"]
    assert of["away"]["service_level event"] < of["lines"]["service_level event"]

"""The bytes of a scrape: what the client would write, whatever queues are called."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from prometheus_client import Metric, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from streams.core.kpis.kpi import WINDOWS
from streams.outputs.encoding import encode
from streams.outputs.prometheus import Export
from streams.outputs.ready import CUTS
from tests.outputs.centre import Centre, morning
from tests.outputs.pages import Pages
from tests.outputs.scrape import HOSTILE, families, hostile_centre, value
from tests.prometheus.server import promtool


class Listed:
    """Families as something that can be collected."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> list[Metric]:
        return self._families


@pytest.mark.prometheus
@pytest.mark.parametrize("export", [Export(), Export(windows=WINDOWS, cuts=tuple(CUTS))])
def test_promtool_has_nothing_to_say(export):
    promtool("check", "metrics", stdin=encode(families(morning().snapshot(), export).values(), openmetrics=False))


def test_the_strict_parser_of_openmetrics_reads_the_same_numbers():
    found = families(morning().snapshot())
    parsed = list(text_string_to_metric_families(encode(found.values(), openmetrics=True).decode()))
    assert [family.name for family in parsed] == list(found)
    for family in parsed:
        assert [(s.name, s.labels, s.value) for s in family.samples] == [(s.name, s.labels, s.value) for s in found[family.name].samples]


@pytest.mark.parametrize("openmetrics", [False, True])
def test_the_encoder_writes_what_the_client_writes(openmetrics):
    found = Listed(families(hostile_centre().snapshot()).values())
    theirs = generate_openmetrics if openmetrics else generate_latest
    assert encode(found.collect(), openmetrics) == theirs(found)


def test_hostile_queue_names_stay_label_values():
    found = families(hostile_centre().snapshot())
    parsed = text_string_to_metric_families(encode(found.values(), openmetrics=True).decode())
    answered = {s.labels["queue"]: s.value for family in parsed if family.name == "deskpulse_calls_answered" for s in family.samples}
    expected = {queue.replace("\0", "\N{REPLACEMENT CHARACTER}") for queue in HOSTILE}
    assert {queue for queue in answered if answered[queue] == 1} == expected | {"sales"}


def test_queues_that_look_the_same_are_one_series():
    centre = Centre()
    centre.visit("c1", "nul\0", "09:00:00", "09:00:05")
    centre.visit("c2", "nul\N{REPLACEMENT CHARACTER}", "09:00:00", "09:00:05")
    centre.settle("09:10:00")
    found = families(centre.snapshot())
    assert value(found, "calls_answered_total", queue="nul\N{REPLACEMENT CHARACTER}", channel="phone") == 2
    list(text_string_to_metric_families(encode(found.values(), openmetrics=True).decode()))  # duplicates would be an error


def test_the_order_is_stable():
    one = encode(families(morning().snapshot()).values(), openmetrics=False)
    assert one == encode(families(morning().snapshot()).values(), openmetrics=False)


@pytest.mark.prometheus
def test_a_real_prometheus_takes_hostile_names(prometheus, tmp_path):
    page = encode(families(hostile_centre().snapshot()).values(), openmetrics=False)
    with Pages({"/metrics": ("text/plain; version=0.0.4; charset=utf-8", page)}) as pages:
        server = prometheus({"desk": pages.address})
        found = server.wait_for("deskpulse_calls_answered_total == 1")
    assert {labels["queue"] for labels, _ in found} == {q.replace("\0", "\N{REPLACEMENT CHARACTER}") for q in HOSTILE} | {"sales"}

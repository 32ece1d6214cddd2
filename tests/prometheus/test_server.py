"""The harness itself: what other tests rely on."""

from __future__ import annotations

from collections.abc import Iterator
from wsgiref.simple_server import WSGIServer

import pytest
from prometheus_client import CollectorRegistry, Gauge, generate_latest, start_http_server

from tests.prometheus.server import promtool


@pytest.fixture
def registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    Gauge("waiting_calls", "Calls in a queue now.", ["queue"], registry=registry).labels("billing").set(3)
    return registry


@pytest.fixture
def exporter(registry: CollectorRegistry) -> Iterator[WSGIServer]:
    server, thread = start_http_server(0, addr="127.0.0.1", registry=registry)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_exporter_is_scraped_and_its_rules_fire(prometheus, exporter, tmp_path):
    rules = tmp_path / "rules.yml"
    rules.write_text("groups: [{name: all, rules: [{alert: Waiting, expr: waiting_calls > 2}]}]")
    server = prometheus({"desk": f"127.0.0.1:{exporter.server_port}"}, rules=[rules])
    assert server.wait_for("sum by (queue) (waiting_calls)") == [({"queue": "billing"}, 3.0)]
    assert server.query("scalar(sum(waiting_calls))") == [({}, 3.0)]
    assert server.wait_for('ALERTS{alertname="Waiting"}')


def test_wrong_promql_is_an_error_and_no_empty_answer(prometheus):
    with pytest.raises(ValueError, match="parse error"):
        prometheus({}).query("sum(")


@pytest.mark.prometheus
def test_promtool_reads_what_we_expose_and_complains(registry):
    promtool("check", "metrics", stdin=generate_latest(registry))
    with pytest.raises(pytest.fail.Exception, match="no help text"):
        promtool("check", "metrics", stdin="waiting_calls 3\n")

"""What we hand out for Prometheus is read by Prometheus, and the alerts do what their tests say."""

from __future__ import annotations

import pytest

from tests.prometheus.server import promtool
from tests.tools import ROOT

pytestmark = pytest.mark.prometheus
FOLDER = ROOT / "deploy" / "prometheus"


def test_prometheus_reads_the_configuration_and_the_rules():
    promtool("check", "config", FOLDER / "prometheus.yml")


def test_the_alerts_fire_when_they_should_and_not_before():
    promtool("test", "rules", FOLDER / "alerts_test.yml")

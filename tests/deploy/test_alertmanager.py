"""The Alertmanager configuration that we hand out is read by amtool, and sends each alert where it belongs."""

from __future__ import annotations

import subprocess

import pytest

from deploy.prometheus.rules import ALERTS
from tests.tools import AMTOOL, ROOT

pytestmark = pytest.mark.alertmanager
CONFIG = ROOT / "deploy" / "alertmanager" / "alertmanager.yml"
RECEIVERS = {
    ("program", "critical"): "page",
    ("business", "critical"): "page",
    ("program", "warning"): "chat",
    ("business", "warning"): "chat",
}


def amtool(*arguments: str) -> str:
    """Its complaints fail the test."""
    done = subprocess.run([AMTOOL.path(), *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done
    return done.stdout


def test_amtool_reads_it():
    said = amtool("check-config", str(CONFIG))
    assert "4 inhibit rules" in said, said
    assert "4 receivers" in said, said


@pytest.mark.parametrize(("name", "kind", "severity"), sorted({(alert.name, alert.kind, alert.severity) for alert in ALERTS}))
def test_each_alert_reaches_who_it_is_for(name, kind, severity):
    labels = (f"alertname={name}", f"kind={kind}", f"severity={severity}", "site=main", "queue=billing")
    expected = "watchdog" if name == "DeskpulseWatchdog" else RECEIVERS[kind, severity]
    assert amtool("config", "routes", "test", f"--config.file={CONFIG}", *labels).strip() == expected


def test_what_is_not_ours_is_sent_to_nobody():
    assert amtool("config", "routes", "test", f"--config.file={CONFIG}", "alertname=DiskFull", "severity=critical").strip() == "nobody"

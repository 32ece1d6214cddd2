"""What we hand out for Prometheus is read by Prometheus, and each alert fires when it should, and not else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.prometheus.__main__ import DOCS, RULES
from deploy.prometheus.rule import Alert, Group, rules_yaml
from deploy.prometheus.rules import ALERTS, GROUPS, RUNBOOKS
from deploy.prometheus.table import with_table
from tests.deploy.alerts import program, promises, service_level, waiting
from tests.deploy.alerts.case import Case, write
from tests.prometheus.server import promtool
from tests.tools import ROOT

CASES: tuple[Case, ...] = (*service_level.CASES, *waiting.CASES, *promises.CASES, *program.CASES)
ALWAYS = "DeskpulseWatchdog"


def fired(case: Case) -> set[tuple[str, str]]:
    return {(case.alert, labels["severity"]) for all_of_it in case.fires.values() for labels in all_of_it}


def test_what_is_committed_is_what_is_made():
    assert RULES.read_text() == rules_yaml(GROUPS, RUNBOOKS), "run `make gen`"
    assert DOCS.read_text() == with_table(DOCS.read_text(), ALERTS), "run `make gen`"


def test_rules_point_at_runbooks_where_they_are_published():
    argv = [sys.executable, "-m", "deploy.prometheus", "--runbooks", "https://wiki.example/desk/"]
    printed = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed == rules_yaml(GROUPS, "https://wiki.example/desk")
    assert 'runbook_url: "https://wiki.example/desk/DeskpulseDataStale.md"' in printed


@pytest.mark.prometheus
def test_prometheus_reads_the_configuration_and_the_rules():
    promtool("check", "config", RULES.parent / "prometheus.yml")
    promtool("check", "rules", RULES)


@pytest.mark.prometheus
@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_the_alerts_fire_when_they_should_and_not_else(tmp_path: Path, group: Group):
    """Each group for itself: promtool takes its time for each rule."""
    rules = tmp_path / "rules.yml"
    rules.write_text(rules_yaml([group], RUNBOOKS))
    alerts = {rule.name for rule in group.rules if isinstance(rule, Alert)}
    promtool("test", "rules", *write((case for case in CASES if case.alert in alerts), rules, tmp_path))


def test_each_alert_is_seen_to_fire_in_each_severity():
    assert {(alert.name, alert.severity) for alert in ALERTS} == set().union(*map(fired, CASES))


def test_each_alert_is_seen_to_stay_silent_and_to_resolve():
    names = {alert.name for alert in ALERTS} - {ALWAYS}
    assert {case.alert for case in CASES if not case.fires} == names, "a story in which it has no reason to fire"
    assert {case.alert for case in CASES if case.resolves()} == names, "a story in which it fires and stops"

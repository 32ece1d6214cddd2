"""Parts of the suite that need a program of the system. Where it is not there they are skipped, said at the end; in CI that fails.

A test belongs to a part by its marker (`kafka`, `prometheus`, `browser`, `systemd`, `compiler`) or by using one of its fixtures.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.tools import NO_DATA, PARTS, missing

FIXTURES = {
    "kafka": "kafka",
    "kafka_server": "kafka",
    "prometheus": "prometheus",
    "chromium": "browser",
}
WANTING = "not here: "


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        parts = {part for fixture, part in FIXTURES.items() if fixture in fixtures}
        parts |= {part for part in PARTS if item.get_closest_marker(part)}
        for part in sorted(parts):
            item.add_marker(part)
            if tools := missing(part):
                words = ", ".join(f"{tool.names[0]} (apt-get install {tool.package})" for tool in tools)
                item.add_marker(pytest.mark.skip(reason=f"{WANTING}{part} for want of {words}"))
        if parts:  # one worker of xdist for each kind of server: one server, and its tests do not compete
            item.add_marker(pytest.mark.xdist_group("kafka" if "kafka" in parts else "servers"))


def skip_reason(report: pytest.TestReport | pytest.CollectReport) -> str | None:
    """Why it was skipped; None if it was not, or was expected to fail."""
    if not report.skipped or hasattr(report, "wasxfail"):
        return None
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def fail_in_ci(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = skip_reason(report)
    if in_ci() and reason is not None and not reason.startswith(NO_DATA):
        report.outcome = "failed"
        report.longrepr = f"skipped, and CI has to run everything: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    report = yield
    fail_in_ci(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    report = yield
    fail_in_ci(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = Counter(reason for report in terminalreporter.stats.get("skipped", []) if (reason := skip_reason(report)))
    wanting = {reason.removeprefix(WANTING): count for reason, count in reasons.items() if reason.startswith((WANTING, NO_DATA))}
    if wanting:
        terminalreporter.section("NOT TESTED HERE", sep="!", red=True, bold=True)
        for reason, count in sorted(wanting.items()):
            terminalreporter.line(f"{count:5} tests: {reason}", red=True)

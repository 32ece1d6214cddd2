"""What reviewers look for in rules: families that are there, rates of counters alone, labels that survive, comparisons, runbooks."""

from __future__ import annotations

import importlib
import re
import shlex
from collections.abc import Mapping
from typing import Any, Final

import promql_parser as promql
import pytest

from deploy.prometheus.__main__ import DOCS
from deploy.prometheus.rule import Record
from deploy.prometheus.rules import ALERTS, GROUPS
from streams.cli import COMMANDS, Parser
from streams.core.kpis.catalogue import CATALOGUE
from tests.deploy.promql import RATES, Family, Labels, asked, compares, exposed
from tests.tools import ROOT

ALWAYS: Final = "DeskpulseWatchdog"
RULES: Final = [rule for group in GROUPS for rule in group.rules]
RECORDS: Final = [rule for rule in RULES if isinstance(rule, Record)]
ABSENT: Final = "DeskpulseAbsent"
WHOLE: Final = {"DeskpulseRecordsLost", "DeskpulseDeadLetters"}
"""They count what a process that is new began with as well."""
TEMPLATE: Final = re.compile(r"\{\{ (\$labels\.(?P<label>\w+)|\$value \| (?P<format>humanize|humanizeDuration|humanizePercentage)) \}\}")
SECTIONS: Final = ("## Meaning", "## Impact", "## Diagnosis", "## Mitigation")
PAGES: Final = DOCS.parent / "runbooks"


@pytest.fixture(scope="module")
def known() -> Mapping[str, Family]:
    """Families of /metrics, and what rules record."""
    families = exposed()
    for record in RECORDS:
        families[record.name] = Family("gauge", Labels(families).of(promql.parse(record.expr)))
    return families


def trees() -> list[tuple[str, Any]]:
    return [(rule.name, promql.parse(rule.expr)) for rule in RULES]


def test_every_family_that_is_asked_for_is_there_with_those_labels(known):
    for name, tree in trees():
        for selector in asked(tree):
            assert selector.name in known, f"{name} asks for {selector.name}, which nobody exports"
            assert set(selector.matchers) <= known[selector.name].labels, f"{name}: {selector} has no such label"


def test_rates_are_of_counters_and_nothing_else_is_asked_of_them(known):
    for name, tree in trees():
        for selector in asked(tree):
            is_rate = bool(RATES & set(selector.within[-1:]))
            is_counter = known[selector.name].kind == "counter"
            assert is_rate == is_counter or (is_counter and name in WHOLE), f"{name}: {selector}"


def test_what_texts_speak_of_survives_the_expression(known):
    for alert in ALERTS:
        left = Labels(known).of(promql.parse(alert.expr))
        if alert.name not in (ALWAYS, ABSENT):
            assert left == {"site", *alert.labels}, f"{alert.name}: one alert for each site, and what it says it is about"
        used = {found["label"] for found in TEMPLATE.finditer(alert.description) if found["label"]}
        assert used <= set(alert.labels), f"{alert.name} speaks of {used}"
        assert "{{" not in TEMPLATE.sub("", alert.description), f"{alert.name}: {alert.description}"


def test_every_alert_can_stop():
    for alert in ALERTS:
        if alert.name != ALWAYS:
            assert compares(promql.parse(alert.expr)), f"{alert.name} compares nothing"


def test_ages_of_business_are_by_the_clock_of_the_data():
    for rule in RULES:
        if isinstance(rule, Record) or rule.kind == "business":
            assert "time()" not in rule.expr, rule.name


def test_records_say_by_their_name_which_labels_they_have(known):
    for record in RECORDS:
        level, metric, operation = record.name.split(":")
        assert frozenset(level.split("_")) == known[record.name].labels, record.name
        assert metric.startswith("deskpulse_"), record.name
        assert operation, record.name


def test_texts_are_sentences_and_the_summary_is_the_same_for_all_it_stands_for():
    summaries: dict[str, str] = {}
    for alert in ALERTS:
        assert re.fullmatch(r"Deskpulse([A-Z][a-z]+)+", alert.name), alert.name
        assert alert.summary.endswith("."), alert.name
        assert alert.description.endswith("."), alert.name
        assert "{{" not in alert.summary, alert.name
        assert summaries.setdefault(alert.name, alert.summary) == alert.summary


def test_alerts_of_one_name_differ_in_what_they_are_labelled_with():
    keys = [(alert.name, alert.severity, alert.more) for alert in ALERTS]
    assert len(keys) == len(set(keys))


def test_every_alert_has_a_runbook_and_every_runbook_an_alert():
    assert {path.stem for path in PAGES.glob("*.md")} == {alert.name for alert in ALERTS}


@pytest.mark.parametrize("name", sorted({alert.name for alert in ALERTS}))
def test_a_runbook_has_its_sections_and_names_commands_that_are_there(name):
    text = (PAGES / f"{name}.md").read_text()
    assert text.startswith(f"# {name}\n")
    places = [text.find(f"\n{section}\n") for section in SECTIONS]
    assert -1 not in places, f"{SECTIONS} in this order"
    assert places == sorted(places), f"{SECTIONS} in this order"
    diagnosis = text[places[2] : places[3]]
    assert re.search(r"^    \S", diagnosis, re.MULTILINE), "a command to look with"
    for command in re.findall(r"(?:^    |`)deskpulse ([a-z][a-z-]*)", text, re.MULTILINE):
        assert command in COMMANDS, f"there is no `deskpulse {command}`"
    for family in re.findall(r"deskpulse_[a-z_]+", text):
        assert any(name.startswith(family) for name in exposed()), family


def test_commands_of_runbooks_can_be_typed_as_they_stand():
    lines = [line.strip() for page in PAGES.glob("*.md") for line in re.findall(r"^    deskpulse .*$", page.read_text(), re.MULTILINE)]
    assert len(lines) > 20
    for line in lines:
        _, command, *arguments = shlex.split(line)
        if command.startswith("-"):
            continue
        module = importlib.import_module(f"streams.cli.{command.replace('-', '_')}")
        parser = Parser(prog=line)
        module.arguments(parser)
        given = parser.parse_args(arguments)
        assert command == "check" or getattr(given, "config", True), f"{line}: it would ask of the defaults, not of the installation"
        if command == "explain":
            stats = {kpi.stat for kpi in CATALOGUE if kpi.name == given.kpi}
            assert stats, f"{line}: there is no such figure"
            assert stats >= set(given.stat or ()), f"{line}: {given.kpi} has {stats}"
    asked_for = {name for page in PAGES.glob("*.md") for name in re.findall(r"[?&]kpi=(\w+)", page.read_text())}
    assert asked_for <= {kpi.name for kpi in CATALOGUE}


def test_docs_point_at_files_that_are_there():
    for page in (DOCS, *PAGES.glob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} points at {target}"

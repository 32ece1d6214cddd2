"""Names and help texts on /metrics: one table, every KPI in it, nothing twice, the rules that reviewers apply."""

from __future__ import annotations

import re
from collections import Counter

import msgspec
import pytest
from prometheus_client import Metric

from schemas import fields as f
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.formulas import Count
from streams.core.kpis.kpi import WINDOWS
from streams.core.kpis.ledgers import CALL_OUTCOMES
from streams.core.settings import histogram_edges_ms
from streams.outputs.histograms import HISTOGRAMS
from streams.outputs.parts import FACTS, FACTS_IN_MS, PARTS
from streams.outputs.prometheus import BoardCollector, Export
from streams.outputs.ready import CUTS, READY, adds_up, stands
from streams.outputs.standing_families import STANDINGS
from tests.outputs.centre import morning

EVERYTHING = Export(windows=WINDOWS, cuts=tuple(CUTS))
RESERVED_LABELS = {"type", "region", "zone", "cluster", "owner", "customer", "stage", "service", "team", "job", "instance", "env", "topic"}


@pytest.fixture(scope="module")
def families() -> list[Metric]:
    snapshot = morning().snapshot()
    return list(BoardCollector(lambda: snapshot, EVERYTHING).families(snapshot))


def exposed_names(families: list[Metric]) -> list[str]:
    """What must not occur twice: all names that a type may put into the exposition."""
    suffixes = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",), "gauge": ("",)}
    return [metric.name + suffix for metric in families for suffix in suffixes[metric.type]]


def test_every_kpi_of_the_catalogue_has_its_families():
    parts = {part.kpi for part in PARTS}
    standing = {name for stood in STANDINGS for name in stood.kpis}
    ready = {(kpi.name, kpi.stat) for family in READY for kpi, _ in family.rows}
    for kpi in CATALOGUE:
        if stands(kpi):
            assert (kpi.name, kpi.stat) in standing, kpi
        elif adds_up(kpi):
            # The volume of a channel is the request volume, which has that label; all responses are the first and the next ones.
            assert kpi.name in parts | {"contact_volume", "response_time"}, kpi
        else:
            assert (kpi.name, kpi.stat) in ready, kpi


def fields_of(formula: object) -> set[int]:
    """All fields of panes that a formula adds up."""
    if isinstance(formula, Count):
        return {*formula.plus, *formula.minus}
    if isinstance(formula, msgspec.Struct):
        return set().union(*(fields_of(getattr(formula, name)) for name in formula.__struct_fields__))
    return set()


def test_whatever_a_formula_needs_leaves_the_house_as_a_part():
    told = set().union(*(part.fields for part in PARTS))
    needed = set().union(*(fields_of(kpi.formula) for kpi in CATALOGUE if kpi.name != "agent_satisfaction"))
    assert needed <= told
    assert {f.AGENT_SATISFACTION, f.AGENT_SATISFACTION_SCORES, f.AGENTS_SATISFIED}.isdisjoint(told), "they would give a person away"
    assert {*CALL_OUTCOMES, f.CALLS_OFFERED} <= told, "the ledger can be formed outside"


def test_each_histogram_has_edges_and_each_edge_a_histogram():
    durations = [duration for histogram in HISTOGRAMS for duration in histogram.durations.values()]
    assert sorted(durations) == sorted(histogram_edges_ms(Export().policy))


def test_corrections_are_told_under_the_kpi_where_it_is_one():
    names = {kpi.name for kpi in CATALOGUE}
    other = {fact for fact in FACTS if fact not in names}
    assert other == {
        "calls_answered_in_target", "calls_abandoned_in_target", "calls_callback_in_target", "service_level_in", "service_level_decided",
        "calls_blocked_in_queue", "unobserved_conversations", "calls_with_conversation", "conversations_held", "tickets_carried_in",
        "first_response_in_target", "first_response_decided", "next_response_in_target", "next_response_decided",
        "csat_sent", "customers_joined", "customers_referred", "customers_left", "customer_activities", "purchases", "article_views",
        "contacts", "contacts_repeated", "callbacks_due",
        "resolution_in_target", "resolution_decided",
        "agents_timed_out",
    }  # fmt: skip
    assert set(FACTS_IN_MS) == {"talk_time", "hold_time", "wrap_time"} <= names


def test_no_name_is_used_twice(families):
    assert [name for name, times in Counter(exposed_names(families)).items() if times > 1] == []


def test_what_ends_by_the_clock_is_counted_under_the_names_of_the_contract(families):
    assert {"deskpulse_unobserved_conversations_total", "deskpulse_agents_timed_out_total"} <= set(exposed_names(families))


def test_names_keep_the_rules(families):
    for metric in families:
        words = metric.name.split("_")
        assert re.fullmatch(r"deskpulse(_[a-z0-9]+)+", metric.name), metric.name
        assert not {"avg", "mean", "average", "percent", "pct", "ms", "milliseconds", "minutes", "hours", "days", "s", "m", "h", "d"} & set(
            words
        )
        assert not {"gauge", "counter", "histogram", "summary", "total", "bucket", "sum", "count", "info"} & set(words), metric.name
        assert metric.documentation.endswith("."), metric.name
        assert metric.unit in ("", "seconds", "ratio")
        assert not metric.unit or metric.name.endswith(f"_{metric.unit}")
        if "seconds" in words or "ratio" in words:
            assert words[-1] in ("seconds", "ratio"), metric.name


def test_labels_keep_the_rules_and_are_the_same_on_every_series_of_a_family(families):
    for metric in families:
        for name in {sample.name for sample in metric.samples}:
            labels = {tuple(sorted(sample.labels)) for sample in metric.samples if sample.name == name}
            assert len(labels) == 1, (name, labels)
            assert not RESERVED_LABELS & set(next(iter(labels))), name


def test_no_series_is_there_twice(families):
    series = Counter((sample.name, tuple(sorted(sample.labels.items()))) for metric in families for sample in metric.samples)
    assert [which for which, times in series.items() if times > 1] == []


def test_no_sample_has_a_timestamp_or_tells_when_it_was_created(families):
    for metric in families:
        for sample in metric.samples:
            assert sample.timestamp is None
            assert metric.type == "gauge" or not sample.name.endswith("_created")

"""The dashboards as documents: as committed, as Grafana's own library reads them, and as questions that mean something."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser as promql
import pytest
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from ruamel.yaml import YAML

from deploy.grafana.__main__ import FOLDER, document_of, written
from deploy.grafana.card import Card, Page
from deploy.grafana.dashboard import ALERTS, COLUMNS, encoded, without_placement
from deploy.grafana.exported import families, names
from deploy.grafana.pages import PAGES
from streams.core.kpis.catalogue import CATALOGUE
from streams.outputs.metric import PREFIX
from streams.outputs.ready import READY
from tests.deploy.grafana_queries import expressions, filled, selectors, variables_in

register_default_plugins()
PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
READY_NAMES = {
    name
    for ready in READY
    for window in ("today", "interval")
    for cut in ("site", "queue")
    for name in (ready.name(window, cut), ready.samples_name(window, cut))
}


def document(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{page.name}.json").read_text())
    return found


def panels(page: Page) -> list[dict[str, Any]]:
    """All but the rows, also those in folded ones."""
    found = document(page)["panels"]
    return [panel for outer in found for panel in (outer, *outer.get("panels", ())) if panel["type"] != "row"]


def asked(page: Page) -> Iterator[tuple[Card, str]]:
    return ((card, query.expr) for card in page.cards for query in card.queries)


def read_again(found: dict[str, Any]) -> dict[str, Any]:
    """What the library keeps of a document: what it does not know is gone."""
    return without_placement(encoded(Dashboard.from_json(found)))


# --- documents ---------------------------------------------------------------------------------------------------------


def test_the_files_are_those_that_the_code_makes():
    assert {path.name: path.read_text() for path in FOLDER.iterdir()} == written(), "run `make gen` and commit"


def test_the_table_of_panels_is_the_one_that_the_code_makes():
    path, text = document_of()
    assert path.read_text() == text, "run `make gen` and commit"


@PAGE
def test_the_library_of_grafana_knows_every_key_at_any_depth(page):
    found = document(page)
    assert read_again(found) == found


@pytest.mark.parametrize(
    "where",
    [
        (),
        ("panels", 1),
        ("panels", 1, "options"),
        ("panels", 1, "fieldConfig", "defaults"),
        ("panels", 1, "targets", 0),
        ("panels", 1, "gridPos"),
        ("templating", "list", 1),
        ("annotations", "list", 0),
        ("links", 0),
    ],
)
def test_a_key_that_grafana_does_not_know_is_found(where):
    found = copy.deepcopy(document(PAGES[0]))
    inner: Any = found
    for step in where:
        inner = inner[step]
    inner["unheardOf"] = 1
    assert read_again(found) != found


@PAGE
def test_panels_have_numbers_of_their_own_and_do_not_lie_on_each_other(page):
    found = document(page)["panels"]
    everything = [panel for outer in found for panel in (outer, *outer.get("panels", ()))]
    ids = [panel["id"] for panel in everything]
    assert len(set(ids)) == len(ids)
    taken: dict[tuple[int, int], str] = {}
    for panel in everything:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= COLUMNS, panel["title"]
        assert place["w"] > 0
        assert place["h"] > 0
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, f"{panel['title']} lies on {taken[x, y]}"
                taken[x, y] = panel["title"]


@PAGE
def test_every_panel_says_what_it_shows_in_which_unit_and_what_it_means_if_nothing_is_there(page):
    for panel in panels(page):
        assert panel["title"]
        assert len(panel["description"]) > 20, panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["noValue"], panel["title"]
        for target in (*panel["targets"], panel):
            assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, panel["title"]


@PAGE
def test_every_query_names_its_definition(page):
    for card in page.cards:
        for query in card.queries:
            assert query.says.strip(), (card.title, query.name)
            assert query.says in card.description


@PAGE
def test_titles_are_there_once_on_a_page(page):
    titles = [(card.kind, card.title) for card in page.cards]
    assert sorted(set(titles)) == sorted(titles)


@PAGE
def test_what_holds_at_this_moment_is_asked_for_this_moment(page):
    """With a range the last value of a series that is gone would be shown as if it stood: the wait of a caller long answered."""
    for panel in panels(page):
        over_time = panel["type"] in ("timeseries", "heatmap", "state-timeline")
        for target in panel["targets"]:
            assert (bool(target.get("range")), bool(target.get("instant"))) == (over_time, not over_time), panel["title"]


@PAGE
def test_variables_are_those_that_are_used(page):
    found = document(page)
    declared = {variable["name"]: variable for variable in found["templating"]["list"]}
    of_variables = [str(variable.get("query", "")) for variable in declared.values()]
    used = set().union(*(variables_in(expr) for _, expr in asked(page)), *map(variables_in, of_variables))
    assert used | {"datasource"} == set(declared)
    for name, variable in declared.items():
        if name != "datasource":
            assert isinstance(variable["query"], str), "the strict schema of Grafana wants a string"
            assert variable["datasource"]["uid"] == "${datasource}"
            assert variable["refresh"] == 2, "queues come and go while a page is open"


def test_pages_share_crosshair_and_are_linked_to_each_other():
    uids = [document(page)["uid"] for page in PAGES]
    assert len(set(uids)) == len(uids)
    for page in PAGES:
        found = document(page)
        assert 8 <= len(found["uid"]) <= 40
        assert found["graphTooltip"] == 1
        assert found["editable"] is False
        assert found["tags"] == ["deskpulse"]
        assert [(link["type"], link["tags"], link["includeVars"]) for link in found["links"]] == [("dashboards", ["deskpulse"], True)]
        for line in json.dumps(found).split("/d/")[1:]:
            assert line.split("?")[0] in uids


# --- questions ---------------------------------------------------------------------------------------------------------


@PAGE
def test_every_query_is_promql_of_this_site_alone(page):
    for card, expr in (*asked(page), (page.cards[0], ALERTS)):
        assert "$" not in filled(expr), f"{card.title}: a variable that nobody fills in {expr}"
        for selector, _ in selectors(promql.parse(filled(expr))):
            matchers = [(one.name, one.value) for one in selector.matchers.matchers]
            assert ("site", "riga") in matchers, f"{card.title}: two sites would be added up in {expr}"


@PAGE
def test_every_name_is_one_that_metrics_has_by_default(page):
    for card, expr in asked(page):
        for window in ("today", "interval") if "${window}" in expr else ("",):
            for selector, _ in selectors(promql.parse(filled(expr.replace("${window}", window)))):
                known = selector.name in names() or (window == "interval" and only_of_days(str(selector.name)))
                assert known, f"{card.title}: nobody exports {selector.name}"


def only_of_days(name: str) -> bool:
    return name.replace("interval", "today", 1) in names()


@PAGE
def test_counters_are_asked_for_their_growth_and_gauges_for_their_value(page):
    for card, expr in asked(page):
        for selector, above in selectors(promql.parse(filled(expr))):
            name = str(selector.name)
            kind = next(
                families()[name.removesuffix(end)].type for end in ENDS if name.removesuffix(end) in families() and name.endswith(end)
            )
            functions = [one.func.name for one in above if isinstance(one, promql.Call)]
            assert ("rate" in functions or "increase" in functions) == (kind != "gauge"), f"{card.title}: {name} is a {kind}"
            if kind != "gauge":
                assert isinstance(above[-1], promql.MatrixSelector)
                assert isinstance(above[-2], promql.Call), f"{card.title}: rate first, then sum"


ENDS = ("", "_total", "_bucket", "_sum", "_count")


@PAGE
def test_nothing_is_added_up_that_does_not_add(page):
    for card, expr in asked(page):
        tree = promql.parse(filled(expr))
        for one in expressions(tree):
            assert not isinstance(one, promql.AggregateExpr) or str(one.op) in ("sum", "min", "max", "count"), f"{card.title}: {one.op}"
        for selector, above in selectors(tree):
            name, how = str(selector.name), aggregates(above)
            where = f"{card.title}: {name} by {how}"
            if name in READY_NAMES:
                assert [op for op, _ in how][-1:] == ["max"], f"{where}: a ready ratio has one owner and is neither added nor averaged"
            if name.startswith(f"{PREFIX}oldest_"):
                assert [op for op, _ in how] == ["min"], f"{where}: the oldest is the one that began first"
            elif name.endswith("_timestamp_seconds"):
                assert "sum" not in [op for op, _ in how], where
            if name == f"{PREFIX}queue_agents":
                assert all("queue" in by for op, by in how if op == "sum"), f"{where}: who serves two queues is in both"


def aggregates(above: tuple[promql.Expr, ...]) -> list[tuple[str, list[str]]]:
    found = [one for one in above if isinstance(one, promql.AggregateExpr)]
    return [(str(one.op), list(one.modifier.labels) if one.modifier is not None else []) for one in found]


def test_lines_of_counters_are_no_finer_than_the_counters_grow():
    """Those of the business grow as minutes close."""
    for page in PAGES:
        for card in page.cards:
            grows = any("rate(" in query.expr or "increase(" in query.expr for query in card.queries)
            if page.of_business and grows and card.kind in ("series", "heatmap"):
                assert card.min_interval in ("5m", "30m"), card.title


# --- the catalogue -----------------------------------------------------------------------------------------------------

ON_NO_DASHBOARD = {
    ("response_time", "oldest_unanswered"): "the longer one of two waits that stand beside each other: for a first and for a later answer",
    ("agent_satisfaction", "mean"): "of finished weeks and months alone, which `[metrics] windows` does not export by default",
    ("agent_satisfaction", "share"): "of finished weeks and months alone",
    ("support_cost_ratio", "ratio"): "of months alone, which are not exported by default",
    ("cost_per_ticket", "mean"): "of months alone",
}
"""(KPI, statistic) -> why. Rows of single agents, articles and programs have no series."""


def test_every_figure_of_the_catalogue_is_on_a_dashboard_or_it_is_said_why_not():
    shown = {figure for page in PAGES for card in page.cards for figure in card.tells}
    there = {(kpi.name, kpi.stat) for kpi in CATALOGUE}
    assert shown <= there
    assert there - shown == ON_NO_DASHBOARD.keys()


def test_every_family_of_workers_and_boards_is_on_the_page_of_the_program():
    asked_for = {str(selector.name) for page in PAGES for _, expr in asked(page) for selector, _ in selectors(promql.parse(filled(expr)))}
    own = {name for name in names() if name.startswith((f"{PREFIX}worker_", f"{PREFIX}board_"))}
    halves = {f"{PREFIX}board_event_to_board_seconds{end}" for end in ("_sum", "_count")}  # its buckets are shown
    assert own - asked_for == halves, "show it in deploy/grafana/itself.py"


def test_what_is_told_of_a_family_is_its_own_help():
    for card in PAGES[-1].cards:
        for query in card.queries:
            named = re.findall(rf"`{PREFIX}(\w+)`: ", query.says)
            assert all(families()[PREFIX + name].documentation in query.says for name in named), card.title


def test_provisioning_leads_to_the_files_and_to_the_data_source():
    (source,) = provisioned("datasources")["datasources"]
    assert (source["uid"], source["type"], source["url"]) == ("deskpulse-prometheus", "prometheus", "${PROMETHEUS_URL}")
    prometheus = (FOLDER.parents[1] / "prometheus" / "prometheus.yml").read_text()
    scraped = YAML(typ="safe").load(prometheus)["global"]["scrape_interval"]
    assert source["jsonData"]["timeInterval"] == scraped, "Grafana makes the span of its rates of how often Prometheus scrapes"
    (provider,) = provisioned("dashboards")["providers"]
    assert (provider["type"], provider["allowUiUpdates"]) == ("file", False)
    assert f"| `deploy/grafana/dashboards` | `{provider['options']['path']}` |" in document_of()[0].read_text()


def provisioned(what: str) -> Any:
    return YAML(typ="safe").load((FOLDER.parent / "provisioning" / what / "deskpulse.yaml").read_text())

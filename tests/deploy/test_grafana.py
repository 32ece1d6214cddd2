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
from tests.deploy.grafana_queries import FILLED, filled, selectors, variables_in
from tests.deploy.grafana_rules import complaints

register_default_plugins()
PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


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
def test_every_query_means_something_in_every_window(page):
    wrong = [
        f"{card.title}: {complaint}\n    {expr}"
        for card, expr in (*asked(page), (page.cards[0], ALERTS))
        for window in (("today", "interval") if "${window}" in expr else ("",))
        for complaint in complaints(filled(expr, {**FILLED, "${window}": window}))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("expr", "complaint"),
    [
        ('deskpulse_waiting_calls{site="$site", queue="$team"}', "nobody fills"),
        ("sum(deskpulse_waiting_calls)", "two sites"),
        ('sum(deskpulse_calls_waiting{site="$site"})', "nobody exports"),
        ('sum(deskpulse_last_week_calls_offered{site="$site"})', "nobody exports"),
        ('sum(deskpulse_calls_offered_total{site="$site"})', "a counter is asked for its growth"),
        ('sum(rate(deskpulse_waiting_calls{site="$site"}[1m]))', "a gauge is asked for its value"),
        ('rate(sum(deskpulse_calls_offered_total{site="$site"})[5m:1m])', "rate first"),
        ('avg(deskpulse_waiting_calls{site="$site"})', "avg"),
        ('sum(deskpulse_today_queue_service_level_ratio{site="$site"})', "neither added nor averaged"),
        ('max(deskpulse_today_queue_service_level_ratio{site="$site"}) by (queue)', "which of its rows"),
        ('max(deskpulse_oldest_waiting_start_timestamp_seconds{site="$site"})', "began first"),
        ('sum(deskpulse_clock_timestamp_seconds{site="$site"})', "instants"),
        ('sum by (state) (deskpulse_queue_agents{site="$site"})', "is in both"),
    ],
)
def test_a_query_that_means_nothing_is_found(expr, complaint):
    assert any(complaint in said for said in complaints(filled(expr))), list(complaints(filled(expr)))


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


def test_every_family_that_processes_tell_of_themselves_is_on_the_page_of_the_program():
    asked_for = {str(selector.name) for page in PAGES for _, expr in asked(page) for selector, _ in selectors(promql.parse(filled(expr)))}
    own = {name for name in names() if name.startswith((f"{PREFIX}worker_", f"{PREFIX}board_", f"{PREFIX}loop_", f"{PREFIX}exposition_"))}
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

"""A Page as a dashboard: panels in their places, variables, links to the other pages."""

from __future__ import annotations

import json
from typing import Any, Final

from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.builders.dashboard import (
    AnnotationQuery,
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
    Row,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from deploy.grafana.card import Page, Shelf
from deploy.grafana.panel import SOURCE, drawn

TAG: Final = "deskpulse"
COLUMNS: Final = 24
WINDOWS: Final = "/^deskpulse_(?!oldest_)(.+)_start_timestamp_seconds$/"
"""Each window that a board exports has its beginning; what begins otherwise is the oldest of something."""
CELLS: Final = '{__name__=~"deskpulse_(requests|contacts|csat_answers|nps_answers|ces_answers|iqs_reviews)_total", site="$site"}'
"""Whatever has a queue and a channel."""
ALERTS: Final = 'ALERTS{alertstate="firing", alertname=~"Deskpulse.+", alertname!="DeskpulseWatchdog", site="$site"}'


def dashboard_text(page: Page) -> str:
    """JSON, as Grafana imports it."""
    return json.dumps(without_placement(encoded(drawn_page(page).build())), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def encoded(board: models.Dashboard) -> dict[str, Any]:
    """As plain JSON."""
    document: dict[str, Any] = json.loads(json.dumps(board, cls=JSONEncoder))
    return document


def without_placement(document: dict[str, Any]) -> dict[str, Any]:
    """The library puts links and annotations into a menu where nobody finds them, always: back above the panels."""
    links = [link for outer in document["panels"] for panel in (outer, *outer.get("panels", ())) for link in panel.get("links", ())]
    for found in (*document["links"], *document["annotations"]["list"], *links):
        found.pop("placement", None)
    return document


def drawn_page(page: Page) -> Dashboard:
    board = (
        Dashboard(page.title)
        .uid(page.uid)
        .description(page.answers)
        .tags([TAG])
        .readonly()
        .timezone("browser")
        .time(page.since, "now")
        .refresh(page.refresh)
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(DashboardLink("deskpulse").type(models.DashboardLinkType.DASHBOARDS).tags([TAG]).keep_time(True).include_vars(True))
    )
    alerts = prometheus.Dataquery().datasource(SOURCE).ref_id("A").expr(ALERTS).range().legend_format("{{alertname}} {{queue}}")
    board.annotation(
        AnnotationQuery().name("Alerts").datasource(SOURCE).enable(True).icon_color("orange").target(alerts).title_format("{{alertname}}")
    )
    for variable in _variables(page):
        board.with_variable(variable)
    _place(board, page.shelves)
    return board


def _place(board: Dashboard, shelves: tuple[Shelf, ...]) -> None:
    """Cards from left to right, a new line where one has no room; a line is as high as its highest card."""
    top, number = 0, 0
    for shelf in shelves:
        number += 1
        row = Row(shelf.title).id(number).grid_pos(models.GridPos(x=0, y=top, w=COLUMNS, h=1))
        top, left, line = top + 1, 0, 0
        panels = []
        for card in shelf.cards:
            if left + card.width > COLUMNS:
                top, left, line = top + line, 0, 0
            number += 1
            panel = drawn(card).id(number).grid_pos(models.GridPos(x=left, y=top, w=card.width, h=card.height))
            panels.append(panel)
            left, line = left + card.width, max(line, card.height)
        top += line
        if shelf.open:
            board.with_row(row)
            for panel in panels:
                board.with_panel(panel)
        else:
            for panel in panels:
                row.with_panel(panel)
            board.with_row(row)


def _variables(page: Page) -> list[DatasourceVariable | QueryVariable]:
    source = DatasourceVariable("datasource").label("Prometheus").type("prometheus")
    if not page.of_business:
        site = _query("site", "Site", "deskpulse_build_info")
        return [
            source,
            site.description("The label `site` of the scrape configuration; empty where there is none."),
            _several(_query("job", "Job", 'deskpulse_build_info{site="$site"}')),
            _several(_query("instance", "Instance", 'deskpulse_build_info{site="$site", job=~"$job"}')),
        ]
    window = (
        _query("window", "Window", '{__name__=~"deskpulse_.+_start_timestamp_seconds", site="$site"}', of="__name__")
        .regex(WINDOWS)
        .current(models.VariableOption(text="today", value="today", selected=True))
        .description("Of those that the boards export: [metrics] windows.")
    )
    return [
        source,
        _query("site", "Site", "deskpulse_board_leader").description(
            "The label `site` of the scrape configuration; empty where there is none. One at a time: ratios of two sites do not add."
        ),
        window,
        _several(_query("queue", "Queue", CELLS)),
        _several(_query("channel", "Channel", CELLS)),
    ]


def _query(name: str, label: str, series: str, of: str = "") -> QueryVariable:
    asked = f"label_values({series}, {of or name})"
    return (
        QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(asked)
        .definition(asked)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
    )


def _several(variable: QueryVariable) -> QueryVariable:
    everything = models.VariableOption(text="All", value="$__all", selected=True)
    return variable.multi(True).include_all(True).all_value(".*").current(everything)

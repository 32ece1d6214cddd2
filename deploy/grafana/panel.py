"""A Card as a panel, by Grafana's own builders.

Numbers of this moment are asked for this moment alone: with a range the last number of a series that is gone would be shown as if it stood.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from grafana_foundation_sdk.builders import bargauge, common, heatmap, prometheus, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders.dashboard import DashboardLink, FieldColor, ThresholdsConfig
from grafana_foundation_sdk.models import common as forms
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from deploy.grafana.card import Card, Kind, Query
from deploy.grafana.colours import BAD, WARN, Steps

SOURCE: Final = forms.DataSourceRef(type_val="prometheus", uid="${datasource}")
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
QUEUES: Final = "/d/deskpulse-queues?${__url_time_range}&var-datasource=${datasource}&var-site=${site}&var-queue=${__value.raw}"
"""Where a click on a queue leads."""
CHOICE: Final = "${__url_time_range}&${__all_variables}"
"""The same time and the same choice on another page."""

Drawn = stat.Panel | bargauge.Panel | timeseries.Panel | table.Panel | heatmap.Panel | statetimeline.Panel


def drawn(card: Card) -> Drawn:
    """The panel, without place and number."""
    panel = DRAW[card.kind](card)
    panel.title(card.title).description(card.description).datasource(SOURCE).no_value(card.none).span(card.width).height(card.height)
    panel.unit(card.unit).thresholds(_thresholds(card.steps))
    if card.min_interval:
        panel.interval(card.min_interval)
    if card.leads is not None:
        name, title = card.leads
        panel.links([DashboardLink(title).type(models.DashboardLinkType.LINK).url(f"/d/deskpulse-{name}?{CHOICE}")])
    for letter, query in zip(LETTERS, card.queries, strict=False):
        panel.with_target(_target(card, query, letter))
        properties = _properties(card, query)
        if properties and card.kind == "table":
            panel.override_by_name(query.name, properties)
        elif properties:
            panel.override_by_query(letter, properties)
    return panel


def _target(card: Card, query: Query, letter: str) -> prometheus.Dataquery:
    target = prometheus.Dataquery().datasource(SOURCE).ref_id(letter).expr(query.expr).legend_format(query.name)
    if card.kind in ("series", "states", "heatmap"):
        target.range()
    else:
        target.instant()
    formats = {"table": PromQueryFormat.TABLE, "heatmap": PromQueryFormat.HEATMAP}
    return target.format(formats.get(card.kind, PromQueryFormat.TIME_SERIES))


def _properties(card: Card, query: Query) -> list[models.DynamicConfigValue]:
    """What a query does otherwise than its card."""
    found = []
    if query.unit and query.unit != card.unit:
        found.append(models.DynamicConfigValue(id_val="unit", value=query.unit))
    if query.steps is not None:
        found.append(models.DynamicConfigValue(id_val="thresholds", value=_thresholds(query.steps).build()))
        if card.kind == "table":
            found.append(models.DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-background", "mode": "basic"}))
    if query.target and card.kind == "series":
        found += [
            models.DynamicConfigValue(id_val="custom.lineStyle", value={"fill": "dash", "dash": [8, 8]}),
            models.DynamicConfigValue(id_val="custom.fillOpacity", value=0),
            models.DynamicConfigValue(id_val="custom.stacking", value={"group": "A", "mode": "none"}),
        ]
    return found


def _thresholds(steps: Steps) -> ThresholdsConfig:
    # None is how the lowest step is written; the library's type does not say so.
    marks = [models.Threshold(value=value, color=colour) for value, colour in steps]
    return ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(marks)


def _by(mode: models.FieldColorModeId) -> FieldColor:
    return FieldColor().mode(mode)


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def _mappings(card: Card) -> list[models.ValueMapping]:
    options = {value: models.ValueMappingResult(text=text, index=at) for at, (value, text) in enumerate(card.mapped)}
    return [models.ValueMap(options=options)] if options else []


def _stat(card: Card) -> Drawn:
    alone = len(card.queries) == 1 and "{{" not in card.queries[0].name
    return (
        stat.Panel()
        .color_scheme(_by(models.FieldColorModeId.THRESHOLDS))
        .color_mode(forms.BigValueColorMode.VALUE)
        .graph_mode(forms.BigValueGraphMode.NONE)
        .text_mode(forms.BigValueTextMode.VALUE if alone else forms.BigValueTextMode.VALUE_AND_NAME)
        .reduce_options(_last())
        .mappings(_mappings(card))
    )


def _bars(card: Card) -> Drawn:
    panel = (
        bargauge.Panel()
        .color_scheme(_by(models.FieldColorModeId.THRESHOLDS))
        .display_mode(forms.BarGaugeDisplayMode.BASIC)
        .orientation(forms.VizOrientation.HORIZONTAL)
        .value_mode(forms.BarGaugeValueMode.TEXT)
        .reduce_options(_last())
        .min(0)
    )
    return panel if card.maximum is None else panel.max(card.maximum)


def _series(card: Card) -> Drawn:
    panel = (
        timeseries.Panel()
        .color_scheme(_by(models.FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
        .line_width(1)
        .fill_opacity(30 if card.stacked else 5)
        .show_points(forms.VisibilityMode.AUTO)
        .line_interpolation(forms.LineInterpolation.STEP_AFTER if card.stacked else forms.LineInterpolation.LINEAR)
        .stacking(common.StackingConfig().mode(forms.StackingMode.NORMAL if card.stacked else forms.StackingMode.NONE).group("A"))
        .span_nulls(False)  # a gap is a gap
        .axis_soft_min(0)
        .legend(
            common.VizLegendOptions()
            .display_mode(forms.LegendDisplayMode.LIST)
            .placement(forms.LegendPlacement.BOTTOM)
            .show_legend(True)
            .calcs(["lastNotNull"])
        )
        .tooltip(common.VizTooltipOptions().mode(forms.TooltipDisplayMode.MULTI).sort(forms.SortOrder.DESCENDING))
    )
    for name, colour in (("warn", WARN), ("crit", BAD)):
        panel.override_by_name(name, [models.DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": colour})])
    return panel if card.maximum is None else panel.max(card.maximum)


def _table(card: Card) -> Drawn:
    """The labels of all queries are columns; what they share is a line. Grafana numbers values where there are several."""
    columns = [f"Value #{letter}" for letter, _ in zip(LETTERS, card.queries, strict=False)] if len(card.queries) > 1 else ["Value"]
    names = dict(zip(columns, (query.name for query in card.queries), strict=True))
    organize = {
        "excludeByName": {"Time": True, **{column: True for column, name in names.items() if not name}},
        "renameByName": {column: name for column, name in names.items() if name},
        "indexByName": {column: at for at, column in enumerate(("queue", *columns))},
    }
    panel = (
        table.Panel()
        .with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(models.DataTransformerConfig(id_val="organize", options=organize))
        .color_scheme(_by(models.FieldColorModeId.THRESHOLDS))
        .cell_height(forms.TableCellHeight.SM)
        .filterable(True)
        .show_header(True)
    )
    if any("queue" in query.expr for query in card.queries):
        link = {"title": "What this queue does", "url": QUEUES}
        panel.override_by_name("queue", [models.DynamicConfigValue(id_val="links", value=[link])])
    return panel


def _heatmap(card: Card) -> Drawn:
    return (
        heatmap.Panel()
        .calculate(False)
        .color(heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Blues").steps(64).reverse(False))
        .y_axis(heatmap.YAxisConfig().unit(card.unit))
        .tooltip(heatmap.HeatmapTooltip().mode(forms.TooltipDisplayMode.SINGLE).y_histogram(True))
        .cell_gap(1)
    )


def _states(card: Card) -> Drawn:
    return (
        statetimeline.Panel()
        .color_scheme(_by(models.FieldColorModeId.THRESHOLDS))
        .show_value(forms.VisibilityMode.NEVER)
        .merge_values(True)
        .row_height(0.8)
        .fill_opacity(80)
        .span_nulls(False)
    )


DRAW: Final[dict[Kind, Callable[[Card], Drawn]]] = {
    "stat": _stat,
    "bars": _bars,
    "series": _series,
    "table": _table,
    "heatmap": _heatmap,
    "states": _states,
}

"""Every query of every dashboard, asked of a real Prometheus that scrapes deskpulse: each has to have an answer, and the right one."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from deploy.grafana.agents import conversations_per_agent
from deploy.grafana.card import Page
from deploy.grafana.dashboard import WINDOWS, drawn_page
from deploy.grafana.figure import in_window, standing, standings
from deploy.grafana.pages import PAGES
from deploy.grafana.service_level import promised
from streams.core.kpis.answers import NetPromoters
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.formulas import Mean, Ratio
from tests.deploy.grafana_day import SETTINGS, evening, morning
from tests.deploy.grafana_queries import FILLED, filled, offset_s
from tests.desk import Desk, Instance, wait_for
from tests.prometheus.server import PrometheusServer, Sample

pytestmark = [pytest.mark.prometheus, pytest.mark.slow]

SITES = ("riga", "oslo")
"""Riga has a day of events and their clock; Oslo has the clock on the wall and a few events of this minute."""
FEW = '{{"type": "customer.active", "id": "few-{0}", "time": "2026-03-02T09:00:0{0}Z", "customer_id": "u1", "kind": "visit"}}\n'


class Site(NamedTuple):
    prometheus: PrometheusServer
    riga: Instance


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two installations that one Prometheus scrapes, after two scrapes with events before each."""
    directory = tmp_path_factory.mktemp("grafana")
    with (
        Desk(directory / "riga", f"embedded://{directory / 'riga-log'}", SETTINGS) as riga_desk,
        Desk(directory / "oslo", f"embedded://{directory / 'oslo-log'}") as oslo_desk,
    ):
        riga, oslo = riga_desk.instance("run", "riga"), oslo_desk.instance("run", "oslo")
        for instance in (riga, oslo):
            instance.launch()
        for instance in (riga, oslo):
            wait_for(f"{instance.name} is ready", instance.is_ready, 60)
        targets = {"riga": riga.metrics, "oslo": oslo.metrics, "bare": riga.metrics}  # the last without a label `site`
        labels = {name: {"site": name} for name in SITES}
        with PrometheusServer(directory / "prometheus", targets, labels=labels) as prometheus:
            send(riga_desk, morning())
            send(oslo_desk, FEW.format(1), "now")
            # Counters of the last minutes settle by the clock of the events, which ends with them.
            prometheus.wait_for('deskpulse_today_calls_offered{site="riga",queue="billing"} > 5', 60)
            prometheus.wait_for('deskpulse_board_rows_total{site="oslo"} > 0', 60)
            time.sleep(2)  # one more scrape of both
            offered = 'sum(deskpulse_calls_offered_total{site="riga"})'
            before = prometheus.query(offered)[0][1]
            send(riga_desk, evening())
            send(oslo_desk, FEW.format(2), "now")
            prometheus.wait_for(f"{offered} > {before + 10}", 60)
            prometheus.wait_for('deskpulse_board_event_to_board_seconds_count{site="oslo"} > 0', 60)
            prometheus.wait_for('deskpulse_board_data_age_seconds{site="riga"} < 5', 60)
            time.sleep(2)
            yield Site(prometheus, riga)


def send(desk: Desk, lines: str, shift: str = "keep") -> None:
    path = desk.directory / "events.jsonl"
    path.write_text(lines)
    desk.call("replay", "--shift", shift, path)


def answer(prometheus: PrometheusServer, expr: str, site: str = "riga") -> list[Sample]:
    """What a panel would show; what is not a number is nothing."""
    later_s = offset_s(expr)  # asked as many days later, when today is the day before
    result = prometheus.get("query", query=filled(expr, {**FILLED, "$site": site}), time=str(time.time() + later_s))
    if result["resultType"] == "scalar":
        return [({}, float(result["result"][1]))]
    found = [(series["metric"], float(series["value"][1])) for series in result["result"]]
    return [(labels, value) for labels, value in found if not math.isnan(value)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_query_of_every_panel_has_an_answer(site: Site, page: Page):
    """On the page of the program one of the two installations has to have it: one has no events of this minute, the other no day."""
    sites = ("riga",) if page.of_business else SITES
    silent = [
        f"{card.title} / {query.name}: {filled(query.expr)}"
        for card in page.cards
        for query in card.queries
        if not any(answer(site.prometheus, query.expr, one) for one in sites)
    ]
    assert not silent, "\n".join(silent)


def test_what_is_formed_of_sums_is_what_the_board_says(site: Site):
    """A ratio of all queues is the ready one of the site, and the row of the API; any choice of queues is formed alike."""
    rows = site.riga.document(window="today", cut=["site", "queue"])["rows"]
    known = {(row["kpi"], row["stat"], frozenset(row["labels"].items())): row["value"] for row in rows}
    wrong, compared = [], 0
    for kpi in CATALOGUE:
        if not isinstance(kpi.formula, Ratio | Mean | NetPromoters) or kpi.cuts == (("program",),) or kpi.name == "articles_per_request":
            continue
        for by in ((), ("queue",)) if not kpi.cuts else ((),):
            query = in_window(kpi.name, kpi.stat, by, window="today", **kpi.labels)
            shown = {labels.get("queue"): value for labels, value in answer(site.prometheus, query.expr)}
            for queue in ("billing", "mail", "support") if by else (None,):
                labels = {**kpi.labels, **({"queue": queue} if queue else {})}
                value = known.get((kpi.name, kpi.stat, frozenset(labels.items())))
                compared += value is not None
                if (shown.get(queue) is None) != (value is None) or (value is not None and not math.isclose(shown[queue], value)):
                    wrong.append(f"{kpi.name} {kpi.stat} {labels}: {shown.get(queue)} on the dashboard, {value} on the board")
    assert not wrong, "\n".join(wrong)
    assert compared > 80


STANDING = (
    *((name, "count") for name in ("waiting", "talking", "holding", "open_cases", "unassigned_cases", "backlog", "callbacks_owed")),
    *((name, "oldest") for name in ("waiting", "open_cases", "callbacks_owed")),
)


def test_what_stands_is_what_the_board_says(site: Site):
    """Also the age of the oldest, by the clock of the events."""
    rows = site.riga.document(window="now", cut=["site", "queue"])["rows"]
    known = {(row["kpi"], row["stat"], frozenset(row["labels"].items())): row["value"] for row in rows}
    for name, stat in STANDING:
        ((_, shown),) = answer(site.prometheus, standing(name, stat).expr)
        assert shown == pytest.approx(known[name, stat, frozenset()]), (name, stat)
        for labels, value in answer(site.prometheus, standing(name, stat, ("queue",)).expr):
            if labels["queue"] != "none":
                assert value == pytest.approx(known[name, stat, frozenset(labels.items())]), (name, stat, labels)
    for labels, people in answer(site.prometheus, standings("agents", ("state",)).expr):
        assert people == known["agents", "count", frozenset(labels.items())]
    ((_, mean),) = answer(site.prometheus, conversations_per_agent().expr)
    assert mean == pytest.approx(known["conversations_per_agent", "mean", frozenset()])


def test_the_promise_of_several_queues_is_their_mean_by_what_was_decided(site: Site):
    by_queue = {labels["queue"]: value for labels, value in answer(site.prometheus, promised(("queue",)).expr)}
    assert by_queue["billing"] == pytest.approx(0.9)
    assert by_queue["support"] == pytest.approx(0.8)
    ((_, together),) = answer(site.prometheus, promised().expr)
    assert 0.8 < together < 0.9


def test_a_choice_of_queue_and_channel_changes_what_is_shown(site: Site):
    offered = in_window("calls_offered", "count", window="today").expr

    def of(queue: str, channel: str) -> float:
        result = site.prometheus.query(filled(offered, {**FILLED, "$queue": queue, "$channel": channel}))
        return result[0][1] if result else 0.0

    assert of("billing|support", ".*") == of("billing", ".*") + of("support", ".*")
    assert 0 < of("support", "chat") < of(".*", ".*")


def test_variables_offer_what_there_is(site: Site):
    offered = {}
    for variable in drawn_page(PAGES[0]).build().templating.list_val or []:
        if variable.name != "datasource":
            offered[variable.name] = values_of(site.prometheus, str(variable.query))
    assert offered["site"] == ["oslo", "riga"]
    assert {"billing", "mail", "support", "none"} <= set(offered["queue"])
    assert {"phone", "email", "chat"} <= set(offered["channel"])
    assert "deskpulse_today_start_timestamp_seconds" in offered["window"]


def values_of(prometheus: PrometheusServer, asked: str) -> list[str]:
    """As Grafana takes label_values(series, label) apart."""
    series, _, label = asked.removeprefix("label_values(").removesuffix(")").rpartition(", ")
    result: object = prometheus.get(f"label/{label}/values", **{"match[]": filled(series)})
    assert isinstance(result, list)
    return result


def test_windows_are_taken_out_of_the_names_of_their_beginnings(site: Site):
    """The expression is JavaScript's; Python reads it alike."""
    names = values_of(site.prometheus, 'label_values({__name__=~"deskpulse_.+_start_timestamp_seconds", site="$site"}, __name__)')
    found = [match.group(1) for name in names if (match := re.match(WINDOWS.strip("/"), name))]
    assert found == ["interval", "today"]
    assert any("oldest" in name for name in names)


def test_installations_are_told_apart(site: Site):
    """All have boards that lead; a page shows one of them."""
    assert [value for _, value in answer(site.prometheus, "sum(deskpulse_board_leader)")] == [3.0]
    for one in (*SITES, ""):
        assert [value for _, value in answer(site.prometheus, 'sum(deskpulse_board_leader{site="$site"})', one)] == [1.0]


def test_an_installation_without_the_label_site_is_shown_as_it_is(site: Site):
    """Grafana fills in nothing where a label has no values, and `site=""` is what has no label."""
    for card in PAGES[0].cards:
        for query in card.queries:
            assert len(answer(site.prometheus, query.expr, "")) == len(answer(site.prometheus, query.expr, "riga")) > 0, card.title


def test_prometheus_has_no_complaint_about_a_query_of_the_interval(site: Site):
    """A half-hour may be empty, but asking for it is never wrong."""
    for page in PAGES:
        for card in page.cards:
            for query in card.queries:
                site.prometheus.query(filled(query.expr, {**FILLED, "${window}": "interval"}))

"""Surveys, customers, articles and finance on /metrics and over HTTP: what adds up, what is ready, and what may not be a series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from prometheus_client import Metric

from schemas.values import DAY_MS
from streams.core.board import BoardSettings
from streams.core.clocks.policy import Policy
from streams.core.kpis.kpi import WINDOWS
from streams.outputs.prometheus import BoardCollector, Export
from streams.outputs.ready import CUTS
from tests.outputs.centre import Centre, at_ms, morning
from tests.outputs.serving import api

EVERYTHING = Export(windows=WINDOWS, cuts=tuple(CUTS))


def day(centre: Centre | None = None) -> Centre:
    """What people say, buy and read on one day; last week agents were asked."""
    centre = centre or Centre(policy=Policy(per_agent=True))
    centre.tell("surveys", _surveys())
    centre.tell("customers", _customers())
    for view, article, seconds in (("v1", "reset", 30), ("v2", "reset", 5), ("v3", "hours", 60)):
        centre.tell("articles", [{"type": "article.opened", "view_id": view, "article": article, "time": "09:10:00"}])
        centre.tell("articles", [{"type": "article.read", "view_id": view, "seconds": seconds, "time": "09:12:00"}])
    centre.tell("articles", [{"type": "article.contacted", "view_id": "v3", "time": "09:13:00"}])
    for entry, kind, amount in (("e1", "support_cost", "900"), ("e2", "revenue", 12_000)):
        fields = {"entry_id": entry, "kind": kind, "amount": amount, "currency": "EUR", "period": "2026-03", "time": "09:00:00"}
        centre.tell("finance", [{"type": "finance.entry", **fields}])
    return morning(centre)


def _surveys() -> Iterator[Mapping[str, Any]]:
    for number, score in enumerate((5, 5, 4, 3, 1)):
        labels = {"survey_id": f"s{number}", "kind": "csat", "queue": "billing", "channel": "phone", "agent_id": "ann"}
        yield {"type": "survey.sent", **labels, "time": "09:00:00"}
        yield {"type": "survey.answered", **labels, "score": score, "time": "09:30:00"}
    for number, score in enumerate((10, 9, 0)):
        yield {"type": "survey.answered", "survey_id": f"n{number}", "kind": "nps", "score": score, "time": "09:30:00"}
    for number, score in enumerate((5, 4, 4, 3, 2)):
        answer = {"survey_id": f"a{number}", "kind": "agent_satisfaction", "score": score, "time": at_ms("12:00:00") - 5 * DAY_MS}
        yield {"type": "survey.answered", **answer}


def _customers() -> Iterator[Mapping[str, Any]]:
    for number in range(5):
        yield {"type": "customer.joined", "customer_id": f"u{number}", "time": at_ms("12:00:00") - 20 * DAY_MS}
    yield {"type": "customer.joined", "customer_id": "u5", "program": "friends", "time": "09:00:00"}
    yield {"type": "customer.left", "customer_id": "u0", "time": "09:30:00"}
    yield {"type": "customer.active", "customer_id": "u1", "kind": "visit", "time": "09:30:00"}
    yield {"type": "customer.purchased", "customer_id": "u1", "amount": "12.34", "currency": "EUR", "time": "09:30:00"}


def exported(centre: Centre, export: Export = EVERYTHING) -> dict[str, Metric]:
    snapshot = centre.snapshot()
    return {metric.name: metric for metric in BoardCollector(lambda: snapshot, export).families(snapshot)}


@pytest.fixture(scope="module")
def metrics() -> dict[str, Metric]:
    return exported(day())


def value(metrics: Mapping[str, Metric], name: str, **labels: str) -> float:
    found = [sample.value for sample in metrics[f"deskpulse_{name}"].samples if sample.labels == labels]
    assert len(found) == 1, (name, labels, metrics[f"deskpulse_{name}"].samples)
    return found[0]


def test_counts_are_counters_and_parts_of_the_day(metrics):
    where = {"queue": "billing", "channel": "phone"}
    for name in ("csat_answers", "today_csat_answers"):
        assert [value(metrics, name, score=score, **where) for score in ("1", "2", "3", "4", "5")] == [1, 0, 1, 1, 2]
    assert value(metrics, "nps_answers", queue="none", channel="other", group="promoters") == 2
    assert value(metrics, "today_csat_scores", **where) == 18
    assert value(metrics, "today_csat_sent_answered", **where) == 5
    assert (value(metrics, "customers_joined"), value(metrics, "today_customers_joined"), value(metrics, "customers_left")) == (6, 1, 1)
    assert (value(metrics, "articles_read"), value(metrics, "today_article_read_seconds"), value(metrics, "article_views")) == (2, 90, 3)
    assert value(metrics, "customers") == 5


def test_ratios_and_means_are_ready_with_their_samples(metrics):
    assert value(metrics, "today_queue_csat_ratio", queue="billing", stat="top2") == pytest.approx(0.6)
    assert value(metrics, "today_queue_csat_share_samples", queue="billing", stat="top2") == 5
    assert value(metrics, "today_site_csat_score") == pytest.approx(3.6)
    assert value(metrics, "today_site_nps_score") == pytest.approx(100 / 3)
    assert value(metrics, "today_site_churn_rate_ratio", stat="gross") == pytest.approx(1 / 5)
    assert value(metrics, "today_site_retention_rate_ratio") == pytest.approx(4 / 5)
    assert value(metrics, "today_site_referral_rate_ratio") == 1
    assert value(metrics, "month_site_support_cost_ratio") == pytest.approx(0.075)
    assert value(metrics, "month_site_cost_per_ticket") == pytest.approx(450)
    assert value(metrics, "today_site_article_read_time_seconds", stat="mean") == 45
    assert value(metrics, "today_site_article_contact_rate_ratio") == pytest.approx(1 / 3)


def test_months_are_told_in_windows_of_months_alone(metrics):
    assert {name for name in metrics if "support_cost" in name or "cost_per_ticket" in name} == {
        f"deskpulse_{window}_site_{name}"
        for window in ("month", "last_month", "quarter", "year")
        for name in ("support_cost_ratio", "support_cost_samples", "cost_per_ticket", "cost_per_ticket_samples")
    }


def test_no_series_is_about_a_person_an_article_or_a_program(metrics):
    series = [(sample.name, sample.labels) for metric in metrics.values() for sample in metric.samples]
    told = {word for _, labels in series for pair in labels.items() for word in pair}
    assert told.isdisjoint({"agent", "article", "program", "customer", "ann", "reset", "hours", "friends", "u0", "u1", "v1", "s0", "e1"})


def test_what_agents_say_of_their_work_is_told_of_finished_weeks_and_months_alone(metrics):
    about = {name for name in metrics if "agent_satisfaction" in name or "agents_satisfied" in name}
    assert {name.split("_site_")[0] for name in about} == {"deskpulse_last_week", "deskpulse_last_month"}
    assert value(metrics, "last_week_site_agent_satisfaction_score") == 3.6
    assert value(metrics, "last_week_site_agent_satisfaction_ratio") == 0.6
    assert value(metrics, "last_month_site_agent_satisfaction_score") == 3.6


def test_a_site_without_these_topics_has_no_series_of_them():
    metrics = exported(morning())
    names = (
        "csat",
        "nps",
        "ces",
        "iqs",
        "customer",
        "churn",
        "retention",
        "referral",
        "engagement",
        "lifetime",
        "article",
        "cost",
        "purchases",
    )
    with_samples = {name for name, metric in metrics.items() if metric.samples and name != "deskpulse_corrections"}
    with_samples -= {name for name in with_samples if "preferred_channel" in name}  # made of calls and tickets
    assert {name for name in with_samples if any(word in name for word in names)} == set()


async def test_rows_of_articles_programs_and_agents_are_there_for_those_who_ask():
    async with api(day(Centre(BoardSettings(min_group=1), Policy(per_agent=True))).snapshot()) as client:

        async def rows(query: str) -> dict[tuple[str, str, str], Any]:
            found = (await (await client.get(f"/api/v1/rows?window=today&{query}")).json())["rows"]
            return {(row["kpi"], row["stat"], next(iter(row["labels"].values()), "")): row["value"] for row in found}

        articles = await rows("cut=article")
        assert {key: articles[key] for key in articles if key[0] in ("articles_read", "article_contact_rate")} == {
            ("articles_read", "count", "hours"): 1, ("articles_read", "count", "reset"): 1,
            ("article_contact_rate", "rate", "hours"): 1, ("article_contact_rate", "rate", "reset"): 0,
        }  # fmt: skip
        assert await rows("cut=program&kpi=referral_rate") == {("referral_rate", "rate", "friends"): 1}
        assert await rows("cut=agent&kpi=csat") == {
            ("csat", "top2", "ann"): pytest.approx(0.6),
            ("csat", "mean", "ann"): pytest.approx(3.6),
        }
        assert (await client.get("/api/v1/history?kpi=agent_satisfaction&step=1d")).status == 400


async def test_the_window_before_is_told_of_customers_too():
    centre = day()
    async with api(centre.snapshot()) as client:
        rows = (await (await client.get("/api/v1/rows?kpi=retention_rate&window=today&compare=previous")).json())["rows"]
    assert [(row["value"], row["previous"]) for row in rows] == [(pytest.approx(0.8), 1.0)]


def test_articles_beyond_the_cap_are_one_row():
    centre = Centre(BoardSettings(label_values=2))
    for number in range(5):
        opened = {"type": "article.opened", "view_id": f"v{number}", "article": f"page-{number}", "time": "09:10:00"}
        read = {"type": "article.read", "view_id": f"v{number}", "seconds": 20, "time": "09:10:20"}
        centre.tell("articles", [opened, read])
    centre.settle("09:30:00")
    rows = centre.snapshot().rows(kpis=["articles_read"], windows=["today"])
    assert {tuple(row.labels.values()): row.value for row in rows} == {(): 5, ("other",): 3, ("page-0",): 1, ("page-1",): 1}

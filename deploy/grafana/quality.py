"""Quality and customers: what customers say, whether they had to come again, whether they stay, and what they read. For analysts."""

from __future__ import annotations

from deploy.grafana.card import SETTLED, Page, Query, Shelf, bars, series, stat, table
from deploy.grafana.figure import SITE, UNITS, in_window, lately, part_in_window, row, standing, target
from deploy.grafana.promql import selector
from deploy.grafana.trust import trust

QUEUE = ("queue",)
DAY = "today"
"""Customers are told of days and longer, not of minutes."""


def page() -> Page:
    return Page(
        name="quality",
        title="Quality and customers",
        answers="For analysts: what customers say, whether they had to come again, whether they stay, and what they read instead.",
        since="now-7d",
        refresh="5m",
        shelves=(trust(), _said(), _again(), _customers(), _articles()),
    )


def _said() -> Shelf:
    none = "no answers"
    return Shelf(
        "What they say",
        (
            stat(in_window("csat", "top2", called="content"), in_window("csat", "mean", called="of 5"), title="CSAT", none=none, width=5),
            stat(in_window("nps", "score"), none=none, width=5),
            stat(in_window("ces", "mean", called="of 7"), in_window("ces", "share", called="easy"), title="CES", none=none, width=5),
            stat(in_window("iqs", "mean"), title="IQS, of 100", none="no reviews", width=4),
            stat(in_window("csat", "response_rate"), title="Surveys answered", none="none sent", width=5),
            bars(in_window("csat_answers", "count", ("score",)), title="CSAT answers, by score", none=none, width=8),
            bars(
                *(in_window("nps", group, called=group) for group in ("promoters", "passives", "detractors")),
                title="NPS answers",
                none=none,
                width=8,
            ),
            bars(in_window("csat", "top2", QUEUE), title="CSAT, by queue", none=none, maximum=1, width=8),
            series(
                lately("csat_answers", "count", ("score",)), title="CSAT answers in an hour, by score", min_interval="30m", stacked=True
            ),
            series(in_window("csat", "top2", QUEUE), target("csat"), title="CSAT, by queue, as the window fills", none=none, maximum=1),
            table(
                in_window("csat", "top2", QUEUE, called="CSAT"),
                in_window("csat", "mean", QUEUE, called="mean, of 5"),
                in_window("csat", "response_rate", QUEUE, called="answered"),
                in_window("nps", "score", QUEUE, called="NPS"),
                in_window("ces", "mean", QUEUE, called="CES, of 7"),
                in_window("iqs", "mean", QUEUE, called="IQS, of 100"),
                title="What they say, by queue",
                height=7,
            ),
        ),
    )


def _again() -> Shelf:
    return Shelf(
        "Whether they had to come again",
        (
            stat(
                in_window("first_contact_resolution", "provisional", called="so far"),
                in_window("first_contact_resolution", "final", called="for good"),
                title="First contact resolution",
                width=6,
            ),
            stat(in_window("repeat_contact_rate", "rate"), width=6),
            stat(in_window("calls_to_resolution", "mean"), title="Contacts to the resolution", width=6),
            stat(in_window("callbacks_owed", "reached"), title="Called back, of those who waited for it", width=6),
            bars(_preferred(), title="Preferred channel", maximum=1),
            series(
                in_window("first_contact_resolution", "provisional", QUEUE),
                target("first_contact_resolution"),
                title="First contact resolution, by queue",
                maximum=1,
                width=9,
            ),
            series(
                lately("repeat_contact_rate", "rate", called="come again"),
                target("repeat_contact_rate"),
                title="Repeat contact rate of the last minutes",
                min_interval="30m",
                width=9,
            ),
            table(
                in_window("first_contact_resolution", "provisional", QUEUE, called="resolved at first contact"),
                in_window("repeat_contact_rate", "rate", QUEUE, called="come again"),
                in_window("calls_to_resolution", "mean", QUEUE, called="contacts to the resolution"),
                standing("callbacks_owed", by=QUEUE, called="callbacks owed"),
                standing("callbacks_owed", "oldest", QUEUE, called="longest wait for one"),
                title="Contacts, by queue",
                height=7,
            ),
        ),
    )


def _preferred() -> Query:
    kpi = row("preferred_channel", "share")
    family = selector("preferred_channel_customers")
    return Query(
        expr=f"sum by (channel) ({family}) / on () group_left () (sum({family}) > 0)",
        name="{{channel}}",
        says=f"`{kpi.name}`: {kpi.help} {SITE}",
        tells=((kpi.name, kpi.stat),),
        unit=UNITS[kpi.unit],
    )


def _customers() -> Shelf:
    none = "no customers known"
    return Shelf(
        "Whether they stay",
        (
            stat(standing("customers", "now"), none=none),
            stat(
                in_window("customers", "joined", called="joined"),
                in_window("customers", "left", called="left"),
                title="Came and went",
                none=none,
            ),
            stat(in_window("retention_rate", "rate", window=DAY), title="Retention today", none=none),
            stat(
                in_window("churn_rate", "gross", window=DAY, called="gross"),
                in_window("churn_rate", "net", window=DAY, called="net"),
                title="Churn today",
                none=none,
            ),
            stat(in_window("referral_rate", "rate"), none="nobody joined"),
            stat(in_window("lifetime_value", "mean", window=DAY), title="Lifetime value", none="no purchases"),
            series(standing("customers", "now", called="customers"), title="Customers", none=none, width=8),
            series(
                lately("customers", "joined", called="joined"),
                lately("customers", "left", called="left"),
                title="Joined and left in an hour",
                min_interval="30m",
                width=8,
            ),
            series(
                in_window("engagement", "rate", window=DAY, called="of customers"),
                title="Engagement of the day",
                none=none,
                maximum=1,
                width=4,
            ),
            stat(
                in_window("engagement", "per_customer", window=DAY, called="activities each"),
                part_in_window("purchases", called="purchases"),
                title="Activity",
                none=none,
                height=8,
            ),
        ),
    )


def _articles() -> Shelf:
    none = "nothing was read"
    return Shelf(
        "What they read",
        (
            stat(in_window("articles_read", "count"), none=none),
            stat(in_window("article_contact_rate", "rate"), title="Asked for help from the page", none=none),
            stat(
                in_window("article_read_time", "mean", called="mean"),
                in_window("article_read_time", "p50", called="p50"),
                title="Reading time",
                none=none,
            ),
            stat(in_window("articles_per_request", "ratio"), title="Articles per request", none=none),
            stat(in_window("articles_per_request", "per_call"), title="Articles per call", none=none),
            stat(part_in_window("article_views", called="views"), title="Views", none=none),
            series(
                lately("articles_read", "count", called="read"), title="Articles read in an hour", min_interval=SETTLED, width=24, height=6
            ),
        ),
    )

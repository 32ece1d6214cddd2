"""Counts of what belongs to no queue: customers and articles."""

from __future__ import annotations

from collections.abc import Iterator

from schemas import fields as f
from streams.outputs.parts.part import HELPS, Part, one


def site_parts() -> Iterator[Part]:
    def part(stem: str, kpi: str, help_: str, field: int, counter: bool = True) -> Part:
        return Part(stem=stem, kpi=kpi, scope="site", help=help_, counts=one(field), counter=counter)

    yield part("customers_joined", "customers", "Who became a customer.", f.CUSTOMERS_JOINED)
    yield part("customers_referred", "referral_rate", "Of them those who came by referral.", f.CUSTOMERS_REFERRED)
    yield part("customers_left", "customers", "Who is no customer any more.", f.CUSTOMERS_LEFT)
    yield part("customer_activities", "engagement", "What customers did: visits, logins, contacts and so on.", f.ACTIVITIES)
    yield part("purchases", "lifetime_value", "Purchases of customers.", f.PURCHASES)
    yield part("article_views", "article_contact_rate", "Views of articles.", f.VIEWS)
    yield part(
        "article_views_contacted", "article_contact_rate", "Views of articles whose reader asked for help.", f.VIEWS_CONTACTED, False
    )
    yield part("articles_read", "articles_read", HELPS["articles_read"], f.ARTICLES_READ)
    yield part("article_readings", "article_read_time", "Articles read, at the end of their reading time.", f.ARTICLE_READ, False)
    what, read_ms = "Reading time of the articles read.", one(f.ARTICLE_READ + 1)
    yield Part(stem="article_read_seconds", kpi="article_read_time", scope="site", help=what, counts=read_ms, in_ms=True, counter=False)

"""What the fold makes of views of articles."""

from __future__ import annotations

from schemas import fields as f
from schemas.values import SITE, Cell
from streams.core.cases.articles import VIEWS
from streams.core.cases.fold import Fact
from tests.core.cases.other_tales import POLICY, contacted, ms, opened, read, tell

RESET = Cell("", "", "", "article:reset")


def test_a_view_counts_for_the_site_and_once_more_for_the_article():
    tale = tell(opened(1))
    assert tale.at(1, SITE) == tale.at(1, RESET) == {f.VIEWS: 1}
    assert {cell for _, _, cell in tale.facts} == {SITE, RESET}


def test_ten_seconds_are_a_read_and_less_is_none():
    assert tell(opened(1), read(2, 9.999)).at(2) == {}
    assert tell(opened(1), read(2, 10)).at(2, RESET) == {f.ARTICLES_READ: 1, f.ARTICLE_READ: 1, -f.ARTICLE_READ: 10_000}


def test_a_later_reading_time_takes_the_place_of_the_former():
    tale = tell(opened(1), read(2, 15), read(3, 40.5))
    assert tale.at(2) == {f.ARTICLES_READ: 1}, "known since then"
    assert tale.at(3) == {f.ARTICLE_READ: 1, -f.ARTICLE_READ: 40_500}, "as long as that"
    taken_back = tell(opened(1), read(2, 15), read(3, 4))
    assert (taken_back.total(f.ARTICLES_READ), taken_back.total(f.ARTICLE_READ)) == (0, 0)
    assert tell(opened(1), read(2, 15), read(3, 4), read(4, 11)).at(4)[f.ARTICLES_READ] == 1


def test_a_reader_who_asks_for_help_counts_once_at_the_view():
    tale = tell(opened(1), contacted(3), contacted(4))
    assert tale.at(1, RESET) == {f.VIEWS: 1, f.VIEWS_CONTACTED: 1}


def test_a_view_not_seen_opened_is_opened_by_its_first_event_and_of_no_article():
    tale = tell(read(2, 20), contacted(3))
    assert tale.at(2, SITE) == {f.VIEWS: 1, f.VIEWS_CONTACTED: 1, f.ARTICLES_READ: 1, f.ARTICLE_READ: 1, -f.ARTICLE_READ: 20_000}
    assert {cell for _, _, cell in tale.facts} == {SITE}


def test_the_article_holds_for_the_whole_view_wherever_it_is_named():
    tale = tell(read(2, 20), opened(5))
    assert tale.at(2, RESET) == {f.VIEWS: 1, f.ARTICLES_READ: 1, f.ARTICLE_READ: 1, -f.ARTICLE_READ: 20_000}
    assert tale.total(f.VIEWS) == 1


def test_the_article_holds_for_what_was_sealed_before_it_was_named():
    sealed = VIEWS.begin(None, [])
    for event in (read(2, 20), contacted(3)):
        VIEWS.step(sealed, event, POLICY, [])
    facts: list[Fact] = []
    VIEWS.step(VIEWS.begin(sealed, [opened(12)]), opened(12), POLICY, facts)
    assert {cell for _, _, cell, _, _ in facts} == {RESET}, "the site has had it"
    assert sorted((field, at_ms, value, weight) for field, at_ms, _, value, weight in facts) == sorted(
        [
            (f.VIEWS, ms(2), 0, 1),
            (f.VIEWS_CONTACTED, ms(2), 0, 1),
            (f.ARTICLES_READ, ms(2), 0, 1),
            (f.ARTICLE_READ, ms(2), 20_000, 1),
        ]
    )

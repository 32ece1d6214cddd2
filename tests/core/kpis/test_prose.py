"""Every KPI is told in words: a row without them cannot be explained to anybody."""

from __future__ import annotations

import re

import pytest

from streams.core.kpis.catalogue import CATALOGUE, NAMES
from streams.core.kpis.prose import PROSE

STATS = {name: {kpi.stat for kpi in CATALOGUE if kpi.name == name} for name in NAMES}


def test_every_kpi_has_prose():
    missing = sorted(set(NAMES) - set(PROSE))
    assert not missing, (
        f"no words on {', '.join(missing)}: add a Prose (definition, edges, elsewhere, left_out) under each name to the file of its group "
        "in streams/core/kpis/prose, and a new file to PROSE in its __init__.py"
    )


def test_there_is_no_prose_on_what_is_no_kpi():
    assert sorted(set(PROSE) - set(NAMES)) == []


@pytest.mark.parametrize("name", PROSE)
def test_words_are_sentences_and_name_what_there_is(name):
    prose = PROSE[name]
    said = [prose.definition, *prose.edges]
    assert all(sentence[0].isupper() or sentence[0] == "`" for sentence in said), f"{name}: a sentence begins with a capital: {said}"
    assert all(sentence.endswith((".", "?")) for sentence in said), f"{name}: a sentence ends with a full stop: {said}"
    told = [*said, *(other.says for other in prose.elsewhere), *(part.why for part in prose.left_out)]
    for quoted in re.findall(r"`([a-z_]+)`", " ".join(told)):
        known = {*NAMES, *STATS[name], *(value for kpi in CATALOGUE for value in (*kpi.labels, *kpi.labels.values()))}
        assert quoted in known or quoted in OTHER_WORDS, f"{name}: `{quoted}` is neither a KPI nor one of its statistics"


OTHER_WORDS = {
    *("call_id", "customer_id", "case_id", "closed", "no_agents", "requeued", "pending", "on_hold", "bot", "thanks", "auto"),
    *("max", "min", "left_after"),
    *("until", "min_group"),
    *("voice", "web", "form", "phone", "chat", "other"),
    *("reassignments", "escalations"),
}
"""Fields and words of events, and KPIs that others speak of."""


@pytest.mark.parametrize("name", PROSE)
def test_what_is_left_out_concerns_statistics_that_there_are(name):
    for part in PROSE[name].left_out:
        assert set(part.stats) <= STATS[name], f"{name}: {part.what} is left out of {set(part.stats) - STATS[name]}, which is no statistic"
        assert part.count is None or not part.standings, f"{name}: {part.what} is counted or stands, not both"


def test_no_sentence_stands_twice_in_one_place():
    for name, prose in PROSE.items():
        assert len(set(prose.edges)) == len(prose.edges), name
        names = [(other.product, other.figure) for other in prose.elsewhere]
        assert len(set(names)) == len(names), name

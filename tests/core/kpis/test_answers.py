"""What people answer, as figures: golden ones, late and replaced answers, and the naive formula over the raw answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.clocks.policy import Policy
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.comparison import from_panes
from streams.core.row import Row
from streams.core.snapshot import Snapshot
from tests.core.cases.other_tales import answered, ms, sent
from tests.core.driving import KeptShard, one, report_rows, settings, told

NOW = 10.5  # Thursday noon, 2024-03-14
GOLDEN_CSAT = (5, 5, 4, 3, 1)
GOLDEN_NPS = (9, 9, 9, 10, 10, 10, 7, 8, 0, 6)
GOLDEN_CES = (7, 6, 5, 2)


def answers(scores: Iterable[float], kind: str = "csat", day: float = 10.1, **more: Any) -> list[Any]:
    return [answered(day, score, kind, f"S{number}", **more) for number, score in enumerate(scores)]


def board_of(events: Iterable[Any], now: float = NOW, **policy: Any) -> Snapshot:
    shard = KeptShard(settings(policy=Policy(**policy)))
    for number, event in enumerate(events):
        shard.says("surveys", told(event, f"e{number:03}"))
    shard.at(ms(now))
    return shard.board(ms(now))


def row(events: Iterable[Any], kpi: str, stat: str, window: str = "today", **labels: str) -> Row:
    return one(board_of(events), kpi, stat, window, **labels)


def test_golden_csat_5_5_4_3_1_is_60_per_cent_and_3_6():
    snapshot = board_of(answers(GOLDEN_CSAT))
    assert one(snapshot, "csat", "top2", "today").value == pytest.approx(0.6)
    assert one(snapshot, "csat", "top2", "today").samples == 5
    assert one(snapshot, "csat", "mean", "today").value == pytest.approx(3.6)
    by_score = {r.labels["score"]: r.value for r in snapshot.rows(kpis=["csat_answers"], windows=["today"]) if list(r.labels) == ["score"]}
    assert by_score == {"5": 2, "4": 1, "3": 1, "1": 1}


def test_golden_nps_6_promoters_2_passives_2_detractors_is_40():
    snapshot = board_of(answers(GOLDEN_NPS, "nps"))
    assert one(snapshot, "nps", "score", "today").value == pytest.approx(40)
    assert [one(snapshot, "nps", stat, "today").value for stat in ("promoters", "passives", "detractors")] == [6, 2, 2]


def test_golden_ces_7_6_5_2_is_5_and_75_per_cent():
    snapshot = board_of(answers(GOLDEN_CES, "ces"))
    assert one(snapshot, "ces", "mean", "today").value == pytest.approx(5.0)
    assert one(snapshot, "ces", "share", "today").value == pytest.approx(0.75)


def test_vector_42_a_score_of_0_is_a_detractor_and_a_re_rating_takes_the_place_of_the_first():
    assert row([answered(10.1, 0, "nps")], "nps", "score").value == -100
    snapshot = board_of([answered(10.1, 1), answered(10.2, 5), answered(10.15, 3)])
    assert (one(snapshot, "csat", "mean", "today").value, one(snapshot, "csat", "mean", "today").samples) == (5.0, 1)


def test_reviews_are_per_cent_of_the_best_there_could_be():
    assert row(answers((80, 95), "iqs"), "iqs", "mean").value == pytest.approx(87.5)
    assert row(answers((4, 2), "iqs", max=4), "iqs", "mean").value == pytest.approx(75)


def test_nobody_who_answers_is_no_sample():
    snapshot = board_of([sent(10.1, "nps")], now=10.2)
    for kpi, stat in (("csat", "top2"), ("csat", "mean"), ("csat", "response_rate"), ("nps", "score"), ("ces", "mean"), ("iqs", "mean")):
        found = [r for r in snapshot.rows(kpis=[kpi], windows=["today"]) if r.stat == stat]
        assert all(r.value is None and r.reason == "no_sample" for r in found)


def test_one_answer_is_all_of_them():
    snapshot = board_of([answered(10.1, 4)])
    assert (one(snapshot, "csat", "top2", "today").value, one(snapshot, "csat", "mean", "today").value) == (1.0, 4.0)


def test_a_late_answer_corrects_the_day_that_it_belongs_to():
    snapshot = board_of([answered(10.1, 5, survey_id="A"), answered(9.5, 1, survey_id="B")])
    assert one(snapshot, "csat", "mean", "today").value == 5.0
    assert one(snapshot, "csat", "mean", "yesterday").value == 1.0
    assert one(snapshot, "csat", "mean", "7d").value == 3.0


def test_an_answer_replaced_on_another_day_leaves_the_first_one():
    snapshot = board_of([answered(9.5, 1), answered(10.1, 5)])
    assert one(snapshot, "csat", "mean", "yesterday").reason == "no_sample"
    assert one(snapshot, "csat", "mean", "today").value == 5.0


def test_the_response_rate_is_of_surveys_sent_whenever_the_answer_comes():
    events = [
        *(sent(9.1, survey_id=f"S{number}") for number in range(4)),
        answered(10.1, 5, survey_id="S0"),
        answered(10.2, 1, survey_id="X"),
    ]
    snapshot = board_of(events)
    assert one(snapshot, "csat", "response_rate", "yesterday").value == 0.25
    assert one(snapshot, "csat", "response_rate", "today").reason == "no_sample"


def test_answers_are_told_by_queue_and_channel_and_by_agent_where_the_site_wants_it():
    people = ("bob", "cem", "dan", "eve")
    of_others = (answered(10.1, 3, survey_id=f"Z{person}", agent_id=person) for person in people)
    events = [*answers((5, 1), queue="billing", channel="chat", agent_id="ann"), *of_others]
    snapshot = board_of(events)
    assert one(snapshot, "csat", "mean", "today", queue="billing", channel="chat").value == 3.0
    assert not [r for r in snapshot.rows(kpis=["csat"], windows=["today"]) if "agent" in r.labels]
    allowed = {
        r.labels["agent"]: r.value
        for r in board_of(events, per_agent=True).rows(kpis=["csat"], windows=["today"])
        if "agent" in r.labels and r.stat == "mean"
    }
    assert allowed == dict.fromkeys(("ann", *people), 3.0)
    assert one(board_of(events, per_agent=True), "csat", "mean", "today").samples == 6, "nobody counts twice"


def test_agents_answers_show_in_finished_weeks_and_months_alone_rounded_and_from_five_on():
    """Last week is that of the 4th of March; 5 4 4 3 2 are 3.6 and 60 %, with a 2 more 3.33 and 50 %."""
    five = answers((5, 4, 4, 3, 2), "agent_satisfaction", day=2.5)
    snapshot = board_of(five)
    rows = {(r.stat, r.window): (r.value, r.reason) for r in snapshot.rows(kpis=["agent_satisfaction"])}
    assert rows == {
        ("mean", "last_week"): (3.6, None), ("share", "last_week"): (0.6, None),
        ("mean", "last_month"): (None, "no_sample"), ("share", "last_month"): (None, "no_sample"),
    }  # fmt: skip
    more = board_of([*five, answered(3, 2, "agent_satisfaction", "S9", queue="billing", agent_id="ann")], per_agent=True)
    assert {tuple(r.labels) for r in more.rows(kpis=["agent_satisfaction"])} == {()}
    assert one(more, "agent_satisfaction", "mean", "last_week").value == 3.3
    few = one(board_of(five[:4]), "agent_satisfaction", "mean", "last_week")
    assert (few.value, few.reason) == (None, "hidden")


SCALES = {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7), "iqs": (0, 100)}
told_scores = st.sampled_from(sorted(SCALES)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.integers(*SCALES[kind]), st.integers(0, 5), st.floats(4, 10.4).map(lambda day: round(day, 3)))
)


@given(st.lists(told_scores, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_in_any_order_and_repeated_the_figures_are_those_of_the_latest_answer_of_each_survey(told_, rng):
    events = [answered(day, score, kind, f"S{survey}") for kind, score, survey, day in told_]
    lines = [("surveys", told(event, f"e{number:02}")) for number, event in enumerate(events)]
    latest: dict[str, tuple[Any, ...]] = {}
    for number, event in enumerate(events):
        key = (event.time, f"e{number:02}", event.kind, event.score)
        latest[event.survey_id] = max(latest.get(event.survey_id, key), key)
    of_kind: dict[str, list[float]] = {}
    for _, _, kind, score in latest.values():
        of_kind.setdefault(kind, []).append(score)
    mixed = [*lines, *rng.choices(lines, k=3)]
    rng.shuffle(mixed)
    found = {(r["kpi"], r["stat"]): r["value"] for r in report_rows(mixed, partitions=2, batch=3) if not r["labels"]}
    for kind in ("csat", "ces", "iqs"):
        scores = of_kind.get(kind)
        assert found[kind, "mean"] == (pytest.approx(sum(scores) / len(scores)) if scores else None)
    csat, nps, ces = of_kind.get("csat", []), of_kind.get("nps", []), of_kind.get("ces", [])
    assert found["csat", "top2"] == (pytest.approx(sum(score >= 4 for score in csat) / len(csat)) if csat else None)
    assert found["ces", "share"] == (pytest.approx(sum(score >= 5 for score in ces) / len(ces)) if ces else None)
    net = sum(score >= 9 for score in nps) - sum(score <= 6 for score in nps)
    assert found["nps", "score"] == (pytest.approx(100 * net / len(nps)) if nps else None)


def test_what_agents_say_has_no_history():
    assert not any(from_panes(kpi.formula) for kpi in CATALOGUE if kpi.name == "agent_satisfaction")

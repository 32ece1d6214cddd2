"""What the fold makes of surveys."""

from __future__ import annotations

import pytest

from schemas import fields as f
from schemas.values import SITE, Cell
from streams.core.cases.surveys import usual_score
from streams.core.clocks.policy import Policy
from tests.core.cases.other_tales import answered, sent, tell

BILLING = Cell("billing", "chat", "normal")


def test_an_answer_counts_under_its_labels_at_its_instant():
    tale = tell(answered(1, 4, queue="billing", channel="chat"))
    assert tale.at(1, BILLING) == {f.CSAT[4]: 1, f.CSAT_SCORES: 4_000}


def test_a_later_answer_of_the_same_survey_takes_the_place_of_the_former():
    tale = tell(answered(1, 2, queue="billing", channel="chat"), answered(3, 5))
    assert tale.at(1) == {}
    assert tale.at(3, Cell("", "other", "normal")) == {f.CSAT[5]: 1, f.CSAT_SCORES: 5_000}


def test_an_answer_that_was_overtaken_on_the_way_changes_nothing():
    assert tell(answered(3, 5), answered(1, 2)).facts == tell(answered(3, 5)).facts


@pytest.mark.parametrize(
    ("score", "group"), [(0, "detractors"), (6, "detractors"), (7, "passives"), (8, "passives"), (9, "promoters"), (10, "promoters")]
)
def test_promoters_passives_and_detractors(score, group):
    assert tell(answered(1, score, "nps")).at(1) == {f.NPS[group]: 1}


def test_effort_review_and_agent_satisfaction():
    assert tell(answered(1, 5, "ces")).at(1) == {f.CES: 1, f.CES_SCORES: 5_000, f.CES_EASY: 1}
    assert tell(answered(1, 4.9, "ces")).at(1) == {f.CES: 1, f.CES_SCORES: 4_900}
    assert tell(answered(1, 87.5, "iqs")).at(1) == {f.IQS: 1, f.IQS_SCORES: 87_500}
    assert tell(answered(1, 0, "iqs")).at(1) == {f.IQS: 1}


def test_what_agents_say_of_their_work_has_no_labels():
    tale = tell(answered(1, 4, "agent_satisfaction", queue="billing", agent_id="ann"), policy=Policy(per_agent=True))
    assert {cell for _, _, cell in tale.facts} == {SITE}
    assert tale.at(1) == {f.AGENT_SATISFACTION: 1, f.AGENT_SATISFACTION_SCORES: 4_000, f.AGENTS_SATISFIED: 1}


def test_an_agent_has_a_cell_of_their_own_only_where_the_site_wants_it():
    ann = Cell("", "", "", "agent:ann")
    assert tell(answered(1, 4, agent_id="ann")).at(1, ann) == {}
    assert tell(answered(1, 4, agent_id="ann"), policy=Policy(per_agent=True)).at(1, ann) == {f.CSAT[4]: 1, f.CSAT_SCORES: 4_000}


def test_a_survey_that_was_sent_and_answered_counts_at_its_sending():
    assert tell(sent(1)).at(1) == {f.CSAT_SENT: 1}
    assert tell(sent(1), answered(4, 5)).at(1) == {f.CSAT_SENT: 1, f.CSAT_SENT_ANSWERED: 1}
    assert tell(answered(1, 5), sent(2)).at(2) == {f.CSAT_SENT: 1, f.CSAT_SENT_ANSWERED: 1}


def test_a_reminder_or_a_second_answer_is_not_counted_again():
    tale = tell(sent(1), sent(2), answered(3, 5), answered(4, 1))
    assert (tale.total(f.CSAT_SENT), tale.total(f.CSAT_SENT_ANSWERED)) == (1, 1)


def test_surveys_of_other_kinds_have_no_response_rate():
    assert tell(sent(1, "nps"), answered(2, 9, "nps")).at(1) == {}


@pytest.mark.parametrize(
    ("score", "scale", "usual"),
    [
        (1, {"min": 0, "max": 1}, 5_000),  # a thumb up
        (0, {"min": 0, "max": 1}, 1_000),
        (10, {"max": 10}, 5_000),
        (1, {"max": 10}, 1_000),
        (7.75, {"max": 10}, 4_000),  # three quarters of the way from 1 to 10
        (2, {"max": 3}, 3_000),
        (8, {"max": 10}, 4_111),  # 1 + 4 * 7/9, cut off
        (50, {"min": -100, "max": 100}, 4_000),
        (4.0009, {}, 4_000),
    ],
)
def test_a_score_of_another_scale_is_moved_to_the_usual_one(score, scale, usual):
    assert usual_score(answered(0, score, **scale)) == usual


def test_the_usual_scale_of_promoters_begins_at_nothing():
    assert usual_score(answered(0, 4, "nps", max=5)) == 8_000
    assert usual_score(answered(0, 5, "nps", min=1, max=5)) == 10_000
    assert usual_score(answered(0, 3, "nps", min=1, max=5)) == 5_000


def test_a_scale_of_no_length_gives_the_lowest_score():
    assert usual_score(answered(0, 1.0001, min=1.0, max=1.0002)) == 1_000

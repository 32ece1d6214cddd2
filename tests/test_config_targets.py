"""`[target.NAME]` in site.toml: of which statistic, for whom, and what is refused."""

from __future__ import annotations

import pytest

from streams.core.kpis.targets import Marks, Target
from tests.test_config import complaints_of, config_of


def target_of(toml: str) -> Target:
    (found,) = config_of(toml).targets
    return found


def test_a_target_that_says_no_more_means_the_first_statistic_of_the_catalogue():
    found = target_of('target.abandon_rate = { better = "low", warn = 0.05, crit = 0.10 }')
    assert found == Target(kpi="abandon_rate", stat="of_decided", better="low", marks=Marks(0.05, 0.10))


def test_another_statistic_has_its_own_unit():
    found = target_of('target.speed_of_answer = { stat = "p90", better = "low", warn = 45 }')
    assert (found.stat, found.marks) == ("p90", Marks(45.0, None))
    within = target_of('target.first_response_time = { stat = "within_target", better = "high", warn = 0.9 }')
    assert within.labels == {"responder": "human", "clock": "calendar"}
    bots = target_of(
        'target.first_response_time = { better = "low", warn = 5, labels = { responder = "bot", clock = "calendar" } }',
    )
    assert (bots.stat, bots.labels["responder"]) == ("mean", "bot")


def test_a_queue_may_have_marks_of_its_own_and_what_it_does_not_say_is_as_for_all():
    found = target_of("""
        [target.abandon_rate]
        better = "low"
        warn = 0.05
        crit = 0.10
        [target.abandon_rate.queue.sales]
        warn = 0.02
        [target.abandon_rate.queue."night line"]
        warn = 0.20
        crit = 0.40
    """)
    assert found.queues == {"sales": Marks(0.02, 0.10), "night line": Marks(0.20, 0.40)}
    assert [found.marks_of(queue) for queue in (None, "billing", "sales")] == [Marks(0.05, 0.10), Marks(0.05, 0.10), Marks(0.02, 0.10)]


def test_there_may_be_marks_of_queues_alone():
    found = target_of('target.abandon_rate = { better = "low", queue.sales = { crit = 0.02 } }')
    assert (found.marks, found.queues) == (Marks(), {"sales": Marks(None, 0.02)})


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ("target.abandon_rat = { warn = 0.1 }", "target.abandon_rat: there is no such KPI: did you mean abandon_rate?"),
        (
            'target.abandon_rate = { better = "low", stat = "of_decidd", warn = 0.1 }',
            'target.abandon_rate.stat is "of_decidd": expected one of of_decided, of_offered, of_offered_net: did you mean of_decided?',
        ),
        (
            'target.abandon_rate = { better = "low", warn = 0.1, queue.sales = { crit = 0.05 } }',
            'target.abandon_rate.queue.sales.crit is 0.05: with better = "low" it lies above warn, 0.1 here',
        ),
        (
            'target.abandon_rate = { better = "low", crit = 0.1, queue.sales = { warn = 0.2 } }',
            'target.abandon_rate.queue.sales.warn is 0.2: with better = "low" it lies below crit, 0.1 here',
        ),
        (
            'target.abandon_rate = { better = "low", warn = 0.1, queue.sales = { } }',
            "target.abandon_rate.queue.sales.warn is not set: a target needs warn, crit or both",
        ),
        (
            'target.abandon_rate = { better = "low", warn = 0.1, queue.sales = { warm = 0.2, warn = 0.2 } }',
            "target.abandon_rate.queue.sales.warm = 0.2 is not a known key: did you mean target.abandon_rate.queue.sales.warn?",
        ),
        (
            'target.abandon_rate = { better = "low", warn = 0.1, labels = { direction = "outbound" } }',
            'target.abandon_rate.labels is { direction = "outbound" }: abandon_rate of_decided has no labels of its own: take it out',
        ),
        (
            'target.handle_time = { better = "low", warn = 300, labels = { direction = "inbound" } }',
            'target.handle_time.labels is { direction = "inbound" }: expected { direction = "outbound" }',
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_key(toml, complaint):
    assert complaints_of(toml) == (f"site.toml: {complaint}",)

"""Reading site.toml again: what of a change is in force at once, what waits for a restart, and how both are called."""

from __future__ import annotations

import pytest

from streams.config.reload import Reloaded, reloaded
from tests.test_config import config_of

OFFICE = 'calendar.office.hours = { mon-fri = "08:00-18:00" }\nqueue.billing.calendar = "office"\n'


def after(before: str, now: str) -> Reloaded:
    return reloaded(config_of(before), config_of(before), config_of(now))


@pytest.mark.parametrize(
    ("before", "now", "taken"),
    [
        ("", 'board.sales.tiles = ["waiting"]', ("boards",)),
        ("", 'target.abandon_rate = { better = "low", warn = 0.05 }', ("targets",)),
        ("", 'backlog.after = "8h"', ("backlog",)),
        ("queue.billing = {}", 'queue.billing = { title = "Billing", target = 0.9 }', ("queue",)),
        (OFFICE, OFFICE.replace("18:00", "17:00"), ("calendar",)),
        ("[[sla]]\nfirst_response = '1h'", "[[sla]]\nfirst_response = '1h'\nqueue = 'billing'", ("sla",)),
    ],
)
def test_what_is_shown_and_what_is_promised_is_in_force_at_once(before, now, taken):
    found = after(before, now)
    assert (found.taken, found.late) == (taken, ())
    assert found.config == config_of(now)


@pytest.mark.parametrize(
    ("now", "late"),
    [
        ('zone = "Europe/Riga"', ("zone",)),
        ('reset = "04:00"\ncheckpoint_interval = 2.0', ("reset", "checkpoint_interval")),
        ('http.address = "127.0.0.1:9000"\nprivacy.case_ids = true', ("http", "privacy")),
        ('limits.lateness = "3d"', ("limits",)),
    ],
)
def test_all_else_waits_for_a_restart_and_is_named_as_the_file_calls_it(now, late):
    found = after("", now)
    assert (found.taken, found.late) == ((), late)
    assert found.config == config_of("")


def test_thresholds_are_edges_of_histograms_and_wait_with_all_that_is_promised():
    now = 'queue.billing.threshold_seconds = 33\nboard.sales.tiles = ["waiting"]'
    found = after("queue.billing = {}", now)
    assert (found.taken, found.late) == (("boards",), ("queue",))
    assert found.config.queues == config_of("queue.billing = {}").queues


def test_what_was_put_right_since_it_was_read_stays_so():
    """Of a Kafka without the topic the input is off, whatever the file says."""
    before, now = config_of(""), config_of('board.sales.tiles = ["waiting"]')
    running = config_of('topics.surveys = ""')
    found = reloaded(running, before, now)
    assert found.config.topics == running.topics
    assert (found.config.boards, found.late) == (now.boards, ())

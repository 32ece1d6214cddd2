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


def test_what_had_to_wait_is_taken_as_soon_as_nothing_keeps_it():
    """A promise that needs a restart keeps the title waiting; without it the title is in force."""
    started, titled = config_of("queue.billing = {}"), 'queue.billing = { title = "Billing", target = 0.9 }\n'
    first = reloaded(started, started, config_of(f"{titled}[[sla]]\nfirst_response = '3h'"))
    assert (first.taken, first.late) == ((), ("queue", "sla"))
    second = reloaded(first.config, started, config_of(titled))
    assert (second.taken, second.late) == (("queue",), ())
    assert second.config == config_of(titled)


def test_what_waits_for_a_restart_is_named_at_each_reload_until_the_file_takes_it_back():
    started, now = config_of(""), config_of("limits.lateness = '3d'\n[[sla]]\nfirst_response = '3h'")
    first = reloaded(started, started, now)
    again = reloaded(first.config, started, now)
    assert again.late == first.late
    assert set(again.late) == {"limits", "sla"}
    assert reloaded(again.config, started, started).late == ()


def test_what_is_in_force_is_not_new_when_it_is_read_again():
    started, now = config_of(""), config_of('board.sales.tiles = ["waiting"]')
    first = reloaded(started, started, now)
    assert reloaded(first.config, started, now).taken == ()

"""Defaults of thresholds, targets and limits, and what a queue sets for itself (metrics.md, sections 4 and 7; events.md, the clock)."""

from __future__ import annotations

import msgspec
import pytest

from schemas.values import CHANNELS, HOUR_MS, MINUTE_MS, SECOND_MS, DurationMs
from streams.core.clocks.policy import Policy, QueuePolicy

OWN = Policy(queues={"billing": QueuePolicy(threshold_ms=DurationMs(30_000)), "vip": QueuePolicy(short_abandon_ms=DurationMs(0))})


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_threshold_is_20_s_and_60_s_for_chat_and_video(channel):
    assert Policy().threshold_ms("billing", channel) == (60 if channel in ("chat", "video") else 20) * SECOND_MS


def test_a_queue_can_have_a_threshold_and_a_short_abandon_of_its_own():
    assert OWN.threshold_ms("billing", "chat") == 30_000
    assert OWN.threshold_ms("vip", "chat") == 60_000
    assert OWN.threshold_ms("other", "phone") == 20_000
    assert OWN.short_abandon_ms("billing") == OWN.short_abandon_ms("other") == 5 * SECOND_MS
    assert OWN.short_abandon_ms("vip") == 0


@pytest.mark.parametrize(
    ("channels", "target_ms"),
    [
        (("phone", "video"), 4 * MINUTE_MS),
        (("chat",), 2 * MINUTE_MS),
        (("social", "sms", "messaging"), HOUR_MS),
        (("email", "form", "forum", "other"), 24 * HOUR_MS),
    ],
)
def test_response_targets_are_those_of_the_channel(channels, target_ms):
    assert {Policy().response_target_ms(channel) for channel in channels} == {target_ms}


def test_limits_are_4_hours_in_a_queue_24_in_a_chat_12_of_talk_and_10_minutes_of_wrap_up():
    policy = Policy()
    assert {channel: policy.visit_limit_of(channel) // HOUR_MS for channel in ("phone", "video", "chat")} == {
        "phone": 4,
        "video": 4,
        "chat": 24,
    }
    assert (policy.talk_limit_ms, policy.wrap_up_limit_ms) == (12 * HOUR_MS, 10 * MINUTE_MS)


def test_rules_are_the_same_whatever_their_revision():
    assert OWN.same_rules(msgspec.structs.replace(OWN, revision=7))
    assert not OWN.same_rules(Policy())
    assert not Policy().same_rules(Policy(talk_limit_ms=DurationMs(HOUR_MS)))


def test_a_policy_comes_back_from_its_row_as_it_was():
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(OWN), type=Policy) == OWN

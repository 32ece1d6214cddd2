"""The example day of docs/kpis.md, counted by hand: what happened on it, and what follows for each figure.

Calls. In billing (20 s; short within 5 s):
    c1   waits 12 s, talks 150 s, is held 30 s, wrap-up 38 s
    c2   waits 31 s, talks 120 s, is passed on to support: waits 8 s, talks 180 s
    c3   gives up after 40 s
    c4   gives up after 3 s
    c5   leaves for voicemail after 15 s
    c6   leaves for a callback after 10 s
    c8   finds it closed
    c9   is missed by one, waits 19 s, talks 240 s, wrap-up 30 s; about t2
    c10  is seen for 12 s and never again
    c13  gives up after 15 s
    c15  waits since 120 s
    c16  waits since 10 s
    c17  waited 5 s and talks
    c18  waited 10 s and is on hold
In support by chat (60 s): c14 waits 45 s, talks 600 s. Nowhere: c7 finds the lines busy, c11 gives up in the menu, c12 is outbound:
talks 120 s, wrap-up 30 s. So of 13 visits ended 7 were answered, 2 abandoned, 1 each short, left, callback, unobserved, and none blocked.

Tickets.
    t1   is answered after 30 min, again after 10 min, and resolved after 90 min
    t2   is answered by a bot after 5 s, by a human 30 min after the handoff, is pending for 1 h and resolved after 2 h; reopened, answered
         after 10 min, resolved after 3 h
    t3   is urgent and comes by a social network (1 h): answered after 2 h, and open
    t4   was made by an agent for c1, and resolved after 5 min
    t5   is merged, t6 is spam
    t7   is 77 h old and on hold
    t8   waits since 1 h, and is urged on, t9 since now
    t0   was resolved after 2 h, a week ago

Customers who come. u1 writes t1 (twice) and t5, and calls (c1, of which t4 is the log); u2 calls (c2); u3 writes t2, gives up c3, writes
again, calls about it (c9); u4 writes t3 and finds the lines busy (c7); u5 writes t8, u6 t9, u7 t0. Nobody knows who the others are.

People. ann is there since 8:00, busy from 9:00, in wrap-up from 9:15 to 9:20, busy since 16:50. bob is there since 9:00, busy from 11:00,
at lunch from 12:00 to 13:00, busy from 15:00 to 16:00 and since 16:55. cem is available since 16:30. dan says available at 8:00 and is
heard at 8:00:30 for the last time: gone at 8:02. eve is known by a heartbeat. t3 is given to cem, t8 to dan, t7 to eve.

Promises. Mail is worked on from 9:00 to 18:00: a first answer within 1 h, later ones within 30 min, resolved within 8 h, pending and on
hold left out; what is urgent is answered within 1 h and resolved within 4 h, at any time; in billing nobody waits for more than 30 s.
t1 goes from ann to bob.

Surveys. Of 8 customers asked 5 answer: 5 5 4 3 1. Six would recommend us (9 or 10), two say 7 and 8, one 0 and one 6. It was easy: 7 6 5 2.
Reviewers find 80 and 95 of 100. The week before, five agents said 5 4 4 3 2 of their work.

Customers. Ten joined in February. Today two of them leave; three join, one by the program, one recommended, and one of these leaves
again. u1 is active three times, u2, u3 and u11 once. u2 buys for 29.90, u11 for 50.10. In March support costs 9,000, the company earns
120,000.

Articles. v1 is read for 12 s and then 40 s, v2 for 20 s, v3 for 4 s; the readers of v2 and v4 ask for help.
"""

from __future__ import annotations

from typing import Any

import pytest

from streams.cli.example import example_events, example_rows
from streams.core.kpis.catalogue import CATALOGUE, NAMES
from tests.cli.calling import deskpulse

HUMAN, BOT = "clock=calendar responder=human", "clock=calendar responder=bot"
HUMAN_HOURS, BOT_HOURS = "clock=business responder=human", "clock=business responder=bot"
MIN, H = 60, 3_600
WAITS = (5, 8, 10, 12, 19, 31, 45)
HANDLED = (120, 180, 150 + 30 + 38, 240 + 30, 600)
FIRST, FULL = (5 * MIN, 90 * MIN, 120 * MIN), (5 * MIN, 90 * MIN, 180 * MIN)
BUSINESS_FIRST, BUSINESS_FULL = (5 * MIN, 30 * MIN, 70 * MIN), (5 * MIN, 30 * MIN, 130 * MIN)  # from 9:00 on
WORKING_FIRST, WORKING_FULL = (5 * MIN, 60 * MIN, 90 * MIN), (5 * MIN, 90 * MIN, 120 * MIN)  # t2 less the hour pending


def spread(values: tuple[float, ...]) -> dict[str, Any]:
    """Mean and nearest ranks: of few values p90 and p95 are the last."""
    ordered = sorted(values)
    middle = ordered[(len(ordered) + 1) // 2 - 1]
    return {"mean": sum(values) / len(values), "p50": middle, "p90": ordered[-1], "p95": ordered[-1]}


def under(labels: str, values: dict[str, Any]) -> dict[str, Any]:
    return {f"{stat} {labels}": value for stat, value in values.items()}


NONE_YET = {"mean": None, "p50": None, "p90": None, "p95": None, "within_target": None, "count": 0}
BY_HAND: dict[str, dict[str, Any]] = {
    "request_volume": {"count": 17 + 7},  # all calls but c12; tickets of customers: all but t4, and t7, which was there before
    "contact_volume": {"count channel=phone": 16, "count channel=chat": 1, "count channel=email": 5, "count channel=form": 1,
                       "count channel=social": 1},
    "contact_share": {f"share channel={channel}": of / 24 for channel, of in
                      {"phone": 16, "chat": 1, "email": 5, "form": 1, "social": 1}.items()},
    "calls_received": {"count": 17},
    "calls_offered": {"count": 13 + 2},
    "calls_answered": {"count": 7},
    "calls_abandoned": {"count": 2},
    "calls_short_abandoned": {"count": 1},
    "calls_prequeue_abandoned": {"count": 1},
    "calls_left": {"count": 1, "count reason=voicemail": 1},
    "calls_callback": {"count": 1},
    "calls_unobserved": {"count": 1},
    "calls_transferred": {"count": 1},
    "offers_missed": {"count": 1},
    "calls_handled": {"count": 5 + 1, "count direction=outbound": 1},
    "calls_blocked": {"count": 2, "count reason=trunk_busy": 1, "count reason=closed": 1},
    "blockage": {"rate": 1 / 14, "distinct_callers": 1},
    "service_level": {
        "event": 6 / 10,  # in: 5 8 10 12 19 s and the chat; out: c2, c3, c13 and, while it waits, c15
        "answered": 6 / 7, "offered": 6 / 13, "abandons_ignored": 6 / 8, "abandons_hurt": 6 / 9, "abandons_help": 7 / 9,
        "connect": (6 + 1 + 1 + 1) / 13, "lowest": 6 / 11, "highest": 7 / 11,
        "answers_needed": 10,  # 16 of 20 are 80 %
    },
    "abandon_rate": {"of_decided": 2 / 9, "of_offered": 2 / 13, "of_offered_net": 2 / 12},
    "answer_rate": {"rate": 7 / 13},
    "left_rate": {"rate": 1 / 13},
    "speed_of_answer": {**spread(WAITS), "max": 45},
    "abandon_wait": {**spread((15, 40)), "max": 40},
    "handle_time": {**spread(HANDLED), "per_call": sum(HANDLED) / 4, "per_case": 240 + 30,
                    **under("direction=outbound", {**spread((150,)), "per_call": 150})},
    "talk_time": {"mean": (150 + 120 + 180 + 240 + 600) / 5, "mean direction=outbound": 120},
    "wrap_time": {"mean": (38 + 30) / 5, "mean direction=outbound": 30},
    "hold_time": {"per_held": 30, "per_handled": 30 / 5, "per_held direction=outbound": None, "per_handled direction=outbound": 0},
    "waiting": {"count": 2, "oldest": 120},
    "waiting_by_age": {"count age_band=0-20s": 1, "count age_band=20-60s": 0, "count age_band=1-2m": 1, "count age_band=2-5m": 0,
                       "count age_band=5m+": 0},
    "expected_wait": {"p50": 2 * 900 / 2, "p90": 3.889720169867429 * 900 / 2},  # c17 and c18 left the queue since 16:45
    "talking": {"count": 1},
    "holding": {"count": 1},
    "tickets_created": {"count": 8},
    "tickets_resolved": {"count": 4},
    "tickets_resolved_holding": {"count": 3},
    "tickets_reopened": {"count": 1},
    "tickets_merged": {"count": 1},
    "tickets_deleted": {"count": 1},
    "tickets_assigned": {"count": 7},  # t9 has no queue yet
    "open_cases": {"count": 2, "oldest": H},
    "unresolved_cases": {"count": 4, "count status=open": 3, "count status=pending": 0, "count status=on_hold": 1, "count status=bot": 0},
    "unassigned_cases": {"count": 1},
    "backlog": {"count": 1, "growth": 8 + 1 - 4 - 1 - 1, "days": 4 * (17 / 24) / 4},
    "backlog_by_age": {"count age_band=0-1h": 2, "count age_band=1-4h": 0, "count age_band=4-24h": 1, "count age_band=1-3d": 0,
                       "count age_band=3-7d": 1, "count age_band=7d+": 0},
    "first_response_time": {
        "oldest_unanswered": H,
        **under(HUMAN, {**spread((30 * MIN, 30 * MIN, 2 * H)), "within_target": 2 / 3, "count": 3}),
        **under(BOT, {**spread((5,)), "within_target": 1, "count": 1}),
        # t1 and t2 were answered before 9:00, t3 at 10:20.
        **under(HUMAN_HOURS, {**spread((0, 0, 80 * MIN)), "count": 3}),
        **under(BOT_HOURS, {**spread((0,)), "count": 1}),
    },
    "next_response_time": {
        "oldest_unanswered": None,
        **under(HUMAN, {**spread((10 * MIN, 10 * MIN)), "within_target": 1, "count": 2}),
        **under(BOT, NONE_YET),
        **under(HUMAN_HOURS, {**spread((10 * MIN, 10 * MIN)), "count": 2}),
        **under(BOT_HOURS, {name: value for name, value in NONE_YET.items() if name != "within_target"}),
    },
    "response_time": {
        "oldest_unanswered": H,
        **under(HUMAN, {**spread((10 * MIN, 10 * MIN, 30 * MIN, 30 * MIN, 2 * H)), "within_target": 4 / 5, "count": 5}),
        **under(BOT, {**spread((5,)), "within_target": 1, "count": 1}),
        **under(HUMAN_HOURS, {**spread((10 * MIN, 10 * MIN, 0, 0, 80 * MIN)), "count": 5}),
        **under(BOT_HOURS, {**spread((0,)), "count": 1}),
    },
    "resolution_rate": {"of_assigned": 3 / 5, "of_created": 3 / 6, "throughput": 4 / 8},  # without t5 and t6, which are gone
    "reopen_rate": {"rate": 1 / 4},
    "resolution_time": {
        **{
            f"{stat} clock={clock} to={to}": value
            for to, clock, times in (("first", "calendar", FIRST), ("first", "business", BUSINESS_FIRST),
                                     ("first", "working", WORKING_FIRST),
                                     ("full", "calendar", FULL), ("full", "business", BUSINESS_FULL), ("full", "working", WORKING_FULL))
            for stat, value in {**spread(times), "count": 3}.items()
        },
        # t1, t2 and t4 in time, t3 was due at 12:20
        "within_target clock=calendar to=first": 3 / 4, "within_target clock=calendar to=full": 3 / 4,
    },
    # In billing c1, c9, c17, c18 kept, c2, c3 and c15 broken; t1 and t2 kept, t3 broken, t8 due just now; t3 is not resolved.
    "sla_met": {"count": 4 + 2 + 2 + 3, "count clock=queue_wait": 4, "count clock=first_response": 2, "count clock=next_response": 2,
                "count clock=resolution": 3},
    "sla_breached": {"count": 3 + 1 + 1, "count clock=queue_wait": 3, "count clock=first_response": 1, "count clock=resolution": 1},
    "sla_clocks": {"count state=breached": 2, "count clock=queue_wait state=breached": 1, "count clock=resolution state=breached": 1,
                   "count state=at_risk": 1, "count clock=first_response state=at_risk": 1},
    # t8, and c16 in 20 s
    "sla_clocks_due": {"count band=0-5m": 2, "count band=0-5m clock=first_response": 1, "count band=0-5m clock=queue_wait": 1,
                       "count band=5-15m": 0, "count band=15-60m": 0},
    "escalations": {"count": 1, "rate": 1 / 6},  # t8, of the cases created but t5 and t6
    "reassignments": {"count": 1, "rate": 1 / 6},  # t1
    "agents": {f"count state={state}": n for state, n in
               {"available": 1, "busy": 2, "wrap_up": 0, "break": 0, "training": 0, "offline": 2}.items()},
    "occupancy": {"ratio": (20 + 10 + 60 + 60 + 5) / (9 * 60 + 7 * 60 + 30 + 2)},
    "conversations_per_agent": {"mean": 2 / 3},
    "requests_per_agent": {"mean": (3 + 1 + 3 + 1 + 1 + 1 + 1) / 5},
    # u1: t1 t1 t5 c1, u2: c2, u3: t2 c3 t2 c9, u4: t3, u5: t8, u6: t9; of u1 and u3 all but the first are repeats
    "repeat_contact_rate": {"rate": 6 / 12},
    # t1 took two contacts, t2 was reopened, t4 was one call; t0 is final today at 10:00
    "first_contact_resolution": {"provisional": 1 / 3, "final": 1.0},
    "calls_to_resolution": {"mean": (2 + 3 + 1) / 3},  # t2: written twice, called about once
    "preferred_channel": {"share channel=email": 4 / 7, "share channel=phone": 2 / 7, "share channel=social": 1 / 7,
                          "share channel=form": 0, "share channel=chat": 0},  # u3 used form and phone twice each, the phone last
    "callbacks_owed": {"count": 1, "oldest": 6 * H + 50 * MIN, "reached": 1 / 2},  # u4 since 10:10; u3 was reached by c9
    "csat": {"top2": 3 / 5, "mean": 18 / 5, "response_rate": 5 / 8},
    "csat_answers": {"count": 5, "count score=5": 2, "count score=4": 1, "count score=3": 1, "count score=1": 1},
    "nps": {"score": 100 * (6 - 2) / 10, "promoters": 6, "passives": 2, "detractors": 2},
    "ces": {"mean": 20 / 4, "share": 3 / 4},
    "iqs": {"mean": 87.5},
    "agent_satisfaction": {"mean": 3.6, "share": 0.6},
    "customers": {"now": 10, "joined": 3, "left": 3},
    "engagement": {"rate": 4 / 10, "per_customer": 6 / 4},
    "churn_rate": {"gross": 2 / 10, "net": 0},
    "retention_rate": {"rate": 8 / 10},
    "referral_rate": {"rate": 2 / 3},
    "lifetime_value": {"mean": 80 / 2 * (2 / 10) / (2 / 10)},  # however short the day: a fifth leaves in it, and buys for 8 each
    "support_cost_ratio": {"ratio": 0.075},
    "cost_per_ticket": {"mean": 9_000 / 8},
    "articles_per_request": {"ratio": 2 / 24, "per_call": 2 / 17},
    "articles_read": {"count": 2},
    "article_read_time": {"mean": 30, "p50": 20},
    "article_contact_rate": {"rate": 2 / 4},
}  # fmt: skip


def test_every_kpi_has_a_number_that_was_counted_by_hand():
    missing = sorted(set(NAMES) - set(BY_HAND))
    assert not missing, (
        f"no number by hand for {', '.join(missing)}: let something happen to it in streams/cli/example_day.jsonl, "
        "and write down here what has to come out"
    )


@pytest.mark.parametrize("kpi", BY_HAND)
def test_the_figures_of_the_example_day_are_those_counted_by_hand(kpi):
    found = {
        " ".join([row.stat, *(f"{label}={value}" for label, value in sorted(row.labels.items()))]): row.value
        for row in example_rows()
        if row.kpi == kpi
    }
    # Percentiles are the edges of buckets, at most 1 % above.
    assert found == {name: value if value is None else pytest.approx(value, rel=1e-9) for name, value in BY_HAND[kpi].items()}


def test_every_statistic_of_a_kpi_occurs_in_the_example():
    assert {(row.kpi, row.stat) for row in example_rows()} == {(kpi.name, kpi.stat) for kpi in CATALOGUE}


def test_the_events_of_the_day_are_printed_as_a_report_reads_them(tmp_path):
    printed = deskpulse("catalogue", "--example")
    assert printed.out.encode() == example_events()
    path = tmp_path / "day.jsonl"
    path.write_text(printed.out)
    told = deskpulse("report", path)
    assert (told.code, told.err) == (0, "")
    assert "as of 2026-03-02T17:00:00.000Z" in told.out
    assert ", 0 rejected, 0 of unknown type" in told.out

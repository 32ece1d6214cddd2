"""Stories of promises."""

from __future__ import annotations

from collections.abc import Mapping

from tests.deploy.alerts.case import Case

NEW, OLD, SOON = "DeskpulseSlaBreached", "DeskpulseSlaBreachOld", "DeskpulseSlaAtRisk"
MAIL = 'queue="mail", channel="email", priority="normal", clock="first_response"'
LABELS = {"queue": "mail", "channel": "email", "clock": "first_response"}
CRITICAL, WARNING = {**LABELS, "severity": "critical"}, {**LABELS, "severity": "warning"}


def broken(values: str, clock: str = "0+60x500", **more: str) -> Mapping[str, str]:
    return {
        "deskpulse_clock_timestamp_seconds": clock,
        f"deskpulse_today_sla_breached{{{MAIL}}}": values,
        f'deskpulse_sla_clocks{{{MAIL}, state="breached"}}': "5x500",
        **more,
    }


def oldest(due: str, is_open: str = "1x500") -> Mapping[str, str]:
    return {
        "deskpulse_clock_timestamp_seconds": "0+300x500",
        f"deskpulse_oldest_sla_breach_due_timestamp_seconds{{{MAIL}}}": due,
        'deskpulse_queue_open{queue="mail"}': is_open,
    }


def at_risk(values: str, due: str, clock: str = "first_response", later: str = "4x500") -> Mapping[str, str]:
    labels = MAIL.replace("first_response", clock)
    return {
        f'deskpulse_sla_clocks{{{labels}, state="at_risk"}}': values,
        f'deskpulse_sla_clocks_due{{{labels}, band="5-15m"}}': due,
        f'deskpulse_sla_clocks_due{{{labels}, band="15-60m"}}': later,
    }


CASES = (
    Case(
        "one more, and later another, while five stay open",
        NEW,
        broken("5x10 6x20 7x100"),
        {"11m": [CRITICAL], "32m": [CRITICAL]},
        ["10m", "14m", "30m", "60m"],
    ),
    Case("five old ones", NEW, broken("5x500"), {}, ["5m", "60m", "400m"]),
    Case("a new day begins", NEW, broken("5x10 0x100"), {}, ["11m", "60m"]),
    Case("the first of the new day", NEW, broken("5x10 0x2 1x100"), {"14m": [CRITICAL]}, ["13m", "17m"]),
    Case("a breach turns out to be none", NEW, broken("5x10 4x100"), {}, ["11m", "60m"]),
    Case("one of a queue that nobody knew", NEW, broken("_x10 1x100"), {"11m": [CRITICAL]}, ["9m", "30m"]),
    Case(
        "no board for a while",
        NEW,
        broken("5x10 stale _x20 5x100", "0+60x10 stale _x20 1860+60x100"),
        {},
        ["31m", "32m", "33m", "34m", "36m", "60m"],
    ),
    Case(
        "a scrape fails now and then",
        NEW,
        broken("5x20 6x3 stale 6x3 stale _ 6x100", "0+5x20 105+5x3 stale 130+5x3 stale _ 160+5x100"),
        {at: [CRITICAL] for at in ("110s", "125s", "150s", "155s", "220s")},
        ["100s", "400s"],
        step="5s",
    ),
    Case(
        "no board for a minute",
        NEW,
        broken("5x20 stale _x11 5x100", "0+5x20 stale _x11 170+5x100"),
        {},
        [f"{at}s" for at in range(100, 500, 5)],
        step="5s",
    ),
    Case(
        "no board for a quarter of an hour",
        NEW,
        broken("5x20 stale _x180 5x100", "0+5x20 stale _x180 1015+5x100"),
        {},
        [f"{at}s" for at in range(1000, 1200, 5)],
        step="5s",
    ),
    Case(
        "one board takes over from another",
        NEW,
        broken("5x10 stale", **{f'deskpulse_today_sla_breached{{{MAIL}, instance="two"}}': "_x9 5x100"}),
        {},
        ["9m", "10m", "11m", "12m", "30m"],
    ),
    Case("a case left open until it is closed", OLD, oldest("0x60 stale"), {"250m": [WARNING]}, ["235m", "340m"], step="5m"),
    Case("in closed hours", OLD, oldest("0x500", "0x500"), {}, ["300m", "900m"], step="5m"),
    Case("three hours", OLD, oldest("0x36 stale"), {}, ["175m", "300m"], step="5m"),
    Case("due soon, then answered", SOON, at_risk("0x5 2x10 0x50", "0x5 2x10 0x50"), {"8m": [WARNING]}, ["4m", "30m"]),
    Case("at risk, and due in three hours", SOON, at_risk("2x60", "0x60"), {}, ["8m", "30m"]),
    Case("a busy queue that keeps ahead", SOON, at_risk("5x100", "5x100", later="40x100"), {}, ["8m", "30m", "90m"]),
    Case(
        "a busy queue that falls behind", SOON, at_risk("5x10 20x50", "5x10 20x20 5x30", later="40x100"), {"15m": [WARNING]}, ["8m", "50m"]
    ),
    Case("one promise in a small queue", SOON, at_risk("0x5 1x50", "1x10 0x50", later="0x100"), {"8m": [WARNING]}, ["4m", "30m"]),
    Case("calls in a queue come and go", SOON, at_risk("2x60", "2x60", "queue_wait"), {}, ["8m", "30m"]),
)

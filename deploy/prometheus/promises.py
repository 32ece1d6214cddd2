"""Rules on promises (`[[sla]]`): broken just now, broken for long, and about to be."""

from __future__ import annotations

from typing import Final

from deploy.prometheus.names import CLOCK, OPEN, SEEN, standing, today
from deploy.prometheus.rule import Alert, Group, Record

BY: Final = "site, queue, channel, clock"
CASES: Final = "site, queue, channel, priority, clock"
BROKEN: Final = "site_queue_channel_clock:deskpulse_today_sla_breached:sum"
NEW: Final = "2m"
"""So long a breach is new, and the next one of the same queue and clock is told with it: longer than a board takes to take over."""
OLD_SECONDS: Final = 4 * 3600
SOON_SHARE: Final = 0.25
"""As much of an hour as 15 minutes are: a queue that keeps ahead has less of its hour there."""
LABELS: Final = ("queue", "channel", "clock")


def promises() -> Group:
    return Group(
        "deskpulse-promises",
        [Record(BROKEN, f"sum by ({BY}) (max by ({CASES}) (last_over_time({today('sla_breached')}[{SEEN}])))"), _new(), _old(), _soon()],
    )


def _new() -> Alert:
    return Alert(
        name="DeskpulseSlaBreached",
        severity="critical",
        kind="business",
        when="a promise was broken in the last 2 minutes; one that has been broken for longer hides none",
        # The count of today begins anew with the day, and falls where a breach turns out to be none: so it is held against its lowest.
        # A series that is new has no lowest: it counts whole, unless its site was not there either a moment ago.
        expr=f"""
            {BROKEN} - min_over_time({BROKEN}[{NEW}]) > 0
            or ({BROKEN} unless max_over_time({BROKEN}[10m] offset 30s)) > 0
            and on (site) max by (site) (deskpulse_clock_timestamp_seconds offset 45s)
        """,
        labels=LABELS,
        keep="30s",
        summary="A promise to a customer was just broken.",
        description="{{ $value | humanize }} within 2 minutes in {{ $labels.queue }} ({{ $labels.channel }}): {{ $labels.clock }}.",
    )


def _old() -> Alert:
    return Alert(
        name="DeskpulseSlaBreachOld",
        severity="warning",
        kind="business",
        when=f"a case stays open {OLD_SECONDS // 3600} hours after its promise was broken; the queue is open",
        expr=f"""
            {CLOCK}
              - on (site) group_right ()
              min by ({BY}) ({standing("oldest_sla_breach_due_timestamp_seconds")})
              > {OLD_SECONDS}
            {OPEN}
        """,
        labels=LABELS,
        pending="5m",
        keep="15m",
        summary="A case stays open long after its promise was broken.",
        description="In {{ $labels.queue }} ({{ $labels.channel }}) the {{ $labels.clock }} of a case has been past due for "
        "{{ $value | humanizeDuration }}.",
    )


def _soon() -> Alert:
    """No series says which of those at risk are due soon. A busy queue has some of each all day: so it takes a share of the hour."""

    def due(bands: str) -> str:
        return f'sum by ({BY}) (max by ({CASES}, band) ({standing("sla_clocks_due")}{{band=~"{bands}", clock!="queue_wait"}}))'

    return Alert(
        name="DeskpulseSlaAtRisk",
        severity="warning",
        kind="business",
        when=f"of the promises on tickets that are due within the hour {SOON_SHARE:.0%} or more are due within 15 minutes,"
        " and some have used up most of their time",
        expr=f"""
            ({due("0-5m|5-15m")} > 0)
              >= {SOON_SHARE:g} * {due("0-5m|5-15m|15-60m")}
            and sum by ({BY}) (max by ({CASES}) ({standing("sla_clocks")}{{state="at_risk", clock!="queue_wait"}})) > 0
        """,
        labels=LABELS,
        pending="1m",
        keep="2m",
        summary="Promises are about to be broken.",
        description="{{ $value | humanize }} due within 15 minutes in {{ $labels.queue }} ({{ $labels.channel }}): {{ $labels.clock }}. "
        "Some there have used up most of their time.",
    )

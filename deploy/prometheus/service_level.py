"""Rules on the service level that is promised: how fast the budget of a business day is used up, and where today stands.

The budget is what may be missed: 1 - target. A burn rate of 3 uses it up three times as fast as a day allows. The most that can be missed
is everything, a burn rate of 1 / (1 - target): 5 at a target of 80 %, so the 14.4 and 6 known from services at 99.9 % can never be reached.
The day has ten business hours, and no alert asks for more than can be missed: the limit stays halfway between the budget and everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from deploy.prometheus.names import OPEN, counter, today
from deploy.prometheus.rule import Alert, Group, Record, Severity

CELL: Final = "site, queue, channel"
DECIDED_MIN: Final = 20
"""Visits decided in the long window: nobody is called for fewer."""
MISSED_MIN: Final = 5
"""Of these, missed: at a high target one of 20 would be more than is allowed."""
TARGET: Final = "site_queue_channel:deskpulse_service_level_target_ratio:max"


class Burn(NamedTuple):
    """Missed faster than `rate` times the budget, in the long window and still in the short one."""

    name: str
    severity: Severity
    long: str
    short: str
    rate: float
    pending: str
    keep: str

    @property
    def limit(self) -> str:
        return f"site_queue_channel:deskpulse_service_level_missed_limit:burn_{self.rate:g}".replace(".", "_")


FAST, SLOW = "DeskpulseServiceLevelBurnFast", "DeskpulseServiceLevelBurnSlow"
BURNS: Final = (
    Burn(FAST, "critical", "15m", "5m", 3, "1m", "5m"),
    Burn(FAST, "critical", "1h", "10m", 2, "2m", "10m"),
    Burn(SLOW, "warning", "4h", "30m", 1.25, "5m", "15m"),
)


def missed(window: str) -> str:
    return f"site_queue_channel:deskpulse_service_level_missed:ratio_rate{window}"


def decided(window: str) -> str:
    return f"site_queue_channel:deskpulse_service_level_decided:increase{window}"


def service_level() -> Group:
    return Group("deskpulse-service-level", [*_records(), *map(_burning, BURNS), _below_target()])


def _records() -> Iterator[Record]:
    yield Record(TARGET, f"max by ({CELL}) (deskpulse_service_level_target_ratio)")
    in_time, of = counter("service_level_in"), counter("service_level_decided")
    for window in sorted({window for burn in BURNS for window in (burn.long, burn.short)}):
        yield Record(missed(window), f"1 - sum by ({CELL}) (rate({in_time}[{window}]))\n  / sum by ({CELL}) (rate({of}[{window}]))")
    for burn in BURNS:
        yield Record(decided(burn.long), f"sum by ({CELL}) (increase({of}[{burn.long}]))")
        # The lower of the two.
        yield Record(burn.limit, f"{burn.rate:g} * (1 - {TARGET}) < 1 - {TARGET} / 2\n  or 1 - {TARGET} / 2")


def _burning(burn: Burn) -> Alert:
    return Alert(
        name=burn.name,
        severity=burn.severity,
        kind="business",
        when=f"over {burn.long} and still over {burn.short}, {burn.rate:g} times as much misses the service level as its target allows"
        f" ({DECIDED_MIN} calls or more, {MISSED_MIN} or more missed)",
        expr=f"""
            {missed(burn.long)} > {burn.limit}
            and {missed(burn.short)} > {burn.limit}
            and {decided(burn.long)} >= {DECIDED_MIN}
            and {missed(burn.long)} * {decided(burn.long)} >= {MISSED_MIN}
        """,
        labels=("queue", "channel"),
        pending=burn.pending,
        keep=burn.keep,
        more=(("window", burn.long),),
        summary="Calls miss the service level much faster than the target of the day allows.",
        description=f"{{{{ $labels.queue }}}} ({{{{ $labels.channel }}}}): {{{{ $value | humanizePercentage }}}} of the calls of the last "
        f"{burn.long} were not answered in time, and it goes on.",
    )


def _below_target() -> Alert:
    in_time, of = today("service_level_in"), today("service_level_decided")
    return Alert(
        name="DeskpulseServiceLevelBelowTarget",
        severity="warning",
        kind="business",
        when=f"the service level of today is below its target ({DECIDED_MIN} calls or more, queue open)",
        expr=f"""
            max by ({CELL}) ({in_time})
              / (max by ({CELL}) ({of}) >= {DECIDED_MIN})
              < {TARGET}
            {OPEN}
        """,
        labels=("queue", "channel"),
        pending="15m",
        keep="15m",
        summary="The service level of today is below its target.",
        description="{{ $labels.queue }} ({{ $labels.channel }}) stands at {{ $value | humanizePercentage }} today.",
    )

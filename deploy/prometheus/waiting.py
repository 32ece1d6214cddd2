"""Rules on people who wait, give up, do not get through, or whom nobody is there to answer; and on targets of one's own."""

from __future__ import annotations

from typing import Final

from deploy.prometheus.names import CLOCK, OPEN, counter, standing, today
from deploy.prometheus.rule import Alert, Group, Record, Severity
from deploy.prometheus.service_level import CELL

WAIT: Final = "site_queue_channel:deskpulse_oldest_wait_seconds:max"
SILENCE: Final = "site_source:deskpulse_source_silence_seconds:max"
ABANDONED_LIMIT: Final = 0.10
"""Where [target.abandon_rate] says nothing."""
CALLS_MIN: Final = 20
GROWTH_MIN, GROWTH_SHARE = 20, 0.2
UNRESOLVED: Final = "site_queue:deskpulse_unresolved_cases:sum"


def waiting() -> Group:
    return Group(
        "deskpulse-waiting",
        [
            Record(
                WAIT,
                f"{CLOCK}\n  - on (site) group_right ()\n  min by ({CELL}) ({standing('oldest_waiting_start_timestamp_seconds')})",
            ),
            _oldest_wait("warning", 3, 60, "30s"),
            _oldest_wait("critical", 10, 300, "1m"),
            _unstaffed(),
            _abandonment(),
            _blockage("warning", 0.01),
            _blockage("critical", 0.05),
            _target("warning", "warn"),
            _target("critical", "crit"),
        ],
    )


def backlog_and_sources() -> Group:
    return Group(
        "deskpulse-backlog-and-sources",
        [
            Record(
                UNRESOLVED,
                f"sum by (site, queue) (max by (site, queue, channel, priority, status) ({standing('unresolved_cases')}))",
            ),
            Record(
                SILENCE,
                f"{CLOCK}\n  - on (site) group_right ()\n  max by (site, source) (deskpulse_source_last_event_timestamp_seconds)",
            ),
            _backlog(),
            *_silence(),
        ],
    )


def _oldest_wait(severity: Severity, times: int, seconds_min: int, pending: str) -> Alert:
    return Alert(
        name="DeskpulseOldestWaitLong",
        severity=severity,
        kind="business",
        when=f"somebody waits for more than {times} times the threshold of the queue, and more than {seconds_min} s",
        expr=f"""
            {WAIT} > {times} * max by ({CELL}) (deskpulse_service_level_threshold_seconds)
            and {WAIT} > {seconds_min}
            {OPEN}
        """,
        labels=("queue", "channel"),
        pending=pending,
        keep="2m",
        summary="A caller waits far longer than promised.",
        description="In {{ $labels.queue }} ({{ $labels.channel }}) somebody has waited for {{ $value | humanizeDuration }}.",
    )


def _unstaffed() -> Alert:
    at_work = f'{standing("queue_agents")}{{state=~"available|busy|wrap_up"}}'
    return Alert(
        name="DeskpulseQueueUnstaffed",
        severity="critical",
        kind="business",
        when="callers wait in a queue where agents are known, and none of them is at work",
        expr=f"""
            sum by (site, queue) (max by ({CELL}) ({standing("waiting_calls")})) > 0
            and sum by (site, queue) (max by (site, queue, state) ({at_work})) == 0
        """,
        labels=("queue",),
        pending="1m",
        keep="2m",
        summary="Callers wait, and nobody of the queue is at work.",
        description="{{ $value | humanize }} wait in {{ $labels.queue }}; none of its agents is available, busy or in wrap-up.",
    )


def _abandonment() -> Alert:
    abandoned = f"sum by ({CELL}) (increase({counter('calls_abandoned')}[30m]))"
    answered = f"sum by ({CELL}) (increase({counter('calls_answered')}[30m]))"
    return Alert(
        name="DeskpulseAbandonmentHigh",
        severity="warning",
        kind="business",
        when=f"over 30 minutes more than {ABANDONED_LIMIT:.0%} give up, or more than `warn` of `[target.abandon_rate]`"
        f" ({CALLS_MIN} calls or more)",
        expr=f"""
            {abandoned}
              / ({abandoned} + {answered} >= {CALLS_MIN})
              > on (site, queue) group_left ()
              (
                max by (site, queue) (deskpulse_target{{kpi="abandon_rate", level="warn"}})
                or 0 * max by (site, queue) (deskpulse_queue_open) + {ABANDONED_LIMIT:g}
              )
        """,
        labels=("queue", "channel"),
        pending="2m",
        keep="10m",
        summary="Many callers give up.",
        description="{{ $labels.queue }} ({{ $labels.channel }}): {{ $value | humanizePercentage }} gave up in the last 30 minutes.",
    )


def _blockage(severity: Severity, share: float) -> Alert:
    blocked = f'sum by (site) (increase({counter("calls_blocked")}{{reason!="closed"}}[15m]))'
    offered, in_queue = (f"sum by (site) (increase({counter(stem)}[15m]))" for stem in ("calls_offered", "calls_blocked_in_queue"))
    return Alert(
        name="DeskpulseBlockageHigh",
        severity=severity,
        kind="business",
        when=f"over 15 minutes more than {share:.0%} of the calls are blocked, three or more of at least {CALLS_MIN};"
        " those to a closed office do not count",
        expr=f"""
            {blocked}
              / ({offered} + {blocked} - {in_queue} >= {CALLS_MIN})
              > {share:g}
            and {blocked} >= 3
        """,
        labels=(),
        pending="1m",
        keep="10m",
        summary="Callers do not get through.",
        description="{{ $value | humanizePercentage }} of the calls of 15 minutes were blocked: no line, no agent, or the network.",
    )


def _target(severity: Severity, level: str) -> Alert:
    return Alert(
        name="DeskpulseTargetMissed",
        severity=severity,
        kind="business",
        when=f"a figure of today, or one of this moment, is past the mark `{level}` of its `[target.NAME]`; the queue is open",
        expr=f"""
            max by (site, queue, kpi) (
              deskpulse_today_target_missed{{level="{level}"}} or deskpulse_target_missed{{level="{level}"}}
            ) == 1
            {OPEN}
        """,
        labels=("queue", "kpi"),
        pending="5m",
        keep="10m",
        summary="A figure is past the mark that was set for it.",
        description=f"{{{{ $labels.kpi }}}} of {{{{ $labels.queue }}}} is past its mark `{level}`.",
    )


def _backlog() -> Alert:
    growth = f"sum by (site, queue) (max by (site, queue, channel, priority) ({today('backlog_growth')}))"
    return Alert(
        name="DeskpulseBacklogGrowing",
        severity="warning",
        kind="business",
        when=f"{GROWTH_MIN} more cases came than went today, a {GROWTH_SHARE:.0%} rise, and the last hour made it worse",
        expr=f"""
            {growth} >= {GROWTH_MIN}
            and {growth} > {GROWTH_SHARE:g} * ({UNRESOLVED} - {growth})
            and {UNRESOLVED} - {UNRESOLVED} offset 1h > 0
        """,
        labels=("queue",),
        pending="15m",
        keep="30m",
        summary="More cases come in than are resolved.",
        description="{{ $labels.queue }} has {{ $value | humanize }} cases more than when the day began, and still more come than go.",
    )


def _silence() -> tuple[Alert, Alert]:
    is_open = "and on (site) (max by (site) (deskpulse_queue_open) == 1)"

    def silent(severity: Severity, when: str, expr: str, pending: str, keep: str) -> Alert:
        return Alert(
            name="DeskpulseSourceSilent",
            severity=severity,
            kind="business",
            when=when,
            expr=f"{expr.rstrip()}\n            {is_open}",
            labels=("source",),
            pending=pending,
            keep=keep,
            summary="A source that is usually busy at this time has fallen silent.",
            description="Nothing came on {{ $labels.source }} for {{ $value | humanizeDuration }}.",
        )

    return (
        silent(
            "critical",
            "nothing came for 10 minutes, a week ago there was no such gap around this time, and some queue is open",
            f"""
            {SILENCE} > 600
            and max_over_time({SILENCE}[30m] offset 6d23h45m) < 600""",
            "1m",
            "5m",
        ),
        silent(
            "warning",
            "in the first week, which has nothing to compare with: nothing for 30 minutes after an hour without a gap of 2 minutes",
            f"""
            {SILENCE} > 1800
            and max_over_time({SILENCE}[1h] offset 30m) < 120
            unless max_over_time({SILENCE}[30m] offset 6d23h45m)""",
            "0s",
            "30m",
        ),
    )

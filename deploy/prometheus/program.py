"""Rules on deskpulse itself: whether its figures can be trusted, and what will be in the way soon."""

from __future__ import annotations

from typing import Final

from deploy.prometheus.names import SEEN
from deploy.prometheus.rule import Alert, Group, Severity

STALE_SECONDS: Final = 30
GONE: Final = "25s"
"""With heartbeats missed for 5 s that is half a minute without an owner. A takeover is through in half of it."""
UP: Final = 'up{job="deskpulse"}'
NEW: Final = "on (site, instance) (time() - deskpulse_process_started_timestamp_seconds < 600)"
"""Processes whose counters count whole: what one found at its start was there before the first scrape, and no increase shows it."""
LEADS: Final = f"and last_over_time(deskpulse_board_leader[{SEEN}]) == 1"


def program() -> Group:
    return Group(
        "deskpulse-program",
        [
            *_trust(),
            *_processes(),
            _warning(
                "DeskpulseLagHigh",
                "a partition has been more than a minute behind for 2 minutes",
                "max by (site, partition) (deskpulse_worker_lag_seconds) > 60",
                ("partition",),
                "2m",
                "2m",
                "Workers do not keep up.",
                "The next record of partition {{ $labels.partition }} has waited for {{ $value | humanizeDuration }}.",
            ),
            _warning(
                "DeskpulseDeadLetters",
                "records were rejected within 10 minutes",
                _within_10m("site, reason", "deskpulse_worker_rejected_records_total"),
                ("reason",),
                "0s",
                "10m",
                "Records are rejected.",
                "About {{ $value | humanize }} within 10 minutes: {{ $labels.reason }}.",
            ),
            _warning(
                "DeskpulseCheckpointFailing",
                "a worker failed to write checkpoints three times within 10 minutes, or has written none for 2 minutes while records come",
                """
                sum by (site, instance) (increase(deskpulse_worker_failed_checkpoints_total[10m])) > 2
                or time() - max by (site, instance) (deskpulse_worker_checkpoint_last_success_timestamp_seconds) > 120
                and sum by (site, instance) (rate(deskpulse_worker_records_total[2m])) > 0
                """,
                ("instance",),
                "30s",
                "5m",
                "A worker cannot write its checkpoints.",
                "{{ $labels.instance }} reads, but what it finds does not get into the log.",
            ),
            _warning(
                "DeskpulseConfigNotInForce",
                "a process was told to read its configuration again, and could not",
                "min by (site, instance) (deskpulse_config_last_reload_successful) == 0",
                ("instance",),
                "30s",
                "1m",
                "A changed configuration is not in force.",
                "{{ $labels.instance }} goes on by what its file said before.",
            ),
            _warning(
                "DeskpulseRestoreStuck",
                "a worker or board has been reading its state back for 3 minutes",
                """
                max by (site, instance) (deskpulse_worker_opening_partitions) > 0
                or max by (site, instance) (deskpulse_board_restored) < 1
                """,
                ("instance",),
                "3m",
                "1m",
                "State takes long to be read back.",
                "{{ $labels.instance }} is still restoring.",
            ),
            _warning(
                "DeskpulseRebalancing",
                "partitions were given out anew more than 10 times within 15 minutes",
                "max by (site) (increase(deskpulse_worker_rebalances_total[15m])) > 10",
                (),
                "1m",
                "10m",
                "Workers keep taking partitions from each other.",
                "About {{ $value | humanize }} times within 15 minutes.",
            ),
            Alert(
                name="DeskpulseWatchdog",
                severity="info",
                kind="program",
                when="always: what does not arrive tells that the way of the alerts is broken",
                expr="vector(1)",
                labels=(),
                summary="Always fires, so that its absence is noticed.",
                description="Send it to something that complains when it stays away.",
            ),
        ],
    )


def _trust() -> tuple[Alert, ...]:
    return (
        _critical(
            "DeskpulseDataStale",
            f"what the leading board shows is older than {STALE_SECONDS} s",
            f"max by (site) (last_over_time(deskpulse_board_data_age_seconds[{SEEN}]) {LEADS}) > {STALE_SECONDS}",
            (),
            "0s",
            "1m",
            "The figures are old.",
            "What is shown is {{ $value | humanizeDuration }} old.",
        ),
        _critical(
            "DeskpulsePartitionUnowned",
            "for half a minute no worker has worked on a partition: the figures are incomplete",
            f"""
            max by (site) (
              last_over_time(deskpulse_board_partitions[{SEEN}]) - last_over_time(deskpulse_board_live_partitions[{SEEN}])
              {LEADS}
            ) > 0
            """,
            (),
            GONE,
            "1m",
            "No worker works on some partitions.",
            "{{ $value | humanize }} partitions have no owner: their cases stand still.",
        ),
        _critical(
            "DeskpulsePartitionOwnedTwice",
            "two workers say that a partition is theirs",
            "count by (site, partition) (deskpulse_worker_partition_owner == 1) > 1",
            ("partition",),
            "30s",
            "1m",
            "Two workers hold the same partition.",
            "{{ $value | humanize }} workers hold partition {{ $labels.partition }}; the older one cannot write any more.",
        ),
        _critical(
            "DeskpulseNoLeader",
            "for half a minute no board has exported the business figures",
            f"(max by (site) (deskpulse_board_leader) or 0 * max by (site) ({UP})) < 1",
            (),
            GONE,
            "1m",
            "No board exports figures.",
            "No board leads: none runs, or none reaches the log.",
        ),
        _critical(
            "DeskpulseRecordsLost",
            "the broker deleted records within 10 minutes before they were read",
            _within_10m("site", "deskpulse_worker_records_lost_total"),
            (),
            "0s",
            "10m",
            "Records were deleted before they were read.",
            "About {{ $value | humanize }} within 10 minutes: what they told is in no figure.",
        ),
        _critical(
            "DeskpulseLedgerWrong",
            "came, went and what is there do not add up",
            "max by (site) (abs(deskpulse_ledger_residual)) > 0 or max by (site) (abs(deskpulse_tickets_ledger_residual)) > 0",
            (),
            "1m",
            "5m",
            "Figures do not add up.",
            "Off by {{ $value | humanize }}: a fault of the program.",
        ),
    )


def _processes() -> tuple[Alert, ...]:
    return (
        _warning(
            "DeskpulseDown",
            "a worker or board has not answered for 2 minutes",
            f"min by (site, instance) ({UP}) == 0",
            ("instance",),
            "2m",
            "1m",
            "A worker or board is down.",
            "{{ $labels.instance }} does not answer.",
        ),
        _critical(
            "DeskpulseAbsent",
            "Prometheus knows no deskpulse at all",
            f"absent({UP}) == 1",
            (),
            "2m",
            "1m",
            "Nothing of deskpulse is scraped.",
            "Prometheus has no target of the job deskpulse.",
        ),
    )


def _within_10m(by: str, name: str) -> str:
    """A counter of workers that grew, the first it counted included."""
    return f"sum by ({by}) (\n  {name} and {NEW}\n  or increase({name}[10m])\n) > 0"


def _critical(name: str, when: str, expr: str, labels: tuple[str, ...], pending: str, keep: str, summary: str, description: str) -> Alert:
    return _alert("critical", name, when, expr, labels, pending, keep, summary, description)


def _warning(name: str, when: str, expr: str, labels: tuple[str, ...], pending: str, keep: str, summary: str, description: str) -> Alert:
    return _alert("warning", name, when, expr, labels, pending, keep, summary, description)


def _alert(
    severity: Severity, name: str, when: str, expr: str, labels: tuple[str, ...], pending: str, keep: str, summary: str, description: str
) -> Alert:
    return Alert(name, severity, "program", when, expr, labels, summary, description, pending, keep)

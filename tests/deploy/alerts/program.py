"""Stories of the program itself, in steps of 5 s."""

from __future__ import annotations

from collections.abc import Mapping

from tests.deploy.alerts.case import Case, Labels

CRITICAL, WARNING = {"severity": "critical"}, {"severity": "warning"}
ONE = {**WARNING, "instance": "one"}
LEADER = {"deskpulse_board_leader": "1x500"}


def case(
    story: str,
    alert: str,
    series: Mapping[str, str],
    fires: Mapping[str, list[Labels]] | None = None,
    silent: tuple[str, ...] = (),
) -> Case:
    return Case(story, f"Deskpulse{alert}", series, fires or {}, silent, step="5s")


def age(values: str) -> Mapping[str, str]:
    return {"deskpulse_board_data_age_seconds": values, **LEADER}


def live(values: str) -> Mapping[str, str]:
    return {"deskpulse_board_partitions": "4x500", "deskpulse_board_live_partitions": values, **LEADER}


def owners(one: str, two: str) -> Mapping[str, str]:
    return {
        'deskpulse_worker_partition_owner{partition="0"}': one,
        'deskpulse_worker_partition_owner{partition="0", instance="two"}': two,
    }


def leaders(one: str, two: str = "0x500") -> Mapping[str, str]:
    return {
        "deskpulse_board_leader": one,
        'deskpulse_board_leader{instance="two"}': two,
        'up{job="deskpulse"}': "1x500",
        'up{job="deskpulse", instance="two"}': "1x500",
    }


def found_at_start(counter: str, started: str = "_x10 50x500", values: str = "_x10 40x500") -> Mapping[str, str]:
    """A worker that was away: what it counts first is there with its first scrape."""
    return {counter: values, "deskpulse_process_started_timestamp_seconds": started}


REJECTED, LOST = 'deskpulse_worker_rejected_records_total{reason="bad_time"}', "deskpulse_worker_records_lost_total"
UP = 'up{job="deskpulse"}'
CASES = (
    case("a minute without news", "DataStale", age("1x10 31+5x12 1x100"), {"60s": [CRITICAL]}, ("50s", "300s")),
    case("a takeover", "DataStale", age("1x10 3+5x4 1x100"), {}, ("55s", "70s", "200s")),
    case(
        "a board that does not lead is behind",
        "DataStale",
        {**age("1x100"), 'deskpulse_board_data_age_seconds{instance="two"}': "300x100", 'deskpulse_board_leader{instance="two"}': "0x100"},
        {},
        ("60s", "200s"),
    ),
    case("a worker is gone for a minute", "PartitionUnowned", live("4x10 2x14 4x100"), {"90s": [CRITICAL]}, ("55s", "70s", "300s")),
    case("scrapes fail meanwhile", "PartitionUnowned", live("4x4 2x2 stale _ 2x2 stale 2x20 4x100"), {"60s": [CRITICAL]}, ("40s", "400s")),
    case("another one takes over", "PartitionUnowned", live("4x10 2x3 4x100"), {}, ("60s", "75s", "90s")),
    case("one after the other is restarted", "PartitionUnowned", live("4x9 2x2 4x3 2x2 4x3 2x2 4x100"), {}, ("60s", "80s", "100s", "130s")),
    case(
        "both have it", "PartitionOwnedTwice", owners("1x100", "_x4 1x20 stale"), {"60s": [{**CRITICAL, "partition": "0"}]}, ("40s", "300s")
    ),
    case("one scrape of both while it changes hands", "PartitionOwnedTwice", owners("1x10 stale", "_x9 1x100"), {}, ("50s", "55s", "90s")),
    case("none leads", "NoLeader", leaders("1x10 0x20 1x100"), {"85s": [CRITICAL]}, ("50s", "65s", "300s")),
    case("no board answers", "NoLeader", {UP: "0x100"}, {"40s": [CRITICAL]}, ("10s",)),
    case("the lead changes hands", "NoLeader", leaders("1x10 0x100", "0x13 1x100"), {}, ("60s", "65s", "90s")),
    case(
        "one too many",
        "LedgerWrong",
        {'deskpulse_ledger_residual{queue="billing"}': "0x10 1x20 0x200"},
        {"140s": [CRITICAL]},
        ("60s", "600s"),
    ),
    case("tickets", "LedgerWrong", {"deskpulse_tickets_ledger_residual": "-1x100"}, {"140s": [CRITICAL]}),
    case(
        "all adds up",
        "LedgerWrong",
        {'deskpulse_ledger_residual{queue="billing"}': "0x100", "deskpulse_tickets_ledger_residual": "0x100"},
        {},
        ("140s",),
    ),
    case("three minutes", "Down", {UP: "1x10 0x36 1x100"}, {"200s": [ONE]}, ("60s", "150s", "400s")),
    case("a restart", "Down", {UP: "1x10 0x12 1x100"}, {}, ("100s", "200s")),
    case(
        "no target",
        "Absent",
        {"deskpulse_other": "1x500", 'up{job="node"}': "1x500"},
        {"150s": [{**CRITICAL, "site": "", "job": "deskpulse"}]},
        ("60s",),
    ),
    case("it comes", "Absent", {UP: "_x40 1x100"}, {"150s": [{**CRITICAL, "site": "", "job": "deskpulse"}]}, ("400s",)),
    case("all are down", "Absent", {UP: "0x100"}, {}, ("150s", "400s")),
    case(
        "a partition behind, until it has caught up",
        "LagHigh",
        {'deskpulse_worker_lag_seconds{partition="3"}': "1x10 61+5x40 0x100"},
        {"220s": [{**WARNING, "partition": "3"}]},
        ("60s", "150s", "500s"),
    ),
    case("a minute of catching up", "LagHigh", {'deskpulse_worker_lag_seconds{partition="3"}': "90x12 0x100"}, {}, ("60s", "130s", "200s")),
    case(
        "two records of no known shape",
        "DeadLetters",
        {'deskpulse_worker_rejected_records_total{reason="bad_time"}': "0x10 2x500"},
        {"60s": [{**WARNING, "reason": "bad_time"}], "400s": [{**WARNING, "reason": "bad_time"}]},
        ("50s", "1400s"),
    ),
    case(
        "a first start over a backlog",
        "DeadLetters",
        found_at_start(REJECTED),
        {"60s": [{**WARNING, "reason": "bad_time"}]},
        ("40s", "1400s"),
    ),
    case("old ones", "DeadLetters", {'deskpulse_worker_rejected_records_total{reason="bad_time"}': "7x500"}, {}, ("60s", "600s")),
    case(
        "retention was faster", "RecordsLost", {"deskpulse_worker_records_lost_total": "0x10 40x500"}, {"60s": [CRITICAL]}, ("50s", "1400s")
    ),
    case("a worker that was away for too long", "RecordsLost", found_at_start(LOST), {"60s": [CRITICAL]}, ("40s", "1400s")),
    case(
        "as many as the process before it",
        "RecordsLost",
        found_at_start(LOST, "-900x60 _x2 315x500", "40x60 _x2 40x500"),
        {"330s": [CRITICAL]},
        ("60s", "290s", "1700s"),
    ),
    case("a Prometheus that is new", "RecordsLost", found_at_start(LOST, "-900x500", "40x500"), {}, ("0s", "60s", "600s")),
    case("long ago", "RecordsLost", {"deskpulse_worker_records_lost_total": "40x500"}, {}, ("60s", "600s")),
    case(
        "four fail",
        "CheckpointFailing",
        {"deskpulse_worker_failed_checkpoints_total": "0x10 0+1x4 4x500"},
        {"120s": [ONE]},
        ("50s", "1500s"),
    ),
    case("one fails", "CheckpointFailing", {"deskpulse_worker_failed_checkpoints_total": "0x10 1x500"}, {}, ("120s", "600s")),
    case(
        "none is written while records come",
        "CheckpointFailing",
        {"deskpulse_worker_checkpoint_last_success_timestamp_seconds": "0+5x20 100x500", "deskpulse_worker_records_total": "0+50x500"},
        {"280s": [ONE]},
        ("100s", "200s"),
    ),
    case(
        "a slip, mended",
        "ConfigNotInForce",
        {"deskpulse_config_last_reload_successful": "1x10 0x20 1x100"},
        {"120s": [ONE]},
        ("50s", "400s"),
    ),
    case("as written", "ConfigNotInForce", {"deskpulse_config_last_reload_successful": "1x100"}, {}, ("120s", "400s")),
    case(
        "none is written where nothing comes",
        "CheckpointFailing",
        {"deskpulse_worker_checkpoint_last_success_timestamp_seconds": "100x500", "deskpulse_worker_records_total": "70x500"},
        {},
        ("280s", "900s"),
    ),
    case(
        "a worker for four minutes",
        "RestoreStuck",
        {"deskpulse_worker_opening_partitions": "2x48 0x100"},
        {"200s": [ONE]},
        ("100s", "400s"),
    ),
    case("a board for four minutes", "RestoreStuck", {"deskpulse_board_restored": "0x48 1x100"}, {"200s": [ONE]}, ("100s", "400s")),
    case(
        "ten seconds",
        "RestoreStuck",
        {"deskpulse_worker_opening_partitions": "2x2 0x100", "deskpulse_board_restored": "0x2 1x100"},
        {},
        ("10s", "300s"),
    ),
    case("to and fro", "Rebalancing", {"deskpulse_worker_rebalances_total": "0x10 0+1x15 15x500"}, {"200s": [WARNING]}, ("50s", "2000s")),
    case("a rolling update", "Rebalancing", {"deskpulse_worker_rebalances_total": "2x10 2+1x6 8x500"}, {}, ("200s", "600s")),
    case("as ever", "Watchdog", {UP: "1x500"}, {"0s": [{"severity": "info", "site": ""}], "900s": [{"severity": "info", "site": ""}]}),
)

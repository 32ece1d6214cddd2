"""deskpulse itself: whether it runs, keeps up, and loses nothing. For those who operate it."""

from __future__ import annotations

from deploy.grafana.card import Page, Query, Shelf, bars, heatmap, series, stat, table
from deploy.grafana.colours import BAD, GOOD, NONE_IS_CALM, NONE_IS_GOOD, ONE_IS_GOOD, Steps
from deploy.grafana.process import added, age, each, gauge, grown, quantile, rate, spread, told
from deploy.grafana.promql import selector
from deploy.grafana.trust import age as data_age
from deploy.grafana.trust import completeness, silence

INSTANCE = ("instance",)
PARTITION = ("partition",)
EXACTLY_ONE: Steps = ((None, BAD), (1, GOOD), (2, BAD))
NO_BOARD = "no board exports figures"


def page() -> Page:
    return Page(
        name="itself",
        title="deskpulse itself",
        answers="For those who operate it: does it run, does it keep up, what comes in that is no event, and do the sums still add up?",
        since="now-6h",
        refresh="30s",
        of_business=False,
        shelves=(_up(), _behind(), _input(), _state(), _boards(), _processes()),
    )


def _up() -> Shelf:
    return Shelf(
        "Is it up and right?",
        (
            stat(_leaders(), none="no board", width=3),
            stat(completeness(), none=NO_BOARD, width=3),
            stat(data_age(), none=NO_BOARD, width=3),
            stat(gauge("worker_ready", most=False, steps=ONE_IS_GOOD), title="All workers ready", none="no worker", width=3, mapped=YES_NO),
            stat(_unowned(), none="no worker", width=3),
            stat(_owned_twice(), none="no worker", width=3),
            stat(_residual(), none=NO_BOARD, width=3),
            stat(gauge("board_hidden_queues", steps=NONE_IS_CALM), title="Queues hidden", none=NO_BOARD, width=3),
            table(_builds(), title="Processes", height=5, width=12),
            stat(silence(), none="no events yet", width=12, height=5),
        ),
    )


YES_NO = (("0", "no"), ("1", "yes"))


def _leaders() -> Query:
    expr = f"sum({selector('board_leader')})"
    return Query(expr=expr, name="leaders", says=told("board_leader"), title="Leading boards", unit="short", steps=EXACTLY_ONE)


def _unowned() -> Query:
    expr = f"max({selector('worker_partitions')}) - count(count by (partition) ({selector('worker_partition_owner')}))"
    says = f"{told('worker_partitions')} Less those that some worker has."
    return Query(expr=expr, name="unowned", says=says, title="Partitions without worker", unit="short", steps=NONE_IS_GOOD)


def _owned_twice() -> Query:
    expr = f"max(sum by (partition) ({selector('worker_partition_owner')})) - 1"
    says = (
        f"{told('worker_partition_owner')} The most workers that say so of one partition, less one; a moment of 1 at a hand-over is right."
    )
    return Query(expr=expr, name="owned twice", says=says, title="Partitions with two workers", unit="short", steps=NONE_IS_GOOD)


def _residual() -> Query:
    calls, tickets = selector("ledger_residual"), selector("tickets_ledger_residual")
    expr = f"sum(abs({calls})) + sum(abs({tickets}))"
    says = f"{told('ledger_residual')} {told('tickets_ledger_residual')}"
    return Query(expr=expr, name="residual", says=says, title="Sums that do not add up", unit="short", steps=NONE_IS_GOOD)


def _builds() -> Query:
    expr = f"max by (job, instance, version, python, core) ({selector('build_info', ('job', 'instance'))})"
    return Query(expr=expr, name="", says=told("build_info"), unit="short")


def _behind() -> Shelf:
    name = "board_event_to_board_seconds"
    return Shelf(
        "Does it keep up?",
        (
            series(quantile(name, 50), quantile(name, 90), quantile(name, 99), title="From an event to the board", width=8),
            heatmap(spread(name), title="From an event to the board, spread", min_interval="", width=8),
            series(gauge("board_data_age_seconds", INSTANCE), title="Age of the data, by board", width=8),
            series(gauge("worker_lag_seconds", PARTITION), title="Not read yet, since when", width=8),
            series(gauge("worker_lag_records", PARTITION), title="Records not read yet", width=8),
            series(age("worker_caught_up_timestamp_seconds", PARTITION), title="Since everything was read", width=8),
            series(_watermark(), title="Latest event, behind the clock of its shard", width=8),
            series(gauge("board_behind_seconds", INSTANCE), title="Since the log answered a board", width=8),
            series(
                gauge("board_live_partitions", INSTANCE), gauge("board_partitions", called="there are"), title="Partitions alive", width=8
            ),
        ),
    )


def _watermark() -> Query:
    clock, mark = (selector(f"worker_{one}_timestamp_seconds", ("job", "instance")) for one in ("clock", "watermark"))
    expr = f"max by (partition) ({clock} - {mark})"
    says = f"{told('worker_clock_timestamp_seconds')} Less: {told('worker_watermark_timestamp_seconds')}"
    return Query(expr=expr, name="{{partition}}", says=says, unit="s")


def _input() -> Shelf:
    return Shelf(
        "What comes in",
        (
            series(
                rate("worker_records", called="records"), rate("worker_events", called="events"), title="Records and events in a second"
            ),
            series(
                rate("worker_duplicate_events", called="duplicates"),
                rate("worker_conflicting_duplicates", called="conflicting"),
                rate("worker_late_events", called="late"),
                rate("worker_unknown_type_records", called="unknown type"),
                rate("worker_tombstone_records", called="tombstones"),
                title="What is passed over or comes late, in a second",
            ),
            bars(
                grown("worker_rejected_records", ("reason",)),
                title="Dead letters, by reason",
                text="`deskpulse dead-letters show` prints them.",
                none="no worker",
            ),
            series(rate("worker_rejected_records", ("reason",)), title="Dead letters in a second, by reason", stacked=True),
            stat(
                grown("worker_sealed_early_events", called="sealed early"),
                grown("worker_cut_labels", called="labels cut"),
                grown("worker_unknown_priorities", called="unknown priorities"),
                grown("worker_forgotten_cases", called="cases forgotten"),
                title="Put right on the way",
                none="no worker",
                width=6,
                height=8,
            ),
            series(_corrections(), title="Counts changed after their minute, in an hour", width=12),
            series(_corrections_of_sums(), title="Seconds changed after their minute, in an hour", width=12),
        ),
    )


def _corrections() -> Query:
    expr = f"3600 * (sum by (fact, direction) (rate({selector('corrections_total')}[$__rate_interval])) > 0)"
    return Query(expr=expr, name="{{fact}} {{direction}}", says=told("corrections"), unit="short")


def _corrections_of_sums() -> Query:
    expr = f"3600 * sum by (fact, direction) (rate({selector('corrections_seconds_total')}[$__rate_interval]))"
    return Query(expr=expr, name="{{fact}} {{direction}}", says=told("corrections_seconds"), unit="s")


def _state() -> Shelf:
    return Shelf(
        "State and hand-over",
        (
            series(each("worker_checkpoint_seconds", "worker_checkpoints", INSTANCE), title="Time of a checkpoint", width=8),
            series(
                rate("worker_checkpoints", called="checkpoints"),
                rate("worker_checkpoint_rows", called="rows"),
                title="Checkpoints in a second",
                width=8,
            ),
            series(age("worker_checkpoint_last_success_timestamp_seconds", INSTANCE), title="Since the last checkpoint", width=8),
            stat(
                grown("worker_failed_checkpoints", called="failed", steps=NONE_IS_GOOD),
                grown("worker_records_lost", called="records lost", steps=NONE_IS_GOOD),
                grown("worker_reopened_shards", called="reopened", steps=NONE_IS_CALM),
                grown("worker_fenced_shards", called="fenced", steps=NONE_IS_CALM),
                title="Trouble with state",
                none="no worker",
                width=8,
            ),
            stat(
                grown("worker_rebalances", called="rebalances"),
                grown("worker_restores", called="shards opened"),
                grown("worker_seeks", called="seeks"),
                title="Hand-over",
                none="no worker",
                width=8,
            ),
            stat(added("worker_opening_partitions", called="opening now"), title="Being restored", none="no worker", width=8),
            series(
                rate("worker_restored_rows", called="rows"),
                rate("worker_restore_seconds", called="seconds of restoring"),
                title="Restoring, in a second",
            ),
            series(added("worker_partition_owner", INSTANCE), title="Partitions, by worker", stacked=True),
        ),
    )


def _boards() -> Shelf:
    return Shelf(
        "Boards",
        (
            series(
                rate("board_rows", INSTANCE, called="rows {{instance}}"),
                rate("board_heartbeats", INSTANCE, called="heartbeats {{instance}}"),
                title="Read by boards in a second",
                width=8,
            ),
            series(rate("board_snapshots", INSTANCE), title="Snapshots in a second", width=8),
            series(added("board_stream_clients", INSTANCE), title="Followers of the stream", width=8),
            stat(
                grown("board_restarts", called="begun anew", steps=NONE_IS_CALM),
                grown("board_stream_clients_dropped", called="followers dropped", steps=NONE_IS_CALM),
                title="Trouble of boards",
                none="no board",
                width=8,
            ),
            stat(gauge("board_restore_seconds", INSTANCE), title="Time to read the state", none="being read", width=8),
            stat(
                gauge("board_restored", INSTANCE, steps=ONE_IS_GOOD),
                title="State read",
                none="no board",
                width=8,
                mapped=YES_NO,
            ),
        ),
    )


def _processes() -> Shelf:
    return Shelf(
        "Processes",
        (
            series(gauge("exposition_seconds", INSTANCE), title="Time to write a page of /metrics"),
            series(gauge("loop_tasks", INSTANCE), title="Tasks of the event loop"),
        ),
    )

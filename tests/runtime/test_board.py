"""A board restores, follows, and tells the truth about how complete and how old it is."""

from __future__ import annotations

import msgspec
import pytest

from schemas.state import CLOCK_KEY, STATE_VERSION, TOTAL, ClockRow, cell_key
from schemas.values import HOUR_MS, Cell, EpochMs
from streams.core.snapshot import Snapshot
from streams.errors import ConfigError, StateVersionError, Unreachable
from streams.runtime import board as boards
from streams.runtime.transport.log import LeftBehind
from tests.runtime.tails import START_MS, Leading, Told, beats, half, panes

BILLING = Cell("billing", "phone", "normal")
SALES = Cell("sales", "phone", "normal")
OFFERED = 1  # the number of some field of calls


def total(cell: Cell, count: int | None) -> tuple[bytes, bytes | None]:
    return cell_key(TOTAL, cell), None if count is None else msgspec.msgpack.encode({OFFERED: count})


def counts(snapshot: Snapshot) -> dict[str, int]:
    return {cell.queue: sums[OFFERED] for cell, sums in snapshot.totals.items() if sums.get(OFFERED)}


async def test_it_is_restored_only_when_the_end_of_its_beginning_is_applied():
    async with Told(leading=Leading(EpochMs(0))) as told:
        assert not told.board.snapshot().liveness.restored
        await told.tail.say(panes(0, total(BILLING, 3)), restored=False)
        assert counts(told.board.snapshot()) == {}  # not a part of it: it would look as if there was less
        assert not told.board.snapshot().liveness.restored
        assert not told.board.exports()
        await told.tail.say(panes(1, total(BILLING, 4)))
        assert told.board.snapshot().liveness.restored
        assert told.board.exports()
        told.forward(1)
        assert counts(told.board.snapshot()) == {"billing": 7}


async def test_an_empty_log_is_restored_with_its_first_answer():
    async with Told() as told:
        await told.tail.say()
        assert told.board.restored
        assert told.board.stats().rows == 0


async def test_what_is_read_twice_changes_nothing():
    rows = panes(0, total(BILLING, 3), total(SALES, 1), total(BILLING, 5))
    async with Told() as told:
        await told.tail.say(rows)
        told.forward(1)
        once = counts(told.board.snapshot())
        await told.tail.say(rows, rows)
        told.forward(1)
        assert counts(told.board.snapshot()) == once == {"billing": 5, "sales": 1}


async def test_a_checkpoint_is_shown_whole_or_not_at_all():
    async with Told() as told:
        await told.tail.say(panes(0, total(BILLING, 3), total(SALES, 1)), half(1, total(BILLING, 10)))
        assert counts(told.board.snapshot()) == {"billing": 3, "sales": 1}
        told.forward(1)
        await told.tail.say(half(1, total(SALES, 10)), panes(0, total(SALES, 2)))
        assert counts(told.board.snapshot()) == {"billing": 3, "sales": 2}
        told.forward(1)
        await told.tail.say(panes(1), half(1, total(BILLING, 20)))
        assert counts(told.board.snapshot()) == {"billing": 13, "sales": 12}


async def test_of_two_checkpoints_that_are_read_at_once_the_delays_of_both_are_counted():
    """What a board has waited for reads several at once: then it is that delays are long."""

    def clock(waited_ms: int) -> tuple[bytes, bytes | None]:
        row = ClockRow(STATE_VERSION, "1", 0, None, "UTC from 00:00", waited={"calls": waited_ms})
        return (CLOCK_KEY, msgspec.msgpack.encode(row))

    async with Told() as told:
        await told.tail.say(half(0, clock(START_MS - 60_000)))  # old: it was there when the board began
        assert told.board.stats().delays.sum_s == 0
        told.forward(10)
        await told.tail.say(
            half(0, total(BILLING, 3), clock(START_MS + 2_000), total(BILLING, 4), clock(START_MS + 9_000)),
        )
        assert told.board.stats().delays.sum_s == 8 + 1


async def test_while_a_large_checkpoint_is_applied_what_was_before_is_shown():
    queues = [Cell(f"queue {number}", "phone", "normal") for number in range(5_000)]
    async with Told() as told:
        await told.tail.say(panes(0, *(total(queue, 1) for queue in queues)))
        seen = []

        def look() -> float:
            told.board._steady = lambda: told.steady
            seen.append(sum(counts(told.board.snapshot()).values()))
            told.steady += 0.01
            told.board._steady = look
            return told.steady

        told.board._steady = look
        await told.tail.say(panes(0, *(total(queue, 2) for queue in queues)))
        assert len(seen) > 40
        assert set(seen) == {5_000, 10_000}


async def test_the_age_counts_only_when_the_rows_behind_a_heartbeat_are_applied():
    async with Told() as told:
        await told.tail.say(beats(START_MS - 800), complete_ms=START_MS)
        told.forward(0.5)
        await told.tail.say(complete_ms=EpochMs(START_MS + 1))
        assert told.board.snapshot().liveness.data_age_ms == 800 + 500
        await told.tail.say(beats(START_MS + 450), complete_ms=EpochMs(START_MS + 400))  # the rows of that checkpoint are on their way
        assert told.board.snapshot().liveness.data_age_ms == 800 + 500
        told.forward(0.2)
        await told.tail.say(panes(0, total(BILLING, 9)), complete_ms=EpochMs(START_MS + 600))
        assert told.board.snapshot().liveness.data_age_ms == 250


async def test_a_heartbeat_does_not_count_while_its_rows_are_still_being_applied():
    """The rows come in one answer with it, but others get their turn in between."""
    rows = panes(0, *(total(Cell(f"queue {number}", "phone", "normal"), 1) for number in range(30_000)))
    async with Told(leading=Leading(START_MS)) as told:
        onlooker = Onlooker(told)
        told.board._steady = onlooker  # each look at the clock costs a slice its time
        await told.tail.say(beats(START_MS), complete_ms=EpochMs(START_MS - 1))
        told.forward(1)
        assert not told.board.exports()
        onlooker.looks = True
        await told.tail.say(rows, complete_ms=EpochMs(START_MS + 500))
        assert len(onlooker.seen) > 100
        assert set(onlooker.seen[:-10]) == {(False, None)}  # the last look is behind the last row
        assert told.board.exports()
        assert told.board.stats().data_age_ms == 1_000


class Onlooker:
    """Looks at a board each time the board looks at this clock while it applies rows, as another task could."""

    def __init__(self, told: Told) -> None:
        self.seen: list[tuple[bool, int | None]] = []
        self.looks = False
        self._told = told

    def __call__(self) -> float:
        if self.looks:
            self.looks = False
            self.seen.append((self._told.board.exports(), self._told.board.stats().data_age_ms))
            self.looks = True
        return self._told.steady


async def test_a_partition_nobody_works_on_makes_it_incomplete():
    async with Told() as told:
        await told.tail.say(beats(START_MS))
        assert told.board.snapshot().completeness == 1.0
        for _ in range(6):
            told.forward(1)
            await told.tail.say(beats(told.clock.now_ms, told.clock.now_ms, partitions=[1]))
        assert told.board.snapshot().completeness == 0.5
        assert told.board.snapshot().liveness.data_age_ms == 6_000
        await told.tail.say(beats(told.clock.now_ms, told.clock.now_ms, epoch=2, worker="w2", partitions=[0]))
        assert told.board.snapshot().completeness == 1.0


async def test_heartbeats_of_the_past_are_no_sign_of_life():
    async with Told() as told:
        await told.tail.say(beats(START_MS - 60_000, START_MS - 60_000), restored=False)
        await told.tail.say()
        assert told.board.restored
        assert told.board.snapshot().completeness == 0.0
        told.forward(1)
        await told.tail.say()
        assert told.board.snapshot().liveness.data_age_ms == 61_000


async def test_a_clock_of_a_worker_that_goes_wrong_does_not_make_it_dead():
    async with Told() as told:
        await told.tail.say()
        await told.tail.say(beats(START_MS - 90_000, START_MS - 90_000))
        assert told.board.snapshot().completeness == 1.0


async def test_cut_off_it_goes_on_serving_and_says_so():
    async with Told(leading=Leading(EpochMs(0))) as told:
        await told.tail.say(panes(0, total(BILLING, 3)), beats(START_MS))
        told.forward(0.1)
        await told.tail.say()
        assert told.board.exports()
        told.forward(4.9)
        assert told.board.exports()
        told.forward(0.1)
        snapshot = told.board.snapshot()
        assert not told.board.exports()
        assert counts(snapshot) == {"billing": 3}
        assert (snapshot.completeness, snapshot.liveness.restored, snapshot.liveness.leads) == (0.0, False, False)
        assert snapshot.liveness.data_age_ms == 5_100
        await told.tail.say(error=Unreachable("no Kafka answers there"))
        await told.tail.say(beats(told.clock.now_ms, told.clock.now_ms))
        assert told.board.exports()
        assert told.board.snapshot().completeness == 1.0


async def test_a_log_that_is_away_for_long_is_told_once(monkeypatch, caplog):
    monkeypatch.setattr(boards, "RETRY_S", 0.0)
    async with Told() as told:
        for _ in range(2):
            for _ in range(50):
                await told.tail.say(error=Unreachable("no Kafka answers there"))
            await told.tail.say(beats(START_MS))
    assert caplog.text.count("the board does not go on: no Kafka answers there") == 2


async def test_heartbeats_that_piled_up_while_it_was_cut_off_are_no_sign_of_life():
    async with Told() as told:
        await told.tail.say(beats(START_MS))
        told.forward(60)
        await told.tail.say(beats(START_MS + 2_000, START_MS + 2_000))
        assert told.board.snapshot().completeness == 0.0


async def test_it_begins_anew_when_it_was_cut_off_for_over_five_minutes():
    async with Told(leading=Leading(EpochMs(0))) as told:
        await told.tail.say(panes(0, total(BILLING, 3), total(SALES, 1)))
        assert told.board.exports()
        told.forward(301)
        assert counts(told.board.snapshot()) == {"billing": 3, "sales": 1}  # all that is known, until the log answers
        await told.tail.say(panes(0, total(BILLING, 4)))
        assert not told.board.exports()
        assert (told.tail.opened, told.tail.closed, told.board.stats().restarts) == (2, 1, 1)
        await told.tail.say(panes(0, total(BILLING, 4)), restored=False)  # the row of sales was deleted meanwhile, and so was the deletion
        assert not told.board.snapshot().liveness.restored
        await told.tail.say()
        told.forward(1)
        assert counts(told.board.snapshot()) == {"billing": 4}
        assert told.board.exports()


@pytest.mark.parametrize("asleep", [True, False])
async def test_it_begins_anew_whichever_clock_knows_that_it_was_away(asleep):
    async with Told() as told:
        await told.tail.say()
        if asleep:
            told.clock.now_ms = EpochMs(START_MS + 2 * HOUR_MS)
        else:
            told.steady += 7_200
        told.clock.now_ms = EpochMs(told.clock.now_ms + 1)
        await told.tail.say()
        assert told.board.stats().restarts == 1


async def test_it_begins_anew_when_rows_are_gone_before_it_has_read_them():
    async with Told() as told:
        await told.tail.say(panes(0, total(BILLING, 3)))
        await told.tail.say(error=LeftBehind("offset 5 of 100"))
        await told.tail.say(panes(0, total(SALES, 1)))
        told.forward(1)
        assert counts(told.board.snapshot()) == {"sales": 1}
        assert told.board.stats().restarts == 1


async def test_a_leader_exports_only_what_is_complete_behind_its_taking_over():
    async with Told() as told:
        await told.tail.say()
        told.forward(1)
        told.leading.since_ms = told.clock.now_ms
        assert not told.board.exports()
        await told.tail.say(complete_ms=told.clock.now_ms)
        assert not told.board.exports()
        told.forward(0.3)
        await told.tail.say()
        assert told.board.exports()
        told.leading.since_ms = None
        assert not told.board.exports()
        assert not told.board.snapshot().liveness.leads


@pytest.mark.parametrize("by", [1, -1])
async def test_state_of_another_version_ends_it(by):
    other = msgspec.msgpack.encode(ClockRow(STATE_VERSION + by, "9.9.9", 0, None, "UTC from 00:00"))
    told = Told()
    await told.board.start()
    told.tail.restored = True
    told.tail._answers.put_nowait(([half(1, (CLOCK_KEY, other))], EpochMs(1)))
    with pytest.raises(StateVersionError, match=r"partition 1: .*9\.9\.9"):
        await told.board.wait()
    await told.board.stop()


async def test_state_that_counts_by_other_days_ends_it_rather_than_be_shown_as_ours():
    other = msgspec.msgpack.encode(ClockRow(STATE_VERSION, "1", 0, None, "Europe/Riga from 00:00"))
    told = Told()
    await told.board.start()
    told.tail.restored = True
    told.tail._answers.put_nowait(([half(1, (CLOCK_KEY, other))], EpochMs(1)))
    with pytest.raises(ConfigError, match="zone, reset: the state counts by days of Europe/Riga from 00:00, the configuration says UTC"):
        await told.board.wait()
    await told.board.stop()


async def test_many_who_ask_at_once_get_the_same_snapshot():
    async with Told() as told:
        await told.tail.say(panes(0, total(BILLING, 1)))
        first = told.board.snapshot()
        told.forward(0.2)
        assert told.board.snapshot() is first
        await told.tail.say(panes(0, total(BILLING, 2)))
        second = told.board.snapshot()
        assert (counts(first), counts(second)) == ({"billing": 1}, {"billing": 2})
        told.forward(0.3)
        assert told.board.snapshot() is not second  # time goes on also where nothing happens

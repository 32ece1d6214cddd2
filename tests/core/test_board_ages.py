"""A board says how old is what stands in all of its shards, whatever rows they spread it over, and a snapshot keeps saying it."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from schemas import fields as f
from schemas.state import read_key, standing_key
from schemas.values import DAY_MS, Cell, EpochMs
from streams.core.board import BoardSettings, BoardState
from streams.core.panes.standings import Standings
from streams.core.snapshot import Liveness, Snapshot

LIVE = Liveness(partitions=3, live=3, data_age_ms=0, restored=True, leads=True)
CELLS = [Cell(queue, "email", "normal") for queue in ("billing", "claims", "sales", "support")]
BEGIN_MS = 19_000 * DAY_MS

Stands = Counter[tuple[int, Cell, int]]
"""How many stand, by standing, cell and start."""


def check(snapshot: Snapshot, stands: Stands, shown: dict[Cell, Cell]) -> None:
    ages = snapshot.book.ages
    for standing in (f.UNRESOLVED["open"], f.OWED):
        for cell in set(shown.values()):
            starts = [start for (own, at, start), count in stands.items() if own == standing and shown[at] == cell for _ in range(count)]
            found = ages.get((standing, cell))
            assert (0 if found is None else found.count) == len(starts)
            if found is not None:
                assert found.first_ms() == min(starts, default=None)
                for at_ms in [start + more for start in starts for more in (0, 1)]:
                    assert found.before(at_ms) == sum(start < at_ms for start in starts)


steps = st.lists(st.sampled_from(["begin", "begin", "end", "checkpoint", "look"]), max_size=60)


@given(steps, st.sampled_from([1, 3, 200]), st.randoms(use_true_random=False))
def test_ages_are_those_of_all_shards_and_a_snapshot_keeps_its_own(steps, label_values, rng):
    board = BoardState(BoardSettings(label_values=label_values))
    shards = [Standings() for _ in range(3)]
    stand: list[Stands] = [Counter() for _ in shards]
    written: list[Stands] = [Counter() for _ in shards]
    seen: set[Cell] = set()
    given_out: list[tuple[Snapshot, Stands, dict[Cell, Cell]]] = []
    for step in [*steps, "checkpoint", "look"]:
        partition = rng.randrange(len(shards))
        own = stand[partition]
        if step == "begin":
            cell, standing = rng.choice(CELLS), rng.choice([f.UNRESOLVED["open"], f.OWED])
            first_ms = BEGIN_MS + rng.choice([0, 1, 40]) * DAY_MS - 10
            begun = [(standing, cell, first_ms + number) for number in range(rng.choice([1, 3, 40]))]
            shards[partition].change((), begun)
            own.update(begun)
        elif step == "end" and own:
            standing, cell, _ = rng.choice(list(own))
            ended = [one for one in own if one[:2] == (standing, cell) and rng.random() < 0.8]
            shards[partition].change(ended, ())
            own.subtract(ended)
            stand[partition] = +own
        elif step == "checkpoint":
            rows = shards[partition].take()
            board.apply(partition, rows)
            written[partition] = stand[partition].copy()
            seen |= {Cell(*read_key(key)[2:-1]) for key, _ in rows}  # known to the board, also where all has ended
        elif step == "look":
            names = sorted({cell.queue for cell in seen})
            shown = {cell: cell if cell.queue in names[:label_values] else cell._replace(queue="other") for cell in seen}
            given_out.append((board.snapshot(EpochMs(BEGIN_MS + 50 * DAY_MS), LIVE), sum(written, Counter()), shown))
        for one in given_out:
            check(*one)


def test_reading_a_row_again_changes_nothing():
    board = BoardState(BoardSettings())
    shard = Standings()
    shard.change((), [(f.OWED, CELLS[0], BEGIN_MS), (f.OWED, CELLS[0], BEGIN_MS), (f.OWED, CELLS[0], BEGIN_MS + 9)])
    rows = shard.take()
    board.apply(0, rows)
    board.apply(0, rows)
    board.apply(1, rows)
    board.apply(1, [(standing_key(f.OWED, CELLS[1], 0), None)])
    ages = board.snapshot(EpochMs(BEGIN_MS), LIVE).book.ages
    assert (ages[f.OWED, CELLS[0]].count, ages[f.OWED, CELLS[0]].before(BEGIN_MS + 1)) == (6, 4)

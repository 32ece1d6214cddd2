"""Windows of a board, added up little by little, are those of all their rows; and take little more room than these."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.state import ADDED, DAY, MINUTE, PANE, QUARTER
from schemas.values import DAY_MS, MINUTE_MS, Cell, EpochMs
from streams.core.panes.merged import CellBook, together
from streams.core.panes.pane import Pane
from streams.core.panes.window_panes import KEPT_MS, WindowPanes
from streams.core.panes.windows import Span

CELL = Cell("sales", "phone", "normal")
BEGIN = 20_000 * DAY_MS
LENGTHS_MS = {MINUTE: MINUTE_MS, QUARTER: 15 * MINUTE_MS, DAY: DAY_MS}
ROLLING = {"5m": (MINUTE, 5), "30m": (MINUTE, 30), "interval": (QUARTER, 2), "7d": (DAY, 7)}


def span_at(window: str, number: int) -> Span:
    """What `window` shows in the stretch of that number."""
    resolution, length = ROLLING[window]
    length_ms = LENGTHS_MS[resolution]
    return Span(resolution, EpochMs(BEGIN + (number - length) * length_ms), EpochMs(BEGIN + (number + 1) * length_ms))


def plainly(book: CellBook, span: Span) -> tuple[dict[int, int], dict[int, list[int]]]:
    """All rows of it, in the obvious way."""
    panes = [pane for at, stretch in book.stretches.items() if span.holds(*at) for pane in stretch.panes()]
    found = together([Pane(0), *panes])
    assert found is not None
    return found.sums, found.maxima


PANES = st.builds(Pane, st.just(0), st.dictionaries(st.sampled_from((2, 3)), st.integers(-3, 5).filter(bool)), st.just({}))
LARGEST = st.dictionaries(st.just(7), st.lists(st.integers(1, 99), min_size=1, max_size=8).map(sorted))
MAXIMA = st.builds(Pane, st.just(0), st.just({2: 1}), LARGEST)
ROWS = st.tuples(
    st.just("row"),
    st.integers(0, 1),
    st.sampled_from((PANE, ADDED)),
    st.sampled_from((MINUTE, MINUTE, MINUTE, QUARTER, DAY)),
    st.integers(0, 4),
    st.none() | PANES | MAXIMA,
)
ASKED = st.tuples(st.just("ask"), st.sampled_from(("30m", *ROLLING)), st.integers(3, 6), st.sampled_from((0, 0, 1)))
OTHERS = st.tuples(st.just("snapshot")) | st.tuples(st.just("later"), st.integers(0, 2))
STEPS = st.lists(st.sampled_from((ROWS, ROWS, ASKED, ASKED, OTHERS)).flatmap(lambda kind: kind), min_size=30, max_size=60)


@given(STEPS)
def test_a_window_is_the_sum_of_its_rows_whatever_came_before_and_whichever_moment_is_asked_for(steps: Sequence[tuple]):
    """Also of moments that have passed: of a snapshot that somebody still looks at."""
    windows, moments, now_ms = WindowPanes(), [CellBook()], 0
    for what, *details in steps:
        if what == "row":
            partition, kind, resolution, number, pane = details
            row = None if pane is None else msgspec.msgpack.encode(pane)
            moments[-1].set((partition, kind), resolution, BEGIN + number * LENGTHS_MS[resolution], row)
        elif what == "snapshot":
            moments.append(moments[-1].copied())
        elif what == "later":
            now_ms += details[0] * KEPT_MS
            windows.turn(now_ms)
        else:
            window, number, ago = details
            book, span = moments[-1 - min(ago, len(moments) - 1)], span_at(window, number)
            found = windows.pane(book, CELL, window, span)
            assert ((found.sums, found.maxima) if found is not None else ({}, {})) == plainly(book, span)


def fat(number: int) -> bytes:
    """A row of a busy queue: much goes into its histograms."""
    return msgspec.msgpack.encode(Pane(number, dict.fromkeys(range(10_000, 10_200), 1_000 + number)))


def room_of(windows: WindowPanes, minutes: int) -> int:
    """Bytes of a book to which two partitions have written for so long; who asks for windows of it asks each half minute."""
    tracemalloc.start()
    book = CellBook()
    for number in range(minutes):
        for half in (0, 1):
            for partition in (0, 1):
                book.set((partition, PANE), MINUTE, BEGIN + number * MINUTE_MS, fat(number + half))
                book.set((partition, PANE), QUARTER, BEGIN + number // 15 * 15 * MINUTE_MS, fat(number + half))
            windows.turn(BEGIN + number * MINUTE_MS)
            windows.pane(book, CELL, "30m", span_at("30m", number))
            windows.pane(book, CELL, "interval", span_at("interval", number // 15))
            book = book.copied()
    room = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return room


def test_minutes_that_somebody_has_looked_at_do_not_stay_decoded():
    """A board would grow by 20 KB with each minute of each cell."""
    room = room_of(WindowPanes(), 60)
    rows = (60 + 4) * 2 * len(fat(0))
    assert room < 5 * rows, f"an hour takes {room:,} bytes, its rows are {rows:,}"


def test_what_nobody_asks_for_any_more_is_let_go():
    tracemalloc.start()
    windows, book = WindowPanes(), CellBook()
    book.set((0, PANE), MINUTE, BEGIN, fat(0))
    before = tracemalloc.get_traced_memory()[0]
    windows.turn(BEGIN)
    for number in range(100):
        windows.pane(book, CELL._replace(queue=f"queue {number}"), "5m", span_at("5m", 0))
    kept = tracemalloc.get_traced_memory()[0] - before
    for later in (2, 3):
        windows.turn(BEGIN + later * KEPT_MS)
    left = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert kept > 100 * len(fat(0)) > 5 * left


def half_hour(windows: WindowPanes, book: CellBook, number: int = 5) -> int:
    found = windows.pane(book, CELL, "30m", span_at("30m", number))
    return 0 if found is None else found.sums[2]


def add(book: CellBook, number: int, amount: int | None) -> None:
    row = None if amount is None else msgspec.msgpack.encode(Pane(0, {2: amount}))
    book.set((0, PANE), MINUTE, BEGIN + number * MINUTE_MS, row)


def test_a_window_may_be_all_of_time():
    windows, book = WindowPanes(), CellBook()
    for number in range(5):
        add(book, number, 10)
    found = windows.pane(book, CELL, "history", Span(MINUTE, EpochMs(0), EpochMs(1 << 62)))
    assert found is not None
    assert found.sums == {2: 50}


def test_a_minute_that_is_taken_back_leaves_the_windows_that_were_added_up_with_it():
    windows, book = WindowPanes(), CellBook()
    for number in range(5):
        add(book, number, 10)
    assert half_hour(windows, book) == 50
    add(book, 0, None)
    assert half_hour(windows, book.copied()) == 40
    add(book, 1, None)
    assert half_hour(windows, book) == 30


def test_who_looks_at_a_moment_that_has_passed_does_not_see_what_came_later():
    windows, book = WindowPanes(), CellBook()
    for number in range(5):
        add(book, number, 10)
    later = book.copied()
    add(later, 0, 11)
    for number in (5, 6, 7):
        assert half_hour(windows, later, number) == 51
    assert half_hour(windows, book, 7) == 50
    assert half_hour(windows, later, 7) == 51

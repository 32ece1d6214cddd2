"""Panes of all shards together, as a board keeps them."""

from __future__ import annotations

import msgspec

from schemas.state import ADDED, MINUTE, PANE
from streams.core.panes.merged import CellBook
from streams.core.panes.pane import Pane

AT = (MINUTE, 60_000)


def row(amount: int) -> bytes:
    return msgspec.msgpack.encode(Pane(60_000, {2: amount}))


def offered(book: CellBook) -> int:
    return book.stretches[AT].pane().sums[2] if AT in book.stretches else 0


def test_a_book_that_was_shared_stays_as_it_was_while_the_copy_of_it_goes_on():
    book = CellBook()
    for partition in range(5):
        book.set((partition, PANE), *AT, row(10))
    copy = book.copied()
    copy.set((1, PANE), *AT, row(17))
    copy.set((2, PANE), *AT, None)
    assert (offered(book), offered(copy)) == (50, 47)
    again = copy.copied()
    for partition in range(5):
        again.set((partition, PANE), *AT, None)
    assert (offered(book), offered(copy), offered(again)) == (50, 47, 0)


def test_rows_of_a_checkpoint_do_not_copy_those_of_all_other_partitions_each_time():
    book = CellBook()
    for partition in range(100):
        book.set((partition, PANE), *AT, row(1))
    copy = book.copied()
    copy.set((0, PANE), *AT, row(2))
    first = copy.stretches[AT]
    for partition in range(1, 100):
        copy.set((partition, PANE), *AT, row(2))
        assert copy.stretches[AT] is first, "a copy for one row is as long as there are partitions"
    assert (offered(book), offered(copy)) == (100, 200)


def test_what_was_added_to_a_pane_and_the_pane_itself_are_one():
    book = CellBook()
    book.set((0, PANE), *AT, row(10))
    book.set((0, ADDED), *AT, row(-3))
    book.set((1, PANE), *AT, row(5))
    assert offered(book) == 12
    copy = book.copied()
    copy.set((0, ADDED), *AT, row(-4))
    assert (offered(book), offered(copy)) == (12, 11)
    copy.set((0, PANE), *AT, row(6))
    copy.set((0, ADDED), *AT, None)
    assert (offered(book), offered(copy)) == (12, 11)


def test_what_was_taken_back_whole_leaves_nothing():
    book = CellBook()
    book.set((0, PANE), *AT, row(10))
    book.set((0, ADDED), *AT, row(-10))
    assert book.stretches[AT].pane().sums == {}

"""Panes of all shards together, as a board keeps them."""

from __future__ import annotations

import msgspec

from schemas.state import MINUTE
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
        book.set(partition, *AT, row(10))
    copy = book.copied()
    copy.set(1, *AT, row(17))
    copy.set(2, *AT, None)
    assert (offered(book), offered(copy)) == (50, 47)
    again = copy.copied()
    for partition in range(5):
        again.set(partition, *AT, None)
    assert (offered(book), offered(copy), offered(again)) == (50, 47, 0)


def test_rows_of_a_checkpoint_do_not_copy_those_of_all_other_partitions_each_time():
    book = CellBook()
    for partition in range(100):
        book.set(partition, *AT, row(1))
    copy = book.copied()
    copy.set(0, *AT, row(2))
    first = copy.stretches[AT]
    for partition in range(1, 100):
        copy.set(partition, *AT, row(2))
        assert copy.stretches[AT] is first, "a copy for one row is as long as there are partitions"
    assert (offered(book), offered(copy)) == (100, 200)

"""Ids of cases that are no longer kept."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from schemas.values import DAY_MS
from streams.core.forgotten import CHUNK, HASH_BYTES, Forgotten

REMEMBERED_DAYS = 3
FIRST_DAY = 20_500

# Few that differ: in the first bits, in the last, and by what stands in another one's middle.
HASHES = st.sampled_from([first + rest for first in (b"\0\0", b"\0\1", b"\xff\xff") for rest in (b"\0" * 6, b"\0" * 5 + b"\1", b"\1" * 6)])


def remembered(days: set[int], today: int) -> bool:
    """In the plainest way: so many whole days have not passed since the end of one of them."""
    return any(day + 1 + REMEMBERED_DAYS > today for day in days)


@given(st.lists(st.tuples(HASHES, st.integers(0, 2)), max_size=40), st.integers(0, 40))
def test_a_hash_is_known_as_long_as_its_day_is_remembered_also_after_a_restore(steps, restored_at):
    forgotten, rows, today = Forgotten(REMEMBERED_DAYS * DAY_MS), dict[bytes, bytes](), FIRST_DAY
    days: dict[bytes, set[int]] = {}
    for number, (hash_, later) in enumerate(steps):
        today += later
        for key, value in forgotten.take(today * DAY_MS):
            rows[key] = value or b""
        if number == restored_at:
            forgotten = Forgotten(REMEMBERED_DAYS * DAY_MS)
            for key, value in rows.items():
                if value:
                    forgotten.restore(key, value)
        for known, of_days in days.items():
            assert (known in forgotten) == remembered(of_days, today), f"{known!r} of days {of_days} on day {today}"
        forgotten.add(hash_, today * DAY_MS)
        days.setdefault(hash_, set()).add(today)
        assert hash_ in forgotten


def test_many_are_found_and_no_others_with_their_rows_in_chunks():
    dice = random.Random(4)
    forgotten, again = Forgotten(DAY_MS), Forgotten(DAY_MS)
    hashes = [dice.randbytes(HASH_BYTES) for _ in range(2 * CHUNK + 7)]
    for hash_ in hashes:
        forgotten.add(hash_, FIRST_DAY * DAY_MS)
    rows = forgotten.take(FIRST_DAY * DAY_MS)
    assert sorted(len(value or b"") for _, value in rows) == [7 * HASH_BYTES, CHUNK * HASH_BYTES, CHUNK * HASH_BYTES]
    for key, value in rows:
        assert value is not None
        again.restore(key, value)
    for known in (forgotten, again):
        assert all(hash_ in known for hash_ in hashes)
        assert not any(dice.randbytes(HASH_BYTES) in known for _ in range(1_000))


def test_what_was_forgotten_long_ago_takes_no_room():
    forgotten = Forgotten(DAY_MS)
    for day in range(FIRST_DAY, FIRST_DAY + 10):
        forgotten.take(day * DAY_MS)
        for number in range(100):
            forgotten.add(number.to_bytes(HASH_BYTES, "little"), day * DAY_MS)
    held = sum(map(len, forgotten._places.values()))
    assert held <= 3 * 100 * (HASH_BYTES + 1), f"{held} bytes for 100 hashes of each of two or three days"

"""Records keep their bytes; only their instants move."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.values import DAY_MS, HOUR_MS, EpochMs
from streams.sources.event_files import INSTANTS, UNREADABLE, DamagedFile, Outline, fields_of, lines, moved, outline


def test_lines_come_with_their_numbers_without_blanks_and_line_ends(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_bytes(b'{"a":1}\r\n\n  \n{"b":2}')
    assert list(lines(file)) == [(1, b'{"a":1}'), (4, b'{"b":2}')]


def test_gzip_is_seen_by_its_bytes_and_not_by_its_name(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_bytes(gzip.compress(b"1\n2\n"))
    assert [record for _, record in lines(file)] == [b"1", b"2"]


def test_a_cut_gzip_file_is_told_after_what_can_be_read(tmp_path):
    file = tmp_path / "a.gz"
    file.write_bytes(gzip.compress(b"1\n" * 100_000)[:-20])
    with pytest.raises(DamagedFile, match=r"a\.gz: not a whole gzip file"):
        list(lines(file))


@pytest.mark.parametrize(
    ("record", "found"),
    [
        (b'{"type":"call.queued","call_id":"c1","time":5}', Outline("calls", b"c1", EpochMs(5))),
        (
            b'{"type":"ticket.created","ticket_id":"t\\u00e9","time":"1970-01-01T00:00:01Z"}',
            Outline("tickets", "té".encode(), EpochMs(1000)),
        ),
        (b'{"type":"ticket.created","call_id":"c1","time":"noon"}', Outline("tickets", None, None)),
        (b'{"type":"survey.answered","survey_id":"s","time":1}', Outline("surveys", b"s", EpochMs(1))),
        (b'{"type":"mail.sent","mail_id":"m","time":1}', Outline(None, None, EpochMs(1))),
        (b'{"type":7,"call_id":"c1"}', Outline(None, b"c1", None)),
        (b'{"specversion":"1.0","type":"call.queued","time":1,"data":{"call_id":"c1","time":9}}', Outline("calls", b"c1", EpochMs(1))),
        (b'{"specversion":"1.0","type":"call.queued","data":{"call_id":"c1","time":9}}', Outline("calls", b"c1", EpochMs(9))),
        (b"[1]", UNREADABLE),
        (b"\xff", UNREADABLE),
        (b"[" * 100_000, UNREADABLE),
    ],
)
def test_the_outline_of_a_record(record, found):
    assert outline(record) == found


@pytest.mark.parametrize(
    ("record", "later"),
    [
        (b'{ "time" : 1000 , "x":1.0}', b'{ "time" : 3601000 , "x":1.0}'),
        (b'{"time":"2024-01-01T00:00:00+02:00"}', b'{"time":"2023-12-31T23:00:00.000Z"}'),
        (b'{"time":"2024-01-01T00:00:00.1239Z","q":"\\u00e9"}', b'{"time":"2024-01-01T01:00:00.123Z","q":"\\u00e9"}'),
        (b'{"time":1,"created":2,"waiting_since":3,"seq":4}', b'{"time":3600001,"created":3600002,"waiting_since":3600003,"seq":4}'),
        (b'{"time":true,"created":1.5}', b'{"time":true,"created":1.5}'),
        (b'{"time":"noon"}', b'{"time":"noon"}'),
        (b"not json", b"not json"),
        # the field names more than once, or hidden: written anew
        (b'{"x":{"time":1},"time":2}', b'{"x":{"time":1},"time":3600002}'),
        (b'{"time":1,"time":2}', b'{"time":3600002}'),
        (b'{"ti\\u006de":1}', b'{"time":3600001}'),
        (
            b'{"specversion":"1.0","time":1,"data":{"time":2,"created":3}}',
            b'{"specversion":"1.0","time":3600001,"data":{"time":3600002,"created":3600003}}',
        ),
        # not an instant of this record
        (b'{"q":"\\"time\\":1}","time":2}', b'{"q":"\\"time\\":1}","time":3600002}'),
    ],
)
def test_instants_move_and_all_else_stays(record, later):
    assert moved(record, HOUR_MS) == later


def test_nothing_moves_by_nothing():
    record = b'{"time":"2024-01-01T00:00:00+02:00"}'
    assert moved(record, 0) is record


def test_nothing_leaves_the_years_there_are():
    assert moved(b'{"time":5}', -DAY_MS) == b'{"time":5}'
    assert moved(b'{"time":"9999-12-31T23:00:00Z"}', DAY_MS) == b'{"time":"9999-12-31T23:00:00Z"}'


LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
VALUES = LEAVES | st.dictionaries(st.sampled_from(["time", "x"]), LEAVES, max_size=2) | st.lists(LEAVES, max_size=2)
NAMES = st.sampled_from(["time", "created", "waiting_since", "x", '"time":1,']) | st.text(max_size=8)


@given(st.dictionaries(NAMES, VALUES, max_size=5), st.booleans())
def test_whatever_else_is_in_an_object_stays(fields, escaped):
    record = json.dumps(fields, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    changed = moved(record, HOUR_MS)
    before, after = fields_of(record), fields_of(changed)
    if before is None or after is None:
        assert changed == record
    else:
        assert after == before | {name: after[name] for name in INSTANTS if name in before}


@given(st.binary())
def test_any_bytes_have_an_outline_and_can_be_moved(record):
    outline(record)
    moved(record, HOUR_MS)

"""Which records name a customer, and which only look like it."""

from __future__ import annotations

import pytest

from streams.core.naming import Names

LONG = Names(["person-4711", "k2hj5"])


@pytest.mark.parametrize(
    "value",
    [
        b'{"call_id": "c1", "customer_id": "person-4711"}',
        b'{"data": {"customer_id": "person-4711"}, "specversion": "1.0"}',
        b'{"referred_by": "person-4711"}',
        b'{"note": "called by person-4711, again"}',
        b'{"customer_id": "\\u0070erson-4711"}',
        b'{"customer_id": "k2hj5"}',
        b"no JSON at all: person-4711",
    ],
)
def test_a_record_names_a_customer_in_their_field_or_anywhere_as_a_word(value: bytes):
    assert LONG.stand_in(None, value, ())


def test_a_key_and_a_header_name_one_too():
    assert LONG.stand_in(b"k2hj5", None, ())
    assert LONG.stand_in(None, None, [("error.detail", b"expected the call_id 'person-4711', got no key @ key")])
    assert not LONG.stand_in(None, None, ())


@pytest.mark.parametrize(
    "value",
    [
        b'{"customer_id": "person-47112"}',
        b'{"customer_id": "aperson-4711"}',
        b'{"queue": "k2hj5"}',  # too short to be taken for one everywhere
        b"{",
    ],
)
def test_what_only_looks_like_it_stays(value: bytes):
    assert not LONG.stand_in(b"c1", value, ())


def test_a_number_is_the_id_that_it_looks_like_in_the_field_of_customers_alone():
    number = Names(["17"])
    assert number.stand_in(None, b'{"customer_id": 17, "seq": 3}', ())
    assert not number.stand_in(None, b'{"customer_id": "18", "seq": 17, "id": "17"}', ())
    assert number.stand_in(None, b'{"customer_id": "18", "seq": 17}', (), loosely=True)


def test_ids_with_signs_of_patterns_are_taken_as_they_are():
    assert Names(["a.b+c@d.lv"]).stand_in(None, b'{"customer_id": "a.b+c@d.lv"}', ())
    assert not Names(["a.b+c@d.lv"]).stand_in(None, b'{"customer_id": "axb+c@d.lv"}', ())

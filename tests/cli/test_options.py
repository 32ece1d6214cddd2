"""What is typed behind an option and cannot be is said in our words, with what can."""

from __future__ import annotations

import argparse

import pytest

from streams.cli.options import at_least_one, instant_of, not_negative, positive, share, whole
from tests.cli.calling import deskpulse


def test_what_can_be_is_taken():
    assert instant_of("2024-03-04T08:00:00+01:00") == instant_of("1709535600000") == 1_709_535_600_000
    assert (positive("0.5"), not_negative("0"), share("1"), whole("-7"), at_least_one("1")) == (0.5, 0.0, 1.0, -7, 1)


@pytest.mark.parametrize(
    ("parse", "written", "said"),
    [
        (instant_of, "noon", "noon: write 2024-03-04T08:00:00Z or epoch milliseconds"),
        (instant_of, "2024-03-04T08:00:00", "2024-03-04T08:00:00 has no zone: add Z or an offset such as +02:00"),
        (positive, "x", "x is not a number"),
        (positive, "0", "0: write a number above 0"),
        (not_negative, "nan", "nan: write a number from 0 on"),
        (share, "2", "2: write a share from 0 to 1, 0.01 = one in a hundred"),
        (whole, "1.5", "1.5 is not a whole number"),
        (whole, "²", "² is not a whole number"),
        (at_least_one, "0", "0: write a whole number from 1 on"),
    ],
)
def test_what_cannot_be_is_told(parse, written, said):
    with pytest.raises(argparse.ArgumentTypeError) as told:
        parse(written)
    assert str(told.value) == said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("lag", "--max-seconds", "x"), "argument --max-seconds: x is not a number: see `deskpulse lag --help`"),
        (
            ("dead-letters", "show", "--limit", "-5"),
            "argument --limit: -5: write a whole number from 1 on: see `deskpulse dead-letters --help`",
        ),
    ],
)
def test_commands_tell_it_in_one_line(arguments, said):
    assert deskpulse(*arguments) == (2, "", f"deskpulse: {said}\n")

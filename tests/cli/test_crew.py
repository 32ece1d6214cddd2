"""Processes that live and end together: whichever ends, and however, none is left behind and the exit code says what it was."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.crew_process import MEMBERS
from tests.desk import wait_for
from tests.program import Program

Start = Callable[..., Program]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Runs a crew whose members do as they are told, and returns when each of them has begun."""
    programs = []

    def start(*does: str) -> Program:
        program = Program([sys.executable, "-m", "tests.cli.crew_process", *does], tmp_path / "crew.log")
        programs.append(program)
        waiting = MEMBERS - sum("exit:" in one for one in does)
        program.start(lambda: program.output().count(" waits\n") == waiting and len(pids(program)) == MEMBERS)
        return program

    yield start
    for program in programs:
        left = [pid for pid in pids(program) if alive(pid)]
        program.kill()
        for pid in left:
            os.kill(pid, signal.SIGKILL)


def pids(program: Program) -> list[int]:
    return [int(pid) for pid in re.findall(r"is process (\d+)", program.output())]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def code_of(program: Program) -> int:
    """That of its end; nobody is left then."""
    assert program.process is not None
    code = program.process.wait(20)
    assert not [pid for pid in pids(program) if alive(pid)]
    return code


def test_each_member_is_told_in_a_line(start):
    said = start().output()
    assert [int(number) for number in re.findall(r"deskpulse: member (\d) is process \d+, in place \1\n", said)] == [0, 1, 2]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_goes_to_all_and_what_ends_by_it_is_no_error(start, number):
    program = start()
    program.signal(number)
    assert code_of(program) == 0


def test_a_changed_configuration_is_told_to_all_and_ends_nobody(start):
    program = start("0=attentive", "1=attentive", "2=attentive")
    program.signal(signal.SIGHUP)
    wait_for("all read again", lambda: program.output().count(" reads again\n") == 3, 10)
    program.signal(signal.SIGTERM)
    assert code_of(program) == 0


def test_a_changed_configuration_does_not_end_members_that_do_not_listen_yet(start):
    program = start("2=attentive")
    program.signal(signal.SIGHUP)
    wait_for("the last of them was told", lambda: "member 2 reads again\n" in program.output(), 10)
    program.signal(signal.SIGTERM)
    assert code_of(program) == 0


def test_it_waits_for_those_who_have_something_to_finish(start):
    program = start("0=tidy")
    program.signal(signal.SIGTERM)
    assert code_of(program) == 0
    assert "member 0 was told\n" in program.output()


def test_an_error_of_one_ends_all_with_its_exit_code(start):
    program = start("0=tidy")
    os.kill(pids(program)[2], signal.SIGKILL)
    assert code_of(program) == 128 + signal.SIGKILL
    assert f"member 2 (process {pids(program)[2]}) was ended by SIGKILL: all end with it\n" in program.output()
    assert "member 0 was told\n" in program.output()


@pytest.mark.parametrize("code", [0, 3])
def test_one_that_ends_by_itself_ends_all(tmp_path, code):
    """Also without an error: fewer than were asked for are not what was asked for."""
    program = Program([sys.executable, "-m", "tests.cli.crew_process", f"1=exit:{code}"], tmp_path / "crew.log")
    program.start(lambda: True)
    assert code_of(program) == code
    assert f" ended with exit code {code}: all end with it\n" in program.output()
    program.kill()


def test_one_that_does_not_end_is_killed_and_that_is_an_error(start):
    program = start("1=stubborn")
    program.signal(signal.SIGTERM)
    assert code_of(program) == 128 + signal.SIGKILL
    said = program.output()
    assert "not ended in 3 s, so killed: member 1 (process " in said
    assert said.endswith(f"member 1 (process {pids(program)[1]}) ended with exit code 137\n")


def test_nobody_outlives_the_parent(start):
    program = start("0=tidy")
    program.signal(signal.SIGKILL)
    wait_for("all are gone", lambda: not any(map(alive, pids(program))), 10)
    assert "member 0 was told\n" in program.output()

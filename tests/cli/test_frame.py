"""The frame of the command line: exit codes, one-line errors, quiet ends, a quick help."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from streams import cli
from streams.errors import ConfigError, StorageFull, Unreachable
from tests.cli.calling import deskpulse
from tests.tools import ROOT


def test_help_names_every_command():
    ended = deskpulse("--help")
    assert ended.code == 0
    for command in cli.COMMANDS:
        assert f"\n  {command} " in ended.out


def test_every_command_has_its_file():
    for command in cli.COMMANDS:
        assert (ROOT / "streams" / "cli" / f"{command.replace('-', '_')}.py").exists()


def test_without_a_command_the_help_is_shown_as_an_error():
    ended = deskpulse()
    assert (ended.code, ended.out) == (2, "")
    assert "commands:" in ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["reprot"], 'deskpulse: there is no command "reprot": did you mean report?\n'),
        (["xyz"], 'deskpulse: there is no command "xyz": see `deskpulse --help`\n'),
        (["--verbose"], "deskpulse: unrecognized arguments: --verbose: see `deskpulse --help`\n"),
        (["check", "--foo"], "deskpulse: unrecognized arguments: --foo: see `deskpulse check --help`\n"),
        (["topics"], "deskpulse: the following arguments are required: action: see `deskpulse topics --help`\n"),
        (["check", "/nix.toml"], "deskpulse: /nix.toml: there is no such file\n"),
        (["topics", "show", "-c", "/nix.toml"], "deskpulse: /nix.toml: there is no such file\n"),
    ],
)
def test_wrong_use_is_one_line_and_ends_with_2(arguments, said):
    assert deskpulse(*arguments) == (2, "", said)


def test_the_version_is_told():
    ended = deskpulse("--version")
    assert ended.code == 0
    assert re.fullmatch(r"deskpulse \d+\.\d+\.\d+\S*, core plain\n", ended.out)


def test_it_refuses_to_run_without_its_assertions():
    ended = deskpulse("check", python=("-O",))
    assert (ended.code, ended.out) == (2, "")
    assert "it does not run under `python -O`" in ended.err
    assert deskpulse("check", env={"PYTHONOPTIMIZE": "1"}).code == 2


def test_tracebacks_come_with_debug_alone():
    assert "Traceback" not in deskpulse("check", "/nix.toml").err
    for arguments in (["--debug", "check", "/nix.toml"], ["check", "/nix.toml", "--debug"]):
        ended = deskpulse(*arguments)
        assert ended.code == 2
        assert "Traceback" in ended.err
        assert ended.err.endswith("deskpulse: /nix.toml: there is no such file\n")


def test_the_help_imports_little():
    """Starting takes its time from what is imported, and a count is the same on a busy machine."""
    probe = "import sys; from streams.cli import main; main(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True)
    modules = set(done.stderr.split())
    assert not modules & {"msgspec", "asyncio", "kafka", "faust", "aiohttp", "rich", "importlib.metadata", "streams.config"}


@pytest.mark.slow
def test_the_help_is_there_at_once():
    def took_s() -> float:
        started = time.perf_counter()
        assert deskpulse("--help").code == 0
        return time.perf_counter() - started

    assert min(took_s() for _ in range(5)) < 0.150


# What a command may end with, tried on one that ends as told.


def ended_by(monkeypatch, capsys, error: BaseException) -> tuple[int, str]:
    def run(_: object) -> int:
        raise error

    command = SimpleNamespace(__doc__="", arguments=lambda _: None, run=run)
    monkeypatch.setattr("importlib.import_module", lambda _: command)
    return cli.main(["check"]), capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ConfigError("site.toml: x is 1"), 2, "deskpulse: site.toml: x is 1\n"),
        (Unreachable("kafka://a: nobody\nanswers"), 3, "deskpulse: kafka://a: nobody answers\n"),
        (StorageFull("full"), 3, "deskpulse: full\n"),
        (PermissionError(13, "Permission denied", "/var/x"), 3, "deskpulse: /var/x: Permission denied\n"),
        (KeyboardInterrupt(), 130, ""),
        (SystemExit(1), 1, ""),
    ],
)
def test_each_error_has_its_exit_code(monkeypatch, capsys, error, code, said):
    assert ended_by(monkeypatch, capsys, error) == (code, said)


def test_a_fault_of_our_own_says_where_and_is_no_answer(monkeypatch, capsys):
    code, said = ended_by(monkeypatch, capsys, AssertionError("billing: 3"))
    assert code == 70
    assert said.startswith("deskpulse: a fault of the program itself, AssertionError: billing: 3 (")
    assert said.endswith("): `--debug` shows the way there\n")


def test_it_is_quiet_where_nobody_reads_on():
    read_end, write_end = os.pipe()
    os.close(read_end)
    argv = [sys.executable, "-m", "streams.cli", "check", "--json"]
    done = subprocess.run(argv, cwd=ROOT, stdout=write_end, stderr=subprocess.PIPE, env={**os.environ, "DESKPULSE_STATE": "/nonexistent"})
    os.close(write_end)
    assert (done.returncode, done.stderr) == (141, b"")

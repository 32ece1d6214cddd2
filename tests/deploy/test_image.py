"""The image is small, runs as nobody in particular, and has in it what the program needs and nothing of how it was made."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

from tests.tools import ROOT

DOCKERFILE = ROOT / "deploy" / "Dockerfile"


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", "", re.sub(r"^\s*#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE))
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in text.splitlines() if line]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    begin = max(number for number, (what, _) in enumerate(found) if what == "FROM")
    return found[begin:]


def test_hadolint_has_nothing_to_say():
    done = subprocess.run(
        [Path(sys.executable).parent / "hadolint", "--failure-threshold", "style", DOCKERFILE], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_what_runs_is_not_root_and_has_a_health_check_and_no_tools():
    stage = dict(last_stage())
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", stage["USER"])
    assert "/-/live" in stage["HEALTHCHECK"]
    assert stage["ENTRYPOINT"] == '["deskpulse"]'
    runs = " ".join(value for what, value in last_stage() if what == "RUN")
    assert "pip uninstall" in runs
    assert not re.search(r"apt-get|pip install|curl|gcc", runs)
    assert [value.split() for what, value in last_stage() if what in ("COPY", "ADD")] == [
        ["--from=build", "/opt/deskpulse", "/opt/deskpulse"]
    ]


def test_dependencies_come_by_their_hashes_and_bases_by_a_version():
    runs = " ".join(value for what, value in instructions() if what == "RUN")
    assert "--require-hashes" in runs
    assert "--only-binary :all:" in runs
    bases = [value.split()[0] for what, value in instructions() if what == "FROM"]
    python = next(value for what, value in instructions() if what == "ARG")
    assert set(bases) == {"python:${PYTHON}"}
    assert re.fullmatch(r"PYTHON=3\.\d+-slim-\w+", python)
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert f"PYTHON={wanted.removeprefix('>=')}-" in python, "the locks are made for the oldest Python"


def test_what_builds_our_wheel_comes_by_its_hash_too():
    """pip would fetch the newest there is, into an environment of its own."""
    commands = [command.split() for what, value in instructions() if what == "RUN" for command in value.split("&&") if "pip" in command]
    fetching = [command for command in commands if {"install", "wheel"} & set(command) and not {"--no-index", "uninstall"} & set(command)]
    assert len(fetching) == 3, "requirements, what builds the wheel, the wheel"
    for command in fetching:
        assert "--require-hashes" in command or {"--no-deps", "--no-build-isolation"} <= set(command), " ".join(command)
    pinned = re.compile(r"^[\w.-]+==\S+", re.MULTILINE)
    tools = set(pinned.findall((ROOT / "requirements-build.lock").read_text()))
    assert any(tool.startswith("hatchling==") for tool in tools)
    assert tools <= set(pinned.findall((ROOT / "requirements-test.lock").read_text())), (
        "it is built by what it was tested with: run `make lock`"
    )


def test_what_it_copies_is_there_and_the_builder_gets_nothing_else():
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    let_in = {line[1:] for line in lines if line.startswith("!")}
    copied = {name for what, value in instructions() if what == "COPY" and not value.startswith("--") for name in value.split()[:-1]}
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)
    assert any(fnmatch("streams/__pycache__", line) for line in lines[1:])

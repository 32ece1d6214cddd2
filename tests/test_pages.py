"""What pages say can be done: links lead somewhere, commands and their options are there, and configurations are taken as they stand."""

from __future__ import annotations

import argparse
import importlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from streams.cli import COMMANDS
from streams.config import WrongConfig, load
from tests.tools import ROOT

PAGES: Final = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
NAMES: Final = [str(page.relative_to(ROOT)) for page in PAGES]
SHOWN: Final = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, block in enumerate(re.findall(r"^```toml\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE))
]
HERE_NOT_THERE: Final = ("there is no file", "a public address needs token_file")
"""What a page cannot bring along."""


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_to_what_is_there(page: Path):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if target.startswith("http"):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), target
        assert not anchor or anchor in set(anchors(there)), target


def anchors(page: Path) -> Iterator[str]:
    """As GitHub names them."""
    for head in re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", head.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_and_options_are_there(page: Path):
    for line in commands_of(page.read_text()):
        command, *words = line.split()
        assert command in COMMANDS, line
        known = options_of(command)
        assert {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)} <= known, line


def commands_of(text: str) -> Iterator[str]:
    """What follows `deskpulse` in a line that is typed, up to a comment, a pipe or the next command."""
    typed = [*re.findall(r"^```(?:sh)?\n(.*?)^```", text, re.DOTALL | re.MULTILINE), *re.findall(r"^ {4,}(.+)$", text, re.MULTILINE)]
    spans = re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
    for line in "\n".join([*typed, *spans]).splitlines():
        found = re.match(r"(?:\$ )?(?:/opt/deskpulse/bin/)?deskpulse ([a-z][a-z-]+(?= |$)[^#|&<>;]*)", line)
        if found:
            yield found[1]


def options_of(command: str) -> set[str]:
    parser = argparse.ArgumentParser()
    parser.add_argument("--debug")
    importlib.import_module(f"streams.cli.{command.replace('-', '_')}").arguments(parser)
    return {option for action in parser._actions for option in action.option_strings}


@pytest.mark.parametrize("shown", SHOWN)
def test_configurations_are_taken_as_they_stand(shown: str, tmp_path: Path):
    (tmp_path / "site.toml").write_text(shown)
    assert [complaint for complaint in complaints_of(tmp_path / "site.toml") if not any(said in complaint for said in HERE_NOT_THERE)] == []


def complaints_of(site: Path) -> Sequence[str]:
    try:
        load(site, {"TZ": "UTC"})
    except WrongConfig as wrong:
        return wrong.complaints
    return ()

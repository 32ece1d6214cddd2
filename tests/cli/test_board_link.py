"""`deskpulse board link`: prints an address once, says which there are, and ends them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from streams.outputs.links import Links
from streams.runtime.clock import wall_clock
from tests.cli.calling import Ended, deskpulse


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text("secret\n")
    path = tmp_path / "site.toml"
    path.write_text('[http]\naddress = "0.0.0.0:8700"\ntoken_file = "token"\nlinks_file = "links"\n[board.sales]\ntiles = ["waiting"]\n')
    return path


def link(site: Path, *arguments: str) -> Ended:
    return deskpulse("board", "link", *arguments, "-c", site)


def test_a_link_is_printed_listed_and_revoked(site):
    made = link(site, "sales", "--at", "https://board.example.com/")
    assert made.code == 0
    found = re.fullmatch(r"https://board\.example\.com/link/([A-Za-z0-9_-]{43})\n", made.out)
    assert found
    opened = Links(site.parent / "links", wall_clock).opened(found[1])
    assert opened is not None
    assert opened.board == "sales"
    listed = link(site, "--list")
    name = listed.out.split()[0]
    ends_it = f"`deskpulse board link --revoke {name} -c {site}` ends it"
    assert made.err == f"its id is {name}: {ends_it}\n", "beside the address, which a script takes; the command can be pasted"
    assert re.fullmatch(rf"{name}  sales  made \S+Z  until it is revoked\n", listed.out)
    assert found[1] not in listed.out
    assert link(site, "--revoke", name).out == f"revoked: {name}, of the board sales\n"
    assert json.loads(link(site, "--list", "--json").out) == {"links": []}
    assert link(site, "--list") == Ended(0, "", "there are none: `deskpulse board link NAME` makes one\n")
    assert Links(site.parent / "links", wall_clock).opened(found[1]) is None


def test_what_root_writes_belongs_to_whom_the_folder_belongs_to_for_boards_run_as_that_user(site, monkeypatch):
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "fchown", lambda _, user, group: given.append((user, group)))
    Links(site.parent / "links", wall_clock).make("sales", None)
    folder = site.parent.stat()
    assert given == [(folder.st_uid, folder.st_gid)] * 2, "the file, and the lock that the next one who makes a link has to open"


def test_without_an_address_it_is_that_of_the_configuration(site):
    told = json.loads(link(site, "sales", "--days", "30", "--json").out)
    assert re.fullmatch(r"http://[^/:]+:8700/link/\S+", told["address"])
    assert "0.0.0.0" not in told["address"]
    assert (told["board"], told["until"] > told["made"]) == ("sales", True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("link", "saels"), 'there is no board "saels": did you mean sales?'),
        (("link",), "say one of them: deskpulse board link NAME, --list, or --revoke ID"),
        (("link", "sales", "--list"), "say one of them"),
        (("link", "--revoke", "12345678"), 'there is no link "12345678": see `deskpulse board link --list`'),
        (("link", "sales", "--days", "0"), "a number of days from 1 to 3650, not 0"),
        (("--list",), "--list goes with `deskpulse board link`"),
    ],
)
def test_what_cannot_be_is_said(site, arguments, said):
    ended = deskpulse("board", *arguments, "-c", site)
    assert ended.code == 2
    assert said in ended.err


def test_without_a_token_no_link_is_needed(tmp_path):
    path = tmp_path / "site.toml"
    path.write_text("")
    ended = link(path, "default")
    assert ended.code == 2
    assert "without http.token_file whoever reaches the board may read: http://127.0.0.1:8600/?board=default needs no link" in ended.err

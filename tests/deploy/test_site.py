"""The configuration we hand out is one the program takes, and fits the units beside it."""

from __future__ import annotations

from pathlib import Path

from streams.cli import main
from streams.config import EmbeddedLog, load
from tests.tools import ROOT

SITE = ROOT / "deploy" / "site.toml"


def test_the_site_to_begin_with_is_fine(capsys):
    code = main(["check", str(SITE)])
    assert code == 0, capsys.readouterr()


def test_commands_of_any_user_find_the_state_of_the_service_with_it_alone():
    """The state directory of a unit is in its environment: whoever calls `deskpulse doctor -c` has another one."""
    (unit,) = (line for line in (ROOT / "deploy/systemd/deskpulse.service").read_text().splitlines() if line.startswith("StateDirectory="))
    directory = Path("/var/lib") / unit.removeprefix("StateDirectory=")
    config = load(SITE, {})
    assert config.log == EmbeddedLog(directory=directory)
    assert config.http.links.parent == directory

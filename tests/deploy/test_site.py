"""The configuration we hand out is one the program takes."""

from __future__ import annotations

from streams.cli import main
from tests.tools import ROOT


def test_the_site_to_begin_with_is_fine(capsys):
    code = main(["check", str(ROOT / "deploy" / "site.toml")])
    assert code == 0, capsys.readouterr()

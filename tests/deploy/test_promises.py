"""The configuration in docs/promises.md is one the program takes."""

from __future__ import annotations

from streams.cli import main
from tests.tools import ROOT


def test_the_sample_of_hours_and_promises_is_fine(tmp_path, capsys):
    text = (ROOT / "docs" / "promises.md").read_text()
    site = tmp_path / "site.toml"
    site.write_text(text.partition("```toml\n")[2].partition("```")[0])
    assert main(["check", str(site)]) == 0
    said = capsys.readouterr().out
    assert "calendars  office, night\n" in said
    assert "promises   queue_wait, first_response, next_response, resolution\n" in said

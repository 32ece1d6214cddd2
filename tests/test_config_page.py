"""docs/configuration.md names every key there is, and none that is not."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from streams.config import load
from tests.test_config import complaints_of
from tests.tools import ROOT

PAGE: Final = (ROOT / "docs/configuration.md").read_text()
SITE: Final = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0]
SHOWN: Final[Mapping[str, Any]] = tomllib.loads(SITE)
SECTIONS: Final = {
    "": SHOWN,
    **{f"[{name}]": SHOWN[name] for name in ("http", "metrics", "kafka", "topics", "backlog", "privacy", "limits", "worker")},
    "[limits.keep]": SHOWN["limits"]["keep"],
    "[calendar.x]": SHOWN["calendar"]["office"],
    "[queue.x]": SHOWN["queue"]["billing"],
    "[[sla]]": SHOWN["sla"][0],
    "[target.abandon_rate]": SHOWN["target"]["abandon_rate"],
    "[board.x]": {**SHOWN["board"]["sales"], "pages": "instead of tiles, as its comment says"},
}


@pytest.mark.parametrize(("head", "shown"), SECTIONS.items(), ids=SECTIONS)
def test_the_page_names_all_keys_of_a_section_and_no_others(head, shown):
    told = [line.partition("known here: ")[2] for line in complaints_of(f"{head}\nqqqqqqqqqqqqqqqq = 1\n") if "known here: " in line]
    assert set(told[0].split(", ")) == set(shown)


def test_what_the_page_shows_is_taken_as_it_stands(tmp_path: Path):
    """But for the files it names, which are not there."""
    text = SITE
    for name in re.findall(r'"(/etc/deskpulse/[\w-]+(?:\.\w+)?)"', SITE):
        there = tmp_path / Path(name).name
        there.write_text("of-thirty-two-characters-or-more-1234\n")
        there.chmod(0o600)
        text = text.replace(name, str(there))
    file = tmp_path / "site.toml"
    file.write_text(text)
    config = load(file, {})
    assert config.queues[0].title == "Billing"
    assert config.calendars["office"]

"""docs/wallboard.md says of each tile of the board that is there by itself what it is."""

from __future__ import annotations

import json
import re

from streams.config import Topics
from streams.config.boards import default_board
from tests.tools import ROOT

KINDS_WITH_A_TITLE = ("waiting", "sla_due", "agents", "aging", "blockage")


def test_the_page_has_the_tiles_of_the_usual_board_by_their_titles_and_in_their_order():
    messages = json.loads((ROOT / "streams/outputs/wallboard/messages/en.json").read_text())
    tiles = [tile for page in default_board(Topics().in_log).pages for tile in page]
    titles = [messages[f"kind.{tile.kind}" if tile.kind in KINDS_WITH_A_TITLE else f"kpi.{tile.kpi}"] for tile in tiles]
    page = (ROOT / "docs/wallboard.md").read_text()
    rows = page[page.index("## The tiles") : page.index("## Whether it can be believed")].splitlines()
    assert [title for row in rows if row.startswith("| *") for title in re.findall(r"\*([^*]+)\*", row.split("|")[1])] == titles

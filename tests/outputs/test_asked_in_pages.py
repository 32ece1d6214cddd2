"""What pages ask the API for is answered."""

from __future__ import annotations

import re
from typing import Final

import pytest

from tests.outputs.centre import morning
from tests.outputs.serving import api
from tests.tools import ROOT

PAGES: Final = "\n".join(page.read_text() for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
ASKED: Final = set(re.findall(r"/api/v1/(?:rows|history|explain)\?[^\s'`)]+", PAGES))
ADDRESSES: Final = sorted(address for address in ASKED if not re.search(r"=(?:&|$)", address))
"""Without those that name parameters alone."""


@pytest.mark.parametrize("address", ADDRESSES)
async def test_it_is_answered(address):
    async with api(morning().snapshot()) as client:
        answer = await client.get(address)
        assert answer.status == 200, await answer.text()

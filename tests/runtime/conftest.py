from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.runtime.logs import World, layout_for, open_world


@pytest_asyncio.fixture(params=["memory", "embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
async def world(request: pytest.FixtureRequest, tmp_path: Path, prefix: str) -> AsyncIterator[World]:
    async with open_world(request.param, layout_for(prefix), tmp_path / "log", lambda: str(request.getfixturevalue("kafka"))) as opened:
        yield opened

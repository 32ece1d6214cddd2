"""A whole day of the invented contact centre, told once for all who read it."""

from __future__ import annotations

import pytest

from streams.sources.simulator import Made
from tests.sources.story import MONDAY, events


@pytest.fixture(scope="session")
def a_day() -> list[Made]:
    return events(start=MONDAY, hours=24)

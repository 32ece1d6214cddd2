"""What tests of outputs share."""

from __future__ import annotations

import pytest

from streams.outputs import stream


@pytest.fixture
def quick_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Feeds turn fifty times per second."""
    monkeypatch.setattr(stream, "TURN_S", 0.02)

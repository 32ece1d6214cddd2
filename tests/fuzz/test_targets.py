"""That `make fuzz` would find something: each target holds for a little garbage, and its machinery says how much was tried."""

from __future__ import annotations

import pytest

from tests.fuzz import __main__ as fuzzing
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_a_little_garbage_does_no_harm(name, monkeypatch):
    monkeypatch.setattr(fuzzing, "EXAMPLES", 5)
    assert fuzzing.fuzz(name, TARGETS[name], seconds=0.001, seed=4711).startswith(f"{name}: 5 tried")

"""What is told of a case: once each time it changes, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from schemas.values import EpochMs
from streams.core.log import Output
from streams.core.tellings import Telling, Told, Voice, tell

NOW: Final = EpochMs(5)


class Crier:
    """Tells numbers below 100 as they are."""

    def mark(self, told: Any, content: Any | None) -> Any:
        return 0 if content is None else content + 1

    def say(self, case_id: str, name: str, revision: int, told: Any, content: Any | None, now_ms: EpochMs) -> Iterator[Output]:
        yield Output("news", case_id.encode(), f"{name} {revision} {told} {content}".encode(), [])


class Riser(Crier):
    """Tells what rises, and never that it falls."""

    def mark(self, told: Any, content: Any | None) -> Any:
        return max(told, content or 0)


VOICES: Final[dict[str, Voice]] = {"c": Crier(), "r": Riser()}


def said(told: Told, *tellings: Telling) -> list[str]:
    return [(output.value or b"").decode() for output in tell("T1", told, tellings, VOICES, NOW)]


def test_what_is_new_has_changed_or_is_gone_is_told_and_what_has_not_changed_is_not():
    told: Told = {}
    assert said(told, ("ca", 7), ("cb", 8)) == ["ca 1 0 7", "cb 1 0 8"]
    assert said(told, ("ca", 7), ("cb", 9)) == ["cb 2 9 9"]
    assert said(told, ("cb", 9)) == ["ca 2 8 None"]
    assert said(told, ("cb", 9)) == []
    assert told == {"ca": (2, 0), "cb": (2, 10)}


def test_what_comes_again_after_it_was_taken_back_has_a_higher_revision():
    told: Told = {}
    for contents in ((("ca", 7),), (), (("ca", 7),)):
        said(told, *contents)
    assert told == {"ca": (3, 8)}


def test_a_voice_decides_what_there_is_to_say():
    told: Told = {}
    assert said(told, ("rx", 1)) == ["rx 1 0 1"]
    assert said(told, ("rx", 0)) == said(told) == []
    assert said(told, ("rx", 2)) == ["rx 2 1 2"]


states = st.dictionaries(st.sampled_from(["ca", "cb", "cc"]), st.integers(0, 3), max_size=3)


@given(st.lists(states, max_size=8))
def test_who_hears_everything_knows_how_it_stands(history):
    """Of each name the highest revision says it, in whatever order the records are read."""
    told: Told = {}
    latest: dict[str, tuple[int, str]] = {}
    for state in history:
        for record in said(told, *state.items()):
            name, revision, _, content = record.split()
            latest[name] = max(latest.get(name, (0, "")), (int(revision), content))
        assert {name: content for name, (_, content) in latest.items() if content != "None"} == {n: str(c) for n, c in state.items()}

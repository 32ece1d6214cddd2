"""What other topics have to know of a case: said as it stands, told when it has changed.

A fold says with `tellings` what there is to be told of a case now, as with `standings` what stands. The store compares it with what was
told last, which stands in the row of the case, and makes records of the difference: in the checkpoint that writes the row, so that
each is written once, whoever is killed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from schemas.values import EpochMs
from streams.core.log import Output

Telling = tuple[str, Any]
"""(name, content). The name is unique in its case; its first letter says which voice tells it, and stays as long as the name."""

Told = dict[str, tuple[int, Any]]
"""Name -> how often it was told, and the mark of what was told last: plain values, as small as they can be."""

NOTHING: Final = 0
"""The mark of what was never told, or has been taken back."""


class Voice(Protocol):
    """Makes the records of one topic. Has no state."""

    def mark(self, told: Any, content: Any | None) -> Any:
        """What to remember of `content`. Where it is what was remembered, `told`, there is nothing to say.

        content  None: it is no longer so
        """

    def say(self, case_id: str, name: str, revision: int, told: Any, content: Any | None, now_ms: EpochMs) -> Iterator[Output]:
        """The records that lead from what was `told` to `content`. `revision`: how often it was told, with this time."""


Voices = Mapping[str, Voice]
"""By the first letter of names."""


def tell(case_id: str, told: Told, tellings: Sequence[Telling], voices: Voices, now_ms: EpochMs) -> Iterator[Output]:
    """What is new, has changed or is gone; `told` is brought up to date. What is gone keeps its place there: it may come again."""
    current = dict(tellings)
    assert len(current) == len(tellings), f"{case_id} tells twice of one name: {tellings}"
    for name in [*current, *(name for name in told if name not in current)]:
        revision, mark = told.get(name, (0, NOTHING))
        content = current.get(name)
        voice = voices[name[0]]
        new = voice.mark(mark, content)
        if new != mark:
            told[name] = (revision + 1, new)
            yield from voice.say(case_id, name, revision + 1, mark, content, now_ms)

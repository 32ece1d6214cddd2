"""Another worker of the same name: the two take one place in the group from each other, again and again. Pure."""

from __future__ import annotations

# Each takes it with a heartbeat (1 s), in one and the same generation.
TURNS_MAX = 5
TURN_S = 10.0


class Twin:
    """Seen by how often the group is given out."""

    def __init__(self) -> None:
        self._generation = self._turns = 0
        self._turned_s = 0.0

    def shows(self, generation: int, now_s: float) -> bool:
        """Whether there must be one: call it with each rebalance. now_s: by a clock that is never set."""
        again = generation == self._generation and now_s - self._turned_s < TURN_S
        self._generation, self._turned_s, self._turns = generation, now_s, self._turns + 1 if again else 0
        return self._turns >= TURNS_MAX

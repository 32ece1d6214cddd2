"""What a slow reading of the contract finds: amounts by name, in each cut. It shares no code with folds, panes and formulas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

Labels = tuple[tuple[str, str], ...]
"""Of a row, in the order of their names."""
CUTS = ((), ("queue",), ("channel",), ("queue", "channel"), ("priority",), ("queue", "priority"))


class Tally:
    """Adds up. What has no queue is in no cut by queue."""

    def __init__(self) -> None:
        self.cuts: dict[Labels, Counter[str]] = {(): Counter()}
        self.ages_ms: dict[Labels, dict[str, int]] = {}

    def add(self, name: str, labels: Mapping[str, str], amount: int = 1) -> None:
        for cut in cuts_of(labels):
            self.cuts.setdefault(cut, Counter())[name] += amount

    def stands(self, name: str, labels: Mapping[str, str], age_ms: int) -> None:
        """Once more, and the oldest is at least so old."""
        self.add(name, labels)
        for cut in cuts_of(labels):
            ages = self.ages_ms.setdefault(cut, {})
            ages[name] = max(ages.get(name, 0), age_ms)

    def oldest_s(self, cut: Labels, *names: str) -> float | None:
        ages_ms = self.ages_ms.get(cut, {})
        found = [ages_ms[name] for name in names if name in ages_ms]
        return max(found) / 1000 if found else None


def cuts_of(labels: Mapping[str, str]) -> Iterator[Labels]:
    for cut in CUTS:
        if all(labels.get(label) for label in cut):
            yield tuple(sorted((label, labels[label]) for label in cut))

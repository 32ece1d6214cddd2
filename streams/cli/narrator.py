"""What the demonstration tells on the terminal while it runs: what comes, what it does to the figures, and when that is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final, NamedTuple

from schemas.lengths import duration_text
from schemas.values import MINUTE_MS, SECOND_MS, DurationMs, EpochMs
from streams.core.snapshot import Snapshot
from streams.sources.simulator import Incident

SAY_EVERY_MS: Final = 5 * MINUTE_MS
KPIS: Final = ("waiting", "service_level", "sla_breached", "calls_blocked")


class Figures(NamedTuple):
    """A moment of the board, over all queues.

    service_level  of the last five minutes; None: nothing was decided
    broken         promises of an answer, today
    blocked        calls, today
    """

    waiting: float
    oldest_s: float | None
    service_level: float | None
    today: float | None
    broken: float
    blocked: float

    @classmethod
    def of(cls, snapshot: Snapshot) -> Figures:
        rows = snapshot.rows(kpis=KPIS, windows=("now", "5m", "today"), cuts=((),))
        found = {(row.kpi, row.stat, row.window, row.labels.get("clock")): row.value for row in rows if not row.labels.keys() - {"clock"}}
        return cls(
            waiting=found.get(("waiting", "count", "now", None)) or 0,
            oldest_s=found.get(("waiting", "oldest", "now", None)),
            service_level=found.get(("service_level", "event", "5m", None)),
            today=found.get(("service_level", "event", "today", None)),
            broken=found.get(("sla_breached", "count", "today", "queue_wait")) or 0,
            blocked=found.get(("calls_blocked", "count", "today", None)) or 0,
        )


class Narrator:
    """Of incidents that follow each other. Knows the past by what it was asked for, and the future not at all."""

    def __init__(self, begins_ms: EpochMs, incidents: Sequence[Incident], target: float, promised_ms: DurationMs, zone: tzinfo) -> None:
        """begins_ms    of the story, from which incidents are counted
        target       of the service level: what is recovery
        promised_ms  an answer within so much
        """
        self._spans = [(begins_ms + incident.after_ms, begins_ms + incident.after_ms + incident.length_ms) for incident in incidents]
        self._incidents = incidents
        self._target = target
        self._promised = duration_text(promised_ms)
        self._zone = zone
        self._number = 0
        self._told = "nothing"  # of the incident at hand: nothing, begun, over
        self._broken = False
        self._before: Figures | None = None
        self._said_ms = 0

    def lines(self, now_ms: EpochMs, figures: Figures) -> list[str]:
        """What is new at that moment; asked in order of time."""
        found: list[str] = []
        while self._number < len(self._spans):
            begin_ms, end_ms = self._spans[self._number]
            if self._told == "nothing":
                if now_ms < begin_ms:
                    break
                self._told, self._broken, self._before, self._said_ms = "begun", False, figures, begin_ms
                found.append(self._line(begin_ms, self._begins(self._incidents[self._number])))
            if not self._broken and self._since("broken", figures):
                self._broken = True
                found.append(self._line(now_ms, f"The first promise is broken: an answer within {self._promised}."))
            if self._told != "over" and now_ms >= end_ms:
                self._told = "over"
                found.append(self._line(end_ms, "It is over: no more callers than usual, the people come back, all lines work."))
            if self._told == "over" and now_ms > end_ms and (figures.service_level or 0) >= self._target:
                found.append(self._line(now_ms, self._recovered(figures)))
                self._told = "nothing"
                self._number += 1
                continue
            if now_ms >= self._said_ms + SAY_EVERY_MS:
                self._said_ms = now_ms
                found.append(self._line(now_ms, self._stands(figures)))
            break
        return found

    def _begins(self, incident: Incident) -> str:
        return (
            f"Trouble, for {incident.length_ms / MINUTE_MS:g} minutes: {incident.arrivals:g} times the calls, "
            f"{incident.agents_away:.0%} of the people leave, {incident.lines:.0%} of the trunk lines still work."
        )

    def _stands(self, figures: Figures) -> str:
        oldest = f", the oldest for {figures.oldest_s / 60:.0f} min" if figures.oldest_s else ""
        level = f"{figures.service_level:.0%}" if figures.service_level is not None else "no sample"
        return (
            f"{figures.waiting:.0f} wait{oldest}; service level of the last 5 minutes {level} (target {self._target:.0%}); "
            f"promises broken: {self._since('broken', figures):.0f}, calls turned away: {self._since('blocked', figures):.0f}."
        )

    def _recovered(self, figures: Figures) -> str:
        today = f", of the whole day {figures.today:.0%}" if figures.today is not None else ""
        return (
            f"Recovered: {figures.waiting:.0f} wait; service level of the last 5 minutes {figures.service_level:.0%}{today}. "
            f"Promises broken by it: {self._since('broken', figures):.0f}, calls turned away: {self._since('blocked', figures):.0f}."
        )

    def _since(self, what: str, figures: Figures) -> float:
        """Since it began; a day that begins meanwhile counts from 0."""
        assert self._before is not None
        count: float = getattr(figures, what)
        before: float = getattr(self._before, what)
        return count - before if count >= before else count

    def _line(self, at_ms: int, text: str) -> str:
        return f"{datetime.fromtimestamp(at_ms / SECOND_MS, self._zone):%H:%M}  {text}"

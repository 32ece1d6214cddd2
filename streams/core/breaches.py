"""The topic `sla-breaches`: what it says of a promise, and when it says it again (events.md, Output topics).

Each clock of a case is at risk once and breached once. A breach that turns out not to have been, because a late event shows that the answer
came in time, is withdrawn; should yet another event bring it back, it is told anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from schemas.instants import rfc3339
from schemas.records import SlaRecord
from schemas.values import SECOND_MS, EpochMs
from streams.core.cases.sla_clocks import SlaTold
from streams.core.clocks.sla import CLOCKS
from streams.core.log import Output
from streams.core.tellings import NOTHING

AT_RISK: Final = 1
"""The mark of a clock of which it was told that it is at risk. That of a breach is [due_ms, queue, channel, priority, target_ms]: a
withdrawal says the same again, so that who counts them by labels is right in the end."""

_encode = msgspec.json.Encoder().encode


class SlaVoice:
    """See `Voice`."""

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def mark(self, told: Any, content: SlaTold | None) -> Any:
        """A level: what was told rises by itself, and falls from a breach alone."""
        if content is not None and content.breached_ms >= 0:
            return told if isinstance(told, list) else [content.breached_ms, *content.cell[:3], content.target_ms]
        if isinstance(told, list):
            return AT_RISK
        return told if content is None else AT_RISK

    def say(self, case_id: str, name: str, revision: int, told: Any, content: SlaTold | None, now_ms: EpochMs) -> Iterator[Output]:
        """One record; two where a clock became at risk and was breached since the last checkpoint."""
        clock, instance = CLOCKS[int(name[1])], name[2:]

        def output(type_: str, due_ms: int, at_ms: int, labels: Sequence[str], target_ms: int) -> Output:
            queue, channel, priority = labels
            record = SlaRecord(
                type=type_,  # type: ignore[arg-type]
                clock=clock,  # type: ignore[arg-type]
                instance=instance,
                due=rfc3339(due_ms) if due_ms >= 0 else None,
                time=rfc3339(at_ms),
                queue=queue or None,
                channel=channel,
                priority=priority,
                target_seconds=target_ms // SECOND_MS if target_ms % SECOND_MS == 0 else target_ms / SECOND_MS,
            )
            return Output(self._topic, case_id.encode(), _encode(record), [], keyed=True)

        if isinstance(told, list):
            due_ms, *labels, target_ms = told
            yield output("sla.withdrawn", due_ms, now_ms, labels, target_ms)
            return
        assert content is not None, f"{name} was never told, and is gone"
        labels = list(content.cell[:3])
        if told == NOTHING and content.risked_ms >= 0:
            yield output("sla.at_risk", content.due_ms, content.risked_ms, labels, content.target_ms)
        if content.breached_ms >= 0:
            yield output("sla.breached", content.breached_ms, content.breached_ms, labels, content.target_ms)

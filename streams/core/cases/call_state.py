"""What is known of a call so far: all that its next event needs."""

from __future__ import annotations

from typing import Final

from schemas.values import NO_QUEUE, Cell
from streams.core.cases.kept import Kept
from streams.core.cases.sla_clocks import SlaClocks, SlaClocksRow

# Phases of the latest visit.
NO_VISIT: Final = 0
WAITING: Final = 1
ABANDONED: Final = 2  # may be rejoined, as if never gone
OVER: Final = 3

NONE: Final = -1
"""No instant. Not 0: a broken clock says 1970."""


SegmentRow = tuple[str, int, Cell, int]
Unserved = tuple[str, int, Cell]
"""What happened to the customer who was not served (abandoned, blocked, closed), when, and where."""


class Segment:
    """A finished conversation that waits for its wrap-up."""

    __slots__ = (
        "agent_id",
        "cell",
        "ended_ms",
        "length_ms",
    )

    def __init__(self, agent_id: str, ended_ms: int, cell: Cell, length_ms: int) -> None:
        self.agent_id = agent_id
        self.ended_ms = ended_ms
        self.cell = cell
        self.length_ms = length_ms  # talk + hold

    def row(self) -> SegmentRow:
        return (self.agent_id, self.ended_ms, self.cell, self.length_ms)

    @staticmethod
    def of(row: SegmentRow) -> Segment:
        return Segment(*row)


CallStateRow = tuple[
    str,
    bool,
    str | None,
    bool,
    int,
    Cell | None,
    int,
    Cell | None,
    int,
    bool,
    int,
    bool,
    str,
    int,
    Cell | None,
    int,
    int,
    list[SegmentRow],
    bool,
    bool,
    int,
    SlaClocksRow | None,
    str | None,
    int,
    Cell | None,
    int,
    list[Unserved],
    str | None,
]


class CallState(Kept):
    """All that the next event needs to know. Instants in epoch ms."""

    __slots__ = (
        "abandoned_ms",
        "agent_id",
        "answered_ms",
        "case_id",
        "cell",
        "channel",
        "crossed",
        "customer_id",
        "fate_agent",
        "fate_cell",
        "fate_ms",
        "finished",
        "handle_ms",
        "handled",
        "held_ms",
        "hold_ms",
        "last_ms",
        "outbound",
        "phase",
        "prequeue_abandoned",
        "queued_ms",
        "received_cell",
        "received_ms",
        "sla",
        "started",
        "talk_cell",
        "timed_out",
        "unserved",
    )

    def __init__(self) -> None:
        self.channel: str = ""
        self.outbound: bool = False
        self.customer_id: str | None = None
        self.started: bool = False  # a call.started has been seen: channel and direction are its
        self.received_ms: int = NONE
        self.received_cell: Cell | None = None
        self.phase: int = NO_VISIT
        self.cell: Cell | None = None  # of the latest visit
        self.queued_ms: int = 0
        self.crossed: bool = False  # the threshold passed while waiting, and is counted
        self.abandoned_ms: int = 0
        self.prequeue_abandoned: bool = False
        self.agent_id: str = ""
        self.answered_ms: int = NONE  # of the open conversation
        self.talk_cell: Cell | None = None  # its labels, where they are not those of the latest visit
        self.held_ms: int = NONE  # since when on hold
        self.hold_ms: int = 0
        self.finished: list[Segment] = []  # without wrap-up so far
        self.handled: bool = False
        self.timed_out: bool = False  # a limit closed a visit or a conversation
        self.last_ms: int = 0  # of the latest event, or of a limit that passed after it
        self.sla: SlaClocks | None = None  # None: nothing was promised
        self.case_id: str | None = None
        self.fate_ms: int = NONE  # end of the first conversation; before there is one, of the latest visit
        self.fate_cell: Cell | None = None  # its labels, where they are not those of the latest visit
        self.handle_ms: int = 0  # talk, hold and wrap-up so far
        self.unserved: list[Unserved] = []
        self.fate_agent: str | None = None  # who had the first conversation, where single people are seen

    def row(self) -> CallStateRow:
        return (
            self.channel,
            self.outbound,
            self.customer_id,
            self.started,
            self.received_ms,
            self.received_cell,
            self.phase,
            self.cell,
            self.queued_ms,
            self.crossed,
            self.abandoned_ms,
            self.prequeue_abandoned,
            self.agent_id,
            self.answered_ms,
            self.talk_cell,
            self.held_ms,
            self.hold_ms,
            [segment.row() for segment in self.finished],
            self.handled,
            self.timed_out,
            self.last_ms,
            None if self.sla is None else self.sla.row(),
            self.case_id,
            self.fate_ms,
            self.fate_cell,
            self.handle_ms,
            self.unserved,
            self.fate_agent,
        )

    @staticmethod
    def of(row: CallStateRow) -> CallState:
        state = CallState()
        (
            state.channel,
            state.outbound,
            state.customer_id,
            state.started,
            state.received_ms,
            state.received_cell,
            state.phase,
            state.cell,
            state.queued_ms,
            state.crossed,
            state.abandoned_ms,
            state.prequeue_abandoned,
            state.agent_id,
            state.answered_ms,
            state.talk_cell,
            state.held_ms,
            state.hold_ms,
            finished,
            state.handled,
            state.timed_out,
            state.last_ms,
            sla,
            state.case_id,
            state.fate_ms,
            state.fate_cell,
            state.handle_ms,
            state.unserved,
            state.fate_agent,
        ) = row
        state.sla = None if sla is None else SlaClocks.of(sla)
        state.finished = [Segment.of(segment) for segment in finished]
        return state

    def copy(self) -> CallState:
        """The same, to be changed apart from this one."""
        return CallState.of(self.row())


def labels(state: CallState) -> Cell:
    """Of what happens outside a visit: those of the latest one."""
    return state.cell if state.cell is not None else Cell(NO_QUEUE, state.channel, "normal")


def talk_labels(state: CallState) -> Cell:
    """Of the open conversation."""
    return state.talk_cell or labels(state)

"""What is known of a call so far: all that its next event needs."""

from __future__ import annotations

from typing import Final

import msgspec

from schemas.values import NO_QUEUE, Cell

# Phases of the latest visit.
NO_VISIT: Final = 0
WAITING: Final = 1
ABANDONED: Final = 2  # may be rejoined, as if never gone
OVER: Final = 3

NONE: Final = -1
"""No instant. Not 0: a broken clock says 1970."""


class Segment(msgspec.Struct, array_like=True, gc=False):
    """A finished conversation that waits for its wrap-up."""

    agent_id: str
    ended_ms: int
    cell: Cell
    length_ms: int  # talk + hold


class CallState(msgspec.Struct, array_like=True, gc=False):
    """All that the next event needs to know. Instants in epoch ms."""

    channel: str = ""
    outbound: bool = False
    customer_id: str | None = None
    started: bool = False  # a call.started has been seen: channel and direction are its
    received_ms: int = NONE
    received_cell: Cell | None = None
    phase: int = NO_VISIT
    cell: Cell | None = None  # of the latest visit
    queued_ms: int = 0
    crossed: bool = False  # the threshold passed while waiting, and is counted
    abandoned_ms: int = 0
    prequeue_abandoned: bool = False
    agent_id: str = ""
    answered_ms: int = NONE  # of the open conversation
    talk_cell: Cell | None = None  # its labels, where they are not those of the latest visit
    held_ms: int = NONE  # since when on hold
    hold_ms: int = 0
    finished: list[Segment] = []  # without wrap-up so far
    handled: bool = False
    timed_out: bool = False  # a limit closed a visit or a conversation
    last_ms: int = 0  # of the latest event, or of a limit that passed after it


def labels(state: CallState) -> Cell:
    """Of what happens outside a visit: those of the latest one."""
    return state.cell if state.cell is not None else Cell(NO_QUEUE, state.channel, "normal")


def talk_labels(state: CallState) -> Cell:
    """Of the open conversation."""
    return state.talk_cell or labels(state)

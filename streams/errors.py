"""What can go wrong in the world outside: broker, configuration, stored state.

Each message is one line that says what is wrong, where, and what to do next. The command line prints it behind
`deskpulse: ` and ends with the exit code of its class; anything that is not a `DeskpulseError` is a fault of our own.
Input that is wrong is no error but a value (`Rejected` in `streams/core/intake.py`).
"""

from __future__ import annotations

from typing import ClassVar


class DeskpulseError(Exception):
    """Base of all of them. `exit_code`: 1 the answer is no, 2 wrong use or configuration, 3 cannot reach what it needs."""

    exit_code: ClassVar[int] = 2


class ConfigError(DeskpulseError):
    """The configuration says something that cannot be. Do: correct the key that the message names; `deskpulse check` tries it."""


class UsageError(DeskpulseError):
    """Arguments of a command that do not go together, or name something that is not there. Do: see `deskpulse COMMAND --help`."""


class NoEvents(DeskpulseError):
    """Not one line of the files is an event. Do: look at the lines that the command names."""

    exit_code = 1


class StateVersionError(DeskpulseError):
    """The stored state was written by a newer release. Do: start the release that the message names, or a newer one."""


class StateCorrupt(DeskpulseError):
    """A stored row cannot be read. Do: keep a copy, then start under a new `app` name, which replays the topics."""


class TopicLayoutError(DeskpulseError):
    """Topics are missing, or differ in their number of partitions. Do: `deskpulse topics show`, then `topics create`,
    or a new `app` name that replays."""


class Unreachable(DeskpulseError):
    """The broker, file or address needed does not answer. Do: start it, or correct the address; then again."""

    exit_code = 3


class AddressInUse(Unreachable):
    """Another process listens at our address. Do: stop it, or choose another address in `[http]` or `[metrics]`."""


class StorageFull(Unreachable):
    """The disk of the embedded log is full; nothing that was acknowledged is lost. Do: make room; what runs goes on by itself."""


class Fenced(DeskpulseError):
    """A newer owner has taken over the partition: close the shard, write nothing more. Caught by the runtime."""

    exit_code = 3


class CheckpointFailed(DeskpulseError):
    """A checkpoint may or may not be in the log: close the shard and reopen it from there. Caught by the runtime."""

    exit_code = 3

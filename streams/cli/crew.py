"""Several processes of one command that live and end together: a parent that only watches, and its members.

crew = Crew("worker")
for number in range(4):
    if crew.fork("metrics at 127.0.0.1:8601"):
        return work(number)         # in the new process, as if it had been started alone
return crew.wait()                  # in the parent: an exit code

Nobody is started anew. Whoever ends unasked ends all, with its exit code, so that the supervisor of the whole (systemd, Kubernetes) sees
it, writes it down and starts the whole again, by its own rules for how often: a second supervisor in here would hide that from it.
"""

from __future__ import annotations

import ctypes
import logging
import math
import os
import signal
import threading
import time
from typing import Final, NamedTuple

from streams.cli import INTERRUPTED

log = logging.getLogger("deskpulse")

WATCHED: Final = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}
END_LIMIT_S: Final = 30.0
"""What was told to end and has not by then is killed. A worker takes at most some ten seconds."""
KILLED: Final = 128
"""Exit code of what a signal ended: so much and its number, as shells have it."""
AS_TOLD: Final = (0, INTERRUPTED, KILLED + signal.SIGTERM, KILLED + signal.SIGINT)
"""How one ends who was told to: the last three where it was only starting."""
LONG_S: Final = 3600.0
PR_SET_PDEATHSIG: Final = 1


class Member(NamedTuple):
    number: int
    pid: int
    about: str


class Crew:
    """fork() for each member, then wait(), in a process of one thread that has begun nothing yet.

    SIGHUP stays blocked in a member until it unblocks it: one that does not listen yet would be ended by it, and all with it.
    """

    def __init__(self, what: str) -> None:
        """what  a member is called in the log"""
        assert threading.active_count() == 1, threading.enumerate()
        self._what = what
        self._members: dict[int, Member] = {}
        self._parent = os.getpid()
        self._limit_s = math.inf
        """When those who were told to end have to have ended."""
        self._told = False
        self._code = 0
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # who started us may have ignored it, and then nobody could be waited for
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)

    def fork(self, about: str) -> bool:
        """True in the new process, which ends with its parent, however that ends. `about`: what the log tells of it."""
        number = len(self._members)
        pid = os.fork()
        if pid == 0:
            _end_with(self._parent)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED - {signal.SIGHUP})
            return True
        self._members[pid] = Member(number, pid, about)
        return False

    def wait(self) -> int:
        """Until the last of them has ended. 0: all were told to end and did; else the exit code of the first that did not."""
        for member in self._members.values():
            log.info("%s %d is process %d, %s", self._what, *member)
        while self._members:
            caught = signal.sigtimedwait(WATCHED, min(LONG_S, max(0.0, self._limit_s - time.monotonic())))
            if caught is not None and caught.si_signo == signal.SIGHUP:
                self._send(signal.SIGHUP)  # each reads the configuration again
            elif caught is not None and caught.si_signo != signal.SIGCHLD:
                self._tell()
            self._reap()
            if self._members and time.monotonic() > self._limit_s:
                log.error("not ended in %g s, so killed: %s", END_LIMIT_S, ", ".join(map(self._name, self._members.values())))
                self._send(signal.SIGKILL)
                self._limit_s = math.inf
        return self._code

    def _tell(self) -> None:
        """By SIGTERM, whatever we were told by: of SIGINT a process may have been born deaf."""
        if not self._told:
            self._told, self._limit_s = True, time.monotonic() + END_LIMIT_S
        self._send(signal.SIGTERM)

    def _send(self, number: signal.Signals) -> None:
        for pid in self._members:
            os.kill(pid, number)  # not yet waited for, so the id is still its own

    def _reap(self) -> None:
        while self._members:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            if pid in self._members:  # as the first process of a container we are given others' children, too
                self._ended(self._members.pop(pid), os.waitstatus_to_exitcode(status))

    def _ended(self, member: Member, status: int) -> None:
        code = status if status >= 0 else KILLED - status
        if not self._told:
            how = f"ended with exit code {status}" if status >= 0 else f"was ended by {signal.Signals(-status).name}"
            log.error("%s %s: all end with it", self._name(member), how)
            self._code = code
            self._tell()
        elif code not in AS_TOLD:
            log.error("%s ended with exit code %d", self._name(member), code)
            self._code = self._code or code

    def _name(self, member: Member) -> str:
        return f"{self._what} {member.number} (process {member.pid})"


def _end_with(parent: int) -> None:
    """The kernel sends this process SIGTERM when its parent is gone: a last checkpoint, and no orphan."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM)) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        os._exit(KILLED + signal.SIGTERM)

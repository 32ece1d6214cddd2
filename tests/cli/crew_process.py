"""A crew whose members wait until a signal ends them: `python -m tests.cli.crew_process`. Says what there is, a line each, on stdout.

Arguments for those that do otherwise: 1=exit:3 ends at once with 3, 1=stubborn ignores SIGTERM, 0=tidy ends with 0 when it is told,
1=attentive says when it is to read its configuration again.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from streams.cli import crew
from streams.cli.process import write_log

MEMBERS = 3


def member(number: int, does: str) -> int:
    if does == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if does.startswith("exit:"):
        return int(does.removeprefix("exit:"))
    if does == "tidy":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    if does == "attentive":
        signal.signal(signal.SIGHUP, lambda *_: say(f"member {number} reads again"))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
    say(f"member {number} waits")
    if does == "tidy":
        signal.sigwait({signal.SIGTERM})
        say(f"member {number} was told")
        return 0
    while True:
        time.sleep(60)


def say(line: str) -> None:
    """In one write: lines of several members do not mix."""
    os.write(1, f"{line}\n".encode())


def main() -> int:
    crew.END_LIMIT_S = 3.0  # type: ignore[misc]  # a stubborn one is waited for
    does = dict(argument.split("=") for argument in sys.argv[1:])
    mine = crew.Crew("member")
    for number in range(MEMBERS):
        if mine.fork(f"in place {number}"):
            return member(number, does.get(str(number), ""))
    write_log(debug=False)
    return mine.wait()


if __name__ == "__main__":
    sys.exit(main())

"""A server process under test: started, watched through its log, stopped, killed, paused; never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class Program:
    """One command line that can be run again and again. Its output is appended to `log`."""

    def __init__(self, argv: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> None:
        self.argv = list(argv)
        self.log = log
        self.env = None if env is None else {**os.environ, **env}
        self.process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        assert self.process is not None, f"{self.argv[0]} was never started"
        return self.process.pid

    def output(self) -> str:
        """What it has printed since the last start."""
        with self.log.open("rb") as file:
            file.seek(self._log_start)
            return file.read().decode(errors="replace")

    def start(self, ready: Callable[[], bool], timeout_s: float = 60) -> None:
        """Runs it and returns as soon as `ready()`. Raises RuntimeError with the end of its log if it ends or takes too long."""
        assert not self.running, f"{self.argv[0]} runs already"
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            # Its own session: Ctrl-C reaches the tests, and they stop the server when they are through with it.
            self.process = subprocess.Popen(
                self.argv, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        # Ends with our end of its pipe, however we ended, and takes the server along.
        guard = f"cat >/dev/null; kill -9 {self.process.pid}"
        self._guard = subprocess.Popen(["/bin/sh", "-c", guard], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        self.wait(ready, timeout_s)

    def wait(self, ready: Callable[[], bool], timeout_s: float) -> None:
        """Returns as soon as `ready()`; kills it and raises RuntimeError where that does not come."""
        end = time.monotonic() + timeout_s
        while not ready():
            if not self.running or time.monotonic() > end:
                what = "not ready in time" if self.running else "ended at once"
                self.kill()
                raise RuntimeError(f"{self.argv[0]} {what}, see {self.log}:\n{self.output()[-4000:]}")
            time.sleep(0.02)

    def stop(self, timeout_s: float = 30) -> None:
        """SIGTERM and wait; SIGKILL after `timeout_s`. Does nothing where it is not running."""
        if self.running:
            self.signal(signal.SIGTERM)
            self.signal(signal.SIGCONT)
            try:
                assert self.process is not None
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                pass
        self.kill()

    def kill(self) -> None:
        """SIGKILL and wait. Does nothing where it is not running."""
        if self._guard is not None:
            self._guard.kill()
            self._guard.communicate()
            self._guard = None
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def pause(self) -> None:
        """SIGSTOP: it keeps its connections and answers nothing, like a machine cut off the network."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None, f"{self.argv[0]} was never started"
        self.process.send_signal(number)

"""Looks at boards several times a second while things happen to them, and holds them to what they must never do.

with Watcher(boards, journal=feed) as watcher:
    ...                                  # kill, stop, restart
    watcher.latest("b1").completeness    # what it says now
watcher.complaints                       # what was wrong, at which second; has to be empty
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Final, NamedTuple, Protocol

from tests.desk import Instance, wait_for
from tests.feed import Tally

INTERVAL_S: Final = 0.2
OWN: Final = (
    "deskpulse_board_", "deskpulse_worker_", "deskpulse_build_info", "deskpulse_exposition_", "deskpulse_loop_",
    "deskpulse_config_", "deskpulse_process_", "process_", "python_",
)  # fmt: skip
"""What a process tells of itself, and is told by every one."""

SNAPSHOT_S: Final = 0.3
"""How old the snapshot may be that an answer is made from."""

FLIP_S: Final = 1.5
"""No lead goes to and fro within that: of boards that seem to export in turn, two export at the same time."""

_TYPE = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)


class Journal(Protocol):
    """What was in the log at an instant: at least, and at most."""

    def surely(self, at_s: float) -> Tally: ...
    def possibly(self, at_s: float) -> Tally: ...


class Page(NamedTuple):
    """/metrics: series as they are written, name and labels -> value. `counters`: those that may never fall."""

    series: Mapping[str, float]
    counters: Mapping[str, float]
    business: Mapping[str, float]


class Shown(NamedTuple):
    """What a board said of itself with its rows at some moment. `at_s` on the clock of `time.time`."""

    at_s: float
    completeness: float
    age_s: float | None
    visits: int
    tickets: int


def read_page(text: str) -> Page:
    """Text 0.0.4."""
    types = dict(_TYPE.findall(text))
    series: dict[str, float] = {}
    counters: dict[str, float] = {}
    business: dict[str, float] = {}
    for line in text.split("\n"):
        if not line or line[0] == "#":
            continue
        name, _, value = line.rpartition(" ")
        assert name not in series, f"twice on one page: {name}"
        series[name] = number = float(value)
        family = name.partition("{")[0]
        if types.get(family) == "counter" or types.get(family.rpartition("_")[0]) == "histogram":
            counters[name] = number
        if not name.startswith(OWN):
            business[name] = number
    return Page(series, counters, business)


class Exports:
    """Who exports the business families, by what was seen on several threads: answers that took from `began_s` to `ended_s`."""

    def __init__(self) -> None:
        self.leader = ""
        self.since_s = 0.0
        """When the leader was first seen to export."""
        self._last_ended_s = 0.0
        self._former = ""
        self._counters: dict[str, tuple[float, str, float]] = {}  # its highest value, by whom, when that had been seen
        self._lock = threading.Lock()

    def saw(self, board: str, began_s: float, ended_s: float, counters: Mapping[str, float]) -> list[str]:
        """What is wrong with it."""
        with self._lock:
            return [*self._lead(board, began_s, ended_s), *self._values(board, began_s, ended_s, counters)]

    def _lead(self, board: str, began_s: float, ended_s: float) -> Iterator[str]:
        if board == self.leader:
            self._last_ended_s = max(self._last_ended_s, ended_s)
            return
        if board == self._former and began_s <= self.since_s < ended_s:
            yield f"sends what it had before {self.leader} took over"
        elif board == self._former and began_s - self._last_ended_s < FLIP_S and self._last_ended_s - self.since_s < FLIP_S:
            yield f"exports in turn with {self.leader}: both at the same time"
        if began_s > self._last_ended_s:
            self._former, self.leader, self.since_s, self._last_ended_s = self.leader, board, ended_s, ended_s

    def _values(self, board: str, began_s: float, ended_s: float, counters: Mapping[str, float]) -> Iterator[str]:
        """What was exported once, whoever did it, is what others go on from: a state read back in part would be lower."""
        known = {name: (value, by) for name, (value, by, seen_s) in self._counters.items() if seen_s <= began_s}
        if missing := [name for name in known if name not in counters]:
            yield f"{len(missing)} counters that were exported are missing, among them {missing[:3]}"
        if lower := [(name, counters[name], before) for name, before in known.items() if counters.get(name, before[0]) < before[0]]:
            yield f"{len(lower)} counters are lower than they were, among them {lower[:3]}"
        for name, value in counters.items():
            if name not in self._counters or value > self._counters[name][0]:
                self._counters[name] = (value, board, ended_s)


class Watcher:
    """Each board has its pages and its rows looked at on threads of their own, so that one that hangs hides nothing of the others."""

    def __init__(self, boards: Sequence[Instance], journal: Journal) -> None:
        self.complaints: list[str] = []
        self.shown: dict[str, list[Shown]] = {board.name: [] for board in boards}
        """All that each board showed, in order of time."""
        self.pages = {board.name: 0 for board in boards}
        """How many were seen of each board."""
        self.exports = Exports()
        self._journal = journal
        self._began_s = time.time()
        self._last: dict[str, tuple[int, Page]] = {}  # pid of the process, its last page
        self._failure: BaseException | None = None
        self._stopped = threading.Event()
        looks = [(look, board) for board in boards for look in (self._look_at_page, self._look_at_rows)]
        self._threads = [threading.Thread(target=self._run, args=look) for look in looks]

    def latest(self, board: str) -> Shown:
        return self.shown[board][-1]

    def since(self, at_s: float, board: str) -> list[Shown]:
        return [shown for shown in self.shown[board] if shown.at_s >= at_s]

    def wait(self, what: str, is_so: Callable[[Shown], bool], timeout_s: float, boards: Sequence[str] = ()) -> float:
        """Until each board (of those named) has shown it after the call. Returns how many seconds it took the last of them."""
        began_s = time.time()
        names = boards or tuple(self.shown)
        said = f"{what} on {', '.join(names)}"
        wait_for(said, lambda: self._failure or all(any(map(is_so, self.since(began_s, name))) for name in names), timeout_s)
        self.check()
        return max(next(shown.at_s for shown in self.since(began_s, name) if is_so(shown)) for name in names) - began_s

    def check(self) -> None:
        """Raises what the watcher itself stumbled over."""
        if self._failure is not None:
            raise self._failure

    def __enter__(self) -> Watcher:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        print("\n".join(self.complaints[:20]))
        if error is None:
            self.check()

    def _run(self, look: Callable[[Instance], None], board: Instance) -> None:
        next_s = time.monotonic()
        try:
            while not self._stopped.wait(max(0.0, next_s - time.monotonic())):
                next_s = max(next_s + INTERVAL_S, time.monotonic())
                look(board)
        except BaseException as failure:
            self._failure = failure
            raise

    def _complain(self, board: Instance, text: str) -> None:
        self.complaints.append(f"{time.time() - self._began_s:.1f} s, {board.name}: {text}")

    def _look_at_page(self, board: Instance) -> None:
        began_s, pid = time.time(), board.program.pid
        try:
            page = read_page(board.page())
        except OSError:
            return  # it is killed, stopped, or starts
        ended_s = time.time()
        self.pages[board.name] += 1
        former = self._last.get(board.name)
        self._last[board.name] = (pid, page)
        if former is not None and former[0] == pid:
            fallen = [name for name, value in page.counters.items() if value < former[1].counters.get(name, value)]
            gone = [name for name in former[1].counters if name not in page.counters and name not in former[1].business]
            if fallen or gone:
                self._complain(board, f"{len(fallen)} counters fell, {len(gone)} went, among them {[*fallen, *gone][:5]}")
        if page.business:
            self._look_at_business(board, page, began_s, ended_s)

    def _look_at_business(self, board: Instance, page: Page, began_s: float, ended_s: float) -> None:
        if not (page.series["deskpulse_board_restored"] and page.series["deskpulse_board_leader"]):
            self._complain(board, "exports before it is restored, or without the lead")
        if rest := [name for name, value in page.business.items() if "ledger_residual" in name and value]:
            self._complain(board, f"does not add up: {rest}")
        counters = {name: value for name, value in page.counters.items() if name in page.business}
        for complaint in self.exports.saw(board.name, began_s, ended_s, counters):
            self._complain(board, complaint)

    def _look_at_rows(self, board: Instance) -> None:
        asked_s = time.time()
        try:
            document = board.document(kpi=["calls_offered", "tickets_created"], window="30d", cut="site")
        except OSError:
            return
        answered_s = time.time()
        counts = {row["kpi"]: row["value"] for row in document["rows"]}
        age_s, completeness = document["data_age_seconds"], document["completeness"]
        shown = Shown(answered_s, completeness, age_s, counts.get("calls_offered", 0), counts.get("tickets_created", 0))
        self.shown[board.name].append(shown)
        at_most = self._journal.possibly(answered_s)
        if shown.visits > at_most.visits or shown.tickets > at_most.tickets:
            self._complain(board, f"shows {shown}, more than was ever sent: {at_most}")
        if age_s is not None:
            at_least = self._journal.surely(asked_s - SNAPSHOT_S - age_s)
            if shown.visits < at_least.visits or shown.tickets < at_least.tickets:
                self._complain(board, f"shows {shown}, and {answered_s - age_s - at_least.at_s:.2f} s before that age there was {at_least}")

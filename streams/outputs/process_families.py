"""What any process tells of itself: which program it is, since when, and by which configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import Metric

from streams.outputs.metric import add, family, gauge, seconds


class BuildCollector:
    """Which program this is."""

    def __init__(self, version: str, python: str, core: str) -> None:
        """core  plain or compiled"""
        self._labels = {"core": core, "python": python, "version": version}

    def collect(self) -> Iterator[Metric]:
        metric = family(
            "gauge",
            "build_info",
            "1, under the versions of the program and of its Python, and whether its core is plain Python or compiled.",
        )
        add(metric, self._labels, 1)
        yield metric


class StartCollector:
    """When this process began: all that its counters hold was counted since."""

    def __init__(self, began_ms: int) -> None:
        self._began_ms = began_ms

    def collect(self) -> Iterator[Metric]:
        yield gauge("process_started_timestamp_seconds", "When this process began to count.", seconds(self._began_ms))


class ConfigCollector:
    """The configuration of this process. `in_force`: whether what its file said when it was last read is what holds."""

    def __init__(self, in_force: Callable[[], bool]) -> None:
        self._in_force = in_force

    def collect(self) -> Iterator[Metric]:
        what = "1 while the configuration is as its file was when it was last read; 0 once it was told to read it again and could not."
        yield gauge("config_last_reload_successful", what, int(self._in_force()))


class LoopCollector:
    """The event loop of this process. `tasks`: how many it has."""

    def __init__(self, tasks: Callable[[], int]) -> None:
        self._tasks = tasks

    def collect(self) -> Iterator[Metric]:
        yield gauge(
            "loop_tasks", "Tasks of the event loop. Their number goes with that of partitions and readers, not with time.", self._tasks()
        )

"""What all tests share: how thorough hypothesis is, real servers as fixtures, and a loud word about what did not run."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.kafka.server import KafkaServer
from tests.prometheus.server import PrometheusServer
from tests.tools import CHROMIUM, NO_DATA, ROOT

pytest_plugins = ["tests.parts"]

# Quick: no tracing of each line to explain a failure, which makes shrinking of a long history take minutes.
settings.register_profile("quick", max_examples=50, deadline=None, phases=set(Phase) - {Phase.explain})
settings.register_profile("thorough", max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Kafka for all tests of the run. Name topics, groups and transactional ids by `prefix`."""
    with KafkaServer(tmp_path_factory.mktemp("kafka")) as server:
        yield server.bootstrap


@pytest.fixture
def kafka_server(tmp_path: Path) -> Iterator[KafkaServer]:
    """A real Kafka for this test alone: it may be stopped, killed, paused and restarted."""
    with KafkaServer(tmp_path / "kafka") as server:
        yield server


@pytest.fixture
def prefix() -> str:
    """A word no other test of the run uses, for the names on a shared server."""
    return f"t{uuid.uuid4().hex[:8]}-"


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[Callable[..., PrometheusServer]]:
    """Starts a real Prometheus: prometheus({"job": "127.0.0.1:9400"}, rules=[path]). It ends with the test."""
    with ExitStack() as running:

        def start(targets: Mapping[str, str], rules: Iterable[Path] = ()) -> PrometheusServer:
            directory = tmp_path / f"prometheus-{uuid.uuid4().hex[:4]}"
            return running.enter_context(PrometheusServer(directory, targets, rules))

        yield start


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's Chromium. As root it needs --no-sandbox."""
    return CHROMIUM.path()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Recorded logs and tables kept beside the repository: ../shared/data. Skips where they are not laid out."""
    path = ROOT.parent / "shared" / "data"
    if not path.exists():
        pytest.skip(f"{NO_DATA}: {path.relative_to(ROOT.parent)} is not there")
    assert any(path.iterdir()), f"{path} is empty"
    return path

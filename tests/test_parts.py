"""How the suite is spread over processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

GROUPED = """
import os
from pathlib import Path

import pytest


@pytest.mark.xdist_group("server")
@pytest.mark.parametrize("number", range(8))
def test_something(number):
    Path(__file__).with_name(f"ran-{number}").write_text(os.environ["PYTEST_XDIST_WORKER"])
"""


def test_tests_that_share_a_server_run_in_one_process(tmp_path: Path):
    """Versions of pytest and pytest-xdist that do not fit each other spread them without a word: then each process has its own."""
    (tmp_path / "test_grouped.py").write_text(GROUPED)
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "."]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    ran = [path.read_text() for path in tmp_path.glob("ran-*")]
    assert (len(ran), len(set(ran))) == (8, 1)

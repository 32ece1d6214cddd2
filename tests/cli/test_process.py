"""What the commands that stay have in common."""

from __future__ import annotations

import subprocess
import sys

LIMITS = """
import resource
from streams.cli.process import stay

_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, most))

async def look() -> None:
    print(resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most))

stay(look(), debug=False)
"""


def test_as_many_readers_as_are_allowed_leave_files_for_the_log():
    """A thousand of them may follow boards; a process begins with 1,024 files."""
    ended = subprocess.run([sys.executable, "-c", LIMITS], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True\n", "")

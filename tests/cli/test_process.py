"""What the commands that stay have in common."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

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


ROOM = """
import asyncio, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from streams.cli.process import stay

KEPT = []

def write() -> None:
    page = [b"%d" % n * 200 for n in range(50_000)]
    KEPT.append(page[-1])

def resident_mib() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 >> 20

async def look() -> None:
    write()
    before = resident_mib()
    threads = [ThreadPoolExecutor(1) for _ in range(6)]
    for thread in threads:
        await asyncio.get_running_loop().run_in_executor(thread, write)
    print(resident_mib() - before)

stay(look(), debug=False)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_what_one_thread_has_let_go_is_room_for_the_others():
    """Of six that write 50 MB each, one after the other, each would keep them."""
    ended = subprocess.run([sys.executable, "-c", ROOM], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert int(ended.stdout) < 60, "MiB more than after the first"

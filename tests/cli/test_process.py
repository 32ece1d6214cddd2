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
import asyncio, resource
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from streams.cli import heap

KEPT = []

def write() -> None:
    page = [b"%d" % n * 200 for n in range(50_000)]
    KEPT.append(page[-1])

def resident_mib() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() >> 20

async def look() -> None:
    before = resident_mib()
    threads = [ThreadPoolExecutor(1) for _ in range(6)]
    for thread in threads:
        await asyncio.get_running_loop().run_in_executor(thread, write)
    print(resident_mib() - before)
    await asyncio.sleep(2)
    print(resident_mib() - before)

heap.keep_small(every_s=EVERY_S)
asyncio.run(look())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_what_is_let_go_goes_back_and_what_one_thread_let_go_is_room_for_the_others():
    """Six threads write 50 MB each, one after the other, and keep the last piece of it."""
    seldom, often = (
        subprocess.run([sys.executable, "-c", ROOM.replace("EVERY_S", every_s)], capture_output=True, text=True, timeout=60)
        for every_s in ("60", "0.5")
    )
    assert (seldom.returncode, often.returncode, seldom.stderr + often.stderr) == (0, 0, "")
    assert all(mib < 90 for mib in map(int, seldom.stdout.split())), "MiB more than before: each of six would have kept its own"
    assert int(often.stdout.split()[1]) < 20, "MiB more than before, once it was given back"

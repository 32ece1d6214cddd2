"""The heap of the GNU C library, where it is that one: a process that stays shall not keep the room of the most it ever had at once.

A large answer takes a hundred times what is kept, for a moment. What is free afterwards lies between what is kept, and by itself the
library gives each thread a heap of its own: a board of 336 MB that was asked for 90,000 rows now and then came to 1,074, of which 425 go
back by this.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from typing import Final

M_ARENA_MAX: Final = -8  # malloc.h
EVERY_S: Final = 60.0


def keep_small(every_s: float = EVERY_S) -> None:
    """From now on, in a thread of its own. All threads have one heap: hardly ever does more than one run at a time."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt") and hasattr(library, "malloc_trim"):
        library.mallopt(M_ARENA_MAX, 1)
        threading.Thread(target=_give_back, args=(library.malloc_trim, every_s), name="heap", daemon=True).start()


def _give_back(malloc_trim: Callable[[int], int], every_s: float) -> None:
    """Takes 10 to 40 ms where 50 to 150 MB are free, and who wants memory waits as long; less than 1 where nothing is."""
    while True:
        time.sleep(every_s)
        malloc_trim(0)

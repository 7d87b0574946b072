"""What every process does first: leave no core dump, no open file modes, no orphan."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

# linux/prctl.h
PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
# malloc.h of the GNU C library (mallopt(3)), and what each is set to.
ALLOCATION = (
    (-8, 2),  # M_ARENA_MAX: by default each thread keeps what it once needed, for itself
    (-3, 128 * 1024),  # M_MMAP_THRESHOLD, bytes: a larger block goes back when it is freed
    (-1, 128 * 1024),  # M_TRIM_THRESHOLD, bytes
)


def harden() -> None:
    """Make files private, and memory and environment unreadable for others of the same user.

    A core dump would hold unlocked keys; so does what /proc shows. On Linux only root can look.
    """
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _prctl(PR_SET_DUMPABLE, 0)
    _give_back_memory()


def end_with_parent() -> None:
    """On Linux, stop when the supervisor dies.

    A process that outlived it would keep its port and go on with keys that nobody looks after.
    """
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _give_back_memory() -> None:
    """Hand large blocks back to the system once they are freed, where the C library can be told to.

    A process that was sent large forms stays small, and what stood in them is gone with them.
    """
    library = ctypes.CDLL(None)
    if sys.platform == "linux" and hasattr(library, "mallopt"):
        for option, value in ALLOCATION:
            library.mallopt(option, value)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value)

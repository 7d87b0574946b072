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


def harden() -> None:
    """Make files private, and memory and environment unreadable for others of the same user.

    A core dump would hold unlocked keys; so does what /proc shows. On Linux only root can look.
    """
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _prctl(PR_SET_DUMPABLE, 0)


def end_with_parent() -> None:
    """On Linux, stop when the supervisor dies.

    A process that outlived it would keep its port and go on with keys that nobody looks after.
    """
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value)

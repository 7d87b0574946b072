"""What every process does first: leave no core dump, no open file modes, no orphan."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

# linux/prctl.h
PR_SET_PDEATHSIG = 1


def harden() -> None:
    """Make files private, switch core dumps off, and on Linux end together with the parent.

    A core dump would hold unlocked keys. A process whose supervisor was killed would keep its port
    and go on with keys that nobody looks after.
    """
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

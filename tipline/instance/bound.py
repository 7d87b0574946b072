"""Become another program that ends with its parent: `python -m tipline.instance.bound PROGRAM ...`.

The embedded queue knows nothing of the supervisor. Without this it would outlive one that was
killed, and the next one's queue would take its socket while it went on for ever.
"""

from __future__ import annotations

import os
import sys

from tipline.hardening import end_with_parent


def main(command: list[str]) -> None:
    """Run a program in this process's place, with its environment.

    Raises:
        OSError: there is no such program.
    """
    # Linux keeps this through the exec (prctl(2), PR_SET_PDEATHSIG).
    end_with_parent()
    os.execv(command[0], command)  # noqa: S606 - what the supervisor names, no shell


if __name__ == "__main__":
    main(sys.argv[1:])

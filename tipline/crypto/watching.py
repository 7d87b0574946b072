"""Reading a key folder again when it has changed: so a running process learns of new keys."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from tipline import logs
from tipline.crypto.errors import KeyMissingError, NotAuthenticError, UnlockError
from tipline.crypto.keyfolder import KeyFolder

T = TypeVar("T")
LOOK_SECONDS = 1.0


class Watched(Generic[T]):
    """What was made of a folder's keys. Looking costs a system call or two, once a second."""

    def __init__(self, folder: KeyFolder, load: Callable[[KeyFolder], T]) -> None:
        """Read the folder.

        Raises:
            KeyMissingError, UnlockError: as `load` does.
        """
        self.folder = folder
        self._load = load
        self._stamp = folder.stamp()
        self._looked = time.monotonic()
        self._looking = threading.Lock()
        self.value = load(folder)

    def renew(self) -> bool:
        """Read the folder again if it has changed. Return whether there is a new value.

        A folder that does not open any more leaves the old value: the unlock secret was changed,
        and this process will be started anew with the new one.
        """
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return False
        if not self._looking.acquire(blocking=False):
            return False
        try:
            return self._look()
        finally:
            self._looking.release()

    def _look(self) -> bool:
        self._looked = time.monotonic()
        stamp = self.folder.stamp()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            self.value = self._load(self.folder)
        except (KeyMissingError, NotAuthenticError, UnlockError) as error:
            logs.event("keys_not_read_again", logging.WARNING, reason=error.code)
            return False
        return True

"""A process's key folder: small files, each wrapped under the process's unlock key.

Pinned verifying keys are kept the same way. They are no secret, but whoever can write to the disk
without knowing the unlock secret must not be able to swap one.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tipline.crypto.aead import decrypt, encrypt
from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError, KeyMissingError, UnlockError
from tipline.crypto.verifying import VerifyingKey

SUFFIX = ".key"
# A key that is wrapped under another unlock key, until that one counts.
NEXT = ".next"
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
# A folder as it was seen: when a file was added or removed last, and which files there are.
Stamp = tuple[int, frozenset[str]]


class KeyFolder:
    """The wrapped keys of one process. File modes are 0600, the folder's is 0700."""

    def __init__(self, path: Path, process: str, unlock_key: bytes) -> None:
        """Open a folder; nothing is read yet."""
        self.process = process
        self._path = path
        self._unlock_key = unlock_key

    def names(self, prefix: str = "") -> list[str]:
        """Return the names of the keys that start with a prefix, sorted."""
        files = self._path.glob(f"{prefix}*{SUFFIX}")
        return sorted(file.name.removesuffix(SUFFIX) for file in files)

    def stamp(self) -> Stamp:
        """Return what differs once a key was added, replaced or removed, also by others.

        Take it before reading the keys: what changes while they are read is then seen later.
        """
        try:
            changed = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            changed = 0
        return changed, frozenset(self.names())

    def read(self, name: str) -> bytes:
        """Return a key's bytes.

        Raises:
            KeyMissingError: there is no such key.
            UnlockError: it does not unwrap: the unlock secret is wrong or the file was changed.
        """
        return self._unwrap(name, self._file(name))

    def _unwrap(self, name: str, file: Path) -> bytes:
        try:
            wrapped = file.read_bytes()
        except FileNotFoundError:
            raise KeyMissingError from None
        return self.unwrap(name, wrapped)

    def wrap(self, name: str, key: bytes) -> bytes:
        """Return what a key's file holds: the same process on another machine can unwrap it."""
        return encrypt(self._unlock_key, key, self._context(name))

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        """Return a key's bytes from what its file holds.

        Raises:
            UnlockError: it was wrapped under another unlock key, for another name, or changed.
        """
        try:
            return decrypt(self._unlock_key, wrapped, self._context(name))
        except CannotOpenError:
            raise UnlockError from None

    def pinned(self, name: str) -> VerifyingKey:
        """Return a pinned verifying key. Raises as `read` does."""
        return VerifyingKey(self.read(f"pin-{name}"))

    def pin(self, name: str, key: VerifyingKey) -> None:
        """Pin a verifying key."""
        self.write(f"pin-{name}", key.raw)

    def write(self, name: str, key: bytes) -> None:
        """Wrap and store a key, durably and in one step: a crash leaves the old file or the new."""
        with self._unlocked_as_before():
            self._write_aside(name, key).replace(self._file(name))
            self._sync_folder()

    def create(self, name: str, key: bytes) -> bool:
        """Store a key unless one of that name exists. Return whether it was stored.

        Two processes that create the same key at once agree on one of them: what was published of
        a key must never belong to a file that another process overwrote.
        """
        with self._unlocked_as_before():
            fresh = self._write_aside(name, key)
            try:
                os.link(fresh, self._file(name))
            except FileExistsError:
                return False
            finally:
                fresh.unlink()
            self._sync_folder()
        return True

    @contextmanager
    def _unlocked_as_before(self) -> Iterator[None]:
        """Keep a change of the unlock secret away while a file is written, and write none after it.

        A key that a running process wrapped under the old secret would be lost with it.

        Raises:
            UnlockError: the folder's other keys do not open any more.
        """
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(self._path, fcntl.LOCK_SH):
            names = self.names()
            # One is enough, and one that is being destroyed says nothing.
            if names and not any(self._opens(name) for name in names):
                raise UnlockError
            yield

    def _opens(self, name: str) -> bool:
        try:
            self.read(name)
        except (KeyMissingError, UnlockError):
            return False
        return True

    def _write_aside(self, name: str, key: bytes) -> Path:
        fresh = self._file(name).with_suffix(f".{secrets.token_hex(8)}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            if os.geteuid() == 0:
                # The operator rotates; the process, which may be another user, is to read it.
                owner = self._path.stat()
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            file.write(self.wrap(name, key))
            file.flush()
            os.fsync(file.fileno())
        return fresh

    def write_next(self, name: str, key: bytes) -> None:
        """Wrap and store a key beside the file that counts. The caller holds the folder's lock."""
        self._write_aside(name, key).replace(f"{self._file(name)}{NEXT}")

    def read_next(self, name: str) -> bytes:
        """Return what `write_next` stored. Raises as `read` does."""
        return self._unwrap(name, Path(f"{self._file(name)}{NEXT}"))

    def destroy(self, name: str) -> None:
        """Overwrite and remove a key. One that is already gone is no error.

        A drive that moves blocks may keep the old ones; they are wrapped, and docs/threat-model.md
        says what that leaves.
        """
        path = self._file(name)
        try:
            # Not while keys are wrapped anew: this one would come back.
            with locked(self._path, fcntl.LOCK_SH):
                overwrite(path)
                path.unlink()
        except FileNotFoundError:
            return
        self._sync_folder()

    def _context(self, name: str) -> Context:
        return Context("key file", self.process, name)

    def _file(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise KeyMissingError("A key's name has characters that are not allowed.")
        return self._path / (name + SUFFIX)

    def _sync_folder(self) -> None:
        sync_folder(self._path)


@contextmanager
def locked(folder: Path, how: int) -> Iterator[None]:
    """Hold a lock on a key folder: LOCK_SH to write a key, LOCK_EX to wrap all of them anew."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


def overwrite(path: Path) -> None:
    """Write random bytes over a file's.

    Raises:
        FileNotFoundError: it is gone.
    """
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make durable which files a folder holds."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

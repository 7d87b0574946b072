"""Changing the unlock secret: every key file is wrapped anew, and then all count at once.

The new files are written beside the old ones. One rename of the parameters file makes the new
secret the one that counts; before it the old files open with the old secret, after it the new ones
are moved into their places, for which no key is needed. So whatever stops this, one secret opens
everything, and `settle` says which.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path

from tipline.crypto.errors import UnlockError
from tipline.crypto.keyfolder import NEXT, SUFFIX, KeyFolder, locked, overwrite, sync_folder
from tipline.crypto.unlock import PARAMETERS_FILE, new_parameters, process_keys

NEXT_PARAMETERS = PARAMETERS_FILE + NEXT
TORN = "*.new"


class Settled(StrEnum):
    """What an interrupted change came to."""

    NOTHING = "nothing"
    OLD = "old"
    NEW = "new"


def _go_on(_step: str) -> None:
    """Where a test stops a change. Steps are named in the order in which they are done."""


def change_secret(
    keys: Path,
    old: Mapping[str, bytes],
    new_secret: str,
    step: Callable[[str], object] = _go_on,
) -> dict[str, bytes]:
    """Wrap the keys of all processes under a new secret. Return their new unlock keys.

    `old`: each process's unlock key as it is. Processes that run keep what they have in memory and
    write no key until they are handed the new one.

    Raises:
        UnlockError: the old keys do not open the files, or the new secret is too short; then
            everything is as it was.
    """
    with _all_locked(keys, tuple(old)):
        _settle(keys, tuple(old))
        _write_durably(keys / NEXT_PARAMETERS, new_parameters())
        step("parameters written")
        try:
            new = process_keys(new_secret, keys, tuple(old), NEXT_PARAMETERS)
            _wrap_all(keys, old, new, step)
        except UnlockError:
            _settle(keys, tuple(old))
            raise
        (keys / NEXT_PARAMETERS).replace(keys / PARAMETERS_FILE)
        sync_folder(keys)
        step("new secret counts")
        _adopt(keys, tuple(old), step)
    return new


def settle(keys: Path, processes: tuple[str, ...]) -> Settled:
    """Finish or undo what an interrupted change left. Say which secret opens the keys."""
    present = tuple(name for name in processes if (keys / name).is_dir())
    if not _is_unsettled(keys, present):
        return Settled.NOTHING
    with _all_locked(keys, present):
        return _settle(keys, present)


def _is_unsettled(keys: Path, processes: tuple[str, ...]) -> bool:
    return (keys / NEXT_PARAMETERS).exists() or any(_nexts(keys / name) for name in processes)


def _settle(keys: Path, processes: tuple[str, ...]) -> Settled:
    if (keys / NEXT_PARAMETERS).exists():
        # Last, because without it the others would be taken for what counts.
        for name in processes:
            for file in _nexts(keys / name):
                file.unlink()
            sync_folder(keys / name)
        (keys / NEXT_PARAMETERS).unlink()
        sync_folder(keys)
        return Settled.OLD
    if not _is_unsettled(keys, processes):
        return Settled.NOTHING
    _adopt(keys, processes, _go_on)
    return Settled.NEW


def _wrap_all(
    keys: Path,
    old: Mapping[str, bytes],
    new: Mapping[str, bytes],
    step: Callable[[str], object],
) -> None:
    for process in old:
        present = KeyFolder(keys / process, process, old[process])
        fresh = KeyFolder(keys / process, process, new[process])
        for name in present.names():
            key = present.read(name)
            fresh.write_next(name, key)
            if fresh.read_next(name) != key:
                raise UnlockError("A key that was wrapped anew does not open. Nothing was changed.")
            step(f"{process} {name} wrapped")
        sync_folder(keys / process)


def _adopt(keys: Path, processes: tuple[str, ...], step: Callable[[str], object]) -> None:
    for process in processes:
        for file in _nexts(keys / process):
            target = file.with_name(file.name.removesuffix(NEXT))
            if target.exists():
                overwrite(target)
            step(f"{process} {target.name} overwritten")
            file.replace(target)
            step(f"{process} {target.name} adopted")
        for torn in (keys / process).glob(TORN):
            # Nobody writes while this lock is held: a crash left it, and the old secret opens it.
            overwrite(torn)
            torn.unlink()
        sync_folder(keys / process)


def _nexts(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{SUFFIX}{NEXT}"))


@contextmanager
def _all_locked(keys: Path, processes: tuple[str, ...]) -> Iterator[None]:
    with ExitStack() as stack:
        for name in sorted(processes):
            stack.enter_context(locked(keys / name, fcntl.LOCK_EX))
        yield


def _write_durably(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)

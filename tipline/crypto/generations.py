"""Generations of a secret key: `index-1`, `index-2`, ... in a process's key folder.

A new key is first *known*: whoever reads recognises what was made with it. Only when every process
must have read it is it *used* for what is new, from a day on that stands in the name of a file
beside it. So processes that read their folders at different moments understand each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from tipline.crypto.aead import random_key
from tipline.crypto.errors import KeyMissingError
from tipline.crypto.keyfolder import KeyFolder

KEY = re.compile(r"(?P<kind>[a-z-]+)-(?P<number>\d+)")
USED = re.compile(r"(?P<kind>[a-z-]+)-(?P<number>\d+)\.used-(?P<day>\d{4}-\d\d-\d\d)")
FIRST = 1
# The day of use is the operator's; another process may have gone on for seconds past midnight.
OVERLAP = timedelta(days=1)


@dataclass(frozen=True, slots=True, repr=False)
class Generation:
    """One key, and since when it is used: None for the first, and for one that is only known."""

    number: int
    key: bytes
    used_since: date | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Generations:
    """A kind's keys. `known` are newer than the one in use, `older` were used before it."""

    known: tuple[Generation, ...]
    current: Generation
    older: tuple[Generation, ...]

    @classmethod
    def load(cls, folder: KeyFolder, kind: str) -> Generations:
        """Read a kind's keys.

        Raises:
            KeyMissingError, UnlockError: there is none, or one does not open.
        """
        used, keys = _days(folder, kind), {}
        for number in _numbers(folder, kind):
            try:
                keys[number] = folder.read(name_of(kind, number))
            except KeyMissingError:
                continue  # destroyed since its name was read
        if not keys:
            raise KeyMissingError
        return cls.of({n: Generation(n, key, used.get(n)) for n, key in keys.items()})

    @classmethod
    def of(cls, generations: dict[int, Generation]) -> Generations:
        """Put generations in order, of which the newest used one is current, or else the oldest."""
        ordered = [generations[number] for number in sorted(generations, reverse=True)]
        used = [each for each in ordered if each.used_since is not None]
        current = used[0] if used else ordered[-1]
        return cls(
            tuple(each for each in ordered if each.number > current.number),
            current,
            tuple(each for each in ordered if each.number < current.number),
        )

    @classmethod
    def single(cls, key: bytes) -> Generations:
        """Return a first generation."""
        return cls((), Generation(FIRST, key), ())

    @property
    def all(self) -> tuple[Generation, ...]:
        """Return all, the newest first."""
        return (*self.known, self.current, *self.older)

    def outlived(self, before: date) -> int:
        """Return the number of the newest generation used since before a day, or else the oldest.

        What was made with those before it is older than that day.
        """
        used = [each.number for each in self.all if each.used_since and each.used_since < before]
        return used[0] if used else self.all[-1].number

    def of_day(self, day: date) -> tuple[bytes, ...]:
        """Return the keys with which something of a day may have been made, the current one first.

        One that was replaced long before that day makes nothing that is believed.
        """
        keys, successor = [each.key for each in (self.current, *self.known)], self.current
        for each in self.older:
            if successor.used_since is not None and successor.used_since + OVERLAP < day:
                break
            keys.append(each.key)
            successor = each
        return tuple(keys)

    @property
    def keys(self) -> tuple[bytes, ...]:
        """Return all keys, the newest first: what may have been made with one of them."""
        return tuple(each.key for each in self.all)


def name_of(kind: str, number: int) -> str:
    """Return the name of a generation's key in its folder."""
    return f"{kind}-{number}"


def prepare(folder: KeyFolder, kind: str, key: bytes | None = None) -> Generation:
    """Make the next generation known, unless one is already that is not used yet. Return it.

    `key`: what another process's folder holds of that generation.
    """
    present = Generations.load(folder, kind)
    if present.known:
        return present.known[0]
    number = present.current.number + 1
    folder.create(name_of(kind, number), key or random_key())
    return Generations.load(folder, kind).known[0]


def use(folder: KeyFolder, kind: str, number: int, day: date) -> None:
    """Use a known generation from now on. One that is used already stays as it is."""
    if number not in _days(folder, kind):
        # Only the name says something; what it holds is wrapped like a key, and is none.
        folder.create(f"{name_of(kind, number)}.used-{day.isoformat()}", random_key())


def destroy_older(folder: KeyFolder, kind: str, than: int) -> int:
    """Destroy the generations before one. Return how many."""
    old = [number for number in _numbers(folder, kind) if number < than]
    used = _days(folder, kind)
    for number in old:
        folder.destroy(name_of(kind, number))
        if number in used:
            folder.destroy(f"{name_of(kind, number)}.used-{used[number].isoformat()}")
    return len(old)


def _numbers(folder: KeyFolder, kind: str) -> list[int]:
    found = [KEY.fullmatch(name) for name in folder.names(f"{kind}-")]
    return sorted(int(match["number"]) for match in found if match and match["kind"] == kind)


def _days(folder: KeyFolder, kind: str) -> dict[int, date]:
    found = [USED.fullmatch(name) for name in folder.names(f"{kind}-")]
    return {
        int(match["number"]): date.fromisoformat(match["day"])
        for match in found
        if match and match["kind"] == kind
    }

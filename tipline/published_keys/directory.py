"""Looking up the key to seal to, for every process. Holds nothing private."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Engine, select

from tipline import logs
from tipline.clock import Clock, day_of
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.sealing import SealingKey
from tipline.crypto.verifying import VerifyingKey
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.published_keys.models import PublishedKey

CACHE_LIFETIME = timedelta(seconds=60)
DAILY_KEY_MAX_AGE = timedelta(days=3)
PURPOSE = "published key"
# A key's day, and how many keys that day had before it.
Place = tuple[date, int]


class KeyKind(StrEnum):
    """What a published key is for. `CONTACT` lasts; the others change daily."""

    INTAKE = "intake"
    DELIVERY = "delivery"
    CONTACT = "contact"


class NoPublishedKeyError(TiplineError):
    """There is no authentic key to seal to."""

    code = "no_published_key"
    message = (
        "There is no current, authentic key to seal to: is the worker running that publishes it?"
    )


@dataclass(frozen=True, slots=True)
class _Cached:
    key: SealingKey
    until: datetime


class PublishedKeys:
    """The newest authentic key of each kind, looked up at most once a minute."""

    def __init__(self, engine: Engine, pins: dict[KeyKind, VerifyingKey], clock: Clock) -> None:
        """Take the main store and the pinned keys of the publishing processes."""
        self._engine = engine
        self._pins = pins
        self._clock = clock
        self._cache: dict[KeyKind, _Cached] = {}

    def current(self, kind: KeyKind) -> SealingKey:
        """Return the key to seal to now.

        Raises:
            NoPublishedKeyError: none is authentic and young enough.
        """
        now = self._clock()
        cached = self._cache.get(kind)
        if cached and now < cached.until and now >= cached.until - CACHE_LIFETIME:
            return cached.key
        key = self._look_up(kind, day_of(now))
        self._cache[kind] = _Cached(key, now + CACHE_LIFETIME)
        return key

    def _look_up(self, kind: KeyKind, today: date) -> SealingKey:
        query = (
            select(
                PublishedKey.day,
                PublishedKey.serial,
                PublishedKey.public,
                PublishedKey.signature,
            )
            .where(PublishedKey.kind == kind.value)
            .order_by(PublishedKey.day.desc(), PublishedKey.serial.desc())
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        for day, serial, public, signature in rows:
            if kind is not KeyKind.CONTACT and not _is_usable_day(day, today):
                continue
            try:
                return authentic_key(self._pins[kind], kind, (day, serial), public, signature)
            except (NotAuthenticError, CannotOpenError):
                logs.event("published_key_refused", logging.ERROR, kind=kind.value)
        raise NoPublishedKeyError


def authentic_key(
    pin: VerifyingKey, kind: KeyKind, place: Place, public: bytes, signature: bytes
) -> SealingKey:
    """Return a published key whose signature is by the pinned key.

    Raises:
        NotAuthenticError: it is not.
        CannotOpenError: it is signed but malformed.
    """
    pin.verify(signature, PURPOSE, kind.value, place_words(place), public)
    return SealingKey(public)


def place_words(place: Place) -> str:
    """Return how a key's day and serial stand in its name and in its signature."""
    day, serial = place
    return f"{day.isoformat()}.{serial:03}" if serial else day.isoformat()


def place_of(words: str) -> Place:
    """Return the day and serial that `place_words` wrote."""
    day, _, serial = words.partition(".")
    return date.fromisoformat(day), int(serial or 0)


def _is_usable_day(day: date, today: date) -> bool:
    """Allow yesterday's key (nobody woke up yet) and tomorrow's (a clock runs ahead)."""
    return today - DAILY_KEY_MAX_AGE <= day <= today + timedelta(days=1)

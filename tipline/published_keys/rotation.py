"""Making, publishing and destroying a process's keys: the private side."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import Engine, delete, select

from tipline.clock import Clock, day_of
from tipline.crypto.errors import CannotOpenError, KeyMissingError, NotAuthenticError
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.opening import OpeningKey
from tipline.crypto.signing import SigningKey
from tipline.db.reading import reading
from tipline.db.upserts import insert_ignoring_existing
from tipline.incidents.services import IncidentKind, report
from tipline.published_keys.directory import PURPOSE, KeyKind, authentic_key
from tipline.published_keys.models import PublishedKey
from tipline.published_keys.sharing import KeyExchange

# A sealer may hold yesterday's key in its cache for a minute past midnight.
GRACE = timedelta(hours=1)


class KeyRing:
    """The private keys of one kind, one a day, in the process's own folder.

    `KeyKind.CONTACT` keys are made once and not destroyed by the day.
    """

    def __init__(
        self,
        folder: KeyFolder,
        kind: KeyKind,
        signer: SigningKey,
        engine: Engine,
        clock: Clock,
        exchange: KeyExchange | None = None,
    ) -> None:
        """Take the folder of the process that may open what is sealed to these keys.

        With an exchange, the same process on other machines uses the same keys.
        """
        self._folder = folder
        self._kind = kind
        self._signer = signer
        self._engine = engine
        self._clock = clock
        self._exchange = exchange
        self._loaded: dict[str, OpeningKey] = {}
        self._newest_since = clock()

    def opening_key(self, key_id: bytes) -> OpeningKey:
        """Return the private key with this id.

        Raises:
            KeyMissingError: it was destroyed, or never was ours.
        """
        found = self._find(key_id)
        for look_again in (self._load, self._take_from_others):
            if found is None:
                look_again()
                found = self._find(key_id)
        if found is None:
            raise KeyMissingError
        return found

    def ensure_current(self) -> None:
        """Make and publish today's key if it is missing, and republish what others removed."""
        self._load()
        today = day_of(self._clock())
        if self._kind is not KeyKind.CONTACT or not self._loaded:
            self._make(today)
        self._publish()

    def refuse_swapped(self) -> int:
        """Delete published rows of this kind that we did not sign, report and replace them."""
        query = select(PublishedKey.day, PublishedKey.public, PublishedKey.signature).where(
            PublishedKey.kind == self._kind.value
        )
        with self._engine.begin() as connection:
            swapped = [
                row.day for row in connection.execute(query).all() if not self._is_ours(*row)
            ]
            if swapped:
                foreign = delete(PublishedKey).where(
                    PublishedKey.kind == self._kind.value, PublishedKey.day.in_(swapped)
                )
                connection.execute(foreign)
                report(connection, IncidentKind.SWAPPED_KEY, self._clock(), len(swapped))
        if swapped:
            self._publish()
        return len(swapped)

    def destroy_drained(self, in_use: Collection[bytes]) -> int:
        """Destroy keys of past days to which nothing is sealed any more. Return how many.

        Not before this process has seen a newer key for an hour: others may have cached the old,
        also when the newer one came late because nobody was there at midnight to make it.
        """
        self._load()
        is_fresh = self._clock() - self._newest_since < GRACE
        if self._kind is KeyKind.CONTACT or is_fresh:
            return 0
        oldest_kept = day_of(self._clock() - GRACE)
        drained = [
            name
            for name, key in self._loaded.items()
            if self._day(name) < oldest_kept and key.public.key_id not in in_use
        ]
        for name in drained:
            with self._engine.begin() as connection:
                connection.execute(
                    delete(PublishedKey).where(
                        PublishedKey.kind == self._kind.value,
                        PublishedKey.day == self._day(name),
                    )
                )
            self._folder.destroy(name)
            if self._exchange:
                self._exchange.forget(name)
        self._load()
        return len(drained)

    def _find(self, key_id: bytes) -> OpeningKey | None:
        keys = list(self._loaded.values())
        return next((key for key in keys if key.public.key_id == key_id), None)

    def _take_from_others(self) -> None:
        if self._exchange:
            for name, seed in self._exchange.all(f"{self._kind.value}-2").items():
                self._folder.create(name, seed)
            self._load()

    def _make(self, day: date) -> None:
        name = self._name(day)
        known = self._loaded.get(name)
        seed = known.seed if known else OpeningKey.generate().seed
        if self._exchange:
            # A key that is known here is offered again: the others' store may have been emptied.
            seed = self._exchange.agree(name, seed)
        if known is None:
            self._folder.create(name, seed)
            self._load()

    def _load(self) -> None:
        loaded = {}
        for name in self._folder.names(f"{self._kind.value}-2"):
            try:
                seed = self._folder.read(name)
            except KeyMissingError:
                continue  # another process destroyed it since its name was read
            known = self._loaded.get(name)
            # The file may have been lost and made anew, by us or by another process.
            loaded[name] = known if known and known.seed == seed else OpeningKey(seed)
        if max(loaded, default="") != max(self._loaded, default=""):
            self._newest_since = self._clock()
        # Replaced, not changed: the delivery worker's threads may be walking over it.
        self._loaded = loaded

    def _publish(self) -> None:
        with reading(self._engine) as connection:
            query = select(PublishedKey.day).where(PublishedKey.kind == self._kind.value)
            published = set(connection.execute(query).scalars())
        rows = [
            {
                "kind": self._kind.value,
                "day": self._day(name),
                "public": key.public.raw,
                "signature": self._signer.sign(
                    PURPOSE, self._kind.value, self._day(name).isoformat(), key.public.raw
                ),
            }
            for name, key in self._loaded.items()
            if self._day(name) not in published
        ]
        if rows:
            with self._engine.begin() as connection:
                insert_ignoring_existing(connection, PublishedKey, rows)

    def _is_ours(self, day: date, public: bytes, signature: bytes) -> bool:
        """Tell whether we signed a row; and, if we have that day's key, whether it is that key.

        The key of a day may have been lost and made anew, and then the old row is signed but of no
        use: what is sealed to it would never open.
        """
        try:
            published = authentic_key(self._signer.public, self._kind, day, public, signature)
        except (NotAuthenticError, CannotOpenError):
            return False
        own = self._loaded.get(self._name(day))
        return own is None or own.public.raw == published.raw

    def _name(self, day: date) -> str:
        return key_name(self._kind, day)

    def _day(self, name: str) -> date:
        return date.fromisoformat(name.removeprefix(f"{self._kind.value}-"))


def key_name(kind: KeyKind, day: date) -> str:
    """Return the name of a day's key in its folder."""
    return f"{kind.value}-{day.isoformat()}"

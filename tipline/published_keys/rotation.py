"""Making, publishing and destroying a process's keys: the private side."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import Connection, Delete, Engine, and_, delete, or_, select

from tipline.clock import Clock, day_of
from tipline.crypto.errors import CannotOpenError, KeyMissingError, NotAuthenticError
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.opening import OpeningKey
from tipline.crypto.signing import SigningKey
from tipline.db.reading import reading
from tipline.db.upserts import insert_ignoring_existing
from tipline.incidents.services import IncidentKind, report
from tipline.published_keys.directory import (
    PURPOSE,
    KeyKind,
    Place,
    authentic_key,
    place_of,
    place_words,
)
from tipline.published_keys.models import PublishedKey
from tipline.published_keys.sharing import KeyExchange

# A sealer may hold yesterday's key in its cache for a minute past midnight.
GRACE = timedelta(hours=1)
# As long as that cache and a request that holds a key from it may last, with much to spare.
REPLACED_GRACE = timedelta(minutes=5)


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
        """Make and publish today's key if it is missing, and republish what others removed.

        A key is published only when the other machines can fetch it: one that an operator rotated
        here reaches them so, too.
        """
        self._load()
        self._take_from_others()
        today = day_of(self._clock())
        days = {self._place(name)[0] for name in self._loaded}
        is_due = not days if self._kind is KeyKind.CONTACT else today not in days
        if is_due:
            self._make(key_name(self._kind, today))
        elif self._exchange:
            # Known here, and offered again: the others' store may have been emptied.
            self._offer(self._exchange, max(self._loaded))
        self._publish()

    def refuse_swapped(self) -> int:
        """Delete published rows of this kind that we did not sign, report and replace them."""
        query = select(
            PublishedKey.day, PublishedKey.serial, PublishedKey.public, PublishedKey.signature
        ).where(PublishedKey.kind == self._kind.value)
        with self._engine.begin() as connection:
            rows = connection.execute(query).all()
            genuine = {
                (row.day, row.serial)
                for row in rows
                if self._is_ours((row.day, row.serial), row.public, row.signature)
            }
            swapped = {(row.day, row.serial) for row in rows} - genuine
            if swapped:
                connection.execute(self._rows_of(swapped))
                report(connection, IncidentKind.SWAPPED_KEY, self._clock(), len(swapped))
                # In the same transaction: at no moment is there no key at all to seal to.
                self._add_missing(connection, genuine)
        return len(swapped)

    @property
    def newest(self) -> OpeningKey:
        """Return the key to which others seal, or soon will.

        Raises:
            KeyMissingError: `ensure_current` was never called.
        """
        if not self._loaded:
            raise KeyMissingError
        return self._loaded[max(self._loaded)]

    @property
    def is_single(self) -> bool:
        """Tell whether there is only one key, so that nothing can be sealed to an older one."""
        self._load()
        return len(self._loaded) < 2

    @property
    def is_settled(self) -> bool:
        """Tell whether by now nobody seals to any key but the newest."""
        return self._clock() - self._newest_since >= REPLACED_GRACE

    def destroy_drained(self, in_use: Collection[bytes]) -> int:
        """Destroy old keys to which nothing is sealed any more. Return how many.

        Not before this process has seen a newer key for a while: others may have cached the old,
        also when the newer one came late because nobody was there at midnight to make it.
        """
        self._load()
        drained = [
            name
            for name, key in self._loaded.items()
            if self._is_past(name) and key.public.key_id not in in_use
        ]
        for name in drained:
            with self._engine.begin() as connection:
                connection.execute(self._rows_of([self._place(name)]))
            self._folder.destroy(name)
            if self._exchange:
                self._exchange.forget(name)
        self._load()
        return len(drained)

    def _is_past(self, name: str) -> bool:
        """Tell whether nobody seals to a key any more.

        A past day's key is kept for an hour, because clocks may differ; one that was replaced on
        its own day, and a contact key, for minutes.
        """
        newest, day = max(self._loaded), self._place(name)[0]
        if self._kind is KeyKind.CONTACT or day == self._place(newest)[0]:
            return name != newest and self.is_settled
        is_settled = self._clock() - self._newest_since >= GRACE
        return is_settled and day < day_of(self._clock() - GRACE)

    def _find(self, key_id: bytes) -> OpeningKey | None:
        keys = list(self._loaded.values())
        return next((key for key in keys if key.public.key_id == key_id), None)

    def _take_from_others(self) -> None:
        if self._exchange:
            for name, seed in self._exchange.all(f"{self._kind.value}-2").items():
                if name not in self._loaded:
                    self._folder.create(name, seed)
            self._load()

    def _make(self, name: str) -> None:
        seed = OpeningKey.generate().seed
        if self._exchange:
            seed = self._exchange.agree(name, seed)
        self._folder.create(name, seed)
        self._load()

    def _offer(self, exchange: KeyExchange, name: str) -> None:
        own = self._loaded[name]
        agreed = exchange.agree(name, own.seed)
        if agreed != own.seed and not self._is_published(name, own):
            # Rotated on two machines at once: nothing was sealed to this one yet.
            self._folder.write(name, agreed)
            self._load()

    def _is_published(self, name: str, key: OpeningKey) -> bool:
        day, serial = self._place(name)
        query = select(PublishedKey.public).where(
            PublishedKey.kind == self._kind.value,
            PublishedKey.day == day,
            PublishedKey.serial == serial,
        )
        with reading(self._engine) as connection:
            return connection.execute(query).scalar() == key.public.raw

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
            query = select(PublishedKey.day, PublishedKey.serial).where(
                PublishedKey.kind == self._kind.value
            )
            published = {(row.day, row.serial) for row in connection.execute(query)}
        if any(self._place(name) not in published for name in self._loaded):
            with self._engine.begin() as connection:
                self._add_missing(connection, published)

    def _add_missing(self, connection: Connection, published: Collection[Place]) -> None:
        missing = {
            place: key
            for name, key in self._loaded.items()
            if (place := self._place(name)) not in published
        }
        if not missing:
            return
        rows = [self._row(place, key) for place, key in missing.items()]
        insert_ignoring_existing(connection, PublishedKey, rows)
        if self._place(max(self._loaded)) in missing:
            # Not from when it was made: the store may have refused it for a while, and until now
            # others have sealed to the one before.
            self._newest_since = self._clock()

    def _row(self, place: Place, key: OpeningKey) -> dict[str, object]:
        fields = (self._kind.value, place_words(place), key.public.raw)
        return {
            "kind": self._kind.value,
            "day": place[0],
            "serial": place[1],
            "public": key.public.raw,
            "signature": self._signer.sign(PURPOSE, *fields),
        }

    def _rows_of(self, places: Collection[Place]) -> Delete:
        """Return the statement that deletes what is published in some places."""
        here = [
            and_(PublishedKey.day == day, PublishedKey.serial == serial) for day, serial in places
        ]
        return delete(PublishedKey).where(PublishedKey.kind == self._kind.value, or_(*here))

    def _is_ours(self, place: Place, public: bytes, signature: bytes) -> bool:
        """Tell whether we signed a row; and, if we have that place's key, whether it is that key.

        The key of a day may have been lost and made anew, and then the old row is signed but of no
        use: what is sealed to it would never open.
        """
        try:
            published = authentic_key(self._signer.public, self._kind, place, public, signature)
        except (NotAuthenticError, CannotOpenError):
            return False
        own = self._loaded.get(f"{self._kind.value}-{place_words(place)}")
        return own is None or own.public.raw == published.raw

    def _place(self, name: str) -> Place:
        return place_of(name.removeprefix(f"{self._kind.value}-"))


def key_name(kind: KeyKind, day: date) -> str:
    """Return the name of a day's first key in its folder."""
    return f"{kind.value}-{day.isoformat()}"


def replace_key(folder: KeyFolder, kind: KeyKind, today: date) -> str:
    """Make a newer key of a kind, and return its name. Its process publishes it at its next sweep.

    What is sealed to the one before still opens, until that one is destroyed.
    """
    while True:
        newest = max(folder.names(f"{kind.value}-2"), default="").removeprefix(f"{kind.value}-")
        day, serial = place_of(newest) if newest else (today, -1)
        place = (day, serial + 1) if day >= today else (today, 0)
        name = f"{kind.value}-{place_words(place)}"
        if folder.create(name, OpeningKey.generate().seed):
            return name

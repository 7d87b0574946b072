"""Destroying old generations of intake's lookup keys, once no row needs them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine, select, union

from tipline.clock import Clock, day_of
from tipline.crypto.generations import Generations, destroy_older
from tipline.crypto.keyfolder import KeyFolder
from tipline.db.reading import reading
from tipline.identity.addresses import SUPPRESSION_LIFETIME
from tipline.identity.models import AddressTag, DetailTag
from tipline.intake.keys import INDEX, SUPPRESSION

# As long as a batch of a worker that has not seen the newer one may last, with much to spare.
IN_FLIGHT = timedelta(minutes=5)


class KeyRetirer:
    """Looks, at every sweep, which generations can go."""

    def __init__(self, folder: KeyFolder, perishable: Engine, clock: Clock) -> None:
        """Take intake's key folder and the store of address tags."""
        self._folder = folder
        self._perishable = perishable
        self._clock = clock
        self._seen: tuple[int, datetime] | None = None

    def retire(self) -> int:
        """Destroy what no row needs any more. Return how many keys."""
        return self._retire_index() + self._retire_suppression()

    def _retire_index(self) -> int:
        """An old generation is needed until its residents wrote again, or are forgotten.

        And until their details, of which only the tags are kept, came again or are forgotten.
        """
        keys = Generations.load(self._folder, INDEX)
        if not keys.older:
            return 0
        now, current = self._clock(), keys.current.number
        if self._seen is None or self._seen[0] != current:
            self._seen = (current, now)
        if now - self._seen[1] < IN_FLIGHT:
            return 0
        with reading(self._perishable) as connection:
            used = union(select(AddressTag.generation), select(DetailTag.generation))
            needed = set(connection.execute(used).scalars())
        return destroy_older(self._folder, INDEX, min({*needed, current}))

    def _retire_suppression(self) -> int:
        """Opt-outs end five years after they were noted; nobody's address is kept to renew them."""
        keys = Generations.load(self._folder, SUPPRESSION)
        number = keys.outlived(day_of(self._clock() - SUPPRESSION_LIFETIME))
        return destroy_older(self._folder, SUPPRESSION, number)

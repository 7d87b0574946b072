"""Addresses and their keyed tags."""

from __future__ import annotations

import re
from datetime import timedelta

from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.tags import check_tag, keyed_tag

NOT_IN_NUMBERS = re.compile(r"[\s().-]")
ROW_PURPOSE = "address tag row"
SUPPRESSION_LIFETIME = timedelta(days=5 * 365)


def normalise_address(address: str) -> str:
    """Return one spelling for one address.

    A phone number is E.164 (ITU-T) as the provider writes it; a channel keeps its prefix
    (`whatsapp:+1...`); anything else, such as a short code, is folded to lower case.
    """
    channel, colon, rest = address.strip().rpartition(":")
    plain = NOT_IN_NUMBERS.sub("", rest).casefold()
    return f"{channel.casefold()}{colon}{plain}"


class IndexKeys:
    """The generations of the address index key, newest first, and the key of suppressions.

    A tag is found under any generation; it is made under the newest. The keys are bound to the
    line, so one phone is two people on two lines.
    """

    def __init__(self, generations: dict[int, bytes], suppression: bytes) -> None:
        """Take the keys by generation number."""
        self._generations = dict(sorted(generations.items(), reverse=True))
        self._suppression = suppression

    @property
    def newest(self) -> int:
        """Return the newest generation's number."""
        return next(iter(self._generations))

    def tags(self, line_id: str, address: str) -> dict[int, bytes]:
        """Return the address's tag by generation, newest first."""
        return {
            generation: keyed_tag(key, "address", line_id, address)
            for generation, key in self._generations.items()
        }

    def row(self, line_id: str, address: str, thread_id: str) -> dict[str, bytes | int | str]:
        """Return the columns that lead from an address to a thread, under the newest generation."""
        tag = self.tags(line_id, address)[self.newest]
        proof = keyed_tag(self._generations[self.newest], ROW_PURPOSE, tag, thread_id)
        return {"tag": tag, "generation": self.newest, "thread_id": thread_id, "proof": proof}

    def check_row(self, generation: int, tag: bytes, thread_id: str, proof: bytes) -> None:
        """Check that we made a row.

        Raises:
            NotAuthenticError: we did not.
        """
        if generation not in self._generations:
            raise NotAuthenticError
        key = self._generations[generation]
        check_tag(key, proof, ROW_PURPOSE, tag, thread_id)

    def suppression_tag(self, line_id: str, address: str) -> bytes:
        """Return the tag under which an opt-out is remembered."""
        return keyed_tag(self._suppression, "suppression", line_id, address)

"""Keyed tags: of addresses, and of what a resident tells of themselves."""

from __future__ import annotations

import re
from datetime import timedelta

from tipline.crypto.encoding import Field
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.generations import Generations
from tipline.crypto.tags import check_tag, check_tag_of_any, keyed_tag

NOT_IN_NUMBERS = re.compile(r"[\s().-]")
ROW_PURPOSE = "address tag row"
DETAIL_PURPOSE = "detail"
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
    """The generations of the address index key, and those of the key of suppressions.

    A tag is found under any generation; it is made under the one in use. The keys are bound to the
    line, so one phone is two people on two lines.
    """

    def __init__(self, index: Generations, suppression: Generations) -> None:
        """Take the keys with their generations."""
        self._generations = {each.number: each.key for each in index.all}
        self._current = index.current.number
        self._suppression = suppression

    @property
    def current(self) -> int:
        """Return the number of the generation in use: a newer one may be known already."""
        return self._current

    def tags(self, line_id: str, address: str) -> dict[int, bytes]:
        """Return the address's tag by generation, newest first."""
        return {
            generation: keyed_tag(key, "address", line_id, address)
            for generation, key in self._generations.items()
        }

    def row(self, line_id: str, address: str, thread_id: str) -> dict[str, bytes | int | str]:
        """Return the columns that lead from an address to a thread, under the generation in use."""
        tag = self.tags(line_id, address)[self.current]
        proof = keyed_tag(self._generations[self.current], ROW_PURPOSE, tag, thread_id)
        return {"tag": tag, "generation": self.current, "thread_id": thread_id, "proof": proof}

    def check_row(self, generation: int, tag: bytes, thread_id: str, proof: bytes) -> None:
        """Check that we made a row.

        Raises:
            NotAuthenticError: we did not.
        """
        if generation not in self._generations:
            raise NotAuthenticError
        key = self._generations[generation]
        check_tag(key, proof, ROW_PURPOSE, tag, thread_id)

    def suppression_tags(self, line_id: str, address: str) -> tuple[bytes, ...]:
        """Return the tags under which an opt-out may be remembered, first the one for new ones."""
        current = self._suppression.current
        others = [each for each in self._suppression.all if each is not current]
        return tuple(
            keyed_tag(each.key, "suppression", line_id, address) for each in (current, *others)
        )

    def detail_tags(self, thread_id: str, kind: str, value: str) -> dict[int, bytes]:
        """Return the tag of a detail in a thread by generation, newest first.

        In another thread the same detail has another tag: it does not say who wrote both.
        """
        raw = value.encode("utf-8", "surrogatepass")
        return {
            generation: keyed_tag(key, DETAIL_PURPOSE, thread_id, kind, raw)
            for generation, key in self._generations.items()
        }

    def prove(self, purpose: str, *fields: Field) -> bytes:
        """Return a tag of a row's columns, under the generation in use."""
        return keyed_tag(self._generations[self.current], purpose, *fields)

    def check_proof(self, proof: bytes, purpose: str, *fields: Field) -> None:
        """Check that we wrote a row's columns.

        Raises:
            NotAuthenticError: we did not, or the key is destroyed with which we did.
        """
        check_tag_of_any(list(self._generations.values()), proof, purpose, *fields)

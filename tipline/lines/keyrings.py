"""A member's keys of one line: the bundle of every generation that was granted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tipline.crypto.encoding import Context, Field
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.sealing import sealed_key_id
from tipline.crypto.verifying import HEADER_LENGTH
from tipline.lines.bundles import LineBundle


@dataclass(frozen=True, slots=True, repr=False)
class LineKeyring:
    """The bundles of a line that a member holds, by generation; at least one."""

    by_generation: dict[int, LineBundle]

    @classmethod
    def of(cls, *bundles: LineBundle) -> LineKeyring:
        """Return a keyring of some bundles of one line."""
        return cls({bundle.generation: bundle for bundle in bundles})

    @property
    def newest(self) -> LineBundle:
        """Return the bundle with which the line signs, and to which it seals."""
        return self.by_generation[max(self.by_generation)]

    def opening(self, generation: int) -> OpeningKey:
        """Return the opening key of a generation.

        Raises:
            CannotOpenError: that generation was not granted.
        """
        if generation not in self.by_generation:
            raise CannotOpenError
        return self.by_generation[generation].opening

    def open(self, sealed: bytes, context: Context) -> bytes:
        """Open what was sealed to the line, whichever generation of its key it names.

        Raises:
            CannotOpenError: that generation was not granted, or it does not open.
        """
        wanted = sealed_key_id(sealed)
        for bundle in self._newest_first():
            if bundle.opening.public.key_id == wanted:
                return bundle.opening.open(sealed, context)
        raise CannotOpenError

    def check(self, signature: bytes, purpose: str, *fields: Field) -> None:
        """Check that a generation of the line that the member holds signed some fields.

        Raises:
            NotAuthenticError: none of them did.
        """
        for bundle in self._newest_first():
            if bundle.signing.public.key_id == signature[1:HEADER_LENGTH]:
                return bundle.signing.public.verify(signature, purpose, *fields)
        raise NotAuthenticError

    def _newest_first(self) -> Iterable[LineBundle]:
        return (self.by_generation[number] for number in sorted(self.by_generation, reverse=True))

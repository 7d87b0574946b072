"""What a letter says: a member's reply, as whoever has the seven words reads it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from tipline.crypto.errors import CannotOpenError

PURPOSE = "letter"


@dataclass(frozen=True, slots=True, repr=False)
class LetterContent:
    """The sealed part of a letter. `at`: when the reply was written, UTC."""

    text: str
    at: datetime

    def to_bytes(self) -> bytes:
        """Return the content as UTF-8 JSON."""
        fields = {"text": self.text, "at": self.at.isoformat()}
        return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")

    @classmethod
    def from_bytes(cls, raw: bytes) -> LetterContent:
        """Return the parsed content.

        Raises:
            CannotOpenError: these bytes are none.
        """
        try:
            fields = json.loads(raw.decode("utf-8", "surrogatepass"))
            text = fields["text"]
            if not isinstance(text, str):
                raise CannotOpenError
            return cls(text, datetime.fromisoformat(fields["at"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            raise CannotOpenError from None

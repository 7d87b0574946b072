"""The one root of Tipline's errors.

Every error carries a fixed message and a code, never input: an exception's text may end up in a log
or in the queue, and a number or a message must not get there with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tipline.language.marking import marked


class TiplineError(Exception):
    """Root of all errors raised by Tipline's rooms.

    `code` is stable and may be logged; the message is a fixed sentence for the person who can act,
    with `figures` that are fixed as well in places like `%(most)d`. A sentence that a page shows is
    marked for translators.
    """

    code = "error"
    message = marked("Something went wrong.")
    figures: ClassVar[Mapping[str, int]] = {}

    def __init__(self, message: str | None = None) -> None:
        """Keep the class's own sentence, or a more exact one that holds no input."""
        self.sentence = message or self.message
        super().__init__(self.sentence % self.figures if self.figures else self.sentence)

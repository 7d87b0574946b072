"""The one root of Tipline's errors.

Every error carries a fixed message and a code, never input: an exception's text may end up in a log
or in the queue, and a number or a message must not get there with it.
"""

from __future__ import annotations


class TiplineError(Exception):
    """Root of all errors raised by Tipline's rooms.

    `code` is stable and may be logged; the message is a fixed sentence for the person who can act.
    """

    code = "error"
    message = "Something went wrong."

    def __init__(self, message: str | None = None) -> None:
        """Keep the class's own sentence, or a more exact one that holds no input."""
        super().__init__(message or self.message)

"""What asking and deciding refuse."""

from __future__ import annotations

from typing import ClassVar, Final

from tipline.errors import TiplineError
from tipline.language.marking import marked

MAX_REASON_CHARACTERS: Final = 1000
MAX_REFERENCE_CHARACTERS: Final = 80


class NoSuchRequestError(TiplineError):
    """There is no such request, or no longer."""

    code = "no_such_request"
    message = marked(
        "This request is gone: it was decided on, withdrawn, or is older than seven days."
    )


class NotYoursToDecideError(TiplineError):
    """Somebody else must decide."""

    code = "not_yours_to_decide"
    message = marked(
        "Somebody else must decide on this: not the one who asked, not one whom the asker let in "
        "or who let the asker in, and not the one whom it is about. On admins and new lines not "
        "one whom the same admin let in, either."
    )


class ReasonRefusedError(TiplineError):
    """No reason was given, or one that is too long."""

    code = "reason_refused"
    message = marked("Say why, in up to %(most)d characters.")
    figures: ClassVar = {"most": MAX_REASON_CHARACTERS}


class ReferenceRefusedError(TiplineError):
    """This is no case number or the like."""

    code = "reference_refused"
    message = marked("Write up to %(most)d characters in one row, or leave it empty.")
    figures: ClassVar = {"most": MAX_REFERENCE_CHARACTERS}

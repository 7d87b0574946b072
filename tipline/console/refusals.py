"""What the console refuses: each error is a fixed sentence and an HTTP status."""

from __future__ import annotations

from tipline.errors import TiplineError
from tipline.language.marking import marked


class RefusedError(TiplineError):
    """A request is not granted. `title` heads the page, `status` is the HTTP status."""

    code = "request_refused"
    status = 400
    title = marked("That did not work")


class ForeignOriginError(RefusedError):
    """A form was sent from a page that is not the console's."""

    code = "foreign_origin"
    status = 403
    title = marked("This form was refused")
    message = marked(
        "It came from another address than the console's own. "
        "Open the console at its usual address and try again."
    )


class StaleFormError(RefusedError):
    """A form lacks its token, or carries that of another session."""

    code = "stale_form"
    title = marked("This form is out of date")
    message = marked("Nothing was changed or sent. Open the page again, then try once more.")


class SessionEndedError(RefusedError):
    """A form was sent after its session had ended."""

    code = "session_ended"
    status = 401
    title = marked("Your session has ended")
    message = marked("Nothing was changed or sent. Sign in again.")


class NoSuchPageError(RefusedError):
    """There is no such page, or this member may not see it: which one is not told."""

    code = "no_such_page"
    status = 404
    title = marked("There is no such page")
    message = marked("It does not exist, or your role does not open it.")


class ThreadRefusedError(RefusedError):
    """A thread's key was not made by the intake worker."""

    code = "thread_refused"
    status = 409
    title = marked("This thread is not authentic")
    message = marked(
        "Its key was not made by this installation, so the thread is not opened and nothing can be "
        "sent into it. This has been reported. Tell an admin."
    )


class ThreadClosedError(RefusedError):
    """A thread's key is authentic but does not open with the line's key."""

    code = "thread_does_not_open"
    status = 409
    title = marked("This thread does not open")
    message = marked("It does not open with your line's keys. Tell an admin.")


class SheetSpentError(RefusedError):
    """A printable sheet was not prepared by this member just now."""

    code = "sheet_spent"
    status = 409
    title = marked("This sheet is out of date")
    message = marked(
        "A printable sheet is shown for fifteen minutes to the member who prepared it. "
        "Prepare it again on the thread's page."
    )


class LineKeysRefusedError(RefusedError):
    """What was granted to a member is not the key bundle of a certified line."""

    code = "line_keys_refused"
    status = 409
    title = marked("This line’s keys are not authentic")
    message = marked(
        "The line's keys do not open for you, or they are not the certified ones. Tell an admin."
    )

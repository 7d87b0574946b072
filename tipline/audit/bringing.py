"""Bringing a cosignature back to the tip line, and what it means when that is not taken.

The answer's own words are not shown: they would be those of whom the witness watches.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from tipline.audit.fetching import LogSite, NotFetchedError
from tipline.errors import TiplineError


class NotBroughtError(TiplineError):
    """The tip line did not take a cosignature. The witness keeps it."""

    code = "not_brought"
    message = (
        "The cosignature was not brought to the tip line: no answer came, or none that was "
        "expected. It is kept in the state file, and the next look brings the next one."
    )


class NotRegisteredError(NotBroughtError):
    """Nobody has registered this witness, or not any more."""

    message = (
        "The tip line did not take the cosignature: it says that this witness is not registered. "
        "Have an auditor register its verifier key (--show key). If it was registered before, ask "
        "who removed it, and why: the log says so. With --unsent nothing is brought."
    )


class DisownedError(NotBroughtError):
    """The tip line has another checkpoint of this size."""

    message = (
        "The tip line did not take the cosignature: it says that its log has another checkpoint of "
        "this size, although it has just shown this one. Look again. If it stays so, keep a copy "
        "of the state file and tell those who oversee the log."
    )


class NotPublishedError(NotBroughtError):
    """The tip line takes no cosignatures, or has no such checkpoint."""

    message = (
        "The tip line did not take the cosignature: it says that it has no such checkpoint, or it "
        "takes none. Look again. If it stays so, ask whether a log of another name has begun."
    )


class ClockError(NotBroughtError):
    """The witness's clock is fast."""

    message = (
        "The tip line did not take the cosignature: it is of a time that has not come yet there. "
        "Check the clock of this computer."
    )


_REASONS: Final[Mapping[int, type[NotBroughtError]]] = {
    HTTPStatus.FORBIDDEN: NotRegisteredError,
    HTTPStatus.NOT_FOUND: NotPublishedError,
    HTTPStatus.CONFLICT: DisownedError,
    HTTPStatus.UNPROCESSABLE_ENTITY: ClockError,
}


def bring(site: LogSite, note: bytes) -> None:
    """Bring a checkpoint that was cosigned to where it was fetched.

    Raises:
        NotBroughtError: it was not taken; see the sentences of its subclasses.
    """
    try:
        status = site.bring(note)
    except NotFetchedError:
        raise NotBroughtError from None
    if status != HTTPStatus.OK:
        raise _REASONS.get(status, NotBroughtError)

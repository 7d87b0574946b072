"""What can go wrong with keys and sealed values."""

from __future__ import annotations

from tipline.errors import TiplineError


class CannotOpenError(TiplineError):
    """A sealed value did not open: wrong key, wrong place, or changed bytes."""

    code = "cannot_open"
    message = "A sealed value does not open with this key in this place."


class NotAuthenticError(TiplineError):
    """A signature or tag does not come from the key that is pinned for it."""

    code = "not_authentic"
    message = "A value is not signed by the key that is pinned for it."


class KeyMissingError(TiplineError):
    """A key that should be in the key folder is not there."""

    code = "key_missing"
    message = "A key is missing from this process's key folder."


class UnlockError(TiplineError):
    """The unlock secret is missing or wrong."""

    code = "unlock"
    message = "The key folder does not open: the unlock secret is missing or wrong."

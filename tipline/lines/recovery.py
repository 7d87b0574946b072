"""Recovering a line's keys with the offline recovery key, when no member holds them any more."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Engine, select

from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.verifying import VerifyingKey
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.lines.admissions import KeysChangedError, replace_grants
from tipline.lines.bundles import RECOVERY_HOLDER, LineBundle, recovery_key
from tipline.lines.certificates import LineCertificate, certificates_of
from tipline.lines.founding import open_granted
from tipline.lines.models import KeyGrant
from tipline.lines.registry import lock_line
from tipline.members.basics import SignedIn

ONLY_OLDER_KEYS = marked(
    "This recovery key opens only older keys of this line, so nothing was granted. "
    "Ask a member who holds the newest to admit you."
)


class WrongRecoveryKeyError(TiplineError):
    """What was typed opens no keys of this line."""

    code = "wrong_recovery_key"
    message = marked(
        "This recovery key does not open this line's keys. Check that it is this line's and "
        "compare it group by group: it has 13 groups of four characters."
    )


def recover_keys(
    engine: Engine, pin: VerifyingKey, line_id: str, holder: SignedIn, words: str
) -> int:
    """Grant a supervisor all generations that the recovery key opens. Return how many.

    Raises:
        WrongRecoveryKeyError: it opens none.
        KeysChangedError: it opens old ones, but not the newest.
        NotAuthenticError: the line's certificates are not authentic.
    """
    key = _typed(words)
    with engine.begin() as connection:
        lock_line(connection, line_id)
        chain = certificates_of(connection, line_id, pin)
        bundles = _opened(connection, chain, key)
        if not bundles:
            raise WrongRecoveryKeyError
        if bundles[-1].generation != chain[-1].generation:
            raise KeysChangedError(ONLY_OLDER_KEYS)
        replace_grants(connection, line_id, holder.member_id, holder.key.public, bundles)
    return len(bundles)


def checked_recovery_key(engine: Engine, pin: VerifyingKey, line_id: str, words: str) -> OpeningKey:
    """Return the recovery key that was typed, which opens some of the line's keys.

    Raises:
        WrongRecoveryKeyError: it opens none.
        NotAuthenticError: the line's certificates are not authentic.
    """
    key = _typed(words)
    with reading(engine) as connection:
        if not _opened(connection, certificates_of(connection, line_id, pin), key):
            raise WrongRecoveryKeyError
    return key


def _typed(words: str) -> OpeningKey:
    try:
        return recovery_key(words)
    except CannotOpenError:
        raise WrongRecoveryKeyError from None


def _opened(
    connection: Connection, chain: Iterable[LineCertificate], key: OpeningKey
) -> list[LineBundle]:
    bundles = []
    for certificate in chain:
        query = select(KeyGrant.sealed).where(
            KeyGrant.line_id == certificate.line_id,
            KeyGrant.generation == certificate.generation,
            KeyGrant.holder == RECOVERY_HOLDER,
        )
        sealed = connection.execute(query).scalar_one_or_none()
        try:
            bundles.append(open_granted(certificate, RECOVERY_HOLDER, sealed or b"", key))
        except CannotOpenError:
            continue
    return bundles

"""The key of a restricted thread: sealed to named members instead of to the line.

Each grant is wrapped under the thread's erase key, as the line's is, so that deleting the erase key
destroys the thread for named members, too. A grant is signed with the line's key together with the
public key to which it is sealed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tipline.crypto.aead import decrypt, encrypt
from tipline.crypto.encoding import Context, Field
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.sealing import SealingKey
from tipline.lines.bundles import LineBundle

PURPOSE = "thread grant"


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody to whom a thread's key is sealed: a member's id, or "recovery", and a public key."""

    id: str
    public: SealingKey


@dataclass(frozen=True, slots=True, repr=False)
class MemberGrant:
    """A grant together with the key that opens it."""

    holder: str
    key: OpeningKey
    sealed: bytes
    signature: bytes

    def signed(self, line_id: str, thread_id: str) -> tuple[Any, ...]:
        """Return signature, purpose and fields, as they are to be checked."""
        fields = _fields(line_id, thread_id, self.holder, self.key.public, self.sealed)
        return (self.signature, PURPOSE, *fields)


def grant_row(
    key: OpeningKey, erase_key: bytes, bundle: LineBundle, thread_id: str, holder: Holder
) -> dict[str, Any]:
    """Return the columns of a thread's private key sealed to a holder, signed by the line."""
    context = _context(bundle.line_id, thread_id, holder.id)
    sealed = encrypt(erase_key, holder.public.seal(key.seed, context), context)
    fields = _fields(bundle.line_id, thread_id, holder.id, holder.public, sealed)
    return {
        "thread_id": thread_id,
        "holder": holder.id,
        "sealed": sealed,
        "signature": bundle.signing.sign(PURPOSE, *fields),
    }


def grant_signed(
    line_id: str, thread_id: str, holder: Holder, sealed: bytes, signature: bytes
) -> tuple[Any, ...]:
    """Return signature, purpose and fields of a grant to a holder whose key one does not have."""
    return (signature, PURPOSE, *_fields(line_id, thread_id, holder.id, holder.public, sealed))


def open_granted_key(
    grant: MemberGrant, erase_key: bytes, line_id: str, thread_id: str, public: SealingKey
) -> OpeningKey:
    """Return the private key of a thread that was restricted to its holder.

    Raises:
        CannotOpenError: it does not open, or is not the key of this thread.
    """
    context = _context(line_id, thread_id, grant.holder)
    key = OpeningKey(grant.key.open(decrypt(erase_key, grant.sealed, context), context))
    if key.public.raw != public.raw:
        raise CannotOpenError
    return key


def _fields(
    line_id: str, thread_id: str, holder: str, public: SealingKey, sealed: bytes
) -> tuple[Field, ...]:
    return line_id, thread_id, holder, public.raw, sealed


def _context(line_id: str, thread_id: str, holder: str) -> Context:
    return Context("thread grant", line_id, thread_id, holder)

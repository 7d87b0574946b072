"""Thread keys: made by the intake worker, opened by a line's members.

The private half is sealed to the line and that is wrapped under the thread's erase key. Making one
needs no private key but the new one itself, which is forgotten at once: intake adds messages that
it cannot read back.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from tipline.crypto.aead import decrypt, encrypt, random_key
from tipline.crypto.encoding import Context
from tipline.crypto.opening import OpeningKey
from tipline.crypto.sealing import SealingKey
from tipline.crypto.signing import SigningKey
from tipline.crypto.verifying import VerifyingKey

PURPOSE = "thread key"


@dataclass(frozen=True, slots=True, repr=False)
class NewThread:
    """A thread's id and keys, ready to be stored; the private key is nowhere in it in clear."""

    id: str
    line_id: str
    alias: str
    line_generation: int
    public: SealingKey
    wrapped_private: bytes
    erase_key: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Which thread's private key is sealed to which generation of its line."""

    line_id: str
    thread_id: str
    generation: int


def new_thread(
    line_id: str, alias: str, generation: int, line_key: SealingKey, signer: SigningKey
) -> NewThread:
    """Return a new thread whose private key only the line's members can open.

    The alias is signed with the key: a member who answers an alias answers its resident.
    """
    thread_id = secrets.token_hex(16)
    key = OpeningKey.generate()
    erase_key = random_key()
    return NewThread(
        id=thread_id,
        line_id=line_id,
        alias=alias,
        line_generation=generation,
        public=key.public,
        wrapped_private=wrap_thread_key(key, erase_key, line_key, line_id, thread_id, generation),
        erase_key=erase_key,
        signature=signer.sign(PURPOSE, line_id, thread_id, alias, key.public.raw),
    )


def wrap_thread_key(
    key: OpeningKey,
    erase_key: bytes,
    line_key: SealingKey,
    line_id: str,
    thread_id: str,
    generation: int,
) -> bytes:
    """Return a thread's private key sealed to its line and wrapped under its erase key."""
    context = _context(line_id, thread_id, generation)
    return encrypt(erase_key, line_key.seal(key.seed, context), context)


def check_thread_key(
    pin: VerifyingKey, line_id: str, thread_id: str, alias: str, public: bytes, signature: bytes
) -> SealingKey:
    """Return a thread's public key, if the intake worker signed it for this thread and alias.

    Raises:
        NotAuthenticError: it did not.
    """
    pin.verify(signature, PURPOSE, line_id, thread_id, alias, public)
    return SealingKey(public)


def open_thread_key(
    wrapped: bytes,
    erase_key: bytes,
    line_key: OpeningKey,
    line_id: str,
    thread_id: str,
    generation: int,
) -> OpeningKey:
    """Return a thread's private key, for a member who holds the line's.

    Raises:
        CannotOpenError: the erase key or the line key is not this thread's.
    """
    context = _context(line_id, thread_id, generation)
    return OpeningKey(line_key.open(decrypt(erase_key, wrapped, context), context))


def reseal_thread_key(
    key: OpeningKey, erase_key: bytes, place: KeyPlace, line: SealingKey
) -> bytes:
    """Return a thread's private key sealed to another generation, under the same erase key."""
    context = _context(place.line_id, place.thread_id, place.generation)
    return encrypt(erase_key, line.seal(key.seed, context), context)


def _context(line_id: str, thread_id: str, generation: int) -> Context:
    return Context("thread private key", line_id, thread_id, generation)

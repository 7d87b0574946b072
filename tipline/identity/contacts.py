"""Contacts: an address that opens only with two halves of a key, held by two different parties.

One half is sealed to the thread, so only the line's members can pass it on; the other to the
delivery worker. Neither a stolen delivery worker nor a curious member opens a contact.
"""

from __future__ import annotations

from dataclasses import dataclass

from tipline.crypto.aead import decrypt, encrypt, join_halves, split_key
from tipline.crypto.encoding import Context
from tipline.crypto.opening import OpeningKey
from tipline.crypto.padding import pad, unpad
from tipline.crypto.sealing import SealingKey
from tipline.crypto.signing import SigningKey
from tipline.crypto.verifying import VerifyingKey

PURPOSE = "contact"


@dataclass(frozen=True, slots=True, repr=False)
class EncryptedContact:
    """The columns of a contact."""

    encrypted: bytes
    half_for_thread: bytes
    half_for_delivery: bytes


def encrypt_contact(
    address: str, line_id: str, thread_id: str, thread: SealingKey, delivery: SealingKey
) -> EncryptedContact:
    """Return a contact whose key exists nowhere but in its two sealed halves."""
    key, for_thread, for_delivery = split_key()
    return EncryptedContact(
        encrypt(key, pad(address.encode()), _context("contact", line_id, thread_id)),
        thread.seal(for_thread, _context("contact half thread", line_id, thread_id)),
        delivery.seal(for_delivery, _context("contact half delivery", line_id, thread_id)),
    )


def open_thread_half(sealed: bytes, line_id: str, thread_id: str, key: OpeningKey) -> bytes:
    """Return the half that a member passes on. It opens nothing by itself.

    Raises:
        CannotOpenError: it is not this thread's.
    """
    return key.open(sealed, _context("contact half thread", line_id, thread_id))


def open_contact(
    contact: EncryptedContact, line_id: str, thread_id: str, thread_half: bytes, key: OpeningKey
) -> str:
    """Return the address: for the delivery worker alone, which has been given the other half.

    Raises:
        CannotOpenError: the halves do not belong together.
    """
    own_half = key.open(
        contact.half_for_delivery, _context("contact half delivery", line_id, thread_id)
    )
    whole = join_halves(thread_half, own_half)
    padded = decrypt(whole, contact.encrypted, _context("contact", line_id, thread_id))
    return unpad(padded).decode()


def rewrap_for_delivery(
    contact: EncryptedContact, line_id: str, thread_id: str, old: OpeningKey, new: SealingKey
) -> bytes:
    """Return delivery's half, sealed to another key of delivery's; the half is the same.

    Raises:
        CannotOpenError: it was not sealed to the old key.
    """
    context = _context("contact half delivery", line_id, thread_id)
    return new.seal(old.open(contact.half_for_delivery, context), context)


def sign_contact(
    contact: EncryptedContact, line_id: str, thread_id: str, signer: SigningKey
) -> bytes:
    """Return the intake worker's signature: replies must not be led to somebody else's address."""
    return signer.sign(PURPOSE, line_id, thread_id, *_fields(contact))


def check_contact(
    contact: EncryptedContact, signature: bytes, line_id: str, thread_id: str, pin: VerifyingKey
) -> None:
    """Check that the intake worker wrote a contact.

    Raises:
        NotAuthenticError: it did not.
    """
    pin.verify(signature, PURPOSE, line_id, thread_id, *_fields(contact))


def _fields(contact: EncryptedContact) -> tuple[bytes, bytes]:
    """Return what is signed: all but delivery's half, which delivery itself wraps anew.

    Another half there is another key, with which the signed address does not open.
    """
    return contact.encrypted, contact.half_for_thread


def _context(purpose: str, line_id: str, thread_id: str) -> Context:
    return Context(purpose, line_id, thread_id)

"""What a line's members may see of a message that could not be put into a thread: no sender.

Sealed to the line and signed by the intake worker, so that nobody can plant one in the database.
"""

from __future__ import annotations

from tipline.crypto.encoding import Context
from tipline.crypto.padding import MESSAGE_BUCKET
from tipline.crypto.sealing import SealingKey
from tipline.crypto.signing import SigningKey
from tipline.crypto.verifying import VerifyingKey
from tipline.lines.keyrings import LineKeyring
from tipline.threads.contents import MessageContent, SealedMessage

PURPOSE = "set aside"


def seal_set_aside(
    content: MessageContent, line_id: str, uid: bytes, line: SealingKey, signer: SigningKey
) -> SealedMessage:
    """Return the content sealed to its line, and the signature over it."""
    context = set_aside_context(line_id, uid)
    sealed = line.seal(content.to_bytes(), context, MESSAGE_BUCKET)
    return SealedMessage(sealed, signer.sign(PURPOSE, context.info(), sealed))


def open_set_aside(
    message: SealedMessage, line_id: str, uid: bytes, line: LineKeyring, intake_pin: VerifyingKey
) -> MessageContent:
    """Return the content.

    Raises:
        NotAuthenticError: the intake worker did not sign it.
        CannotOpenError: it does not open.
    """
    context = set_aside_context(line_id, uid)
    intake_pin.verify(message.signature, PURPOSE, context.info(), message.sealed)
    return MessageContent.from_bytes(line.open(message.sealed, context))


def set_aside_context(line_id: str, uid: bytes) -> Context:
    """Return the place to which the content is bound."""
    return Context(PURPOSE, line_id, uid.hex())

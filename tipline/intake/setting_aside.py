"""What is kept of a message that could not be handled: whole for intake, without details for all.

Intake can handle it again, so it keeps the whole message under its own long-lived key. Members of
the line read it without its sender, and without what it says of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from tipline import logs
from tipline.clock import Clock, hour_of
from tipline.crypto.signing import SigningKey
from tipline.envelopes.reading import EnvelopeRow
from tipline.intake.effects import Row
from tipline.intake.knowing import Item, Looking
from tipline.intake.web import WebIncoming
from tipline.threads.contents import MessageContent, SealedMessage
from tipline.threads.set_aside import seal_set_aside


@dataclass(frozen=True, slots=True, repr=False)
class SettingAside:
    """Makes the rows of messages that are set aside."""

    looking: Looking
    signing: SigningKey
    clock: Clock

    def row(self, row: EnvelopeRow, item: Item | None, reason: str, kept: bytes) -> Row:
        """Return the row. `kept`: what only intake opens."""
        for_line = self._for_line(row, item) if item is not None else None
        return {
            "uid": row.uid,
            "line_id": item.line.id if item and item.line else None,
            "reason": reason,
            "sealed_for_line": for_line.sealed if for_line else None,
            "signature": for_line.signature if for_line else None,
            "kept_for_intake": kept,
            "created_hour": hour_of(self.clock()),
        }

    def _for_line(self, row: EnvelopeRow, item: Item) -> SealedMessage | None:
        text = self._text(item)
        if item.line is None:
            return None
        pictures = 0 if isinstance(item, WebIncoming) else len(item.message.media)
        content = MessageContent(text, item.message.received_at, pictures=pictures)
        sealing = item.line.certificate.sealing
        return seal_set_aside(content, item.line.id, row.uid, sealing, self.signing)

    def _text(self, item: Item) -> str:
        """Return what members may read, which may be nothing, and give a web message its line."""
        try:
            return self.looking.look_up([item]).text_for_members(item)
        except Exception as error:
            # Anything: that may be why it is set aside. Nothing is shown rather than its details.
            logs.failure("set_aside_without_text", error)
            return ""

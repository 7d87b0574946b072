"""Sending claimed rows: verify, open, hand over, and tell what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from sqlalchemy import Row, select

from tipline import logs
from tipline.crypto.errors import CannotOpenError, KeyMissingError, NotAuthenticError
from tipline.crypto.sealing import sealed_key_id
from tipline.crypto.verifying import HEADER_LENGTH, VerifyingKey
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.delivery.claims import ClaimedRow
from tipline.delivery.details import NO_WAY_BACK
from tipline.delivery.keys import DeliveryKeys
from tipline.delivery.outbox import OutgoingContent, OutgoingKind, open_outgoing
from tipline.delivery.provider import (
    OutgoingText,
    Provider,
    ProviderBusyError,
    ProviderLockedOutError,
    ProviderRefusedError,
    ProviderUncertainError,
)
from tipline.identity.contacts import EncryptedContact, check_contact, open_contact
from tipline.identity.models import Contact
from tipline.lines.directory import LineDirectory, NoSuchLineError
from tipline.published_keys.rotation import KeyRing


class Result(Enum):
    """What came of one sending."""

    TAKEN = auto()
    RETRY = auto()
    UNCERTAIN = auto()
    FAILED = auto()
    NOT_AUTHENTIC = auto()


@dataclass(frozen=True, slots=True, repr=False)
class Outcome:
    """A row's result, with the provider's id or error code where there is one."""

    row: ClaimedRow
    result: Result
    provider_id: str = ""
    code: int = 0
    is_locked_out: bool = False


class NoWayBackError(CannotOpenError):
    """The contact is gone: the resident opted out, or it expired."""

    code = "no_way_back"
    message = "There is no way back to this resident any more."


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends one claimed row at a time; safe to use from several threads."""

    stores: Stores
    keys: DeliveryKeys
    daily: KeyRing
    contacts: KeyRing
    lines: LineDirectory
    provider: Provider

    def send(self, row: ClaimedRow) -> Outcome:
        """Send a row and return what came of it; raises nothing."""
        try:
            text = self._prepare(row)
        except NoWayBackError:
            return Outcome(row, Result.FAILED, code=NO_WAY_BACK)
        except (NotAuthenticError, CannotOpenError, KeyMissingError, NoSuchLineError):
            return Outcome(row, Result.NOT_AUTHENTIC)
        except Exception as error:
            # Nothing was handed over yet, so this row can be tried again.
            logs.failure("sending_not_prepared", error)
            return Outcome(row, Result.RETRY)
        return self._hand_over(row, text)

    def _hand_over(self, row: ClaimedRow, text: OutgoingText) -> Outcome:
        try:
            provider_id = self.provider.send(text)
        except ProviderRefusedError as refusal:
            return Outcome(row, Result.FAILED, code=refusal.provider_code)
        except ProviderLockedOutError:
            return Outcome(row, Result.RETRY, is_locked_out=True)
        except ProviderBusyError:
            return Outcome(row, Result.RETRY)
        except ProviderUncertainError:
            return Outcome(row, Result.UNCERTAIN)
        except Exception as error:
            logs.failure("sending_failed", error)
            return Outcome(row, Result.UNCERTAIN)
        return Outcome(row, Result.TAKEN, provider_id=provider_id)

    def _prepare(self, row: ClaimedRow) -> OutgoingText:
        key = self.daily.opening_key(sealed_key_id(row.sealed))
        content = open_outgoing(row.sealed, row.signature, row.place, key, self._author(row))
        line = self.lines.by_id(row.place.line_id)
        recipient = self._recipient(row, content)
        return OutgoingText(line.certificate.address, recipient, content.body, row.ref)

    def _recipient(self, row: ClaimedRow, content: OutgoingContent) -> str:
        """Return where to send: nothing goes to somebody who has closed the way back meanwhile."""
        contact = self._contact(row.place.thread_id)
        if row.place.kind is OutgoingKind.AUTOMATIC:
            return content.address
        return self._address(row, content, contact)

    def _author(self, row: ClaimedRow) -> VerifyingKey:
        """Return the one key whose signature this kind of row must bear.

        Raises:
            NotAuthenticError: it names a key that the line no longer has.
        """
        if row.place.kind is OutgoingKind.AUTOMATIC:
            return self.keys.intake_pin
        return self.lines.sending_key(row.place.line_id, row.signature[1:HEADER_LENGTH])

    def _contact(self, thread_id: str) -> Row[bytes, bytes, bytes, bytes]:
        query = select(
            Contact.encrypted,
            Contact.half_for_thread,
            Contact.half_for_delivery,
            Contact.signature,
        ).where(Contact.thread_id == thread_id)
        with reading(self.stores.perishable) as connection:
            found = connection.execute(query).one_or_none()
        if found is None:
            raise NoWayBackError
        return found

    def _address(
        self,
        row: ClaimedRow,
        content: OutgoingContent,
        found: Row[bytes, bytes, bytes, bytes],
    ) -> str:
        place = row.place
        contact = EncryptedContact(found[0], found[1], found[2])
        pin = self.keys.intake_pin
        check_contact(contact, found[3], place.line_id, place.thread_id, pin)
        key = self.contacts.opening_key(sealed_key_id(contact.half_for_delivery))
        return open_contact(contact, place.line_id, place.thread_id, content.thread_half, key)

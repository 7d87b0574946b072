"""Handing alerts over, each to its receiver, if the receiver may still get it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Engine, delete, select

from tipline import logs
from tipline.alerts.channel import (
    Alert,
    Channel,
    ReceiverBusyError,
    ReceiverGoneError,
    ReceiverRefusedError,
    ReceiverUncertainError,
    ReceiverUnwantedError,
)
from tipline.alerts.models import AlertChoice, PushSubscription
from tipline.alerts.outbox import ClaimedAlert, Result
from tipline.alerts.receivers import may_get_alerts
from tipline.clock import Clock, day_of
from tipline.db.reading import reading
from tipline.lines.directory import LineDirectory, NoSuchLineError
from tipline.members.models import Member


@dataclass(frozen=True, slots=True, repr=False)
class Browser:
    """Where a browser takes pushes, its public key (P-256) and the secret it shares with us."""

    endpoint: str
    public: bytes
    secret: bytes


class Mail(Protocol):
    """Hands an alert to an address. Raises the errors of `tipline.alerts.channel`."""

    def send(self, alert: Alert, address: str) -> None:
        """Hand it over."""
        ...


class Webhook(Protocol):
    """Posts an alert. Raises the errors of `tipline.alerts.channel`."""

    def send(self, alert: Alert) -> None:
        """Hand it over."""
        ...


class Push(Protocol):
    """Pushes an alert to a browser. Raises the errors of `tipline.alerts.channel`."""

    def send(self, alert: Alert, browser: Browser) -> None:
        """Hand it over."""
        ...


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels that are set up; None for what is not."""

    mail: Mail | None = field(default=None, repr=False)
    webhook: Webhook | None = field(default=None, repr=False)
    push: Push | None = field(default=None, repr=False)

    @property
    def available(self) -> frozenset[Channel]:
        """Return which of them there are."""
        return frozenset(
            channel
            for channel, there in (
                (Channel.MAIL, self.mail),
                (Channel.WEBHOOK, self.webhook),
                (Channel.PUSH, self.push),
            )
            if there is not None
        )


@dataclass(frozen=True, slots=True)
class AlertSender:
    """Hands over one claimed alert at a time; safe to use from several threads."""

    engine: Engine
    lines: LineDirectory
    channels: Channels
    console_url: str
    clock: Clock

    def send(self, row: ClaimedAlert) -> Result:
        """Hand an alert over and return what came of it; raises nothing."""
        try:
            self._send(row)
        except ReceiverGoneError:
            self._forget_browser(row.recipient)
            return Result.REFUSED
        except ReceiverUnwantedError:
            return Result.WITHDRAWN
        except ReceiverRefusedError:
            return Result.REFUSED
        except ReceiverUncertainError:
            return Result.UNCERTAIN
        except (ReceiverBusyError, NoSuchLineError):
            return Result.BUSY
        except Exception as error:
            # Anything: it may have gone out before.
            logs.failure("alert_failed", error)
            return Result.UNCERTAIN
        return Result.SENT

    def _send(self, row: ClaimedAlert) -> None:
        # The name comes from the line's certificate: nobody who writes to the database can put
        # words into an alert.
        name = self.lines.by_id(row.line_id).certificate.name
        alert = Alert(row.uid, name, self.console_url, row.is_repetition)
        if row.channel is Channel.MAIL:
            self._mail(row, alert)
        elif row.channel is Channel.PUSH:
            self._push(row, alert)
        elif self.channels.webhook is None:
            raise ReceiverBusyError
        else:
            self.channels.webhook.send(alert)

    def _mail(self, row: ClaimedAlert, alert: Alert) -> None:
        if self.channels.mail is None:
            raise ReceiverBusyError
        self.channels.mail.send(alert, self._address(row))

    def _push(self, row: ClaimedAlert, alert: Alert) -> None:
        if self.channels.push is None:
            raise ReceiverBusyError
        self.channels.push.send(alert, self._browser(row))

    def _address(self, row: ClaimedAlert) -> str:
        """Return a member's address. Whoever was disabled or removed meanwhile gets nothing.

        Raises:
            ReceiverUnwantedError: this member may not read the line, or does not want alerts of it.
        """
        query = (
            select(Member.email)
            .join(AlertChoice, AlertChoice.member_id == Member.id)
            .where(
                Member.id == row.recipient,
                AlertChoice.line_id == row.line_id,
                AlertChoice.channel == Channel.MAIL.value,
                may_get_alerts(day_of(self.clock())),
            )
        )
        with reading(self.engine) as connection:
            found = connection.execute(query).scalar_one_or_none()
        if found is None:
            raise ReceiverUnwantedError
        return found

    def _browser(self, row: ClaimedAlert) -> Browser:
        """Return where a browser takes pushes. Raises as `_address` does."""
        query = (
            select(PushSubscription.endpoint, PushSubscription.public, PushSubscription.secret)
            .join(AlertChoice, AlertChoice.member_id == PushSubscription.member_id)
            .where(
                PushSubscription.uid == row.recipient,
                AlertChoice.line_id == row.line_id,
                AlertChoice.channel == Channel.PUSH.value,
                may_get_alerts(day_of(self.clock())),
            )
        )
        with reading(self.engine) as connection:
            found = connection.execute(query).one_or_none()
        if found is None:
            raise ReceiverUnwantedError
        return Browser(found.endpoint, found.public, found.secret)

    def _forget_browser(self, uid: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(delete(PushSubscription).where(PushSubscription.uid == uid))

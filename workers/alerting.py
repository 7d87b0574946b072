"""Alerts as this installation's settings ask for them."""

from __future__ import annotations

from sqlalchemy import Engine

import config
from tipline.alerts.announcing import announce
from tipline.alerts.channel import Channel
from tipline.alerts.channels.mail import MailChannel, MailServer
from tipline.alerts.channels.push import PushChannel
from tipline.alerts.channels.webhook import WebhookChannel
from tipline.alerts.sending import Channels
from tipline.alerts.service import Alerts
from tipline.clock import Clock
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.webpush import PushKey
from tipline.delivery.keys import PUSH, DeliveryKeys
from tipline.lines.directory import LineDirectory


def build_alerts(
    settings: config.AlertSettings,
    engine: Engine,
    folder: KeyFolder,
    keys: DeliveryKeys,
    lines: LineDirectory,
    clock: Clock,
) -> Alerts:
    """Return the work of alerts, and announce to the console which channels there are.

    Raises:
        UnlockError, CannotOpenError: the push key does not open, or is none.
    """
    push_key = _push_key(folder)
    mail = _mail(settings.mail, clock) if settings.mail else None
    webhook = settings.webhook
    channels = Channels(
        mail=mail,
        webhook=WebhookChannel(webhook.url, webhook.secret, clock) if webhook else None,
        push=PushChannel(
            push_key, settings.console_url, clock, may_go_inside=settings.may_push_inside
        ),
    )
    publics = dict.fromkeys(sorted(channels.available), b"") | {Channel.PUSH: push_key.public}
    announce(engine, keys.signing, publics)
    return Alerts(engine, lines, channels, settings.console_url, clock)


def _push_key(folder: KeyFolder) -> PushKey:
    """Return the push key. An instance that was created before there was one gets it now."""
    if PUSH not in folder.names(PUSH):
        folder.create(PUSH, PushKey.generate().seed)
    return PushKey(folder.read(PUSH))


def _mail(settings: config.MailSettings, clock: Clock) -> MailChannel:
    server = MailServer(
        host=settings.host,
        port=settings.port,
        is_tls_from_start=settings.is_tls_from_start,
        needs_tls=settings.needs_tls,
        user=settings.user,
        password=settings.password,
        sender=settings.sender,
    )
    return MailChannel(server, clock)

"""A real instance in this process: real keys, real stores, the real gateway app and workers' work.

Only the queue is missing (a doorbell that nobody hears is part of the design) and, unless a test
brings one, the provider is a recorder. Time stands still until a test moves it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

import config
from tests.support.blueprint import (
    ACCOUNT_SID,
    ANNA,
    AUTH_TOKEN,
    BEN,
    CAST,
    CLEO,
    DRAIN_SECONDS,
    LINE,
    MESSAGE_PATH,
    OTHER_LINE,
    PASSWORD,
    PUBLIC_URL,
    START,
    STATUS_PATH,
    UNLOCK_SECRET,
    MovableClock,
    Template,
    TestMember,
    copied,
    environment_for,
    make_template,
)
from tests.support.carrier_signature import inbound_fields, sign, status_fields
from tests.support.recording_provider import RecordingProvider
from tests.support.stores import Urls
from tipline.clock import SteadyClock
from tipline.console.keys import ConsoleKeys
from tipline.crypto.keyfolder import KeyFolder
from tipline.db.engines import Stores, open_stores
from tipline.delivery.keys import DeliveryKeys
from tipline.delivery.models import Outgoing
from tipline.delivery.provider import Provider
from tipline.delivery.reading import Progress, progress_of
from tipline.delivery.replying import Replier, Reply
from tipline.delivery.service import Delivery, DeliveryServices
from tipline.envelopes.models import Envelope
from tipline.gateway.app import Gateway, create_gateway
from tipline.gateway.keys import GatewayKeySet
from tipline.gateway.web.services import EXTENSION as PUBLIC_PAGES
from tipline.incidents.services import counts
from tipline.instance import provisioning
from tipline.intake.keys import IntakeKeys
from tipline.intake.service import Intake, IntakeServices
from tipline.intake.sweeping import Sweeper
from tipline.lines.directory import LineDirectory
from tipline.lines.keyrings import LineKeyring
from tipline.mailboxes.receipts import newest_salt
from tipline.published_keys.directory import KeyKind, PublishedKeys
from tipline.published_keys.rotation import KeyRing
from tipline.threads.contents import MessageContent, MessageKind, open_message
from tipline.threads.inbox import InboxFilter, inbox
from tipline.threads.reading import OpenThread, ThreadSummary, open_thread, stored_messages

# What a test takes from its house.
__all__ = [
    "ACCOUNT_SID",
    "ANNA",
    "AUTH_TOKEN",
    "BEN",
    "CAST",
    "CLEO",
    "DRAIN_SECONDS",
    "LINE",
    "MESSAGE_PATH",
    "OTHER_LINE",
    "PASSWORD",
    "PUBLIC_URL",
    "START",
    "STATUS_PATH",
    "UNLOCK_SECRET",
    "House",
    "MovableClock",
    "Template",
    "TestMember",
    "copied",
    "environment_for",
    "make_template",
]


def wait_for_ringers() -> None:
    """Wait until every ring that was asked for in this process is over."""
    for thread in threading.enumerate():
        if thread.name == "ringer":
            thread.join()


class House:
    """An instance with the work of all its processes."""

    def __init__(self, template: Template, home: Path, urls: Urls) -> None:
        self.template = template
        self.home = home
        self.urls = urls
        self.clock = MovableClock()
        self.environment = environment_for(home, urls)
        self.instance = config.InstanceSettings.from_environment(self.environment)
        self.stores: Stores = open_stores(urls.main, urls.perishable)
        self.folders = provisioning.Folders(
            **{
                name: KeyFolder(self.instance.keys / name, name, key)
                for name, key in template.unlock_keys.items()
            }
        )
        self.members = template.members
        self.bundles = dict(template.bundles)
        self.provider: Provider = RecordingProvider()
        self.rings = 0
        self._engines: list[Engine] = [self.stores.main, self.stores.perishable]
        self._stores_of: dict[str, Stores] = {}
        self.intake_keys = IntakeKeys.load(self.folders.intake)
        self.delivery_keys = DeliveryKeys.load(self.folders.delivery)
        self.console_keys = ConsoleKeys.load(self.folders.console)
        self.intake_ring = self._ring("intake", KeyKind.INTAKE)
        self.daily_ring = self._ring("delivery", KeyKind.DELIVERY)
        self.contact_ring = self._ring("delivery", KeyKind.CONTACT)
        self.keep_keys()
        self.intake = self.new_intake()
        self.delivery = self.new_delivery(self.provider)
        self.sweeper = Sweeper(self.stores_of("intake"), self.clock)
        self.app = self.new_gateway()
        self.replier = Replier(
            self.stores_of("console"),
            self._published(KeyKind.DELIVERY, self.console_keys.delivery_pin),
            self.console_keys.intake_pin,
            self.clock,
        )

    # -- building ----------------------------------------------------------------------------

    def urls_of(self, process: str) -> Urls:
        """Where a process finds the stores: on PostgreSQL with its own role."""
        roles, urls = self.template.roles, self.urls
        if roles is None:
            return urls
        return Urls(roles.url(process, urls.main), roles.url(process, urls.perishable))

    def stores_of(self, process: str) -> Stores:
        """The stores as a process may use them; `stores` is the owner's, and the thief's."""
        if self.template.roles is None:
            return self.stores
        if process not in self._stores_of:
            urls = self.urls_of(process)
            made = self._stores_of[process] = open_stores(urls.main, urls.perishable)
            self._engines += [made.main, made.perishable]
        return self._stores_of[process]

    def new_gateway(self, **settings: Any) -> Flask:
        """A gateway app; `settings` replace fields of its settings."""
        own = environment_for(self.home, self.urls_of("gateway"))
        base = config.GatewaySettings.from_environment(own)
        keys = GatewayKeySet.load(self.folders.gateway)
        app = create_gateway(replace(base, **settings), keys, self.clock)
        gateway: Gateway = app.extensions["gateway"]
        self._engines += [gateway.engine, app.extensions[PUBLIC_PAGES].perishable]
        return app

    def new_intake(self, stores: Stores | None = None) -> Intake:
        """An intake worker's work; another one may share the stores or bring its own."""
        stores = stores or self.stores_of("intake")
        keys = IntakeKeys.load(self.folders.intake)
        pins = {KeyKind.DELIVERY: keys.delivery_pin, KeyKind.CONTACT: keys.delivery_pin}
        ring = KeyRing(self.folders.intake, KeyKind.INTAKE, keys.signing, stores.main, self.clock)
        return Intake(
            IntakeServices(
                stores=stores,
                keys=keys,
                ring=ring,
                published=PublishedKeys(stores.main, pins, self.clock),
                lines=LineDirectory(stores.main, keys.console_pin, self.clock),
                clock=self.clock,
                ring_delivery=self._heard,
            )
        )

    def new_delivery(
        self,
        provider: Provider,
        stores: Stores | None = None,
        steady: SteadyClock | None = None,
    ) -> Delivery:
        """A delivery worker's work; another one may share the stores or bring its own."""
        stores = stores or self.stores_of("delivery")
        return Delivery(
            DeliveryServices(
                stores=stores,
                keys=self.delivery_keys,
                daily=self.daily_ring,
                contacts=self.contact_ring,
                published=self._published(KeyKind.DELIVERY, self.delivery_keys.signing.public),
                lines=LineDirectory(stores.main, self.delivery_keys.console_pin, self.clock),
                provider=provider,
                clock=self.clock,
            ),
            steady,
        )

    def keep_keys(self) -> None:
        """What the workers do to the keys when they start and sweep."""
        newest_salt(self.stores_of("intake").perishable)
        for ring in (self.intake_ring, self.daily_ring, self.contact_ring):
            ring.ensure_current()
            ring.refuse_swapped()

    def close(self) -> None:
        wait_for_ringers()
        for engine in self._engines:
            engine.dispose()

    def _ring(self, process: str, kind: KeyKind) -> KeyRing:
        folder: KeyFolder = getattr(self.folders, process)
        keys = self.intake_keys if process == "intake" else self.delivery_keys
        return KeyRing(folder, kind, keys.signing, self.stores_of(process).main, self.clock)

    def _published(self, kind: KeyKind, pin: Any) -> PublishedKeys:
        return PublishedKeys(self.stores.main, {kind: pin}, self.clock)

    def _heard(self) -> None:
        self.rings += 1

    # -- residents and the provider ----------------------------------------------------------

    def post(
        self,
        path: str,
        fields: Sequence[tuple[str, str]],
        *,
        query: str = "",
        token: str = AUTH_TOKEN,
        signature: str | None = None,
        headers: Mapping[str, str] | None = None,
        app: Flask | None = None,
    ) -> TestResponse:
        """Post a form, signed as the provider signs unless a signature is given ("" for none)."""
        tail = f"?{query}" if query else ""
        if signature is None:
            signature = sign(token, PUBLIC_URL + path + tail, fields)
        sent = {"X-Twilio-Signature": signature} if signature else {}
        data: dict[str, list[str]] = {}
        for name, value in fields:
            data.setdefault(name, []).append(value)
        client = (app or self.app).test_client()
        return client.post(path + tail, data=data, headers={**sent, **(headers or {})})

    def text(
        self,
        sender: str,
        body: str,
        *,
        line: str = LINE,
        media: Sequence[tuple[str, str]] = (),
        sid: str | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Text a line; asserts nothing."""
        fields = inbound_fields(
            body, sender=sender, to=line, media=media, message_sid=sid,
            account_sid=ACCOUNT_SID, extra=extra,
        )  # fmt: skip
        return self.post(MESSAGE_PATH, fields)

    def report(
        self, sid: str, status: str, ref: str, error_code: int | None = None
    ) -> TestResponse:
        """Post a status callback."""
        fields = status_fields(
            sid, status, sender=LINE, to=ANNA, error_code=error_code, account_sid=ACCOUNT_SID
        )
        return self.post(STATUS_PATH, fields, query=f"ref={ref}")

    # -- workers -----------------------------------------------------------------------------

    def drain_intake(self) -> None:
        assert self.intake.drain(DRAIN_SECONDS) is False

    def drain_delivery(self) -> None:
        assert self.delivery.drain(DRAIN_SECONDS) is False

    def drain(self) -> None:
        self.drain_intake()
        self.drain_delivery()

    # -- members -----------------------------------------------------------------------------

    def threads(self, line: str = LINE) -> list[ThreadSummary]:
        return inbox(self.stores, InboxFilter((self.bundles[line].line_id,)), 10_000)

    def only_thread(self, line: str = LINE) -> ThreadSummary:
        (thread,) = self.threads(line)
        return thread

    def open(self, line: str = LINE, alias: str | None = None) -> OpenThread:
        """Open a thread as a member of the line would."""
        alias = alias or self.only_thread(line).alias
        bundle = self.bundles[line]
        return open_thread(
            self.stores, bundle.line_id, alias, LineKeyring.of(bundle), self.console_keys.intake_pin
        )

    def read(self, line: str = LINE, alias: str | None = None) -> list[MessageContent]:
        """All messages of a thread, each opened and its signature checked."""
        thread = self.open(line, alias)
        return [
            open_message(
                item.message,
                item.place,
                thread.key,
                self.bundles[line].signing.public
                if item.place.kind is MessageKind.REPLY
                else self.console_keys.intake_pin,
            )
            for item in stored_messages(self.stores, thread.summary)
        ]

    def texts(self, line: str = LINE, alias: str | None = None) -> list[str]:
        return [content.text for content in self.read(line, alias)]

    def reply(self, text: str, *, line: str = LINE, alias: str | None = None) -> None:
        """Reply as a member of the line."""
        thread = self.open(line, alias)
        token = f"{text}-{thread.summary.messages}"
        self.replier.reply(thread, self.bundles[line], Reply(text, "member", token))

    def progress(self, line: str = LINE, alias: str | None = None) -> dict[int, Progress]:
        thread = self.open(line, alias)
        return progress_of(self.stores, thread, self.console_keys.delivery_pin)

    # -- looking into the stores -------------------------------------------------------------

    def incidents(self) -> dict[str, int]:
        return {item.kind: item.count for item in counts(self.stores.main)}

    def rows(self, model: Any) -> list[Any]:
        """All rows of a table, as they stand in the store."""
        engine = self.stores.main
        if model.__table__.metadata is not Envelope.__table__.metadata:
            engine = self.stores.perishable
        with engine.connect() as connection:
            return list(connection.execute(select(*model.__table__.columns)).all())

    def outbox_states(self) -> list[str]:
        return [row.state for row in sorted(self.rows(Outgoing), key=lambda row: row.id)]

"""A real instance in this process: real keys, real stores, the real gateway app and workers' work.

Only the queue is missing (a doorbell that nobody hears is part of the design) and, unless a test
brings one, the provider is a recorder. Time stands still until a test moves it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

import config
from tests.support.carrier_signature import inbound_fields, sign, status_fields
from tests.support.recording_provider import RecordingProvider
from tests.support.stores import PostgresServer, Urls
from tipline.console.keys import ConsoleKeys
from tipline.crypto import unlock
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.members import new_totp_secret
from tipline.crypto.opening import OpeningKey
from tipline.crypto.totp import STEP_SECONDS, code_at
from tipline.db.engines import Stores, open_stores, sqlite_url
from tipline.delivery.keys import DeliveryKeys
from tipline.delivery.models import Outgoing
from tipline.delivery.provider import Provider
from tipline.delivery.reading import Progress, progress_of
from tipline.delivery.replying import Replier, Reply
from tipline.delivery.service import Delivery, DeliveryServices
from tipline.envelopes.models import Envelope
from tipline.gateway.app import Gateway, create_gateway
from tipline.gateway.keys import GatewayKeySet
from tipline.incidents.services import counts
from tipline.instance import provisioning
from tipline.intake.keys import IntakeKeys
from tipline.intake.service import Intake, IntakeServices
from tipline.intake.sweeping import Sweeper
from tipline.lines.accounts import Accounts
from tipline.lines.acknowledgements import DEFAULT_ACKNOWLEDGEMENT
from tipline.lines.bundles import LineBundle
from tipline.lines.directory import LineDirectory
from tipline.lines.founding import LineDescription, found_line, grant
from tipline.lines.roles import READING_ROLES, Role
from tipline.published_keys.directory import KeyKind, PublishedKeys
from tipline.published_keys.rotation import KeyRing
from tipline.threads.contents import MessageContent, MessageKind, open_message
from tipline.threads.reading import OpenThread, ThreadSummary, inbox, open_thread, stored_messages

UNLOCK_SECRET = "an unlock secret for tests only"
PUBLIC_URL = "https://tips.example.org"
ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "fedcba9876543210" * 2
LINE, OTHER_LINE = "+12095550100", "+12095550199"
ANNA, BEN, CLEO = "+12095550141", "+12095550142", "+12095550143"
START = datetime(2026, 11, 2, 15, 4, 5, tzinfo=UTC)
MESSAGE_PATH = "/webhooks/twilio/message"
STATUS_PATH = "/webhooks/twilio/status"
PASSWORD = "correct horse battery staple"
DRAIN_SECONDS = 60.0
CAST = (
    ("supervisor", Role.SUPERVISOR, LINE),
    ("investigator", Role.INVESTIGATOR, LINE),
    ("admin", Role.ADMIN, LINE),
    ("other", Role.INVESTIGATOR, OTHER_LINE),
)


class MovableClock:
    """Tells the time that it was set to."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True)
class TestMember:
    """A member of the cast, with everything that signing in takes."""

    __test__ = False

    id: str
    email: str
    password: str
    totp_secret: bytes
    role: Role
    line: str
    key: OpeningKey

    def code(self, now: datetime) -> str:
        return code_at(self.totp_secret, int(now.timestamp()) // STEP_SECONDS)


@dataclass(frozen=True)
class Template:
    """An instance on one backend that was made once and is copied for each test."""

    keys: Path
    stores: Urls
    databases: tuple[str, str]
    unlock_keys: dict[str, bytes]
    bundles: dict[str, LineBundle]
    recovery: dict[str, str]
    members: dict[str, TestMember]


def environment_for(home: Path, stores: Urls) -> dict[str, str]:
    return {
        "TIPLINE_HOME": str(home),
        "TIPLINE_DATABASE_URL": stores.main,
        "TIPLINE_PERISHABLE_URL": stores.perishable,
        "TIPLINE_REDIS_URL": f"unix://{home}/nobody.sock",
        "TIPLINE_PUBLIC_URL": PUBLIC_URL,
        "TIPLINE_CONSOLE_URL": "https://staff.example.org",
        "TIPLINE_TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TIPLINE_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TIPLINE_TWILIO_API_KEY_SID": "SK" + "0011223344556677" * 2,
        "TIPLINE_TWILIO_API_KEY_SECRET": "a made-up secret, long enough",
        "TIPLINE_TWILIO_BASE_URL": "http://127.0.0.1:9",
    }


def make_template(backend: str, folder: Path, server: PostgresServer | None) -> Template:
    databases = ("", "")
    stores = Urls(sqlite_url(folder / "main.sqlite3"), sqlite_url(folder / "perishable.sqlite3"))
    if backend == "postgresql":
        assert server is not None
        databases = (server.create(), server.create())
        stores = Urls(*(server.url(name) for name in databases))
    settings = config.InstanceSettings.from_environment(environment_for(folder, stores))
    folders = provisioning.create(settings, UNLOCK_SECRET)
    engine = open_stores(stores.main, stores.perishable).main
    keys = ConsoleKeys.load(folders.console)
    founded = {
        address: found_line(
            engine, keys.signing, LineDescription(slug, name, address, DEFAULT_ACKNOWLEDGEMENT)
        )
        for slug, name, address in (
            ("police", "Police tips", LINE),
            ("complaints", "Complaints", OTHER_LINE),
        )
    }
    bundles = {address: line.bundle for address, line in founded.items()}
    accounts = Accounts(engine, keys.pepper, MovableClock())
    members = {
        name: _add_member(engine, accounts, name, role, bundles[line], line)
        for name, role, line in CAST
    }
    engine.dispose()
    return Template(
        settings.keys,
        stores,
        databases,
        unlock.process_keys(UNLOCK_SECRET, settings.keys, provisioning.PROCESSES),
        bundles,
        {address: line.recovery for address, line in founded.items()},
        members,
    )


def _add_member(
    engine: Engine, accounts: Accounts, name: str, role: Role, bundle: LineBundle, line: str
) -> TestMember:
    email, secret = f"{name}@staff.example.org", new_totp_secret()
    member = accounts.create(email, PASSWORD, secret)
    accounts.add_role(member.member_id, bundle.line_id, role)
    if role in READING_ROLES:
        grant(engine, bundle, member.member_id, member.key.public)
    return TestMember(member.member_id, email, PASSWORD, secret, role, line, member.key)


@contextmanager
def copied(template: Template, home: Path, server: PostgresServer | None) -> Iterator[Urls]:
    """A test's own copy of the template's keys and stores."""
    home.mkdir(mode=0o700, exist_ok=True)
    shutil.copytree(template.keys, home / "keys")
    if not template.databases[0]:
        for name in ("main.sqlite3", "perishable.sqlite3"):
            shutil.copy(template.keys.parent / name, home / name)
        yield Urls(sqlite_url(home / "main.sqlite3"), sqlite_url(home / "perishable.sqlite3"))
        return
    assert server is not None
    names = [server.create(name) for name in template.databases]
    try:
        yield Urls(*(server.url(name) for name in names))
    finally:
        for name in names:
            server.drop(name)


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
        self.bundles = template.bundles
        self.provider: Provider = RecordingProvider()
        self.rings = 0
        self._engines: list[Engine] = [self.stores.main, self.stores.perishable]
        self.intake_keys = IntakeKeys.load(self.folders.intake)
        self.delivery_keys = DeliveryKeys.load(self.folders.delivery)
        self.console_keys = ConsoleKeys.load(self.folders.console)
        self.intake_ring = self._ring("intake", KeyKind.INTAKE)
        self.daily_ring = self._ring("delivery", KeyKind.DELIVERY)
        self.contact_ring = self._ring("delivery", KeyKind.CONTACT)
        self.keep_keys()
        self.intake = self.new_intake()
        self.delivery = self.new_delivery(self.provider)
        self.sweeper = Sweeper(self.stores, self.clock)
        self.app = self.new_gateway()
        self.replier = Replier(
            self.stores,
            self._published(KeyKind.DELIVERY, self.console_keys.delivery_pin),
            self.console_keys.intake_pin,
            self.clock,
        )

    # -- building ----------------------------------------------------------------------------

    def new_gateway(self, **settings: Any) -> Flask:
        """A gateway app; `settings` replace fields of its settings."""
        base = config.GatewaySettings.from_environment(self.environment)
        keys = GatewayKeySet.load(self.folders.gateway)
        app = create_gateway(replace(base, **settings), keys, self.clock)
        gateway: Gateway = app.extensions["gateway"]
        self._engines.append(gateway.engine)
        return app

    def new_intake(self, stores: Stores | None = None) -> Intake:
        """An intake worker's work; another one may share the stores or bring its own."""
        stores = stores or self.stores
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

    def new_delivery(self, provider: Provider, stores: Stores | None = None) -> Delivery:
        """A delivery worker's work; another one may share the stores or bring its own."""
        stores = stores or self.stores
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
            )
        )

    def keep_keys(self) -> None:
        """What the workers' sweeps do to the published keys."""
        for ring in (self.intake_ring, self.daily_ring, self.contact_ring):
            ring.ensure_current()
            ring.refuse_swapped()

    def close(self) -> None:
        for engine in self._engines:
            engine.dispose()

    def _ring(self, process: str, kind: KeyKind) -> KeyRing:
        folder: KeyFolder = getattr(self.folders, process)
        keys = self.intake_keys if process == "intake" else self.delivery_keys
        return KeyRing(folder, kind, keys.signing, self.stores.main, self.clock)

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
        return inbox(self.stores, [self.bundles[line].line_id], 10_000)

    def only_thread(self, line: str = LINE) -> ThreadSummary:
        (thread,) = self.threads(line)
        return thread

    def open(self, line: str = LINE, alias: str | None = None) -> OpenThread:
        """Open a thread as a member of the line would."""
        alias = alias or self.only_thread(line).alias
        bundle = self.bundles[line]
        return open_thread(
            self.stores, bundle.line_id, alias, bundle.opening, self.console_keys.intake_pin
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

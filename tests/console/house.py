"""A whole instance without processes: real stores, key folders, lines, members and workers.

Whatever the processes do to it is done here by the same classes on call; only the provider is made
up, and time stands still until a test moves it.
"""

from __future__ import annotations

import html
import re
import secrets
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

import config
from tipline.clock import day_of
from tipline.console.app import create_console
from tipline.console.keys import ConsoleKeys
from tipline.crypto import unlock
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.members import new_totp_secret
from tipline.crypto.totp import STEP_SECONDS, code_at
from tipline.db.engines import Stores, open_stores
from tipline.db.reading import reading
from tipline.delivery.keys import DeliveryKeys
from tipline.delivery.provider import OutgoingText
from tipline.delivery.service import Delivery, DeliveryServices
from tipline.doorbell import Doorbell
from tipline.envelopes.messages import InboundMessage, MediaItem, StatusNotice
from tipline.envelopes.writing import EnvelopeWriter
from tipline.gateway.keys import GatewayKeySet
from tipline.incidents.services import counts
from tipline.instance import provisioning
from tipline.instance.provisioning import Folders
from tipline.intake.keys import IntakeKeys
from tipline.intake.service import Intake, IntakeServices
from tipline.lines.bundles import LineBundle
from tipline.lines.directory import LineDirectory
from tipline.lines.founding import LineDescription, found_line, grant
from tipline.lines.memberships import Memberships
from tipline.lines.roles import READING_ROLES, Role, home_of
from tipline.members.accounts import Accounts
from tipline.members.basics import SignedIn
from tipline.published_keys.directory import KeyKind, PublishedKeys
from tipline.published_keys.rotation import KeyRing
from tipline.threads.models import Thread

START = datetime(2026, 11, 20, 9, 41, 17, tzinfo=UTC)
PHONE = "+12095550142"
OTHER_PHONE = "+12095550143"
TIPS, COMPLAINTS = "police-tips", "complaints"
ADDRESSES = {TIPS: "+12095550100", COMPLAINTS: "+12095550101"}
NAMES = {TIPS: "Police Tips", COMPLAINTS: "Complaints about Staff"}
ACKNOWLEDGEMENT = "Thank you. In an emergency call 911."
UNLOCK_SECRET = "a made-up unlock secret"
PASSWORD = "correct horse battery staple"
# Short name, role, line.
CAST = (
    ("ann", Role.INVESTIGATOR, TIPS),
    ("ben", Role.INVESTIGATOR, TIPS),
    ("sue", Role.SUPERVISOR, TIPS),
    ("cyd", Role.INVESTIGATOR, COMPLAINTS),
    ("ada", Role.ADMIN, TIPS),
    ("cus", Role.CUSTODIAN, TIPS),
    ("app", Role.APPROVER, TIPS),
    ("aud", Role.AUDITOR, TIPS),
)


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Move on by `minutes=`, `hours=` and so on."""
        self.now += timedelta(**by)


@dataclass
class MadeUpProvider:
    """Takes every text, or raises what `answers` holds for it."""

    sent: list[OutgoingText] = field(default_factory=list)
    answers: list[Exception] = field(default_factory=list)

    def send(self, text: OutgoingText) -> str:
        self.sent.append(text)
        if self.answers:
            raise self.answers.pop(0)
        return "SM" + secrets.token_hex(16)

    def erase(self, provider_id: str) -> None:
        pass


@dataclass(frozen=True)
class Person:
    """A member with what they sign in with."""

    email: str
    totp_secret: bytes
    signed_in: SignedIn
    role: Role
    line: str


@dataclass(frozen=True)
class Blueprint:
    """An instance that was made once and is copied for each test: Argon2id takes its time."""

    home: Path
    people: dict[str, Person]
    bundles: dict[str, LineBundle]
    unlock_keys: dict[str, bytes]
    recovery: dict[str, str]

    @classmethod
    def draw(cls, home: Path) -> Blueprint:
        """Make an instance with two lines and members of every role."""
        settings = instance_settings(home)
        folders = provisioning.create(settings, UNLOCK_SECRET)
        stores = open_stores(settings.database_url, settings.perishable_url)
        keys = ConsoleKeys.load(folders.console)
        accounts = Accounts(stores.main, keys.pepper, Clock(START))
        memberships = Memberships(stores.main)
        founded = {
            slug: found_line(
                stores.main,
                keys.signing,
                LineDescription(slug, NAMES[slug], address, ACKNOWLEDGEMENT),
                Clock(START),
            )
            for slug, address in ADDRESSES.items()
        }
        bundles = {slug: line.bundle for slug, line in founded.items()}
        recovery = {slug: line.recovery for slug, line in founded.items()}
        people = {}
        for name, role, slug in CAST:
            totp_secret = new_totp_secret()
            email = f"{name}@example.org"
            member = accounts.create(email, PASSWORD, totp_secret)
            people[name] = Person(email, totp_secret, member, role, slug)
            memberships.add(member.member_id, home_of(role, bundles[slug].line_id), role)
            if role in READING_ROLES:
                grant(stores.main, bundles[slug], member.member_id, member.key.public)
        stores.main.dispose()
        stores.perishable.dispose()
        keys = unlock.process_keys(UNLOCK_SECRET, settings.keys, provisioning.PROCESSES)
        return cls(home, people, bundles, keys, recovery)

    def build(self, home: Path) -> House:
        """Return a copy that a test may do anything to."""
        shutil.copytree(self.home, home)
        return House(home, self)


def instance_settings(home: Path) -> config.InstanceSettings:
    return config.InstanceSettings.from_environment(
        {"TIPLINE_HOME": str(home), "TIPLINE_REDIS_URL": f"unix://{home}/no-queue.sock"}
    )


class House:
    """An instance on call. Everything that residents, workers and the carrier do is a method."""

    def __init__(self, home: Path, blueprint: Blueprint) -> None:
        self.instance = instance_settings(home)
        self.people = blueprint.people
        self.bundles = blueprint.bundles
        self.recovery = blueprint.recovery
        # Stretched once, because that takes its time, too.
        self.folders = Folders(
            **{
                name: KeyFolder(self.instance.keys / name, name, key)
                for name, key in blueprint.unlock_keys.items()
            }
        )
        self.clock = Clock(START)
        self.provider = MadeUpProvider()
        self.stores: Stores = open_stores(self.instance.database_url, self.instance.perishable_url)
        # Both publish their keys when they start; without them nothing can be sealed.
        self.workers = (self.delivery_worker, self.intake_worker)

    @cached_property
    def console_keys(self) -> ConsoleKeys:
        return ConsoleKeys.load(self.folders.console)

    def console(self, url: str = "http://localhost") -> Flask:
        """Return the console's application."""
        settings = config.ConsoleSettings(self.instance, url, threads=4)
        return create_console(settings, self.console_keys, self.clock)

    @cached_property
    def gateway(self) -> EnvelopeWriter:
        keys = GatewayKeySet.load(self.folders.gateway)
        pins = {KeyKind.INTAKE: keys.intake_pin, KeyKind.DELIVERY: keys.delivery_pin}
        published = PublishedKeys(self.stores.main, pins, self.clock)
        doorbell = Doorbell(self.instance.redis_url)
        return EnvelopeWriter(self.stores.main, keys.secrets, published, doorbell, self.clock)

    @cached_property
    def intake_worker(self) -> Intake:
        keys = IntakeKeys.load(self.folders.intake)
        ring = KeyRing(
            self.folders.intake, KeyKind.INTAKE, keys.signing, self.stores.main, self.clock
        )
        ring.ensure_current()
        pins = {KeyKind.DELIVERY: keys.delivery_pin, KeyKind.CONTACT: keys.delivery_pin}
        published = PublishedKeys(self.stores.main, pins, self.clock)
        lines = LineDirectory(self.stores.main, keys.console_pin, self.clock)
        return Intake(
            IntakeServices(self.stores, keys, ring, published, lines, self.clock, lambda: None)
        )

    @cached_property
    def delivery_worker(self) -> Delivery:
        keys = DeliveryKeys.load(self.folders.delivery)
        rings = {
            kind: KeyRing(self.folders.delivery, kind, keys.signing, self.stores.main, self.clock)
            for kind in (KeyKind.DELIVERY, KeyKind.CONTACT)
        }
        for ring in rings.values():
            ring.ensure_current()
        return Delivery(
            DeliveryServices(
                stores=self.stores,
                keys=keys,
                daily=rings[KeyKind.DELIVERY],
                contacts=rings[KeyKind.CONTACT],
                published=PublishedKeys(
                    self.stores.main, {KeyKind.DELIVERY: keys.signing.public}, self.clock
                ),
                lines=LineDirectory(self.stores.main, keys.console_pin, self.clock),
                provider=self.provider,
                clock=self.clock,
            )
        )

    def post(self, body: str, *, sender: str = PHONE, line: str = TIPS, pictures: int = 0) -> None:
        """A resident texts a line; the gateway keeps it and nobody has looked at it yet."""
        media = tuple(
            MediaItem(f"https://media.example.org/{secrets.token_hex(8)}", "image/jpeg")
            for _ in range(pictures)
        )
        message = InboundMessage(
            provider_id="SM" + secrets.token_hex(16),
            sender=sender,
            recipient=ADDRESSES[line],
            body=body,
            media=media,
            opt_out="",
            received_at=self.clock(),
        )
        self.gateway.keep_message(message, self.bundles[line].line_id)

    def text(self, body: str, *, sender: str = PHONE, line: str = TIPS, pictures: int = 0) -> str:
        """A resident texts a line and the intake worker handles it. Return the newest alias."""
        self.post(body, sender=sender, line=line, pictures=pictures)
        self.intake_worker.drain(30)
        return self.newest_alias(line)

    def newest_alias(self, line: str = TIPS) -> str:
        query = (
            select(Thread.alias)
            .where(Thread.line_id == self.bundles[line].line_id)
            .order_by(Thread.activity.desc())
        )
        with reading(self.stores.main) as connection:
            return str(connection.execute(query.limit(1)).scalar_one())

    def deliver(self) -> list[OutgoingText]:
        """The delivery worker sends what waits. Return what it handed to the provider."""
        before = len(self.provider.sent)
        self.delivery_worker.drain(30)
        return self.provider.sent[before:]

    def report(self, text: OutgoingText, status: str, code: str = "") -> None:
        """The provider says what became of a text, and the delivery worker takes it in."""
        notice = StatusNotice(text.ref, "SM" + secrets.token_hex(16), status, code, self.clock())
        self.gateway.keep_status(notice)
        self.delivery_worker.drain(30)

    def rows(self, model: type, *columns: object) -> list[object]:
        """Return all rows of a table of either store, or some of its columns."""
        with reading(self.store_of(model)) as connection:
            return list(connection.execute(select(*(columns or model.__table__.c))))

    def store_of(self, model: type) -> Engine:
        from tipline.db.base import MainBase

        return self.stores.main if issubclass(model, MainBase) else self.stores.perishable

    def browser(self, app: Flask | None = None) -> Browser:
        return Browser(self, app or self.console())

    def signed_in(self, name: str) -> Browser:
        """Return a browser in which a member has signed in."""
        browser = self.browser()
        answer = browser.sign_in(name)
        assert answer.status_code == 303, answer.text
        return browser

    def today(self) -> str:
        return day_of(self.clock()).isoformat()


class Browser:
    """Flask's test client, with the forms' hidden fields filled in as a browser would."""

    def __init__(self, house: House, app: Flask) -> None:
        self.house = house
        self.app = app
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, **more: object) -> TestResponse:
        return self.open("GET", path, **more)

    def open(self, method: str, path: str, **more: object) -> TestResponse:
        # Buffered, so that a file that is served is closed again.
        return self.client.open(path, method=method, buffered=True, **more)

    def code(self, name: str) -> str:
        """Return the one-time code of this moment."""
        step = int(self.house.clock().timestamp()) // STEP_SECONDS
        return code_at(self.house.people[name].totp_secret, step)

    def sign_in(self, name: str, **fields: str) -> TestResponse:
        """Fill in the sign-in form; `fields` replace what is typed."""
        form = {
            "email": self.house.people[name].email,
            "password": PASSWORD,
            "code": self.code(name),
        }
        page = self.get("/sign-in")
        return self.submit("/sign-in", page, **{**form, **fields})

    def submit(self, action: str, page: TestResponse, **fields: str) -> TestResponse:
        """Send the form of a page that goes to `action`, with these fields filled in."""
        data = {**hidden_fields(page.text, action), **fields}
        return self.client.post(action, data=data)

    def reply(self, path: str, text: str, **fields: str) -> TestResponse:
        """Open a thread and send a reply."""
        return self.submit(path, self.get(path), reply=text, **fields)


def hidden_fields(page: str, action: str) -> dict[str, str]:
    """Return the hidden fields of the form that goes to `action`."""
    for form in re.findall(r"<form.*?</form>", page, re.DOTALL):
        if f'action="{action}"' in form:
            found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
            return {name: html.unescape(value) for name, value in found}
    raise AssertionError(f"no form goes to {action}")


def visible(page: str) -> str:
    """Return a page's text without tags, white space folded."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def thread_path(alias: str, line: str = TIPS) -> str:
    return f"/lines/{line}/threads/{alias}"


def incidents(house: House) -> set[str]:
    """The kinds of what was refused so far."""
    return {entry.kind for entry in counts(house.stores.main)}

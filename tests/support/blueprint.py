"""The instance that a house is a copy of: made once a backend, with its lines and members."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

import config
from tests.support.roles import Roles, make_roles
from tests.support.stores import PostgresServer, Urls
from tipline.console.keys import ConsoleKeys
from tipline.crypto import unlock
from tipline.crypto.members import new_totp_secret
from tipline.crypto.opening import OpeningKey
from tipline.crypto.totp import STEP_SECONDS, code_at
from tipline.db.engines import open_stores, sqlite_url
from tipline.instance import provisioning
from tipline.lines.acknowledgements import DEFAULT_ACKNOWLEDGEMENT
from tipline.lines.bundles import LineBundle
from tipline.lines.founding import LineDescription, found_line, grant
from tipline.lines.memberships import Memberships
from tipline.lines.roles import READING_ROLES, Role, home_of
from tipline.members.accounts import Accounts

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
    # On PostgreSQL every process of a house works as its own role.
    roles: Roles | None = None


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
    databases, roles = ("", ""), None
    stores = Urls(sqlite_url(folder / "main.sqlite3"), sqlite_url(folder / "perishable.sqlite3"))
    environment = environment_for(folder, stores)
    if backend == "postgresql":
        assert server is not None
        databases = (server.create(), server.create())
        stores = Urls(*(server.url(name) for name in databases))
        roles = make_roles(server)
        environment = environment_for(folder, stores) | roles.environment(stores)
    settings = config.InstanceSettings.from_environment(environment)
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
        roles,
    )


def _add_member(
    engine: Engine, accounts: Accounts, name: str, role: Role, bundle: LineBundle, line: str
) -> TestMember:
    email, secret = f"{name}@staff.example.org", new_totp_secret()
    member = accounts.create(email, PASSWORD, secret)
    Memberships(engine).add(member.member_id, home_of(role, bundle.line_id), role)
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
    main, perishable = template.databases
    with server.lent(main) as first, server.lent(perishable) as second:
        yield Urls(server.url(first), server.url(second))

"""Members of staff: at the console over HTTP, and opening threads with the keys that they hold."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import re
import struct
import time
from dataclasses import dataclass

import requests
from sqlalchemy import select

from tests.system.instance import Demo
from tests.system.waiting import until
from tipline.clock import system_clock
from tipline.console.keys import ConsoleKeys
from tipline.crypto.members import MemberSecret
from tipline.crypto.verifying import HEADER_LENGTH, VerifyingKey
from tipline.db.reading import reading
from tipline.delivery.reading import Progress, progress_of
from tipline.instance import provisioning
from tipline.lines.bundles import LineBundle
from tipline.lines.directory import LineDirectory
from tipline.lines.founding import granted_keyring
from tipline.lines.keyrings import LineKeyring
from tipline.lines.models import Line
from tipline.members.models import Member
from tipline.threads.contents import STAFF_KINDS, MessageContent, MessageKind, open_message
from tipline.threads.inbox import InboxFilter, inbox
from tipline.threads.reading import (
    OpenThread,
    StoredMessage,
    ThreadSummary,
    open_thread,
    stored_messages,
)

STEP_SECONDS = 30
TIMEOUT_SECONDS = 30.0
INVESTIGATOR = "investigator.one@example.org"
SECOND_INVESTIGATOR = "investigator.two@example.org"
OTHER_LINES_INVESTIGATOR = "investigator.three@example.org"
ADMIN = "admin.one@example.org"


def one_time_code(secret: str, step: int) -> str:
    """The code of a time step, written from RFC 6238 and RFC 4226, section 5.3."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


class Codes:
    """Each member's next code. One works once, and only those of steps close to now do."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def next(self, email: str, secret: str) -> str:
        step = max(self._used.get(email, 0) + 1, int(time.time()) // STEP_SECONDS)
        # The console takes the code of the step to come as well.
        until(lambda: int(time.time()) // STEP_SECONDS >= step - 1, "the next code is near")
        self._used[email] = step
        return one_time_code(secret, step)


class Staff:
    """Signs members in."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.codes = Codes()

    def member(self, email: str) -> dict[str, str]:
        return next(m for m in self.demo.info["members"] if m["email"] == email)

    def code(self, email: str) -> str:
        return self.codes.next(email, self.member(email)["totp_secret"])

    def sign_in(self, email: str) -> Desk:
        """A member's own browser, without a browser."""
        desk = Desk(self.demo)
        answer = desk.try_to_sign_in(email, self.member(email)["password"], self.code(email))
        assert answer.status_code == 303, answer.text
        return desk


class Desk:
    """A cookie jar at the console."""

    def __init__(self, demo: Demo) -> None:
        self.url = demo.info["console_url"]
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.url + path, timeout=TIMEOUT_SECONDS, allow_redirects=False)

    def post(
        self, path: str, fields: dict[str, str], headers: dict[str, str] | None = None
    ) -> requests.Response:
        return self.session.post(
            self.url + path, fields, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False
        )

    def try_to_sign_in(
        self, email: str, password: str, code: str, headers: dict[str, str] | None = None
    ) -> requests.Response:
        token = hidden(self.get("/sign-in").text, "csrf_token")
        fields = {"csrf_token": token, "email": email, "password": password, "code": code}
        return self.post("/sign-in", fields, headers)

    def threads(self) -> list[str]:
        """The paths of the threads on the inbox's first page, the newest first."""
        return re.findall(r'href="(/lines/[a-z-]+/threads/[a-z0-9-]+)"', self.get("/").text)

    def reply_form(self, path: str) -> dict[str, str]:
        """The hidden fields of a thread's reply form."""
        return reply_form_in(self.get(path).text)

    def reply(self, path: str, text: str) -> requests.Response:
        return self.post(path, {**self.reply_form(path), "reply": text})

    def incidents(self) -> dict[str, int]:
        """What the admin's page counts, by its words."""
        page = self.get("/admin").text
        rows = re.findall(r"<dt>([^<]*)</dt><dd>(\d+)</dd>", page)
        return {html.unescape(name): int(count) for name, count in rows}


def reply_form_in(page: str) -> dict[str, str]:
    """The hidden fields of the reply form on a thread's page."""
    (form,) = re.findall(r'<form [^>]*id="reply-form"[^>]*>(.*?)</form>', page, re.DOTALL)
    return {name: hidden(form, name) for name in re.findall(r'"hidden" name="(\w+)"', form)}


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name} in {page}"
    return html.unescape(found[1])


@dataclass(frozen=True)
class LineReader:
    """A member's view of a line in this process: everything checked and opened with its keys."""

    demo: Demo
    keys: ConsoleKeys
    keyring: LineKeyring

    @property
    def bundle(self) -> LineBundle:
        return self.keyring.newest

    @classmethod
    def of(cls, demo: Demo, email: str = INVESTIGATOR) -> LineReader:
        """What the console does with a member's password, and the unlock secret, at sign-in."""
        member = Staff(demo).member(email)
        folders = provisioning.open_folders(demo.settings, demo.info["unlock_secret"])
        keys = ConsoleKeys.load(folders.console)
        engine = demo.stores.main
        with reading(engine) as connection:
            row = connection.execute(
                select(Member.id, Member.blob).where(Member.email == email)
            ).one()
            line_id = connection.execute(
                select(Line.id).where(Line.slug == member["line"])
            ).scalar_one()
        secret = MemberSecret.open(row.id, row.blob, member["password"], keys.pepper)
        lines = LineDirectory(engine, keys.signing.public, system_clock)
        keyring = granted_keyring(engine, lines.by_id(line_id), row.id, secret.key)
        assert keyring is not None
        return cls(demo, keys, keyring)

    def threads(self) -> list[ThreadSummary]:
        return inbox(self.demo.stores, InboxFilter((self.bundle.line_id,)), 10_000)

    def open(self, alias: str) -> OpenThread:
        return open_thread(
            self.demo.stores,
            self.bundle.line_id,
            alias,
            self.keyring,
            self.keys.intake_pin,
        )

    def read(self, thread: OpenThread) -> dict[int, tuple[MessageKind, MessageContent]]:
        """All messages by sequence; raises what a forged one deserves."""
        return {
            item.place.sequence: (
                item.place.kind,
                open_message(
                    item.message,
                    item.place,
                    thread.key,
                    self._signer(item),
                ),
            )
            for item in stored_messages(self.demo.stores, thread.summary)
        }

    def _signer(self, item: StoredMessage) -> VerifyingKey:
        """The key that the message names, of those that may sign its kind."""
        named = item.message.signature[1:HEADER_LENGTH]
        if item.place.kind in STAFF_KINDS:
            for bundle in self.keyring.by_generation.values():
                if bundle.signing.public.key_id == named:
                    return bundle.signing.public
        return self.keys.intake_pin

    def texts(self, alias: str, kind: MessageKind = MessageKind.RESIDENT) -> list[str]:
        """The texts of a thread that are of one kind, in order."""
        contents = self.read(self.open(alias))
        return [content.text for of_kind, content in contents.values() if of_kind is kind]

    def all_texts(self) -> dict[str, list[str]]:
        """What residents wrote, by alias."""
        return {thread.alias: self.texts(thread.alias) for thread in self.threads()}

    def progress(self, thread: OpenThread) -> dict[int, Progress]:
        return progress_of(self.demo.stores, thread, self.keys.delivery_pin)

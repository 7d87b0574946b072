"""Every key and secret that an installation has had, as somebody has who has it all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from tests.support.canary import Canary
from tests.system.instance import Demo
from tests.system.planted.visitor import receipt_canaries
from tests.system.staff import INVESTIGATOR, LineReader, Staff
from tipline.clock import system_clock
from tipline.crypto.generations import Generations
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.members import MemberSecret
from tipline.crypto.receipts import Receipt
from tipline.crypto.unlock import process_keys
from tipline.db.reading import reading
from tipline.gateway.keys import DEDUPE
from tipline.gateway.web.seals import Seals, StaleFieldError, Use
from tipline.instance.provisioning import PROCESSES
from tipline.lines.models import Line
from tipline.mailboxes.models import ReceiptSalt
from tipline.members.models import Member
from tipline.threads.models import EraseKey

LIFETIME = timedelta(hours=1)
SHORTEST_KEY_BYTES = 16


@dataclass
class Hoard:
    """Keys by what they are (hexadecimal), and words that are secrets."""

    demo: Demo
    keys: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    receipts: dict[str, str] = field(default_factory=dict)
    # What may be in the perishable store, and nowhere else.
    perishable: dict[str, str] = field(default_factory=dict)
    _unlocking: dict[str, dict[str, bytes]] = field(default_factory=dict)
    _opened: set[str] = field(default_factory=set)

    def gather(self) -> None:
        """Take all keys that there are now, beside those that were there before."""
        info = self.demo.info
        self._note("unlock secret", info["unlock_secret"])
        for name in ("auth_token", "api_key_secret"):
            self._note(name, info["twilio"][name])
        for line in info["lines"]:
            self._note(f"recovery key of {line['line']}", line["recovery_key"])
        for member in info["members"]:
            # The demo shows this one's password, so that a newcomer can sign in.
            is_shown = member["email"] == INVESTIGATOR
            for name in ("totp_secret",) if is_shown else ("password", "totp_secret"):
                self._note(f"{name} of {member['email']}", member[name])
        self._gather_folders()
        self._gather_lines()
        self._gather_perishable()

    def note_tokens(self, kind: str, tokens: set[str] | list[str]) -> None:
        for token in tokens:
            self._note(kind, token)

    def open_fields(self, sealed: set[str]) -> None:
        """Take what the public pages' sealed fields hold, such as a form's one-time token."""
        folder = KeyFolder(self.demo.settings.keys / "gateway", "gateway", self._unlock("gateway"))
        seals = Seals(Generations.load(folder, DEDUPE))
        with reading(self.demo.stores.main) as connection:
            lines = ["", *connection.execute(select(Line.id)).scalars()]
        for value in sealed - self._opened:
            self._opened.add(value)
            for use in Use:
                for line in lines:
                    try:
                        found = seals.open(use, value, LIFETIME, system_clock(), line)
                    except StaleFieldError:
                        continue
                    if use is not Use.REPLIES:
                        self._key(f"token of a {use.value}", found)

    def canaries(self) -> list[Canary]:
        """Everything that must be nowhere at all."""
        return [
            *(Canary(name, value, "key") for name, value in self.keys.items()),
            *(Canary(name, value, "id") for name, value in self.words.items()),
            *(
                one
                for name, words in self.receipts.items()
                for one in receipt_canaries(name, words)
            ),
        ]

    def perishable_canaries(self) -> list[Canary]:
        return [Canary(name, value, "key") for name, value in self.perishable.items()]

    def _unlock(self, process: str) -> bytes:
        """A process's unlock key, which takes a while to derive."""
        secret = self.demo.info["unlock_secret"]
        if secret not in self._unlocking:
            self._unlocking[secret] = process_keys(secret, self.demo.settings.keys, PROCESSES)
        return self._unlocking[secret][process]

    def _gather_folders(self) -> None:
        for process in PROCESSES:
            key = self._unlock(process)
            self._key(f"unlock key of {process}", key)
            folder = KeyFolder(self.demo.settings.keys / process, process, key)
            for file in sorted((self.demo.settings.keys / process).glob("*.key")):
                name = file.name.removesuffix(".key")
                value = b"" if name.startswith("pin-") else folder.read(name)
                if len(value) >= SHORTEST_KEY_BYTES:
                    self._key(f"{process}'s {name}", value)

    def _gather_lines(self) -> None:
        reader = LineReader.of(self.demo)
        number = reader.bundle.generation
        self._key(f"line's opening key {number}", reader.bundle.opening.seed)
        self._key(f"line's signing key {number}", reader.bundle.signing.seed)
        for thread in reader.threads():
            self._key(f"key of {thread.alias}", reader.open(thread.alias).key.seed)
        with reading(self.demo.stores.main) as connection:
            query = select(Member.id, Member.blob).where(Member.email == INVESTIGATOR)
            row = connection.execute(query).one()
        password = Staff(self.demo).member(INVESTIGATOR)["password"]
        secret = MemberSecret.open(row.id, row.blob, password, reader.keys.pepper)
        self._key("member's private key", secret.key.seed)

    def _gather_perishable(self) -> None:
        with reading(self.demo.stores.perishable) as connection:
            erasing = connection.execute(select(EraseKey.thread_id, EraseKey.key)).all()
            salts = connection.execute(select(ReceiptSalt.salt)).scalars().all()
        for thread, key in erasing:
            self.perishable[f"erase key of {thread[:4]}"] = key.hex()
        for salt in salts:
            self.perishable["salt of receipts"] = salt.hex()
            for name, words in self.receipts.items():
                self._key(f"mailbox key of {name}", Receipt.parse(words).mailbox_seed(salt))

    def _note(self, name: str, value: str) -> None:
        if value not in self.words.values():
            self.words[self._fresh(name, self.words)] = value

    def _key(self, name: str, value: bytes) -> None:
        if value.hex() not in self.keys.values():
            self.keys[self._fresh(name, self.keys)] = value.hex()

    @staticmethod
    def _fresh(name: str, known: dict[str, str]) -> str:
        same = sum(one == name or one.startswith(f"{name}, ") for one in known)
        return f"{name}, {same + 1}" if same else name

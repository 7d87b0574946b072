"""A demo in which all that can happen to a tip has happened to the planted ones."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.support.canary import Canary, scan_bytes
from tests.support.stores import postgres_server
from tests.system.draining import is_drained
from tests.system.forging import Forger
from tests.system.instance import REPOSITORY, Demo
from tests.system.machines import OnPostgres, prepared
from tests.system.planted import ways
from tests.system.planted.casework import Caseworker
from tests.system.planted.hoard import Hoard
from tests.system.planted.places import command_environment
from tests.system.planted.values import (
    CALLED_IN,
    CANARIES,
    LETTER,
    LOCKED_OUT,
    MORE,
    NUMBER,
    OWN,
    REPLY,
    SPANISH,
    TELLING,
    TELLS,
    THEIRS,
    TIP,
    UNREACHABLE,
    WHAT,
)
from tests.system.planted.visitor import Visitor
from tests.system.residents import Provider
from tests.system.staff import INVESTIGATOR, Desk, LineReader, Staff
from tests.system.waiting import until
from tipline.clock import system_clock
from tipline.db.reading import reading
from tipline.envelopes.models import SetAside
from tipline.instance.commands import AUTH_TOKEN, UNLOCK
from tipline.instance.provisioning import open_folders
from tipline.instance.rotation import Kind, Rotation
from tipline.threads.models import Thread

SUPERVISOR = "supervisor@example.org"
NEW_SECRET = "another unlock secret, for a change of secrets"
# A folder is read again after a second.
PAUSE_SECONDS = 3


@contextmanager
def installed(backend: str) -> Iterator[Demo]:
    """A demo that is not started, on a database whose server says what it says by default."""
    if backend == "sqlite":
        demo = Demo()
        try:
            yield demo
        finally:
            demo.clean_up()
        return
    with postgres_server(is_silent=False) as server, prepared(server) as demo:
        yield demo


class Life:
    """What happens, in this order: `use`, `rotate`, `use_again`."""

    def __init__(self, demo: Demo, credentials: Path) -> None:
        self.demo = demo
        self.credentials = credentials
        self.provider = Provider(demo)
        self.staff = Staff(demo)
        self.desk = self.staff.sign_in(INVESTIGATOR)
        self.caseworker = Caseworker(self.desk)
        self.supervisor = Caseworker(self.staff.sign_in(SUPERVISOR))
        self.visitors = [Visitor(demo, language) for language in ("en", "es")]
        self.telling = Visitor(demo)
        self.telling.what = TELLS
        self.hoard = Hoard(demo)
        self.reader = LineReader.of(demo)
        self.outputs: list[bytes] = []

    def secrets(self) -> list[Canary]:
        return self.hoard.canaries()

    def everything(self) -> list[Canary]:
        return [*CANARIES, *self.secrets()]

    # -- use -----------------------------------------------------------------------------------

    def use(self) -> None:
        self.use_texts()
        self._use_the_web()
        self._say_who_writes()
        self._use_the_console()
        ways.post_what_is_refused(self.provider)
        ways.sign_in_in_vain(Desk(self.demo))
        self._raise_in_a_job()
        self.remember()

    def use_texts(self) -> None:
        """Texts of every kind, with answers, and one message that is poison."""
        provider = self.provider
        provider.turn(number=UNREACHABLE, delivery_error_code=30003)
        ways.text_everything(provider)
        aliases = until(self._aliases, "three threads")
        for number in (NUMBER, UNREACHABLE):
            assert self.desk.reply(self.path(aliases[number]), REPLY).status_code == 303
        until(lambda: REPLY in provider.received(NUMBER), "the reply is at the phone")
        words = "The phone could not be reached."
        unreachable = self.path(aliases[UNREACHABLE])
        until(lambda: words in self.desk.get(unreachable).text, "the page says why it failed")
        provider.text(LOCKED_OUT, "STOP")
        closed = self.path(aliases[LOCKED_OUT])
        until(lambda: "no way back" in self.desk.get(closed).text, "STOP is shown")
        self._poison(aliases[NUMBER])
        self.texted = self.path(aliases[NUMBER])

    def _use_the_web(self) -> None:
        english, spanish = self.visitors
        self.english, self.spanish = english.send(), spanish.send()
        self.hoard.receipts |= {"receipt": self.english, "Spanish receipt": self.spanish}
        for visitor, words in ((english, self.english), (spanish, self.spanish)):
            visitor.send_what_is_refused()
            self.answer(visitor, words)
            visitor.write_more(words)
        until(lambda: self._count(MORE) == 2, "both further messages")
        # One of them takes everything back.
        for what in ("delete", "forget"):
            spanish.remove(self.spanish, what)
            until(lambda: is_drained(self.demo), "it is done")
            assert LETTER not in spanish.open(self.spanish).text
        english.remove(self.english, "delete")
        until(lambda: LETTER not in english.open(self.english).text, "the letter is deleted")
        self.answer(english, self.english)

    def _say_who_writes(self) -> None:
        """A text and a web tip of which the line reads all but who sent it."""
        self.provider.text(TELLING, TELLS)
        self.hoard.receipts["receipt of one who tells"] = self.telling.send()
        until(lambda: self._count(THEIRS) == 2, "both are in their threads")
        for alias, said in self.reader.all_texts().items():
            if any(THEIRS in text for text in said):
                page = self.desk.get(self.path(alias))
                assert THEIRS in page.text
                assert scan_bytes(page.content, OWN) == []
        told = "We removed 3 personal details."
        until(lambda: any(told in text for text in self.provider.received(TELLING)), "they know")

    def answer(self, visitor: Visitor, words: str) -> None:
        """Reply to a web tip, and have its resident read the letter."""
        path = self.path(until(lambda: self._thread(visitor.what), "the web tip's thread"))
        assert self.desk.reply(path, LETTER).status_code == 303
        until(lambda: LETTER in visitor.open(words).text, "the letter is in the mailbox")

    def _use_the_console(self) -> None:
        caseworker = self.caseworker
        self.hoard.receipts["receipt of a call-in"] = caseworker.take_a_call()
        alias = until(lambda: self._thread(CALLED_IN), "the call-in's thread")
        for path in (self.path(alias), self.texted):
            caseworker.work_on(path)
        until(lambda: alias in caseworker.search("granary torching"), "it is found")
        caseworker.search()
        caseworker.save_a_filter()

    # -- keys ----------------------------------------------------------------------------------

    def rotate(self) -> None:
        """Every kind of key by its command, the line's by its supervisor, the secret at last."""
        self.supervisor.give_new_keys()
        self.desk.get("/")
        if isinstance(self.demo, OnPostgres):
            self._rotate_here()
        else:
            self._rotate_by_command()
        self.outputs.append(_ended(self._command("rotate", AUTH_TOKEN)))
        (self.credentials / "tipline-new-unlock-secret").write_text(NEW_SECRET)
        self.remember()
        self.outputs.append(_ended(self._command("rotate", UNLOCK)))
        self.demo.learn(unlock_secret=NEW_SECRET)
        (self.credentials / "tipline-unlock-secret").write_text(NEW_SECRET)
        until(self.demo.is_up, "it is up again")
        self.remember()
        self.reader = LineReader.of(self.demo)

    def _rotate_by_command(self) -> None:
        running = [self._command("rotate", kind, "--pause", str(PAUSE_SECONDS)) for kind in Kind]
        self.outputs += [_ended(command) for command in running]

    def _rotate_here(self) -> None:
        """What the commands do, without the seconds that each takes to start."""
        folders = open_folders(self.demo.settings, self.demo.info["unlock_secret"])
        rotation = Rotation(
            folders,
            self.demo.stores.main,
            system_clock,
            say=lambda sentence: self.outputs.append(sentence.encode()),
            pause=lambda: time.sleep(PAUSE_SECONDS),
        )
        with ThreadPoolExecutor(len(Kind)) as pool:
            list(pool.map(rotation.rotate, Kind))

    def use_again(self) -> None:
        """Go on in the old conversations with the new keys."""
        before = self._count(TIP)
        self.provider.text(NUMBER, TIP)
        self.provider.text(NUMBER, f"{SPANISH} {TIP}")
        until(lambda: self._count(TIP) == before + 2, "the texts are in their threads")
        english = self.visitors[0]
        self.answer(english, self.english)
        english.write_more(self.english, f"{MORE}. {MORE}")
        self.hoard.receipts["receipt after rotation"] = english.send()
        until(lambda: self._count(WHAT) == 2, "another web tip")
        self.caseworker.draft(self.texted)
        self.caseworker.search()
        self.remember()

    def remember(self) -> None:
        """Take all keys, receipts and tokens that there are now."""
        for visitor in (*self.visitors, self.telling):
            self.hoard.open_fields(visitor.sealed)
            self.hoard.note_tokens("sealed field", visitor.sealed)
        for caseworker in (self.caseworker, self.supervisor):
            self.hoard.note_tokens("form token", caseworker.tokens)
            self.hoard.note_tokens("cookie", caseworker.cookies())
        self.hoard.gather()

    # -- parts ---------------------------------------------------------------------------------

    @staticmethod
    def path(alias: str) -> str:
        return f"/lines/police-tips/threads/{alias}"

    def _aliases(self) -> dict[str, str]:
        found = self.reader.all_texts()
        if sum(map(len, found.values())) < 5:
            return {}
        kinds = {(TIP, 3): NUMBER, (TIP, 1): UNREACHABLE, (SPANISH, 1): LOCKED_OUT}
        return {kinds[texts[0], len(texts)]: alias for alias, texts in found.items()}

    def _thread(self, words: str) -> str:
        """The newest thread that begins with these words."""
        texts = self.reader.all_texts()
        return next((alias for alias, said in texts.items() if said[0].startswith(words)), "")

    def _count(self, words: str) -> int:
        """How many messages of residents hold these words."""
        texts = self.reader.all_texts().values()
        return sum(words in text for said in texts for text in said)

    def _poison(self, alias: str) -> None:
        """A message that conflicts whenever it is handled: set aside after a few tries."""
        forger = Forger(self.demo)
        with forger.swapped(Thread.messages, 0, Thread.alias == alias):
            self.provider.text(NUMBER, SPANISH)
            query = select(SetAside.id).where(SetAside.sealed_for_line.is_not(None))
            until(lambda: self._first(query), "the poison is set aside")
        assert SPANISH in self.desk.get("/lines/police-tips/set-aside").text

    def _raise_in_a_job(self) -> None:
        """A refused job whose arguments are canaries, which RQ keeps with what was raised."""
        Forger(self.demo).job("intake", "workers.intake.drain", ["x"])

    def _first(self, query: Any) -> object:
        with reading(self.demo.stores.main) as connection:
            return connection.execute(query).first()

    def _command(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tipline", *arguments],
            cwd=REPOSITORY,
            env=command_environment(self.demo, self.credentials),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )


def _ended(process: subprocess.Popen[bytes]) -> bytes:
    output, _ = process.communicate(timeout=180)
    assert process.returncode == 0, output
    return output

"""An instance with a log, the operator who restores it, and somebody who witnesses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from tests.audit.test_witness_command import witness
from tests.support.backups import Backup
from tests.support.commands import BARE, TIPLINE, Answer, typed
from tests.support.house import UNLOCK_SECRET, House
from tests.support.stores import PostgresServer
from tipline.audit.acts import Act, Outcome
from tipline.audit.checkpoints import Checkpoint, open_checkpoint
from tipline.audit.entries import Entry
from tipline.audit.keys import RecordsKeys
from tipline.audit.models import Log
from tipline.audit.publishing import Publisher
from tipline.audit.reading import stored_log
from tipline.audit.recording import record
from tipline.audit.sequencing import NoLogError, Sequencer
from tipline.db.reading import reading

START = datetime(2026, 11, 20, 9, 41, 17, tzinfo=UTC)
RIGHT, COULD_NOT, ALARM = 0, 1, 2
PUBLIC_URL = "https://tips.example.org"


@dataclass
class City:
    """An instance with its operator, the records worker's work, and somebody who witnesses."""

    house: House
    folder: Path
    server: PostgresServer | None
    url: str = ""

    def __post_init__(self) -> None:
        credentials = self.folder / "credentials"
        credentials.mkdir()
        (credentials / "tipline-unlock-secret").write_text(UNLOCK_SECRET + "\n")
        self.keys = RecordsKeys.load(self.house.folders.records)
        self.engine = self.house.stores_of("records").main
        self.sequencer = Sequencer(self.engine, lambda: START)
        self.written = 0

    # -- the records worker

    def write(self, count: int) -> None:
        """As a console does. Nothing has a number yet."""
        entries = [entry(self.written + one) for one in range(count)]
        with self.house.stores_of("console").main.begin() as connection:
            record(connection, *entries)
        self.written += count

    def sweep(self) -> Checkpoint:
        """Number what waits, and publish a checkpoint."""
        try:
            self.sequencer.run()
        except NoLogError:
            self.sequencer.begin(self.keys.signer(self.keys.new_origin(PUBLIC_URL)).verifier)
        with stored_log(self.engine) as log:
            signer = self.keys.signer(log.origin)
        note = Publisher(self.engine, signer, lambda: START).publish()
        return open_checkpoint(note.encode(), [signer.verifier])[0]

    # -- the operator

    def back_up(self) -> Backup:
        file = self.folder / f"backup-{self.written}"
        return Backup(self.house.urls.main, file, self.server)

    def audit(self, *arguments: str | Path) -> Answer:
        given = {**BARE, **self.house.environment}
        given["CREDENTIALS_DIRECTORY"] = str(self.folder / "credentials")
        return typed(*TIPLINE, "audit", *arguments, environment=given)

    def vkey(self, number: int) -> str:
        return self.audit("key", "--log", str(number)).output.strip()

    def restart(self, checkpoint: str, *more: str) -> Answer:
        file = self.folder / "witnessed"
        file.write_text(checkpoint)
        return self.audit("restart", "--checkpoint", file, *more)

    def begun(self, checkpoint: str, *more: str) -> Begun:
        """Restart, and take what the operator is told from the screen."""
        answer = self.restart(checkpoint, *more)
        assert answer.code == RIGHT, answer.errors
        lines = [line.split() for line in answer.output.splitlines()]
        (vkey,) = (words[-1] for words in lines if words[:2] == ["its", "verifier"])
        (address,) = (words[-1] for words in lines if words[:2] == ["its", "address"])
        assert address.startswith(f"{PUBLIC_URL}/log/")
        return Begun(vkey, self.url + address.removeprefix(PUBLIC_URL), answer)

    def origins(self) -> list[str]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(Log.origin).order_by(Log.number)).scalars())

    # -- somebody who witnesses

    def state(self, name: str) -> Path:
        return self.folder / f"{name}.witness"

    def first_look(self, name: str = "board") -> Answer:
        return witness(self.state(name), "--url", self.url, "--vkey", self.vkey(1))

    def follow(self, begun: Begun, old: str = "board", new: str = "board-2") -> Answer:
        options = ("--after", self.state(old), "--url", begun.address, "--vkey", begun.vkey)
        return witness(self.state(new), *options)

    def seen(self, name: str = "board") -> str:
        return witness(self.state(name), "--show", "newest").output


@dataclass(frozen=True)
class Begun:
    """A log that went on, as the operator was told of it."""

    vkey: str
    address: str
    answer: Answer


def entry(number: int) -> Entry:
    at = START + timedelta(seconds=number)
    return Entry(at, Act.REPLY, Outcome.DONE, "console", actor=f"{number:032x}", thread="d" * 32)

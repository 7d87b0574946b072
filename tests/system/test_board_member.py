"""A member of the review board does what docs/auditing.md says, on a laptop of their own."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from tests.system.instance import Demo
from tests.system.laptop import Laptop
from tests.system.logbook import is_up_to_date
from tests.system.operating import operate
from tests.system.staff import ADMIN, INVESTIGATOR, Staff
from tests.system.waiting import until
from tipline.audit.checkpoints import Checkpoint, open_checkpoint
from tipline.audit.notes import open_note
from tipline.audit.verifiers import Verifier
from tipline.audit.witnesses import register

pytestmark = pytest.mark.timeout(600)

FIRST_LOOK = 'witness/bin/python -m tipline audit witness "$HOME/board.witness" --url'
LATER = 'witness/bin/python -m tipline audit witness "$HOME/board.witness"'
BY_CRON = f'cd "$HOME/tipline" && {LATER} > /dev/null'
AS_IT_WAS, ALARM = 0, 2


@pytest.fixture
def laptop_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tl-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


class Town:
    """The installation, its staff at work, and its operator."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.staff = Staff(demo)

    def work(self, email: str) -> int:
        """Let somebody sign in, and the operator publish that. Return the log's size."""
        self.staff.sign_in(email)
        until(lambda: is_up_to_date(self.demo), "the log is up to date")
        return int(operate(self.demo, "audit", "checkpoint").split("\n")[1])

    def copied(self) -> dict[Path, bytes]:
        """The main store as it lies on disk, while nothing runs."""
        return {file: file.read_bytes() for file in self.demo.home.glob("main.sqlite3*")}

    def put_back(self, copy: dict[Path, bytes]) -> None:
        for file in self.demo.home.glob("main.sqlite3*"):
            file.unlink()
        for file, content in copy.items():
            file.write_bytes(content)


def notes_in(text: str) -> list[str]:
    """The signed notes in what `--show evidence` prints, each below a line that says when."""
    return [one for one in re.split(r"^=== .*\n", text, flags=re.MULTILINE) if one]


def opened(note: str, *keys: Verifier) -> Checkpoint:
    return open_checkpoint(note.encode(), keys)[0]


def test_from_the_key_on_paper_to_the_evidence(stopped_demo: Demo, laptop_folder: Path) -> None:
    demo = stopped_demo
    demo.start()
    town = Town(demo)
    before = town.work(INVESTIGATOR)
    vkey = operate(demo, "audit", "key").strip()
    key = Verifier.from_vkey(vkey)
    laptop = Laptop(laptop_folder, demo.info["gateway_url"], vkey)
    laptop.install()

    # What everybody can read, and the first look.
    public = requests.get(f"{laptop.url}/checkpoint", timeout=30)
    assert opened(public.text, key).size == before
    looked = laptop.type(FIRST_LOOK)
    assert (looked.code, looked.errors) == (AS_IT_WAS, "")
    told, mine, fingerprint, sentence = looked.output.splitlines()
    assert told == "This witness's verifier key:"
    # An auditor registers the key, and both compare what they read to each other.
    witness = Verifier.from_vkey(mine)
    register(demo.stores.main, "The review board", witness, datetime.now(UTC))
    assert fingerprint.endswith(witness.fingerprint)
    assert f"has {before:,} entries, seen for the first time" in sentence
    assert (laptop.home / "board.witness").stat().st_mode & 0o077 == 0, "it is kept to oneself"

    # From then on: it has grown, once by hand and once by cron, which mails nothing.
    after = town.work(ADMIN)
    assert after > before
    looked = laptop.run(LATER)
    assert (looked.code, looked.errors) == (AS_IT_WAS, "")
    assert f"has {after:,} entries, {after - before:,} more than on" in looked.output
    assert "all that was seen of it since" in looked.output
    looked = laptop.run(BY_CRON)
    assert (looked.code, looked.output, looked.errors) == (AS_IT_WAS, "", "")
    public = requests.get(f"{laptop.url}/checkpoint", timeout=30)
    cosigned = open_note(public.content, [witness])
    assert cosigned.signature_of(witness), "everybody sees who has witnessed it"

    # What is handed on is signed by both, and the operator's log is compared with it.
    newest = laptop.run(f"{LATER} --show newest").output
    assert opened(newest, key, witness).size == after
    kept = laptop.home / "board.checkpoint"
    kept.write_text(newest)
    said = operate(demo, "audit", "verify", "--checkpoint", kept, "--key", vkey)
    assert said == f"All {after} entries are what the checkpoint says.\n"

    # Somebody puts back an older copy of the store, and staff go on working.
    demo.stop()
    copy = town.copied()
    demo.start()
    witnessed = town.work(INVESTIGATOR)
    assert laptop.run(LATER).code == AS_IT_WAS
    demo.stop()
    town.put_back(copy)
    demo.start()
    looked = laptop.run(LATER)
    assert (looked.code, looked.output) == (ALARM, "")
    assert looked.errors.startswith(f"ALARM. {key.name} was rolled back: it had {witnessed:,} ")
    for words in (
        f"has {after:,} now",
        "Nothing was cosigned",
        "show them with --show evidence",
        "keep copies, and tell those who oversee the log",
    ):
        assert words in looked.errors
    assert laptop.run(BY_CRON).errors == looked.errors, "cron mails it"

    # The evidence: two statements that anybody can check with the log's key.
    evidence = laptop.run(f"{LATER} --show evidence")
    seen, shown = notes_in(evidence.output)
    assert (opened(seen, key).size, opened(shown, key).size) == (witnessed, after)
    shutil.copy(laptop.home / "board.witness", laptop.home / "kept.witness")

    # The log grows past what was seen, with another past: that is found out, too.
    while town.work(ADMIN) < witnessed + 256:
        continue
    looked = laptop.run(LATER)
    assert looked.code == ALARM
    assert "was rewritten" in looked.errors
    evidence = laptop.run(f"{LATER} --show evidence")
    assert evidence.output.startswith("=== seen and cosigned before ")
    assert {seen, shown} <= set(notes_in(evidence.output))
    demo.stop()

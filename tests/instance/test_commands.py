"""`python -m tipline`, as an operator types it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

import config
from tests.support.house import UNLOCK_SECRET, House, environment_for
from tests.support.stores import Urls
from tipline.audit.acts import Act
from tipline.audit.checkpoints import open_checkpoint
from tipline.audit.entries import Entry
from tipline.audit.keys import RecordsKeys
from tipline.audit.models import PendingEntry
from tipline.audit.sequencing import Sequencer
from tipline.clock import system_clock
from tipline.crypto.errors import UnlockError
from tipline.crypto.keyfolder import KeyFolder
from tipline.db.engines import open_store
from tipline.db.reading import reading
from tipline.instance import provisioning
from tipline.intake.keys import IntakeKeys
from tipline.lines.role_changes import RolesConflictError
from tipline.members.invitations import EmailRefusedError, Invitations, Newcomer
from tipline.members.models import Invitation, Member

ROOT = Path(__file__).parents[2]
DEADLINE_SECONDS = 60.0
Answer = tuple[int, str, str]
# Command -> what must be typed with it. A new command belongs here, with a look at what it tells.
COMMANDS = {
    "create": (),
    "run": (),
    "migrate": (),
    "doctor": (),
    "release": ("ann@example.org",),
    "invite-admin": ("ann@example.org",),
    "rotate": ("index",),
    "database-roles": (),
    "move-to-postgresql": (),
    "unlock-key": ("gateway",),
    "audit": ("verify",),
}
# They make keys, or touch none of an instance's.
NO_SECRET = ("create", "migrate", "database-roles", "move-to-postgresql", "audit")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """All that an operator sets, with the unlock secret as a systemd credential."""
    home, credentials = tmp_path / "home", tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "tipline-unlock-secret").write_text(UNLOCK_SECRET + "\n")
    stores = Urls(f"sqlite:///{home}/main.sqlite3", f"sqlite:///{home}/perishable.sqlite3")
    return {**environment_for(home, stores), "CREDENTIALS_DIRECTORY": str(credentials)}


def tipline(environment: dict[str, str], *arguments: str) -> Answer:
    done = subprocess.run(
        [sys.executable, "-m", "tipline", *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert UNLOCK_SECRET not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


def test_create_once(environment: dict[str, str]) -> None:
    code, output, errors = tipline(environment, "create")
    assert (code, errors) == (0, "")
    assert output == (
        f"Created in {environment['TIPLINE_HOME']}. Keep the unlock secret off this disk.\n"
    )
    assert tipline(environment, "create") == (
        1,
        "",
        "There is already an instance in this folder.\n",
    )
    assert tipline(environment, "migrate") == (0, "", "")
    home = Path(environment["TIPLINE_HOME"])
    for file in home.rglob("*"):
        assert file.stat().st_mode & 0o077 == 0, "nobody else on this machine reads it"


def test_without_a_terminal_and_a_credential(environment: dict[str, str]) -> None:
    del environment["CREDENTIALS_DIRECTORY"]
    code, output, errors = tipline(environment, "create")
    assert (code, output) == (1, "")
    assert errors == (
        "Type the unlock secret in a terminal, or give the systemd credential "
        "tipline-unlock-secret.\n"
    )
    assert not (Path(environment["TIPLINE_HOME"]) / "keys" / "complete").exists()


@pytest.mark.parametrize(
    "missing",
    ["TIPLINE_PUBLIC_URL", "TIPLINE_CONSOLE_URL", "TIPLINE_TWILIO_AUTH_TOKEN",
     "TIPLINE_TWILIO_API_KEY_SECRET"],
)  # fmt: skip
def test_run_names_what_is_missing_before_anything_starts(
    missing: str, environment: dict[str, str]
) -> None:
    environment[missing] = " "
    code, output, errors = tipline(environment, "run")
    assert (code, output) == (1, "")
    assert errors.startswith(f"{missing} is missing or empty. ")
    assert errors.count("\n") == 1
    assert not Path(environment["TIPLINE_HOME"]).exists()


def test_a_locked_member_is_released(sqlite_house: House, environment: dict[str, str]) -> None:
    house = sqlite_house
    credentials = environment["CREDENTIALS_DIRECTORY"]
    member = house.members["investigator"]
    with house.stores.main.begin() as connection:
        lock = update(Member).where(Member.id == member.id)
        connection.execute(lock.values(is_locked=True, failures=5))
    own = {**house.environment, "CREDENTIALS_DIRECTORY": credentials}
    assert tipline(own, "release", member.email) == (0, "Released.\n", "")
    (row,) = [row for row in house.rows(Member) if row.id == member.id]
    assert (row.is_locked, row.failures) == (False, 0)
    code, output, errors = tipline(own, "release", "nobody@staff.example.org")
    assert (code, output) == (1, "")
    assert errors == "There is no member with this email address.\n"


def test_the_first_admin_is_invited(sqlite_house: House, environment: dict[str, str]) -> None:
    house = sqlite_house
    own = {**house.environment, "CREDENTIALS_DIRECTORY": environment["CREDENTIALS_DIRECTORY"]}
    code, output, errors = tipline(own, "invite-admin", "chief@example.org", "--name", "Chief")
    assert (code, errors) == (0, "")
    invitation, _, advice = output.partition("\n")
    assert "shown once" in advice
    stores = house.stores
    invitations = Invitations(stores.main, stores.perishable, system_clock)
    found = invitations.find(invitation)
    assert found.newcomer == Newcomer("chief@example.org", "Chief", (("admin", ""),))
    assert (found.member_id, found.made_by) == (None, None)


def test_an_admin_who_cannot_get_in_is_let_in_again(
    sqlite_house: House, environment: dict[str, str]
) -> None:
    house = sqlite_house
    own = {**house.environment, "CREDENTIALS_DIRECTORY": environment["CREDENTIALS_DIRECTORY"]}
    admin, reader = house.members["admin"], house.members["investigator"]
    code, output, _ = tipline(own, "invite-admin", admin.email.upper())
    assert code == 0
    stores = house.stores
    invitations = Invitations(stores.main, stores.perishable, system_clock)
    assert invitations.find(output.partition("\n")[0]).member_id == admin.id
    code, output, errors = tipline(own, "invite-admin", reader.email)
    assert (code, output) == (1, "")
    assert errors == RolesConflictError.message + "\n"
    code, output, errors = tipline(own, "invite-admin", "no address")
    assert (code, output, errors) == (1, "", EmailRefusedError.message + "\n")


@pytest.mark.parametrize("command", ["run", "release", "invite-admin"])
def test_a_wrong_secret_is_told_in_a_sentence(
    command: str, sqlite_house: House, environment: dict[str, str]
) -> None:
    secret = Path(environment["CREDENTIALS_DIRECTORY"]) / "tipline-unlock-secret"
    secret.write_text("short" if command == "run" else "not the right unlock secret")
    own = {**sqlite_house.environment, "CREDENTIALS_DIRECTORY": str(secret.parent)}
    arguments = ("run",) if command == "run" else (command, "somebody@staff.example.org")
    code, output, errors = tipline(own, *arguments)
    assert (code, output) == (1, "")
    assert "unlock secret" in errors
    assert errors.count("\n") == 1


def test_each_command_without_the_unlock_secret(environment: dict[str, str]) -> None:
    """Somebody at the machine who does not know it opens nothing; the schema is no secret."""
    _, told, _ = tipline(environment, "--help")
    listed = told.split("command\n", 1)[1]
    assert set(re.findall(r"^    ([a-z-]+)", listed, re.MULTILINE)) == set(COMMANDS)
    assert tipline(environment, "create")[0] == 0
    stranger = {k: v for k, v in environment.items() if k != "CREDENTIALS_DIRECTORY"}
    for command, arguments in COMMANDS.items():
        code, output, errors = tipline(stranger, command, *arguments)
        assert code == {"migrate": 0, "doctor": 2}.get(command, 1), command
        assert output == "", command
        assert "secret" in errors or command in NO_SECRET, command


def test_an_unlock_key_is_piped_on_and_opens_its_process_alone(
    environment: dict[str, str],
) -> None:
    """As an operator makes systemd credentials: nothing but the key comes out."""
    assert tipline(environment, "create")[0] == 0
    done = subprocess.run(
        [sys.executable, "-m", "tipline", "unlock-key", "intake"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        timeout=DEADLINE_SECONDS,
        check=True,
    )
    keys = Path(environment["TIPLINE_HOME"]) / "keys"
    assert IntakeKeys.load(KeyFolder(keys / "intake", "intake", done.stdout))
    with pytest.raises(UnlockError):
        KeyFolder(keys / "delivery", "delivery", done.stdout).read("signing")


def test_an_unlock_key_for_the_log_makes_what_it_opens(
    sqlite_house: House, environment: dict[str, str]
) -> None:
    """How an instance that was created before there was a log gets its key where no `run` runs."""
    keys = sqlite_house.instance.keys
    shutil.rmtree(keys / "records")
    own = {
        **sqlite_house.environment,
        "CREDENTIALS_DIRECTORY": environment["CREDENTIALS_DIRECTORY"],
    }
    command = [sys.executable, "-m", "tipline", "unlock-key", "records"]
    done = subprocess.run(
        command,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **own},
        capture_output=True,
        timeout=DEADLINE_SECONDS,
        check=True,
    )
    assert RecordsKeys.load(KeyFolder(keys / "records", "records", done.stdout))


def test_an_unlock_key_that_would_open_nothing_is_not_given(
    sqlite_house: House, environment: dict[str, str]
) -> None:
    secret = Path(environment["CREDENTIALS_DIRECTORY"]) / "tipline-unlock-secret"
    secret.write_text("not the right unlock secret")
    own = {**sqlite_house.environment, "CREDENTIALS_DIRECTORY": str(secret.parent)}
    code, output, errors = tipline(own, "unlock-key", "records")
    assert (code, output) == (1, "")
    assert "unlock secret" in errors


def test_the_roles_are_printed_and_no_password_with_them(environment: dict[str, str]) -> None:
    environment |= {
        "TIPLINE_DATABASE_URL": "postgresql://owner:hush-hush@db/main",
        "TIPLINE_PERISHABLE_URL": "postgresql://owner:hush-hush@db/perishable",
    }
    code, output, errors = tipline(environment, "database-roles")
    assert (code, errors) == (0, "")
    assert "GRANT INSERT ON envelopes TO tipline_gateway;" in output
    assert 'REVOKE ALL ON DATABASE "perishable" FROM PUBLIC;' in output
    assert "hush" not in output


def test_a_secret_is_read_from_a_file(environment: dict[str, str], tmp_path: Path) -> None:
    where = tmp_path / "url"
    where.write_text(environment.pop("TIPLINE_DATABASE_URL") + "\n")
    given = {**environment, "TIPLINE_DATABASE_URL_FILE": str(where)}
    assert tipline(given, "create")[0] == 0
    where.unlink()
    code, output, errors = tipline(given, "migrate")
    assert (code, output) == (1, "")
    assert errors == "TIPLINE_DATABASE_URL_FILE names a file that this process cannot read.\n"


def test_a_command_that_is_none(environment: dict[str, str]) -> None:
    code, _, errors = tipline(environment, "destroy")
    assert code == 2
    assert "create" in errors


def test_what_an_operator_does_is_in_the_log(environment: dict[str, str]) -> None:
    assert tipline(environment, "create")[0] == 0
    assert tipline(environment, "invite-admin", "ada@example.org")[0] == 0
    status, _, said = tipline(environment, "release", "nobody@example.org")
    assert status == 1, said
    assert tipline(environment, "rotate", "index", "--pause", "0")[0] == 0
    engine = open_store(environment["TIPLINE_DATABASE_URL"])
    with reading(engine) as connection:
        bodies = connection.execute(select(PendingEntry.body).order_by(PendingEntry.id)).scalars()
        entries = [Entry.from_bytes(body) for body in bodies]
    engine.dispose()
    assert [(one.act, one.actor, one.place) for one in entries] == [
        (Act.INVITE, "operator", "command"),
        (Act.ROTATE_KEY, "operator", "command"),
    ]


def test_what_cannot_be_recorded_is_not_done(environment: dict[str, str]) -> None:
    assert tipline(environment, "create")[0] == 0
    engine = open_store(environment["TIPLINE_DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE audit_pending"))
    engine.dispose()
    keys = Path(environment["TIPLINE_HOME"]) / "keys" / "intake"
    before = sorted(file.name for file in keys.iterdir())
    for command in (("invite-admin", "ada@example.org"), ("rotate", "index", "--pause", "0")):
        assert tipline(environment, *command)[0] != 0
    assert sorted(file.name for file in keys.iterdir()) == before
    perishable = open_store(environment["TIPLINE_PERISHABLE_URL"])
    with reading(perishable) as connection:
        assert connection.execute(select(Invitation)).all() == []
    perishable.dispose()


def test_a_checkpoint_is_made_when_it_is_asked_for(environment: dict[str, str]) -> None:
    assert tipline(environment, "create")[0] == 0
    engine = open_store(environment["TIPLINE_DATABASE_URL"])
    folders = provisioning.open_folders(
        config.InstanceSettings.from_environment(environment), UNLOCK_SECRET
    )
    keys = RecordsKeys.load(folders.records)
    signer = keys.signer(keys.new_origin(environment["TIPLINE_PUBLIC_URL"]))
    Sequencer(engine, system_clock).begin(signer.verifier)
    engine.dispose()
    assert tipline(environment, "invite-admin", "ada@example.org")[0] == 0
    status, note, said = tipline(environment, "audit", "checkpoint")
    assert status == 0, said
    checkpoint, _ = open_checkpoint(note.encode(), [signer.verifier])
    assert checkpoint.size == 256
    assert tipline(environment, "audit", "verify")[0] == 0

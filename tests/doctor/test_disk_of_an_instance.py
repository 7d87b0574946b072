"""Keys, permissions, stores and space: each broken for real, and seen."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.doctor.conftest import Clinic
from tests.doctor.reading import is_well, said
from tests.instance.rotating import rotate
from tests.support.house import ANNA, House
from tipline.audit.keys import RecordsKeys
from tipline.audit.sequencing import Sequencer
from tipline.crypto.aead import random_key
from tipline.crypto.signing import SigningKey
from tipline.db import schema
from tipline.db.schema import Store
from tipline.doctor.disk import GIB, MIB, check_disk_space
from tipline.doctor.findings import Level
from tipline.doctor.keys import check_keys, check_unlock_secret
from tipline.doctor.permissions import check_permissions
from tipline.doctor.stores import (
    IN_MEMORY,
    _file_system,
    check_database,
    check_migrations,
)
from tipline.instance.rotation import Kind

Usage = namedtuple("Usage", ("total", "used", "free"))


def test_keys_that_are_whole(clinic: Clinic) -> None:
    assert is_well(check_keys(clinic.patient()))


def test_a_wrong_unlock_secret(clinic: Clinic) -> None:
    patient = replace(clinic.patient(), unlock_secret="another secret, just as long")
    assert "does not open with this unlock secret" in said(check_keys(patient), Level.FAILURE)


def test_no_instance(clinic: Clinic, home: Path) -> None:
    (home / "keys" / "unlock.json").unlink()
    assert "cannot be tried" in said(check_keys(clinic.patient()), Level.FAILURE)


@pytest.mark.parametrize(
    ("process", "key"),
    [("gateway", "dedupe-1"), ("console", "pepper"), ("intake", "index-1"), ("delivery", "ref"),
     ("gateway", "pin-intake"), ("records", "signing")],
)  # fmt: skip
def test_a_missing_key(clinic: Clinic, home: Path, process: str, key: str) -> None:
    (home / "keys" / process / f"{key}.key").unlink()
    looked = said(check_keys(clinic.patient()), Level.FAILURE)
    assert looked == f"A key of the {process} is missing."


def test_an_instance_from_before_the_log(clinic: Clinic, home: Path) -> None:
    shutil.rmtree(home / "keys" / "records")
    patient = clinic.patient()
    found = check_keys(patient)
    assert said(found, Level.FAILURE).startswith("The records worker has no key")
    assert any("unlock-key records" in finding.advice for finding in found)
    assert is_well([check_permissions(patient)[1]]), "who owns key files can be told all the same"


def test_a_log_that_another_key_began(clinic: Clinic, sqlite_house: House) -> None:
    assert "There is no audit log yet: the records worker begins it." in looks(clinic)
    keys = RecordsKeys.load(sqlite_house.folders.records)
    first = keys.signer(keys.new_origin("https://tips.example.org")).verifier
    Sequencer(sqlite_house.stores.main, sqlite_house.clock).begin(first)
    assert "The records worker holds the key of the audit log." in looks(clinic)
    sqlite_house.folders.records.write("signing", SigningKey.generate().seed)
    assert "begun with another key" in said(check_keys(clinic.patient()), Level.FAILURE)


def looks(clinic: Clinic) -> list[str]:
    return [finding.looked_at for finding in check_keys(clinic.patient())]


def test_a_changed_key_file(clinic: Clinic, home: Path) -> None:
    file = home / "keys" / "intake" / "signing.key"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert "key of the intake does not open" in said(check_keys(clinic.patient()), Level.FAILURE)


def test_keys_that_disagree(clinic: Clinic, sqlite_house: House) -> None:
    sqlite_house.folders.delivery.pin("console", SigningKey.generate().public)
    assert said(check_keys(clinic.patient()), Level.FAILURE).startswith("What the delivery has")


def test_a_shared_key_of_another_backup(clinic: Clinic, sqlite_house: House) -> None:
    sqlite_house.folders.intake.write("envelope-tag-1", random_key())
    assert "do not hold the same key" in said(check_keys(clinic.patient()), Level.FAILURE)


@pytest.mark.parametrize("kind", list(Kind))
def test_keys_that_are_rotated_are_well_at_every_step(
    clinic: Clinic, sqlite_house: House, kind: Kind
) -> None:
    steps: list[bool] = []

    def look() -> None:
        steps.append(is_well(check_keys(clinic.patient())))

    rotate(sqlite_house, kind, look)
    look()
    assert all(steps)


def test_where_the_unlock_secret_lies(clinic: Clinic, home: Path) -> None:
    patient = replace(clinic.patient(), unlock_secret="seven words or so that nobody would guess")
    assert is_well(check_unlock_secret(patient))
    beside = home / "secret"
    beside.write_text("x")
    looked = said(check_unlock_secret(replace(patient, secret_file=beside)), Level.FAILURE)
    assert "own folder" in looked
    near = home.parent / "secret"
    near.write_text("x")
    looked = said(check_unlock_secret(replace(patient, secret_file=near)), Level.FAILURE)
    assert "on the instance's disk" in looked
    elsewhere = Path("/dev/shm") / f"tipline-test-{os.getpid()}"
    elsewhere.write_text("x")
    try:
        found = check_unlock_secret(replace(patient, secret_file=elsewhere))
        assert is_well(found) == (os.stat("/dev/shm").st_dev != os.stat(home).st_dev)
    finally:
        elsewhere.unlink()


@pytest.mark.parametrize("secret", ["only sixteen ch.", "a" * 40])
def test_a_weak_unlock_secret(clinic: Clinic, secret: str) -> None:
    patient = replace(clinic.patient(), unlock_secret=secret)
    said(check_unlock_secret(patient), Level.WARNING)


def close_down(home: Path) -> None:
    for path in home.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)


@pytest.mark.parametrize(
    ("path", "mode"),
    [(".", 0o755), ("keys", 0o750), ("keys/gateway", 0o701), ("keys/intake/signing.key", 0o640),
     ("main.sqlite3", 0o644), ("perishable.sqlite3", 0o604)],
)  # fmt: skip
def test_what_others_may_read(clinic: Clinic, home: Path, path: str, mode: int) -> None:
    close_down(home)
    before = said(check_permissions(clinic.patient()), Level.WARNING)
    assert "temporary files" in before, "the tests' own folder is one"
    (home / path).chmod(mode)
    looked = said(check_permissions(clinic.patient()), Level.FAILURE)
    name = "the instance's folder" if path == "." else path
    assert looked == f"Others may use {name}."


def test_users_of_their_own_walk_through_to_their_folders(clinic: Clinic, home: Path) -> None:
    close_down(home)
    for folder in (home, home / "keys"):
        folder.chmod(0o711)
    said(check_permissions(clinic.patient()), Level.WARNING)


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_a_key_of_somebody_else(clinic: Clinic, home: Path) -> None:
    close_down(home)
    os.chown(home / "keys" / "gateway" / "dedupe-1.key", 12345, -1)
    looked = said(check_permissions(clinic.patient()), Level.FAILURE)
    assert "belongs to somebody else" in looked


def test_a_folder_above_that_everybody_may_write_to(clinic: Clinic, home: Path) -> None:
    close_down(home)
    home.parent.chmod(0o777)
    assert "folder above" in said(check_permissions(clinic.patient()), Level.FAILURE)


def test_no_folder(clinic: Clinic, home: Path) -> None:
    patient = clinic.patient(TIPLINE_HOME=str(home / "nowhere"))
    assert "not there" in said(check_permissions(patient), Level.FAILURE)


def test_stores_that_are_well(clinic: Clinic, home: Path) -> None:
    if _file_system(home) in IN_MEMORY:
        assert "in memory" in said(check_database(clinic.patient()), Level.FAILURE)
        pytest.skip("the tests' folder is in memory")
    assert is_well(check_database(clinic.patient()))
    assert is_well(check_migrations(clinic.patient()))


def test_a_store_that_is_gone(clinic: Clinic, home: Path) -> None:
    clinic.house.stores.main.dispose()
    for file in home.glob("main.sqlite3*"):
        file.unlink()
    assert "main store is not there" in said(check_database(clinic.patient()), Level.FAILURE)
    assert not (home / "main.sqlite3").exists(), "looking makes no empty store"


def test_a_store_that_is_no_database(clinic: Clinic, home: Path) -> None:
    clinic.house.stores.perishable.dispose()
    for file in home.glob("perishable.sqlite3*"):
        file.write_bytes(b"not a database" * 500)
    looked = said(check_database(clinic.patient()), Level.FAILURE)
    assert "perishable store cannot be reached" in looked


def test_a_copy_of_the_perishable_store(clinic: Clinic, home: Path) -> None:
    (home / "perishable.sqlite3.old").write_bytes(b"copy")
    assert "1 copies" in said(check_database(clinic.patient()), Level.WARNING)


@pytest.mark.parametrize("store", list(Store))
def test_an_old_schema(clinic: Clinic, store: Store) -> None:
    schema.downgrade(getattr(clinic.house.stores, store.value), store, "0003")
    looked = said(check_migrations(clinic.patient()), Level.FAILURE)
    assert looked.startswith(f"The {store.value} store is at 0003")


def test_a_schema_of_nobody(clinic: Clinic) -> None:
    with clinic.house.stores.main.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    assert "is at nothing" in said(check_migrations(clinic.patient()), Level.FAILURE)


@pytest.mark.parametrize(
    ("total", "free", "level"),
    [
        (100 * GIB, 50 * GIB, Level.OK),
        (100 * GIB, 5 * GIB, Level.WARNING),
        (10 * GIB, 1 * GIB, Level.WARNING),
        (10 * GIB, 100 * MIB, Level.FAILURE),
        (10 * GIB, 0, Level.FAILURE),
        (10_000 * GIB, 150 * GIB, Level.OK),
    ],
)
def test_free_space(clinic: Clinic, total: int, free: int, level: Level) -> None:
    usage = Usage(total, total - free, free)
    said(check_disk_space(clinic.patient(), lambda _path: usage), level)


def test_space_that_the_last_day_would_soon_fill(clinic: Clinic) -> None:
    house = clinic.house
    for number in range(3):
        house.text(ANNA, f"Tip {number}")
    house.drain_intake()
    usage = Usage(100 * GIB, 0, 50 * GIB)
    today = replace(clinic.patient(), clock=house.clock)
    assert "lasts about" in said(check_disk_space(today, lambda _path: usage), Level.OK)
    later = replace(today, clock=lambda: house.clock() + timedelta(days=3))
    assert "lasts" not in said(check_disk_space(later, lambda _path: usage), Level.OK)


def test_a_real_disk(clinic: Clinic) -> None:
    assert all("free" in finding.looked_at for finding in check_disk_space(clinic.patient()))


def test_file_systems_are_told_apart(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 0:1 / / rw - ext4 /dev/sda1 rw\n"
        "23 22 0:2 / /srv rw shared:1 - nfs4 host:/srv rw\n"
        "24 22 0:3 / /srv/memory rw - tmpfs tmpfs rw\n"
        "nonsense\n"
    )
    assert _file_system(Path("/srv/tips/main.sqlite3"), mounts) == "nfs4"
    assert _file_system(Path("/srv/memory/main.sqlite3"), mounts) == "tmpfs"
    assert _file_system(Path("/srvother/main.sqlite3"), mounts) == "ext4"
    assert _file_system(None, mounts) == ""


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_postgresql_server(house: House) -> None:
    """The tests' own server need not wait for the disk, and says so."""
    patient = Clinic(house, 1, "").patient()
    assert "may forget what it said was kept" in said(check_database(patient), Level.FAILURE)
    assert is_well(check_migrations(patient))
    looked = [finding.looked_at for finding in check_disk_space(patient)]
    assert looked[0] == "The free space of a database server's disk cannot be seen from here."

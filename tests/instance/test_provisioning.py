"""Creating an instance: what is then on the disk, for whom it opens, and what survives a crash."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest

import config
from tests.support.house import UNLOCK_SECRET, House, environment_for
from tests.support.stores import Urls
from tipline.audit.keys import RecordsKeys
from tipline.clock import system_clock
from tipline.crypto import unlock
from tipline.crypto.errors import KeyMissingError, UnlockError
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.rewrapping import Settled
from tipline.db import schema
from tipline.db.engines import is_reachable, open_stores
from tipline.delivery.keys import DeliveryKeys
from tipline.gateway.keys import GatewayKeySet
from tipline.instance import provisioning
from tipline.instance.provisioning import PROCESSES, SIGNERS, InstanceExistsError
from tipline.intake.keys import IntakeKeys
from tipline.members.models import Member

# The only keys that two processes share: with them one knows who wrote a row, and opens nothing.
SHARED = {("gateway", "intake", "envelope-tag-1"), ("gateway", "delivery", "status-tag-1")}
OPENING = ("signing", "set-aside", "contact-", "pepper")


@pytest.fixture
def settings(urls: Urls, tmp_path: Path) -> config.InstanceSettings:
    return config.InstanceSettings.from_environment(environment_for(tmp_path / "home", urls))


@pytest.fixture
def sqlite_settings(tmp_path: Path) -> config.InstanceSettings:
    home = tmp_path / "home"
    stores = Urls(f"sqlite:///{home}/main.sqlite3", f"sqlite:///{home}/perishable.sqlite3")
    return config.InstanceSettings.from_environment(environment_for(home, stores))


def files_below(path: Path) -> Iterator[Path]:
    return (file for file in path.rglob("*") if file.is_file())


def secrets_of(folder: KeyFolder) -> dict[str, bytes]:
    return {name: folder.read(name) for name in folder.names() if not name.startswith("pin-")}


def test_a_new_instance_has_stores_and_keys(settings: config.InstanceSettings) -> None:
    assert not provisioning.is_created(settings)
    folders = provisioning.create(settings, UNLOCK_SECRET)
    assert provisioning.is_created(settings)
    stores = open_stores(settings.database_url, settings.perishable_url)
    assert is_reachable(stores.main)
    assert is_reachable(stores.perishable)
    stores.main.dispose()
    stores.perishable.dispose()
    GatewayKeySet.load(folders.gateway)
    IntakeKeys.load(folders.intake)
    DeliveryKeys.load(folders.delivery)
    RecordsKeys.load(folders.records)


def test_only_its_owner_can_look_into_it(sqlite_settings: config.InstanceSettings) -> None:
    provisioning.create(sqlite_settings, UNLOCK_SECRET)
    for folder in (sqlite_settings.home, sqlite_settings.keys, sqlite_settings.home / "run"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in PROCESSES:
        assert stat.S_IMODE((sqlite_settings.keys / name).stat().st_mode) == 0o700
        for file in files_below(sqlite_settings.keys / name):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_no_key_and_no_secret_is_on_the_disk(sqlite_settings: config.InstanceSettings) -> None:
    folders = provisioning.create(sqlite_settings, UNLOCK_SECRET)
    disk = b"\n".join(file.read_bytes() for file in files_below(sqlite_settings.home))
    keys = [key for name in PROCESSES for key in secrets_of(getattr(folders, name)).values()]
    keys += unlock.process_keys(UNLOCK_SECRET, sqlite_settings.keys, PROCESSES).values()
    assert len(keys) > 15
    for key in [*keys, UNLOCK_SECRET.encode()]:
        assert key not in disk


def test_no_process_holds_what_is_anothers(sqlite_house: House) -> None:
    held = {name: secrets_of(getattr(sqlite_house.folders, name)) for name in PROCESSES}
    shared = {
        (one, other, name)
        for one in PROCESSES
        for other in PROCESSES
        if one != other
        for name, key in held[one].items()
        if key in held[other].values()
    }
    assert shared == SHARED | {(other, one, name) for one, other, name in SHARED}
    assert not any(name.startswith(OPENING) for name in held["gateway"])
    assert not any(
        name.startswith(("intake-", "delivery-", "contact-")) for name in held["console"]
    )


def test_each_pins_the_others_verifying_keys(sqlite_house: House) -> None:
    pins = {
        tuple(getattr(sqlite_house.folders, process).pinned(name).raw for name in SIGNERS)
        for process in PROCESSES
    }
    assert len(pins) == 1
    (pinned,) = pins
    house = sqlite_house
    signers = (house.console_keys, house.intake_keys, house.delivery_keys)
    assert pinned == tuple(keys.signing.public.raw for keys in signers)


@pytest.mark.parametrize("holder", PROCESSES)
def test_a_process_unlocks_no_folder_but_its_own(holder: str, sqlite_house: House) -> None:
    key = sqlite_house.template.unlock_keys[holder]
    for name in PROCESSES:
        for claimed in {holder, name}:
            folder = KeyFolder(sqlite_house.instance.keys / name, claimed, key)
            if name == holder:
                assert secrets_of(folder)
            else:
                with pytest.raises(UnlockError):
                    secrets_of(folder)


def test_another_secret_opens_nothing(sqlite_house: House) -> None:
    for secret in (UNLOCK_SECRET + " ", UNLOCK_SECRET.upper(), "x" * 16):
        folders = provisioning.open_folders(sqlite_house.instance, secret)
        for name in PROCESSES:
            with pytest.raises(UnlockError) as failure:
                secrets_of(getattr(folders, name))
            assert secret not in str(failure.value)


@pytest.mark.parametrize("secret", ["", "x" * 15])
def test_a_short_secret_makes_nothing(
    secret: str, sqlite_settings: config.InstanceSettings
) -> None:
    with pytest.raises(UnlockError, match="at least 16 characters"):
        provisioning.create(sqlite_settings, secret)
    assert not provisioning.is_created(sqlite_settings)


def test_an_instance_is_made_once(house: House) -> None:
    before = {file: file.read_bytes() for file in files_below(house.instance.keys)}
    members = house.rows(Member)
    with pytest.raises(InstanceExistsError):
        provisioning.create(house.instance, "another secret, long enough")
    assert {file: file.read_bytes() for file in files_below(house.instance.keys)} == before
    assert house.rows(Member) == members


@pytest.mark.parametrize(("room", "place"), [(schema, "upgrade"), (provisioning, "_make_keys")])
def test_a_creation_that_was_interrupted_is_begun_anew(
    room: ModuleType,
    place: str,
    sqlite_settings: config.InstanceSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = getattr(room, place)

    def work_and_die(*arguments: object) -> None:
        original(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(room, place, work_and_die)
        with pytest.raises(KeyboardInterrupt):
            provisioning.create(sqlite_settings, "a secret that was mistyped")
    assert not provisioning.is_created(sqlite_settings)
    folders = provisioning.create(sqlite_settings, UNLOCK_SECRET)
    for name in PROCESSES:
        assert secrets_of(getattr(folders, name))


def test_what_is_left_of_an_interrupted_creation_is_in_nobodys_way_a_day_later(
    sqlite_settings: config.InstanceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys that are named after a day would stay, and with another secret they do not open."""
    with monkeypatch.context() as patch:
        patch.setattr(provisioning, "system_clock", lambda: system_clock() - timedelta(days=1))
        patch.setattr(provisioning, "COMPLETE_MARK", "nowhere/complete")
        with pytest.raises(FileNotFoundError):
            provisioning.create(sqlite_settings, "a secret that was mistyped")
    folders = provisioning.create(sqlite_settings, UNLOCK_SECRET)
    for name in PROCESSES:
        assert secrets_of(getattr(folders, name))


@pytest.mark.parametrize(
    ("process", "keys"),
    [
        ("gateway", GatewayKeySet),
        ("intake", IntakeKeys),
        ("delivery", DeliveryKeys),
        ("records", RecordsKeys),
    ],
)
def test_a_folder_that_lacks_a_key_does_not_load(
    process: str,
    keys: type[GatewayKeySet | IntakeKeys | DeliveryKeys | RecordsKeys],
    sqlite_house: House,
) -> None:
    folder: KeyFolder = getattr(sqlite_house.folders, process)
    needed = [n for n in folder.names() if not n.startswith(("intake-2", "delivery-2", "contact-"))]
    unused = {"pin-intake", "pin-delivery", "pin-console"}
    for name in needed:
        if name in unused and process != "gateway":
            continue  # of the three each loads those of the others
        if name == "push":
            continue  # made when it is missing: see tests/alerts/test_worker.py
        kept = folder.read(name)
        folder.destroy(name)
        with pytest.raises(KeyMissingError):
            keys.load(folder)
        folder.write(name, kept)
    keys.load(folder)


def before_the_log(settings: config.InstanceSettings) -> None:
    """An instance as one that was created before there was a log."""
    shutil.rmtree(settings.keys / "records")


def test_an_instance_from_before_the_log_gets_its_key_once(sqlite_house: House) -> None:
    settings = sqlite_house.instance
    before_the_log(settings)
    others = {file: file.read_bytes() for file in files_below(settings.keys)}
    assert provisioning.report_settled(settings) is Settled.NOTHING
    folders = provisioning.open_checked(settings, UNLOCK_SECRET)
    key = RecordsKeys.load(folders.records).signing.seed
    pins = {name: folders.records.pinned(name).raw for name in SIGNERS}
    assert pins == {name: folders.console.pinned(name).raw for name in SIGNERS}
    assert stat.S_IMODE((settings.keys / "records").stat().st_mode) == 0o700
    again = provisioning.open_checked(settings, UNLOCK_SECRET)
    assert RecordsKeys.load(again.records).signing.seed == key
    now = {file: file.read_bytes() for file in files_below(settings.keys)}
    assert others.items() <= now.items(), "nothing else was touched"
    assert key != sqlite_house.folders.console.read("signing")


def test_with_another_secret_it_gets_none(sqlite_house: House) -> None:
    before_the_log(sqlite_house.instance)
    with pytest.raises(UnlockError):
        provisioning.open_checked(sqlite_house.instance, UNLOCK_SECRET + "?")
    assert not (sqlite_house.instance.keys / "records").exists()


@pytest.mark.parametrize("pins", [0, 1, 2])
def test_what_was_interrupted_goes_on(pins: int, sqlite_house: House) -> None:
    settings, records = sqlite_house.instance, sqlite_house.folders.records
    key = RecordsKeys.load(records).signing.seed
    for name in SIGNERS[pins:]:
        records.destroy(f"pin-{name}")
    folders = provisioning.open_checked(settings, UNLOCK_SECRET)
    assert RecordsKeys.load(folders.records).signing.seed == key
    assert {*records.names()} == {"signing", *(f"pin-{name}" for name in SIGNERS)}


def test_a_key_that_was_lost_is_not_made_anew(sqlite_house: House) -> None:
    """Outsiders know the log by it: it has to come back from the backup."""
    sqlite_house.folders.records.destroy("signing")
    folders = provisioning.open_checked(sqlite_house.instance, UNLOCK_SECRET)
    with pytest.raises(KeyMissingError):
        RecordsKeys.load(folders.records)

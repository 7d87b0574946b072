"""Creating an instance: stores, and one key folder a process with the others' keys pinned."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import config
from tipline import logs
from tipline.audit import keys as records_keys
from tipline.clock import day_of, system_clock
from tipline.console import keys as console_keys
from tipline.crypto import unlock
from tipline.crypto.aead import random_key
from tipline.crypto.generations import FIRST, name_of
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.opening import OpeningKey
from tipline.crypto.rewrapping import Settled, settle
from tipline.crypto.signing import SigningKey
from tipline.crypto.webpush import PushKey
from tipline.db.engines import Store, open_stores
from tipline.delivery import keys as delivery_keys
from tipline.errors import TiplineError
from tipline.gateway import keys as gateway_keys
from tipline.instance import database_roles
from tipline.intake import keys as intake_keys
from tipline.published_keys.directory import KeyKind
from tipline.published_keys.rotation import key_name

PROCESSES = ("gateway", "console", "intake", "delivery", "records")
# Whose verifying keys each folder has pinned. (The log's key is not among them: it signs for those
# outside, who have it from elsewhere.)
SIGNERS = ("console", "intake", "delivery")
COMPLETE_MARK = "complete"


class InstanceExistsError(TiplineError):
    """There is an instance in this folder."""

    code = "instance_exists"
    message = "There is already an instance in this folder."


@dataclass(frozen=True, slots=True)
class Folders:
    """The key folders of all processes: only while an instance is made or looked after."""

    gateway: KeyFolder
    console: KeyFolder
    intake: KeyFolder
    delivery: KeyFolder
    records: KeyFolder


def is_created(settings: config.InstanceSettings) -> bool:
    """Tell whether the instance was created to the end."""
    return (settings.keys / COMPLETE_MARK).exists()


def migrate(settings: config.InstanceSettings) -> None:
    """Bring both stores to the newest schema and roles to what they may do; keep no connection.

    Raises:
        RolesMissingError, NoRolesHereError: roles are to be used and cannot be.
    """
    # Few who open an instance change its schema: Alembic would be half of what they load.
    from tipline.db.schema import upgrade  # noqa: PLC0415

    stores = open_stores(settings.database_url, settings.perishable_url)
    try:
        upgrade(stores.main, Store.MAIN)
        upgrade(stores.perishable, Store.PERISHABLE)
    finally:
        stores.main.dispose()
        stores.perishable.dispose()
    if settings.database_roles:
        database_roles.apply(settings)


def create(settings: config.InstanceSettings, unlock_secret: str) -> Folders:
    """Create folders, stores and keys. Run it before any process starts.

    A creation that was interrupted is begun anew: nothing was kept under its keys.

    Raises:
        InstanceExistsError: it was created before.
        UnlockError: the unlock secret is too short.
    """
    if is_created(settings):
        raise InstanceExistsError
    for folder in (settings.home, settings.keys, settings.home / "run"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unlock.create_parameters(settings.keys)
    folders = open_folders(settings, unlock_secret)
    migrate(settings)
    _make_keys(folders)
    (settings.keys / COMPLETE_MARK).touch(mode=0o600)
    return folders


def open_folders(settings: config.InstanceSettings, unlock_secret: str) -> Folders:
    """Return all key folders, for whoever knows the unlock secret.

    Raises:
        UnlockError: the secret is too short, or there is no instance.
    """
    report_settled(settings)
    keys = unlock.process_keys(unlock_secret, settings.keys, PROCESSES)
    return Folders(**{name: _folder(settings.keys, name, keys[name]) for name in PROCESSES})


def report_settled(settings: config.InstanceSettings) -> Settled:
    """Finish or undo an interrupted change of the unlock secret, and say which one counts."""
    settled = settle(settings.keys, PROCESSES)
    if settled is not Settled.NOTHING:
        logs.event("unlock_secret_change_settled", logging.WARNING, kind=settled.value)
    return settled


def open_checked(settings: config.InstanceSettings, unlock_secret: str) -> Folders:
    """Return all key folders as `open_folders`, with all that an instance has had from some day on.

    Raises:
        UnlockError, KeyMissingError: the secret is not the instance's, or a folder is incomplete.
    """
    folders = open_folders(settings, unlock_secret)
    check_secret(folders)
    _complete(folders)
    return folders


def check_secret(folders: Folders) -> None:
    """Check that the unlock secret opens the keys.

    Raises:
        UnlockError, KeyMissingError: it does not, or the instance is incomplete.
    """
    for process in PROCESSES:
        folder: KeyFolder = getattr(folders, process)
        if folder is not folders.records:
            folder.pinned("console")
    # There may be none yet: see `_complete`.
    for name in folders.records.names():
        folders.records.read(name)


def _complete(folders: Folders) -> None:
    """Give the records worker its folder in an instance that was created before there was a log.

    Where that was interrupted it goes on. A key that is missing from a folder is not made anew:
    outsiders know the log by it, so it is to come back from the backup.
    """
    records = folders.records
    if not records.names():
        records.create(records_keys.SIGNING, SigningKey.generate().seed)
        logs.event("records_key_created")
    for signer in SIGNERS:
        if f"pin-{signer}" not in records.names():
            records.pin(signer, folders.console.pinned(signer))


def _folder(keys: Path, name: str, unlock_key: bytes) -> KeyFolder:
    return KeyFolder(keys / name, name, unlock_key)


def _make_keys(folders: Folders) -> None:
    for process in PROCESSES:
        _empty(getattr(folders, process))
    signers = {name: SigningKey.generate() for name in SIGNERS}
    envelope_tag, status_tag = random_key(), random_key()

    folders.gateway.write(gateway_keys.LANE, random_key())
    folders.gateway.write(name_of(gateway_keys.DEDUPE, FIRST), random_key())
    folders.gateway.write(name_of(gateway_keys.ENVELOPE_TAG, FIRST), envelope_tag)
    folders.gateway.write(name_of(gateway_keys.STATUS_TAG, FIRST), status_tag)

    folders.intake.write(intake_keys.SIGNING, signers["intake"].seed)
    folders.intake.write(name_of(intake_keys.ENVELOPE_TAG, FIRST), envelope_tag)
    folders.intake.write(intake_keys.SET_ASIDE, OpeningKey.generate().seed)
    folders.intake.write(name_of(intake_keys.SUPPRESSION, FIRST), random_key())
    folders.intake.write(name_of(intake_keys.INDEX, FIRST), random_key())

    folders.delivery.write(delivery_keys.SIGNING, signers["delivery"].seed)
    folders.delivery.write(name_of(delivery_keys.STATUS_TAG, FIRST), status_tag)
    folders.delivery.write(delivery_keys.REF, random_key())
    folders.delivery.write(delivery_keys.PUSH, PushKey.generate().seed)
    # Made here and not by the worker, so that a backup of a new instance's keys is complete.
    contact_key = key_name(KeyKind.CONTACT, day_of(system_clock()))
    folders.delivery.write(contact_key, OpeningKey.generate().seed)

    folders.console.write(console_keys.SIGNING, signers["console"].seed)
    folders.console.write(console_keys.PEPPER, random_key())

    folders.records.write(records_keys.SIGNING, SigningKey.generate().seed)

    for process in PROCESSES:
        folder: KeyFolder = getattr(folders, process)
        for name, signer in signers.items():
            folder.pin(name, signer.public)


def _empty(folder: KeyFolder) -> None:
    """Destroy what an interrupted creation left: with another secret it would not even open."""
    for name in folder.names():
        folder.destroy(name)

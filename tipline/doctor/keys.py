"""Keys: complete, opening with the unlock secret, and agreeing with each other."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from tipline.audit.keys import RecordsKeys
from tipline.audit.publishing import OtherLogError
from tipline.audit.reading import stored_log
from tipline.audit.sequencing import NoLogError
from tipline.console import keys as console_keys
from tipline.console.keys import ConsoleKeys
from tipline.crypto.errors import KeyMissingError, UnlockError
from tipline.crypto.generations import Generations
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.signing import SigningKey
from tipline.delivery import keys as delivery_keys
from tipline.delivery.keys import DeliveryKeys
from tipline.doctor.findings import Finding, failure, ok, warning
from tipline.doctor.patient import Patient
from tipline.errors import TiplineError
from tipline.gateway import keys as gateway_keys
from tipline.gateway.keys import GatewayKeySet
from tipline.intake import keys as intake_keys
from tipline.intake.keys import IntakeKeys

CHECK = "keys"
LOADERS: Mapping[str, Callable[[KeyFolder], object]] = {
    "gateway": GatewayKeySet.load,
    "console": ConsoleKeys.load,
    "intake": IntakeKeys.load,
    "delivery": DeliveryKeys.load,
    "records": RecordsKeys.load,
}
SIGNERS = {
    "console": console_keys.SIGNING,
    "intake": intake_keys.SIGNING,
    "delivery": delivery_keys.SIGNING,
}
# What two processes hold alike: the gateway tags rows, the worker checks the tag.
SHARED = (
    ("gateway", gateway_keys.ENVELOPE_TAG, "intake", intake_keys.ENVELOPE_TAG),
    ("gateway", gateway_keys.STATUS_TAG, "delivery", delivery_keys.STATUS_TAG),
)
RESTORE = "Restore this folder from the backup of the keys that was made after creation."
MAKE_RECORDS_KEY = (
    "Start it with `python -m tipline run`, or give `python -m tipline unlock-key records`: either "
    "makes the key. If there was one, restore its folder from the backup instead."
)
# Below this a stolen disk could be tried against the secret; Argon2id slows each guess.
SHORT_SECRET_CHARACTERS = 24
FEW_DIFFERENT_CHARACTERS = 10


def check_keys(patient: Patient) -> list[Finding]:
    """Open every key file of every process, and compare who has pinned whom."""
    try:
        folders = patient.folders()
    except UnlockError:
        looked = "The instance's key folders cannot be tried with this unlock secret."
        return [failure(CHECK, looked, "Create the instance first, or give its unlock secret.")]
    findings = [_folder(name, folder) for name, folder in folders.items()]
    if all(finding.advice == "" for finding in findings):
        findings += [_pins(folders), _shared(folders), *_log(patient, folders["records"])]
    return findings


def _folder(name: str, folder: KeyFolder) -> Finding:
    if name == "records" and not folder.names():
        looked = "The records worker has no key: this instance was created before there was a log."
        return failure(CHECK, looked, MAKE_RECORDS_KEY)
    try:
        count = len([folder.read(key) for key in folder.names()])
        LOADERS[name](folder)
    except KeyMissingError:
        return failure(CHECK, f"A key of the {name} is missing.", RESTORE)
    except UnlockError:
        looked = f"A key of the {name} does not open with this unlock secret."
        advice = f"Give the secret with which the instance was created. If it is that: {RESTORE}"
        return failure(CHECK, looked, advice)
    except (OSError, TiplineError, ValueError):
        return failure(CHECK, f"A key of the {name} cannot be read.", RESTORE)
    return ok(CHECK, f"All {count} keys of the {name} open with the unlock secret.")


def _pins(folders: Mapping[str, KeyFolder]) -> Finding:
    """Compare every pinned verifying key with the key that signs."""
    wrong = set()
    for signer, key in SIGNERS.items():
        public = SigningKey(folders[signer].read(key)).public.raw
        wrong |= {name for name, folder in folders.items() if folder.pinned(signer).raw != public}
    if wrong:
        names = " and ".join(sorted(wrong))
        looked = f"What the {names} has pinned is not what the others sign with."
        return failure(CHECK, looked, "Restore all key folders from one and the same backup.")
    return ok(CHECK, "All processes have pinned the same signing keys, and these are in use.")


def _shared(folders: Mapping[str, KeyFolder]) -> Finding:
    for one, its_kind, other, other_kind in SHARED:
        checked = Generations.load(folders[other], other_kind).keys
        # While one is rotated the worker may know more: never may the gateway use what it does not.
        if not set(Generations.load(folders[one], its_kind).keys) <= set(checked):
            looked = f"The {one} and the {other} do not hold the same key for rows between them."
            return failure(CHECK, looked, "Restore all key folders from one and the same backup.")
    return ok(CHECK, "Gateway and workers hold the same keys for the rows between them.")


def _log(patient: Patient, folder: KeyFolder) -> list[Finding]:
    """Compare the key of the log in use with the one that is to sign its checkpoints."""
    try:
        with stored_log(patient.stores.main) as log:
            RecordsKeys.load(folder).signer(log.origin)
    except NoLogError:
        return [ok(CHECK, "There is no audit log yet: the records worker begins it.")]
    except OtherLogError:
        looked = "The audit log in the database was begun with another key than the one here."
        return [failure(CHECK, looked, f"No checkpoint can be signed. {RESTORE}")]
    except (SQLAlchemyError, OSError):
        return []  # said by the check of the database
    return [ok(CHECK, "The records worker holds the key of the audit log.")]


def check_unlock_secret(patient: Patient) -> list[Finding]:
    """Look at how strong the unlock secret is, and whether it lies beside what it protects."""
    return [_strength(patient.unlock_secret), _place(patient)]


def _strength(secret: str) -> Finding:
    weak = len(secret) < SHORT_SECRET_CHARACTERS or len(set(secret)) < FEW_DIFFERENT_CHARACTERS
    if weak:
        return warning(
            "unlock_secret",
            f"The unlock secret has fewer than {SHORT_SECRET_CHARACTERS} characters, or few "
            "different ones.",
            "Whoever has the disk can try guesses without end: take eight random words or more "
            "for the next instance.",
        )
    return ok("unlock_secret", "The unlock secret is long enough; nobody can tell if it is random.")


def _place(patient: Patient) -> Finding:
    path = patient.secret_file
    if path is None:
        return ok("unlock_secret", "The unlock secret was typed.")
    home = patient.settings.home
    if path.resolve().is_relative_to(home.resolve()):
        looked = "The unlock secret lies in the instance's own folder."
    elif _device(path) == _device(home):
        looked = "The unlock secret was read from a file on the instance's disk."
    else:
        return ok("unlock_secret", "The unlock secret came from another file system.")
    advice = (
        "A copy of this disk opens everything: type the secret, or give it with systemd's "
        "LoadCredentialEncrypted=, which hands it over in memory."
    )
    return failure("unlock_secret", looked, advice)


def _device(path: Path) -> int:
    return os.stat(path).st_dev

"""The unlock secret: what a copy of the disk lacks.

Argon2id stretches it once, HKDF gives each process a key of its own. A process is handed only that
key, over a pipe: a broken-into gateway cannot unwrap the key files of a worker even if it can read
them. Alternatively a process takes the same key from a systemd credential.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path

from tipline.crypto.derivation import SALT_LENGTH, hkdf, stretch
from tipline.crypto.errors import UnlockError

FD_VARIABLE = "TIPLINE_UNLOCK_FD"
CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"
PARAMETERS_FILE = "unlock.json"
UNLOCK_KEY_LENGTH = 32
MINIMUM_SECRET_CHARACTERS = 16


def create_parameters(keys_folder: Path) -> None:
    """Write the salt (not a secret) beside the key folders. An existing one stays."""
    path = keys_folder / PARAMETERS_FILE
    if not path.exists():
        path.write_text(new_parameters())


def new_parameters() -> str:
    """Return a fresh salt and how it is used, as the parameters file holds them."""
    salt = b64encode(os.urandom(SALT_LENGTH)).decode()
    return json.dumps({"kdf": "argon2id-64MiB-3-4", "salt": salt}) + "\n"


def process_keys(
    secret: str, keys_folder: Path, processes: tuple[str, ...], file: str = PARAMETERS_FILE
) -> dict[str, bytes]:
    """Return each process's unlock key (32 bytes).

    Raises:
        UnlockError: the secret is shorter than 16 characters, or the salt is missing.
    """
    if len(secret) < MINIMUM_SECRET_CHARACTERS:
        raise UnlockError(
            f"The unlock secret must have at least {MINIMUM_SECRET_CHARACTERS} characters."
        )
    try:
        parameters = json.loads((keys_folder / file).read_text())
    except FileNotFoundError:
        raise UnlockError(
            "The keys folder has no unlock.json: create the instance first."
        ) from None
    root = stretch(secret, b64decode(parameters["salt"]))
    return {name: hkdf(root, "process unlock key", name) for name in processes}


def receive(process: str, environment: Mapping[str, str]) -> bytes:
    """Return this process's unlock key, from the pipe that its parent opened or from systemd.

    Raises:
        UnlockError: neither is there, or it is no key.
    """
    descriptor = environment.get(FD_VARIABLE, "")
    credentials = environment.get(CREDENTIALS_VARIABLE, "")
    if descriptor.isascii() and descriptor.isdigit():
        key = _read_pipe(int(descriptor))
    elif credentials and (path := Path(credentials) / f"tipline-unlock-{process}").exists():
        key = path.read_bytes()
    else:
        raise UnlockError(
            "No unlock key was handed to this process: start it with `python -m tipline run`, or "
            f"give it the systemd credential tipline-unlock-{process}."
        )
    if len(key) != UNLOCK_KEY_LENGTH:
        raise UnlockError("What was handed over as the unlock key is not a key.")
    return key


def _read_pipe(descriptor: int) -> bytes:
    try:
        with os.fdopen(descriptor, "rb") as pipe:
            return pipe.read(UNLOCK_KEY_LENGTH + 1)
    except OSError:
        raise UnlockError("The pipe with this process's unlock key is not open.") from None

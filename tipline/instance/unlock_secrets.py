"""Where an operator's commands get the unlock secret from: it stands in no file of the instance."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import config
from tipline.crypto.unlock import CREDENTIALS_VARIABLE

CREDENTIAL: Final = "tipline-unlock-secret"
NEW_CREDENTIAL: Final = "tipline-new-unlock-secret"


def unlock_secret(environment: Mapping[str, str], *, again: bool = False) -> str:
    """Return the unlock secret: a systemd credential, or typed (twice when it is new).

    Raises:
        SettingsError: nothing is there to read it from, or both entries differ.
    """
    path = secret_file(environment)
    if path is not None:
        return path.read_text().strip()
    if not sys.stdin.isatty():
        raise config.SettingsError(
            f"Type the unlock secret in a terminal, or give the systemd credential {CREDENTIAL}."
        )
    secret = getpass.getpass("Unlock secret: ")
    if again and secret != getpass.getpass("Once more: "):
        raise config.SettingsError("The two entries differ. Nothing was created.")
    return secret


def new_unlock_secret(environment: Mapping[str, str]) -> str:
    """Return the unlock secret that is to count from now on: a credential, or typed twice.

    Raises:
        SettingsError: nothing is there to read it from, or both entries differ.
    """
    credentials = environment.get(CREDENTIALS_VARIABLE, "")
    if credentials and (path := Path(credentials) / NEW_CREDENTIAL).exists():
        return path.read_text().strip()
    if not sys.stdin.isatty():
        raise config.SettingsError(
            "Type the new unlock secret in a terminal, or give the systemd credential "
            f"{NEW_CREDENTIAL}."
        )
    secret = getpass.getpass("New unlock secret: ")
    if secret != getpass.getpass("Once more: "):
        raise config.SettingsError("The two entries differ. Nothing was changed.")
    return secret


def secret_file(environment: Mapping[str, str]) -> Path | None:
    """Return the systemd credential that holds the unlock secret, if there is one."""
    credentials = environment.get(CREDENTIALS_VARIABLE, "")
    path = Path(credentials) / CREDENTIAL
    return path if credentials and path.exists() else None

"""The operator's commands: `python -m tipline create | run | migrate | release EMAIL`."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import config
from tipline import logs
from tipline.clock import system_clock
from tipline.console.keys import ConsoleKeys
from tipline.crypto.unlock import CREDENTIALS_VARIABLE
from tipline.db.engines import open_store
from tipline.errors import TiplineError
from tipline.hardening import harden
from tipline.instance import provisioning
from tipline.instance.processes import process_specs
from tipline.instance.supervisor import Supervisor
from tipline.members.accounts import Accounts

CREDENTIAL = "tipline-unlock-secret"


def main(arguments: Sequence[str]) -> int:
    """Run one command. Return the process's exit code."""
    logs.configure("tipline")
    harden()
    options = _parser().parse_args(arguments)
    try:
        settings = config.InstanceSettings.from_environment(os.environ)
        options.command(settings, options)
    except (config.SettingsError, TiplineError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def unlock_secret(environment: Mapping[str, str], *, again: bool = False) -> str:
    """Return the unlock secret: a systemd credential, or typed (twice when it is new).

    Raises:
        SettingsError: nothing is there to read it from, or both entries differ.
    """
    credentials = environment.get(CREDENTIALS_VARIABLE, "")
    if credentials and (path := Path(credentials) / CREDENTIAL).exists():
        return path.read_text().strip()
    if not sys.stdin.isatty():
        raise config.SettingsError(
            f"Type the unlock secret in a terminal, or give the systemd credential {CREDENTIAL}."
        )
    secret = getpass.getpass("Unlock secret: ")
    if again and secret != getpass.getpass("Once more: "):
        raise config.SettingsError("The two entries differ. Nothing was created.")
    return secret


def create(settings: config.InstanceSettings, _options: argparse.Namespace) -> None:
    """Create the instance's folders, stores and keys."""
    provisioning.create(settings, unlock_secret(os.environ, again=True))
    sys.stdout.write(f"Created in {settings.home}. Keep the unlock secret off this disk.\n")


def run(settings: config.InstanceSettings, _options: argparse.Namespace) -> None:
    """Run all processes under one supervisor."""
    for process in (config.GatewaySettings, config.ConsoleSettings, config.DeliverySettings):
        process.from_environment(os.environ)
    provisioning.migrate(settings)
    specs = process_specs(settings, unlock_secret(os.environ), os.environ)
    Supervisor(specs).run()


def migrate(settings: config.InstanceSettings, _options: argparse.Namespace) -> None:
    """Bring both stores to the newest schema."""
    provisioning.migrate(settings)


def release(settings: config.InstanceSettings, options: argparse.Namespace) -> None:
    """Release an account that five failures locked."""
    folders = provisioning.open_folders(settings, unlock_secret(os.environ))
    keys = ConsoleKeys.load(folders.console)
    engine = open_store(settings.database_url)
    Accounts(engine, keys.pepper, system_clock).release(options.email)
    sys.stdout.write("Released.\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tipline")
    commands = parser.add_subparsers(required=True, metavar="command")
    for command in (create, run, migrate):
        added = commands.add_parser(command.__name__, help=command.__doc__)
        added.set_defaults(command=command)
    releasing = commands.add_parser("release", help=release.__doc__)
    releasing.add_argument("email")
    releasing.set_defaults(command=release)
    return parser

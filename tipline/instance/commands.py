"""The operator's commands: `python -m tipline create | run | migrate | rotate | ...`."""

from __future__ import annotations

import argparse
import getpass
import hmac
import os
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import config
from tipline import logs
from tipline.clock import system_clock
from tipline.console.keys import ConsoleKeys
from tipline.crypto import unlock
from tipline.crypto.rewrapping import Settled, change_secret
from tipline.crypto.unlock import CREDENTIALS_VARIABLE
from tipline.db.engines import open_store, open_stores
from tipline.errors import TiplineError
from tipline.hardening import harden
from tipline.instance import provisioning
from tipline.instance.handing_over import hand_over
from tipline.instance.processes import process_specs
from tipline.instance.rotation import SPREAD_SECONDS, Kind, Rotation
from tipline.instance.supervisor import Supervisor
from tipline.lines.role_changes import check_roles, line_names, roles_of_all
from tipline.lines.roles import INSTALLATION, Role
from tipline.members.accounts import Accounts, normalise_email
from tipline.members.invitations import Invitations, newcomer
from tipline.members.overview import AccountOverview

CREDENTIAL = "tipline-unlock-secret"
NEW_CREDENTIAL = "tipline-new-unlock-secret"
UNLOCK = "unlock"
AUTH_TOKEN = "auth-token"  # noqa: S105 - a word to type
AUTH_TOKEN_SETTING = "TIPLINE_TWILIO_AUTH_TOKEN"  # noqa: S105 - the setting's name
SETTLED = {
    Settled.OLD: (
        "A change of the unlock secret was interrupted before it was complete, and is undone: the "
        "OLD secret opens this instance."
    ),
    Settled.NEW: (
        "A change of the unlock secret was interrupted and is finished now: the NEW secret opens "
        "this instance."
    ),
}
# Kinds that have another way, with what to do.
NOT_BY_COMMAND = {
    "audit": "There is no audit log yet, and so no audit key.",
    "line": "A supervisor gives a line new keys on its page in the console.",
    "member": "An admin resets the account: the invitation makes a new key.",
}


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


def create(settings: config.InstanceSettings, _options: argparse.Namespace) -> None:
    """Create the instance's folders, stores and keys."""
    provisioning.create(settings, unlock_secret(os.environ, again=True))
    sys.stdout.write(f"Created in {settings.home}. Keep the unlock secret off this disk.\n")


def run(settings: config.InstanceSettings, _options: argparse.Namespace) -> None:
    """Run all processes under one supervisor."""
    for process in (config.GatewaySettings, config.ConsoleSettings, config.DeliverySettings):
        process.from_environment(os.environ)
    provisioning.migrate(settings)
    secret = unlock_secret(os.environ)
    provisioning.check_secret(_folders(settings, secret))
    specs = process_specs(settings, secret, os.environ)
    Supervisor(specs, settings.home / "run").run()


def rotate(settings: config.InstanceSettings, options: argparse.Namespace) -> None:
    """Give the instance a new key of a kind, while it runs."""
    if options.kind == AUTH_TOKEN:
        _say(next_step_of_auth_token(os.environ))
        return
    if options.kind in NOT_BY_COMMAND:
        raise config.SettingsError(NOT_BY_COMMAND[options.kind])
    secret = unlock_secret(os.environ)
    folders = _folders(settings, secret)
    provisioning.check_secret(folders)
    if options.kind == UNLOCK:
        _change_unlock_secret(settings, secret)
        return
    engine = open_store(settings.database_url)
    pause = partial(time.sleep, options.pause)
    Rotation(folders, engine, system_clock, _say, pause).rotate(Kind(options.kind))


def next_step_of_auth_token(environment: Mapping[str, str]) -> str:
    """Say what to do next, by what is set: the token is the provider's, not ours to make.

    Raises:
        SettingsError: both settings hold the same token, so nothing was rotated.
    """
    present = environment.get(AUTH_TOKEN_SETTING, "").strip()
    previous = environment.get(f"{AUTH_TOKEN_SETTING}_PREVIOUS", "").strip()
    if not previous:
        return (
            "Make a secondary auth token at the provider, and do not promote it yet. Set "
            f"{AUTH_TOKEN_SETTING} to it and {AUTH_TOKEN_SETTING}_PREVIOUS to the present one, "
            "restart the gateway, and give this command again."
        )
    if hmac.compare_digest(previous.encode(), present.encode()):
        raise config.SettingsError(
            f"{AUTH_TOKEN_SETTING} and {AUTH_TOKEN_SETTING}_PREVIOUS are the same token."
        )
    return (
        "Both tokens are set, and a gateway that was started with them accepts both. Promote the "
        "secondary token at the provider. An hour later remove "
        f"{AUTH_TOKEN_SETTING}_PREVIOUS and restart the gateway: from then on the old token signs "
        "nothing that is believed."
    )


def _change_unlock_secret(settings: config.InstanceSettings, secret: str) -> None:
    old = unlock.process_keys(secret, settings.keys, provisioning.PROCESSES)
    fresh = new_unlock_secret(os.environ)
    new = change_secret(settings.keys, old, fresh)
    _say("All keys are wrapped under the new unlock secret. The old one opens nothing any more.")
    if hand_over(settings.home / "run", old, new):
        _say("The running processes were started anew with it.")
    else:
        _say("No supervisor runs here: what runs by itself must be started anew with it.")


def _folders(settings: config.InstanceSettings, secret: str) -> provisioning.Folders:
    settled = provisioning.report_settled(settings)
    if settled is not Settled.NOTHING:
        _say(SETTLED[settled])
    return provisioning.open_folders(settings, secret)


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


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


def invite_admin(settings: config.InstanceSettings, options: argparse.Namespace) -> None:
    """Make an admin, or let one back in, without a second admin: for the first two."""
    ConsoleKeys.load(provisioning.open_folders(settings, unlock_secret(os.environ)).console)
    stores = open_stores(settings.database_url, settings.perishable_url)
    invitations = Invitations(stores.main, stores.perishable, system_clock)
    role = (Role.ADMIN.value, INSTALLATION)
    known = {one.email: one.id for one in AccountOverview(stores.main, system_clock).all()}
    member_id = known.get(normalise_email(options.email))
    if member_id is None:
        code = invitations.invite(newcomer(options.email, options.name, (role,)), None)
    else:
        has = roles_of_all(stores.main).get(member_id, [])
        roles = [(entry.role.value, entry.line_id) for entry in has]
        check_roles([*roles, role], line_names(stores.main))
        code = invitations.reset(member_id, None, (role,))
    sys.stdout.write(
        f"{code}\n\nThis is shown once. It works once, for 72 hours. Open the page /enrol of the "
        "console\nand paste it, or give it in person to whom it is for.\n"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tipline")
    commands = parser.add_subparsers(required=True, metavar="command")
    for command in (create, run, migrate):
        added = commands.add_parser(command.__name__, help=command.__doc__)
        added.set_defaults(command=command)
    rotating = commands.add_parser("rotate", help=rotate.__doc__)
    rotating.add_argument("kind", choices=[*Kind, UNLOCK, AUTH_TOKEN, *NOT_BY_COMMAND])
    rotating.add_argument(
        "--pause",
        type=float,
        default=SPREAD_SECONDS,
        help="seconds after which every process has surely read its key folder again",
    )
    rotating.set_defaults(command=rotate)
    releasing = commands.add_parser("release", help=release.__doc__)
    releasing.add_argument("email")
    releasing.set_defaults(command=release)
    inviting = commands.add_parser("invite-admin", help=invite_admin.__doc__)
    inviting.add_argument("email")
    inviting.add_argument("--name", default="Admin", help="what other staff see")
    inviting.set_defaults(command=invite_admin)
    return parser

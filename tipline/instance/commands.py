"""The operator's commands: `python -m tipline --help` lists them.

What only one of them needs is imported in it: each is a process of its own, most are given by
scripts, and with what all of them need together the shortest one would take a second.
"""

from __future__ import annotations

import argparse
import hmac
import os
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial

import config
from tipline import logs
from tipline.audit.acts import Act
from tipline.audit.recording import commanded
from tipline.clock import system_clock
from tipline.crypto import unlock
from tipline.crypto.rewrapping import Settled, change_secret
from tipline.db.engines import open_store, open_stores
from tipline.environment import with_files
from tipline.errors import TiplineError
from tipline.hardening import harden
from tipline.instance import audit_commands, database_roles, provisioning
from tipline.instance.rotation import SPREAD_SECONDS, Kind, Rotation
from tipline.instance.unlock_secrets import new_unlock_secret, secret_file, unlock_secret
from tipline.published_keys.sharing import forget_all

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
    "audit": (
        "The log's key is never rotated: whoever watches the log from outside knows it by this key."
    ),
    "line": "A supervisor gives a line new keys on its page in the console.",
    "member": "An admin resets the account: the invitation makes a new key.",
}


def main(arguments: Sequence[str]) -> int:
    """Run one command. Return the process's exit code."""
    logs.configure("tipline")
    harden()
    options = _parser().parse_args(arguments)
    try:
        settings = config.InstanceSettings.from_environment(with_files(os.environ))
        return int(options.command(settings, options) or 0)
    except (config.SettingsError, TiplineError) as error:
        sys.stderr.write(f"{error}\n")
        return int(options.failed)


def create(settings: config.InstanceSettings, _options: argparse.Namespace) -> None:
    """Create the instance's folders, stores and keys."""
    provisioning.create(settings, unlock_secret(os.environ, again=True))
    sys.stdout.write(f"Created in {settings.home}. Keep the unlock secret off this disk.\n")


def run(settings: config.InstanceSettings, _options: argparse.Namespace) -> None:
    """Run all processes under one supervisor."""
    from tipline import counting
    from tipline.instance.processes import process_environment, process_specs
    from tipline.instance.supervisor import Supervisor

    environment = with_files(os.environ)
    for process in (
        config.GatewaySettings,
        config.ConsoleSettings,
        config.DeliverySettings,
        config.RecordsSettings,
    ):
        process.from_environment(environment)
    for name in provisioning.PROCESSES:
        config.InstanceSettings.from_environment(process_environment(environment, name))
    provisioning.migrate(settings)
    secret = unlock_secret(environment)
    _folders(settings, secret)
    counting.start(config.metrics_port(environment))
    specs = process_specs(settings, secret, environment)
    Supervisor(specs, settings.home / "run").run()


def rotate(settings: config.InstanceSettings, options: argparse.Namespace) -> None:
    """Give the instance a new key of a kind, while it runs."""
    if options.kind == AUTH_TOKEN:
        _say(next_step_of_auth_token(with_files(os.environ)))
        return
    if options.kind in NOT_BY_COMMAND:
        raise config.SettingsError(NOT_BY_COMMAND[options.kind])
    secret = unlock_secret(os.environ)
    folders = _folders(settings, secret)
    stores = open_stores(settings.database_url, settings.perishable_url)
    with commanded(stores, Act.ROTATE_KEY, system_clock, outside=True):
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
    from tipline.instance.handing_over import hand_over

    old = unlock.process_keys(secret, settings.keys, provisioning.PROCESSES)
    fresh = new_unlock_secret(os.environ)
    new = change_secret(settings.keys, old, fresh)
    _say("All keys are wrapped under the new unlock secret. The old one opens nothing any more.")
    if hand_over(settings.home / "run", old, new):
        _say("The running processes were started anew with it.")
    else:
        _say("No supervisor runs here: what runs by itself must be started anew with it.")
    forget_all(open_store(settings.perishable_url))


def _folders(settings: config.InstanceSettings, secret: str) -> provisioning.Folders:
    settled = provisioning.report_settled(settings)
    if settled is not Settled.NOTHING:
        _say(SETTLED[settled])
    return provisioning.open_checked(settings, secret)


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def migrate(settings: config.InstanceSettings, _options: argparse.Namespace) -> None:
    """Bring both stores to the newest schema, and the database roles to what they may do."""
    provisioning.migrate(settings)


def doctor(settings: config.InstanceSettings, options: argparse.Namespace) -> int:
    """Look at the instance and say what to do: exit status 0, 1 (warnings) or 2 (failures)."""
    from tipline.doctor.examination import examine
    from tipline.doctor.patient import Patient
    from tipline.doctor.report import as_json, as_text, exit_status

    environment = with_files(os.environ)
    secret = unlock_secret(environment)
    patient = Patient.admit(
        settings, environment, provisioning.PROCESSES, secret, secret_file(environment)
    )
    try:
        findings = examine(patient)
    finally:
        patient.discharge()
    sys.stdout.write(as_json(findings) if options.json else as_text(findings))
    return exit_status(findings)


def move_to_postgresql(settings: config.InstanceSettings, _options: argparse.Namespace) -> None:
    """Copy the rows of an instance that is stopped from its SQLite files to PostgreSQL."""
    from tipline.instance import moving

    rows = moving.move(settings)
    provisioning.migrate(settings)
    sys.stdout.write(
        f"Copied {rows} rows. Destroy the SQLite files once everything runs: they hold the keys "
        "whose deletion destroys threads.\n"
    )


def show_database_roles(settings: config.InstanceSettings, _options: argparse.Namespace) -> None:
    """Print what each process's database role may do, as SQL for both stores."""
    sys.stdout.write(database_roles.script(settings))


def unlock_key(settings: config.InstanceSettings, options: argparse.Namespace) -> None:
    """Write one process's unlock key (32 bytes) to a pipe, for a systemd credential."""
    if sys.stdout.isatty():
        raise config.SettingsError("An unlock key is not for the screen: pipe it on.")
    secret = unlock_secret(os.environ)
    provisioning.open_checked(settings, secret)
    keys = unlock.process_keys(secret, settings.keys, provisioning.PROCESSES)
    sys.stdout.buffer.write(keys[options.process])


def release(settings: config.InstanceSettings, options: argparse.Namespace) -> None:
    """Release an account that five failures locked."""
    from tipline.console.keys import ConsoleKeys
    from tipline.members.accounts import Accounts

    folders = provisioning.open_folders(settings, unlock_secret(os.environ))
    keys = ConsoleKeys.load(folders.console)
    stores = open_stores(settings.database_url, settings.perishable_url)
    accounts = Accounts(stores.main, keys.pepper, system_clock)
    subject = accounts.id_of(options.email)
    with commanded(stores, Act.RELEASE_ACCOUNT, system_clock, subject):
        accounts.release(options.email)
    sys.stdout.write("Released.\n")


def invite_admin(settings: config.InstanceSettings, options: argparse.Namespace) -> None:
    """Make an admin, or let one back in, without a second admin: for the first two."""
    from tipline.console.keys import ConsoleKeys
    from tipline.lines.role_changes import check_roles, line_names, roles_of_all
    from tipline.lines.roles import INSTALLATION, Role
    from tipline.members.basics import normalise_email
    from tipline.members.invitations import Invitations, newcomer
    from tipline.members.overview import AccountOverview

    ConsoleKeys.load(provisioning.open_folders(settings, unlock_secret(os.environ)).console)
    stores = open_stores(settings.database_url, settings.perishable_url)
    invitations = Invitations(stores.main, stores.perishable, system_clock)
    role = (Role.ADMIN.value, INSTALLATION)
    known = {one.email: one.id for one in AccountOverview(stores.main, system_clock).all()}
    member_id = known.get(normalise_email(options.email))
    if member_id is None:
        with commanded(stores, Act.INVITE, system_clock):
            code = invitations.invite(newcomer(options.email, options.name, (role,)), None)
    else:
        has = roles_of_all(stores.main).get(member_id, [])
        roles = [(entry.role.value, entry.line_id) for entry in has]
        check_roles([*roles, role], line_names(stores.main))
        with commanded(stores, Act.RESET_ACCOUNT, system_clock, member_id):
            code = invitations.reset(member_id, None, (role,))
    sys.stdout.write(
        f"{code}\n\nThis is shown once. It works once, for 72 hours. Open the page /enrol of the "
        "console\nand paste it, or give it in person to whom it is for.\n"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tipline")
    parser.set_defaults(failed=1)
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, command in (
        ("create", create),
        ("run", run),
        ("migrate", migrate),
        ("database-roles", show_database_roles),
        ("move-to-postgresql", move_to_postgresql),
    ):
        added = commands.add_parser(name, help=command.__doc__)
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
    examining = commands.add_parser("doctor", help=doctor.__doc__)
    examining.add_argument("--json", action="store_true", help="for programs")
    # 1 is for warnings.
    examining.set_defaults(command=doctor, failed=2)
    unlocking = commands.add_parser("unlock-key", help=unlock_key.__doc__)
    unlocking.add_argument("process", choices=provisioning.PROCESSES)
    unlocking.set_defaults(command=unlock_key)
    releasing = commands.add_parser("release", help=release.__doc__)
    releasing.add_argument("email")
    releasing.set_defaults(command=release)
    inviting = commands.add_parser("invite-admin", help=invite_admin.__doc__)
    inviting.add_argument("email")
    inviting.add_argument("--name", default="Admin", help="what other staff see")
    inviting.set_defaults(command=invite_admin)
    audit_commands.add_to(commands)
    return parser

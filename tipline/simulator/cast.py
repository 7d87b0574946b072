"""The demo's cast: two lines, their members, and a made-up account at the provider."""

from __future__ import annotations

import secrets
from typing import Any

import config
from tipline.clock import system_clock
from tipline.console.keys import ConsoleKeys
from tipline.crypto.members import new_totp_secret, totp_text
from tipline.db.engines import open_store
from tipline.instance.provisioning import Folders
from tipline.lines.acknowledgements import DEFAULT_ACKNOWLEDGEMENT, FIRST_ANSWER
from tipline.lines.bundles import LineBundle
from tipline.lines.descriptions import LineDescription
from tipline.lines.founding import found_line, grant
from tipline.lines.memberships import Memberships
from tipline.lines.roles import READING_ROLES, Role, home_of
from tipline.members.accounts import Accounts
from tipline.members.basics import SignedIn

FIRST_LINE = LineDescription(
    slug="police-tips",
    name="Police Tips",
    address="+12095550100",
    acknowledgement=DEFAULT_ACKNOWLEDGEMENT,
    acknowledgement_es=FIRST_ANSWER.in_language("es"),
    time_zone="America/Los_Angeles",
)
SECOND_LINE = LineDescription(
    slug="complaints",
    name="Complaints about Staff",
    address="+12095550101",
    acknowledgement=DEFAULT_ACKNOWLEDGEMENT,
    acknowledgement_es=FIRST_ANSWER.in_language("es"),
)
# Role, e-mail address (RFC 2606 reserves example.org), line.
MEMBERS = (
    (Role.ADMIN, "admin.one@example.org", FIRST_LINE),
    (Role.ADMIN, "admin.two@example.org", FIRST_LINE),
    (Role.SUPERVISOR, "supervisor@example.org", FIRST_LINE),
    (Role.INVESTIGATOR, "investigator.one@example.org", FIRST_LINE),
    (Role.INVESTIGATOR, "investigator.two@example.org", FIRST_LINE),
    (Role.CUSTODIAN, "custodian@example.org", FIRST_LINE),
    (Role.APPROVER, "approver@example.org", FIRST_LINE),
    (Role.AUDITOR, "auditor@example.org", FIRST_LINE),
    (Role.INVESTIGATOR, "investigator.three@example.org", SECOND_LINE),
)


def provider_account() -> dict[str, str]:
    """Return a made-up account: SIDs, tokens, and the first line's number."""
    return {
        "account_sid": "AC" + secrets.token_hex(16),
        "auth_token": secrets.token_hex(16),
        "api_key_sid": "SK" + secrets.token_hex(16),
        "api_key_secret": secrets.token_hex(16),
        "number": FIRST_LINE.address,
    }


def create_cast(settings: config.InstanceSettings, folders: Folders) -> dict[str, Any]:
    """Found both lines, make their members, and return what `demo.json` says of them."""
    engine = open_store(settings.database_url)
    keys = ConsoleKeys.load(folders.console)
    accounts = Accounts(engine, keys.pepper, system_clock)
    memberships = Memberships(engine)
    bundles: dict[str, LineBundle] = {}
    lines = []
    for description in (FIRST_LINE, SECOND_LINE):
        founded = found_line(engine, keys.signing, description, system_clock)
        bundles[description.slug] = founded.bundle
        lines.append(
            {
                "line": description.slug,
                "name": description.name,
                "number": description.address,
                "recovery_key": founded.recovery,
            }
        )
    members = []
    for role, email, line in MEMBERS:
        password, totp_secret = secrets.token_urlsafe(12), new_totp_secret()
        member: SignedIn = accounts.create(email, password, totp_secret)
        bundle = bundles[line.slug]
        memberships.add(member.member_id, home_of(role, bundle.line_id), role)
        if role in READING_ROLES:
            grant(engine, bundle, member.member_id, member.key.public)
        members.append(
            {
                "role": role.value,
                "email": email,
                "password": password,
                "totp_secret": totp_text(totp_secret),
                "line": line.slug,
            }
        )
    engine.dispose()
    return {"lines": lines, "members": members}

"""The member behind a request, and the one place that opens the keys of the member's lines."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from flask import g

from tipline import logs
from tipline.audit.recording import acting
from tipline.console.incidents import note_incident
from tipline.console.refusals import LineKeysRefusedError, NoSuchPageError, SessionEndedError
from tipline.console.services import console
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.incidents.services import IncidentKind
from tipline.language.languages import DEFAULT_LANGUAGE
from tipline.lines.bundles import LineBundle
from tipline.lines.directory import NoSuchLineError
from tipline.lines.founding import granted_keyring
from tipline.lines.keyrings import LineKeyring
from tipline.lines.memberships import LineMembership
from tipline.lines.registry import has_keys
from tipline.lines.roles import READING_ROLES, Role


@dataclass(frozen=True, slots=True)
class StaffLine:
    """A line on which the member has roles."""

    id: str
    slug: str
    name: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True, repr=False)
class OpenLine:
    """A line whose keys the member holds, opened for this one request."""

    id: str
    slug: str
    name: str
    roles: frozenset[Role]
    keyring: LineKeyring
    time_zone: str = "UTC"
    language: str = DEFAULT_LANGUAGE

    @property
    def bundle(self) -> LineBundle:
        """Return the newest keys: what is written now is sealed to them and signed with them."""
        return self.keyring.newest


@dataclass(frozen=True, slots=True, repr=False)
class StaffMember:
    """Who is signed in, with the private key opened for this one request.

    `is_fresh` tells that they proved who they are within the last five minutes.
    """

    id: str
    key: OpeningKey
    csrf_token: str
    lines: tuple[StaffLine, ...]
    is_fresh: bool = False

    @property
    def roles(self) -> frozenset[Role]:
        """Return all roles, on whichever line."""
        return frozenset(role for line in self.lines for role in line.roles)


def staff_lines(memberships: Iterable[LineMembership]) -> tuple[StaffLine, ...]:
    """Return a member's lines, each once with all roles on it."""
    lines: dict[str, StaffLine] = {}
    for entry in memberships:
        known = lines.get(entry.line_id)
        roles = (known.roles if known else frozenset()) | {entry.role}
        lines[entry.line_id] = StaffLine(entry.line_id, entry.slug, entry.name, roles)
    return tuple(lines.values())


def current_member() -> StaffMember:
    """Return the member whom the guard has admitted to this request."""
    member: StaffMember = g.member
    return member


def require_present_key() -> None:
    """See to it that what did not open failed for another reason than a new key of the member.

    They may have got one since this request was admitted, in another window: that is no attack.

    Raises:
        SessionEndedError: the session's key is not the member's any more.
    """
    member = current_member()
    if not console().accounts.is_active(member.id, member.key):
        raise SessionEndedError


def open_line(line: StaffLine) -> OpenLine | None:
    """Open a line's keys for the member, or return None when none were granted.

    Raises:
        LineKeysRefusedError: what was granted is not the certified line's.
        SessionEndedError: as `require_present_key`.
    """
    if READING_ROLES.isdisjoint(line.roles):
        return None
    member, services = current_member(), console()
    try:
        certified = services.lines.by_id(line.id)
        keyring = granted_keyring(services.stores.main, certified, member.id, member.key)
    except NoSuchLineError:
        if not has_keys(services.stores.main, line.id):
            return None
        # Founded seconds ago, or its certificate was refused, which the directory has logged.
        raise LineKeysRefusedError from None
    except CannotOpenError:
        require_present_key()
        note_incident(IncidentKind.SWAPPED_KEY)
        raise LineKeysRefusedError from None
    if keyring is None:
        return None
    services.resealing.ensure(keyring)
    newest = certified.certificate
    return OpenLine(
        line.id, line.slug, line.name, line.roles, keyring, newest.time_zone, newest.language
    )


def line_or_404(slug: str) -> OpenLine:
    """Open the keys of a line by its short name.

    Raises:
        NoSuchPageError: there is no such line, or the member holds no keys of it.
        LineKeysRefusedError: as `open_line`.
    """
    for line in current_member().lines:
        if line.slug == slug and (opened := open_line(line)) is not None:
            acting().line = line.id
            return opened
    raise NoSuchPageError


def open_lines() -> tuple[list[OpenLine], list[StaffLine]]:
    """Return the member's lines that open, and those whose keys were refused."""
    opened, refused = [], []
    for line in current_member().lines:
        try:
            found = open_line(line)
        except LineKeysRefusedError:
            logs.event("line_keys_refused", logging.ERROR)
            refused.append(line)
        else:
            opened.extend([found] if found else [])
    return opened, refused

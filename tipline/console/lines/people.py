"""Who reads a line: admitting members to its keys, and removing them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from tipline.alerts.receivers import forget_choices
from tipline.console.account.reauthentication import require_fresh_sign_in
from tipline.console.incidents import note_incident
from tipline.console.language import sentence_of
from tipline.console.lines.supervised import (
    supervised_line,
    supervised_lines,
    supervised_open_line,
)
from tipline.console.refusals import LineKeysRefusedError, NoSuchPageError
from tipline.console.role_words import role_list
from tipline.console.services import console
from tipline.console.staff import OpenLine, StaffLine, current_member, open_line
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.fingerprints import fingerprint
from tipline.incidents.services import IncidentKind
from tipline.language.marking import marked
from tipline.lines.admissions import (
    KeysChangedError,
    LineMember,
    NotOnLineError,
    WrongFingerprintError,
    admit,
    line_members,
    recovery_is_granted,
)
from tipline.lines.leaving import former_holders
from tipline.lines.registry import has_keys
from tipline.lines.removal import LastKeyHolderError, remove_member
from tipline.threads.leaving import leave_threads
from tipline.threads.orphans import orphans
from tipline.threads.resealing import progress

MEMBER_ID = re.compile(r"[0-9a-f]{32}")
MAX_FINGERPRINT_CHARACTERS = 100
NOBODY = marked("a member whose account is gone")
DISABLED = marked("The account is disabled.")
NO_ROLE = marked("Has no role any more that reads this line.")

line_people = Blueprint("line_people", __name__, url_prefix="/lines")
Page = str | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the line as the page shows them. `gone`: why they do not read it any more."""

    id: str
    name: str
    roles: str
    standing: LineMember
    gone: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What was wrong with what was typed for one member."""

    member_id: str
    typed: str
    sentence: str


@line_people.get("")
def overview() -> str:
    """List the lines that the member supervises."""
    return render_template("console/lines/supervised.html", lines=supervised_lines())


@line_people.get("/<slug>/members")
def show(slug: str) -> Page | Response:
    """Show who holds a line's keys, who waits, and how far re-sealing has come."""
    line = supervised_line(slug)
    opened = open_line(line)
    if opened is not None:
        return _page(opened)
    if not has_keys(console().stores.main, line.id):
        return redirect(url_for("line_keys.show", slug=slug), 303)
    return _page_without_keys(line)


@line_people.post("/<slug>/members/<member_id>/admit")
def admit_member(slug: str, member_id: str) -> Page | Response:
    """Grant a member the line's keys, if the fingerprint that was typed is theirs.

    Nobody vouches for their own key.

    Raises:
        NoSuchPageError: there is no such member to admit.
        LineKeysRefusedError: the line's keys are not the certified ones.
    """
    require_fresh_sign_in()
    line, services = supervised_open_line(slug), console()
    if member_id == current_member().id:
        raise NoSuchPageError
    typed = request.form.get("fingerprint", "")[:MAX_FINGERPRINT_CHARACTERS]
    pin = services.keys.signing.public
    try:
        admit(services.stores.main, pin, line.keyring, _checked(member_id), typed)
    except (WrongFingerprintError, KeysChangedError) as error:
        services.lines.forget()
        return _page(line, Problem(member_id, typed, sentence_of(error))), 400
    except NotOnLineError:
        raise NoSuchPageError from None
    except NotAuthenticError:
        raise _refused() from None
    return redirect(url_for("line_people.show", slug=slug), 303)


@line_people.get("/<slug>/members/<member_id>/remove")
def ask_before_removal(slug: str, member_id: str) -> str:
    """Say what removing a member does and does not do, and ask."""
    line = supervised_open_line(slug)
    return _removal_page(line, _person(line, member_id))


@line_people.post("/<slug>/members/<member_id>/remove")
def remove(slug: str, member_id: str) -> Page | Response:
    """Remove a member, end their sessions, and give the line new keys.

    Raises:
        NoSuchPageError: there is no such member.
        LineKeysRefusedError: the line's keys are not the certified ones.
    """
    require_fresh_sign_in()
    line, services = supervised_open_line(slug), console()
    engine, console_key = services.stores.main, services.keys.signing
    me, now = current_member().id, services.clock()

    def leave(connection: Connection) -> None:
        leave_threads(connection, services.stores, line.id, member_id)
        forget_choices(connection, member_id, line.id)

    try:
        remove_member(engine, console_key, line.keyring, me, _checked(member_id), now, leave)
    except (LastKeyHolderError, KeysChangedError) as error:
        services.lines.forget()
        return _removal_page(line, _person(line, member_id), sentence_of(error)), 409
    except NotOnLineError:
        raise NoSuchPageError from None
    except NotAuthenticError:
        raise _refused() from None
    services.lines.forget()
    services.sessions.end_all(member_id)
    return redirect(url_for("line_people.show", slug=slug), 303)


def _checked(member_id: str) -> str:
    if not MEMBER_ID.fullmatch(member_id):
        raise NoSuchPageError
    return member_id


def _refused() -> LineKeysRefusedError:
    note_incident(IncidentKind.SWAPPED_KEY)
    return LineKeysRefusedError()


def _person(line: OpenLine, member_id: str) -> Person:
    for person in [*_people(line), *_former_people(line)]:
        if person.id == member_id:
            return person
    raise NoSuchPageError


def _people(line: OpenLine) -> list[Person]:
    services = console()
    members = line_members(services.stores.main, services.lines.by_id(line.id).certificate)
    names = services.accounts.names([member.id for member in members])
    people = [
        Person(member.id, names.get(member.id, gettext(NOBODY)), role_list(member.roles), member)
        for member in members
    ]
    return sorted(people, key=lambda person: (person.name, person.id))


def _former_people(line: OpenLine) -> list[Person]:
    services = console()
    former = former_holders(services.stores.main, line.id)
    names = services.accounts.names([member.id for member in former])
    people = [
        Person(
            member.id,
            names.get(member.id, gettext(NOBODY)),
            "",
            LineMember(member.id, frozenset(), holds_keys=False),
            gettext(DISABLED if member.is_disabled else NO_ROLE),
        )
        for member in former
    ]
    return sorted(people, key=lambda person: (person.name, person.id))


def _page(line: OpenLine, problem: Problem | None = None) -> str:
    services = console()
    certificate = services.lines.by_id(line.id).certificate
    left = progress(services.stores, line.id, certificate.generation)
    return render_template(
        "console/lines/people.html",
        line=line,
        people=_people(line),
        former=_former_people(line),
        problem=problem,
        has_recovery=recovery_is_granted(services.stores.main, certificate),
        progress=left if left.left else None,
        skipped=min(services.resealing.skipped(line.id), left.left),
        orphans=len(orphans(services.stores, line.keyring)),
        me=current_member().id,
    )


def _page_without_keys(line: StaffLine) -> str:
    return render_template(
        "console/lines/not_admitted.html",
        line=line,
        fingerprint=fingerprint(current_member().key.public.raw),
    )


def _removal_page(line: OpenLine, person: Person, problem: str = "") -> str:
    return render_template(
        "console/lines/removal.html",
        line=line,
        person=person,
        problem=problem,
        is_me=person.id == current_member().id,
        orphans=len(orphans(console().stores, line.keyring, without=person.id)),
    )

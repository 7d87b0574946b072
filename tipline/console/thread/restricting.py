"""The page on which a thread is restricted to named members, and on which that is lifted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from tipline.approvals.requests import Approval
from tipline.audit.recording import acting
from tipline.console.account.reauthentication import require_fresh_sign_in
from tipline.console.approvals.asking import named_request
from tipline.console.approvals.cards import Card, cards
from tipline.console.language import sentence_of
from tipline.console.refusals import NoSuchPageError
from tipline.console.services import console
from tipline.console.thread.opening import Desk, desk, desk_for_form
from tipline.crypto.sealing import SealingKey
from tipline.errors import TiplineError
from tipline.lines.bundles import RECOVERY_HOLDER
from tipline.lines.holders import KeyHolder, key_holders
from tipline.search.index import forget
from tipline.threads.grants import Holder
from tipline.threads.restriction import (
    MustNameOneselfError,
    NameAnotherError,
    NotAHolderError,
    RestrictionChangedError,
    Restrictor,
    named_members,
)

thread_restriction = Blueprint(
    "thread_restriction", __name__, url_prefix="/lines/<slug>/threads/<alias>/restriction"
)
Page = str | tuple[str, int] | Response


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of the line who may be named, or is."""

    id: str
    name: str
    is_named: bool
    is_oneself: bool


@thread_restriction.get("")
def show(slug: str, alias: str) -> Page:
    """Show who may read a thread."""
    return _page(desk(slug, alias))


@thread_restriction.post("")
def restrict(slug: str, alias: str) -> Page:
    """Restrict a thread to the members who are ticked, and to oneself."""
    opened = desk_for_form(slug, alias)
    chosen = {*request.form.getlist("member"), opened.member.id}
    holders = [holder for holder in _holders(opened) if holder.id in chosen]
    holders.append(Holder(RECOVERY_HOLDER, _recovery(opened)))

    def forget_words(connection: Connection) -> None:
        forget(connection, opened.line.id, [opened.thread.summary.id])

    try:
        _restrictor(opened).restrict(opened.thread, holders, forget_words)
    except (MustNameOneselfError, NameAnotherError) as error:
        return _page(opened, problem=sentence_of(error)), 400
    except (RestrictionChangedError, NotAHolderError) as error:
        return _page(opened.again(), problem=sentence_of(error)), 409
    return opened.back()


@thread_restriction.post("/name")
def name(slug: str, alias: str) -> Page:
    """Let another member read a restricted thread."""
    opened = desk_for_form(slug, alias)
    chosen = [one for one in _holders(opened) if one.id == request.form.get("member", "")]
    if not chosen:
        raise NoSuchPageError
    try:
        _restrictor(opened).name(opened.thread, chosen[0])
        _end_requests(opened, chosen[0].id)
    except (RestrictionChangedError, NotAHolderError) as error:
        return _page(opened.again(), problem=sentence_of(error)), 409
    return opened.back()


@thread_restriction.post("/agree")
def agree(slug: str, alias: str) -> Page:
    """Let a supervisor read a restricted thread who has asked for it."""
    require_fresh_sign_in()
    opened, services = desk_for_form(slug, alias), console()
    thread_id = opened.thread.summary.id
    try:
        asked = services.restricted.asked_of(named_request(), thread_id)
        acting().subject = asked.asked_by
        named = [one for one in _holders(opened) if one.id == asked.asked_by]
        if not named:
            raise NotAHolderError

        def let(_asked: Approval) -> None:
            _restrictor(opened).name(opened.thread, named[0])

        services.restricted.let_read(asked.id, thread_id, opened.member.id, let)
    except TiplineError as error:
        return _page(opened.again(), problem=sentence_of(error)), 409
    return opened.back()


@thread_restriction.post("/decline")
def decline(slug: str, alias: str) -> Page:
    """Say no to a supervisor who has asked to read a restricted thread."""
    opened = desk_for_form(slug, alias)
    try:
        console().restricted.decline(named_request(), opened.thread.summary.id, opened.member.id)
    except TiplineError as error:
        return _page(opened.again(), problem=sentence_of(error)), 409
    return opened.back()


@thread_restriction.post("/lift")
def lift(slug: str, alias: str) -> Page:
    """Open a restricted thread to the whole line again."""
    opened = desk_for_form(slug, alias)
    try:
        _restrictor(opened).lift(opened.thread)
        _end_requests(opened)
    except RestrictionChangedError as error:
        return _page(opened.again(), problem=sentence_of(error)), 409
    return opened.back()


def _end_requests(opened: Desk, asked_by: str = "") -> None:
    """End what was asked of those who read the thread, by all or by one: they can read it now."""
    console().restricted.end(opened.thread.summary.id, opened.member.id, asked_by)


def _restrictor(opened: Desk) -> Restrictor:
    services = console()
    return Restrictor(services.stores, opened.line.bundle, opened.member.id, services.clock())


def _key_holders(opened: Desk) -> list[KeyHolder]:
    return key_holders(console().stores.main, opened.line.bundle)


def _holders(opened: Desk) -> list[Holder]:
    return [Holder(holder.id, holder.public) for holder in _key_holders(opened)]


def _recovery(opened: Desk) -> SealingKey:
    """Return the line's recovery key, as its certificate says which it is."""
    return console().lines.by_id(opened.line.id).certificate.recovery


def _page(opened: Desk, **more: Any) -> str:
    members = _key_holders(opened)
    named: set[str] = set()
    asked: list[Card] = []
    if opened.thread.summary.is_restricted:
        holders = [Holder(one.id, one.public) for one in members]
        named = set(
            named_members(console().stores, opened.thread.summary, opened.line.keyring, holders)
        )
        waiting = console().restricted.of_thread(opened.thread.summary.id, opened.member.id)
        asked = cards(waiting, console().approvals.everybody()) if waiting else []
    return render_template(
        "console/thread/restriction.html",
        line=opened.line,
        thread=opened.thread.summary,
        candidates=[
            Candidate(one.id, one.name, one.id in named, one.id == opened.member.id)
            for one in members
        ],
        asked=asked,
        called={one.id: one.called for one in console().overview.all()} if asked else {},
        **more,
    )

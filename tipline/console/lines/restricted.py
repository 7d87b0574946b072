"""What a supervisor asks a second person for about restricted threads of their line.

The page never tells whether there is a restricted thread of some alias.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tipline.approvals.errors import (
    NoSuchRequestError,
    NotYoursToDecideError,
    ReasonRefusedError,
    ReferenceRefusedError,
)
from tipline.approvals.restricted_threads import threads_of
from tipline.audit.recording import acting
from tipline.console.account.reauthentication import require_fresh_sign_in
from tipline.console.approvals import asking
from tipline.console.approvals.cards import cards
from tipline.console.incidents import note_incident
from tipline.console.language import sentence_of
from tipline.console.lines.supervised import supervised_open_line
from tipline.console.refusals import LineKeysRefusedError
from tipline.console.search.form import BAD_ALIAS
from tipline.console.services import console
from tipline.console.staff import OpenLine, current_member
from tipline.console.thread.opening import ALIAS
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.opening import OpeningKey
from tipline.errors import TiplineError
from tipline.incidents.services import IncidentKind
from tipline.language.marking import marked
from tipline.lines.recovery import WrongRecoveryKeyError, checked_recovery_key
from tipline.threads.grants import Holder
from tipline.threads.orphans import let_in, orphans
from tipline.threads.restriction import NotAHolderError, Restrictor, find_restricted, is_readable

MAX_WORDS_CHARACTERS = 200
READ, OPEN = "read", "open"  # the two forms that ask

restricted_threads = Blueprint(
    "restricted_threads", __name__, url_prefix="/lines/<slug>/restricted"
)
Page = str | tuple[str, int] | Response


class AliasRefusedError(TiplineError):
    """What was typed is no alias."""

    code = "alias_refused"
    message = BAD_ALIAS


class ReadableAlreadyError(TiplineError):
    """There is nothing to ask for."""

    code = "readable_already"
    message = marked("You can read this thread already.")


class NothingToOpenError(TiplineError):
    """No thread is there that only the recovery key opens."""

    code = "nothing_to_open"
    message = marked("There is no such thread that only the recovery key opens. Nothing was done.")


class NoneOpensError(TiplineError):
    """The threads are there, and do not open."""

    code = "none_opens"
    message = marked(
        "What is stored of these threads is not what was sealed to this recovery key. None was "
        "opened, and admins see an incident."
    )


class SomeOpenedError(TiplineError):
    """Some of the threads do not open."""

    code = "some_opened"
    message = marked("Not all of these threads opened. Those that did say so.")


NOT_OPENED: Final = (
    NoneOpensError,
    NoSuchRequestError,
    NotYoursToDecideError,
    NotAHolderError,
    NothingToOpenError,
)


@restricted_threads.get("")
def show(slug: str) -> Page:
    """Show what the supervisor has asked for, and the forms."""
    return _page(supervised_open_line(slug))


@restricted_threads.post("/read")
def ask_to_read(slug: str) -> Page:
    """Ask those who read a thread to let one read it, too."""
    require_fresh_sign_in()
    line, services, me = supervised_open_line(slug), console(), current_member().id
    try:
        alias, words = _typed_alias(line), asking.typed_words()
        thread_id = find_restricted(services.stores, line.id, alias)
        request_id = asking.begin_asking()
        services.restricted.ask_to_read(request_id, (line.id, alias), thread_id, words, me)
    except (AliasRefusedError, ReadableAlreadyError) as error:
        return _page(line, READ, {"alias": sentence_of(error)}), 400
    except (ReasonRefusedError, ReferenceRefusedError) as error:
        return _page(line, READ, {asking.FIELDS[type(error)]: sentence_of(error)}), 400
    return _back(line)


@restricted_threads.post("/open")
def ask_to_open(slug: str) -> Page:
    """Ask an admin that one may open what no member can open any more."""
    require_fresh_sign_in()
    line, services, me = supervised_open_line(slug), console(), current_member().id
    try:
        words, lost = asking.typed_words(), orphans(services.stores, line.keyring)
        if not lost:
            raise NothingToOpenError
        services.restricted.ask_to_open_orphans(
            asking.begin_asking(), (line.id, line.name), lost, words, me
        )
    except NothingToOpenError as error:
        return _page(line, problem=sentence_of(error)), 409
    except (ReasonRefusedError, ReferenceRefusedError) as error:
        return _page(line, OPEN, {asking.FIELDS[type(error)]: sentence_of(error)}), 400
    return _back(line)


@restricted_threads.post("/withdraw")
def withdraw(slug: str) -> Page:
    """Take back what one asked for."""
    line = supervised_open_line(slug)
    try:
        console().restricted.withdraw(asking.named_request(), line.id, current_member().id)
    except NoSuchRequestError as error:
        return _page(line, problem=sentence_of(error)), 409
    return _back(line)


@restricted_threads.post("/recovery")
def open_orphans(slug: str) -> Page:
    """Open what no member could when it was asked for, as an admin has agreed.

    Raises:
        LineKeysRefusedError: the line's keys are not the certified ones.
    """
    require_fresh_sign_in()
    line, services = supervised_open_line(slug), console()
    typed = request.form.get("recovery_key", "")[:MAX_WORDS_CHARACTERS]
    pin, me, named = services.keys.signing.public, current_member().id, asking.named_request()
    try:
        services.restricted.may_open(named, line.id, me)
        recovery = checked_recovery_key(services.stores.main, pin, line.id, typed)
        have_all_opened = _let_in(line, recovery, named)
        services.restricted.note_opened(named, me)
    except WrongRecoveryKeyError as error:
        return _page(line, problems={"recovery_key": sentence_of(error)}), 400
    except NOT_OPENED as error:
        return _page(line, problem=sentence_of(error)), 409
    except NotAuthenticError:
        note_incident(IncidentKind.SWAPPED_KEY)
        raise LineKeysRefusedError from None
    if not have_all_opened:
        return _page(line, problem=sentence_of(SomeOpenedError()))
    return _back(line)


def _let_in(line: OpenLine, recovery: OpeningKey, request_id: str) -> bool:
    """Let the supervisor into what a request is about, and tell whether all of it opened.

    The log has an entry for each thread.

    Raises:
        NothingToOpenError: others can open them again.
        NoneOpensError: they do not open with this key.
        NotAHolderError: the supervisor was removed, or has another key, since just now.
        NoSuchRequestError, NotYoursToDecideError: it was declined meanwhile, say.
    """
    services, member = console(), current_member()
    restrictor = Restrictor(services.stores, line.bundle, member.id, services.clock())
    threads = services.restricted.may_open(request_id, line.id, member.id)

    @contextmanager
    def turning_to(thread_id: str) -> Iterator[None]:
        services.restricted.may_open(request_id, line.id, member.id)
        with acting().turning_to(thread_id):
            yield

    holder, pin = Holder(member.id, member.key.public), services.keys.intake_pin
    let = let_in(restrictor, line.keyring, holder, pin, recovery, threads, turning_to)
    if let.failed:
        note_incident(IncidentKind.SWAPPED_KEY)
    if not let.opened:
        raise NoneOpensError if let.failed else NothingToOpenError
    return not (let.failed or let.left)


def _typed_alias(line: OpenLine) -> str:
    """Return the alias that was typed.

    Raises:
        AliasRefusedError: it is none; ReadableAlreadyError: the supervisor reads it already.
    """
    alias = request.form.get("alias", "").strip().lower()
    if not ALIAS.fullmatch(alias):
        raise AliasRefusedError
    if is_readable(console().stores, line.id, alias, current_member().id):
        raise ReadableAlreadyError
    return alias


def _page(
    line: OpenLine, form: str = "", problems: dict[str, str] | None = None, problem: str = ""
) -> str:
    """Return the page; `form`: the one whose fields have `problems`, with what was typed."""
    services, me = console(), current_member().id
    everybody = services.approvals.everybody()
    open_ones, decided = services.restricted.of_asker(me, line.id)
    asked = frozenset().union(*map(threads_of, open_ones))
    typed = asking.typed_as_is() | {"alias": request.form.get("alias", "")}
    empty: dict[str, Any] = {"problems": {}, "typed": {}}
    filled = {"problems": problems or {}, "typed": typed}
    return render_template(
        "console/lines/restricted.html",
        line=line,
        orphans=len(orphans(services.stores, line.keyring).keys() - asked),
        open_ones=cards(open_ones, everybody),
        is_asked=bool(asked),
        decided=cards(decided, everybody),
        called={account.id: account.called for account in services.overview.all()},
        recovery_problem=(problems or {}).get("recovery_key", ""),
        problem=problem,
        **({READ: empty, OPEN: empty} | ({form: filled} if form else {})),
    )


def _back(line: OpenLine) -> Response:
    return redirect(url_for("restricted_threads.show", slug=line.slug), 303)

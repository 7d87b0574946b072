"""What each route of the console does, in the words of the log, and how a request is recorded.

What a form changes is recorded in the transaction that changes it (`tipline.audit.recording`). What
a page shows is recorded when the page is made and before it is sent: if that cannot be written, the
page says so and shows nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from flask import Response, make_response, request
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError

from tipline import logs
from tipline.audit.acts import Act, Outcome
from tipline.audit.recording import Acting, acting, begin, end
from tipline.console.answering_errors import error_page
from tipline.console.services import console

ACTS: Final[Mapping[str, Act]] = {
    "signing_in.sign_in": Act.SIGN_IN,
    "signing_out.sign_out": Act.SIGN_OUT,
    "proving.prove": Act.PROVE_IDENTITY,
    "enrolling.confirm": Act.ENROL,
    "own_account.change_password": Act.CHANGE_PASSWORD,
    "own_account.end_other_sessions": Act.END_SESSIONS,
    "own_account.end_session": Act.END_SESSIONS,
    "own_key.renew": Act.RENEW_OWN_KEY,
    "passkeys.add": Act.CHANGE_PASSKEYS,
    "passkeys.remove": Act.CHANGE_PASSKEYS,
    "alerts.add_browser": Act.CHANGE_OWN_SETTINGS,
    "alerts.remove_browser": Act.CHANGE_OWN_SETTINGS,
    "alerts.save": Act.CHANGE_OWN_SETTINGS,
    "saved.delete": Act.CHANGE_OWN_SETTINGS,
    "saved.save": Act.CHANGE_OWN_SETTINGS,
    "inbox.show": Act.LIST_THREADS,
    "search.results": Act.SEARCH,
    "bulk.change": Act.ASSIGN,
    "set_aside.show": Act.VIEW_SET_ASIDE,
    "log.show": Act.VIEW_LOG,
    "log_export.as_table": Act.EXPORT_LOG,
    "log_export.with_proofs": Act.EXPORT_LOG,
    "log_review.show": Act.VIEW_LOG,
    "log_review.sign": Act.REVIEW_LOG,
    "log_witnesses.add": Act.ADD_WITNESS,
    "log_witnesses.dismiss": Act.REMOVE_WITNESS,
    "log_witnesses.show": Act.VIEW_LOG,
    "thread.show": Act.VIEW_THREAD,
    "thread.reply": Act.REPLY,
    "thread.send_again": Act.SEND_AGAIN,
    "thread_case.show": Act.VIEW_THREAD,
    "thread_case.save": Act.CHANGE_CASE,
    "thread_drafts.save": Act.VIEW_THREAD,
    "thread_drafts.use": Act.VIEW_THREAD,
    "thread_language.choose": Act.CHANGE_THREAD_LANGUAGE,
    "thread_printing.prepare": Act.PRINT_THREAD,
    "thread_printing.show": Act.PRINT_THREAD,
    "thread_restriction.show": Act.VIEW_THREAD,
    "thread_restriction.restrict": Act.RESTRICT,
    "thread_restriction.name": Act.RESTRICT,
    "thread_restriction.lift": Act.LIFT_RESTRICTION,
    "thread_restriction.agree": Act.AGREE,
    "thread_restriction.decline": Act.DECLINE,
    "thread_work.note": Act.ADD_NOTE,
    "thread_work.close": Act.CLOSE,
    "thread_work.reopen": Act.REOPEN,
    "triage.assign": Act.ASSIGN,
    "triage.claim": Act.ASSIGN,
    "triage.release": Act.ASSIGN,
    "triage.set_urgency": Act.SET_URGENCY,
    "calls.take": Act.TAKE_CALL,
    "canned_replies.delete": Act.CHANGE_LINE_SETTINGS,
    "canned_replies.save": Act.CHANGE_LINE_SETTINGS,
    "words.keep": Act.CHANGE_LINE_SETTINGS,
    "escalation.save": Act.CHANGE_LINE_SETTINGS,
    "line_keys.make": Act.MAKE_LINE_KEYS,
    "line_keys.confirm": Act.MAKE_LINE_KEYS,
    "line_keys.recover": Act.RECOVER_LINE_KEYS,
    "new_line_keys.renew": Act.MAKE_LINE_KEYS,
    "restricted_threads.show": Act.VIEW_APPROVALS,
    "restricted_threads.ask_to_read": Act.ASK,
    "restricted_threads.ask_to_open": Act.ASK,
    "restricted_threads.open_orphans": Act.OPEN_RESTRICTED,
    "restricted_threads.withdraw": Act.WITHDRAW,
    "line_people.overview": Act.VIEW_PEOPLE,
    "line_people.show": Act.VIEW_PEOPLE,
    "line_people.ask_before_removal": Act.VIEW_PEOPLE,
    "line_people.admit_member": Act.ADMIT,
    "line_people.remove": Act.REMOVE,
    "line_administration.make": Act.MAKE_LINE,
    "line_administration.edit": Act.CHANGE_LINE_SETTINGS,
    "accounts.show": Act.VIEW_ACCOUNTS,
    "accounts.show_all": Act.VIEW_ACCOUNTS,
    "accounts.give": Act.GIVE_ROLE,
    "accounts.take": Act.TAKE_ROLE,
    "accounts.disable": Act.DISABLE_ACCOUNT,
    "accounts.enable": Act.ENABLE_ACCOUNT,
    "accounts.release": Act.RELEASE_ACCOUNT,
    "accounts.reset": Act.RESET_ACCOUNT,
    "inviting.show": Act.VIEW_ACCOUNTS,
    "inviting.invite": Act.INVITE,
    "inviting.withdraw": Act.DECLINE,
    "approvals.show": Act.VIEW_APPROVALS,
    "deciding.agree": Act.AGREE,
    "deciding.decline": Act.DECLINE,
    "deciding.withdraw": Act.WITHDRAW,
    # Of what another has agreed to: the link that lets somebody in.
    "deciding.fetch": Act.INVITE,
}
# These change nothing that outlasts them and show nothing but what is public, or the member's own.
WITHOUT_ACT: Final = frozenset(
    {
        # Files, help, empty forms, and what the browser keeps.
        *("assets.static", "shared.static", "languages.choose", "help_pages.show"),
        *("shortcuts.show", "shortcuts.switch", "signing_in.show_form", "proving.show"),
        *("enrolling.begin", "enrolling.done", "enrolling.show", "line_administration.new"),
        *("calls.show", "line_keys.recovery", "line_keys.show", "new_line_keys.ask"),
        # The member's own account, and what they have written and not yet sent.
        *("own_account.show", "own_account.show_password", "own_key.ask", "passkeys.show"),
        *("alerts.show", "thread_autosave.autosave"),
        # Forms: what is found or listed for them is recorded where it is shown or changed.
        *("search.show", "search.find", "canned_replies.show", "words.show", "escalation.show"),
        # Settings of lines and counts, which name nobody.
        *("line_administration.overview", "line_administration.show", "administration.show"),
        # Whether something is new; asked by the page itself every few seconds.
        "updates.show",
    }
)
# What is committed meanwhile does not say how these end: a failed sign-in is counted, say.
_PROOFS: Final = frozenset({Act.SIGN_IN, Act.PROVE_IDENTITY})
_MEMBER_ID: Final = re.compile(r"[0-9a-f]{32}")
_FIRST_REDIRECT, _FIRST_ERROR, _FIRST_FAULT, _NOT_NOW = 300, 400, 500, 503
_WRONG_PASSWORD: Final = 401


def begin_request() -> None:
    """Say what this request does, before anything else is done."""
    act = ACTS.get(request.endpoint or "")
    subject = (request.view_args or {}).get("member_id", "")
    is_shown = request.method in ("GET", "HEAD") or act is Act.VIEW_THREAD
    begin(
        Acting(
            act,
            subject=subject if _MEMBER_ID.fullmatch(subject) else "",
            is_shown=is_shown,
            ends_late=act in _PROOFS,
        )
    )


def settle_request(response: Response) -> Response:
    """Record what this request did, before its answer is sent; else answer that it cannot be."""
    what = acting()
    outcome = _outcome(what, response.status_code)
    if outcome is None:
        return response
    try:
        console().recorder.settle(what, outcome)
    except SQLAlchemyError as error:
        logs.failure("entry_not_written", error)
        if what.outcome is None and response.status_code < _FIRST_ERROR:
            return make_response(*_not_shown())
    return response


def end_request(_error: BaseException | None) -> None:
    """Forget what this request did."""
    end()


def _outcome(what: Acting, status: int) -> Outcome | None:
    """Return how a request ended, or None when no entry is wanted any more."""
    if what.act is None:
        return None
    if not what.actor:
        return _outcome_of_nobody(what.act, status)
    if status == _NOT_NOW and what.outcome is None:
        # The store takes nothing, so nothing was done: nobody is to wait for it a second time.
        return None
    if status >= _FIRST_ERROR:
        return Outcome.FAILED if status >= _FIRST_FAULT else Outcome.NOT_DONE
    return None if what.outcome is not None else _outcome_of_success(what, status)


def _outcome_of_nobody(act: Act, status: int) -> Outcome | None:
    """Record a password that was tried, which costs its time: nobody else is to fill the log."""
    is_tried = act is Act.SIGN_IN and status == _WRONG_PASSWORD
    return Outcome.NOT_DONE if is_tried else None


def _outcome_of_success(what: Acting, status: int) -> Outcome | None:
    """Return how a request ended that was answered well and of which no commit says so."""
    if what.act in _PROOFS:
        return Outcome.DONE
    if what.is_shown:
        # A page that leads on shows nothing.
        return Outcome.DONE if status < _FIRST_REDIRECT else None
    return Outcome.NOT_DONE


def _not_shown() -> tuple[str, int]:
    sentence = gettext(
        "The log of what staff do cannot be written just now, so nothing is shown. "
        "Try again in a moment."
    )
    return error_page(gettext("Not just now"), sentence, 503)

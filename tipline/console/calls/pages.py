"""A call-taker's page: what the caller says, and a receipt to read out."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask_babel import gettext
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from tipline import logs
from tipline.console.language import sentence_of
from tipline.console.refusals import StaleFormError
from tipline.console.services import console
from tipline.console.staff import OpenLine, current_member, line_or_404
from tipline.crypto.receipts import Receipt
from tipline.db.upserts import insert_ignoring_existing
from tipline.doorbell import QueueName
from tipline.envelopes.call_ins import (
    CalledInTip,
    call_in_row,
    call_in_uid,
    notice_source,
    text_source,
    uids_of_form,
)
from tipline.envelopes.models import CallIn
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.mailboxes.receipts import address_of
from tipline.published_keys.directory import KeyKind, NoPublishedKeyError
from tipline.threads.models import Message

MOST_CHARACTERS = 10_000
TOKEN = re.compile(r"[0-9a-f]{32}")
DANGER = {"yes": True, "no": False}
EMPTY = marked("Type what the caller says.")
LONG = marked("This is longer than 10,000 characters. Take it in two tips.")
UNANSWERED = marked("Ask the caller, and choose yes or no.")
BUSY = marked("The database is busy. Send it again: it will not become a second tip.")
NO_KEY = marked(
    "The intake worker is not running, so the tip was not kept. Keep this page open and send it "
    "again in a minute."
)


class OtherWordsError(TiplineError):
    """The form was sent before, with other words in it: those are kept, and these are not."""

    code = "call_in_changed"
    message = marked(
        "A tip was kept from this form before, with other words, so what stands here now was not "
        "kept. Send it again to keep it as another tip: it gets a receipt of its own to read out."
    )


calls = Blueprint("calls", __name__, url_prefix="/lines/<slug>/call")
Page = str | tuple[str, int]


@dataclass(frozen=True, slots=True, repr=False)
class Form:
    """What stands in the form. However often it is posted, its token makes it one tip."""

    token: str
    text: str = ""
    danger: str = ""
    text_problem: str = ""
    danger_problem: str = ""
    problem: str = ""

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing is to be said beside a field."""
        return not (self.text_problem or self.danger_problem)


@calls.get("")
def show(slug: str) -> str:
    """Show an empty form."""
    return _page(line_or_404(slug), Form(secrets.token_hex(16)))


@calls.post("")
def take(slug: str) -> Page:
    """Keep what the caller says and show the receipt, once.

    There is no page to go back to: the words are stored nowhere. Sending the form again, also by
    reloading, makes no second tip and shows the same words.
    """
    line = line_or_404(slug)
    form = _checked(request.form.get("token", ""))
    if not form.is_complete:
        return _page(line, form), 400
    receipt = Receipt.of_token(bytes.fromhex(form.token), line.id)
    try:
        _keep(line, form, receipt)
    except OtherWordsError as error:
        again = Form(secrets.token_hex(16), form.text, form.danger, problem=sentence_of(error))
        return _page(line, again), 409
    except NoPublishedKeyError as error:
        logs.failure("call_in_not_kept", error)
        return _page(line, _with(form, gettext(NO_KEY))), 503
    except SQLAlchemyError as error:
        logs.failure("call_in_not_kept", error)
        return _page(line, _with(form, gettext(BUSY))), 503
    console().doorbell.ring(QueueName.INTAKE)
    return render_template("console/calls/receipt.html", line=line, receipt=receipt)


def _checked(token: str) -> Form:
    """Return what was typed, with what is to be said beside each field.

    Raises:
        StaleFormError: the form has no token.
    """
    if not TOKEN.fullmatch(token):
        raise StaleFormError
    text, danger = request.form.get("text", ""), request.form.get("danger", "")
    return Form(
        token,
        text,
        danger,
        text_problem=_text_problem(text.replace("\r\n", "\n").strip()),
        danger_problem="" if danger in DANGER else gettext(UNANSWERED),
    )


def _text_problem(text: str) -> str:
    if not text:
        return gettext(EMPTY)
    return gettext(LONG) if len(text) > MOST_CHARACTERS else ""


def _with(form: Form, problem: str) -> Form:
    return Form(form.token, form.text, form.danger, problem=problem)


def _keep(line: OpenLine, form: Form, receipt: Receipt) -> None:
    """Seal what was typed to intake, sign it with the line's key, and commit it once.

    Raises:
        OtherWordsError: something else was kept from this form.
    """
    services = console()
    text, is_danger = form.text.replace("\r\n", "\n").strip(), DANGER[form.danger]
    mailbox = address_of(services.stores.perishable, receipt)
    tip = CalledInTip(
        text=text,
        is_danger=is_danger,
        author=current_member().id,
        mailbox_tag=mailbox.tag,
        mailbox_public=mailbox.public,
        received_at=services.clock(),
    )
    intake = services.published.current(KeyKind.INTAKE)
    uid = call_in_uid(form.token, line.id, text, is_danger)
    row = call_in_row(tip, line.id, uid, intake, line.bundle.signing)
    with services.stores.main.begin() as connection:
        if not _was_kept(connection, uid):
            insert_ignoring_existing(connection, CallIn, [row])


def _was_kept(connection: Connection, uid: bytes) -> bool:
    """Tell whether this tip was kept before; it waits for intake, or has its thread.

    Raises:
        OtherWordsError: another one was, from the same form.
    """
    first, last = uids_of_form(uid)
    waiting = select(CallIn.uid).where(CallIn.uid >= first, CallIn.uid <= last)
    known = select(Message.source).where(Message.source.in_([notice_source(uid), text_source(uid)]))
    uids = set(connection.execute(waiting).scalars())
    sources = set(connection.execute(known).scalars())
    if uid in uids or text_source(uid) in sources:
        return True
    if uids or sources:
        raise OtherWordsError
    return False


def _page(line: OpenLine, form: Form) -> str:
    return render_template("console/calls/call.html", line=line, form=form)

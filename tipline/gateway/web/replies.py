"""Replies: the words open them; more can be said, and everything can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from flask import render_template, request
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError

from tipline import logs
from tipline.crypto.receipts import LONGEST_TEXT, Receipt, UnreadableReceiptError
from tipline.envelopes.web import OtherWordsError, WebKind, WebMessage
from tipline.gateway.web.forms import new_token
from tipline.gateway.web.frame import public
from tipline.gateway.web.letters import shown_letters
from tipline.gateway.web.receipts import check_number
from tipline.gateway.web.seals import StaleFieldError, Use
from tipline.gateway.web.services import pages
from tipline.gateway.web.turnstile import TooManyChecksError
from tipline.gateway.web.typed import MOST_CHARACTERS, TOO_LONG, typed, typed_line
from tipline.language.marking import marked
from tipline.published_keys.directory import NoPublishedKeyError
from tipline.web.language import page_language

Page = str | tuple[str, int]

# How long a page that was opened with the words stays usable.
LIFETIME = timedelta(minutes=15)
NO_WORDS = marked("Type your seven words.")
NOT_SEVEN = marked("A receipt has exactly seven words. Check what you typed against your note.")
TIME_IS_UP = marked(
    "This page was open for more than 15 minutes, so it was closed for your safety. Type your "
    "words again. What you wrote was not sent and stands below."
)
CROWDED = marked(
    "Many people are looking for replies just now. Your words were not checked. Press the button "
    "again: who asks a second time comes first."
)
NOT_NOW = marked("That did not work just now. Nothing was changed or sent. Try again in a minute.")
EMPTY = marked("Write your message.")
CHANGED = marked(
    "A message was sent from this page before, with other words in it: that one was kept. What "
    "stands here now was not sent. Press the button to send it as well."
)
REMOVALS = {WebKind.DELETE_REPLIES: Use.DELETE, WebKind.FORGET: Use.FORGET}


@public.get("/replies")
def ask_for_words() -> str:
    """Ask for the words. They never stand in an address."""
    return _words_page()


@public.post("/replies")
def open_replies() -> Page:
    """Show what waits for some words. Words that lead nowhere are shown the same page, empty."""
    if request.form.get("opened"):
        return _with_receipt(lambda receipt: _mailbox_page(receipt, text=typed("text")))
    words = typed_line("words")
    if "switch" in request.form:
        return _words_page(words=words)
    if not words:
        return _words_page(gettext(NO_WORDS)), 400
    try:
        receipt = Receipt.parse(words)
        with pages().turnstile.passing(_turn()):
            return _mailbox_page(receipt, text=typed("text"))
    except UnreadableReceiptError as error:
        return _words_page(_sentence_of(error), words), 400
    except TooManyChecksError:
        logs.event("receipt_checks_crowded")
        return _words_page(gettext(CROWDED), words, turn=new_token()), 503
    except SQLAlchemyError as error:
        logs.failure("replies_not_read", error)
        return _words_page(gettext(NOT_NOW), words), 503


@public.post("/replies/message")
def send_message() -> Page:
    """Send a further message to the thread of some words."""
    return _with_receipt(_send_message)


@public.post("/replies/delete")
def delete_replies() -> Page:
    """Ask whether the replies are to be deleted, and once that was confirmed have them deleted."""
    return _with_receipt(lambda receipt: _remove(receipt, WebKind.DELETE_REPLIES))


@public.post("/replies/forget")
def forget() -> Page:
    """Ask whether the way back is to be destroyed, and once that was confirmed have it done."""
    return _with_receipt(lambda receipt: _remove(receipt, WebKind.FORGET))


def _with_receipt(view: Callable[[Receipt], Page]) -> Page:
    """Open the sealed words of the page that was posted, and go on with them."""
    try:
        raw = pages().unseal(Use.REPLIES, request.form.get("opened", ""), LIFETIME)
        receipt = Receipt.parse(raw.decode("ascii"))
        return _tried(view, receipt)
    except (StaleFieldError, UnreadableReceiptError, UnicodeDecodeError):
        return _words_page(gettext(TIME_IS_UP)), 400


def _tried(view: Callable[[Receipt], Page], receipt: Receipt) -> Page:
    try:
        return view(receipt)
    except (SQLAlchemyError, NoPublishedKeyError) as error:
        logs.failure("replies_failed", error)
        return _retry_page(receipt), 503


def _send_message(receipt: Receipt) -> Page:
    text = typed("text")
    if not text or len(text) > MOST_CHARACTERS:
        return _mailbox_page(receipt, text, gettext(TOO_LONG if text else EMPTY)), 400
    token = _token(Use.MESSAGE)
    tag, _ = pages().open_mailbox(receipt)
    try:
        pages().keep(_message(WebKind.FOLLOW_UP, tag, text), token)
    except OtherWordsError:
        return _mailbox_page(receipt, text, gettext(CHANGED)), 409
    return render_template("public/done.html", done=WebKind.FOLLOW_UP, opened=_sealed(receipt))


def _remove(receipt: Receipt, kind: WebKind) -> Page:
    if "confirmed" not in request.form or "switch" in request.form:
        return _confirmation(receipt, kind)
    token = _token(REMOVALS[kind])
    tag, _ = pages().open_mailbox(receipt)
    try:
        pages().keep(_message(kind, tag), token)
    except OtherWordsError:
        return _confirmation(receipt, kind)
    return render_template("public/done.html", done=kind, opened=_sealed(receipt))


def _message(kind: WebKind, tag: bytes, text: str = "") -> WebMessage:
    return WebMessage(
        kind=kind,
        mailbox_tag=tag,
        received_at=pages().now(),
        text=text,
        language=page_language(),
    )


def _token(use: Use) -> bytes:
    """Return the one-time token of the form that was posted.

    Raises:
        StaleFieldError: it is too old or another form's.
    """
    return pages().unseal(use, request.form.get("token", ""), LIFETIME)


def _sealed(receipt: Receipt) -> str:
    return pages().seal(Use.REPLIES, receipt.text.encode())


def _turn() -> bytes:
    """Return the turn that the page carries; nothing without a good one."""
    with suppress(StaleFieldError):
        return pages().unseal(Use.TURN, request.form.get("turn", ""), LIFETIME)
    return b""


def _words_page(problem: str = "", words: str = "", turn: bytes = b"") -> str:
    return render_template(
        "public/words.html",
        problem=problem,
        words=words[:LONGEST_TEXT],
        text=typed("text"),
        turn=pages().seal(Use.TURN, turn) if turn else "",
    )


def _mailbox_page(receipt: Receipt, text: str = "", problem: str = "") -> str:
    _, mailbox = pages().open_mailbox(receipt)
    return render_template(
        "public/mailbox.html",
        mailbox=mailbox,
        letters=shown_letters(mailbox),
        number=check_number(receipt),
        opened=_sealed(receipt),
        token=pages().seal(Use.MESSAGE, new_token()),
        text=text,
        problem=problem,
    )


def _confirmation(receipt: Receipt, kind: WebKind) -> str:
    return render_template(
        "public/confirm.html",
        kind=kind,
        opened=_sealed(receipt),
        token=pages().seal(REMOVALS[kind], new_token()),
    )


def _retry_page(receipt: Receipt) -> str:
    """Return a page that keeps what was typed, when the store does not answer."""
    return render_template(
        "public/retry.html",
        problem=gettext(NOT_NOW),
        opened=_sealed(receipt),
        text=typed("text"),
    )


def _sentence_of(error: UnreadableReceiptError) -> str:
    if not error.position:
        return gettext(NOT_SEVEN)
    return gettext(
        "Check word %(position)d: it is not on the list that receipts are made of.",
        position=error.position,
    )

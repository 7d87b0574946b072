"""The tip form, and the receipt that it ends with."""

from __future__ import annotations

from datetime import timedelta

from flask import render_template, request
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError

from tipline import logs
from tipline.crypto.receipts import TOKEN_LENGTH, Receipt
from tipline.envelopes.web import OtherWordsError, WebKind, WebMessage
from tipline.gateway.web import forms
from tipline.gateway.web.forms import CATEGORIES, TipForm, checked, new_token, typed_form
from tipline.gateway.web.frame import public
from tipline.gateway.web.receipts import (
    CHECKED_POSITIONS,
    WordCheck,
    check_number,
    check_words,
)
from tipline.gateway.web.seals import StaleFieldError, Use
from tipline.gateway.web.services import pages
from tipline.gateway.web.typed import typed_line
from tipline.language.marking import marked
from tipline.lines.directory import CertifiedLine
from tipline.published_keys.directory import NoPublishedKeyError
from tipline.web.language import page_language

Page = str | tuple[str, int]

FORM_LIFETIME = timedelta(hours=24)
RECEIPT_LIFETIME = timedelta(minutes=15)
OLD_FORM = marked(
    "This form was open for more than a day, or another page sent it here. Nothing was sent. What "
    "you wrote is still here: press the button again."
)
CHANGED = marked(
    "A tip was sent from this form before, with other words in it: that one was kept. What stands "
    "here now was not sent. Press the button to send it as another tip; it gets words of its own."
)
TRAPPED = marked(
    "A field that must stay empty was filled in, perhaps by your browser. Nothing was sent. What "
    "you wrote is still here: press the button again."
)
NOT_NOW = marked(
    "Your tip could not be kept just now. Nothing was sent. What you wrote is still here: press "
    "the button again in a minute. It will not become two tips."
)


@public.get("/tip/<slug>")
def show_form(slug: str) -> str:
    """Show an empty form."""
    return _form_page(pages().lines.by_slug(slug), TipForm(new_token()))


@public.post("/tip/<slug>")
def send_tip(slug: str) -> Page:
    """Keep a tip and show its receipt, once.

    Posting the same form again makes no second tip and shows the same words.
    """
    line = pages().lines.by_slug(slug)
    try:
        form = typed_form(_opened(Use.TIP, "token", FORM_LIFETIME, line))
    except StaleFieldError:
        fresh = typed_form(new_token())
        if _is_switch():
            return _form_page(line, fresh)
        return _form_page(line, fresh.again(gettext(OLD_FORM))), 400
    if _is_switch():
        return _form_page(line, form)
    if forms.is_trapped():
        logs.event("web_form_trapped")
        return _form_page(line, form.again(gettext(TRAPPED))), 400
    form = checked(form)
    if form.problems:
        return _form_page(line, form), 400
    return _kept(line, form)


@public.post("/tip/<slug>/receipt")
def check_receipt(slug: str) -> Page:
    """Say whether two words of a receipt were noted rightly, or show the receipt again."""
    line = pages().lines.by_slug(slug)
    try:
        token = _opened(Use.RECEIPT, "receipt", RECEIPT_LIFETIME, line)
    except StaleFieldError:
        return render_template("public/receipt_gone.html"), 400
    if _is_switch():
        return _receipt_page(line, token)
    typed = {place: typed_line(f"word{place}") for place in CHECKED_POSITIONS}
    check = check_words(_receipt_of(line, token), typed)
    return _receipt_page(line, token, check), 400 if check.wrong else 200


def _kept(line: CertifiedLine, form: TipForm) -> Page:
    """Keep a tip whose form is complete."""
    try:
        pages().keep(_message_of(line, form), form.token)
    except OtherWordsError:
        return _form_page(line, form.again(gettext(CHANGED), new_token())), 409
    except (SQLAlchemyError, NoPublishedKeyError) as error:
        logs.failure("web_tip_not_kept", error)
        return _form_page(line, form.again(gettext(NOT_NOW))), 503
    return _receipt_page(line, form.token, is_danger=form.is_danger)


def _message_of(line: CertifiedLine, form: TipForm) -> WebMessage:
    address = pages().address_of(_receipt_of(line, form.token))
    return WebMessage(
        kind=WebKind.TIP,
        mailbox_tag=address.tag,
        mailbox_public=address.public,
        received_at=pages().now(),
        text=forms.text_of(form),
        is_danger=form.is_danger,
        language=page_language(),
        line_id=line.id,
    )


def _receipt_of(line: CertifiedLine, token: bytes) -> Receipt:
    return Receipt.of_token(token, line.id)


def _opened(use: Use, name: str, lifetime: timedelta, line: CertifiedLine) -> bytes:
    token = pages().unseal(use, request.form.get(name, ""), lifetime, line.id)
    if len(token) != TOKEN_LENGTH:
        raise StaleFieldError
    return token


def _is_switch() -> bool:
    """Tell whether the page is only to be shown in another language, with what was typed."""
    return "switch" in request.form


def _form_page(line: CertifiedLine, form: TipForm) -> str:
    return render_template(
        "public/tip.html",
        line=line,
        form=form,
        token=pages().seal(Use.TIP, form.token, line.id),
        categories=CATEGORIES,
        trap=forms.TRAP,
    )


def _receipt_page(
    line: CertifiedLine, token: bytes, check: WordCheck | None = None, *, is_danger: bool = False
) -> str:
    receipt = _receipt_of(line, token)
    return render_template(
        "public/receipt.html",
        line=line,
        receipt=receipt,
        number=check_number(receipt),
        sealed=pages().seal(Use.RECEIPT, token, line.id),
        positions=CHECKED_POSITIONS,
        check=check or WordCheck(),
        is_danger=is_danger,
    )

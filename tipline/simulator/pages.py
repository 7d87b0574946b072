"""The pages with a phone on them, and the page of knobs."""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlsplit

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from tipline.simulator.current import carrier
from tipline.simulator.model import MAX_BODY_CHARACTERS, MAX_PICTURES, Bubble
from tipline.simulator.numbers import READY_MADE_PHONES, for_people, is_e164, is_whole_number
from tipline.simulator.settings import Line

FORM_WAIT_SECONDS = 2.0
"""How long a sent form waits for the gateway, so that a page without script shows the outcome."""

_STATUS_WORDS = {
    "sending": "Sending",
    "retrying": "Tipline did not answer. Trying again",
    "accepted": "Accepted by Tipline",
}


page_views = Blueprint("pages", __name__)


@page_views.get("/")
def choose() -> tuple[str, int]:
    """Choose a phone and a line."""
    return _choose_page()


@page_views.get("/phones")
def chosen() -> tuple[str, int] | WerkzeugResponse:
    """Go on to the chosen phone, or ask again for one that a carrier could reach."""
    typed = request.args.get("other", "").strip() or request.args.get("phone", "")
    number = "".join(typed.split())
    if not is_e164(number):
        return _choose_page(problem_with=typed)
    return redirect(_phone_url(number, request.args.get("to", "")), 303)


@page_views.get("/phones/<number>")
def phone(number: str) -> str:
    """A phone with its conversation with one line."""
    return _phone_page(_phone_or_404(number), _chosen_line())


@page_views.get("/phones/<number>/conversation")
def conversation(number: str) -> str:
    """The conversation's items alone, for the script that refreshes them."""
    return _conversation(_phone_or_404(number), _chosen_line())


@page_views.post("/phones/<number>")
def send(number: str) -> tuple[str, int] | WerkzeugResponse:
    """Send what is in the form, wait a moment for the outcome, show the phone."""
    line = _chosen_line()
    # Browsers send CR LF in a textarea's text; phones send LF.
    body = request.form.get("body", "").replace("\r\n", "\n")
    pictures = request.form.get("pictures", "").strip() or "0"
    problem = _problem(body, pictures)
    if problem:
        return _phone_page(_phone_or_404(number), line, problem, body), 400
    attachments = carrier.inbound.draw_pictures(int(pictures))
    bubble = carrier.inbound.send(_phone_or_404(number), line.number, body, attachments)
    bubble.settled.wait(FORM_WAIT_SECONDS)
    return redirect(_phone_url(number, line.number), 303)


@page_views.get("/phones/<number>/media/<media_sid>")
def picture(number: str, media_sid: str) -> Response:
    """A picture in a bubble."""
    for bubble in carrier.state.conversation(number):
        for media in bubble.media:
            if media.sid == media_sid:
                return Response(media.content, content_type=media.content_type)
    abort(404)


def _phone_or_404(number: str) -> str:
    if not is_e164(number):
        abort(404)
    return number


def _phone_url(number: str, line: str) -> str:
    return f"/phones/{quote(number, safe='+')}?{urlencode({'to': line})}"


def _chosen_line() -> Line:
    """The line that the page's address names, else the first."""
    return carrier.settings.line(request.args.get("to", "")) or carrier.settings.lines[0]


def _where_it_goes() -> dict[str, str | bool]:
    host = urlsplit(carrier.settings.public_url).hostname
    return {
        "gateway": carrier.settings.public_url,
        "stays_here": host in ("127.0.0.1", "localhost", "::1"),
    }


def _choose_page(problem_with: str | None = None) -> tuple[str, int]:
    used = [phone for phone in carrier.state.phones() if phone not in READY_MADE_PHONES]
    page = render_template(
        "simulator/choose.html",
        phones=[(phone, for_people(phone)) for phone in (*READY_MADE_PHONES, *used)],
        lines=[(line, for_people(line.number)) for line in carrier.settings.lines],
        problem_with=problem_with,
        **_where_it_goes(),
    )
    return page, 200 if problem_with is None else 400


def _phone_page(phone: str, line: Line, problem: str | None = None, body: str = "") -> str:
    return render_template(
        "simulator/phone.html",
        phone=phone,
        phone_for_people=for_people(phone),
        line=line,
        line_for_people=for_people(line.number),
        other_lines=[
            (other, _phone_url(phone, other.number))
            for other in carrier.settings.lines
            if other != line
        ],
        conversation=_conversation(phone, line),
        conversation_url=f"/phones/{quote(phone, safe='+')}/conversation?"
        + urlencode({"to": line.number}),
        here=_phone_url(phone, line.number),
        problem=problem,
        body=body,
        max_characters=MAX_BODY_CHARACTERS,
        max_pictures=MAX_PICTURES,
        **_where_it_goes(),
    )


def _conversation(phone: str, line: Line) -> str:
    bubbles = carrier.state.conversation(phone, line.number)
    with carrier.state.lock:
        entries = [(bubble, _kind(bubble), _status_words(bubble)) for bubble in bubbles]
        return render_template("simulator/conversation.html", phone=phone, entries=entries)


def _kind(bubble: Bubble) -> str:
    """How to draw it: what the phone sent, what reached it, or a note that something did not."""
    if bubble.sent_by_phone:
        return "refused" if bubble.status == "refused" else "sent"
    return "received" if bubble.status == "delivered" else "note"


def _status_words(bubble: Bubble) -> str:
    if not bubble.sent_by_phone:
        return _delivery_words(bubble)
    if bubble.status == "refused":
        answer = f"HTTP {bubble.webhook_status}" if bubble.webhook_status else "no answer"
        return f"Not accepted by Tipline ({answer})"
    words = _STATUS_WORDS[bubble.status]
    return f"{words} (try {bubble.attempts + 1})" if bubble.status == "retrying" else words


def _delivery_words(bubble: Bubble) -> str:
    if bubble.status == "delivered":
        return "Delivered"
    if bubble.error_code is not None:
        return f"A message did not reach this phone (error {bubble.error_code})"
    return "A message is on its way"


def _problem(body: str, pictures: str) -> str | None:
    if not (is_whole_number(pictures) and int(pictures) <= MAX_PICTURES):
        return f"Give a number of pictures from 0 to {MAX_PICTURES}."
    if len(body) > MAX_BODY_CHARACTERS:
        return f"Shorten your message to {MAX_BODY_CHARACTERS} characters."
    if not body.strip() and int(pictures) == 0:
        return "Write a message, or add a picture."
    return None

"""The page of knobs: a plain form over what PUT /simulator/knobs sets."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from tipline.simulator.current import carrier
from tipline.simulator.knobs import LABELS, CreateFailure, KnobError, Knobs, checked
from tipline.simulator.numbers import for_people, is_e164

FAILURE_WORDS = {
    CreateFailure.NONE: "nothing",
    CreateFailure.ERROR_500_BEFORE_ACCEPTING: "HTTP 500, and the message was not accepted",
    CreateFailure.ERROR_500_AFTER_ACCEPTING: "HTTP 500, but the message was accepted",
    CreateFailure.DROP_AFTER_ACCEPTING: "connection dropped, but the message was accepted",
    CreateFailure.TOO_MANY_REQUESTS: "HTTP 429, too many requests",
    CreateFailure.OPTED_OUT: "error 21610, the phone opted out",
}


knob_views = Blueprint("knobs", __name__, url_prefix="/knobs")


@knob_views.get("")
def show() -> tuple[str, int]:
    """The knobs for everybody, or with ?number= for one phone."""
    typed = request.args.get("number", "").strip()
    if typed and not is_e164(typed):
        return _page(None, "Give the phone in full, such as +12095550141."), 400
    return _page(typed or None), 200


@knob_views.post("")
def turn() -> tuple[str, int] | WerkzeugResponse:
    """Save the form, or show it again with what is wrong."""
    number = request.form.get("number", "").strip() or None
    if number is not None and not is_e164(number):
        return _page(None, "Give the phone in full, such as +12095550141."), 400
    try:
        _turn(number)
    except KnobError as error:
        return _page(number, str(error)), 400
    query = {"saved": "1"} | ({"number": number} if number else {})
    return redirect(f"/knobs?{urlencode(query)}", 303)


def _turn(number: str | None) -> None:
    if "reset" in request.form:
        carrier.board.turn(asdict(Knobs())) if number is None else carrier.board.turn_back(number)
        return
    values = {name: _typed(name, default) for name, default in asdict(Knobs()).items()}
    if number is not None:
        # What equals everybody's is left out, so that it goes on following everybody's.
        shared = asdict(carrier.board.of(None))
        values = {name: value for name, value in values.items() if value != shared[name]}
        checked(values)
        carrier.board.turn_back(number)
    carrier.board.turn(values, number)


def _typed(name: str, default: Any) -> Any:
    """The form's text in the knob's type, or as it is when it has none; the board refuses that."""
    text = request.form.get(name, "").strip()
    if isinstance(default, bool):
        return name in request.form
    if isinstance(default, CreateFailure):
        return text
    try:
        return int(text) if isinstance(default, int) else float(text)
    except ValueError:
        return text


def _page(number: str | None, problem: str | None = None) -> str:
    values = asdict(carrier.board.of(number))
    return render_template(
        "simulator/knobs.html",
        number=number,
        number_for_people=for_people(number) if number else None,
        knobs=[(name, label, values[name]) for name, label in LABELS.items()],
        failures=FAILURE_WORDS.items(),
        own=sorted(carrier.board.own_knobs()),
        problem=problem,
        saved="saved" in request.args and problem is None,
    )

"""JSON control for tests: act as a phone, look at everything, turn knobs, start afresh."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request

from tipline.simulator.current import carrier
from tipline.simulator.knobs import KnobError
from tipline.simulator.model import MAX_BODY_CHARACTERS, MAX_PICTURES, Bubble
from tipline.simulator.numbers import is_e164

DEFAULT_WAIT_SECONDS = 20.0
MAX_WAIT_SECONDS = 60.0
_CONTENT_TYPE = re.compile(r"[a-z]+/[a-zA-Z0-9.+-]+")
_MEDIA_EXAMPLE = '[{"content_type": "image/png", "base64": "..."}]'


class ControlError(ValueError):
    """A control request that cannot be done; the sentence says why."""


control_views = Blueprint("control", __name__, url_prefix="/simulator")


@control_views.errorhandler(ControlError)
@control_views.errorhandler(KnobError)
def refuse(error: ValueError) -> tuple[Response, int]:
    """400 with the sentence as `error`."""
    return jsonify({"error": str(error)}), 400


@control_views.post("/phones/<number>/messages")
def send(number: str) -> tuple[Response, int]:
    """Text from this phone: {"to", "body", "pictures", "media", "wait_seconds"}; 201."""
    bubble = _send(number, _json_object())
    with carrier.state.lock:
        return jsonify(bubble_resource(bubble)), 201


@control_views.get("/phones/<number>/messages")
def conversation(number: str) -> Response:
    """What this phone sent and got, in order, and how many messages to it were accepted."""
    bubbles = carrier.state.conversation(_checked_phone(number))
    with carrier.state.lock:
        resources = [bubble_resource(bubble) for bubble in bubbles]
    accepted = carrier.state.accepted().get(number, 0)
    return jsonify({"phone": number, "accepted": accepted, "messages": resources})


@control_views.get("/state")
def state() -> Response:
    """Counts over everything; `pending` 0 means that the carrier has nothing left to do."""
    return jsonify(_state_resource())


@control_views.delete("/state")
def reset() -> tuple[str, int]:
    """Forget everything, the knobs included; 204."""
    carrier.reset()
    return "", 204


@control_views.get("/knobs")
def knobs() -> Response:
    """The knobs for everybody, and what single phones have instead."""
    return jsonify(_knobs_resource())


@control_views.put("/knobs")
def turn() -> Response:
    """Set the named knobs and leave the others; with "number", for that phone alone."""
    changes = _json_object()
    number = changes.pop("number", None)
    if number is not None:
        _checked_phone(number)
    carrier.board.turn(changes, number)
    return jsonify(_knobs_resource())


@control_views.delete("/knobs")
def turn_back() -> tuple[str, int]:
    """All knobs back to a good day, messages left alone; 204."""
    carrier.board.reset()
    return "", 204


def bubble_resource(bubble: Bubble) -> dict[str, Any]:
    """One message on a phone; `at` is ISO 8601 in UTC."""
    return {
        "sid": bubble.sid,
        "direction": "sent" if bubble.sent_by_phone else "received",
        "line": bubble.line,
        "body": bubble.body,
        "pictures": len(bubble.media),
        "media": [{"sid": item.sid, "content_type": item.content_type} for item in bubble.media],
        "status": bubble.status,
        "error_code": bubble.error_code,
        "webhook_status": bubble.webhook_status,
        "attempts": bubble.attempts,
        "at": bubble.at.isoformat(),
    }


def _state_resource() -> dict[str, Any]:
    state, settings = carrier.state, carrier.settings
    return {
        "lines": [{"number": line.number, "label": line.label} for line in settings.lines],
        "phones": state.phones(),
        "messages": state.message_count(),
        "accepted": state.accepted(),
        "opted_out": [{"phone": phone, "line": line} for phone, line in state.opted_out_pairs()],
        "callback_posts": state.callback_posts,
        "cdn_requests_with_credentials": state.cdn_requests_with_credentials,
        "pending": carrier.scheduler.pending(),
        "failures": carrier.scheduler.failures,
    }


def _knobs_resource() -> dict[str, Any]:
    return {"global": asdict(carrier.board.of(None)), "numbers": carrier.board.own_knobs()}


def _json_object() -> dict[str, Any]:
    content = request.get_json(silent=True)
    if not isinstance(content, dict):
        raise ControlError("The body must be a JSON object.")
    return content


def _checked_phone(number: Any) -> str:
    if not isinstance(number, str) or not is_e164(number):
        raise ControlError("The phone must be an E.164 number, such as +12095550141.")
    return number


def _send(number: str, content: dict[str, Any]) -> Bubble:
    phone, line = _checked_phone(number), content.get("to")
    if not isinstance(line, str) or carrier.settings.line(line) is None:
        raise ControlError("'to' must be one of the lines in /simulator/state.")
    body = content.get("body", "")
    if not isinstance(body, str) or not _can_be_sent(body):
        raise ControlError(f"'body' must be text of at most {MAX_BODY_CHARACTERS} characters.")
    attachments = _attachments(content) + carrier.inbound.draw_pictures(_pictures(content))
    if len(attachments) > MAX_PICTURES:
        raise ControlError(f"A message takes at most {MAX_PICTURES} attachments.")
    wait_seconds = _wait_seconds(content)
    bubble = carrier.inbound.send(phone, line, body, attachments)
    bubble.settled.wait(wait_seconds)
    return bubble


def _can_be_sent(body: str) -> bool:
    """Whether this fits into a message; half of a surrogate pair, which JSON can hold, cannot."""
    return len(body) <= MAX_BODY_CHARACTERS and _is_unicode(body)


def _is_unicode(body: str) -> bool:
    try:
        body.encode()
    except UnicodeEncodeError:
        return False
    return True


def _pictures(content: dict[str, Any]) -> int:
    count = content.get("pictures", 0)
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MAX_PICTURES:
        raise ControlError(f"'pictures' must be a whole number from 0 to {MAX_PICTURES}.")
    return count


def _wait_seconds(content: dict[str, Any]) -> float:
    wait = content.get("wait_seconds", DEFAULT_WAIT_SECONDS)
    is_number = isinstance(wait, int | float) and not isinstance(wait, bool)
    if not is_number or not 0 <= wait <= MAX_WAIT_SECONDS:
        raise ControlError(f"'wait_seconds' must be a number from 0 to {MAX_WAIT_SECONDS:g}.")
    return float(wait)


def _attachments(content: dict[str, Any]) -> list[tuple[str, bytes]]:
    """Attachments that the caller brings, for tests with files that a phone would not make."""
    items = content.get("media", [])
    if not isinstance(items, list):
        raise ControlError(f"'media' must be like {_MEDIA_EXAMPLE}.")
    return [_attachment(item) for item in items]


def _attachment(item: Any) -> tuple[str, bytes]:
    try:
        content_type, encoded = item["content_type"], item["base64"]
        if _CONTENT_TYPE.fullmatch(content_type):
            return content_type, base64.b64decode(encoded, validate=True)
    except (TypeError, KeyError, binascii.Error):
        pass
    raise ControlError(f"'media' must be like {_MEDIA_EXAMPLE}.")

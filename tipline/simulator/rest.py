"""The REST API: messages.

Source: https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

import hmac
import socket
import time

from flask import Blueprint, Response, jsonify, request

from tipline.simulator.current import carrier
from tipline.simulator.errors import (
    ApiError,
    not_complete,
    not_found,
    opted_out,
    server_failure,
    too_many_requests,
    unauthorised,
    unavailable,
)
from tipline.simulator.knobs import CreateFailure
from tipline.simulator.listing import message_filter, page_of
from tipline.simulator.model import Message
from tipline.simulator.resources import API_VERSION, message_resource
from tipline.simulator.validation import validate

API_PREFIX = f"/{API_VERSION}/Accounts/<account_sid>"

_REFUSALS = {
    CreateFailure.ERROR_500_BEFORE_ACCEPTING: server_failure,
    CreateFailure.TOO_MANY_REQUESTS: too_many_requests,
    CreateFailure.UNAVAILABLE: unavailable,
    CreateFailure.OPTED_OUT: opted_out,
}


def check_credentials() -> None:
    """Raise 20003 unless the request has our account's credentials and names our account."""
    settings = carrier.settings
    given = request.authorization
    username = (given.username if given else None) or ""
    password = (given.password if given else None) or ""
    pairs = (
        (settings.account_sid, settings.auth_token),
        (settings.api_key_sid, settings.api_key_secret),
    )
    # Every comparison runs whatever the others say, so that the time taken tells nothing.
    matches = [_same(username, name) & _same(password, secret) for name, secret in pairs]
    account_sid = (request.view_args or {}).get("account_sid", "")
    if not any(matches) or account_sid != settings.account_sid:
        raise unauthorised()


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def find_message(sid: str) -> Message:
    """The record with this identifier. Raises 20404 if there is none."""
    message = carrier.state.message(sid)
    if message is None:
        raise not_found(request.path)
    return message


message_views = Blueprint("messages", __name__, url_prefix=API_PREFIX)
message_views.before_request(check_credentials)


@message_views.post("/Messages.json")
def create(account_sid: str) -> tuple[Response, int]:
    """Send a message; 201. Raises Twilio's code for what is wrong, or what a knob asks for."""
    return jsonify(message_resource(_create(), account_sid)), 201


@message_views.get("/Messages.json")
def list_messages(account_sid: str) -> Response:
    """A page of messages, the newest first, both directions. Raises 20001."""
    query = request.args.to_dict()
    found = carrier.state.newest_first(message_filter(query))
    page, paging = page_of(found, query, request.path)
    with carrier.state.lock:
        resources = [message_resource(message, account_sid) for message in page]
    return jsonify({**paging, "messages": resources})


@message_views.get("/Messages/<sid>.json")
def fetch(account_sid: str, sid: str) -> Response:
    """One message. Raises 20404."""
    message = find_message(sid)
    with carrier.state.lock:
        return jsonify(message_resource(message, account_sid))


@message_views.post("/Messages/<sid>.json")
def redact(account_sid: str, sid: str) -> Response:
    """Blank the body of a finished message. Raises 20404, 20009, 30400, 30409."""
    message = find_message(sid)
    with carrier.state.lock:
        _redact(message)
        return jsonify(message_resource(message, account_sid))


@message_views.delete("/Messages/<sid>.json")
def delete(account_sid: str, sid: str) -> tuple[str, int]:
    """Remove a finished message with its media; 204. Raises 20404, 20009."""
    message = find_message(sid)
    with carrier.state.lock:
        if not message.is_final:
            raise not_complete()
        carrier.state.delete_message(message)
    return "", 204


def _create() -> Message:
    wanted = validate(request.form.to_dict(), carrier.settings)
    knobs = carrier.board.of(wanted.to_number)
    failure = carrier.board.take_create_failure(wanted.to_number)
    refusal = _REFUSALS.get(failure)
    if refusal is not None:
        time.sleep(knobs.create_delay_seconds)
        raise refusal()
    if carrier.state.is_opted_out(wanted.to_number, wanted.from_number):
        raise opted_out()
    message = carrier.outbound.accept(wanted)
    # Slow after accepting and not before: a client that gives up must not conclude that nothing
    # was sent.
    time.sleep(knobs.create_delay_seconds)
    if failure is CreateFailure.ERROR_500_AFTER_ACCEPTING:
        raise server_failure()
    if failure is CreateFailure.DROP_AFTER_ACCEPTING:
        _drop_connection()
    return message


def _drop_connection() -> None:
    """Close the client's connection without an answer; gunicorn's then goes nowhere."""
    connection: socket.socket = request.environ["gunicorn.socket"]
    connection.shutdown(socket.SHUT_RDWR)


def _redact(message: Message) -> None:
    form = request.form
    if form.get("Status") == "canceled":
        raise ApiError(30409, "This message cannot be canceled", 409)
    if form.get("Body") != "" or "Status" in form:
        raise ApiError(30400, "Parameters are not valid")
    if not message.is_final:
        raise not_complete()
    message.body = ""

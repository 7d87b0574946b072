"""The gateway application."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine
from werkzeug.exceptions import HTTPException

import config
from tipline import counting, logs
from tipline.clock import Clock, day_of, system_clock
from tipline.counting import Counted
from tipline.crypto import unlock
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.generations import Generations
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.watching import Watched
from tipline.db.engines import open_stores
from tipline.doorbell import Doorbell, Ringer
from tipline.envelopes.writing import EnvelopeWriter
from tipline.gateway import cosigning, health, log_pages
from tipline.gateway.keys import GatewayKeySet, destroy_outlived
from tipline.gateway.self_test import (
    NOBODY,
    check_ask,
    message_to_nobody,
    proof,
    self_test_keys,
)
from tipline.gateway.self_test import PATH as SELF_TEST_PATH
from tipline.gateway.twilio_webhook import (
    MESSAGE_PATH,
    SIGNATURE_HEADER,
    STATUS_PATH,
    WebhookReader,
    WebhookRefusedError,
)
from tipline.gateway.web import public_pages
from tipline.gateway.web.errors import answer_page_error
from tipline.gateway.web.frame import is_page
from tipline.lines.directory import LineDirectory, NoSuchLineError
from tipline.published_keys.directory import KeyKind, PublishedKeys
from tipline.web.hosts import refused_host

PROCESS = "gateway"
MAX_REQUEST_BYTES = 64 * 1024
MAX_FORM_FIELDS = 200
EMPTY_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

webhooks = Blueprint("webhooks", __name__)


@dataclass(frozen=True, slots=True)
class Gateway:
    """What the gateway's views work with."""

    engine: Engine
    reader: WebhookReader
    writer: EnvelopeWriter
    published: PublishedKeys
    lines: LineDirectory
    clock: Clock
    account_sid: str
    dedupe: Generations = field(repr=False)

    def self_test_keys(self) -> tuple[bytes, ...]:
        """Return the keys of the doctor's self-test that are good today."""
        return self_test_keys(self.dedupe, day_of(self.clock()))


def gateway_from_environment(environment: Mapping[str, str]) -> Flask:
    """Return the application, with its keys unlocked.

    Raises:
        SettingsError, UnlockError, KeyMissingError: see their sentences.
    """
    logs.configure(PROCESS)
    settings = config.GatewaySettings.from_environment(environment)
    folder = KeyFolder(
        settings.instance.keys / PROCESS, PROCESS, unlock.receive(PROCESS, environment)
    )
    return create_gateway(settings, Watched(folder, GatewayKeySet.load), system_clock)


def create_gateway(
    settings: config.GatewaySettings, keys: GatewayKeySet | Watched[GatewayKeySet], clock: Clock
) -> Flask:
    """Return the application around a store and a queue that are reached when first needed.

    With watched keys, a request that comes after a key was rotated is kept with the new one.
    """
    stores = open_stores(settings.instance.database_url, settings.instance.perishable_url)
    engine = stores.main
    doorbell = Ringer(Doorbell(settings.instance.redis_url))
    watched = keys if isinstance(keys, Watched) else None
    first = keys.value if isinstance(keys, Watched) else keys
    pins = {KeyKind.INTAKE: first.intake_pin, KeyKind.DELIVERY: first.delivery_pin}
    published = PublishedKeys(engine, pins, clock)
    lines = LineDirectory(engine, first.console_pin, clock)
    writer = EnvelopeWriter(engine, first.secrets, published, doorbell, clock)
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    # Nothing of a form is spooled to a file: the whole of it fits into memory.
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_REQUEST_BYTES
    app.config["MAX_FORM_PARTS"] = MAX_FORM_FIELDS
    app.extensions["gateway"] = Gateway(
        engine=engine,
        reader=WebhookReader(settings.url, settings.account_sid, settings.auth_tokens),
        writer=writer,
        published=published,
        lines=lines,
        clock=clock,
        account_sid=settings.account_sid,
        dedupe=first.secrets.dedupe,
    )

    retired = date.min

    def renew_keys() -> None:
        nonlocal retired
        if watched is None:
            return
        if (today := day_of(clock())) > retired:
            retired = today
            destroy_outlived(watched.value.secrets.dedupe, watched.folder, today)
        if watched.renew():
            # Only what holds keys is new: the lines' newest generations must not be forgotten.
            # Requests that are under way end with the writer that they began with.
            secrets = watched.value.secrets
            fresh = EnvelopeWriter(engine, secrets, published, doorbell, clock)
            app.extensions["gateway"] = replace(
                app.extensions["gateway"], writer=fresh, dedupe=secrets.dedupe
            )
            public_pages.renew(app, watched.value, fresh)

    app.before_request(renew_keys)
    app.register_blueprint(webhooks)
    health.add_to(app, health.Readiness(engine, published))
    log_pages.add_to(app, engine)
    cosigning.add_to(app, engine, clock)
    public_pages.add_to(app, settings, first, stores, lines, writer, clock)
    app.register_error_handler(Exception, _answer_error)
    return app


@webhooks.post(MESSAGE_PATH)
def receive_message() -> Response:
    """Keep a resident's message. 2xx only after the commit; a repetition is answered alike."""
    gateway = _gateway()
    message = gateway.reader.message(
        request.form, _query(), request.headers.get(SIGNATURE_HEADER), gateway.clock()
    )
    if message.recipient == NOBODY:
        # Checked like any other, and kept nowhere: no line can have this number.
        proved = proof(gateway.self_test_keys()[0], message.provider_id)
        return Response(proved, mimetype="text/plain")
    line = gateway.lines.by_address(message.recipient)
    is_new = gateway.writer.keep_message(message, line.id)
    logs.event("message_kept" if is_new else "message_repeated", logging.DEBUG)
    counting.count(Counted.MESSAGE_KEPT if is_new else Counted.MESSAGE_REPEATED)
    return Response(EMPTY_ANSWER, mimetype="text/xml")


@webhooks.post(SELF_TEST_PATH)
def sign_self_test() -> Response:
    """Sign a message to nobody for the doctor; to all others this path does not exist."""
    gateway = _gateway()
    try:
        check_ask(gateway.self_test_keys(), request.form, gateway.clock())
    except NotAuthenticError:
        abort(404)
    fields = message_to_nobody(gateway.account_sid)
    url, signature = gateway.reader.signed(fields)
    return jsonify(url=url, fields=fields, signature=signature)


@webhooks.post(STATUS_PATH)
def receive_status() -> Response:
    """Keep a status callback."""
    gateway = _gateway()
    notice = gateway.reader.status(
        request.form,
        _query(),
        request.args.getlist("ref"),
        request.headers.get(SIGNATURE_HEADER),
        gateway.clock(),
    )
    gateway.writer.keep_status(notice)
    return Response(status=204)


def _answer_error(error: Exception) -> ResponseReturnValue:
    """Answer every error in one place, with a sentence that repeats nothing of the request."""
    if (refused := refused_host()) is not None:
        return refused
    if is_page(request.path):
        return answer_page_error(error)
    if isinstance(error, WebhookRefusedError):
        logs.event("webhook_refused", logging.WARNING, reason=error.reason.value)
        counting.count(Counted.WEBHOOK_REFUSED, error.reason.value)
        return _plain("Refused.", error.status)
    if isinstance(error, NoSuchLineError):
        logs.event("webhook_refused", logging.WARNING, reason=NoSuchLineError.code)
        counting.count(Counted.WEBHOOK_REFUSED, NoSuchLineError.code)
        return _plain("This address belongs to no line of this installation.", 404)
    if isinstance(error, HTTPException):
        status = error.code or 500
        logs.event("request_refused", logging.WARNING, status=status)
        return _plain("Refused.", status)
    logs.failure("not_kept", error)
    return _plain("Not kept. Please send it again later.", 503)


def _plain(sentence: str, status: int) -> Response:
    return Response(sentence + "\n", status=status, mimetype="text/plain")


def _query() -> str:
    return request.query_string.decode("ascii", "replace")


def _gateway() -> Gateway:
    gateway: Gateway = current_app.extensions["gateway"]
    return gateway

"""Putting the public pages into the gateway's application."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Flask

import config
from tipline.clock import Clock
from tipline.db.engines import Stores
from tipline.envelopes.writing import EnvelopeWriter
from tipline.gateway.keys import GatewayKeySet
from tipline.gateway.web import frame, home, leaving, replies, tips
from tipline.gateway.web.headers import harden
from tipline.gateway.web.seals import Seals
from tipline.gateway.web.services import EXTENSION, PublicPages
from tipline.gateway.web.turnstile import Turnstile
from tipline.lines.directory import LineDirectory
from tipline.mailboxes.reading import MailboxReader
from tipline.web.assets import shared

# Their views hang themselves onto `frame.public` when they are imported.
VIEWS = (home, leaving, tips, replies)

public_assets = Blueprint(
    "public_assets", __name__, static_folder="../static", static_url_path="/static"
)


def add_to(
    app: Flask,
    settings: config.GatewaySettings,
    keys: GatewayKeySet,
    stores: Stores,
    lines: LineDirectory,
    writer: EnvelopeWriter,
    clock: Clock,
) -> None:
    """Let an application answer people, too."""
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions[EXTENSION] = PublicPages(
        perishable=stores.perishable,
        writer=writer,
        mailboxes=MailboxReader(stores.perishable, lines, keys.intake_pin),
        lines=lines,
        seals=Seals(keys.secrets.dedupe),
        turnstile=Turnstile(),
        clock=clock,
        onion_url=settings.onion_url,
        is_secure=settings.url.startswith("https://"),
    )
    frame.set_up(app)
    app.register_blueprint(frame.public)
    app.register_blueprint(home.without_language)
    app.register_blueprint(public_assets)
    app.register_blueprint(shared)
    app.after_request(harden)


def renew(app: Flask, keys: GatewayKeySet, writer: EnvelopeWriter) -> None:
    """Go on with new keys. Pages that are open somewhere stay good, and the turnstile its crowd."""
    app.extensions[EXTENSION] = replace(
        app.extensions[EXTENSION], writer=writer, seals=Seals(keys.secrets.dedupe)
    )

"""The console application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask, g

import config
from tipline import logs
from tipline.clock import Clock, system_clock
from tipline.console import access, acting, language, navigation, role_words, wording
from tipline.console.account.enrolling import enrolling
from tipline.console.account.own import own_account
from tipline.console.account.own_key import own_key
from tipline.console.account.passkeys import passkeys
from tipline.console.account.reauthentication import proving
from tipline.console.account.signing_in import signing_in, signing_out
from tipline.console.administration.accounts import accounts
from tipline.console.administration.counts import administration
from tipline.console.administration.inviting import inviting
from tipline.console.alerts.escalation import escalation
from tipline.console.alerts.pages import alerts
from tipline.console.answering_errors import answer_error
from tipline.console.approvals.deciding import deciding
from tipline.console.approvals.pages import approvals
from tipline.console.calls.pages import calls
from tipline.console.headers import harden
from tipline.console.help_pages import help_pages
from tipline.console.inbox.bulk import bulk
from tipline.console.inbox.pages import inbox
from tipline.console.inbox.saved import saved
from tipline.console.inbox.set_aside import set_aside
from tipline.console.inbox.shortcuts import shortcuts
from tipline.console.inbox.triage import triage
from tipline.console.inbox.updates import updates
from tipline.console.inbox.words import words
from tipline.console.keys import ConsoleKeys
from tipline.console.lines.administration import line_administration
from tipline.console.lines.keys import line_keys
from tipline.console.lines.new_keys import new_line_keys
from tipline.console.lines.people import line_people
from tipline.console.lines.restricted import restricted_threads
from tipline.console.log.export import log_export
from tipline.console.log.pages import log
from tipline.console.log.review import log_review
from tipline.console.log.witnesses import log_witnesses
from tipline.console.requests import ConsoleRequest
from tipline.console.search.pages import search
from tipline.console.services import EXTENSION, build_console
from tipline.console.thread.blueprints import AUTOSAVE, THREAD_PAGES
from tipline.crypto import unlock
from tipline.crypto.keyfolder import KeyFolder
from tipline.lines.roles import Role
from tipline.web.assets import shared

PROCESS = "console"
# A form encodes each byte of UTF-8 as three: 10,000 Chinese characters take 90,000 bytes.
MAX_REQUEST_BYTES = 160 * 1024
MAX_FORM_FIELDS = 20

assets = Blueprint("assets", __name__, static_folder="static", static_url_path="/static")


def console_from_environment(environment: Mapping[str, str]) -> Flask:
    """Return the application, with its keys unlocked.

    Raises:
        SettingsError, UnlockError, KeyMissingError: see their sentences.
    """
    logs.configure(PROCESS)
    settings = config.ConsoleSettings.from_environment(environment)
    folder = KeyFolder(
        settings.instance.keys / PROCESS, PROCESS, unlock.receive(PROCESS, environment)
    )
    return create_console(settings, ConsoleKeys.load(folder), system_clock)


def create_console(settings: config.ConsoleSettings, keys: ConsoleKeys, clock: Clock) -> Flask:
    """Return the application around stores and a queue that are reached when first needed."""
    app = Flask(__name__, static_folder=None)
    app.request_class = ConsoleRequest
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    # Nothing of a form is spooled to a file: the whole of it fits into memory.
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_REQUEST_BYTES
    app.config["MAX_FORM_PARTS"] = MAX_FORM_FIELDS
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions[EXTENSION] = build_console(settings, keys, clock)
    app.before_request(acting.begin_request)
    app.before_request(access.guard)
    app.after_request(harden)
    app.after_request(acting.settle_request)
    app.teardown_request(acting.end_request)
    app.register_error_handler(Exception, answer_error)
    app.context_processor(_for_all_pages)
    language.set_up(app)
    wording.register_filters(app)
    role_words.register_filters(app)
    _register_pages(app)
    return app


def _register_pages(app: Flask) -> None:
    """Say who may call what. A blueprint that is not registered here answers nobody."""
    access.register(app, assets, access.PUBLIC)
    access.register(app, shared, access.PUBLIC)
    access.register(app, language.languages, access.PUBLIC)
    access.register(app, signing_in, access.PUBLIC)
    access.register(app, enrolling, access.PUBLIC)
    access.register(app, signing_out, access.SIGNED_IN)
    access.register(app, proving, access.SIGNED_IN)
    access.register(app, own_account, access.SIGNED_IN)
    access.register(app, passkeys, access.SIGNED_IN)
    access.register(app, own_key, access.SIGNED_IN)
    access.register(app, inbox, access.SIGNED_IN)
    access.register(app, bulk, access.READERS)
    access.register(app, saved, access.READERS)
    access.register(app, triage, access.READERS)
    access.register(app, words, access.READERS)
    access.register(app, updates, access.READERS, prolongs=False)
    access.register(app, shortcuts, access.SIGNED_IN)
    for blueprint in THREAD_PAGES:
        access.register(app, blueprint, access.READERS)
    access.register(app, AUTOSAVE, access.READERS, prolongs=False)
    access.register(app, set_aside, access.READERS)
    access.register(app, search, access.READERS)
    access.register(app, administration, access.ADMINS)
    access.register(app, help_pages, access.SIGNED_IN)
    access.register(app, line_administration, access.ADMINS)
    access.register(app, line_keys, access.SUPERVISORS)
    access.register(app, line_people, access.SUPERVISORS)
    access.register(app, new_line_keys, access.SUPERVISORS)
    access.register(app, restricted_threads, access.SUPERVISORS)
    access.register(app, accounts, access.ADMINS)
    access.register(app, inviting, access.ADMINS)
    access.register(app, approvals, access.OVERSEERS)
    access.register(app, deciding, access.ADMINS)
    access.register(app, alerts, access.READERS)
    access.register(app, escalation, access.SUPERVISORS)
    access.register(app, calls, access.READERS)
    access.register(app, log, access.AUDITORS)
    access.register(app, log_review, access.AUDITORS)
    access.register(app, log_export, access.AUDITORS)
    access.register(app, log_witnesses, access.AUDITORS)


def _for_all_pages() -> dict[str, Any]:
    """Return what the frame of a page needs: what the member may see, and the forms' token."""
    member = g.get("member")
    roles = member.roles if member else frozenset()
    return {
        "is_signed_in": member is not None,
        "is_admin": Role.ADMIN in roles,
        "sections": navigation.links(navigation.SECTIONS, roles) if member else [],
        "help_links": navigation.links(navigation.HELP, roles) if member else [],
        "language": language.page_language(),
        "other_languages": language.other_languages(),
        "csrf_token": member.csrf_token if member else "",
    }

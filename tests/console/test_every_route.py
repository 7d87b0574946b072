"""Every route of the console, called as every role and as nobody, against a table of who may.

The table is written down a second time on purpose: a route that is added, or whose access changes,
fails here until somebody has said who may call it.
"""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.console.house import PHONE, Browser, House, hidden_fields
from tests.support.canary import Canary, scan_bytes

NUMBERS = [Canary("the resident's number", PHONE, "number")]
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
STAFF = frozenset({"ann", "ben", "sue", "cyd", "ada", "cus", "app", "aud"})
NOBODY_TOO = frozenset({"nobody"}) | STAFF
ADMINS = frozenset({"ada"})
AUDITORS = frozenset({"aud"})
OVERSEERS = ADMINS | AUDITORS
# Of any line; of the line that the path names; and its supervisor.
ANY_READERS = frozenset({"ann", "ben", "sue", "cyd"})
READERS = frozenset({"ann", "ben", "sue"})
SUPERVISORS = frozenset({"sue"})
# Who gets past the door, of the made-up staff in tests/console/house.py. Whoever is not named finds
# no such page; without a session one is sent to the sign-in page.
ALLOWED = {
    NOBODY_TOO: (
        "assets.static enrolling.begin enrolling.confirm enrolling.done enrolling.show "
        "languages.choose shared.static signing_in.show_form signing_in.sign_in"
    ),
    STAFF: (
        "help_pages.show inbox.show own_account.change_password own_account.end_other_sessions "
        "own_account.end_session own_account.show own_account.show_password own_key.ask "
        "own_key.renew passkeys.add passkeys.remove passkeys.show proving.prove proving.show "
        "shortcuts.show shortcuts.switch signing_out.sign_out"
    ),
    ANY_READERS: (
        "alerts.add_browser alerts.remove_browser alerts.save alerts.show bulk.change saved.delete "
        "saved.save search.find search.results search.show updates.show"
    ),
    READERS: (
        "calls.show calls.take canned_replies.delete canned_replies.save canned_replies.show "
        "set_aside.show "
        "thread.reply thread.send_again thread.show thread_autosave.autosave thread_case.save "
        "thread_case.show thread_drafts.save thread_drafts.use thread_printing.prepare "
        "thread_language.choose "
        "thread_printing.show thread_restriction.agree thread_restriction.decline "
        "thread_restriction.lift thread_restriction.name thread_restriction.restrict "
        "thread_restriction.show thread_work.close thread_work.note "
        "thread_work.reopen triage.assign triage.claim triage.release triage.set_urgency "
        "words.keep words.show"
    ),
    SUPERVISORS: (
        "escalation.save escalation.show line_keys.confirm line_keys.make line_keys.recover "
        "line_keys.recovery line_keys.show line_people.admit_member line_people.ask_before_removal "
        "line_people.overview line_people.remove line_people.show new_line_keys.ask "
        "new_line_keys.renew restricted_threads.ask_to_open restricted_threads.ask_to_read "
        "restricted_threads.open_orphans restricted_threads.show restricted_threads.withdraw"
    ),
    OVERSEERS: "approvals.show",
    AUDITORS: (
        "log.show log_export.as_table log_export.with_proofs log_review.show log_review.sign "
        "log_witnesses.add log_witnesses.dismiss log_witnesses.show"
    ),
    ADMINS: (
        "accounts.disable accounts.enable accounts.give accounts.release accounts.reset "
        "accounts.show accounts.show_all accounts.take administration.show deciding.agree "
        "deciding.decline deciding.fetch deciding.withdraw inviting.invite inviting.show "
        "inviting.withdraw "
        "line_administration.edit line_administration.make line_administration.new "
        "line_administration.overview line_administration.show"
    ),
}
WHO_MAY = {endpoint: who for who, endpoints in ALLOWED.items() for endpoint in endpoints.split()}
# These find nothing without more than a path says: a form's fields, or what an earlier page made.
NEED_MORE = frozenset(
    {
        "bulk.change",
        "log_witnesses.dismiss",
        "own_account.end_session",
        "proving.prove",
        "proving.show",
        "search.results",
        "triage.set_urgency",
    }
)
SAMPLES = {
    "slug": "police-tips",
    "filename": "console.css",
    "token": "0" * 32,
    "language": "en",
    "witness_id": "0" * 32,
}


def calls(app: Flask) -> list[tuple[Rule, str]]:
    """Every route with every method that it answers."""
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def path_of(app: Flask, rule: Rule, **samples: str) -> str:
    values = {name: {**SAMPLES, **samples}[name] for name in rule.arguments}
    if rule.endpoint == "shared.static":
        values["filename"] = "palette.css"
    with app.test_request_context():
        return str(app.url_map.bind("localhost").build(rule.endpoint, values))


def call(browser: Browser, path: str, method: str) -> TestResponse:
    """Call a route as a page of ours would: an unsafe one with the session's form token."""
    if method not in UNSAFE:
        return browser.open(method, path)
    front = browser.get("/").text
    token = hidden_fields(front, "/sign-out") if 'action="/sign-out"' in front else {}
    return browser.client.post(path, data=token)


def test_somebody_has_said_who_may_call_each_route(house: House) -> None:
    endpoints = {rule.endpoint for rule in house.console().url_map.iter_rules()}
    assert endpoints == set(WHO_MAY)


@pytest.mark.parametrize("name", sorted(NOBODY_TOO))
def test_each_route_as(name: str, house: House) -> None:
    alias = house.text("A tip from a window across the road")
    app = house.console()
    browser = house.browser(app)
    for rule, method in calls(app):
        keep_signed_in(browser, name)
        path = path_of(app, rule, alias=alias, member_id=house.people["ann"].signed_in.member_id)
        answer = call(browser, path, method)
        place = f"{method} {rule.rule} as {name}"
        assert answer.status_code < 500, place
        assert scan_bytes(answer.data, NUMBERS, place) == []
        may = name in WHO_MAY[rule.endpoint]
        assert is_let_in(answer) == may or (may and rule.endpoint in NEED_MORE), place


def keep_signed_in(browser: Browser, name: str) -> None:
    """Sign in again if the last call has ended the session."""
    if name != "nobody" and browser.get("/").status_code != 200:
        browser.house.clock.move(minutes=1)  # a one-time code works once
        assert browser.sign_in(name).status_code == 303


def is_let_in(answer: TestResponse) -> bool:
    """Tell whether an answer is a page's own, rather than what the door says."""
    if answer.status_code == 303 and answer.headers["Location"] == "/sign-in":
        # Signing out ends there as well, and has the browser forget the session.
        return "tipline=;" in answer.headers.get("Set-Cookie", "")
    said = answer.text if answer.mimetype == "text/html" else ""
    return not any(
        words in said for words in ("There is no such page", "Your session has ended</h1>")
    )

"""Promises about every route: who may call it, and what its answers carry."""

from __future__ import annotations

import dataclasses

import pytest
from flask import Blueprint, Flask
from werkzeug.routing import Rule

from tests.console.house import Browser, House, hidden_fields, thread_path
from tipline.console import access
from tipline.console.services import EXTENSION, Console
from tipline.incidents.services import IncidentKind

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
PUBLIC_ENDPOINTS = {
    "assets.static",
    "shared.static",
    "enrolling.begin",
    "enrolling.confirm",
    "enrolling.done",
    "enrolling.show",
    "languages.choose",
    "signing_in.show_form",
    "signing_in.sign_in",
}


def rules(app: Flask) -> list[Rule]:
    return list(app.url_map.iter_rules())


def path_of(rule: Rule, alias: str = "quiet-heron-48") -> str:
    return (
        rule.rule.replace("<slug>", "police-tips")
        .replace("<alias>", alias)
        .replace("<member_id>", "0123456789abcdef" * 2)
        .replace("<path:filename>", "console.css")
    )


def test_every_route_has_declared_access(house: House) -> None:
    app = house.console()
    assert len(rules(app)) >= 9
    for rule in rules(app):
        declared = access.declared_access(app, rule.endpoint)
        assert declared is not None, f"{rule} has no declared access"
        assert declared.is_public == (rule.endpoint in PUBLIC_ENDPOINTS), rule


def test_a_route_without_declared_access_answers_nobody(house: House) -> None:
    app = house.console()
    forgotten = Blueprint("forgotten", __name__)
    forgotten.add_url_rule("/forgotten", view_func=lambda: "a secret")
    app.register_blueprint(forgotten)
    app.add_url_rule("/alone", "alone", lambda: "a secret")
    browser = house.browser(app)
    browser.sign_in("ann")
    for path in ("/forgotten", "/alone"):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert "a secret" not in answer.text


def test_without_a_session_nothing_but_the_sign_in_page_answers(house: House) -> None:
    alias = house.text("A tip")
    app = house.console()
    for rule in rules(app):
        if rule.endpoint in PUBLIC_ENDPOINTS:
            continue
        browser = house.browser(app)
        for method in (rule.methods or set()) - {"HEAD"}:
            answer = browser.open(method, path_of(rule, alias))
            expected = 401 if method in UNSAFE else 303
            assert answer.status_code == expected, f"{method} {rule}"
            assert alias not in answer.text


def test_every_form_of_a_member_needs_the_sessions_token(house: House) -> None:
    alias = house.text("A tip")
    browser, other = house.signed_in("ann"), house.signed_in("ben")
    foreign = hidden_fields(other.get("/").text, "/sign-out")["csrf_token"]
    checked = 0
    for rule in rules(browser.app):
        if rule.endpoint in PUBLIC_ENDPOINTS or not (rule.methods or set()) & UNSAFE:
            continue
        for token in ({}, {"csrf_token": ""}, {"csrf_token": "é"}, {"csrf_token": foreign}):
            data = {"reply": "A forged reply", "token": "0" * 32, "sequence": "1", **token}
            answer = browser.client.post(path_of(rule, alias), data=data)
            assert answer.status_code == 400, rule
            assert "This form is out of date" in answer.text
            assert "A forged reply" not in answer.text, "another site may not choose our words"
        checked += 1
    assert checked >= 16
    assert browser.get("/").status_code == 200
    assert len(house.deliver()) == 1, "the automatic answer alone"


def test_every_form_of_a_member_from_elsewhere_is_refused(house: House) -> None:
    alias = house.text("A tip")
    browser = house.signed_in("ann")
    path = thread_path(alias)
    form = hidden_fields(browser.get(path).text, path)
    for origin in ("https://evil.example", "null"):
        answer = browser.client.post(
            path, data={**form, "reply": "A forged reply"}, headers={"Origin": origin}
        )
        assert answer.status_code == 403
        assert "A forged reply" not in answer.text
    assert len(house.deliver()) == 1


def test_security_headers_are_on_every_answer(house: House) -> None:
    alias = house.text("A tip")
    for browser in (house.signed_in("ann"), house.signed_in("ada"), house.browser()):
        answers = [
            browser.open(method, path_of(rule, alias))
            for rule in rules(browser.app)
            if rule.endpoint != "signing_out.sign_out"
            for method in rule.methods or set()
        ]
        answers += [browser.get("/nope"), browser.client.delete("/"), browser.get("/?after=x")]
        answers.append(browser.client.post("/sign-in", data={"email": "x" * 170_000}))
        assert {200, 404, 405, 413} <= {answer.status_code for answer in answers}
        for answer in answers:
            policy = answer.headers["Content-Security-Policy"].split("; ")
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "base-uri 'none'" in policy
            assert "form-action 'self'" in policy
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "same-origin"
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert "camera=()" in answer.headers["Permissions-Policy"]
            assert "Strict-Transport-Security" not in answer.headers


def test_no_page_holds_inline_script_or_style(house: House) -> None:
    alias = house.text("A tip")
    browser = house.signed_in("ann")
    thread = thread_path(alias)
    own = (thread, f"{thread}/case", f"{thread}/restriction", "/lines/police-tips/set-aside")
    more = ("/", "/search", "/lines/police-tips/ready-made-replies")
    for path in (*own, *more, "/sign-in", "/nope"):
        page = browser.get(path).text
        assert "<style" not in page
        assert " style=" not in page
        assert "<script>" not in page
        assert " onclick" not in page


def test_what_nobody_foresaw_is_logged_without_its_text(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    app = house.console()
    services: Console = app.extensions[EXTENSION]

    class Broken:
        def ring(self, _name: object) -> bool:
            raise RuntimeError("+12095550142 said something")

    app.extensions[EXTENSION] = dataclasses.replace(services, doorbell=Broken())
    alias = house.text("A tip")
    browser = house.browser(app)
    browser.sign_in("ann")
    answer = browser.reply(thread_path(alias), "Hello")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    logged = "".join(str(record.__dict__) for record in caplog.records)
    for words in ("2095550142", "said something"):
        assert words not in answer.text
        assert words not in logged
    assert any(record.msg == "request_failed" for record in caplog.records)


@pytest.mark.parametrize("name", ["cus", "app"])
def test_a_role_without_pages_is_told_so(house: House, name: str) -> None:
    alias = house.text("A tip")
    browser = house.signed_in(name)
    page = browser.get("/").text
    assert f"{house.people[name].role.value}. There are no pages for this role yet." in page
    assert alias not in page
    for path in (thread_path(alias), "/lines/police-tips/set-aside", "/admin"):
        assert browser.get(path).status_code == 404


def test_an_admin_sees_counts_and_no_alias(house: House) -> None:
    alias = house.text("A tip")
    house.post("Another tip")
    with house.stores.main.begin() as connection:
        from tipline.incidents.services import report

        report(connection, IncidentKind.SWAPPED_KEY, house.clock(), 7)
    browser = house.signed_in("ada")
    for path in ("/", "/admin"):
        page = browser.get(path).text
        assert alias not in page
        assert "A tip" not in page
    admin = browser.get("/admin").text
    for name, count in (
        ("Messages to be put into threads", 1),
        ("Messages waiting to be sent", 1),
        ("Swapped keys", 7),
    ):
        assert f"<dt>{name}</dt><dd>{count}</dd>" in admin
    for path in (thread_path(alias), "/lines/police-tips/set-aside"):
        assert browser.get(path).status_code == 404


def test_only_admins_see_the_admin_page(house: House) -> None:
    assert house.signed_in("ann").get("/admin").status_code == 404
    assert house.signed_in("sue").get("/admin").status_code == 404


def other_line(house: House) -> Browser:
    return house.signed_in("cyd")


def test_a_member_of_another_line_finds_nothing(house: House) -> None:
    alias = house.text("A tip")
    own_alias = house.text("A complaint", line="complaints")
    browser = other_line(house)
    assert browser.get(thread_path(own_alias, "complaints")).status_code == 200
    inbox = browser.get("/").text
    assert own_alias in inbox
    assert alias not in inbox
    token = hidden_fields(inbox, "/sign-out")
    for path in (
        thread_path(alias),
        thread_path(alias, "complaints"),
        "/lines/police-tips/set-aside",
        "/lines/nope/threads/" + alias,
    ):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert alias not in answer.text
    form = {**token, "reply": "Hello", "token": "0" * 32, "sequence": "1"}
    for path in (thread_path(alias), thread_path(alias) + "/send-again"):
        assert browser.client.post(path, data=form).status_code == 404
    assert {text.body for text in house.deliver()} == {"Thank you. In an emergency call 911."}

"""What every public page keeps to: languages, headers, one size, no cookie, and a way out."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.gateway.helpers import LogLines
from tests.gateway.web.helpers import (
    PAGE_SIZE,
    SLUG,
    TIP,
    WRONG_WORDS,
    Resident,
    fields_of,
    said,
    unhurried,
)
from tests.support.house import MESSAGE_PATH, House
from tipline.gateway.web.leaving import EXIT_URL

PAGES = ("", f"tip/{SLUG}", "replies", "help")
ONION = "http://" + "a2" * 28 + ".onion"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def answers(resident: Resident) -> Iterator[TestResponse]:
    """Every kind of page, as answered to a resident."""
    for tail in PAGES:
        yield resident.get(tail)
    yield resident.get("nowhere")
    yield resident.get("tip/nobody")
    yield resident.post(f"tip/{SLUG}", TIP)
    yield resident.send(what="")
    receipt = resident.send()
    yield receipt
    path = f"tip/{SLUG}/receipt"
    yield resident.post(path, fields_of(receipt.text, resident.path(path)))
    yield resident.post("replies", {"words": "a b"})
    mailbox = resident.open(WRONG_WORDS)
    yield mailbox
    for tail in ("replies/message", "replies/delete", "replies/forget"):
        hidden = fields_of(mailbox.text, resident.path(tail))
        yield resident.post(tail, hidden)
        yield resident.post(tail, {})
    yield resident.more(WRONG_WORDS, "More.")
    yield resident.remove(WRONG_WORDS, "forget")
    yield resident.remove(WRONG_WORDS, "delete")


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_answer_keeps_to_it(sqlite_house: House, language: str) -> None:
    other = {"en": "es", "es": "en"}[language]
    seen = list(answers(Resident(unhurried(sqlite_house.app), language)))
    assert len(seen) == 21
    for answer in seen:
        page = answer.text
        assert f'<html lang="{language}">' in page
        assert len(answer.data) == PAGE_SIZE, said(page)[:60]
        # A link, or a button that takes along what was typed.
        switch = re.search(rf'(?:href|formaction)="(/{other}/[^"]*)"[^>]* lang="{other}"', page)
        assert switch is not None, said(page)[:60]
        assert f'href="/{language}/leave"' in page
        assert "911" in page
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["Cache-Control"] == "no-store, no-transform"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "<script" not in page
        assert " style=" not in page
        assert not re.search(r'(?:src|href|action)="(?!/|#)', page)


def test_the_other_language_answers_there(reader: Resident) -> None:
    for tail in PAGES:
        assert reader.client.get(f"/es/{tail}").status_code == 200


@pytest.mark.parametrize("path", ["/", f"/tip/{SLUG}", "/replies", "/help"])
@pytest.mark.parametrize(
    ("asked", "language"), [("", "en"), ("es-MX,es;q=0.9", "es"), ("fr", "en"), (";;\x01", "en")]
)
def test_an_address_without_language_leads_to_the_browsers(
    reader: Resident, path: str, asked: str, language: str
) -> None:
    answer = reader.client.get(path, headers={"Accept-Language": asked})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/{language}{path}")
    assert "Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("path", "right"), [("/en", "/en/"), ("/es?words=a+b", "/es/"), ("/en//help", "/en/help")]
)
def test_a_misspelt_address_is_corrected_within_the_site(
    reader: Resident, path: str, right: str
) -> None:
    """Scheme and host are the proxy's affair: what is plain here may be https outside."""
    answer = reader.client.get(path, headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer.headers["Location"]) == (308, right)
    assert answer.data == b""
    assert "elsewhere" not in str(answer.headers)


def test_the_address_outweighs_what_the_browser_asks_for(reader: Resident) -> None:
    answer = reader.get("", **{"Accept-Language": "es"})
    assert '<html lang="en">' in answer.text


def test_lines_are_listed_by_their_certified_names(reader: Resident) -> None:
    page = reader.get("").text
    assert re.findall(r'<li><a href="(/en/tip/[^"]+)">([^<]+)', page) == [
        ("/en/tip/complaints", "Complaints"),
        ("/en/tip/police", "Police tips"),
    ]


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/en/nowhere", "get", 404),
        ("/xx/", "get", 404),
        ("/en/tip/nobody", "post", 404),
        ("/en/help", "post", 405),
        ("/en/replies/message", "get", 405),
        ("/en/tip/" + "a" * 3000, "get", 404),
        ("/en/tip/%00%ff", "get", 404),
    ],
)
def test_errors_are_pages(reader: Resident, path: str, method: str, status: int) -> None:
    answer = reader.client.open(path, method=method.upper())
    assert answer.status_code == status
    assert "<h1>" in answer.text
    spanish = reader.client.open(path.replace("/en/", "/es/"), method=method.upper())
    assert spanish.status_code == status


def test_too_large_a_form_is_told(reader: Resident, log: LogLines) -> None:
    answer = reader.post(f"tip/{SLUG}", {"what": "x" * 500_000})
    assert answer.status_code == 413
    assert "larger than this site takes" in said(answer.text)
    assert "xxxxx" not in log.text


def test_machines_are_answered_as_before(reader: Resident) -> None:
    for path, status, body in (
        (MESSAGE_PATH, 405, b"Refused.\n"),
        ("/webhooks/nothing", 404, b"Refused.\n"),
        ("/healthz", 200, b"ok\n"),
    ):
        answer = reader.client.get(path)
        assert (answer.status_code, answer.data) == (status, body)
        assert "Content-Security-Policy" not in answer.headers
    large = reader.client.post(MESSAGE_PATH, data={"Body": "x" * 70_000})
    assert (large.status_code, large.data) == (413, b"Refused.\n")


def test_over_tor_there_is_an_address(sqlite_house: House) -> None:
    def onion_of(app: Flask, path: str) -> str | None:
        return app.test_client().get(path).headers.get("Onion-Location")

    app = sqlite_house.new_gateway(onion_url=ONION)
    assert onion_of(app, f"/es/tip/{SLUG}") == f"{ONION}/es/tip/{SLUG}"
    assert onion_of(app, "/healthz") is None
    assert ONION in app.test_client().get("/en/help").text
    assert onion_of(sqlite_house.app, "/en/") is None


def test_the_way_out_leads_on_and_has_the_browser_forget(reader: Resident) -> None:
    page = reader.get("leave").text
    assert f'<meta http-equiv="refresh" content="0; url={EXIT_URL}">' in page
    assert reader.get("leave.css").headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'


def test_style_sheets_may_be_kept_for_an_hour(reader: Resident) -> None:
    page = reader.get("").text
    sheets = re.findall(r'<link rel="(?:stylesheet|icon)" href="([^"]+)"', page)
    assert len(sheets) == 4
    for sheet in sheets:
        answer = reader.client.get(sheet)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, max-age=3600"
        answer.close()

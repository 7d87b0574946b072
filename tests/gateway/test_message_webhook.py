"""What the message webhook takes, and what it turns away."""

from __future__ import annotations

import hashlib

import pytest
from werkzeug.test import TestResponse

from tests.gateway.helpers import (
    BODY,
    NOTHING,
    ONE_MESSAGE,
    LogLines,
    changed,
    everything_stored,
    kept,
    message_fields,
    without,
)
from tests.support.carrier_signature import sign
from tests.support.house import ANNA, AUTH_TOKEN, MESSAGE_PATH, PUBLIC_URL, House

REQUIRED = ("MessageSid", "AccountSid", "From", "To", "Body", "NumMedia")
STRANGE_TOKEN = "00112233445566778899aabbccddeeff"
PREVIOUS_TOKEN = "a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5"
URL = PUBLIC_URL + MESSAGE_PATH


def assert_taken(answer: TestResponse) -> None:
    assert answer.status_code == 200
    assert answer.mimetype == "text/xml"
    assert answer.text.endswith("<Response/>")


def assert_refused(house: House, log: LogLines, answer: TestResponse, status: int) -> None:
    """The status, a plain sentence, one log line, and not a trace in the store."""
    assert answer.status_code == status
    assert answer.mimetype == "text/plain"
    assert kept(house) == NOTHING
    assert log.codes() in (["webhook_refused"], ["request_refused"])


# -- taken -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(BODY, id="plain"),
        pytest.param("🚓🏚️👀 at night", id="emoji"),
        pytest.param("Hay señales en el camión, ¿mañana otra vez?", id="Spanish"),
        pytest.param("夜に明かり — ضوء", id="other alphabets"),
        pytest.param("before\x00after", id="NUL"),
        pytest.param("a & b = c; 100%25 + <Response/> \"'", id="form characters"),
        pytest.param("line one\r\nline two\n\n", id="line breaks"),
        pytest.param("\ufeff\u202eevil\u2028\ufffd", id="invisible characters"),
        pytest.param("long " * 320, id="1,600 characters"),
        pytest.param("🚓" * 1600, id="1,600 emoji"),
        pytest.param("é" * 6400, id="as long as is taken"),
    ],
)
def test_text_stands_in_a_thread(house: House, body: str) -> None:
    assert_taken(house.text(ANNA, body))
    assert kept(house) == ONE_MESSAGE
    house.drain()
    assert house.texts() == [body]


def test_empty_text_with_ten_pictures_is_taken(house: House) -> None:
    assert_taken(house.post(MESSAGE_PATH, message_fields("", pictures=10)))
    house.drain_intake()
    (content,) = house.read()
    assert (content.text, content.pictures) == ("", 10)


def test_whatsapp_is_taken(house: House) -> None:
    extra = {"ProfileName": "Anna A.", "WaId": ANNA.removeprefix("+")}
    assert_taken(house.text(f"whatsapp:{ANNA}", BODY, extra=extra))
    house.drain_intake()
    assert house.texts() == [BODY]


def test_fields_that_nobody_announced_are_taken_when_signed(house: House) -> None:
    assert_taken(house.text(ANNA, BODY, extra={"BrandNewField": "x", "Ünïcode ": "", "": "y"}))
    house.drain_intake()
    assert house.texts() == [BODY]


def test_signed_query_is_taken(house: House) -> None:
    assert_taken(house.post(MESSAGE_PATH, message_fields(), query="from=console&n=1"))
    assert kept(house) == ONE_MESSAGE


def test_order_of_the_fields_does_not_matter(house: House) -> None:
    assert_taken(house.post(MESSAGE_PATH, message_fields()[::-1]))
    assert kept(house) == ONE_MESSAGE


def test_what_is_kept_names_nobody(house: House, log: LogLines) -> None:
    fields = message_fields(pictures=1)
    assert_taken(house.post(MESSAGE_PATH, fields))
    stored, values = everything_stored(house), dict(fields)
    for name in ("MessageSid", "From", "Body", "FromCity", "FromZip", "MediaUrl0"):
        assert values[name].encode() not in stored
        assert hashlib.sha256(values[name].encode()).digest() not in stored
    log.assert_silent_about(fields)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Host": "evil.example.net"}, id="Host"),
        pytest.param({"X-Forwarded-Host": "evil.example.net"}, id="forwarded host"),
        pytest.param({"X-Forwarded-Proto": "http", "X-Forwarded-Port": "80"}, id="forwarded http"),
        pytest.param({"X-Forwarded-Prefix": "/elsewhere"}, id="forwarded prefix"),
        pytest.param({"X-Forwarded-For": "203.0.113.9", "X-Real-Ip": "::1"}, id="forwarded for"),
        pytest.param({"X-Original-Url": "/healthz", "X-Rewrite-Url": "/healthz"}, id="rewritten"),
        pytest.param({"I-Twilio-Idempotency-Token": "f" * 32}, id="a retry"),
    ],
)
def test_headers_of_a_proxy_do_not_matter(sqlite_house: House, headers: dict[str, str]) -> None:
    fields = message_fields()
    assert_taken(sqlite_house.post(MESSAGE_PATH, fields, headers=headers))
    assert kept(sqlite_house) == ONE_MESSAGE


@pytest.mark.parametrize(
    ("header", "host"),
    [
        pytest.param("Host", "evil.example.net", id="Host"),
        pytest.param("X-Forwarded-Host", "evil.example.net", id="forwarded host"),
    ],
)
def test_signature_over_the_host_that_a_header_names(
    sqlite_house: House, log: LogLines, header: str, host: str
) -> None:
    fields = message_fields()
    signature = sign(AUTH_TOKEN, f"https://{host}{MESSAGE_PATH}", fields)
    answer = sqlite_house.post(MESSAGE_PATH, fields, signature=signature, headers={header: host})
    assert_refused(sqlite_house, log, answer, 403)
    assert host not in log.text


def test_two_tokens_during_rotation_and_no_third(house: House, log: LogLines) -> None:
    app = house.new_gateway(auth_tokens=(AUTH_TOKEN, PREVIOUS_TOKEN))
    third = house.post(MESSAGE_PATH, message_fields(), token=STRANGE_TOKEN, app=app)
    assert_refused(house, log, third, 403)
    for number, token in enumerate((AUTH_TOKEN, PREVIOUS_TOKEN), 1):
        assert_taken(house.post(MESSAGE_PATH, message_fields(), token=token, app=app))
        assert kept(house) == (number, 0, number)
    log.assert_silent_about([], AUTH_TOKEN, PREVIOUS_TOKEN, STRANGE_TOKEN)


def test_previous_token_is_not_taken_without_rotation(house: House, log: LogLines) -> None:
    answer = house.post(MESSAGE_PATH, message_fields(), token=PREVIOUS_TOKEN)
    assert_refused(house, log, answer, 403)


# -- not signed, or over something else ------------------------------------------------------


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param("", id="none"),
        pytest.param(" ", id="blank"),
        pytest.param("AAAAAAAAAAAAAAAAAAAAAAAAAAA=", id="well-formed"),
        pytest.param("not base64 at all", id="junk"),
        pytest.param("s\xedgnature", id="not ASCII"),
        pytest.param("A" * 5000, id="huge"),
    ],
)
def test_without_a_signature(sqlite_house: House, log: LogLines, signature: str) -> None:
    fields = message_fields()
    answer = sqlite_house.post(MESSAGE_PATH, fields, signature=signature)
    assert_refused(sqlite_house, log, answer, 403)
    log.assert_silent_about(fields, signature)
    assert log.events()[0]["reason"] == ("wrong_signature" if signature else "not_signed")


@pytest.mark.parametrize(
    ("token", "url"),
    [
        pytest.param(STRANGE_TOKEN, URL, id="wrong token"),
        pytest.param(AUTH_TOKEN.upper(), URL, id="token in capitals"),
        pytest.param(AUTH_TOKEN, "https://evil.example.net" + MESSAGE_PATH, id="other host"),
        pytest.param(AUTH_TOKEN, "http://tips.example.org" + MESSAGE_PATH, id="http"),
        pytest.param(AUTH_TOKEN, f"{PUBLIC_URL}:8443{MESSAGE_PATH}", id="other port"),
        pytest.param(AUTH_TOKEN, f"{PUBLIC_URL}/webhooks/twilio/status", id="other path"),
        pytest.param(AUTH_TOKEN, URL + "/", id="trailing slash"),
        pytest.param(AUTH_TOKEN, URL + "?a=b", id="query that was not sent"),
        pytest.param(AUTH_TOKEN, "http://localhost" + MESSAGE_PATH, id="the server's own name"),
        pytest.param(AUTH_TOKEN, "", id="no URL"),
    ],
)
def test_signature_of_something_else(
    sqlite_house: House, log: LogLines, token: str, url: str
) -> None:
    fields = message_fields()
    signature = sign(token, url, fields)
    answer = sqlite_house.post(MESSAGE_PATH, fields, signature=signature)
    assert_refused(sqlite_house, log, answer, 403)
    log.assert_silent_about(fields, signature, token)


@pytest.mark.parametrize("query", ["a=b", "ref=" + "0" * 32, "%ff%00", "a=b&a=c"])
def test_query_that_was_not_signed(sqlite_house: House, log: LogLines, query: str) -> None:
    fields = message_fields()
    answer = sqlite_house.post(
        MESSAGE_PATH, fields, query=query, signature=sign(AUTH_TOKEN, URL, fields)
    )
    assert_refused(sqlite_house, log, answer, 403)
    log.assert_silent_about(fields, query)


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("how", ["changed", "emptied", "removed", "renamed"])
def test_field_tampered_with(sqlite_house: House, log: LogLines, name: str, how: str) -> None:
    fields = message_fields()
    value = dict(fields)[name]
    tampered = {
        "changed": changed(fields, **{name: value + "1"}),
        "emptied": changed(fields, **{name: ""}),
        "removed": without(fields, name),
        "renamed": [*without(fields, name), (name.lower(), value)],
    }[how]
    answer = sqlite_house.post(MESSAGE_PATH, tampered, signature=sign(AUTH_TOKEN, URL, fields))
    assert_refused(sqlite_house, log, answer, 403)
    log.assert_silent_about([*fields, *tampered])


@pytest.mark.parametrize("added", ["OptOutType", "MediaUrl0", "FromPhone", "anything", ""])
def test_field_added(sqlite_house: House, log: LogLines, added: str) -> None:
    fields = message_fields()
    longer = [*fields, (added, "an added value")]
    answer = sqlite_house.post(MESSAGE_PATH, longer, signature=sign(AUTH_TOKEN, URL, fields))
    assert_refused(sqlite_house, log, answer, 403)
    log.assert_silent_about(longer)

"""Messages that are rightly signed and yet not taken: their fields are not what they must be."""

from __future__ import annotations

import base64
import hashlib
import json
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from tests.gateway.helpers import (
    BODY,
    NOTHING,
    Fields,
    LogLines,
    changed,
    kept,
    merged,
    message_fields,
    without,
)
from tests.support.carrier_signature import sign
from tests.support.house import ANNA, AUTH_TOKEN, LINE, MESSAGE_PATH, PUBLIC_URL, House

REQUIRED = ("MessageSid", "AccountSid", "From", "To", "Body", "NumMedia")
URL = PUBLIC_URL + MESSAGE_PATH
OTHER_ACCOUNT = "AC" + "f" * 32


@pytest.fixture
def house(sqlite_house: House) -> House:
    """What is refused never reaches a store: one database is enough."""
    return sqlite_house


def assert_refused(house: House, log: LogLines, answer: TestResponse, status: int) -> None:
    """The status, a plain sentence, one log line, and not a trace in the store."""
    assert answer.status_code == status
    assert answer.mimetype == "text/plain"
    assert kept(house) == NOTHING
    assert log.codes() in (["webhook_refused"], ["request_refused"])


def assert_signed_but_refused(house: House, log: LogLines, fields: Fields, status: int) -> None:
    assert_refused(house, log, house.post(MESSAGE_PATH, fields), status)
    log.assert_silent_about(fields)


@pytest.mark.parametrize("name", REQUIRED)
def test_required_field_missing(house: House, log: LogLines, name: str) -> None:
    assert_signed_but_refused(house, log, without(message_fields(), name), 400)


@pytest.mark.parametrize("name", [*REQUIRED, "FromCity", "OptOutType", "ProfileName"])
@pytest.mark.parametrize("second", ["the same", "another value"])
def test_field_doubled(house: House, log: LogLines, name: str, second: str) -> None:
    """The signature does not tell a doubled field from a single one."""
    fields = dict([*message_fields(), ("OptOutType", "STOP"), ("ProfileName", "Anna A.")])
    value = fields[name] if second == "the same" else second
    doubled = [*fields.items(), (name, value)]
    if second == "the same":
        assert sign(AUTH_TOKEN, URL, doubled) == sign(AUTH_TOKEN, URL, list(fields.items()))
    assert_signed_but_refused(house, log, doubled, 400)


@pytest.mark.parametrize("name", REQUIRED)
def test_field_doubled_with_the_signature_of_the_single_one(
    house: House, log: LogLines, name: str
) -> None:
    fields = message_fields()
    doubled = [*fields, (name, "another value")]
    answer = house.post(MESSAGE_PATH, doubled, signature=sign(AUTH_TOKEN, URL, fields))
    assert_refused(house, log, answer, 400)


@pytest.mark.parametrize(
    ("first", "last", "status"),
    [
        pytest.param("Body", "From", 400, id="From into Body"),
        pytest.param("Body", "To", 400, id="From to To into Body"),
        pytest.param("Body", "ToZip", 400, id="all that follows into Body"),
        pytest.param("ApiVersion", "Body", 400, id="Body into ApiVersion"),
        pytest.param("MessageSid", "NumMedia", 400, id="NumMedia into MessageSid"),
        pytest.param("FromZip", "MessageSid", 400, id="MessageSid into FromZip"),
        pytest.param("SmsStatus", "To", 400, id="To into SmsStatus"),
        pytest.param("AccountSid", "ApiVersion", 403, id="ApiVersion into AccountSid"),
        pytest.param("NumMedia", "NumSegments", 400, id="NumSegments into NumMedia"),
        pytest.param("To", "ToCity", 404, id="ToCity into To"),
        pytest.param("From", "FromCity", 400, id="FromCity into From"),
    ],
)
def test_fields_merged_under_the_same_signature(
    house: House, log: LogLines, first: str, last: str, status: int
) -> None:
    """Names and values are signed without anything in between."""
    fields = message_fields()
    fewer = merged(fields, first, last)
    assert sign(AUTH_TOKEN, URL, fewer) == sign(AUTH_TOKEN, URL, fields)
    assert_signed_but_refused(house, log, fewer, status)


def test_text_split_into_fields_under_the_same_signature(house: House, log: LogLines) -> None:
    """A resident cannot write a text whose signature holds for fields of their choice."""
    honest = message_fields("hello From+12095550142")
    forged = [*changed(honest, Body="hello "), ("From+1", "2095550142")]
    assert sign(AUTH_TOKEN, URL, forged) != sign(AUTH_TOKEN, URL, honest)
    body = "hello From" + "+12095550142"
    honest = without(message_fields(body), "From")
    forged = [*changed(honest, Body="hello "), ("From", "+12095550142")]
    assert sign(AUTH_TOKEN, URL, forged) == sign(AUTH_TOKEN, URL, honest)
    # The provider itself always sends From: then there are two.
    always = [*honest, ("From", ANNA)]
    answer = house.post(
        MESSAGE_PATH, [*forged, ("From", ANNA)], signature=sign(AUTH_TOKEN, URL, always)
    )
    assert_refused(house, log, answer, 400)


@pytest.mark.parametrize("account", [OTHER_ACCOUNT, "", "AC", OTHER_ACCOUNT.lower()])
def test_another_account(house: House, log: LogLines, account: str) -> None:
    assert_signed_but_refused(house, log, message_fields(account=account), 403)


@pytest.mark.parametrize(
    "count",
    ["11", "99", "100", "-1", "+1", " 1", "1 ", "1\n", "1.0", "1e0", "²", "١", "", "none", "0x1"],
)
def test_count_of_pictures_that_is_none(house: House, log: LogLines, count: str) -> None:
    fields = changed(message_fields(pictures=2), NumMedia=count)
    assert_signed_but_refused(house, log, fields, 400)


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        pytest.param(message_fields(), "1", id="one and no address"),
        pytest.param(message_fields(pictures=1), "2", id="two with one address"),
        pytest.param(without(message_fields(pictures=2), "MediaUrl0"), "2", id="first is missing"),
        pytest.param(without(message_fields(pictures=1), "MediaContentType0"), "1", id="no type"),
        pytest.param(changed(message_fields(pictures=1), MediaUrl0=""), "1", id="empty address"),
        pytest.param(
            changed(message_fields(pictures=1), MediaUrl0="https://api.twilio.com/" + "a" * 4096),
            "1",
            id="endless address",
        ),
    ],
)
def test_lying_count_of_pictures(house: House, log: LogLines, fields: Fields, count: str) -> None:
    assert_signed_but_refused(house, log, changed(fields, NumMedia=count), 400)


@pytest.mark.parametrize(
    "sid",
    [
        pytest.param("", id="empty"),
        pytest.param("SM", id="only its letters"),
        pytest.param("SM" + "a" * 31, id="short"),
        pytest.param("SM" + "a" * 33, id="long"),
        pytest.param("XX" + "a" * 32, id="other letters"),
        pytest.param("SM" + "A" * 32, id="capitals"),
        pytest.param("SM" + "a" * 32 + "\n", id="line break"),
        pytest.param(" SM" + "a" * 32, id="space"),
        pytest.param("SM" + "a" * 31 + "\0", id="NUL"),
        pytest.param("SM../../" + "a" * 26, id="a path"),
    ],
)
def test_malformed_message_id(house: House, log: LogLines, sid: str) -> None:
    assert_signed_but_refused(house, log, changed(message_fields(), MessageSid=sid), 400)


@pytest.mark.parametrize("name", ["From", "To"])
@pytest.mark.parametrize(
    "address", [pytest.param("", id="empty"), pytest.param("+" + "1" * 4096, id="endless")]
)
def test_malformed_address(house: House, log: LogLines, name: str, address: str) -> None:
    assert_signed_but_refused(house, log, changed(message_fields(), **{name: address}), 400)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("+12095550123", id="another number"),
        pytest.param("nonsense", id="no number"),
        pytest.param("+", id="plus"),
        pytest.param("\0", id="NUL"),
        pytest.param(LINE + "1", id="longer"),
        pytest.param(LINE[:-1], id="shorter"),
        pytest.param("' OR 1=1 --", id="SQL"),
    ],
)
def test_unknown_line(house: House, log: LogLines, address: str) -> None:
    assert_signed_but_refused(house, log, message_fields(line=address), 404)
    assert log.events()[0]["reason"] == "no_such_line"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param("x" * 6401, 400, id="one character more"),
        pytest.param("x" * 60_000, 400, id="just under 64 KiB"),
        pytest.param("x" * 65_536, 413, id="over 64 KiB"),
        pytest.param("🚓" * 6400, 413, id="over 64 KiB on the wire"),
        pytest.param("x" * 5_000_000, 413, id="five megabytes"),
    ],
)
def test_too_long(house: House, log: LogLines, body: str, status: int) -> None:
    assert_signed_but_refused(house, log, message_fields(body), status)


@pytest.mark.parametrize("is_claimed", [True, False], ids=["claimed", "not claimed"])
def test_large_field_beside_a_short_text(house: House, log: LogLines, is_claimed: bool) -> None:
    fields = [*message_fields(), ("Extra", "y" * 65_536)]
    signature = sign(AUTH_TOKEN, URL, fields if is_claimed else message_fields())
    answer = house.post(MESSAGE_PATH, fields, signature=signature)
    assert_refused(house, log, answer, 413)


def test_multipart_of_many_parts(house: House, log: LogLines) -> None:
    parts = {f"n{number}": "v" for number in range(1000)}
    answer = house.app.test_client().post(
        MESSAGE_PATH,
        data=parts,
        content_type="multipart/form-data",
        headers={"X-Twilio-Signature": sign(AUTH_TOKEN, URL, list(parts.items()))},
    )
    assert_refused(house, log, answer, 413)


# -- other shapes of request -----------------------------------------------------------------


@pytest.mark.parametrize("has_hash", [True, False], ids=["with bodySHA256", "without bodySHA256"])
def test_json_body(house: House, log: LogLines, has_hash: bool) -> None:
    raw = json.dumps(dict(message_fields())).encode()
    query = f"bodySHA256={hashlib.sha256(raw).hexdigest()}" if has_hash else ""
    tail = f"?{query}" if has_hash else ""
    answer = house.app.test_client().post(
        MESSAGE_PATH + tail,
        data=raw,
        content_type="application/json",
        headers={"X-Twilio-Signature": sign(AUTH_TOKEN, URL + tail, [])},
    )
    assert_refused(house, log, answer, 400)
    log.assert_silent_about(message_fields(), BODY)


@pytest.mark.parametrize("value", ["", "0" * 64, hashlib.sha256(b"").hexdigest(), "%c3%a9"])
def test_signature_of_a_body_hash_does_not_hold_for_a_form(
    house: House, log: LogLines, value: str
) -> None:
    """A webhook with a JSON body is signed over its URL alone."""
    fields, query = message_fields(), f"bodySHA256={value}"
    signature = sign(AUTH_TOKEN, f"{URL}?{query}", [])
    answer = house.post(MESSAGE_PATH, fields, query=query, signature=signature)
    assert_refused(house, log, answer, 403)
    log.assert_silent_about(fields)


def test_fields_in_the_query_are_no_form(house: House, log: LogLines) -> None:
    query = urlencode(message_fields())
    answer = house.post(MESSAGE_PATH, [], query=query)
    assert_refused(house, log, answer, 400)
    log.assert_silent_about(message_fields(), BODY)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE"])
def test_other_methods(house: House, log: LogLines, method: str) -> None:
    fields = message_fields()
    answer = house.app.test_client().open(
        MESSAGE_PATH,
        method=method,
        data=dict(fields),
        headers={"X-Twilio-Signature": sign(AUTH_TOKEN, URL, fields)},
    )
    assert_refused(house, log, answer, 405)
    log.assert_silent_about(fields)


@pytest.mark.parametrize(
    "path", [MESSAGE_PATH + "/", "/webhooks/twilio", "/" + MESSAGE_PATH, "/+12095550141", "/"]
)
def test_other_paths(house: House, log: LogLines, path: str) -> None:
    answer = house.app.test_client().post(path, data=dict(message_fields()))
    assert answer.status_code in (308, 404, 405)
    assert kept(house) == NOTHING
    log.assert_silent_about(message_fields())


def test_the_hash_of_an_empty_signature_is_no_signature(house: House, log: LogLines) -> None:
    nothing = hashlib.sha1(b"").digest()  # noqa: S324 - Twilio signs with SHA-1
    empty = base64.b64encode(nothing).decode()
    answer = house.post(MESSAGE_PATH, message_fields(), signature=empty)
    assert_refused(house, log, answer, 403)

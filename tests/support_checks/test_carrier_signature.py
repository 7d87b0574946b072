"""The provider's stand-in signs as the provider does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from tests.support.carrier_signature import (
    inbound_fields,
    post_signed,
    segments,
    sign,
    status_fields,
)

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
TOKEN = "12345"
RESIDENT, LINE = "+12095550143", "+12095550100"


# The provider's worked example, as its documentation printed it over the years: with each of these
# callers. Found in public test suites of other implementations (Go, C#, Elixir, TypeScript).
@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        ("+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("+14158675310", "GvWf1cFY/Q7PnoempGyD5oXAezc="),
        ("+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
    ],
)
def test_documented_example(caller: str, expected: str) -> None:
    fields = [
        ("To", "+18005551212"),
        ("From", caller),
        ("Digits", "1234"),
        ("Caller", caller),
        ("CallSid", "CA1234567890ABCDE"),
    ]
    assert sign(TOKEN, URL, fields) == expected


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.dictionaries(texts.filter(bool), texts, max_size=8), st.text("abc123", min_size=1))
def test_the_providers_library_agrees(fields: dict[str, str], token: str) -> None:
    validator = RequestValidator(token)
    assert sign(token, URL, list(fields.items())) == validator.compute_signature(URL, fields)


def test_everything_is_signed() -> None:
    fields = inbound_fields("hello", sender=RESIDENT, to=LINE)
    good = sign("token", URL, fields)
    others = [sign("other", URL, fields), sign("token", URL + "3", fields)]
    for number, (name, value) in enumerate(fields):
        changed = [*fields[:number], (name, value + "x"), *fields[number + 1 :]]
        others += [sign("token", URL, changed), sign("token", URL, fields[:number])]
    assert good not in others
    assert sign("token", URL, fields[::-1]) == good


def test_an_empty_token_does_not_sign() -> None:
    with pytest.raises(ValueError, match="empty auth token"):
        sign("", URL, [])


def test_inbound_fields_are_complete() -> None:
    media = [("https://api.twilio.com/one", "image/jpeg"), ("https://api.twilio.com/two", "a/b")]
    fields = dict(inbound_fields("look", sender=RESIDENT, to=LINE, media=media))
    assert fields["MessageSid"] == fields["SmsSid"] == fields["SmsMessageSid"]
    assert fields["MessageSid"].startswith("MM")
    assert len(fields["MessageSid"]) == 34
    assert (fields["From"], fields["To"], fields["Body"]) == (RESIDENT, LINE, "look")
    assert (fields["NumMedia"], fields["MediaUrl1"]) == ("2", "https://api.twilio.com/two")
    assert (fields["MediaContentType0"], fields["SmsStatus"]) == ("image/jpeg", "received")
    places = {f"{side}{part}" for side in ("From", "To") for part in _PLACE}
    assert {"AccountSid", "ApiVersion", "NumSegments", *places} <= fields.keys()


_PLACE = ("City", "State", "Zip", "Country")


def test_status_fields() -> None:
    fields = dict(status_fields("SM1", "undelivered", sender=LINE, to=RESIDENT, error_code=30003))
    assert (fields["MessageStatus"], fields["ErrorCode"]) == ("undelivered", "30003")
    assert "ErrorCode" not in dict(status_fields("SM1", "sent", sender=LINE, to=RESIDENT))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_segments(body: str, expected: int) -> None:
    assert segments(body) == expected


class _Carrier(BaseHTTPRequestHandler):
    """Verifies with the provider's own library and says what it found."""

    public = ""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        fields = dict(parse_qsl(body, keep_blank_values=True))
        url = (self.public or f"http://{self.headers['Host']}") + self.path
        given_signature = self.headers["X-Twilio-Signature"]
        good = RequestValidator("token").validate(url, fields, given_signature)
        self.send_response(303 if "moved" in self.path else 200 if good else 403)
        if "moved" in self.path:
            self.send_header("Location", "/in")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def base_url() -> Iterator[str]:
    """A server on a free port that answers 200 to a good signature and 403 to a bad one."""
    server = HTTPServer(("127.0.0.1", 0), _Carrier)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_posted_fields_verify(base_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = inbound_fields("¿Dónde? & + = 100 % \n", sender=RESIDENT, to=LINE)
    with requests.Session() as session:
        answer = post_signed(base_url, "/in", "token", fields, "ref=a%20b", session)
    assert answer.status_code == 200
    assert answer.url == f"{base_url}/in?ref=a%20b"
    assert post_signed(base_url, "/moved", "token", fields).status_code == 303
    assert post_signed(base_url, "/in", "wrong", fields).status_code == 403
    unsigned = post_signed(base_url, "/in", "token", fields, headers={"X-Twilio-Signature": "x"})
    assert unsigned.status_code == 403
    monkeypatch.setattr(_Carrier, "public", "https://tips.example")
    public = "https://tips.example/"
    assert post_signed(base_url, "/in", "token", fields, public_url=public).status_code == 200
    assert post_signed(base_url, "/in", "token", fields).status_code == 403

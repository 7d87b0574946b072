"""Whatever is typed or sent: no page fails, and nothing typed is logged or in an address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import copied
from tests.gateway.helpers import LogLines
from tests.gateway.web.helpers import SLUG, WRONG_WORDS, Resident, fields_of, unhurried
from tests.support.house import House, Template

SOME = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
FORM = "application/x-www-form-urlencoded"
NAMES = [
    "token",
    "what",
    "where",
    "when",
    "danger",
    "category",
    "confirm_url",
    "switch",
    "receipt",
    "word3",
    "word6",
    "words",
    "opened",
    "text",
    "confirmed",
]
PATHS = (f"tip/{SLUG}", f"tip/{SLUG}/receipt", "replies", "replies/message", "replies/delete",
         "replies/forget")  # fmt: skip
# Some of it no UTF-8: the halves of surrogate pairs, as a broken client would send them.
RAW = st.binary(max_size=60) | st.sampled_from(
    [b"\xed\xa0\x80", b"\xed\xb0\x80", b"\0", b"\xff\xfe", b"\r\n", b"<script>", "🏚".encode() * 99]
)
TEXTS = st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass"))
PAIRS = st.lists(
    st.tuples(st.sampled_from(NAMES) | st.text("abc", max_size=5), RAW | TEXTS), max_size=12
)


@pytest.fixture(scope="module")
def app(
    template: Callable[[str], Template], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """One instance for all examples."""
    made, home = template("sqlite"), tmp_path_factory.mktemp("town")
    with copied(made, home, None) as urls:
        house = House(made, home, urls)
        yield unhurried(house.app)
        house.close()


def encoded(pairs: list[tuple[str, bytes]]) -> bytes:
    return "&".join(f"{name}={quote_plus(value)}" for name, value in pairs).encode()


@SOME
@given(
    pairs=PAIRS,
    path=st.sampled_from(PATHS),
    language=st.sampled_from(["en", "es"]),
    is_real=st.booleans(),
)
def test_no_form_makes_a_page_fail(
    app: Flask, pairs: list[tuple[str, bytes]], path: str, language: str, is_real: bool
) -> None:
    resident = Resident(app, language)
    if is_real:
        page = (resident.get(PATHS[0]) if "tip" in path else resident.open(WRONG_WORDS)).text
        whole = resident.path(path)
        hidden = fields_of(page, whole) if f'action="{whole}"' in page else {}
        pairs = [*pairs, *((name, value.encode()) for name, value in hidden.items())]
    answer = resident.client.post(resident.path(path), data=encoded(pairs), content_type=FORM)
    assert answer.status_code in (200, 400, 409, 413), answer.status_code
    assert "Location" not in answer.headers


@SOME
@given(body=st.binary(max_size=300), kind=st.sampled_from([
    FORM, "multipart/form-data; boundary=x", "multipart/form-data", "text/plain", "application/json"
]), path=st.sampled_from(PATHS))  # fmt: skip
def test_no_body_makes_a_page_fail(app: Flask, body: bytes, kind: str, path: str) -> None:
    answer = app.test_client().post(f"/en/{path}", data=body, content_type=kind)
    assert answer.status_code in (200, 400, 413)


@SOME
@given(st.text(max_size=40))
def test_no_address_makes_a_page_fail(app: Flask, tail: str) -> None:
    for path in (f"/{tail}", f"/en/{tail}", f"/es/tip/{tail}"):
        answer = app.test_client().get(quote(path.encode("utf-8", "replace"), safe="/"))
        assert answer.status_code in (200, 303, 308, 400, 404, 405)
        answer.close()


TYPED = st.text(st.characters(codec="utf-8"), min_size=8, max_size=60)


@SOME
@given(what=TYPED, where=TYPED, text=TYPED, words=TYPED)
def test_nothing_typed_is_logged(
    app: Flask, log: LogLines, what: str, where: str, text: str, words: str
) -> None:
    resident = Resident(app)
    resident.send(what=what, where=where)
    resident.send(what="", where=where)
    resident.more(WRONG_WORDS, text)
    resident.open(words)
    for typed in (what, where, text, words):
        stripped = typed.strip()
        assert len(stripped) < 8 or stripped not in log.text

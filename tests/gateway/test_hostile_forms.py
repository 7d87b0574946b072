"""Whatever is posted: no 5xx, and 200 only for what is rightly signed and well-formed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from string import ascii_letters, ascii_lowercase, digits
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests.conftest import copied
from tests.gateway.helpers import Fields, message_fields
from tests.support.carrier_signature import new_sid, sign, status_fields
from tests.support.house import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    LINE,
    MESSAGE_PATH,
    OTHER_LINE,
    PUBLIC_URL,
    STATUS_PATH,
    House,
    Template,
)
from tests.system.fuzzing.bodies import as_read
from tests.system.fuzzing.sizes import REQUESTS
from tipline.envelopes.models import Envelope, StatusReport

REQUIRED = ("MessageSid", "AccountSid", "From", "To", "Body", "NumMedia")
OTHERS = ("MediaUrl0", "MediaContentType0", "MediaUrl1", "OptOutType", "FromCity", "messagesid")
URL = PUBLIC_URL + MESSAGE_PATH
FORM = "application/x-www-form-urlencoded"
FEW_HUNDRED = settings(
    max_examples=max(300, REQUESTS // 50),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)


@pytest.fixture(scope="module")
def town(
    template: Callable[[str], Template], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """One instance for all examples."""
    made, home = template("sqlite"), tmp_path_factory.mktemp("town")
    with copied(made, home, None) as urls:
        house = House(made, home, urls)
        yield house
        house.close()


NAMES = st.sampled_from((*REQUIRED, *OTHERS)) | st.text(max_size=12)
VALUES = (
    st.sampled_from(("", "0", "1", "2", "10", "11", "-1", "²", ACCOUNT_SID, LINE, OTHER_LINE))
    | st.from_regex(r" ?\+?[0-9 ().-]{1,26}", fullmatch=True)
    | st.from_regex(r"(SM|MM)[0-9a-f]{32}", fullmatch=True)
    | st.text(max_size=40)
)
TEXTS_AS_BYTES = VALUES.map(lambda value: value.encode("utf-8", "surrogatepass"))
PAIRS = st.tuples(NAMES, VALUES)


@st.composite
def edited_forms(draw: st.DrawFn) -> Fields:
    """A good form with a few edits, some of which do no harm."""
    fields = message_fields(draw(st.text(max_size=60)), pictures=draw(st.integers(0, 2)))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(fields) - 1))
        name, value = fields[place]
        edit = draw(st.sampled_from(("drop", "double", "replace", "rename", "add", "shuffle")))
        if edit == "drop" and len(fields) > 1:
            del fields[place]
        elif edit == "double":
            fields.append((name, draw(st.just(value) | VALUES)))
        elif edit == "replace":
            fields[place] = (name, draw(VALUES))
        elif edit == "rename":
            fields[place] = (draw(NAMES), value)
        elif edit == "add":
            fields.append(draw(PAIRS))
        else:
            fields = draw(st.permutations(fields))
    return fields


def is_sender(value: str) -> bool:
    """A number however it is written, a name, or an address on another channel."""
    channel, colon, address = value.partition(":")
    if colon:
        rest = address.removeprefix("+")
        return (
            2 <= len(channel) <= 16
            and set(channel) <= set(ascii_lowercase)
            and 1 <= len(rest) <= 128
            and set(rest) <= {*ascii_letters, *digits, *"._@-"}
        )
    plus, number = value.removeprefix(" ")[:1], value.removeprefix(" ")[1:]
    if plus == "+":
        return 2 <= len(number) <= 24 and set(number) <= {*digits, *" ().-"}
    is_number = 1 <= len(value) <= 15 and set(value) <= set(digits)
    return is_number or (
        1 <= len(value) <= 11 and set(value) <= {*ascii_letters, *digits, *" &._-"}
    )


def is_well_formed(fields: Fields) -> bool:
    """What a message must be, written down a second time."""
    values, counts = dict(fields), Counter(name for name, _ in fields)
    if any(counts[name] != 1 for name in REQUIRED) or max(counts.values()) > 1:
        return False
    if not re.fullmatch("[0-9]{1,2}", values["NumMedia"]) or int(values["NumMedia"]) > 10:
        return False
    pictures = range(int(values["NumMedia"]))
    return (
        re.fullmatch("(SM|MM)[0-9a-f]{32}", values["MessageSid"]) is not None
        and values["AccountSid"] == ACCOUNT_SID
        and is_sender(values["From"])
        and values["To"] in (LINE, OTHER_LINE)
        and all(values.get(f"MediaUrl{n}") for n in pictures)
        and all(f"MediaContentType{n}" in values for n in pictures)
    )


def envelopes(house: House) -> int:
    with house.stores.main.connect() as connection:
        return connection.execute(select(func.count()).select_from(Envelope)).scalar_one()


def post_raw(
    house: House, raw: bytes, signature: str | None, kind: str = FORM, path: str = MESSAGE_PATH
) -> int:
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    client = house.app.test_client()
    return client.post(path, data=raw, content_type=kind, headers=headers).status_code


@FEW_HUNDRED
@given(fields=edited_forms() | st.lists(PAIRS, max_size=12), is_signed=st.booleans())
def test_any_fields(town: House, fields: Fields, is_signed: bool) -> None:
    before = envelopes(town)
    signature = sign(AUTH_TOKEN if is_signed else AUTH_TOKEN[::-1], URL, fields)
    status = post_raw(town, urlencode(fields).encode(), signature)
    assert status < 500
    assert (status == 200) == (is_signed and is_well_formed(fields))
    if status != 200:
        assert envelopes(town) == before


@FEW_HUNDRED
@given(fields=edited_forms(), signature=st.none() | st.text(st.characters(max_codepoint=255)))
def test_any_signature(town: House, fields: Fields, signature: str | None) -> None:
    before = envelopes(town)
    signature = re.sub(r"[\r\n]", "", signature) if signature is not None else None
    assert post_raw(town, urlencode(fields).encode(), signature) in (400, 403)
    assert envelopes(town) == before


KINDS = st.sampled_from(
    (FORM, "", "application/json", "text/plain", "multipart/form-data",
     "multipart/form-data; boundary=x", FORM + "; charset=utf-16", FORM + "; charset=nonsense")
)  # fmt: skip
FRAGMENTS = st.sampled_from(
    (b"&", b"=", b"%", b"%00", b"%ff", b"+", b";", b"Body=", b"From=", b"--x\r\n", b"--x--\r\n",
     b'Content-Disposition: form-data; name="Body"\r\n\r\n', b"\r\n", b"AccountSid=")
)  # fmt: skip


@FEW_HUNDRED
@given(
    raw=st.binary(max_size=200) | st.lists(FRAGMENTS | st.binary(max_size=8)).map(b"".join),
    kind=KINDS,
    path=st.sampled_from((MESSAGE_PATH, STATUS_PATH)),
    signs=st.sampled_from(("nothing", "the URL", "the text")),
)
def test_any_bytes(town: House, raw: bytes, kind: str, path: str, signs: str) -> None:
    """Rightly signed as far as the bytes are no form: still no field of ours is there."""
    fields = [("", raw.decode("latin-1"))] if signs == "the text" else []
    signature = None if signs == "nothing" else sign(AUTH_TOKEN, PUBLIC_URL + path, fields)
    before = envelopes(town)
    assert post_raw(town, raw, signature, kind, path) in (400, 403)
    assert envelopes(town) == before


@FEW_HUNDRED
@given(
    place=st.integers(0, 10_000),
    byte=st.integers(0, 255),
    edit=st.sampled_from(("replace", "insert", "cut")),
)
def test_good_form_with_a_wrong_byte(town: House, place: int, byte: int, edit: str) -> None:
    """200 only if the byte made no difference, such as a capital in an escape."""
    fields = message_fields("ñ at night, 🚓 & more", sid=new_sid())
    raw = urlencode(fields).encode()
    place %= len(raw)
    end = {"replace": place + 1, "insert": place, "cut": len(raw)}[edit]
    edited = raw[:place] + (b"" if edit == "cut" else bytes([byte])) + raw[end:]
    before = envelopes(town)
    status = post_raw(town, edited, sign(AUTH_TOKEN, URL, fields))
    same = edited == raw or _parsed(edited) == fields
    assert status == 200 if same else status in (400, 403)
    assert envelopes(town) == before + (status == 200)


NAMES_AS_BYTES = st.sampled_from([name.encode() for name in (*REQUIRED, *OTHERS)]) | st.binary()
TYPES = st.sampled_from((FORM, FORM + "; charset=latin-1", "multipart/form-data; boundary=x"))


@FEW_HUNDRED
@given(
    hostile=st.lists(st.tuples(NAMES_AS_BYTES, st.binary() | TEXTS_AS_BYTES), max_size=5),
    good=edited_forms() | st.just(message_fields()),
    kind=TYPES,
    path=st.sampled_from((MESSAGE_PATH, STATUS_PATH)),
    is_escaped=st.booleans(),
)
def test_any_bytes_signed_as_they_are_read(
    town: House,
    hostile: list[tuple[bytes, bytes]],
    good: Fields,
    kind: str,
    path: str,
    is_escaped: bool,
) -> None:
    """Whatever the bytes are read as is signed: so every one of them is believed, and looked at."""
    pairs = [(name.encode(), value.encode("utf-8", "replace")) for name, value in good] + hostile
    raw = encoded(pairs, kind, is_escaped=is_escaped)
    query = "?ref=" + "0" * 32 if path == STATUS_PATH else ""
    fields = as_read(raw, kind)
    before = kept_rows(town)
    signature = sign(AUTH_TOKEN, PUBLIC_URL + path + query, fields)
    status = post_raw(town, raw, signature, kind, path + query)
    assert status in (200, 204, 400, 403, 404)
    if status >= 400:
        assert kept_rows(town) == before
    if path == MESSAGE_PATH:
        assert (status == 200) == is_well_formed(fields)


@FEW_HUNDRED
@given(
    state=st.text(max_size=40) | st.from_regex("[a-z_]{1,40}", fullmatch=True),
    code=st.text(max_size=10) | st.integers().map(str),
    refs=st.lists(st.from_regex("[0-9a-f]{30,34}", fullmatch=True) | st.text(max_size=40)),
    extra=st.lists(PAIRS, max_size=3),
)
def test_any_status_callback(
    town: House, state: str, code: str, refs: list[str], extra: Fields
) -> None:
    fields = [*status_fields(new_sid(), state, sender=LINE, to=OTHER_LINE), ("ErrorCode", code)]
    fields += extra
    query = urlencode([("ref", ref) for ref in refs])
    tail = f"{STATUS_PATH}?{query}" if query else STATUS_PATH
    before = kept_rows(town)
    signature = sign(AUTH_TOKEN, PUBLIC_URL + tail, fields)
    status = post_raw(town, urlencode(fields).encode(), signature, path=tail)
    assert status in (204, 400, 403)
    if status == 204:
        assert len(refs) == 1
        assert re.fullmatch("[0-9a-f]{32}", refs[0])
    else:
        assert kept_rows(town) == before


def encoded(pairs: list[tuple[bytes, bytes]], kind: str, *, is_escaped: bool) -> bytes:
    """The pairs as a body: bytes as they are, or with all of them percent-encoded."""
    if kind.startswith("multipart"):
        head = b"--x\r\nContent-Disposition: form-data; name="
        parts = (head + b'"%s"\r\n\r\n%s\r\n' % pair for pair in pairs)
        return b"".join(parts) + b"--x--\r\n"
    if is_escaped:
        pairs = [(_escaped(name), _escaped(value)) for name, value in pairs]
    return b"&".join(name + b"=" + value for name, value in pairs)


def _escaped(value: bytes) -> bytes:
    return b"".join(b"%%%02x" % byte for byte in value)


def kept_rows(house: House) -> tuple[int, int]:
    with house.stores.main.connect() as connection:
        count = select(func.count())
        return (
            connection.execute(count.select_from(Envelope)).scalar_one(),
            connection.execute(count.select_from(StatusReport)).scalar_one(),
        )


def _parsed(raw: bytes) -> Fields | None:
    from urllib.parse import parse_qsl

    try:
        return parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        return None

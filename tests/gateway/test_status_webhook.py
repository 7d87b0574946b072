"""Status callbacks: what the provider says about a message that we sent."""

from __future__ import annotations

import pytest

from tests.gateway.helpers import (
    NOTHING,
    ONE_STATUS,
    LogLines,
    changed,
    everything_stored,
    kept,
    without,
)
from tests.support.carrier_signature import new_sid, sign, status_fields
from tests.support.house import (
    ACCOUNT_SID,
    ANNA,
    AUTH_TOKEN,
    LINE,
    MESSAGE_PATH,
    PUBLIC_URL,
    STATUS_PATH,
    House,
)

REF = "0123456789abcdef" * 2
SID = "SM" + "ab" * 16
FIELDS = status_fields(SID, "delivered", sender=LINE, to=ANNA, account_sid=ACCOUNT_SID)


def test_kept_and_names_nobody(house: House, log: LogLines) -> None:
    answer = house.report(SID, "undelivered", REF, 30003)
    assert (answer.status_code, answer.data) == (204, b"")
    assert kept(house) == ONE_STATUS
    stored = everything_stored(house)
    for word in (ANNA, ANNA[1:], SID, SID[2:], REF, "undelivered", ACCOUNT_SID):
        assert word.encode() not in stored
    for word in (SID[2:], REF):
        assert bytes.fromhex(word) not in stored
    log.assert_silent_about(FIELDS, REF)


def test_repeated_status_is_kept_once_and_another_one_too(house: House) -> None:
    for number, status in enumerate(("sent", "delivered", "failed"), 1):
        for _ in range(3):
            assert house.report(SID, status, REF).status_code == 204
        assert kept(house) == (0, number, number)
    assert house.report(new_sid(), "sent", REF).status_code == 204
    assert kept(house) == (0, 4, 4)


def test_message_with_the_id_of_a_status_is_still_new(house: House) -> None:
    assert house.report(SID, "sent", REF).status_code == 204
    assert house.text(ANNA, "hello", sid=SID).status_code == 200
    assert kept(house) == (1, 1, 2)


def test_reply_is_delivered(house: House) -> None:
    """The report of an unknown sending does no harm to the worker."""
    assert house.report(SID, "delivered", REF).status_code == 204
    house.drain()
    assert kept(house)[:2] == (0, 0)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("", id="none"),
        pytest.param("other=1", id="another name"),
        pytest.param("Ref=" + REF, id="capital"),
        pytest.param(f"ref={REF}&ref={REF}", id="doubled"),
        pytest.param(f"ref={REF}&ref=", id="doubled and empty"),
        pytest.param("ref=", id="empty"),
        pytest.param("ref=" + REF[:-1], id="short"),
        pytest.param("ref=" + REF + "0", id="long"),
        pytest.param("ref=" + REF.upper(), id="capitals"),
        pytest.param("ref=" + REF + "%0a", id="line break"),
        pytest.param("ref=" + "%ef%bc%91" * 32, id="other digits"),
        pytest.param("ref=..%2f..%2f" + REF[:26], id="path"),
    ],
)
def test_malformed_ref(sqlite_house: House, log: LogLines, query: str) -> None:
    answer = sqlite_house.post(STATUS_PATH, FIELDS, query=query)
    assert answer.status_code == 400
    assert kept(sqlite_house) == NOTHING
    assert log.codes() == ["webhook_refused"]
    log.assert_silent_about(FIELDS, query, REF)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("MessageSid", "", id="no id"),
        pytest.param("MessageSid", "SM123", id="short id"),
        pytest.param("MessageSid", "SM" + "A" * 32, id="id in capitals"),
        pytest.param("MessageStatus", "", id="no status"),
        pytest.param("MessageStatus", "Delivered", id="capital status"),
        pytest.param("MessageStatus", "delivered\n", id="status with a line break"),
        pytest.param("MessageStatus", "a" * 33, id="endless status"),
    ],
)
def test_malformed_field(sqlite_house: House, name: str, value: str) -> None:
    fields = changed(FIELDS, **{name: value})
    assert sqlite_house.post(STATUS_PATH, fields, query=f"ref={REF}").status_code == 400
    assert kept(sqlite_house) == NOTHING


@pytest.mark.parametrize("name", ["MessageSid", "AccountSid", "MessageStatus"])
def test_missing_or_doubled_field(sqlite_house: House, name: str) -> None:
    for fields in (without(FIELDS, name), [*FIELDS, (name, "other")]):
        assert sqlite_house.post(STATUS_PATH, fields, query=f"ref={REF}").status_code == 400
    assert kept(sqlite_house) == NOTHING


def test_another_account(sqlite_house: House) -> None:
    fields = changed(FIELDS, AccountSid="AC" + "f" * 32)
    assert sqlite_house.post(STATUS_PATH, fields, query=f"ref={REF}").status_code == 403
    assert kept(sqlite_house) == NOTHING


@pytest.mark.parametrize("code", ["", "abc", "-1", "1234567", "²", "3\n"])
def test_error_code_that_is_none_is_dropped(sqlite_house: House, code: str) -> None:
    fields = [*FIELDS, ("ErrorCode", code)]
    assert sqlite_house.post(STATUS_PATH, fields, query=f"ref={REF}").status_code == 204
    assert kept(sqlite_house) == ONE_STATUS


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param("", id="none"),
        pytest.param("AAAAAAAAAAAAAAAAAAAAAAAAAAA=", id="made up"),
        pytest.param(sign(AUTH_TOKEN, PUBLIC_URL + STATUS_PATH, FIELDS), id="without the ref"),
        pytest.param(
            sign(AUTH_TOKEN, f"{PUBLIC_URL}{STATUS_PATH}?ref={'f' * 32}", FIELDS), id="another ref"
        ),
        pytest.param(
            sign(AUTH_TOKEN, f"{PUBLIC_URL}{MESSAGE_PATH}?ref={REF}", FIELDS), id="other webhook"
        ),
        pytest.param(
            sign("0" * 32, f"{PUBLIC_URL}{STATUS_PATH}?ref={REF}", FIELDS), id="wrong token"
        ),
    ],
)
def test_not_rightly_signed(sqlite_house: House, log: LogLines, signature: str) -> None:
    answer = sqlite_house.post(STATUS_PATH, FIELDS, query=f"ref={REF}", signature=signature)
    assert answer.status_code == 403
    assert kept(sqlite_house) == NOTHING
    assert log.codes() == ["webhook_refused"]
    log.assert_silent_about(FIELDS, REF, signature)

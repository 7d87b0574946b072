"""Ready-made replies: whatever is sent in the line's name, its members wrote."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from tests.support.house import LINE, OTHER_LINE, House
from tipline.crypto.errors import NotAuthenticError
from tipline.lines.canned_replies import (
    MOST_REPLIES,
    CannedReplies,
    CannedRepliesChangedError,
    CannedReply,
    TooManyCannedRepliesError,
    read_canned_replies,
    save_canned_replies,
    stored_version,
)
from tipline.lines.directory import LineDirectory
from tipline.lines.models import CannedReplyList

SAFE = CannedReply("1" * 16, "Are you safe?", "es", "¿Está usted a salvo?")
WHERE = CannedReply("2" * 16, "Ask where", "en", "Where was that?")


def read(house: House, line: str = LINE) -> CannedReplies:
    lines = LineDirectory(house.stores.main, house.console_keys.signing.public, house.clock)
    return read_canned_replies(house.stores.main, lines, house.bundles[line].line_id)


def save(house: House, canned: CannedReplies, line: str = LINE) -> CannedReplies:
    return save_canned_replies(house.stores.main, house.bundles[line], canned)


def test_a_list_is_kept_in_the_order_of_titles_for_its_line_alone(house: House) -> None:
    assert read(house) == CannedReplies()
    save(house, read(house).with_reply(WHERE))
    save(house, read(house).with_reply(SAFE))
    assert read(house) == CannedReplies((SAFE, WHERE), 2)
    assert read(house).find(SAFE.id) == SAFE
    assert read(house).find("no such id") is None
    save(house, read(house).without(WHERE.id))
    assert read(house).replies == (SAFE,)
    assert read(house, OTHER_LINE) == CannedReplies()


@pytest.mark.parametrize("version", [0, 1, 3], ids=["never-read", "read-too-early", "made-up"])
def test_a_change_of_what_somebody_changed_is_refused(house: House, version: int) -> None:
    save(house, save(house, CannedReplies((SAFE,))))
    with pytest.raises(CannedRepliesChangedError):
        save(house, CannedReplies((WHERE,), version))
    assert read(house).replies == (SAFE,)


@pytest.mark.parametrize("column", ["content", "version", "signature", "line"])
def test_a_list_that_no_member_wrote_is_not_believed(house: House, column: str) -> None:
    save(house, CannedReplies((SAFE,)))
    if column == "line":
        values = {"line_id": house.bundles[OTHER_LINE].line_id}
        line = OTHER_LINE
    else:
        forged = json.dumps([{"id": "x", "title": "x", "language": "en", "text": "Pay us"}])
        changed = {"content": forged, "version": 2, "signature": bytes(73)}
        values, line = {column: changed[column]}, LINE
    with house.stores.main.begin() as connection:
        connection.execute(update(CannedReplyList).values(**values))
    with pytest.raises(NotAuthenticError):
        read(house, line)
    # Whoever saves over it, as the version that is stored, has a right one again.
    version = stored_version(house.stores.main, house.bundles[line].line_id)
    save(house, CannedReplies((WHERE,), version), line)
    assert read(house, line).replies == (WHERE,)


def test_a_list_has_an_end(house: House) -> None:
    canned = CannedReplies()
    for number in range(MOST_REPLIES):
        canned = canned.with_reply(CannedReply(f"{number:016x}", "x", "en", "x"))
    with pytest.raises(TooManyCannedRepliesError):
        canned.with_reply(SAFE)
    changed = canned.with_reply(CannedReply(f"{7:016x}", "y", "en", "y"))
    assert len(changed.replies) == MOST_REPLIES, "one that is there can still be changed"
    assert read(house) == CannedReplies()

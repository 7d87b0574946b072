"""Ready-made replies of a line, in several languages, changed by its members.

They are in clear: they say what the line tells anybody. They are signed by the line, because they
are sent in its name, and bound to their version.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import ClassVar

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from tipline.crypto.encoding import Field
from tipline.crypto.errors import CannotOpenError
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.language.marking import marked
from tipline.lines.bundles import LineBundle
from tipline.lines.directory import LineDirectory
from tipline.lines.models import CannedReplyList

PURPOSE = "canned replies"
MOST_REPLIES = 100
MOST_TITLE_CHARACTERS = 80
# By their tag (BCP 47), in their own words. The last ones are written from right to left.
LANGUAGES = {
    "en": "English",
    "es": "Español",
    "zh": "中文",
    "vi": "Tiếng Việt",
    "tl": "Tagalog",
    "ko": "한국어",
    "ru": "Русский",
    "uk": "Українська",
    "hy": "Հայերեն",
    "pt": "Português",
    "fr": "Français",
    "ht": "Kreyòl ayisyen",
    "hmn": "Hmoob",
    "so": "Soomaali",
    "pa": "ਪੰਜਾਬੀ",
    "hi": "हिन्दी",
    "ar": "العربية",
    "fa": "فارسی",
}


class CannedRepliesChangedError(TiplineError):
    """Somebody else has changed the list since it was read."""

    code = "canned_replies_changed"
    message = marked(
        "Somebody else changed the list while you wrote, so yours was not saved. "
        "What you wrote is still here: save it again."
    )


class TooManyCannedRepliesError(TiplineError):
    """The list is full."""

    code = "too_many_canned_replies"
    message = marked("A line has at most %(most)d ready-made replies. Delete one first.")
    figures: ClassVar = {"most": MOST_REPLIES}


@dataclass(frozen=True, slots=True)
class CannedReply:
    """A ready-made reply. `id` is random and stays, `language` is one of `LANGUAGES`."""

    id: str
    title: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class CannedReplies:
    """A line's list, in the order of titles, and the version as which it was read."""

    replies: tuple[CannedReply, ...] = ()
    version: int = 0

    def find(self, reply_id: str) -> CannedReply | None:
        """Return the reply with an id, or None."""
        return next((reply for reply in self.replies if reply.id == reply_id), None)

    def with_reply(self, reply: CannedReply) -> CannedReplies:
        """Return the list with a reply added, or put in place of the one with its id.

        Raises:
            TooManyCannedRepliesError: there is no room for another.
        """
        others = self.without(reply.id).replies
        if len(others) >= MOST_REPLIES:
            raise TooManyCannedRepliesError
        ordered = sorted((*others, reply), key=lambda one: (one.title.casefold(), one.id))
        return replace(self, replies=tuple(ordered))

    def without(self, reply_id: str) -> CannedReplies:
        """Return the list without a reply."""
        return replace(self, replies=tuple(one for one in self.replies if one.id != reply_id))


def by_language(canned: CannedReplies, first: str) -> dict[str, list[CannedReply]]:
    """Return the replies by language, those in one of them first, the others in `LANGUAGES`' order.

    A language without a reply is left out.
    """
    groups: dict[str, list[CannedReply]] = {}
    for language in sorted(LANGUAGES, key=lambda one: one != first):
        replies = [reply for reply in canned.replies if reply.language == language]
        if replies:
            groups[language] = replies
    return groups


def read_canned_replies(engine: Engine, lines: LineDirectory, line_id: str) -> CannedReplies:
    """Return a line's list; the empty one when nobody has made one.

    Raises:
        NotAuthenticError: no member of the line signed it.
        CannotOpenError: what was signed is no list.
    """
    query = select(
        CannedReplyList.version, CannedReplyList.content, CannedReplyList.signature
    ).where(CannedReplyList.line_id == line_id)
    with reading(engine) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return CannedReplies()
    lines.check(line_id, row.signature, PURPOSE, *_fields(line_id, row.version, row.content))
    try:
        replies = tuple(CannedReply(**fields) for fields in json.loads(row.content))
    except (ValueError, TypeError):
        raise CannotOpenError from None
    return CannedReplies(replies, row.version)


def stored_version(engine: Engine, line_id: str) -> int:
    """Return the version that a line's stored list claims to be, 0 without one."""
    query = select(CannedReplyList.version).where(CannedReplyList.line_id == line_id)
    with reading(engine) as connection:
        return connection.execute(query).scalar_one_or_none() or 0


def save_canned_replies(engine: Engine, bundle: LineBundle, canned: CannedReplies) -> CannedReplies:
    """Save a list as the version after the one as which it was read.

    Raises:
        CannedRepliesChangedError: another version was saved meanwhile; nothing was changed.
    """
    content = json.dumps([asdict(reply) for reply in canned.replies], ensure_ascii=False)
    version = canned.version + 1
    fields = _fields(bundle.line_id, version, content)
    values = {
        "version": version,
        "content": content,
        "signature": bundle.signing.sign(PURPOSE, *fields),
    }
    try:
        with engine.begin() as connection:
            _store(connection, bundle.line_id, canned.version, values)
    except IntegrityError:
        raise CannedRepliesChangedError from None
    return replace(canned, version=version)


def _store(connection: Connection, line_id: str, known: int, values: dict[str, object]) -> None:
    if not known:
        connection.execute(insert(CannedReplyList), {"line_id": line_id, **values})
        return
    statement = update(CannedReplyList).where(
        CannedReplyList.line_id == line_id, CannedReplyList.version == known
    )
    if connection.execute(statement.values(**values)).rowcount != 1:
        raise CannedRepliesChangedError


def _fields(line_id: str, version: int, content: str) -> tuple[Field, ...]:
    return line_id, version, content

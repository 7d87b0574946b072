"""Writing envelopes: the gateway's side. Seals, tags and commits; opens nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.sql.dml import ReturningInsert

from tipline.clock import Clock, day_of, hour_of
from tipline.crypto.encoding import Context, Field
from tipline.crypto.padding import MESSAGE_BUCKET
from tipline.crypto.tags import keyed_tag, lane_of
from tipline.db.group_commit import GroupCommit
from tipline.db.reading import reading
from tipline.db.upserts import insert_or_skip
from tipline.doorbell import Bell, QueueName
from tipline.envelopes.keys import GatewayKeys
from tipline.envelopes.messages import InboundMessage, StatusNotice
from tipline.envelopes.models import DedupeTag, Envelope, StatusReport
from tipline.envelopes.web import OtherWordsError, WebMessage
from tipline.published_keys.directory import KeyKind, PublishedKeys

# Built once: building a statement costs more than running it. Inline, because the gateway may not
# read what it adds: of a single row SQLAlchemy would ask for the id.
INSERTS = {model: insert(model).inline() for model in (Envelope, StatusReport)}
ENVELOPE_TAG = "envelope"
STATUS_TAG = "status report"


@dataclass(frozen=True, slots=True, repr=False)
class _Kept:
    """A row to keep once: with its dedupe tags, and the queue whose worker is to be woken.

    It is new if none of `tags` and `older_tags` is there yet; `tags` are remembered.
    """

    model: type[Envelope | StatusReport]
    row: dict[str, Any]
    tags: list[bytes]
    older_tags: list[bytes]
    day: date
    queue: QueueName
    # More tags to remember with a new row: of what was in the form.
    said: Sequence[bytes] = ()


class EnvelopeWriter:
    """Keeps what the provider posted. A call returns only after the commit."""

    def __init__(
        self,
        engine: Engine,
        keys: GatewayKeys,
        published: PublishedKeys,
        doorbell: Bell,
        clock: Clock,
    ) -> None:
        """Take the main store, the gateway's keys, the directory of public keys, and the bell.

        The bell is rung after a commit, once for all messages that shared it, and for a repeated
        message too: the first post's ring may have been the one that was lost.
        """
        self._engine = engine
        self._keys = keys
        self._published = published
        self._doorbell = doorbell
        self._clock = clock
        self._commits = GroupCommit(engine, _insert_new, self._ring)

    def keep_message(self, message: InboundMessage, line_id: str) -> bool:
        """Seal and commit a message. Return False if it was kept before.

        Raises:
            NoPublishedKeyError: there is no key to seal to; nothing was kept.
        """
        lane = lane_of(self._keys.lane, line_id, message.sender)
        row = self._envelope(os.urandom(16), lane, message.to_bytes(), message.received_at)
        identity = ("message", message.provider_id)
        return self._commits.commit(self._kept(Envelope, row, QueueName.INTAKE, *identity))

    def keep_web(self, message: WebMessage, token: bytes) -> bool:
        """Seal and commit what a web form posted. Return False if the same was kept before.

        `token`: the form's one-time token. However often a form is posted, one message is kept; all
        of one mailbox's share a lane, and so stay in order.

        Raises:
            OtherWordsError: the form was posted before with something else; this was not kept.
            NoPublishedKeyError: there is no key to seal to; nothing was kept.
        """
        uid = os.urandom(16)
        # One mailbox belongs to one line, so its tag alone is the sender.
        lane = lane_of(self._keys.lane, "web", message.mailbox_tag.hex())
        form = ("web form", message.kind.value, token.hex())
        content = ("web content", *form, message.line_id, message.text, str(message.is_danger))
        said, older = self._tags(*(part.encode("utf-8", "surrogatepass") for part in content))
        row = self._envelope(uid, lane, message.to_bytes(), message.received_at)
        kept = replace(self._kept(Envelope, row, QueueName.INTAKE, *form), said=said)
        if self._commits.commit(kept):
            return True
        with reading(self._engine) as connection:
            # Perhaps by a process that uses the key before, or already the next.
            if not _remembered(connection, [*said, *older]):
                raise OtherWordsError
        return False

    def keep_status(self, notice: StatusNotice) -> bool:
        """Seal and commit a status report. Return False if this status was reported before.

        Raises:
            NoPublishedKeyError: there is no key to seal to; nothing was kept.
        """
        key = self._published.current(KeyKind.DELIVERY)
        uid = os.urandom(16)
        sealed = key.seal(notice.to_bytes(), status_context(uid))
        row = {
            "uid": uid,
            "key_id": key.key_id,
            "sealed": sealed,
            "gateway_tag": keyed_tag(self._keys.delivery_tag, STATUS_TAG, uid, sealed),
            "received_hour": hour_of(notice.received_at),
        }
        identity = ("status", notice.provider_id, notice.status)
        return self._commits.commit(self._kept(StatusReport, row, QueueName.DELIVERY, *identity))

    def _kept(
        self,
        model: type[Envelope | StatusReport],
        row: dict[str, Any],
        queue: QueueName,
        *identity: Field,
    ) -> _Kept:
        """Put a row together with its tags."""
        tags, older = self._tags(*identity)
        return _Kept(model, row, tags, older, day_of(self._clock()), queue)

    def _tags(self, *identity: Field) -> tuple[list[bytes], list[bytes]]:
        """Return the tags to remember, and those that others may have remembered before.

        While a newer key is known but not used yet, the tag under it is remembered as well: a
        process that uses it already must recognise what this one keeps, and the other way round.
        """
        keys = self._keys.dedupe
        tags = [keyed_tag(each.key, "dedupe", *identity) for each in (keys.current, *keys.known)]
        return tags, [keyed_tag(each.key, "dedupe", *identity) for each in keys.older]

    def _envelope(
        self, uid: bytes, lane: int, content: bytes, received_at: datetime
    ) -> dict[str, Any]:
        key = self._published.current(KeyKind.INTAKE)
        sealed = key.seal(content, envelope_context(uid), MESSAGE_BUCKET)
        return {
            "uid": uid,
            "lane": lane,
            "key_id": key.key_id,
            "sealed": sealed,
            "gateway_tag": keyed_tag(self._keys.intake_tag, ENVELOPE_TAG, uid, lane, sealed),
            "received_hour": hour_of(received_at),
        }

    def _ring(self, kept: Sequence[_Kept]) -> None:
        for queue in {each.queue for each in kept}:
            self._doorbell.ring(queue)


def _insert_new(connection: Connection, kept: Sequence[_Kept]) -> list[bool]:
    """Insert what was not kept before, and tell of each whether it was new."""
    tags = [{"tag": tag, "day": each.day} for each in kept for tag in each.tags]
    new = {tag for (tag,) in connection.execute(_remember(connection.dialect.name), tags)}
    seen_before = _remembered(connection, [tag for each in kept for tag in each.older_tags])
    results = []
    rows: dict[type[Envelope | StatusReport], list[dict[str, Any]]] = {}
    for each in kept:
        is_new = new.issuperset(each.tags) and seen_before.isdisjoint(each.older_tags)
        # The same message may be posted twice at the same moment.
        new.difference_update(each.tags)
        results.append(is_new)
        if is_new:
            if each.said:
                said = [{"tag": tag, "day": each.day} for tag in each.said]
                connection.execute(insert_or_skip(connection.dialect.name, DedupeTag), said)
            rows.setdefault(each.model, []).append(each.row)
    for model, fresh in rows.items():
        connection.execute(INSERTS[model], fresh)
    return results


def _remembered(connection: Connection, tags: list[bytes]) -> set[bytes]:
    """Return which of some tags are there."""
    if not tags:
        return set()
    return set(connection.execute(select(DedupeTag.tag).where(DedupeTag.tag.in_(tags))).scalars())


@cache
def _remember(dialect: str) -> ReturningInsert[tuple[bytes]]:
    """Return the statement that stores dedupe tags and tells which of them are new."""
    return insert_or_skip(dialect, DedupeTag).returning(DedupeTag.tag)


def envelope_context(uid: bytes) -> Context:
    """Return the place to which an envelope's content is bound."""
    return Context("envelope", thread=uid.hex())


def status_context(uid: bytes) -> Context:
    """Return the place to which a status report's content is bound."""
    return Context("status report", thread=uid.hex())

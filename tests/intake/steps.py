"""What several tests of intake do: look at what is stored, and write into it as an attacker."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update

from tests.support.house import LINE, House
from tipline.clock import hour_of
from tipline.crypto.padding import MESSAGE_BUCKET
from tipline.crypto.sealing import SealingKey
from tipline.crypto.tags import keyed_tag
from tipline.envelopes.models import Envelope, SetAside
from tipline.envelopes.writing import ENVELOPE_TAG, envelope_context
from tipline.identity.models import AddressTag, Contact, Suppression
from tipline.intake.writing import BatchWriter
from tipline.published_keys.directory import KeyKind, PublishedKeys
from tipline.threads.models import EraseKey


def engine_of(house: House, model: Any) -> Engine:
    is_main = model.__table__.metadata is Envelope.__table__.metadata
    return house.stores.main if is_main else house.stores.perishable


def change(house: House, model: Any, *where: Any, **values: Any) -> None:
    """Write into the database what no process of ours would."""
    with engine_of(house, model).begin() as connection:
        changed = connection.execute(update(model).where(*where).values(**values))
        assert changed.rowcount


def put(house: House, model: Any, *rows: Any) -> None:
    """Insert rows, given as mappings or as they were read."""
    plain = [row if isinstance(row, dict) else dict(row._mapping) for row in rows]
    with engine_of(house, model).begin() as connection:
        connection.execute(insert(model), plain)


def intake_key(house: House) -> SealingKey:
    """The published key to which the gateway seals today."""
    pins = {KeyKind.INTAKE: house.intake_keys.signing.public}
    return PublishedKeys(house.stores.main, pins, house.clock).current(KeyKind.INTAKE)


def sealed_envelope(
    house: House, content: bytes, *, lane: int = 7, tag_key: bytes | None = None
) -> dict[str, Any]:
    """An envelope properly sealed to today's key; with no other `tag_key`, tagged properly too."""
    key, uid = intake_key(house), os.urandom(16)
    sealed = key.seal(content, envelope_context(uid), MESSAGE_BUCKET)
    tag_key = tag_key or house.intake_keys.envelope_tags[0]
    return {
        "uid": uid,
        "lane": lane,
        "key_id": key.key_id,
        "sealed": sealed,
        "gateway_tag": keyed_tag(tag_key, ENVELOPE_TAG, uid, lane, sealed),
        "received_hour": hour_of(house.clock()),
    }


def stored_values(house: House) -> Iterator[bytes]:
    """Every value of every column of both stores."""
    for metadata in (Envelope.__table__.metadata, AddressTag.__table__.metadata):
        for table in metadata.sorted_tables:
            engine = house.stores.main if "envelopes" in metadata.tables else None
            with (engine or house.stores.perishable).connect() as connection:
                for row in connection.execute(table.select()):
                    for value in row:
                        yield value if isinstance(value, bytes) else str(value).encode()


def is_stored(house: House, needle: str) -> bool:
    return any(needle.encode() in value for value in stored_values(house))


def told(house: House, line: str = LINE) -> list[list[str]]:
    """What each thread of a line says: texts, and notices in brackets. Oldest thread first."""
    threads = sorted(house.threads(line), key=lambda thread: (thread.activity, thread.id))
    return [
        [content.text or f"[{content.notice}]" for content in house.read(line, thread.alias)]
        for thread in threads
    ]


def thread_with(house: House, text: str, line: str = LINE) -> Any:
    """The one thread in which a text stands."""
    (found,) = (t for t in house.threads(line) if text in house.texts(line, t.alias))
    return found


def perishable(house: House) -> tuple[int, int, int, int]:
    """How many erase keys, contacts, address tags and suppressions there are."""
    erase, contacts, tags, suppressions = (
        len(house.rows(model)) for model in (EraseKey, Contact, AddressTag, Suppression)
    )
    return erase, contacts, tags, suppressions


def living_contacts(house: House) -> list[str]:
    """Thread ids of contacts whose thread is in the main store."""
    threads = {t.id for line in house.bundles for t in house.threads(line)}
    return [row.thread_id for row in house.rows(Contact) if row.thread_id in threads]


def reasons(house: House) -> list[str]:
    return sorted(row.reason for row in house.rows(SetAside))


def once(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    *,
    before: Callable[[], object] = lambda: None,
    after: Callable[[], object] = lambda: None,
) -> None:
    """Do something before or after a method of the writer, the first time it is called."""
    original = getattr(BatchWriter, name)
    calls: list[int] = []

    def patched(self: BatchWriter, *arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            before()
        result = original(self, *arguments)
        if len(calls) == 1:
            after()
        return result

    monkeypatch.setattr(BatchWriter, name, patched)

"""What the stores say: rows that wait, incidents, keys' ages, sizes, free space.

Only columns that are in clear are read, of rows that hold no line and no thread here.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.engine import make_url

from tipline.audit.models import LogCheckpoint, LogWitness, PendingEntry
from tipline.clock import day_of, stored
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.delivery.models import Outgoing
from tipline.delivery.outbox import OutgoingState
from tipline.envelopes.models import CallIn, Envelope, SetAside, StatusReport
from tipline.incidents.models import Incident
from tipline.incidents.services import IncidentKind
from tipline.metrics.exposition import Family, counter, gauge
from tipline.metrics.waiting import Queue
from tipline.published_keys.directory import KeyKind
from tipline.published_keys.models import PublishedKey

# Steps in which sizes are shown: no single tip moves them.
SIZE_STEP = 16 * 1024**2
# More rows than this wait only when something is broken.
MOST_IDS = 100_000
UNSETTLED = (OutgoingState.QUEUED.value, OutgoingState.SENDING.value)
WAITING = {
    "envelopes": select(Envelope.id),
    "status_reports": select(StatusReport.id),
    "called_in": select(CallIn.id),
    "outbox": select(Outgoing.id).where(Outgoing.state.in_(UNSETTLED)),
    "log_entries": select(PendingEntry.id),
}

Usage = Callable[[Path], Any]


class StoreWatch:
    """Looks at both stores, once a minute."""

    def __init__(self, stores: Stores, home: Path, usage: Usage = shutil.disk_usage) -> None:
        """Take the stores, the instance's folder, and what tells a disk's usage."""
        self._stores = stores
        self._home = home
        self._usage = usage
        self._queues = {name: Queue() for name in WAITING}

    def look(self, now: datetime) -> list[Family]:
        """Return what there is to see now.

        Raises:
            SQLAlchemyError: a store does not answer.
        """
        with reading(self._stores.main) as connection:
            for name, query in WAITING.items():
                ids = connection.execute(query.limit(MOST_IDS)).scalars().all()
                self._queues[name].look(ids, now)
            families = [*_counted(connection), _key_ages(connection, now)]
            families += [_log(connection, now), _witnesses(connection, now)]
        return [*self._waiting(), *families, *self._space()]

    def _waiting(self) -> list[Family]:
        counts = {name: queue.count for name, queue in self._queues.items()}
        ages = {name: queue.oldest_seconds for name, queue in self._queues.items()}
        return [
            gauge(
                "waiting_rows", "Rows that wait for a worker for a minute or more.", counts, "of"
            ),
            gauge("waiting_oldest_seconds", "For how long the oldest waits, at least.", ages, "of"),
        ]

    def _space(self) -> list[Family]:
        sizes: dict[str, float] = {}
        free: dict[str, float] = {}
        for name, engine in (("main", self._stores.main), ("perishable", self._stores.perishable)):
            sizes[name] = _upwards(_size(engine))
            folder = _folder(engine)
            if folder is not None:
                free[name] = _downwards(self._usage(folder).free)
        if self._home.is_dir():
            free["instance"] = _downwards(self._usage(self._home).free)
        return [
            gauge("store_bytes", "Size of a store, in steps of 16 MiB.", sizes, "store"),
            gauge("disk_free_bytes", "Free space, in steps of 16 MiB.", free, "disk"),
        ]


def _counted(connection: Connection) -> list[Family]:
    kinds: Mapping[str, float] = dict.fromkeys((kind.value for kind in IncidentKind), 0)
    query = select(Incident.kind, func.sum(Incident.count)).group_by(Incident.kind)
    found = {str(kind): int(count) for kind, count in connection.execute(query).all()}
    # A kind that is none of ours was written by somebody else, and may be anything.
    incidents = {kind: found.get(kind, 0) for kind in kinds}
    set_aside = connection.execute(select(func.count()).select_from(SetAside)).scalar_one()
    return [
        counter("incidents", "What was refused because it was not authentic.", incidents, "kind"),
        gauge(
            "set_aside",
            "Messages that could not be handled and wait for a person.",
            {"": set_aside},
        ),
    ]


def _key_ages(connection: Connection, now: datetime) -> Family:
    query = select(PublishedKey.kind, func.max(PublishedKey.day)).group_by(PublishedKey.kind)
    newest = {str(kind): day for kind, day in connection.execute(query).all()}
    ages: dict[str, float] = {
        str(kind.value): (day_of(now) - newest[kind.value]).days
        for kind in KeyKind
        if kind.value in newest
    }
    return gauge("key_age_days", "Age of the newest published key of a kind.", ages, "kind")


def _log(connection: Connection, now: datetime) -> Family:
    """Return the age of the newest checkpoint, or 0 while there is none: then entries wait."""
    made_at = connection.execute(select(func.max(LogCheckpoint.made_at))).scalar()
    age = 0.0 if made_at is None else (stored(now) - made_at).total_seconds()
    return gauge("log_checkpoint_age_seconds", "Age of the log's newest checkpoint.", {"": age})


def _witnesses(connection: Connection, now: datetime) -> Family:
    """Return for how long no witness has seen the log, or 0 while none is registered.

    Before the first look it counts from when the first of them was registered.
    """
    newest = func.coalesce(func.max(LogWitness.seen_at), func.min(LogWitness.added_at))
    since = connection.execute(select(newest)).scalar()
    # A witness's clock may be fast.
    age = 0.0 if since is None else max((stored(now) - since).total_seconds(), 0.0)
    return gauge(
        "log_cosignature_age_seconds",
        "Age of the newest cosignature of any witness of the log.",
        {"": age},
    )


def _size(engine: Engine) -> int:
    with reading(engine) as connection:
        if engine.dialect.name == "postgresql":
            asked = text("SELECT pg_database_size(current_database())")
            return int(connection.execute(asked).scalar_one())
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0
        return int(pages * (connection.exec_driver_sql("PRAGMA page_size").scalar() or 0))


def _folder(engine: Engine) -> Path | None:
    url = make_url(engine.url)
    is_file = url.get_backend_name() == "sqlite" and bool(url.database)
    return Path(url.database or "").parent if is_file else None


def _upwards(size: int) -> int:
    return -(-size // SIZE_STEP) * SIZE_STEP


def _downwards(size: int) -> int:
    return size // SIZE_STEP * SIZE_STEP

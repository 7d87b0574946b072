"""What a batch must know before it handles its messages, read in a few queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, select

from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.sealing import SealingKey
from tipline.crypto.verifying import VerifyingKey
from tipline.db.engines import Stores
from tipline.db.reading import reading
from tipline.delivery.models import Outgoing
from tipline.delivery.outbox import OutgoingKind, OutgoingState
from tipline.envelopes.messages import InboundMessage
from tipline.envelopes.reading import EnvelopeRow
from tipline.identity.addresses import IndexKeys, normalise_address
from tipline.identity.aliases import random_alias
from tipline.identity.models import AddressTag, Suppression
from tipline.intake.keywords import asking_of
from tipline.language.languages import LANGUAGES
from tipline.lines.directory import CertifiedLine
from tipline.threads.keys import check_thread_key
from tipline.threads.models import EraseKey, Thread, ThreadState

SPARE_ALIASES = 8

# Built once: of each batch they are asked, and building them costs more than running them.
THREADS_BY_TAG = (
    select(
        AddressTag.tag,
        AddressTag.generation,
        AddressTag.thread_id,
        AddressTag.proof,
        EraseKey.language,
    )
    .outerjoin(EraseKey, EraseKey.thread_id == AddressTag.thread_id)
    .where(AddressTag.tag.in_(bindparam("tags", expanding=True)))
)
SUPPRESSED = select(Suppression.tag).where(Suppression.tag.in_(bindparam("tags", expanding=True)))
OPEN_THREADS = select(
    Thread.id,
    Thread.line_id,
    Thread.alias,
    Thread.public,
    Thread.signature,
    Thread.messages,
    Thread.resident_sequence,
).where(
    Thread.id.in_(bindparam("ids", expanding=True)),
    Thread.state != ThreadState.OPTED_OUT.value,
)
TAKEN_ALIASES = select(Thread.alias).where(Thread.alias.in_(bindparam("aliases", expanding=True)))


@dataclass(frozen=True, slots=True, repr=False)
class Incoming:
    """An opened envelope with its line and its sender's tags."""

    row: EnvelopeRow
    message: InboundMessage
    line: CertifiedLine
    address: str
    tags: dict[int, bytes]
    # Under which an opt-out may be remembered; new ones under the first.
    suppression_tags: tuple[bytes, ...]


@dataclass(slots=True, repr=False)
class KnownThread:
    """A thread to which a message can be added.

    `language`: empty until one is decided on. `resident_sequence`: that of its resident's newest
    message before this batch, or 0.
    """

    id: str
    line_id: str
    public: SealingKey
    messages: int
    language: str = ""
    resident_sequence: int = 0


@dataclass(slots=True, repr=False)
class Knowledge:
    """Threads by address tag, opt-outs, free aliases; kept up to date while a batch is handled.

    `told`: threads for which an automatic answer waits to be sent; they get no other meanwhile.
    """

    by_tag: dict[bytes, KnownThread] = field(default_factory=dict)
    suppressed: set[bytes] = field(default_factory=set)
    orphaned_tags: set[bytes] = field(default_factory=set)
    swapped_keys: int = 0
    swapped_tags: int = 0
    aliases: list[str] = field(default_factory=list)
    told: set[str] = field(default_factory=set)

    def is_suppressed(self, item: Incoming) -> bool:
        """Tell whether a message's sender has opted out."""
        return not self.suppressed.isdisjoint(item.suppression_tags)

    def thread_of(self, item: Incoming) -> KnownThread | None:
        """Return the thread of a message's sender, if there is one."""
        return next((self.by_tag[tag] for tag in item.tags.values() if tag in self.by_tag), None)


def incoming(
    row: EnvelopeRow, message: InboundMessage, line: CertifiedLine, index: IndexKeys
) -> Incoming:
    """Return an opened envelope together with its sender's tags on its line."""
    address = normalise_address(message.sender)
    return Incoming(
        row,
        message,
        line,
        address,
        index.tags(line.id, address),
        index.suppression_tags(line.id, address),
    )


def look_up(
    stores: Stores,
    batch: Collection[Incoming],
    index: IndexKeys,
    intake_pin: VerifyingKey,
    posts: int,
) -> Knowledge:
    """Read what is known of the batch's senders, and as many free aliases as may be needed.

    `posts`: how many messages there are besides, each of which may begin a thread.

    A tag whose thread is not in the main store is what a crash between the two commits left; one
    whose resident opted out is what a crash left before it was dropped. Both count as unknown.
    """
    knowledge = Knowledge()
    tags = [tag for item in batch for tag in item.tags.values()]
    with reading(stores.perishable) as connection:
        thread_by_tag, languages = _threads_by_tag(connection, tags, index, knowledge)
        opt_outs = [tag for item in batch for tag in item.suppression_tags]
        knowledge.suppressed = _suppressed(connection, opt_outs)
    with reading(stores.main) as connection:
        threads = open_threads(connection, set(thread_by_tag.values()), intake_pin, knowledge)
        known = {tag for tag, thread_id in thread_by_tag.items() if thread_id in threads}
        strangers = [item for item in batch if known.isdisjoint(item.tags.values())]
        knowledge.aliases = _free_aliases(connection, len(strangers) + posts)
        if any(asking_of(item.message.body) for item in batch):
            knowledge.told = _told(connection, threads)
    for thread in threads.values():
        thread.language = languages[thread.id]
    for tag, thread_id in thread_by_tag.items():
        if thread_id in threads:
            knowledge.by_tag[tag] = threads[thread_id]
        else:
            knowledge.orphaned_tags.add(tag)
    return knowledge


def _threads_by_tag(
    connection: Connection, tags: Collection[bytes], index: IndexKeys, knowledge: Knowledge
) -> tuple[dict[bytes, str], dict[str, str]]:
    """Return thread ids by tag, and languages by thread id.

    Without rows that we never made: their tags are to be replaced.
    """
    found, languages = {}, {}
    for row in connection.execute(THREADS_BY_TAG, {"tags": tags}):
        try:
            index.check_row(row.generation, row.tag, row.thread_id, row.proof)
        except NotAuthenticError:
            knowledge.orphaned_tags.add(row.tag)
            knowledge.swapped_tags += 1
            continue
        found[row.tag] = row.thread_id
        # Somebody else may have written anything there.
        languages[row.thread_id] = row.language if row.language in LANGUAGES else ""
    return found, languages


def _told(connection: Connection, threads: Iterable[str]) -> set[str]:
    query = select(Outgoing.thread_id).where(
        Outgoing.thread_id.in_(list(threads)),
        Outgoing.kind == OutgoingKind.AUTOMATIC.value,
        Outgoing.state == OutgoingState.QUEUED.value,
    )
    return set(connection.execute(query).scalars())


def _suppressed(connection: Connection, tags: Collection[bytes]) -> set[bytes]:
    return set(connection.execute(SUPPRESSED, {"tags": tags}).scalars())


def open_threads(
    connection: Connection, ids: Iterable[str], intake_pin: VerifyingKey, knowledge: Knowledge
) -> dict[str, KnownThread]:
    """Return open threads by id, without those whose alias and public key we never signed.

    Nothing may be sealed to such a key: its sender starts a new thread.
    """
    threads = {}
    for row in connection.execute(OPEN_THREADS, {"ids": list(ids)}):
        try:
            public = check_thread_key(
                intake_pin, row.line_id, row.id, row.alias, row.public, row.signature
            )
        except (NotAuthenticError, CannotOpenError):
            knowledge.swapped_keys += 1
            continue
        threads[row.id] = KnownThread(
            row.id,
            row.line_id,
            public,
            row.messages,
            resident_sequence=row.resident_sequence,
        )
    return threads


def _free_aliases(connection: Connection, count: int) -> list[str]:
    """Return at least `count` aliases that no thread has."""
    free: set[str] = set()
    while len(free) < count:
        candidates = {random_alias() for _ in range(count + SPARE_ALIASES)}
        taken = connection.execute(TAKEN_ALIASES, {"aliases": list(candidates)})
        free |= candidates - set(taken.scalars())
    return list(free)

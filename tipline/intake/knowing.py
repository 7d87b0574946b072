"""All that is known of a batch before its messages are handled."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tipline.db.engines import Stores
from tipline.incidents.services import IncidentKind
from tipline.intake.keys import IntakeKeys
from tipline.intake.lookup import Incoming, Knowledge, KnownThread, look_up
from tipline.intake.memory import Memory
from tipline.intake.recalling import recall
from tipline.intake.web import Mailboxes, WebIncoming, look_up_mailboxes
from tipline.lines.directory import LineDirectory
from tipline.published_keys.rotation import KeyRing

Item = Incoming | WebIncoming


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """Senders, mailboxes, what their threads remember, and what was found swapped in the stores."""

    senders: Knowledge
    mailboxes: Mailboxes
    memory: Memory
    incidents: list[str]

    def text_for_members(self, item: Item) -> str:
        """Return what a line may read of a message that goes into no thread."""
        if isinstance(item, WebIncoming):
            thread = self.mailboxes.by_tag.get(item.message.mailbox_tag)
            return self.memory.without_details(item.message.text, thread)
        thread = self.senders.thread_of(item)
        return self.memory.without_details(item.message.body, thread, item.address)


@dataclass(frozen=True, slots=True, repr=False)
class Looking:
    """Looks up what is known of batches."""

    stores: Stores
    keys: IntakeKeys
    ring: KeyRing
    lines: LineDirectory

    def look_up(self, items: Collection[Item]) -> Known:
        """Read both stores, and give each message its line."""
        texts = [item for item in items if isinstance(item, Incoming)]
        posts = [item for item in items if isinstance(item, WebIncoming)]
        pin, index = self.keys.signing.public, self.keys.index
        senders = look_up(self.stores, texts, index, pin, len(posts))
        mailboxes = look_up_mailboxes(self.stores, posts, self.lines, pin, senders)
        threads = _different([*senders.by_tag.values(), *mailboxes.by_tag.values()])
        recalled = recall(self.stores.perishable, threads, index, self.ring)
        swapped = {
            IncidentKind.SWAPPED_MAILBOX: mailboxes.swapped,
            IncidentKind.SWAPPED_KEY: senders.swapped_keys,
            IncidentKind.SWAPPED_TAG: senders.swapped_tags + recalled.swapped,
        }
        incidents = [kind.value for kind, count in swapped.items() for _ in range(count)]
        return Known(senders, mailboxes, Memory(recalled, index, self.ring), incidents)


def _different(threads: list[KnownThread]) -> list[KnownThread]:
    return list({thread.id: thread for thread in threads}.values())

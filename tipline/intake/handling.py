"""Handling one message: what it changes in its thread, its contact and the outbox.

Nothing is written here. The effects of one message are returned whole, or an error is raised and
there are none.
"""

from __future__ import annotations

from dataclasses import dataclass

from tipline.clock import Clock, day_of, hour_of
from tipline.crypto.sealing import SealingKey
from tipline.crypto.signing import SigningKey
from tipline.delivery.outbox import OutgoingContent, OutgoingKind, new_place, outbox_row
from tipline.delivery.records import ProviderHolding, RecordState, record_row
from tipline.identity.addresses import SUPPRESSION_LIFETIME, IndexKeys
from tipline.identity.contacts import encrypt_contact, sign_contact
from tipline.intake.effects import Effects
from tipline.intake.keywords import (
    Asking,
    Keyword,
    asking_of,
    is_answered_by_provider,
    keyword_of,
)
from tipline.intake.languages import answer_to, next_language, told_language
from tipline.intake.lookup import Incoming, Knowledge, KnownThread
from tipline.intake.memory import Memory, Redacted
from tipline.intake.urgency import Urgency
from tipline.lines.acknowledgements import removed_details
from tipline.lines.office_hours import first_answer
from tipline.threads.contents import (
    MessageContent,
    MessageKind,
    MessagePlace,
    Notice,
    seal_message,
)
from tipline.threads.keys import new_thread
from tipline.threads.models import ThreadState

NO_THREAD = ""


@dataclass(frozen=True, slots=True, repr=False)
class HandlingKeys:
    """What a batch seals to and signs with."""

    signer: SigningKey
    index: IndexKeys
    delivery: SealingKey
    contact: SealingKey


class Handler:
    """Handles the messages of one batch, one after the other, and keeps its knowledge current."""

    def __init__(
        self,
        keys: HandlingKeys,
        knowledge: Knowledge,
        memory: Memory,
        urgency: Urgency,
        clock: Clock,
    ) -> None:
        """Take the keys, what is known of the senders, and what makes a message urgent."""
        self._keys = keys
        self._memory = memory
        self._urgency = urgency
        self._knowledge = knowledge
        self._now = clock()

    def keyword(self, item: Incoming) -> Keyword:
        """Return what a message asks for, as things stand now."""
        is_suppressed = self._knowledge.is_suppressed(item)
        return keyword_of(item.message.body, item.message.opt_out, is_suppressed)

    def handle(self, item: Incoming) -> Effects:
        """Return what a message changes."""
        is_suppressed = self._knowledge.is_suppressed(item)
        keyword = self.keyword(item)
        if keyword is Keyword.STOP:
            return self._close_way_back(item)
        if keyword is Keyword.START:
            return self._open_way_back(item)
        return self._add_to_thread(item, is_suppressed)

    def _close_way_back(self, item: Incoming) -> Effects:
        """Destroy contact and tags, remember only the opt-out, and send nothing."""
        effects = Effects(
            suppressions=[
                {
                    "tag": item.suppression_tags[0],
                    "expires": day_of(self._now + SUPPRESSION_LIFETIME),
                }
            ],
            forgotten_tags=list(item.tags.values()),
        )
        thread = self._knowledge.thread_of(item)
        if thread is not None:
            effects.closed_threads.append(thread.id)
            effects.messages.append(self._notice(item, thread, Notice.OPTED_OUT))
        effects.records.append(self._record(item, thread.id if thread else NO_THREAD))
        self._knowledge.suppressed.add(item.suppression_tags[0])
        for tag in item.tags.values():
            self._knowledge.by_tag.pop(tag, None)
        return effects

    def _open_way_back(self, item: Incoming) -> Effects:
        effects = Effects(lifted_suppressions=list(item.suppression_tags))
        thread = self._knowledge.thread_of(item)
        if thread is not None:
            effects.contacts.append(self._contact(item, thread.id, thread.public))
            effects.messages.append(self._notice(item, thread, Notice.OPTED_IN))
        effects.records.append(self._record(item, thread.id if thread else NO_THREAD))
        self._knowledge.suppressed.difference_update(item.suppression_tags)
        return effects

    def _add_to_thread(self, item: Incoming, is_suppressed: bool) -> Effects:
        thread = self._knowledge.thread_of(item)
        if thread is None:
            thread, redacted, effects = self._start_thread(item, is_suppressed)
        else:
            redacted = self._memory.redact(item.message.body, thread, item.address)
            effects = self._retag(item, thread)
            if not is_suppressed and (asking := asking_of(item.message.body)) is not None:
                self._answer_asking(item, thread, asking, effects)
            self._note_language(item, redacted, thread, effects)
        text = item.message
        content = MessageContent(redacted.text, text.received_at, pictures=len(text.media))
        effects.messages.append(self._message(item, thread, MessageKind.RESIDENT, content))
        # By the words as they came: a tip must not wait because one was taken for a name.
        if self._urgency.is_urgent(item.line.id, text.body):
            effects.urgent_threads.append(thread.id)
        effects.records.append(self._record(item, thread.id))
        return effects

    def _start_thread(
        self, item: Incoming, is_suppressed: bool
    ) -> tuple[KnownThread, Redacted, Effects]:
        certificate = item.line.certificate
        fresh = new_thread(
            item.line.id,
            self._knowledge.aliases.pop(),
            certificate.generation,
            certificate.sealing,
            self._keys.signer,
        )
        thread = KnownThread(fresh.id, item.line.id, fresh.public, 0)
        redacted = self._memory.redact(item.message.body, thread, item.address)
        language = thread.language = told_language(item.message.body, redacted.bare)
        effects = Effects(
            erase_keys=[{"thread_id": fresh.id, "key": fresh.erase_key, "language": language}],
            threads=[
                {
                    "id": fresh.id,
                    "line_id": item.line.id,
                    "alias": fresh.alias,
                    "line_generation": fresh.line_generation,
                    "public": fresh.public.raw,
                    "wrapped_private": fresh.wrapped_private,
                    "signature": fresh.signature,
                    "state": ThreadState.OPEN.value,
                    "messages": 0,
                    "is_opened": False,
                    "is_waiting": True,
                    "created_hour": hour_of(item.message.received_at),
                    "last_hour": hour_of(item.message.received_at),
                    "activity": 0,
                }
            ],
        )
        effects.dropped_tags.extend(self._knowledge.orphaned_tags.intersection(item.tags.values()))
        self._tag(item, thread, effects)
        if not is_suppressed:
            effects.contacts.append(self._contact(item, fresh.id, fresh.public))
            if not is_answered_by_provider(item.message.body, item.message.opt_out):
                effects.outbox.append(self._acknowledgement(item, thread, redacted))
                self._knowledge.told.add(fresh.id)
        return thread, redacted, effects

    def _retag(self, item: Incoming, thread: KnownThread) -> Effects:
        """Move a tag that was found under another index key to the one in use."""
        effects = Effects()
        current = item.tags[self._keys.index.current]
        if current not in self._knowledge.by_tag:
            effects.dropped_tags.extend(tag for tag in item.tags.values() if tag != current)
            self._tag(item, thread, effects)
        return effects

    def _tag(self, item: Incoming, thread: KnownThread, effects: Effects) -> None:
        row = self._keys.index.row(item.line.id, item.address, thread.id)
        effects.address_tags.append(row)
        self._knowledge.by_tag[item.tags[self._keys.index.current]] = thread

    def _contact(self, item: Incoming, thread_id: str, public: SealingKey) -> dict[str, object]:
        contact = encrypt_contact(item.address, item.line.id, thread_id, public, self._keys.contact)
        return {
            "thread_id": thread_id,
            "encrypted": contact.encrypted,
            "half_for_thread": contact.half_for_thread,
            "half_for_delivery": contact.half_for_delivery,
            "signature": sign_contact(contact, item.line.id, thread_id, self._keys.signer),
            "day": day_of(self._now),
        }

    def _acknowledgement(
        self, item: Incoming, thread: KnownThread, redacted: Redacted
    ) -> dict[str, object]:
        language = thread.language or item.line.certificate.language
        answer = first_answer(item.line, item.message.received_at, language)
        if redacted.details:
            answer = f"{answer} {removed_details(redacted.details, language)}"
        return self._automatic(item, thread.id, 0, answer)

    def _answer_asking(
        self, item: Incoming, thread: KnownThread, asking: Asking, effects: Effects
    ) -> None:
        """Answer who asks for a language, unless an automatic answer to them waits already.

        Else a flood of such messages would keep staff's replies waiting at the provider.
        """
        if thread.id in self._knowledge.told:
            return
        self._knowledge.told.add(thread.id)
        answer = answer_to(asking, thread.language or item.line.certificate.language)
        row = self._automatic(item, thread.id, thread.messages + 1, answer)
        effects.outbox.append(row)

    def _note_language(
        self, item: Incoming, redacted: Redacted, thread: KnownThread, effects: Effects
    ) -> None:
        language = next_language(item.message.body, redacted.bare, thread.language)
        if language != thread.language:
            thread.language = language
            effects.languages.append({"thread_id": thread.id, "language": language})

    def _automatic(
        self, item: Incoming, thread_id: str, sequence: int, text: str
    ) -> dict[str, object]:
        content = OutgoingContent(text, address=item.address)
        place = new_place(item.line.id, thread_id, sequence, OutgoingKind.AUTOMATIC)
        return outbox_row(content, place, self._keys.delivery, self._keys.signer, self._now)

    def _notice(self, item: Incoming, thread: KnownThread, notice: Notice) -> dict[str, object]:
        content = MessageContent("", item.message.received_at, notice=notice.value)
        return self._message(item, thread, MessageKind.NOTICE, content)

    def _message(
        self, item: Incoming, thread: KnownThread, kind: MessageKind, content: MessageContent
    ) -> dict[str, object]:
        sequence = thread.messages + 1
        place = MessagePlace(item.line.id, thread.id, sequence, kind)
        message = seal_message(content, place, thread.public, self._keys.signer)
        thread.messages = sequence
        return {
            "thread_id": thread.id,
            "sequence": sequence,
            "kind": kind.value,
            "sealed": message.sealed,
            "signature": message.signature,
            "source": item.row.uid,
            "hour": hour_of(item.message.received_at),
        }

    def _record(self, item: Incoming, thread_id: str) -> dict[str, object]:
        holding = ProviderHolding(item.message.provider_id, item.message.media)
        state = RecordState.MEDIA if item.message.media else RecordState.ERASE
        return record_row(holding, thread_id, state, self._keys.delivery, self._now)

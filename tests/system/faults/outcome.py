"""What came of a storm: nothing acknowledged is lost, doubled or out of order for its sender."""

from __future__ import annotations

from collections import Counter
from functools import cached_property

from sqlalchemy import func, select

from tests.system.faults.residents import NOT_KEPT, SILENCE, Texter
from tests.system.faults.traffic import MESSAGES, Traffic, name_at
from tests.system.logbook import checked_entries, is_up_to_date
from tests.system.residents import Provider
from tests.system.staff import LineReader
from tests.system.waiting import until
from tipline.audit.acts import Act
from tipline.audit.acts import Outcome as Ended
from tipline.db.reading import reading
from tipline.delivery.outbox import OutgoingState
from tipline.envelopes.models import SetAside
from tipline.threads.contents import MessageKind

AT_THE_PHONE = (OutgoingState.SENT, OutgoingState.DELIVERED)
PERHAPS_AT_THE_PHONE = (OutgoingState.UNCERTAIN, OutgoingState.FAILED, OutgoingState.UNDELIVERED)


class Conversation:
    """A thread as its members see it: what the resident wrote, replies by sequence, states."""

    def __init__(self, reader: LineReader, alias: str) -> None:
        thread = reader.open(alias)
        contents = sorted(reader.read(thread).items())
        self.said = [c.text for _, (kind, c) in contents if kind is MessageKind.RESIDENT]
        self.replies = {n: c.text for n, (kind, c) in contents if kind is MessageKind.REPLY}
        self.states = {n: each.state for n, each in reader.progress(thread).items()}


class Outcome:
    """Everything that is there after a storm, held against what everybody wrote down."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._demo = traffic.demo
        self._provider = Provider(self._demo)

    def check(self) -> None:
        """Look at all of it."""
        self._nothing_is_set_aside()
        self._residents_are_heard()
        self._phones_show_what_was_sent()
        self._mailboxes_hold_what_was_sent()
        self._every_reply_stands_once()
        self._every_reply_is_in_the_log_once()
        self._faults_met_traffic()

    @cached_property
    def conversations(self) -> dict[str, Conversation]:
        """Conversations by the resident's name, which each of their messages begins with."""
        reader = LineReader.of(self._demo)
        found = [Conversation(reader, each.alias) for each in reader.threads()]
        named = {each.said[0].split()[0]: each for each in found}
        assert len(named) == len(found), "one alias a sender, and one sender an alias"
        return named

    def _nothing_is_set_aside(self) -> None:
        with reading(self._demo.stores.main) as connection:
            count = connection.execute(select(func.count()).select_from(SetAside)).scalar_one()
        assert count == 0

    def _residents_are_heard(self) -> None:
        residents = [*self._traffic.texters, *self._traffic.tipsters]
        acknowledged = [each for each in residents if each.acknowledged]
        named = {each.acknowledged[0].split()[0] for each in acknowledged}
        assert set(self.conversations) == named, "nobody else is in the inbox"
        for each in acknowledged:
            said = self.conversations[each.acknowledged[0].split()[0]].said
            # What was posted once and not acknowledged may have been kept, and then stands last.
            perhaps = [text for text in each.texts if text not in each.acknowledged]
            assert said in (each.acknowledged, [*each.acknowledged, *perhaps[:1]])
        assert sum(len(each.acknowledged) for each in residents) >= MESSAGES

    def _phones_show_what_was_sent(self) -> None:
        for texter in self._traffic.texters:
            if texter.acknowledged:
                self._check_phone(texter)

    def _check_phone(self, texter: Texter) -> None:
        conversation = self.conversations[name_at(texter.number)]
        shown = self._provider.received(texter.number)
        replies = list(conversation.replies.values())
        answers = [text for text in shown if text not in replies]
        assert shown == [*answers, *(text for text in replies if text in shown)], "in order"
        _check_sent(len(answers), conversation.states[0])
        for sequence, text in conversation.replies.items():
            _check_sent(shown.count(text), conversation.states[sequence])

    def _mailboxes_hold_what_was_sent(self) -> None:
        for tipster in self._traffic.tipsters:
            if tipster.acknowledged:
                name = tipster.acknowledged[0].split()[0]
                assert tipster.letters() == list(self.conversations[name].replies.values())

    def _every_reply_stands_once(self) -> None:
        kept = [text for each in self.conversations.values() for text in each.replies.values()]
        accepted = [text for each in self._traffic.answerers for text in each.accepted]
        assert Counter(kept) == Counter(accepted)
        assert len(accepted) >= MESSAGES
        for answerer in self._traffic.answerers:
            for each in self.conversations.values():
                own = [text for text in each.replies.values() if f" of {answerer.name}:" in text]
                assert own == [text for text in answerer.accepted if text in own], "in order"

    def _every_reply_is_in_the_log_once(self) -> None:
        until(lambda: is_up_to_date(self._demo), "every entry has its number")
        entries = checked_entries(self._demo)
        done = [each for each in entries if (each.act, each.outcome) == (Act.REPLY, Ended.DONE)]
        assert len(done) == sum(len(each.accepted) for each in self._traffic.answerers)

    def _faults_met_traffic(self) -> None:
        answers: Counter[int] = Counter()
        for each in (*self._traffic.writers, *self._traffic.answerers):
            answers += each.answers
        # That what cannot be kept is answered so is the witness's to see (see `Witness`).
        struck = answers[NOT_KEPT] + answers[SILENCE]
        assert struck, "no fault ever struck a message on its way"


def _check_sent(times: int, state: OutgoingState) -> None:
    """At the phone exactly once, or shown as uncertain or failed and there at most once."""
    if state in AT_THE_PHONE:
        assert times == 1
    else:
        assert state in PERHAPS_AT_THE_PHONE, state
        assert times <= 1

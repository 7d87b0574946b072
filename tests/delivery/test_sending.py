"""What residents get: each reply once, in order, and nothing after they opted out."""

from __future__ import annotations

import pytest

from tests.delivery.acts import (
    handed_over,
    outbox,
    put_automatic,
    replies,
    say,
    write_in,
)
from tests.support.house import ANNA, BEN, LINE, OTHER_LINE, House
from tests.support.recording_provider import RecordingProvider
from tipline.delivery.outbox import OutgoingState
from tipline.delivery.provider import (
    ProviderBusyError,
    ProviderRefusedError,
    ProviderUncertainError,
)
from tipline.delivery.service import AT_ONCE
from tipline.lines.acknowledgements import DEFAULT_ACKNOWLEDGEMENT

REPLY = "Thank you. Which side of the road?"


def test_a_reply_reaches_the_resident_once_from_the_lines_number(
    house: House, provider: RecordingProvider
) -> None:
    write_in(house)
    house.reply(REPLY)
    for _ in range(3):
        house.drain_delivery()
        house.clock.move(hours=1)
    text = handed_over(provider, REPLY)
    assert (text.sender, text.recipient) == (LINE, ANNA)
    assert provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT, REPLY]
    assert house.outbox_states() == ["sent", "sent"]


def test_each_line_answers_from_its_own_number(house: House, provider: RecordingProvider) -> None:
    write_in(house, line=LINE)
    write_in(house, line=OTHER_LINE)
    house.reply("From the police", line=LINE)
    house.reply("From the other line", line=OTHER_LINE)
    house.drain_delivery()
    assert handed_over(provider, "From the police").sender == LINE
    assert handed_over(provider, "From the other line").sender == OTHER_LINE


def test_what_was_sent_is_wiped_from_the_outbox(house: House) -> None:
    write_in(house)
    house.reply(REPLY)
    assert replies(house)[0].sealed is not None
    house.drain_delivery()
    assert [row.sealed for row in outbox(house)] == [None, None]


def test_a_busy_provider_is_asked_again_after_growing_pauses(
    house: House, provider: RecordingProvider
) -> None:
    write_in(house)
    house.reply(REPLY)
    before, pauses, tries = provider.attempts, [], 12
    provider.failures = [ProviderBusyError() for _ in range(tries)]
    for attempt in range(1, tries + 1):
        house.drain_delivery()
        assert provider.attempts == before + attempt, "asked once, not in a loop"
        (row,) = replies(house)
        assert (row.state, row.attempts) == ("queued", attempt)
        pauses.append((row.not_before - house.clock().replace(tzinfo=None)).total_seconds())
        house.clock.move(seconds=pauses[-1] - 0.5)
        house.drain_delivery()
        assert provider.attempts == before + attempt, "not before the pause is over"
        house.clock.move(seconds=0.5)
        house.keep_keys()
    assert pauses == sorted(pauses)
    assert len(set(pauses[:8])) == 8
    assert pauses[-1] <= 300
    house.drain_delivery()
    handed_over(provider, REPLY)
    assert replies(house)[0].state == OutgoingState.SENT


def test_what_may_have_been_taken_is_not_sent_again(
    house: House, provider: RecordingProvider
) -> None:
    write_in(house)
    house.reply(REPLY)
    house.reply("Another one")
    provider.lost_answers = [ProviderUncertainError(), ValueError("anything else")]
    for _ in range(4):
        house.drain_delivery()
        house.delivery.give_up_on_crashed()
        house.clock.move(hours=7)
        house.keep_keys()
    assert provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT, REPLY, "Another one"]
    assert [(row.state, row.sealed) for row in replies(house)] == [("uncertain", None)] * 2


def test_a_member_may_send_again_what_is_uncertain(
    house: House, provider: RecordingProvider
) -> None:
    write_in(house)
    house.reply(REPLY)
    provider.failures = [ProviderUncertainError()]
    house.drain_delivery()
    house.replier.send_again(house.open(), house.bundles[LINE], 2, REPLY)
    house.drain_delivery()
    assert handed_over(provider, REPLY).recipient == ANNA
    assert house.progress()[2].state is OutgoingState.SENT


def test_a_refusal_is_final_and_its_code_is_for_the_line_alone(
    house: House, provider: RecordingProvider
) -> None:
    write_in(house)
    house.reply(REPLY)
    provider.failures = [ProviderRefusedError(21610)]
    for _ in range(2):
        house.drain_delivery()
        house.clock.move(hours=1)
    assert provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT]
    progress = house.progress()[2]
    assert (progress.state, progress.code) == (OutgoingState.FAILED, 21610)
    (row,) = replies(house)
    assert row.sealed is None
    assert not any(b"21610" in value for value in row if isinstance(value, bytes))


def test_stop_withdraws_what_is_queued(house: House, provider: RecordingProvider) -> None:
    write_in(house)
    house.reply(REPLY)
    house.text(ANNA, "STOP")
    house.drain_intake()
    (row,) = replies(house)
    assert (row.state, row.sealed) == (OutgoingState.CANCELLED, None)
    for _ in range(2):
        house.drain_delivery()
        house.clock.move(hours=1)
    assert provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT]


@pytest.mark.parametrize("kind", ["automatic", "reply"])
def test_stop_while_the_provider_says_not_now(
    house: House, provider: RecordingProvider, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "reply":
        write_in(house)
        house.reply(REPLY)
    else:
        house.text(ANNA, "There is ice on Linden Street")
        house.drain_intake()

    def opt_out_meanwhile(_text: object) -> str:
        house.text(ANNA, "STOP")
        house.drain_intake()
        raise ProviderBusyError

    sent = len(provider.sent)
    with monkeypatch.context() as patch:
        patch.setattr(provider, "send", opt_out_meanwhile)
        house.drain_delivery()
    house.clock.move(hours=1)
    house.drain_delivery()
    assert len(provider.sent) == sent, "nothing is sent to somebody who opted out"
    assert outbox(house)[-1].sealed is None
    assert outbox(house)[-1].state == OutgoingState.CANCELLED
    assert house.incidents() == {}


def test_a_second_reply_waits_for_the_first(house: House, provider: RecordingProvider) -> None:
    write_in(house)
    house.reply("First")
    house.reply("Second")
    provider.failures = [ProviderBusyError()]
    house.drain_delivery()
    assert [row.state for row in replies(house)] == ["queued", "queued"]
    assert provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT]
    house.clock.move(seconds=2)
    house.drain_delivery()
    assert provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT, "First", "Second"]


def test_an_uncertain_reply_holds_up_nothing(house: House, provider: RecordingProvider) -> None:
    write_in(house)
    house.reply("First")
    house.reply("Second")
    provider.failures = [ProviderUncertainError()]
    house.drain_delivery()
    assert [row.state for row in replies(house)] == ["uncertain", "sent"]
    # The first one's fate comes later and changes nothing about the second's.
    say(house, handed_over(provider, "Second"), "delivered")
    house.drain_delivery()
    assert [row.state for row in replies(house)] == ["uncertain", "delivered"]


def test_a_reply_overtakes_a_crowd_of_automatic_answers(
    house: House, provider: RecordingProvider
) -> None:
    write_in(house)
    put_automatic(house, {f"Automatic {i}": BEN for i in range(3 * AT_ONCE)})
    house.reply(REPLY)
    house.drain_delivery()
    bodies = [text.body for text in provider.sent[1:]]
    assert len(bodies) == 3 * AT_ONCE + 1
    assert bodies.index(REPLY) < AT_ONCE

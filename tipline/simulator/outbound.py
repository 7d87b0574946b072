"""From the gateway to a phone: accept a message, move it through its states, tell of each.

Source: https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tipline.simulator.courier import Attempt, Courier, Post
from tipline.simulator.errors import FAILURES
from tipline.simulator.knobs import KnobBoard, Knobs
from tipline.simulator.model import Bubble, Message, new_sid
from tipline.simulator.numbers import obfuscated
from tipline.simulator.scheduler import Scheduler
from tipline.simulator.segments import count_segments
from tipline.simulator.state import CarrierState


@dataclass(frozen=True)
class Request:
    """A valid request to send; what is left of the form after validation."""

    to_number: str
    from_number: str
    body: str
    messaging_service_sid: str | None
    status_callback: str | None
    discard_content: bool
    obfuscate_address: bool


@dataclass
class _Passage:
    """One message under way: what it will become, and which callbacks are still owed."""

    message: Message
    bubble: Bubble
    knobs: Knobs
    addresses: dict[str, str]
    to_come: list[str]
    held_back: list[Post]


class Outbound:
    """Sends to phones. Each message's callbacks go out one after another, never side by side."""

    def __init__(
        self,
        state: CarrierState,
        board: KnobBoard,
        scheduler: Scheduler,
        courier: Courier,
        account_sid: str,
    ) -> None:
        self._state = state
        self._board = board
        self._scheduler = scheduler
        self._courier = courier
        self._account_sid = account_sid

    def accept(self, request: Request) -> Message:
        """Take a message on; from here on it will reach the phone or fail by itself.

        Returns a copy as it was on acceptance: by the time of the answer it may have got further.
        """
        passage = self._begin(request, direction="outbound-api")
        as_accepted = replace(passage.message)
        self._scheduler.after(0, lambda: self._tell(passage))
        return as_accepted

    def answer_keyword(self, phone: str, line: str, body: str) -> None:
        """Send the carrier's own answer, which no application asked for and none is told of."""
        passage = self._begin(
            Request(phone, line, body, None, None, False, False), direction="outbound-reply"
        )
        self._scheduler.after(0, lambda: self._tell(passage))

    def _begin(self, request: Request, *, direction: str) -> _Passage:
        knobs = self._board.of(request.to_number)
        now = datetime.now(UTC)
        serial = self._state.next_serial()
        status = "accepted" if request.messaging_service_sid else "queued"
        message = Message(
            sid=new_sid("SM"),
            serial=serial,
            direction=direction,
            from_number=request.from_number,
            to_number=request.to_number,
            body=request.body,
            status=status,
            created=now,
            updated=now,
            num_segments=count_segments(request.body),
            messaging_service_sid=request.messaging_service_sid,
            status_callback=request.status_callback,
            discard_content=request.discard_content,
            obfuscate_address=request.obfuscate_address,
        )
        bubble = Bubble(
            sid=message.sid,
            serial=serial,
            phone=request.to_number,
            line=request.from_number,
            sent_by_phone=False,
            body=request.body,
            at=now,
            status=status,
        )
        self._state.add(message, bubble)
        # Callbacks name the addresses even after the record's own were obfuscated.
        addresses = {"To": request.to_number, "From": request.from_number}
        return _Passage(message, bubble, knobs, addresses, _states_to_come(knobs), [])

    def _tell(self, passage: _Passage) -> None:
        """Post the callbacks for the state just reached, then go on to the next."""
        posts = self._callbacks(passage)
        if passage.knobs.callbacks_out_of_order:
            passage.held_back[:0] = posts
            posts = [] if passage.to_come else passage.held_back
        self._post_in_order(posts, passage)

    def _post_in_order(self, posts: list[Post], passage: _Passage) -> None:
        if not posts:
            if passage.to_come:
                pause = passage.knobs.status_pause_seconds
                self._scheduler.after(pause, lambda: self._advance(passage))
            return

        def continue_when_settled(attempt: Attempt) -> None:
            with self._state.lock:
                self._state.callback_posts += 1
            if not attempt.will_retry:
                rest = posts[1:]
                self._scheduler.after(0, lambda: self._post_in_order(rest, passage))

        self._courier.deliver(posts[0], continue_when_settled)

    def _advance(self, passage: _Passage) -> None:
        status = passage.to_come.pop(0)
        now = datetime.now(UTC)
        with self._state.lock:
            message = passage.message
            message.status = passage.bubble.status = status
            message.updated = now
            if status == "sent":
                message.sent = now
            if status in ("undelivered", "failed"):
                code = passage.knobs.delivery_error_code
                message.error_code = passage.bubble.error_code = code
            if message.is_final:
                _apply_retention(message)
        self._tell(passage)

    def _callbacks(self, passage: _Passage) -> list[Post]:
        message, knobs = passage.message, passage.knobs
        if message.status_callback is None or knobs.callbacks_withheld:
            return []
        fields = {
            "AccountSid": self._account_sid,
            "ApiVersion": "2010-04-01",
            "MessageSid": message.sid,
            "MessageStatus": message.status,
            "SmsSid": message.sid,
            "SmsStatus": message.status,
            **passage.addresses,
        }
        if message.messaging_service_sid:
            fields["MessagingServiceSid"] = message.messaging_service_sid
        if message.error_code is not None:
            fields["ErrorCode"] = str(message.error_code)
        if message.status in ("delivered", "undelivered"):
            fields["RawDlrDoneDate"] = message.updated.strftime("%y%m%d%H%M")
        copies = 2 if knobs.callbacks_doubled else 1
        return [
            Post(message.status_callback, fields, knobs.callback_retries, knobs.retry_pause_seconds)
            for _ in range(copies)
        ]


def _states_to_come(knobs: Knobs) -> list[str]:
    if not knobs.delivery_error_code:
        return ["sent", "delivered"]
    final, _ = FAILURES[knobs.delivery_error_code]
    return ["failed"] if final == "failed" else ["sent", final]


def _apply_retention(message: Message) -> None:
    """What Message Redaction keeps once a message is final; the resident's end of it goes."""
    if message.discard_content:
        message.body = ""
    if message.obfuscate_address:
        message.to_number = obfuscated(message.to_number)

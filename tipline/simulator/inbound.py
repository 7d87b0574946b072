"""From a phone to the gateway: keep the text as the carrier does, post the webhook, try again.

Source: https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from tipline.simulator import pictures
from tipline.simulator.courier import Attempt, Courier, Post
from tipline.simulator.keywords import ANSWERS, Keyword, keyword_of
from tipline.simulator.knobs import KnobBoard, Knobs
from tipline.simulator.model import Bubble, Media, Message, new_sid
from tipline.simulator.outbound import Outbound
from tipline.simulator.owned_numbers import OwnedNumbers
from tipline.simulator.resources import media_path
from tipline.simulator.scheduler import Scheduler
from tipline.simulator.segments import count_segments
from tipline.simulator.settings import SimulatorSettings
from tipline.simulator.state import CarrierState

_GEOGRAPHY = {"City": "STOCKTON", "State": "CA", "Zip": "95202", "Country": "US"}
"""Twilio adds where the numbers belong; a gateway has to show that it drops this."""


class Inbound:
    """Takes texts from phones to the gateway's message webhook."""

    def __init__(
        self,
        settings: SimulatorSettings,
        state: CarrierState,
        board: KnobBoard,
        scheduler: Scheduler,
        courier: Courier,
        outbound: Outbound,
        numbers: OwnedNumbers,
    ) -> None:
        self._settings = settings
        self._state = state
        self._board = board
        self._scheduler = scheduler
        self._courier = courier
        self._outbound = outbound
        self._numbers = numbers

    def send(
        self, phone: str, line: str, body: str, attachments: Sequence[tuple[str, bytes]] = ()
    ) -> Bubble:
        """Text `body` from `phone` to `line`; `attachments` are (content type, bytes).

        Returns at once; the bubble's `settled` is set when the gateway accepted or refused it, or
        the last try failed.
        """
        knobs = self._board.of(phone)
        message, bubble = self._record(phone, line, body, attachments)
        keyword = keyword_of(body)
        fields = self._fields(message, keyword if knobs.advanced_opt_out else None)
        posting = self._posting(fields, knobs, bubble)
        for _ in range(2 if knobs.inbound_doubled else 1):
            self._scheduler.after(0, posting)
        if keyword is not None:
            self._obey(keyword, phone, line, knobs)
        return bubble

    def draw_pictures(self, count: int) -> list[tuple[str, bytes]]:
        """That many pictures for `send`, each different."""
        return [("image/png", pictures.draw(self._state.next_serial())) for _ in range(count)]

    def _record(
        self, phone: str, line: str, body: str, attachments: Sequence[tuple[str, bytes]]
    ) -> tuple[Message, Bubble]:
        now = datetime.now(UTC)
        serial = self._state.next_serial()
        media = [Media(new_sid("ME"), kind, content, now) for kind, content in attachments]
        message = Message(
            sid=new_sid("MM" if media else "SM"),
            serial=serial,
            direction="inbound",
            from_number=phone,
            to_number=line,
            body=body,
            status="received",
            created=now,
            updated=now,
            sent=now,
            num_segments=count_segments(body),
            media=list(media),
        )
        bubble = Bubble(message.sid, serial, phone, line, True, body, now, "sending", media)
        self._state.add(message, bubble)
        return message, bubble

    def _fields(self, message: Message, keyword: Keyword | None) -> dict[str, str]:
        account_sid = self._settings.account_sid
        fields = {
            "AccountSid": account_sid,
            "ApiVersion": "2010-04-01",
            "Body": message.body,
            "From": message.from_number,
            "MessageSid": message.sid,
            "NumMedia": str(len(message.media)),
            "NumSegments": str(message.num_segments),
            "SmsMessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsStatus": "received",
            "To": message.to_number,
        }
        for end in ("From", "To"):
            fields |= {end + name: value for name, value in _GEOGRAPHY.items()}
        if keyword is not None:
            fields["OptOutType"] = keyword
        for index, media in enumerate(message.media):
            path = media_path(account_sid, message.sid, media.sid)
            fields[f"MediaUrl{index}"] = self._settings.base_url + path
            fields[f"MediaContentType{index}"] = media.content_type
        return fields

    def _posting(self, fields: dict[str, str], knobs: Knobs, bubble: Bubble) -> _Posting:
        url = self._numbers.url_of(fields["To"])
        post = Post(url, fields, knobs.inbound_retries, knobs.retry_pause_seconds)
        return _Posting(self._state, self._courier, post, bubble)

    def _obey(self, keyword: Keyword, phone: str, line: str, knobs: Knobs) -> None:
        """Do as the carrier does, whatever the gateway makes of the same text."""
        answer = keyword is Keyword.HELP
        if keyword is not Keyword.HELP:
            answer = self._state.set_opted_out(phone, line, keyword is Keyword.STOP)
        if answer and knobs.keyword_replies:
            self._outbound.answer_keyword(phone, line, ANSWERS[keyword])


class _Posting:
    """One webhook post and the bubble that shows how it goes."""

    def __init__(self, state: CarrierState, courier: Courier, post: Post, bubble: Bubble) -> None:
        self._state = state
        self._courier = courier
        self._post = post
        self._bubble = bubble

    def __call__(self) -> None:
        self._courier.deliver(self._post, self._show)

    def _show(self, attempt: Attempt) -> None:
        bubble = self._bubble
        with self._state.lock:
            bubble.attempts += 1
            # Of a doubled webhook, one copy's failure takes nothing from the other's success.
            if bubble.status == "accepted":
                return
            bubble.webhook_status = attempt.http_status
            if attempt.accepted:
                bubble.status = "accepted"
            else:
                bubble.status = "retrying" if attempt.will_retry else "refused"
            if not attempt.will_retry:
                bubble.settled.set()

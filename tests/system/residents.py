"""Residents and the provider: signed webhooks, and what the pretend carrier's phones show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import requests

from tests.support.carrier_signature import Fields, inbound_fields, post_signed
from tests.system.instance import Demo

MESSAGE_PATH = "/webhooks/twilio/message"
STATUS_PATH = "/webhooks/twilio/status"
TIMEOUT_SECONDS = 30.0


class Provider:
    """Posts webhooks to the gateway as the provider does, and looks at phones."""

    def __init__(self, demo: Demo, session: requests.Session | None = None) -> None:
        self.account = demo.info["twilio"]
        self.numbers = {line["line"]: line["number"] for line in demo.info["lines"]}
        self.gateway = demo.info["gateway_url"]
        self.simulator = demo.info["simulator_url"]
        self.session = session or requests.Session()
        self.session.trust_env = False

    def fields(
        self,
        sender: str,
        body: str,
        *,
        line: str = "police-tips",
        sid: str | None = None,
        media: Sequence[tuple[str, str]] = (),
    ) -> Fields:
        return inbound_fields(
            body, sender=sender, to=self.numbers[line], media=media, message_sid=sid,
            account_sid=self.account["account_sid"],
        )  # fmt: skip

    def post(
        self,
        fields: Fields,
        *,
        path: str = MESSAGE_PATH,
        query: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> int:
        """The gateway's answer to a signed webhook; raises when there is none."""
        answer = post_signed(
            self.gateway, path, self.account["auth_token"], fields, query, self.session,
            headers=headers,
        )  # fmt: skip
        return answer.status_code

    def text(self, sender: str, body: str, **options: Any) -> None:
        """Text a line; the gateway must keep it."""
        assert self.post(self.fields(sender, body, **options)) == 200

    def try_post(self, fields: Fields) -> int:
        """The answer's status, or 0 if there was none."""
        try:
            return self.post(fields)
        except requests.RequestException:
            return 0

    # -- the pretend carrier -----------------------------------------------------------------

    def phone(self, number: str) -> list[dict[str, Any]]:
        """What a phone got, in order; each with body and status."""
        answer = self.session.get(
            f"{self.simulator}/simulator/phones/{number}/messages", timeout=TIMEOUT_SECONDS
        )
        messages = answer.json()["messages"]
        return [message for message in messages if message["direction"] == "received"]

    def received(self, number: str) -> list[str]:
        """The texts that the carrier took for a phone, in order."""
        return [message["body"] for message in self.phone(number)]

    def send_from_phone(self, number: str, body: str, **options: Any) -> dict[str, Any]:
        """Text the first line from a phone at the carrier, which signs and posts by itself."""
        content = {"to": self.numbers["police-tips"], "body": body, **options}
        answer = self.session.post(
            f"{self.simulator}/simulator/phones/{number}/messages",
            json=content, timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        assert found["status"] == "accepted", found
        return found

    def knobs(self) -> dict[str, Any]:
        """The knobs for everybody, as they stand."""
        answer = self.session.get(f"{self.simulator}/simulator/knobs", timeout=TIMEOUT_SECONDS)
        found: dict[str, Any] = answer.json()["global"]
        return found

    def turn(self, **knobs: Any) -> None:
        answer = self.session.put(
            f"{self.simulator}/simulator/knobs", json=knobs, timeout=TIMEOUT_SECONDS
        )
        assert answer.status_code == 200, answer.text

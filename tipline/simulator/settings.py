"""What the simulator must be told, read from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tipline.simulator.numbers import is_e164, is_whole_number

WEBHOOK_PATH = "/webhooks/twilio/message"
DEFAULT_PORT = 8002

_ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
_API_KEY_SID = re.compile(r"SK[0-9a-fA-F]{32}")


class SimulatorSettingsError(ValueError):
    """A setting is missing or malformed; the sentence names it and says how to set it."""


@dataclass(frozen=True)
class Line:
    """A number that a resident can text, with the name that the page shows for it."""

    number: str
    label: str


@dataclass(frozen=True)
class SimulatorSettings:
    """The pretend account, its numbers, and the gateway that gets its webhooks."""

    port: int
    account_sid: str
    auth_token: str = field(repr=False)
    api_key_sid: str
    api_key_secret: str = field(repr=False)
    lines: tuple[Line, ...]
    public_url: str

    @property
    def base_url(self) -> str:
        """Where this simulator answers; stands for https://api.twilio.com."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def webhook_url(self) -> str:
        """The gateway's message webhook, which inbound messages are posted to."""
        return self.public_url + WEBHOOK_PATH

    def line(self, number: str) -> Line | None:
        """The line with this E.164 number, or None."""
        return next((line for line in self.lines if line.number == number), None)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> SimulatorSettings:
        """Read the settings, or raise SimulatorSettingsError for the first that is wrong."""
        return cls(
            port=_port(environment),
            account_sid=_matching(
                environment, "TIPLINE_TWILIO_ACCOUNT_SID", _ACCOUNT_SID, "AC and 32 hex digits"
            ),
            auth_token=_required(
                environment, "TIPLINE_TWILIO_AUTH_TOKEN", "the token that the gateway has"
            ),
            api_key_sid=_matching(
                environment, "TIPLINE_TWILIO_API_KEY_SID", _API_KEY_SID, "SK and 32 hex digits"
            ),
            api_key_secret=_required(
                environment, "TIPLINE_TWILIO_API_KEY_SECRET", "the secret that delivery has"
            ),
            lines=_lines(environment),
            public_url=_public_url(environment),
        )


def _required(environment: Mapping[str, str], name: str, how: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise SimulatorSettingsError(f"{name} is not set: set it to {how}.")
    return value


def _matching(environment: Mapping[str, str], name: str, pattern: re.Pattern[str], how: str) -> str:
    value = _required(environment, name, how)
    if not pattern.fullmatch(value):
        raise SimulatorSettingsError(f"{name} is malformed: set it to {how}.")
    return value


def _port(environment: Mapping[str, str]) -> int:
    name = "TIPLINE_SIMULATOR_PORT"
    value = environment.get(name, str(DEFAULT_PORT)).strip()
    if not (is_whole_number(value) and 1 <= int(value) <= 65535):
        raise SimulatorSettingsError(f"{name} is malformed: set it to a port from 1 to 65535.")
    return int(value)


def _lines(environment: Mapping[str, str]) -> tuple[Line, ...]:
    name = "TIPLINE_SIMULATOR_NUMBERS"
    how = "numbers with commas between them, such as +12095550100=Police tips,+12095550199"
    found: dict[str, Line] = {}
    for entry in _required(environment, name, how).split(","):
        number, _, label = (part.strip() for part in entry.partition("="))
        if not is_e164(number) or number in found:
            raise SimulatorSettingsError(f"{name} is malformed: set it to {how}, each once.")
        found[number] = Line(number, label or f"Line {len(found) + 1}")
    return tuple(found.values())


def _public_url(environment: Mapping[str, str]) -> str:
    name = "TIPLINE_PUBLIC_URL"
    how = "the gateway's base URL, such as http://127.0.0.1:8000, without query or password"
    value = _required(environment, name, how).rstrip("/")
    if not _is_plain_http_url(value):
        raise SimulatorSettingsError(f"{name} is malformed: set it to {how}.")
    return value


def _is_plain_http_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return False
    extras = parts.query or parts.fragment or "@" in parts.netloc
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not extras

"""Settings: frozen, validated, from the environment (`TIPLINE_*`), one class a process.

Each process reads only what it needs, so that a missing or empty secret stops the start of the
process that needs it, with a sentence that says which one and how to set it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Self
from urllib.parse import SplitResult, unquote, urlsplit

from tipline.environment import (
    LOCAL_HOSTS,
    SettingsError,
    address,
    flag,
    is_same_store,
    notice,
    onion_url,
    port,
    prefix,
    price,
    public_url,
    queue_url,
    required,
    store_url,
    url_parts,
    worker_count,
)
from tipline.language.marking import marked

__all__ = [
    "AlertSettings",
    "ConsoleSettings",
    "DeliverySettings",
    "GatewaySettings",
    "InstanceSettings",
    "MailSettings",
    "RecordsSettings",
    "SettingsError",
    "WebhookSettings",
    "metrics_port",
]

DEFAULT_HOME = "var"
DEFAULT_BIND_ADDRESS = "127.0.0.1"
DEFAULT_PROVIDER_URL = "https://api.twilio.com"
LONGEST_SOCKET_PATH = 100
# CJIS Security Policy 5.9.5, AC-8: what somebody accepts who signs in.
DEFAULT_BANNER = marked(
    "This system is for authorized staff only. What you do here is recorded and may be reviewed. "
    "Unauthorized use is prohibited and may be prosecuted. By signing in you agree to this."
)
# The same with a query: receivers of webhooks put their own secret there.
WEBHOOK_URL = re.compile(r"https?://[!\"$-?A-\[\]-~]+")
MAIL_URL = re.compile(r"smtps?://[!\"$->@-\[\]-~]+")
MAIL_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\]{1,64}@[a-z0-9.-]{1,253}", re.IGNORECASE)
MAIL_PORTS = {"smtp": 587, "smtps": 465}
SHORTEST_WEBHOOK_SECRET = 16


def metrics_port(environment: Mapping[str, str]) -> int | None:
    """Return the port on 127.0.0.1 for metrics; None, and there are none, when it is not set.

    Raises:
        SettingsError: it is no port.
    """
    name = "TIPLINE_METRICS_PORT"
    return port(environment, name, 0) if environment.get(name, "").strip() else None


@dataclass(frozen=True, slots=True)
class InstanceSettings:
    """Where an instance lives and how its parts reach each other."""

    home: Path
    # These may hold passwords.
    database_url: str = field(repr=False)
    perishable_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    gateway_port: int
    console_port: int
    bind_address: str = DEFAULT_BIND_ADDRESS
    intake_workers: int = 1
    delivery_workers: int = 1
    # What names of database roles start with; empty: all processes connect as one role.
    database_roles: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings that all processes share.

        Raises:
            SettingsError: one of them is wrong.
        """
        home = Path(environment.get("TIPLINE_HOME", "").strip() or DEFAULT_HOME).resolve()
        socket = home / "run" / "valkey.sock"
        redis_url = queue_url(environment, "TIPLINE_REDIS_URL", f"unix://{socket}")
        if redis_url.startswith("unix://") and len(redis_url) > LONGEST_SOCKET_PATH + 7:
            raise SettingsError(
                "TIPLINE_HOME is too deep for a Unix socket (100 characters): choose a shorter "
                "path, or set TIPLINE_REDIS_URL."
            )
        main, perishable = _store_urls(environment, home)
        return cls(
            home=home,
            database_url=main,
            perishable_url=perishable,
            redis_url=redis_url,
            gateway_port=port(environment, "TIPLINE_GATEWAY_PORT", 8000),
            console_port=port(environment, "TIPLINE_CONSOLE_PORT", 8001),
            bind_address=address(environment, "TIPLINE_BIND_ADDRESS", DEFAULT_BIND_ADDRESS),
            intake_workers=worker_count(environment, "TIPLINE_INTAKE_WORKERS", 1),
            delivery_workers=worker_count(environment, "TIPLINE_DELIVERY_WORKERS", 1),
            database_roles=prefix(environment, "TIPLINE_DATABASE_ROLES"),
        )

    @property
    def keys(self) -> Path:
        """Return the folder that holds each process's key folder."""
        return self.home / "keys"


def _store_urls(environment: Mapping[str, str], home: Path) -> tuple[str, str]:
    main = store_url(environment, "TIPLINE_DATABASE_URL", f"sqlite:///{home / 'main.sqlite3'}")
    perishable = store_url(
        environment, "TIPLINE_PERISHABLE_URL", f"sqlite:///{home / 'perishable.sqlite3'}"
    )
    if is_same_store(main, perishable):
        # Or the backup that is kept would hold the keys whose deletion destroys threads.
        raise SettingsError(
            "TIPLINE_DATABASE_URL and TIPLINE_PERISHABLE_URL name the same database: the stores "
            "must be two."
        )
    return main, perishable


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """What the gateway needs. Two auth tokens are accepted while one is being rotated."""

    instance: InstanceSettings
    url: str
    account_sid: str
    auth_tokens: tuple[str, ...] = field(repr=False)
    workers: int
    threads: int
    # The public pages over Tor, without a trailing slash; nothing: there are none.
    onion_url: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the gateway's settings.

        Raises:
            SettingsError: one is missing or wrong.
        """
        token = required(
            environment,
            "TIPLINE_TWILIO_AUTH_TOKEN",
            "Set it to the account's auth token: without it no webhook can be believed.",
        )
        previous = environment.get("TIPLINE_TWILIO_AUTH_TOKEN_PREVIOUS", "").strip()
        return cls(
            instance=InstanceSettings.from_environment(environment),
            url=public_url(environment, "TIPLINE_PUBLIC_URL"),
            account_sid=required(
                environment, "TIPLINE_TWILIO_ACCOUNT_SID", "Set it to the account's SID (AC...)."
            ),
            auth_tokens=(token, previous) if previous else (token,),
            workers=worker_count(environment, "TIPLINE_GATEWAY_WORKERS", 1),
            threads=worker_count(environment, "TIPLINE_GATEWAY_THREADS", 8),
            onion_url=onion_url(environment, "TIPLINE_ONION_URL"),
        )


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """What the console needs. The banner is what staff accept before they sign in."""

    instance: InstanceSettings
    url: str
    threads: int
    banner: str = DEFAULT_BANNER
    # What a segment costs, in US dollars. None: no price is shown.
    segment_price: Decimal | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the console's settings.

        Raises:
            SettingsError: one is missing or wrong.
        """
        return cls(
            instance=InstanceSettings.from_environment(environment),
            url=public_url(environment, "TIPLINE_CONSOLE_URL"),
            threads=worker_count(environment, "TIPLINE_CONSOLE_THREADS", 8),
            banner=notice(environment, "TIPLINE_BANNER", DEFAULT_BANNER),
            segment_price=price(environment, "TIPLINE_SEGMENT_PRICE"),
        )

    @property
    def is_secure(self) -> bool:
        """Tell whether the console is reached over https, so that cookies can demand it."""
        return self.url.startswith("https://")


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The mail server that takes alerts. Without TLS only on this machine."""

    host: str
    port: int
    is_tls_from_start: bool
    user: str = field(repr=False)
    password: str = field(repr=False)
    sender: str

    @property
    def needs_tls(self) -> bool:
        """Tell whether nothing may be said before TLS is agreed upon."""
        return self.host not in LOCAL_HOSTS

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self | None:
        """Read the mail server's settings; None when there are none.

        Raises:
            SettingsError: one of them is wrong, or the sender is missing.
        """
        value = environment.get("TIPLINE_SMTP_URL", "").strip()
        if not value:
            return None
        sender = required(
            environment, "TIPLINE_SMTP_FROM", "Set it to the address that alerts come from."
        )
        if not MAIL_ADDRESS.fullmatch(sender):
            raise SettingsError("TIPLINE_SMTP_FROM must be an address like tipline@example.org.")
        parts = _mail_parts(value)
        if parts is None:
            raise SettingsError(
                "TIPLINE_SMTP_URL must be a URL like smtp://user:password@mail.example.org:587."
            )
        return cls(
            host=parts.hostname or "",
            port=parts.port or MAIL_PORTS[parts.scheme],
            is_tls_from_start=parts.scheme == "smtps",
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            sender=sender,
        )


def _mail_parts(value: str) -> SplitResult | None:
    if not MAIL_URL.fullmatch(value):
        return None
    try:
        parts = urlsplit(value)
        is_whole = bool(parts.hostname) and parts.port != 0 and parts.path in ("", "/")
    except ValueError:  # as in `_parts`
        return None
    return parts if is_whole else None


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Where alerts are posted to, and the secret that signs them. The URL may hold one, too."""

    url: str = field(repr=False)
    secret: str = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self | None:
        """Read the webhook's settings; None when there are none.

        Raises:
            SettingsError: the URL is wrong, or the secret is missing or short.
        """
        url = environment.get("TIPLINE_ALERT_WEBHOOK_URL", "").strip()
        if not url:
            return None
        parts = url_parts(url.partition("?")[0]) if WEBHOOK_URL.fullmatch(url) else None
        if parts is None:
            raise SettingsError(
                "TIPLINE_ALERT_WEBHOOK_URL must be a URL like https://alerts.example.org/tipline."
            )
        if parts.scheme == "http" and parts.hostname not in LOCAL_HOSTS:
            raise SettingsError(
                "TIPLINE_ALERT_WEBHOOK_URL must start with https:// unless it stays on this "
                "machine."
            )
        secret = required(
            environment,
            "TIPLINE_ALERT_WEBHOOK_SECRET",
            "Set it to a random text: with it the receiver checks who posts.",
        )
        if len(secret) < SHORTEST_WEBHOOK_SECRET:
            raise SettingsError("TIPLINE_ALERT_WEBHOOK_SECRET must have at least 16 characters.")
        return cls(url, secret)


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """How members are told that a tip waits. An alert says that, and where the console is."""

    console_url: str
    mail: MailSettings | None
    webhook: WebhookSettings | None
    # For the demo and tests: pushes may go to this machine and to private networks.
    may_push_inside: bool

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings of alerts.

        Raises:
            SettingsError: one is missing or wrong.
        """
        return cls(
            console_url=public_url(environment, "TIPLINE_CONSOLE_URL"),
            mail=MailSettings.from_environment(environment),
            webhook=WebhookSettings.from_environment(environment),
            may_push_inside=flag(environment, "TIPLINE_ALERT_PUSH_INSIDE"),
        )


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """What the delivery worker needs."""

    instance: InstanceSettings
    gateway_url: str
    account_sid: str
    api_key_sid: str
    api_key_secret: str = field(repr=False)
    provider_url: str
    alerts: AlertSettings

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the delivery worker's settings.

        Raises:
            SettingsError: one is missing or wrong.
        """
        how = "Make an API key in the provider's console; the auth token stays with the gateway."
        provider = {"TIPLINE_TWILIO_BASE_URL": DEFAULT_PROVIDER_URL, **environment}
        return cls(
            instance=InstanceSettings.from_environment(environment),
            gateway_url=public_url(environment, "TIPLINE_PUBLIC_URL"),
            account_sid=required(
                environment, "TIPLINE_TWILIO_ACCOUNT_SID", "Set it to the account's SID (AC...)."
            ),
            api_key_sid=required(environment, "TIPLINE_TWILIO_API_KEY_SID", how),
            api_key_secret=required(environment, "TIPLINE_TWILIO_API_KEY_SECRET", how),
            provider_url=public_url(provider, "TIPLINE_TWILIO_BASE_URL"),
            alerts=AlertSettings.from_environment(environment),
        )


@dataclass(frozen=True, slots=True)
class RecordsSettings:
    """What the records worker needs. The log is named after the host of the public pages."""

    instance: InstanceSettings
    url: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the records worker's settings.

        Raises:
            SettingsError: one is missing or wrong.
        """
        return cls(
            instance=InstanceSettings.from_environment(environment),
            url=public_url(environment, "TIPLINE_PUBLIC_URL"),
        )

"""Reading single settings from the environment. What is wrong is said without its value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import SplitResult, urlsplit

LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")
LONGEST_NOTICE = 2000
WHOLE_NUMBER = re.compile(r"[0-9]{1,5}")
PRICE = re.compile(r"[0-9]{1,2}(\.[0-9]{1,6})?")
# Printable ASCII without # ? @ and backslash: no user, query or fragment, not even an empty one.
# The scheme in small letters, because that is how it is asked for.
PLAIN_URL = re.compile(r"https?://[!\"$->A-\[\]-~]+")
# A version 3 onion service: 56 characters of base32 (Tor Project, rend-spec-v3, section 6).
ONION_URL = re.compile(r"https?://[a-z2-7]{56}\.onion")


class SettingsError(Exception):
    """A setting is missing or wrong. The message names it and holds no value."""


def required(environment: Mapping[str, str], name: str, how: str) -> str:
    """Return a setting that must not be empty.

    Raises:
        SettingsError: it is missing or empty.
    """
    value = environment.get(name, "").strip()
    if not value:
        raise SettingsError(f"{name} is missing or empty. {how}")
    return value


def port(environment: Mapping[str, str], name: str, default: int) -> int:
    """Return a TCP port.

    Raises:
        SettingsError: it is no port.
    """
    value = environment.get(name, "").strip() or str(default)
    if not WHOLE_NUMBER.fullmatch(value) or not 0 < int(value) < 65536:
        raise SettingsError(f"{name} must be a port number from 1 to 65535.")
    return int(value)


def public_url(environment: Mapping[str, str], name: str) -> str:
    """Return an absolute URL without a trailing slash; https unless it stays on this machine.

    Raises:
        SettingsError: it is no such URL, or holds a user, a query or a fragment.
    """
    value = required(environment, name, "Set it to the URL under which it is reached from outside.")
    parts = url_parts(value)
    if parts is None:
        raise SettingsError(f"{name} must be a URL like https://tips.example.org, and no more.")
    if parts.scheme == "http" and parts.hostname not in LOCAL_HOSTS:
        raise SettingsError(f"{name} must start with https:// unless it stays on this machine.")
    return value.rstrip("/")


def onion_url(environment: Mapping[str, str], name: str) -> str:
    """Return the URL of an onion service without a trailing slash; "" when it is not set.

    Raises:
        SettingsError: it is no such URL.
    """
    value = environment.get(name, "").strip().rstrip("/")
    if value and not ONION_URL.fullmatch(value):
        raise SettingsError(
            f"{name} must be the URL of a version 3 onion service: http://, 56 characters, .onion."
        )
    return value


def url_parts(value: str) -> SplitResult | None:
    """Return a URL's parts; None unless it is a scheme, a host and perhaps a port and a path."""
    if not PLAIN_URL.fullmatch(value):
        return None
    try:
        parts = urlsplit(value)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets or a port that are none; the error's text holds the value
        return None
    return parts if is_whole else None


def flag(environment: Mapping[str, str], name: str) -> bool:
    """Return a setting that is "yes" or "no"; nothing is "no".

    Raises:
        SettingsError: it is neither.
    """
    value = environment.get(name, "").strip() or "no"
    if value not in ("yes", "no"):
        raise SettingsError(f"{name} must be yes or no.")
    return value == "yes"


def worker_count(environment: Mapping[str, str], name: str, default: int) -> int:
    """Return a number of processes or threads from 1 to 64.

    Raises:
        SettingsError: it is none.
    """
    value = environment.get(name, "").strip() or str(default)
    if not WHOLE_NUMBER.fullmatch(value) or not 1 <= int(value) <= 64:
        raise SettingsError(f"{name} must be a whole number from 1 to 64.")
    return int(value)


def notice(environment: Mapping[str, str], name: str, default: str) -> str:
    """Return a text for people; white space is folded.

    Raises:
        SettingsError: it is too long for people to read.
    """
    value = " ".join(environment.get(name, "").split()) or default
    if len(value) > LONGEST_NOTICE or not value.isprintable():
        raise SettingsError(f"{name} must be plain text of at most 2000 characters.")
    return value


def price(environment: Mapping[str, str], name: str) -> Decimal | None:
    """Return a price in US dollars, at most 99.999999, or None when it is not set.

    Raises:
        SettingsError: it is no price.
    """
    value = environment.get(name, "").strip()
    if value and not PRICE.fullmatch(value):
        raise SettingsError(f"{name} must be a price in dollars such as 0.0083, without a sign.")
    return Decimal(value) if value else None

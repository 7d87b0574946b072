"""Reading single settings from the environment. What is wrong is said without its value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")
LONGEST_NOTICE = 2000
WHOLE_NUMBER = re.compile(r"[0-9]{1,5}")
PRICE = re.compile(r"[0-9]{1,2}(\.[0-9]{1,6})?")
# Printable ASCII without # ? @ and backslash: no user, query or fragment, not even an empty one.
# The scheme in small letters, because that is how it is asked for.
PLAIN_URL = re.compile(r"https?://[!\"$->A-\[\]-~]+")
# A version 3 onion service: 56 characters of base32 (Tor Project, rend-spec-v3, section 6).
ONION_URL = re.compile(r"https?://[a-z2-7]{56}\.onion")
FILE_SUFFIX = "_FILE"
ROLE_PREFIX = re.compile(r"[a-z][a-z0-9_]{0,39}")
POSTGRESQL = ("postgresql", "postgresql+psycopg")
# Names that no public DNS answers: RFC 6761, RFC 6762, RFC 8375, and ICANN's reserve of 2024. A
# single label must not be a number, which the C library takes for an address.
PRIVATE_NAME = re.compile(
    r"[a-z_][a-z0-9_-]*|[a-z0-9_.-]+\.(internal|local|localhost|home\.arpa)", re.IGNORECASE
)
# libpq compares the server's certificate with an authority's in these two alone.
# https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS
CHECKED_TLS = ("verify-ca", "verify-full")


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


def with_files(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with each `TIPLINE_X_FILE` read into `TIPLINE_X`.

    For secrets that stand in files: systemd's credentials, or the secrets of a container.

    Raises:
        SettingsError: both are set, or the file cannot be read.
    """
    read = dict(environment)
    for name, path in environment.items():
        setting = name.removesuffix(FILE_SUFFIX)
        if setting == name or not name.startswith("TIPLINE_") or not path.strip():
            continue
        if environment.get(setting, "").strip():
            raise SettingsError(f"{name} and the setting that it fills are both set: keep one.")
        try:
            read[setting] = Path(path.strip()).read_text().strip()
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"{name} names a file that this process cannot read.") from None
        del read[name]
    return read


def store_url(environment: Mapping[str, str], name: str, default: str) -> str:
    """Return the URL of a store: a SQLite file, or a database of PostgreSQL.

    Raises:
        SettingsError: it is neither, names no database, or leads over a public network without
            TLS that is checked.
    """
    value = environment.get(name, "").strip() or default
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):  # their texts hold the value
        raise SettingsError(_no_store(name)) from None
    if url.drivername == "sqlite" and url.database and url.database != ":memory:":
        return value
    if url.drivername not in POSTGRESQL:
        raise SettingsError(_no_store(name))
    if not url.database or "service" in url.query:
        raise SettingsError(f"{name} must name a database: {_SAMPLE}.")
    is_checked = url.query.get("sslmode") in CHECKED_TLS
    if not is_checked and not all(is_private(host) for host in _hosts(url)):
        raise SettingsError(
            f"{name} leads to another network: add ?sslmode=verify-full&sslrootcert=system, so "
            "that the server is asked for its certificate."
        )
    return url.set(drivername=POSTGRESQL[1]).render_as_string(hide_password=False)


_SAMPLE = "postgresql://user:password@host/database"


def _no_store(name: str) -> str:
    return f"{name} must be a URL like {_SAMPLE} or sqlite:////path/to/file."


def _hosts(url: URL) -> list[str]:
    """Return every host that libpq would try; one may stand in the query, or several."""
    hosts = [url.host or ""]
    for key in ("host", "hostaddr"):
        given = url.query.get(key, ())
        hosts += [given] if isinstance(given, str) else given
    return [host for given in hosts for host in given.split(",")]


def is_same_store(one: str, other: str) -> bool:
    """Tell whether two stores' URLs name the same database."""
    first, second = make_url(one), make_url(other)
    return (
        (first.drivername, first.database, first.port)
        == (second.drivername, second.database, second.port)
    ) and _hosts(first) == _hosts(second)


def queue_url(environment: Mapping[str, str], name: str, default: str) -> str:
    """Return the URL of the queue: Redis or Valkey on a socket, or reached over TCP.

    Raises:
        SettingsError: it is none, or leads over a public network without TLS that is checked.
    """
    value = environment.get(name, "").strip() or default
    parts = _queue_parts(value)
    if parts is None:
        raise SettingsError(
            f"{name} must be a URL like rediss://:password@host:6379/0 or unix:///path/to/socket."
        )
    if any(key.startswith("ssl_c") for key in parse_qs(parts.query)):
        # redis-py: ssl_cert_reqs and ssl_check_hostname, with which nothing would be checked.
        raise SettingsError(f"{name} must leave the check of the server's certificate on.")
    if parts.scheme == "redis" and not is_private(parts.hostname or ""):
        raise SettingsError(
            f"{name} must start with rediss:// unless it stays on this machine or in a private "
            "network."
        )
    return value


def _queue_parts(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        is_tcp = parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # as in `url_parts`
        return None
    is_socket = parts.scheme == "unix" and parts.path.startswith("/")
    return parts if is_tcp or is_socket else None


def is_private(host: str) -> bool:
    """Tell whether a host is this machine or in a private network: by its address or its name.

    A name is not looked up: what it leads to may change after the start.
    """
    if not host or host.startswith("/"):  # a socket
        return True
    try:
        return ip_address(host).is_private
    except ValueError:
        return PRIVATE_NAME.fullmatch(host) is not None


def prefix(environment: Mapping[str, str], name: str) -> str:
    """Return the start of names of database roles, or nothing.

    Raises:
        SettingsError: it could not stand in a statement without quotes.
    """
    value = environment.get(name, "").strip()
    if value and not ROLE_PREFIX.fullmatch(value):
        raise SettingsError(f"{name} must be small letters, digits and _, at most 40.")
    return value


def address(environment: Mapping[str, str], name: str, default: str) -> str:
    """Return an IP address to listen on.

    Raises:
        SettingsError: it is none.
    """
    value = environment.get(name, "").strip() or default
    try:
        return str(ip_address(value))
    except ValueError:
        raise SettingsError(f"{name} must be an IP address such as 127.0.0.1.") from None

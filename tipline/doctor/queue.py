"""The queue: a doorbell, which holds nothing; so nothing of it belongs on a disk or a network."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from redis import AuthenticationError, Redis, RedisError, ResponseError
from redis.backoff import NoBackoff
from redis.retry import Retry

from tipline.doctor.findings import Finding, failure, ok, warning
from tipline.doctor.patient import Patient
from tipline.environment import LOCAL_HOSTS

CHECK = "queue"
TIMEOUT_SECONDS = 2.0
# Redis 6.2 and every Valkey: users with rights of their own (ACL).
OLDEST_VERSION = (6, 2)


def check_queue(patient: Patient) -> list[Finding]:
    """Ask the queue for its version, whether it writes to a disk, and whom it lets in."""
    url = patient.settings.redis_url
    client = _client(url)
    try:
        server = client.info("server")
    except AuthenticationError:
        looked = "The queue does not take the password in TIPLINE_REDIS_URL."
        return [failure(CHECK, looked, "Correct the user or the password there.")]
    except (RedisError, OSError):
        looked = "The queue does not answer; tips are kept all the same, and found by the sweep."
        return [failure(CHECK, looked, "Start it, or correct TIPLINE_REDIS_URL.")]
    try:
        return [_version(server), _persistence(client), _protection(url)]
    except (RedisError, OSError):
        return [failure(CHECK, "The queue broke off in the middle.", "Look at its own log.")]
    finally:
        client.close()


def _client(url: str) -> Any:
    return Redis.from_url(
        url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )


def _version(server: dict[str, Any]) -> Finding:
    said = str(server.get("valkey_version") or server.get("redis_version") or "")
    parts = [int(part) for part in said.split(".") if part.isdigit()]
    name = "Valkey" if "valkey_version" in server else "Redis"
    shown = f"{name} {'.'.join(map(str, parts))}"
    if tuple(parts) < OLDEST_VERSION:
        advice = "Use Redis 6.2 or newer, or Valkey: older ones cannot limit what a user may do."
        return warning(CHECK, f"The queue answers; it is {shown}.", advice)
    return ok(CHECK, f"The queue answers; it is {shown}.")


def _persistence(client: Any) -> Finding:
    try:
        save = client.config_get("save").get("save", "")
        append_only = client.config_get("appendonly").get("appendonly", "no")
    except ResponseError:
        looked = "The queue does not tell this user whether it writes to a disk."
        return ok(CHECK, f"{looked} It holds no tip in any case.")
    if save or append_only != "no":
        return warning(
            CHECK,
            "The queue writes to a disk: when tips came can be read there.",
            'Start it with --save "" --appendonly no: nothing in it is worth keeping.',
        )
    return ok(CHECK, "The queue writes nothing to a disk.")


def _protection(url: str) -> Finding:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return _socket(Path(parts.path))
    if _lets_strangers_in(url):
        return failure(
            CHECK,
            "The queue is on the network and lets anybody in without a password.",
            "Set a user with a password (ACL) for it, or use a Unix socket.",
        )
    if parts.scheme == "redis" and parts.hostname not in LOCAL_HOSTS:
        looked = "The queue wants a password, which is sent over the network in clear."
        return warning(CHECK, looked, "Use TLS: a URL that starts with rediss://.")
    return ok(CHECK, "The queue wants a password.")


def _socket(path: Path) -> Finding:
    mode = path.stat().st_mode
    private_folder = not path.parent.stat().st_mode & 0o077
    if stat.S_IMODE(mode) & 0o007 and not private_folder:
        looked = "The queue's socket is open for everybody on this machine."
        return failure(CHECK, looked, "Start it with --unixsocketperm 700 (770 with a group).")
    return ok(CHECK, "The queue is on a Unix socket that others on this machine cannot use.")


def _lets_strangers_in(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    stranger = _client(parts._replace(netloc=host, query="").geturl())
    try:
        return bool(stranger.ping())
    except RedisError:
        return False
    finally:
        stranger.close()

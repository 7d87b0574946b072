"""Handing new unlock keys to a supervisor that runs, when the unlock secret was changed.

Over a Unix socket in the instance's own folder. Each key is encrypted under the one that its
process has had so far: whoever put another socket there learns nothing, and nobody else can
send one.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path

from tipline.crypto.aead import decrypt, encrypt
from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.errors import TiplineError

SOCKET = "supervisor.sock"
MOST_BYTES = 16 * 1024
TIMEOUT_SECONDS = 5.0
# The supervisor answers when its processes run with the new keys.
ANSWER_SECONDS = 90.0
DONE = b"done\n"


class NotHandedOverError(TiplineError):
    """What came over the socket is not the supervisor's new keys."""

    code = "not_handed_over"
    message = "The new unlock keys could not be handed to the running supervisor."


def hand_over(run: Path, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> bool:
    """Give the new keys to a supervisor. Return False if none runs here.

    Raises:
        NotHandedOverError: it did not take them.
    """
    sealed = {name: encrypt(old[name], new[name], _context(name)).hex() for name in new}
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(str(run / SOCKET))
        except OSError:
            return False
        client.settimeout(ANSWER_SECONDS)
        try:
            client.sendall(json.dumps(sealed).encode())
            client.shutdown(socket.SHUT_WR)
            answer = client.recv(len(DONE))
        except OSError:
            raise NotHandedOverError from None
    if answer != DONE:
        raise NotHandedOverError
    return True


def listen(run: Path) -> socket.socket | None:
    """Return the supervisor's socket, which never blocks, or None where the path is too long."""
    path = run / SOCKET
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)
        server.bind(str(path))
        path.chmod(0o600)
    except OSError:
        server.close()
        return None
    server.listen(1)
    server.setblocking(False)
    return server


def close(server: socket.socket, run: Path) -> None:
    """Take no more keys, and leave nothing in the folder that says otherwise."""
    (run / SOCKET).unlink(missing_ok=True)
    server.close()


def receive(connection: socket.socket, present: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the new keys of all processes that have one.

    Raises:
        NotHandedOverError: it was not sent by somebody who knows the present ones.
    """
    connection.settimeout(TIMEOUT_SECONDS)
    received = b""
    try:
        while len(received) <= MOST_BYTES and (chunk := connection.recv(4096)):
            received += chunk
        sealed = json.loads(received)
        return {
            name: decrypt(key, bytes.fromhex(sealed[name]), _context(name))
            for name, key in present.items()
        }
    except (OSError, ValueError, KeyError, TypeError, CannotOpenError):
        raise NotHandedOverError from None


def _context(name: str) -> Context:
    return Context("unlock key handed over", name)

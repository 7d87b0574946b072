"""Changing the unlock secret: whatever stops it, one secret opens everything."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import config
from tests.support.house import UNLOCK_SECRET, House
from tipline.crypto import unlock
from tipline.crypto.errors import UnlockError
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.rewrapping import Settled, change_secret, settle
from tipline.instance.handing_over import NotHandedOverError, hand_over, listen, receive
from tipline.instance.provisioning import PROCESSES, check_secret, open_folders

NEW_SECRET = "another secret, long enough"


class StoppedError(Exception):
    """As a kill -9 at this step."""


def values(instance: config.InstanceSettings, secret: str) -> dict[tuple[str, str], bytes]:
    """All keys of all processes, as the secret opens them."""
    folders = open_folders(instance, secret)
    return {
        (process, name): getattr(folders, process).read(name)
        for process in PROCESSES
        for name in getattr(folders, process).names()
    }


def old_keys(instance: config.InstanceSettings) -> dict[str, bytes]:
    return unlock.process_keys(UNLOCK_SECRET, instance.keys, PROCESSES)


def files(instance: config.InstanceSettings) -> list[Path]:
    return [file for file in instance.keys.rglob("*") if file.is_file()]


def test_every_key_opens_with_the_new_secret_and_none_with_the_old(sqlite_house: House) -> None:
    instance = sqlite_house.instance
    before = values(instance, UNLOCK_SECRET)
    new = change_secret(instance.keys, old_keys(instance), NEW_SECRET)
    assert values(instance, NEW_SECRET) == before
    assert new == unlock.process_keys(NEW_SECRET, instance.keys, PROCESSES)
    with pytest.raises(UnlockError):
        check_secret(open_folders(instance, UNLOCK_SECRET))
    # Not even with the keys that processes still hold, nor with the old salt.
    for process, key in sqlite_house.template.unlock_keys.items():
        folder = KeyFolder(instance.keys / process, process, key)
        for name in folder.names():
            with pytest.raises(UnlockError):
                folder.read(name)
    assert settle(instance.keys, PROCESSES) is Settled.NOTHING
    assert all(file.stat().st_mode & 0o077 == 0 for file in files(instance))
    assert [file for file in files(instance) if file.suffix in {".next", ".new"}] == []


def all_steps(house: House, tmp_path: Path) -> list[str]:
    steps: list[str] = []
    copy = tmp_path / "copy"
    shutil.copytree(house.instance.keys, copy)
    change_secret(copy, old_keys(house.instance), NEW_SECRET, steps.append)
    return steps


def test_stopped_at_any_step_one_secret_opens_everything(
    sqlite_house: House, tmp_path: Path
) -> None:
    instance = sqlite_house.instance
    before = values(instance, UNLOCK_SECRET)
    keys = {value for (_, name), value in before.items() if not name.startswith("pin-")}
    steps = all_steps(sqlite_house, tmp_path)
    assert len(steps) > 3 * len(before)
    outcomes, secret, other = [], UNLOCK_SECRET, NEW_SECRET
    committed = steps.index("new secret counts")
    near = {committed + offset for offset in (-1, 0, 1)}
    stops = sorted({0, 1, *near, *range(5, len(steps), 9), len(steps) - 2, len(steps) - 1})
    for stop_at in stops:
        left = iter(range(stop_at + 1))

        def stop(_step: str, left: object = left, last: int = stop_at) -> None:
            if next(left) == last:
                raise StoppedError

        old = unlock.process_keys(secret, instance.keys, PROCESSES)
        with pytest.raises(StoppedError):
            change_secret(instance.keys, old, other, stop)
        for file in files(instance):
            content = file.read_bytes()
            assert not any(key in content for key in keys)
        settled = settle(instance.keys, PROCESSES)
        outcomes.append(settled)
        if settled is Settled.NEW or steps[stop_at] == steps[-1]:
            secret, other = other, secret
        assert values(instance, secret) == before, steps[stop_at]
        with pytest.raises(UnlockError):
            check_secret(open_folders(instance, other))
    first = stops.index(committed)
    assert set(outcomes[:first]) == {Settled.OLD}
    assert set(outcomes[first:-1]) == {Settled.NEW}
    # And then to the end.
    old = unlock.process_keys(secret, instance.keys, PROCESSES)
    change_secret(instance.keys, old, "a third secret, long enough")
    assert values(instance, "a third secret, long enough") == before


def test_a_wrong_or_short_secret_changes_nothing(sqlite_house: House) -> None:
    instance = sqlite_house.instance
    before = {file: file.read_bytes() for file in files(instance)}
    wrong = unlock.process_keys("wrong, but long enough", instance.keys, PROCESSES)
    for old, new in ((wrong, NEW_SECRET), (old_keys(instance), "short")):
        with pytest.raises(UnlockError):
            change_secret(instance.keys, old, new)
        assert {file: file.read_bytes() for file in files(instance)} == before


def test_a_running_process_makes_no_key_that_only_the_old_secret_opens(
    sqlite_house: House,
) -> None:
    house = sqlite_house
    change_secret(house.instance.keys, old_keys(house.instance), NEW_SECRET)
    before = house.folders.intake.names()
    house.clock.move(days=1)
    with pytest.raises(UnlockError):
        house.intake_ring.ensure_current()
    with pytest.raises(UnlockError):
        house.folders.intake.create("fresh", bytes(32))
    with pytest.raises(UnlockError):
        house.folders.intake.write("signing", bytes(32))
    assert house.folders.intake.names() == before


def test_messages_are_kept_and_handled_while_the_secret_changes(sqlite_house: House) -> None:
    house = sqlite_house
    house.text("+12095550101", "long before")
    house.drain()
    house.text("+12095550101", "before")
    change_secret(house.instance.keys, old_keys(house.instance), NEW_SECRET)
    assert house.text("+12095550101", "after").status_code == 200
    house.drain()
    assert house.texts() == ["long before", "before", "after"]


@pytest.fixture
def listening(tmp_path: Path) -> Callable[[dict[str, bytes]], list[dict[str, bytes] | None]]:
    def start(present: dict[str, bytes]) -> list[dict[str, bytes] | None]:
        taken: list[dict[str, bytes] | None] = []
        server = listen(tmp_path)
        assert server is not None
        server.setblocking(True)

        def serve() -> None:
            connection, _ = server.accept()
            with connection, server:
                try:
                    taken.append(receive(connection, present))
                    connection.sendall(b"done\n")
                except NotHandedOverError:
                    taken.append(None)

        threading.Thread(target=serve, daemon=True).start()
        return taken

    return start


def test_new_keys_reach_a_supervisor_that_has_the_old(
    tmp_path: Path, listening: Callable[[dict[str, bytes]], list[dict[str, bytes] | None]]
) -> None:
    old, new = (
        {"gateway": bytes(32), "intake": b"i" * 32},
        {"gateway": b"n" * 32, "intake": b"m" * 32},
    )
    taken = listening(old)
    assert hand_over(tmp_path, old, new) is True
    assert taken == [new]


def test_a_supervisor_takes_keys_from_nobody_else(
    tmp_path: Path, listening: Callable[[dict[str, bytes]], list[dict[str, bytes] | None]]
) -> None:
    taken = listening({"gateway": bytes(32)})
    with pytest.raises(NotHandedOverError):
        hand_over(tmp_path, {"gateway": b"x" * 32}, {"gateway": b"n" * 32})
    assert taken == [None]


@pytest.mark.parametrize(
    "sent", [b"", b"{}", b"[]", b'{"gateway": 1}', b'{"gateway": "zz"}', b"\xff"]
)
def test_nonsense_is_refused(sent: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(sent)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(NotHandedOverError):
            receive(ours, {"gateway": bytes(32)})


def test_without_a_supervisor_there_is_nobody_to_hand_them_to(tmp_path: Path) -> None:
    assert hand_over(tmp_path, {}, {}) is False

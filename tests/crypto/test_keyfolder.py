"""A key folder opens for its own process with its own unlock key, file by file."""

from __future__ import annotations

import os
import shutil
import stat
import threading
from pathlib import Path

import pytest

from tipline.crypto.errors import KeyMissingError, UnlockError
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.signing import SigningKey

UNLOCK, OTHER_UNLOCK = bytes(range(32)), bytes(range(1, 33))
SECRET = b"thirty-two bytes of a secret key"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "intake"


@pytest.fixture
def folder(path: Path) -> KeyFolder:
    folder = KeyFolder(path, "intake", UNLOCK)
    folder.write("signing", SECRET)
    return folder


def bytes_below(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.rglob("*") if file.is_file())


def test_a_key_is_read_back_also_after_a_restart(folder: KeyFolder, path: Path) -> None:
    assert folder.read("signing") == SECRET
    assert KeyFolder(path, "intake", UNLOCK).read("signing") == SECRET


def test_the_disk_alone_gives_no_key_away(folder: KeyFolder, path: Path) -> None:
    assert SECRET not in bytes_below(path)
    assert UNLOCK not in bytes_below(path)


def test_a_wrong_unlock_key_opens_nothing(folder: KeyFolder, path: Path) -> None:
    folder.pin("console", SigningKey(SECRET).public)
    wrong = KeyFolder(path, "intake", OTHER_UNLOCK)
    assert wrong.names() == ["pin-console", "signing"]
    for name in wrong.names():
        with pytest.raises(UnlockError):
            wrong.read(name)
    with pytest.raises(UnlockError):
        wrong.pinned("console")


def test_a_key_file_does_not_open_as_another_processs_key(folder: KeyFolder, path: Path) -> None:
    """Even if both processes had one unlock key: the file says whose it is."""
    copied = path.parent / "delivery"
    shutil.copytree(path, copied)
    with pytest.raises(UnlockError):
        KeyFolder(copied, "delivery", UNLOCK).read("signing")


def test_a_renamed_key_file_does_not_open(folder: KeyFolder, path: Path) -> None:
    """Otherwise whoever can write to the disk makes an old key today's, or their own a pin."""
    folder.pin("console", SigningKey(SECRET).public)
    (path / "pin-console.key").rename(path / "pin-intake.key")
    shutil.copy(path / "signing.key", path / "set-aside.key")
    for name in ("pin-intake", "set-aside"):
        with pytest.raises(UnlockError):
            folder.read(name)


def test_a_flipped_byte_does_not_open(folder: KeyFolder, path: Path) -> None:
    file = path / "signing.key"
    wrapped = file.read_bytes()
    for position in range(len(wrapped)):
        changed = bytearray(wrapped)
        changed[position] ^= 0x01
        file.write_bytes(changed)
        with pytest.raises(UnlockError):
            folder.read("signing")


@pytest.mark.parametrize("length", [0, 1, 13, 14, 40])
def test_a_torn_file_does_not_open(folder: KeyFolder, path: Path, length: int) -> None:
    file = path / "signing.key"
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(UnlockError):
        folder.read("signing")


@pytest.mark.usefixtures("folder")
def test_files_and_folder_are_private_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        other = KeyFolder(path.parent / "delivery", "delivery", UNLOCK)
        other.write("signing", SECRET)
        other.create("ref", SECRET)
        other.pin("console", SigningKey(SECRET).public)
        KeyFolder(path.parent / "gateway", "gateway", UNLOCK).create("dedupe", SECRET)
    finally:
        os.umask(before)
    for place in (path, path.parent / "delivery", path.parent / "gateway"):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        modes = {stat.S_IMODE(file.stat().st_mode) for file in place.iterdir()}
        assert modes == {0o600}


def test_threads_that_create_a_key_at_once_agree_on_one(path: Path) -> None:
    """What was published of a key must never belong to a file that another thread overwrote."""
    count = 16
    start = threading.Barrier(count)
    stored: list[bytes] = []
    seen: list[bytes] = []

    def create(key: bytes) -> None:
        folder = KeyFolder(path, "intake", UNLOCK)
        start.wait()
        if folder.create("day", key):
            stored.append(key)
        seen.append(folder.read("day"))

    threads = [
        threading.Thread(target=create, args=(bytes([number]) * 32,)) for number in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stored) == 1
    assert seen == stored * count
    assert [file.name for file in path.iterdir()] == ["day.key"]


def test_creating_leaves_an_existing_key_alone_and_writing_replaces_it(folder: KeyFolder) -> None:
    assert folder.create("signing", b"another") is False
    assert folder.read("signing") == SECRET
    assert folder.create("fresh", b"fresh") is True
    folder.write("signing", b"another")
    assert folder.read("signing") == b"another"
    assert folder.names() == ["fresh", "signing"]


def test_destroying_removes_the_file_and_overwrites_its_bytes(
    folder: KeyFolder, path: Path, tmp_path: Path
) -> None:
    # A second name for the same bytes on the disk shows what an undelete would find.
    undelete = tmp_path / "undelete"
    undelete.hardlink_to(path / "signing.key")
    wrapped = undelete.read_bytes()
    folder.destroy("signing")
    assert folder.names() == []
    assert list(path.iterdir()) == []
    left = undelete.read_bytes()
    assert len(left) == len(wrapped)
    assert not [at for at in range(len(wrapped) - 8) if wrapped[at : at + 8] in left]
    with pytest.raises(KeyMissingError):
        folder.read("signing")


def test_destroying_twice_is_no_error_and_touches_no_other_key(folder: KeyFolder) -> None:
    folder.write("day-1", b"one")
    folder.destroy("day-1")
    folder.destroy("day-1")
    assert folder.names() == ["signing"]
    assert folder.read("signing") == SECRET


def test_names_are_listed_by_their_beginning(folder: KeyFolder, path: Path) -> None:
    for name in ("index-2", "index-1", "indexes"):
        folder.write(name, b"k")
    # What a crash in the middle of writing leaves is no key.
    (path / "index-3.0123456789abcdef.new").write_bytes(b"torn")
    assert folder.names("index-") == ["index-1", "index-2"]
    assert KeyFolder(path.parent / "nowhere", "nowhere", UNLOCK).names() == []


def test_a_pinned_key_comes_back_and_believes_its_own_signatures(folder: KeyFolder) -> None:
    signer = SigningKey.generate()
    folder.pin("console", signer.public)
    folder.pinned("console").verify(signer.sign("line", "x"), "line", "x")
    with pytest.raises(KeyMissingError):
        folder.pinned("gateway")


@pytest.mark.parametrize(
    "name", ["", "..", "../delivery/signing", "a/b", "A", ".hidden", "a b", "a\n", "a" * 65, "ä"]
)
def test_no_name_leads_out_of_the_folder(folder: KeyFolder, path: Path, name: str) -> None:
    for action in (folder.read, folder.destroy):
        with pytest.raises(KeyMissingError):
            action(name)
    for store in (folder.write, folder.create):
        with pytest.raises(KeyMissingError):
            store(name, b"k")
    assert [file.name for file in path.iterdir()] == ["signing.key"]

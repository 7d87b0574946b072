"""The unlock secret gives each process a key of its own, and reaches it over a pipe or systemd.

Deriving costs a quarter of a second by design, so it is done as seldom as it can be.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tipline.crypto.errors import UnlockError
from tipline.crypto.unlock import (
    CREDENTIALS_VARIABLE,
    FD_VARIABLE,
    PARAMETERS_FILE,
    create_parameters,
    process_keys,
    receive,
)

SECRET, OTHER_SECRET = "an unlock secret for tests", "an unlock secret for Tests"
PROCESSES = ("gateway", "intake", "delivery", "console", "records")
KEY = bytes(range(32))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    create_parameters(folder)
    return folder


@pytest.fixture(scope="module")
def keys(folder: Path) -> dict[str, bytes]:
    return process_keys(SECRET, folder, PROCESSES)


def piped(key: bytes) -> dict[str, str]:
    reader, writer = os.pipe()
    os.write(writer, key)
    os.close(writer)
    return {FD_VARIABLE: str(reader)}


def credential(folder: Path, process: str, key: bytes) -> dict[str, str]:
    (folder / f"tipline-unlock-{process}").write_bytes(key)
    return {CREDENTIALS_VARIABLE: str(folder)}


def test_each_process_has_a_key_of_its_own(keys: dict[str, bytes]) -> None:
    assert set(keys) == set(PROCESSES)
    assert len(set(keys.values())) == len(PROCESSES)
    assert {len(key) for key in keys.values()} == {32}


def test_the_same_secret_gives_the_same_keys_after_a_restart(
    folder: Path, keys: dict[str, bytes]
) -> None:
    assert process_keys(SECRET, folder, ("gateway",)) == {"gateway": keys["gateway"]}


def test_another_secret_or_another_salt_gives_other_keys(
    folder: Path, tmp_path: Path, keys: dict[str, bytes]
) -> None:
    create_parameters(tmp_path)
    others = [
        process_keys(OTHER_SECRET, folder, PROCESSES),
        process_keys(SECRET, tmp_path, PROCESSES),
    ]
    for other in others:
        assert not set(other.values()) & set(keys.values())


def test_the_salt_stays_once_it_is_there(folder: Path) -> None:
    before = (folder / PARAMETERS_FILE).read_bytes()
    create_parameters(folder)
    assert (folder / PARAMETERS_FILE).read_bytes() == before
    assert len(json.loads(before)["salt"]) == 24


@pytest.mark.parametrize("secret", ["", "short", "fifteen letters"])
def test_a_short_secret_is_refused_with_a_sentence(folder: Path, secret: str) -> None:
    with pytest.raises(UnlockError, match="at least 16 characters") as caught:
        process_keys(secret, folder, PROCESSES)
    assert not secret or secret not in str(caught.value)


def test_without_an_instance_the_sentence_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnlockError, match="create the instance first"):
        process_keys(SECRET, tmp_path, PROCESSES)


def test_a_key_is_received_from_the_pipe_which_is_then_closed() -> None:
    environment = piped(KEY)
    assert receive("intake", environment) == KEY
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(int(environment[FD_VARIABLE]))


def test_a_key_is_received_from_a_credential_folder_by_its_own_process_only(
    tmp_path: Path,
) -> None:
    environment = credential(tmp_path, "intake", KEY)
    assert receive("intake", environment) == KEY
    with pytest.raises(UnlockError, match="tipline-unlock-delivery"):
        receive("delivery", environment)


def test_the_pipe_goes_before_the_credential(tmp_path: Path) -> None:
    environment = credential(tmp_path, "intake", bytes(32)) | piped(KEY)
    assert receive("intake", environment) == KEY


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {FD_VARIABLE: ""},
        {FD_VARIABLE: "-1"},
        {FD_VARIABLE: "three"},
        {FD_VARIABLE: "²"},
        {CREDENTIALS_VARIABLE: "/nowhere"},
    ],
    ids=["nothing", "empty", "negative", "word", "superscript", "no folder"],
)
def test_nothing_there_is_told_by_a_sentence(environment: dict[str, str]) -> None:
    with pytest.raises(UnlockError, match="start it with `python -m tipline run`"):
        receive("intake", environment)


def test_a_pipe_that_is_not_open_is_told_by_a_sentence() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)
    with pytest.raises(UnlockError):
        receive("intake", {FD_VARIABLE: str(reader)})


@pytest.mark.parametrize("length", [0, 1, 31, 33, 64])
def test_a_wrong_length_is_told_by_a_sentence_from_either_source(
    tmp_path: Path, length: int
) -> None:
    key = b"k" * length
    for environment in (piped(key), credential(tmp_path, "intake", key)):
        with pytest.raises(UnlockError, match="is not a key"):
            receive("intake", environment)

"""`python -m tipline rotate`, as an operator types it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.instance.test_commands import environment, tipline
from tests.support.house import AUTH_TOKEN
from tipline.audit.keys import RecordsKeys
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.unlock import process_keys

__all__ = ["environment"]


@pytest.fixture
def created(environment: dict[str, str]) -> dict[str, str]:
    assert tipline(environment, "create")[0] == 0
    return environment


def names(environment: dict[str, str], process: str) -> set[str]:
    folder = Path(environment["TIPLINE_HOME"]) / "keys" / process
    return {file.name.removesuffix(".key") for file in folder.iterdir()}


def test_each_kind(created: dict[str, str]) -> None:
    before = names(created, "intake")
    code, output, errors = tipline(created, "rotate", "intake")
    assert (code, errors) == (0, "")
    assert output.startswith("Made intake-")
    code, output, errors = tipline(created, "rotate", "index", "--pause", "0")
    assert (code, errors) == (0, "")
    assert "Generation 2 is in use." in output
    made = names(created, "intake") - before
    assert len(made) == 3
    code, output, errors = tipline(created, "rotate", "envelope-tag", "--pause", "0")
    assert (code, errors) == (0, "")
    for process in ("gateway", "intake"):
        assert "envelope-tag-1" not in names(created, process)
        assert "envelope-tag-2" in names(created, process)


def test_the_unlock_secret(created: dict[str, str]) -> None:
    credentials = Path(created["CREDENTIALS_DIRECTORY"])
    new = credentials / "tipline-new-unlock-secret"
    code, output, errors = tipline(created, "rotate", "unlock")
    assert (code, output) == (1, "")
    assert "tipline-new-unlock-secret" in errors
    new.write_text("short")
    assert tipline(created, "rotate", "unlock")[0] == 1
    new.write_text("another unlock secret")
    code, output, errors = tipline(created, "rotate", "unlock")
    assert (code, errors) == (0, "")
    assert "No supervisor runs here" in output
    for command in (("run",), ("rotate", "index")):
        code, output, errors = tipline(created, *command)
        assert code == 1
        assert "unlock secret is missing or wrong" in errors
    (credentials / "tipline-unlock-secret").write_text("another unlock secret")
    assert tipline(created, "rotate", "index", "--pause", "0")[0] == 0


def test_the_unlock_secret_of_an_instance_from_before_the_log(created: dict[str, str]) -> None:
    keys = Path(created["TIPLINE_HOME"]) / "keys"
    shutil.rmtree(keys / "records")
    new = "another unlock secret"
    (Path(created["CREDENTIALS_DIRECTORY"]) / "tipline-new-unlock-secret").write_text(new)
    assert tipline(created, "rotate", "unlock")[0] == 0
    unlock_key = process_keys(new, keys, ("records",))["records"]
    assert RecordsKeys.load(KeyFolder(keys / "records", "records", unlock_key))


def test_the_auth_token_step_by_step(created: dict[str, str]) -> None:
    code, output, _ = tipline(created, "rotate", "auth-token")
    assert code == 0
    assert output.startswith("Make a secondary auth token")
    both = {**created, "TIPLINE_TWILIO_AUTH_TOKEN_PREVIOUS": AUTH_TOKEN}
    code, output, errors = tipline(both, "rotate", "auth-token")
    assert (code, output) == (1, "")
    assert "the same token" in errors
    both["TIPLINE_TWILIO_AUTH_TOKEN"] = "another token of the provider"
    code, output, _ = tipline(both, "rotate", "auth-token")
    assert code == 0
    assert output.startswith("Both tokens are set")
    assert AUTH_TOKEN not in output


@pytest.mark.parametrize("kind", ["audit", "line", "member"])
def test_what_has_another_way_says_so(created: dict[str, str], kind: str) -> None:
    code, output, errors = tipline(created, "rotate", kind)
    assert (code, output) == (1, "")
    assert errors

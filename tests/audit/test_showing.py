"""What an auditor takes from the console is checked by whoever has the log's key, and no more."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.console.house import Blueprint, House
from tests.console.test_log_pages import TIP, Records, worked
from tests.support.commands import TIPLINE, typed
from tests.support.witnesses import SomeWitness
from tipline.audit.checkpoints import NotCosignedError
from tipline.audit.showing import Shown, shown
from tipline.audit.signing_notes import NoteSigner
from tipline.audit.verifiers import Verifier
from tipline.crypto.signing import SigningKey
from tipline.errors import TiplineError

PROVED, NOTHING = 0, 2
Fields = dict[str, Any]


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Fields, Verifier]:
    """The file, with the log's key: six entries, and then one that no checkpoint has."""
    folder = tmp_path_factory.mktemp("house")
    house: House = Blueprint.draw(folder / "drawn").build(folder / "instance")
    records = Records(house)
    _, auditor = worked(house, records)
    auditor.get("/log")
    records.sequencer.run()
    with house.stores.main.begin() as connection:
        connection.execute(text("UPDATE audit_entries SET salt=NULL, body=NULL WHERE sequence=0"))
    fields: Fields = json.loads(auditor.get("/log/export.json").text)
    house.stores.main.dispose()
    house.stores.perishable.dispose()
    return fields, records.verifier


def copied(fields: Fields) -> Fields:
    return dict(json.loads(json.dumps(fields)))


def check(fields: object, key: Verifier, *witnesses: Verifier) -> Shown:
    return shown(json.dumps(fields).encode(), key, witnesses)


def by_command(file: Path, key: Verifier) -> tuple[int, str, str]:
    """Type the command where there is neither an instance nor a setting."""
    words = ("audit", "check-proof", file, "--key", key.vkey())
    answer = typed(*TIPLINE, *words, folder=file.parent)
    return answer.code, answer.output, answer.errors


def test_what_is_proved_is_shown_and_what_is_not_is_said(
    taken: tuple[Fields, Verifier], tmp_path: Path
) -> None:
    fields, key = taken
    file = tmp_path / "log.json"
    file.write_text(json.dumps(fields, indent=1))
    status, said, errors = by_command(file, key)
    assert (status, errors) == (PROVED, "")
    assert said.count("Entry ") == 5
    assert '"act":"reply"' in said
    assert "Proved to be in the log: 5." in said
    assert "nothing is proved of them: 1." in said
    assert "nothing is proved of what they said: 1." in said
    assert TIP not in said


def test_a_file_without_an_entry_proves_nothing(
    taken: tuple[Fields, Verifier], tmp_path: Path
) -> None:
    fields, key = taken
    file = tmp_path / "log.json"
    file.write_text(json.dumps({**fields, "entries": []}))
    status, said, _ = by_command(file, key)
    assert status == NOTHING
    assert said == "NOTHING IS PROVED. The file shows no entry that could be.\n"


def test_another_key_proves_nothing(taken: tuple[Fields, Verifier], tmp_path: Path) -> None:
    fields, key = taken
    file = tmp_path / "log.json"
    file.write_text(json.dumps(fields))
    other = NoteSigner(key.name, SigningKey.generate()).verifier
    status, said, errors = by_command(file, other)
    assert (status, said) == (NOTHING, "")
    assert errors.startswith("NOTHING IS PROVED. ")
    assert by_command(tmp_path / "no-such-file", key)[0] == NOTHING


def changed(entry: Fields) -> None:
    entry["entry"] = entry["entry"].replace("view_thread", "print_thread")


def moved(entry: Fields) -> None:
    entry["number"] += 1


def unproved(entry: Fields) -> None:
    del entry["proof"]


def other_salt(entry: Fields) -> None:
    entry["salt"] = "A" * 43 + "="


def torn(entry: Fields) -> None:
    entry["proof"] = entry["proof"][1:]


@pytest.mark.parametrize("damage", [changed, moved, unproved, other_salt, torn])
def test_one_wrong_entry_and_nothing_is_proved(
    taken: tuple[Fields, Verifier], damage: Callable[[Fields], None]
) -> None:
    fields, key = copied(taken[0]), taken[1]
    damage(next(one for one in fields["entries"] if "view_thread" in one.get("entry", "")))
    with pytest.raises(TiplineError):
        check(fields, key)


def test_the_same_entry_twice_is_not_two(taken: tuple[Fields, Verifier]) -> None:
    fields = copied(taken[0])
    fields["entries"].append(fields["entries"][-1])
    with pytest.raises(TiplineError):
        check(fields, taken[1])


def test_without_a_checkpoint_nothing_is_proved(taken: tuple[Fields, Verifier]) -> None:
    with pytest.raises(TiplineError):
        check({**taken[0], "checkpoint": ""}, taken[1])


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["number", "salt", "entry", "proof", "x"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(where=st.sampled_from(["entries", "entry", "number", "salt", "proof", "all"]), junk=JUNK)
def test_junk_is_refused_in_a_sentence(
    taken: tuple[Fields, Verifier], where: str, junk: object
) -> None:
    fields, key = copied(taken[0]), taken[1]
    if where == "all":
        fields = junk  # type: ignore[assignment]
    elif where == "entries":
        fields["entries"] = junk
    else:
        fields["entries"][-1][where] = junk
    try:
        found = check(fields, key)
    except TiplineError:
        return
    # What junk may leave is less, and never something else.
    assert set(found.entries) <= set(check(taken[0], key).entries)


def test_a_witness_that_is_asked_for_must_have_signed_it(taken: tuple[Fields, Verifier]) -> None:
    fields, key = taken
    witness = SomeWitness()
    cosigned = witness.cosigned(fields["checkpoint"].encode()).decode()
    found = check({**fields, "checkpoint": cosigned}, key, witness.verifier)
    assert len(found.entries) == 5
    with pytest.raises(NotCosignedError):
        check(fields, key, witness.verifier)
    with pytest.raises(NotCosignedError):
        check({**fields, "checkpoint": cosigned}, key, witness.verifier, SomeWitness("b").verifier)

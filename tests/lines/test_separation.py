"""Promise 5: a line's tips open for its members alone, by keys and not by a WHERE clause.

Here somebody has the whole database, the console's key folder unlocked, and whatever the member of
another line, or an admin, has in their session; they may write to the database as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from sqlalchemy import insert, update

from tests.lines.acts import Acts
from tests.support.house import ANNA, BEN, LINE, OTHER_LINE, House
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.keyfolder import KeyFolder
from tipline.crypto.opening import OpeningKey
from tipline.crypto.sealing import sealed_key_id
from tipline.lines.bundles import RECOVERY_HOLDER, LineBundle
from tipline.lines.certificates import LineCertificate
from tipline.lines.certifying import certified_row
from tipline.lines.directory import NoSuchLineError
from tipline.lines.founding import granted_keyring
from tipline.lines.keyrings import LineKeyring
from tipline.lines.memberships import Memberships
from tipline.lines.models import KeyGrant, LineKey, PendingLineKeys
from tipline.lines.roles import Role
from tipline.threads.keys import open_thread_key
from tipline.threads.models import EraseKey, Message, Thread
from tipline.threads.reading import open_thread
from tipline.threads.resealing import reseal

WHO = ("other", "admin")


@pytest.fixture
def acts(house: House) -> Acts:
    """A line with tips of two generations, and keys that wait to be confirmed."""
    acts = Acts(house)
    house.text(ANNA, "A tip for this line")
    house.text(ANNA, "A tip for the other line", line=OTHER_LINE)
    house.drain()
    acts.remove(acts.of_cast("investigator"))
    house.clock.move(seconds=11)
    house.text(BEN, "A tip after the removal")
    house.drain()
    return acts


def keys_in_reach(acts: Acts, who: str) -> list[OpeningKey]:
    """Every private key that can be made of what they have, the raw bytes of key files included."""
    member = acts.of_cast(who)
    keys = [member.key]
    keyring = acts.keyring(member, OTHER_LINE) if who == "other" else None
    if keyring is not None:
        keys += [bundle.opening for bundle in keyring.by_generation.values()]
    seeds = [*key_files(acts.house.folders.console), *(key.seed for key in keys)]
    if keyring is not None:
        seeds += [bundle.signing.seed for bundle in keyring.by_generation.values()]
    return keys + [OpeningKey(seed) for seed in seeds if len(seed) == 32]


def key_files(folder: KeyFolder) -> Iterator[bytes]:
    for name in ("pepper", "signing"):
        yield folder.read(name)


def sealed_values(house: House) -> Iterator[bytes]:
    """Everything of this line that is sealed in either store, erase keys being there for all."""
    line_id = house.bundles[LINE].line_id
    erase_keys = {row.thread_id: row.key for row in house.rows(EraseKey)}
    from tipline.crypto.aead import decrypt
    from tipline.threads.keys import _context

    own = [row for row in house.rows(Thread) if row.line_id == line_id]
    for row in own:
        context = _context(line_id, row.id, row.line_generation)
        yield decrypt(erase_keys[row.id], row.wrapped_private, context)
    ids = {row.id for row in own}
    yield from (row.sealed for row in house.rows(Message) if row.thread_id in ids)
    for model in (KeyGrant, PendingLineKeys):
        yield from (row.sealed for row in house.rows(model) if row.line_id == line_id)


@pytest.mark.parametrize("who", WHO)
def test_no_key_in_reach_is_one_to_which_anything_was_sealed(acts: Acts, who: str) -> None:
    keys = keys_in_reach(acts, who)
    assert len(keys) >= 4
    values = list(sealed_values(acts.house))
    assert len(values) >= 2 + 2 + 4
    in_reach = {key.public.key_id for key in keys}
    for value in values:
        assert sealed_key_id(value) not in in_reach


@pytest.mark.parametrize("who", WHO)
def test_no_thread_opens_with_any_key_in_reach(acts: Acts, who: str) -> None:
    house = acts.house
    erase_keys = {row.thread_id: row.key for row in house.rows(EraseKey)}
    own = [row for row in house.rows(Thread) if row.line_id == house.bundles[LINE].line_id]
    assert len(own) == 2
    for row, key in product(own, keys_in_reach(acts, who)):
        with pytest.raises(CannotOpenError):
            open_thread_key(
                row.wrapped_private, erase_keys[row.id], key, row.line_id, row.id,
                row.line_generation,
            )  # fmt: skip


@pytest.mark.parametrize("who", WHO)
def test_no_grant_opens_under_any_name(acts: Acts, who: str) -> None:
    grants = [row for row in acts.house.rows(KeyGrant) if row.line_id == acts.line().id]
    assert {row.generation for row in grants} == {1, 2}
    names = {acts.of_cast(who).member_id, RECOVERY_HOLDER, *(row.holder for row in grants)}
    for row, name, key in product(grants, names, keys_in_reach(acts, who)):
        with pytest.raises(CannotOpenError):
            LineBundle.open(row.line_id, row.generation, name, row.sealed, key)


@pytest.mark.parametrize("who", WHO)
def test_a_role_that_was_written_into_the_database_opens_nothing(acts: Acts, who: str) -> None:
    member, line = acts.of_cast(who), acts.line()
    for role in Role:
        Memberships(acts.house.stores.main).add(member.member_id, line.id, role)
    assert acts.keyring(member) is None
    for row in acts.house.rows(KeyGrant):
        if row.line_id == line.id and row.holder == RECOVERY_HOLDER:
            stolen = {**row._mapping, "holder": member.member_id}
            write(acts, insert(KeyGrant), stolen)
    with pytest.raises(CannotOpenError):
        granted_keyring(acts.house.stores.main, line, member.member_id, member.key)
    removal = acts.remove(acts.new_member("never-admitted"))
    assert member.member_id in removal.refused
    newest = {row.holder for row in acts.house.rows(KeyGrant) if row.generation == 3}
    assert member.member_id not in newest


def test_the_other_lines_keyring_opens_no_thread_by_its_alias(acts: Acts) -> None:
    house = acts.house
    keyring = acts.keyring(acts.of_cast("other"), OTHER_LINE)
    assert keyring is not None
    pin, line_id = house.console_keys.intake_pin, house.bundles[LINE].line_id
    (own,) = house.threads(OTHER_LINE)
    assert open_thread(house.stores, own.line_id, own.alias, keyring, pin)
    for thread in house.threads(LINE):
        with pytest.raises(CannotOpenError):
            open_thread(house.stores, line_id, thread.alias, keyring, pin)
        write(acts, update(Thread).where(Thread.id == thread.id).values(line_id=own.line_id))
        with pytest.raises((CannotOpenError, NotAuthenticError)):
            open_thread(house.stores, own.line_id, thread.alias, keyring, pin)


def test_the_consoles_key_makes_no_member_reseal_to_keys_of_a_thief(acts: Acts) -> None:
    """The thief certifies a third generation, to which members' sessions would re-seal threads."""
    house, old = acts.house, acts.line().certificate
    forged = LineBundle.generate(old.line_id, 3)
    certificate = LineCertificate(
        old.line_id, 3, old.slug, old.name, old.address, old.acknowledgement,
        forged.opening.public, forged.signing.public, old.recovery, old.made_at,
    )  # fmt: skip
    supervisor = acts.of_cast("supervisor")
    before = acts.keyring(supervisor)
    assert before is not None
    write(acts, insert(LineKey), certified_row(certificate, acts.console, forged.signing))
    grant = forged.seal_to(supervisor.member_id, supervisor.key.public)
    row = {
        "line_id": old.line_id, "generation": 3, "holder": supervisor.member_id, "sealed": grant,
    }  # fmt: skip
    write(acts, insert(KeyGrant), row)
    with pytest.raises(NoSuchLineError):
        acts.keyring(supervisor)
    assert list(reseal(house.stores, LineKeyring.of(forged))) == []
    assert {row.line_generation for row in house.rows(Thread)} == {1, 2}


def write(acts: Acts, statement: Any, row: Any = None) -> None:
    with acts.house.stores.main.begin() as connection:
        connection.execute(statement, row)

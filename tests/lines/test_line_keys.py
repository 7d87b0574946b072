"""A line's keys: whom they open for, and what somebody who writes to the database can put there."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from tests.support.house import ANNA, LINE, OTHER_LINE, House
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.signing import SigningKey
from tipline.lines.bundles import RECOVERY_HOLDER, LineBundle, recovery_key
from tipline.lines.certificates import PURPOSE, LineCertificate
from tipline.lines.directory import CACHE_LIFETIME, LineDirectory, NoSuchLineError
from tipline.lines.founding import LineDescription, LineExistsError, found_line, granted_keyring
from tipline.lines.models import KeyGrant, Line, LineKey


@pytest.fixture
def directory(house: House) -> LineDirectory:
    return LineDirectory(house.stores.main, house.console_keys.signing.public, house.clock)


def change(house: House, statement: Any) -> None:
    with house.stores.main.begin() as connection:
        assert connection.execute(statement).rowcount == 1
    house.clock.move(seconds=CACHE_LIFETIME.total_seconds() + 1)


def granted(house: House, name: str, line: str = LINE) -> LineBundle | None:
    """What a member gets out of the grants with the key that signing in opens."""
    member = house.members[name]
    directory = LineDirectory(house.stores.main, house.console_keys.signing.public, house.clock)
    keyring = granted_keyring(house.stores.main, directory.by_address(line), member.id, member.key)
    return keyring.newest if keyring else None


@pytest.mark.parametrize("name", ["supervisor", "investigator"])
def test_a_member_opens_their_lines_bundle(name: str, house: House) -> None:
    bundle = granted(house, name)
    assert bundle is not None
    assert bundle.opening.seed == house.bundles[LINE].opening.seed
    assert bundle.signing.seed == house.bundles[LINE].signing.seed


def test_an_admin_and_another_lines_member_are_granted_nothing(house: House) -> None:
    assert granted(house, "admin") is None
    assert granted(house, "other", LINE) is None
    assert granted(house, "investigator", OTHER_LINE) is None


def test_a_grant_opens_for_nobody_else(house: House) -> None:
    """Renaming the holder of a grant, or its line, gives nobody anything."""
    investigator, other = house.members["investigator"], house.members["other"]
    mine = KeyGrant.holder == investigator.id
    change(house, update(KeyGrant).where(mine).values(holder=house.members["admin"].id))
    with pytest.raises(CannotOpenError):
        granted(house, "admin")
    theirs = update(KeyGrant).where(KeyGrant.holder == other.id)
    change(house, theirs.values(line_id=house.bundles[LINE].line_id))
    with pytest.raises(CannotOpenError):
        granted(house, "other", LINE)


def test_a_grant_of_an_attackers_bundle_is_not_used(house: House) -> None:
    """Else a member would sign and seal with keys that the attacker has, too."""
    member = house.members["investigator"]
    forged = LineBundle.generate(house.bundles[LINE].line_id, 1)
    sealed = forged.seal_to(member.id, member.key.public)
    change(house, update(KeyGrant).where(KeyGrant.holder == member.id).values(sealed=sealed))
    with pytest.raises(CannotOpenError):
        granted(house, "investigator")


def test_the_recovery_words_open_the_bundle(house: House) -> None:
    bundle, words = house.bundles[LINE], house.template.recovery[LINE]
    (row,) = (
        row
        for row in house.rows(KeyGrant)
        if (row.holder, row.line_id) == (RECOVERY_HOLDER, bundle.line_id)
    )
    for spelling in (words, words.lower(), words.replace("-", " "), words.replace("-", "")):
        key = recovery_key(spelling)
        opened = LineBundle.open(bundle.line_id, 1, RECOVERY_HOLDER, row.sealed, key)
        assert opened.opening.seed == bundle.opening.seed
    other = recovery_key(house.template.recovery[OTHER_LINE])
    with pytest.raises(CannotOpenError):
        LineBundle.open(bundle.line_id, 1, RECOVERY_HOLDER, row.sealed, other)


@pytest.mark.parametrize(
    "words", ["", "not a recovery key", "AAAA-BBBB", "ÄÖÜ", "A" * 60, "1" * 52]
)
def test_words_that_are_no_recovery_key(words: str) -> None:
    with pytest.raises(CannotOpenError):
        recovery_key(words)


def test_no_stored_value_is_a_private_key(house: House) -> None:
    """Nor is any part of one: neither in the grants nor beside them."""
    stored = [
        value
        for model in (Line, LineKey, KeyGrant)
        for row in house.rows(model)
        for value in row
        if isinstance(value, bytes)
    ]
    for bundle in house.bundles.values():
        for seed in (bundle.opening.seed, bundle.signing.seed):
            assert not any(seed in value for value in stored)


def test_a_line_is_found_by_address_and_id(directory: LineDirectory, house: House) -> None:
    line = directory.by_address("+1 (209) 555-0100")
    assert line.id == house.bundles[LINE].line_id
    assert directory.by_id(line.id) == line
    with pytest.raises(NoSuchLineError):
        directory.by_address("+12095550999")
    with pytest.raises(NoSuchLineError):
        directory.by_id("0" * 32)


SWAPS = {
    "a key to seal to": (LineKey, {"sealing_public": OpeningKey.generate().public.raw}),
    "a key to verify with": (LineKey, {"verifying_public": SigningKey.generate().public.raw}),
    "no key at all": (LineKey, {"sealing_public": b"", "verifying_public": b"short"}),
    "another certificate": (LineKey, {"certificate": bytes(73)}),
    "another generation": (LineKey, {"generation": 2}),
    "another address": (Line, {"address": "+12095550777"}),
    "another acknowledgement": (Line, {"acknowledgement": "Call us at +12095550777"}),
    "another name": (Line, {"name": "Crime Stoppers"}),
}


@pytest.mark.parametrize("what", SWAPS)
def test_a_line_with_anything_swapped_is_no_line(
    what: str, directory: LineDirectory, house: House
) -> None:
    model, values = SWAPS[what]
    line_id = house.bundles[LINE].line_id
    column = Line.id if model is Line else LineKey.line_id
    change(house, update(model).where(column == line_id).values(**values))
    for address in (LINE, "+12095550777"):
        with pytest.raises(NoSuchLineError):
            directory.by_address(address)
    with pytest.raises(NoSuchLineError):
        directory.by_id(line_id)
    with pytest.raises(NotAuthenticError):
        directory.verifying_key(line_id, house.bundles[LINE].signing.public.key_id)
    assert directory.by_address(OTHER_LINE).id == house.bundles[OTHER_LINE].line_id
    assert house.text(ANNA, "hello").status_code == 404, "nothing is sealed to a foreign key"
    assert house.text(ANNA, "hello", line=OTHER_LINE).status_code == 200


def test_two_lines_cannot_swap_addresses(directory: LineDirectory, house: House) -> None:
    """Else one line's members would read what was meant for the other's."""
    ids = {address: house.bundles[address].line_id for address in (LINE, OTHER_LINE)}
    change(house, update(Line).where(Line.id == ids[LINE]).values(address="+10000000000"))
    change(house, update(Line).where(Line.id == ids[OTHER_LINE]).values(address=LINE))
    change(house, update(Line).where(Line.id == ids[LINE]).values(address=OTHER_LINE))
    for address in (LINE, OTHER_LINE):
        with pytest.raises(NoSuchLineError):
            directory.by_address(address)


def test_two_lines_cannot_swap_keys(directory: LineDirectory, house: House) -> None:
    rows = {row.line_id: dict(row._mapping) for row in house.rows(LineKey)}
    one, other = (house.bundles[address].line_id for address in (LINE, OTHER_LINE))
    with house.stores.main.begin() as connection:
        connection.execute(delete(LineKey))
        swapped = [{**rows[one], "line_id": other}, {**rows[other], "line_id": one}]
        connection.execute(insert(LineKey), swapped)
    house.clock.move(seconds=11)
    for address in (LINE, OTHER_LINE):
        with pytest.raises(NoSuchLineError):
            directory.by_address(address)


def test_a_line_that_an_attacker_certifies_does_not_exist(
    directory: LineDirectory, house: House
) -> None:
    signer = SigningKey.generate()
    found_line(
        house.stores.main, signer, LineDescription("fake", "Fake", "+12095550777", "Send more")
    )
    house.clock.move(seconds=11)
    with pytest.raises(NoSuchLineError):
        directory.by_address("+12095550777")


def test_a_line_founded_just_now_is_found_at_once(directory: LineDirectory, house: House) -> None:
    directory.by_address(LINE)
    description = LineDescription("new", "New", "whatsapp:+1 209 555 0188", "Thanks")
    founded = found_line(house.stores.main, house.console_keys.signing, description)
    house.clock.move(seconds=1)
    assert directory.by_address("whatsapp:+12095550188").id == founded.bundle.line_id


@pytest.mark.parametrize(
    "description",
    [
        LineDescription("police", "Another", "+12095550188", "Thanks"),
        LineDescription("another", "Another", LINE, "Thanks"),
        LineDescription("another", "Another", "+1 (209) 555-0100", "Thanks"),
    ],
    ids=lambda description: description.address,
)
def test_a_name_or_address_is_given_once(description: LineDescription, house: House) -> None:
    before = house.rows(Line), house.rows(LineKey), house.rows(KeyGrant)
    with pytest.raises(LineExistsError):
        found_line(house.stores.main, house.console_keys.signing, description)
    assert (house.rows(Line), house.rows(LineKey), house.rows(KeyGrant)) == before


def test_a_certificate_does_not_move_to_another_line(house: House) -> None:
    """Fields are bound one by one: no part of one can be pushed into the next."""
    bundle, signer = house.bundles[LINE], house.console_keys.signing

    def certificate(**values: Any) -> LineCertificate:
        fields: dict[str, Any] = {
            "line_id": bundle.line_id,
            "generation": 1,
            "slug": "ab",
            "name": "cd",
            "address": LINE,
            "acknowledgement": "",
            "sealing": bundle.opening.public,
            "verifying": bundle.signing.public,
            "recovery": bundle.opening.public,
            "made_at": house.clock(),
        }
        return LineCertificate(**{**fields, **values})

    signature = signer.sign(PURPOSE, *certificate().fields())
    signer.public.verify(signature, PURPOSE, *certificate().fields())
    for moved in ({"slug": "a", "name": "bcd"}, {"name": "cd" + LINE, "address": ""}):
        with pytest.raises(NotAuthenticError):
            signer.public.verify(signature, PURPOSE, *certificate(**moved).fields())

"""A member's next key takes everything over, as the console's role may do it in both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from tests.support.house import ANNA, LINE, House
from tests.threads.casework import directory, one_thread
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.opening import OpeningKey
from tipline.lines.keyrings import LineKeyring
from tipline.lines.models import KeyGrant
from tipline.lines.succession import Successor, take_over_lines
from tipline.lines.vouching import Vouched, admission_fields, how_vouched
from tipline.members.accounts import Accounts, SignInFailedError
from tipline.members.models import Member
from tipline.threads.drafts import Drafts, SavedDraft
from tipline.threads.grants import Holder
from tipline.threads.reading import open_thread
from tipline.threads.restriction import Restrictor
from tipline.threads.saved_filters import FilterShelf
from tipline.threads.succession import ThreadSuccession, drop_drafts_of_other_keys

NAME = "supervisor"


def accounts(house: House) -> Accounts:
    return Accounts(house.stores_of("console").main, house.console_keys.pepper, house.clock)


def renew(house: House, also: object = None) -> OpeningKey:
    """Do what the console does, with the rights that it has."""
    member, stores = house.members[NAME], house.stores_of("console")

    def hand_over(main: Connection, new: OpeningKey) -> None:
        one = Successor(member.id, member.key, new)
        lines = take_over_lines(main, house.console_keys.signing.public, one)
        threads = ThreadSuccession(stores, house.console_keys.intake_pin, one, lines)
        assert (lines.lost, threads.take_over(main)) == (0, 0)
        with stores.perishable.begin() as perishable:
            threads.copy_drafts(main, perishable)
        if also is not None:
            raise also

    new = accounts(house).renew_key(member.id, member.key, member.password, hand_over)
    with stores.perishable.begin() as perishable:
        drop_drafts_of_other_keys(perishable, member.id, new.public)
    return new


def test_grants_threads_filters_and_drafts_open_with_the_new_key_alone(house: House) -> None:
    thread, member, stores = one_thread(house), house.members[NAME], house.stores_of("console")
    bundle = house.bundles[LINE]
    FilterShelf(stores, member.id, member.key).save("Mine", {"state": "open"})
    drafts = Drafts(stores.perishable, directory(house))
    draft = SavedDraft("Half a sentence", "0" * 32, house.clock())
    drafts.save(thread.summary, member.id, member.key.public, bundle, draft)
    holder = Holder(member.id, member.key.public)
    Restrictor(stores, bundle, member.id, house.clock()).restrict(thread, [holder])

    new = renew(house)
    [grant] = [row for row in house.rows(KeyGrant) if row.holder == member.id]
    fields = admission_fields(bundle.line_id, bundle.generation, member.id, new.public.raw)
    assert how_vouched(bundle.signing.public, fields, grant.admission) is Vouched.SUCCEEDED
    with pytest.raises(CannotOpenError):
        type(bundle).open(bundle.line_id, 1, member.id, grant.sealed, member.key)
    assert FilterShelf(stores, member.id, member.key).all() == []
    assert [one.name for one in FilterShelf(stores, member.id, new).all()] == ["Mine"]
    found = drafts.find(thread.summary, member.id, new)
    assert found is not None
    assert found.text == "Half a sentence"
    with pytest.raises(CannotOpenError):
        drafts.find(thread.summary, member.id, member.key)
    pin, keyring = house.console_keys.intake_pin, LineKeyring.of(bundle)
    place = (stores, bundle.line_id, thread.summary.alias, keyring, pin)
    assert open_thread(*place, (member.id, new)).key.seed == thread.key.seed
    with pytest.raises(Exception, match=r"."):
        open_thread(*place, (member.id, member.key))


def test_what_fails_on_the_way_leaves_the_old_key(house: House) -> None:
    house.text(ANNA, "ice")
    member = house.members[NAME]
    before = [(row.id, row.public, row.blob) for row in house.rows(Member)]
    grants = {(row.holder, row.sealed) for row in house.rows(KeyGrant)}
    with pytest.raises(KeyError):
        renew(house, KeyError())
    assert [(row.id, row.public, row.blob) for row in house.rows(Member)] == before
    assert {(row.holder, row.sealed) for row in house.rows(KeyGrant)} == grants
    renew(house)
    with pytest.raises(SignInFailedError):
        renew(house)
    assert member.id in {row.id for row in house.rows(Member)}

"""Saved filters: read by the member who saved them, by nobody else."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from tests.support.house import House
from tipline.crypto.encoding import Context
from tipline.crypto.opening import OpeningKey
from tipline.threads.models import SavedFilters
from tipline.threads.saved_filters import (
    MOST_FILTERS,
    FilterShelf,
    NamelessFilterError,
    TooManyFiltersError,
)

MEMBER, CHOICES = "a" * 32, {"state": "closed", "urgent": "1"}


@pytest.fixture
def key() -> OpeningKey:
    return OpeningKey.generate()


@pytest.fixture
def shelf(house: House, key: OpeningKey) -> FilterShelf:
    return FilterShelf(house.stores, MEMBER, key)


def test_they_are_kept_by_name_replaced_and_deleted(shelf: FilterShelf) -> None:
    assert shelf.all() == []
    shelf.save("Night  shift ", CHOICES)
    shelf.save("all", {})
    shelf.save("Night shift", {"who": "me"})
    assert [(one.name, one.choices) for one in shelf.all()] == [
        ("all", {}),
        ("Night shift", {"who": "me"}),
    ]
    shelf.delete("all")
    shelf.delete("never there")
    assert [one.name for one in shelf.all()] == ["Night shift"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, "a\x00b", "\ud800", "a\u202eb"])
def test_a_name_that_is_none_is_refused(shelf: FilterShelf, name: str) -> None:
    with pytest.raises(NamelessFilterError):
        shelf.save(name, CHOICES)
    assert shelf.all() == []


def test_there_is_a_limit_which_replacing_does_not_meet(shelf: FilterShelf) -> None:
    for number in range(MOST_FILTERS):
        shelf.save(f"{number} " + "\U0001f6a8" * 30, CHOICES)
    with pytest.raises(TooManyFiltersError):
        shelf.save("one more", CHOICES)
    shelf.save("0 " + "\U0001f6a8" * 30, {})
    assert len(shelf.all()) == MOST_FILTERS


def test_sizes_tell_nothing_and_names_stand_nowhere(house: House, shelf: FilterShelf) -> None:
    sizes = set()
    for name in ("short", "x" * 40):
        shelf.save(name, CHOICES)
        (row,) = house.rows(SavedFilters)
        sizes.add(len(row.sealed))
        assert name.encode() not in row.sealed
    assert len(sizes) == 1


def test_another_key_reads_nothing(house: House, shelf: FilterShelf) -> None:
    shelf.save("mine", CHOICES)
    assert FilterShelf(house.stores, MEMBER, OpeningKey.generate()).all() == []


def test_what_somebody_else_sealed_to_the_member_is_not_shown(
    house: House, shelf: FilterShelf, key: OpeningKey
) -> None:
    shelf.save("mine", CHOICES)
    planted = key.public.seal(
        b'[{"name": "Call +1", "choices": {}}]', Context("saved filters", thread=MEMBER)
    )
    with house.stores.main.begin() as connection:
        connection.execute(update(SavedFilters).values(sealed=planted))
    assert shelf.all() == []
    shelf.save("anew", CHOICES)
    assert [one.name for one in shelf.all()] == ["anew"]
    with house.stores.main.connect() as connection:
        assert len(connection.execute(select(SavedFilters.member_id)).all()) == 1

"""Searching finds nothing of a restricted thread for whoever it is not sealed to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.search.desk import aliases, index, texts, tip
from tests.support.house import ANNA, BEN, CLEO, LINE, House
from tipline.search import finding
from tipline.search.finding import Query, ResultPage, Search
from tipline.threads.grants import Holder
from tipline.threads.restriction import Restrictor

NAMED, OTHER = "supervisor", "investigator"


def restrict(house: House, alias: str, name: str) -> None:
    member, bundle = house.members[name], house.bundles[LINE]
    restrictor = Restrictor(house.stores, bundle, member.id, house.clock())
    restrictor.restrict(house.open(LINE, alias), [Holder(member.id, member.key.public)])


def search_as(house: House, name: str | None, words: str = "", **more: object) -> ResultPage:
    reader = texts(house)
    if name is not None:
        reader = replace(reader, member=(house.members[name].id, house.members[name].key))
    return Search(house.stores, [reader], Query(words, **more)).page()


@pytest.mark.parametrize("is_few", [True, False], ids=["by id", "among the newest"])
@pytest.mark.parametrize("words", ["", "bicycle"], ids=["without words", "with words"])
def test_it_is_listed_for_the_named_alone(
    house: House, monkeypatch: pytest.MonkeyPatch, words: str, is_few: bool
) -> None:
    plain, hidden = tip(house, ANNA, "A bicycle"), tip(house, BEN, "A bicycle")
    index(house)
    restrict(house, hidden, NAMED)
    if not is_few:
        monkeypatch.setattr(finding, "FEW_CANDIDATES", 0)
    assert aliases(search_as(house, NAMED, words)) == [hidden, plain]
    assert aliases(search_as(house, OTHER, words)) == [plain]
    assert aliases(search_as(house, None, words)) == [plain]
    assert aliases(search_as(house, OTHER, words, alias=hidden)) == []


def test_those_of_others_use_nothing_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what is opened for an answer nor how many restricted threads it looks at."""
    mine = tip(house, ANNA, "A bicycle")
    restrict(house, mine, OTHER)
    for sender in (BEN, CLEO):
        restrict(house, tip(house, sender, "A bicycle"), NAMED)
    monkeypatch.setattr(finding, "MOST_RESTRICTED", 2)
    monkeypatch.setattr(finding, "MOST_OPENED", 1)
    page = search_as(house, OTHER, "bicycle")
    assert aliases(page) == [mine]
    assert page.is_whole
    assert page.next is None

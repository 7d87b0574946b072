"""The picture of activity on the auditor's page: drawn, in words, and as a table."""

from __future__ import annotations

import html
import re

import pytest
from werkzeug.test import TestResponse

from tests.console.house import House, thread_path, visible
from tests.console.test_log_pages import TIP, Records, rows


@pytest.fixture
def records(house: House) -> Records:
    return Records(house)


@pytest.fixture
def auditor(house: House, records: Records) -> Auditor:
    """Ann works on a Friday morning and in the night to Sunday; the auditor comes on Monday."""
    alias = house.text(TIP)
    house.signed_in("ann").get(thread_path(alias))
    house.clock.move(days=1, hours=17)
    house.signed_in("ann").get(thread_path(alias))
    house.clock.move(days=1, hours=7)
    auditor = house.signed_in("aud")
    records.work()
    return Auditor(house, alias, auditor.get)


class Auditor:
    def __init__(self, house: House, alias: str, get: object) -> None:
        self.alias = alias
        self.ann = house.people["ann"].signed_in.member_id
        self._get = get

    def page(self, query: str = "", language: str = "en") -> str:
        answer: TestResponse = self._get(f"/log{query}", headers={"Accept-Language": language})  # type: ignore[operator]
        assert answer.status_code == 200
        return answer.text


def drawing(page: str) -> str:
    (found,) = re.findall(r"<svg class=\"activity\".*?</svg>", page, re.DOTALL)
    return str(found)


def table(page: str) -> list[str]:
    (body,) = re.findall(r"<details>.*?<tbody>(.*?)</tbody>", page, re.DOTALL)
    return [visible(row) for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)]


def test_each_day_in_words_and_in_the_table(auditor: Auditor) -> None:
    page = auditor.page()
    assert re.findall(r"<title>(.*?)</title>", drawing(page)) == [
        "Friday, 20 Nov 2026: 2 entries",
        "Saturday, 21 Nov 2026: no entry",
        "Sunday, 22 Nov 2026: 2 entries, 2 at night",
        "Monday, 23 Nov 2026: 1 entry",
    ]
    assert table(page) == [
        "Friday, 20 Nov 2026 2 0",
        "Saturday, 21 Nov 2026 none at all 0",
        "Sunday, 22 Nov 2026 2 2",
        "Monday, 23 Nov 2026 1 0",
    ]
    said = visible(page)
    assert "From Friday, 20 Nov 2026 to Monday, 23 Nov 2026: 5 entries." in said
    assert "Most on one day: Friday, 20 Nov 2026: 2 entries." in said
    assert "On 1 day nobody did anything." in said


def test_a_bar_leads_to_the_entries_of_its_day(auditor: Auditor) -> None:
    addresses = re.findall(r'<a href="([^"]*)"', drawing(auditor.page("?act=view_thread")))
    assert len(addresses) == 2
    for address, day in zip(addresses, ("20 Nov 2026", "22 Nov 2026"), strict=True):
        page = auditor.page(html.unescape(address).removeprefix("/log"))
        assert len(rows(page)) == 1
        assert day in rows(page)[0]
        assert "Viewed a thread" in rows(page)[0]
        assert len(re.findall("<rect class=.(bar|night).", drawing(page))) == 1
        assert 'href="/log?act=view_thread">The last weeks' in page


def test_it_follows_the_filter(auditor: Auditor) -> None:
    for query, counts in (
        (f"?who={auditor.ann}", [2, 0, 2, 0]),
        ("?act=sign_in", [1, 0, 1, 1]),
        (f"?alias={auditor.alias}", [1, 0, 1, 0]),
        ("?since=2026-11-22", [2, 1]),
        (f"?who={auditor.ann}&until=2026-11-21", [2, 0]),
    ):
        page = auditor.page(query)
        shown = [int(row.replace("none at all", "0").split()[-2]) for row in table(page)]
        assert shown == counts, query


def test_only_what_is_nobodys_day_is_crossed_out(auditor: Auditor) -> None:
    assert drawing(auditor.page()).count('class="cross"') == 1
    for query in (f"?who={auditor.ann}", "?act=sign_in", f"?alias={auditor.alias}"):
        assert 'class="cross"' not in drawing(auditor.page(query))


def test_today_is_not_over(house: House, auditor: Auditor, records: Records) -> None:
    house.clock.move(hours=18)  # on Tuesday nobody has done anything yet
    browser = house.signed_in("aud")
    page = browser.get("/log").text
    assert table(page)[-1] == "Tuesday, 24 Nov 2026 0 0"
    assert drawing(page).count('class="cross"') == 1


def test_weeks_that_are_further_back(house: House, auditor: Auditor, records: Records) -> None:
    house.clock.move(days=40)
    browser = house.signed_in("aud")
    records.work()
    page = browser.get("/log").text
    assert len(table(page)) == 7 * 4 + 6  # until a Saturday
    link = re.search(r'href="([^"]*)">Weeks before', page)
    assert link is not None
    page = browser.get(html.unescape(link[1])).text
    assert table(page)[0] == "Friday, 20 Nov 2026 2 0"
    assert table(page)[-1].startswith("Sunday, 29 Nov 2026")
    assert "Weeks before" not in page


def test_the_picture_needs_nothing_that_the_policy_forbids(auditor: Auditor) -> None:
    drawn = drawing(auditor.page())
    assert not re.search(r"style=|<style|<script|\son\w+=|javascript:|data:", drawn)
    assert TIP not in auditor.page()


def test_nothing_is_drawn_of_what_is_not_there(house: House, auditor: Auditor) -> None:
    for query in ("?until=2026-11-19", "?act=make_line", "?since=yesterday", "?until=0001-01-01"):
        assert "<svg" not in auditor.page(query)
    assert drawing(auditor.page("?until=9999-12-31"))


def test_in_spanish(auditor: Auditor) -> None:
    page = auditor.page(language="es")
    labels = re.findall(r"<title>(.*?)</title>", drawing(page))
    assert labels[2] == "Domingo, 22 nov 2026: 2 entradas, 2 de noche"
    assert table(page)[1].endswith("absolutamente ninguna 0")
    assert re.findall(r"<text[^>]*>([^<]*)</text>", drawing(page))[:2] == ["lun", "mar"]

"""Killed while a member is given a new key: the old one is the member's, or the new one; wholly."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import event

from tests.console.house import Browser, House, incidents, thread_path
from tests.console.succession import again, renew, restricted_to, row_of, sealed_to, secret_of
from tests.console.test_drafts import in_box, press
from tipline.console.account import own_key
from tipline.console.services import EXTENSION
from tipline.console.sessions import Sessions
from tipline.intake.sweeping import Sweeper
from tipline.threads.models import DraftRow

KILLED = 9


def die(*_arguments: object) -> None:
    os._exit(KILLED)


def renew_and_be_killed(house: House, browser: Browser, where: str) -> None:
    """The console's process is killed at this point, with all that it has not committed."""
    stores = browser.app.extensions[EXTENSION].stores
    for engine in (stores.main, stores.perishable, house.stores.main, house.stores.perishable):
        engine.dispose()
    child = os.fork()
    if child == 0:
        with pytest.MonkeyPatch.context() as patch:
            if where == "before the main store's commit":
                event.listen(stores.main, "commit", die)
            elif where == "after the main store's commit":
                patch.setattr(own_key, "_go_on", die)
            else:
                patch.setattr(Sessions, "carry_on", die)
            renew(browser)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


def sweep(house: House) -> None:
    sweeper = Sweeper(house.stores, house.clock)
    for _ in range(2):
        sweeper.sweep()
        house.clock.move(minutes=11)


@pytest.mark.parametrize(
    "where",
    ["before the main store's commit", "after the main store's commit", "before the last commit"],
)
def test_a_kill_leaves_one_key_that_opens_everything(house: House, where: str) -> None:
    plain, restricted = thread_path(house.text("A tip")), restricted_to(house, "ben", "ann")
    browser = house.signed_in("ann")
    for path in (plain, restricted):
        press(browser, path, browser.get(path), "draft", reply=f"Half a sentence for {path}")
    before = secret_of(house, "ann").key
    house.clock.move(minutes=1)
    renew_and_be_killed(house, browser, where)

    after = secret_of(house, "ann").key
    is_old = where == "before the main store's commit"
    assert (after.seed == before.seed) is is_old
    assert row_of(house, "ann").public == after.public.raw
    assert browser.get("/account").status_code == (200 if is_old else 303)
    for one in [again(house, "ann"), *([browser] if is_old else [])]:
        for path in (plain, restricted):
            assert in_box(one.get(path)) == f"Half a sentence for {path}"
    sweep(house)
    assert {row.key_id for row in house.rows(DraftRow)} == {after.public.key_id}
    if not is_old:
        assert sealed_to(house, before) == set()
    assert renew(again(house, "ann")).status_code == 303, "it can be done once more"
    assert incidents(house) == set()

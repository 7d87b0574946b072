"""Threads that were restricted to members who are all gone: two people open them."""

from __future__ import annotations

import html

import pytest
from sqlalchemy import delete, insert, update
from werkzeug.test import TestResponse

from tests.console.enrolling import APPROVALS, WHY, act, enrol, invitation_code
from tests.console.furniture import orphan
from tests.console.house import (
    COMPLAINTS,
    OTHER_PHONE,
    PHONE,
    TIPS,
    Browser,
    House,
    hidden_fields,
    thread_path,
    visible,
)
from tests.console.test_acts import entries
from tests.console.test_approvals import told
from tests.console.test_line_people import PEOPLE, remove
from tests.console.test_restricted import restrict
from tests.console.test_two_admins import more_admins
from tipline.approvals.models import ApprovalRow
from tipline.approvals.requests import State
from tipline.audit.acts import Act, Outcome
from tipline.lines.bundles import RECOVERY_HOLDER
from tipline.lines.founding import grant
from tipline.lines.memberships import Memberships
from tipline.lines.models import Membership
from tipline.lines.roles import Role
from tipline.members.models import Member
from tipline.threads.grants import Holder
from tipline.threads.models import Thread, ThreadGrant
from tipline.threads.reading import NoSuchThreadError, OpenThread
from tipline.threads.restriction import Restrictor

RECOVERY = f"/lines/{TIPS}/recovery"
PAGE = f"/lines/{TIPS}/restricted"
SAID = "1 restricted thread that no member can open"
DONE, NOT_DONE = Outcome.DONE, Outcome.NOT_DONE


def orphaned(house: House) -> tuple[str, Browser]:
    """Leave a thread to the recovery key: both who were named are removed. Return its path."""
    path = thread_path(house.text("It was officer Sue"))
    restrict(house, "ann", path, "ben")
    sue = house.signed_in("sue")
    for name in ("ben", "ann"):
        assert remove(sue, house, name).status_code == 303
    return path, sue


def ask(sue: Browser, **fields: str) -> TestResponse:
    return act(sue, PAGE, f"{PAGE}/open", **{"reason": WHY, "reference": "2026-114", **fields})


def open_them(sue: Browser, house: House, words: str = "") -> TestResponse:
    return act(sue, PAGE, f"{PAGE}/recovery", recovery_key=words or house.recovery[TIPS])


def only_request(house: House) -> str:
    [row] = house.rows(ApprovalRow)
    return str(row.id)


def test_an_admin_agrees_before_the_recovery_key_lets_a_supervisor_in(house: House) -> None:
    path, sue = orphaned(house)
    assert sue.get(path).status_code == 404
    assert SAID in visible(sue.get(PEOPLE).text)
    regained = sue.submit(RECOVERY, sue.get(RECOVERY), recovery_key=house.recovery[TIPS])
    assert regained.status_code == 303
    assert sue.get(path).status_code == 404, "it takes more than the recovery key"
    assert ask(sue).status_code == 303
    page = sue.get(PAGE).text
    assert "An admin must agree, but not one who let the asker in." in visible(page)
    assert "You have asked for this; see above." in visible(page)
    assert f"{PAGE}/recovery" not in page
    ada = house.signed_in("ada")
    seen = visible(ada.get(APPROVALS).text)
    for words in ("Open restricted threads of Police Tips that no member can open (1)", WHY,
                  "2026-114", "Asked by sue@example.org"):  # fmt: skip
        assert words in seen
    assert path.rsplit("/", 1)[1] not in seen
    assert act(ada, APPROVALS, f"{APPROVALS}/agree").status_code == 303
    assert "Who asked can open them" in visible(ada.get(APPROVALS).text)
    assert sue.get(path).status_code == 404

    answer = open_them(sue, house)
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert "Carried out" in visible(sue.get(PAGE).text)
    assert SAID not in visible(sue.get(PEOPLE).text)
    shown = visible(sue.get(path).text)
    assert "It was officer Sue" in shown
    assert "sue@example.org let sue@example.org read this thread" in shown, "it is on record"
    assert told(house, only_request(house)) == [
        (Act.ASK, DONE, "sue"),
        (Act.AGREE, DONE, "ada"),
        (Act.OPEN_RESTRICTED, DONE, "sue"),
    ]
    opened = [one.thread for one in entries(house) if one.act is Act.OPEN_RESTRICTED]
    viewed = [one.thread for one in entries(house) if one.act is Act.VIEW_THREAD]
    assert opened == viewed[-1:], "which thread it was"


def test_nobody_is_asked_to_open_nothing(house: House) -> None:
    thread = thread_path(house.text("It was officer Sue"))
    restrict(house, "ann", thread, "ben")
    sue = house.signed_in("sue")
    page = sue.get(PAGE).text
    assert f"{PAGE}/open" not in page
    form = {**hidden_fields(page, f"{PAGE}/read"), "reason": WHY, "reference": "2026-114"}
    answer = sue.client.post(f"{PAGE}/open", data=form)
    assert answer.status_code == 409
    assert "There is no such thread that only the recovery key opens." in visible(answer.text)
    assert house.rows(ApprovalRow) == []


def test_what_was_lost_after_the_agreement_is_not_part_of_it(house: House) -> None:
    """Who asks could otherwise remove those who read a thread, once somebody has agreed."""
    lost = thread_path(house.text("It was all of them"))
    later = thread_path(house.text("It was officer Sue", sender=OTHER_PHONE))
    for path in (lost, later):
        restrict(house, "ann", path, "ben")
    [first, second] = [one.id for one in house.rows(Thread)]
    orphan(house, first)
    sue = house.signed_in("sue")
    assert ask(sue).status_code == 303
    assert act(house.signed_in("ada"), APPROVALS, f"{APPROVALS}/agree").status_code == 303
    orphan(house, second)
    assert open_them(sue, house).status_code == 303
    assert [sue.get(path).status_code for path in (lost, later)] == [200, 404]
    assert SAID in visible(sue.get(PEOPLE).text)


def test_what_somebody_can_open_again_is_left_to_them(house: House) -> None:
    """Then there is nothing to open, and the agreement is not used up."""
    path = thread_path(house.text("It was officer Sue"))
    restrict(house, "ann", path, "ben")
    [thread], grants = house.rows(Thread), house.rows(ThreadGrant)
    orphan(house, thread.id)
    sue = house.signed_in("sue")
    ask(sue)
    act(house.signed_in("ada"), APPROVALS, f"{APPROVALS}/agree")
    again = [one._asdict() for one in grants if one.holder != RECOVERY_HOLDER]
    with house.stores.main.begin() as connection:
        connection.execute(insert(ThreadGrant), again)
    refused = open_them(sue, house)
    assert refused.status_code == 409
    assert "There is no such thread that only the recovery key opens." in visible(refused.text)
    assert sue.get(path).status_code == 404
    orphan(house, thread.id)
    assert open_them(sue, house).status_code == 303
    assert sue.get(path).status_code == 200


def two_lost(house: House) -> tuple[list[str], Browser]:
    """Two threads that open for nobody; Sue has asked for them, and Ada has agreed."""
    paths = [thread_path(house.text("It was them", sender=phone)) for phone in (PHONE, OTHER_PHONE)]
    for path in paths:
        restrict(house, "ann", path, "ben")
    for thread in house.rows(Thread):
        orphan(house, thread.id)
    sue = house.signed_in("sue")
    ask(sue)
    assert act(house.signed_in("ada"), APPROVALS, f"{APPROVALS}/agree").status_code == 303
    house.clock.move(minutes=1)  # a one-time code works once
    return paths, sue


def opened_entries(house: House) -> list[tuple[str, Outcome]]:
    found = [one for one in entries(house) if one.act is Act.OPEN_RESTRICTED]
    return [(one.thread, one.outcome) for one in found]


def test_of_a_thread_that_did_not_open_the_log_says_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second is destroyed in the moment in which it is opened."""
    paths, sue = two_lost(house)
    name, tried = Restrictor.name, []

    def once(restrictor: Restrictor, thread: OpenThread, member: Holder) -> None:
        tried.append(thread.summary.id)
        if len(tried) > 1:
            raise NoSuchThreadError
        name(restrictor, thread, member)

    monkeypatch.setattr(Restrictor, "name", once)
    assert open_them(sue, house).status_code == 303
    assert len(tried) == 2
    assert opened_entries(house) == [(tried[0], DONE)]
    assert sorted(sue.get(path).status_code for path in paths) == [200, 404]


def test_a_no_while_they_are_opened_keeps_the_rest_shut(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths, sue = two_lost(house)
    ada, name = house.signed_in("ada"), Restrictor.name
    form = hidden_fields(ada.get(APPROVALS).text, f"{APPROVALS}/decline")

    def declined(restrictor: Restrictor, thread: OpenThread, member: Holder) -> None:
        name(restrictor, thread, member)
        monkeypatch.undo()
        with house.stores.perishable.begin() as connection:
            gone = update(ApprovalRow).where(ApprovalRow.id == form["request"])
            connection.execute(gone.values(outcome=State.DECLINED.value))

    monkeypatch.setattr(Restrictor, "name", declined)
    assert "Not all of these threads opened." in visible(open_them(sue, house).text)
    assert sorted(sue.get(path).status_code for path in paths) == [200, 404]
    assert [outcome for _, outcome in opened_entries(house)] == [DONE]


def test_who_agreed_may_go_while_they_are_opened(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done is done: the request must not wait as if it were not."""
    paths, sue = two_lost(house)
    name, adas, tried = Restrictor.name, house.people["ada"].signed_in.member_id, []

    def last(restrictor: Restrictor, thread: OpenThread, member: Holder) -> None:
        name(restrictor, thread, member)
        tried.append(thread)
        if len(tried) < len(paths):
            return
        with house.stores.main.begin() as connection:
            connection.execute(delete(Membership).where(Membership.member_id == adas))

    monkeypatch.setattr(Restrictor, "name", last)
    assert open_them(sue, house).status_code == 303
    assert [sue.get(path).status_code for path in paths] == [200, 200]
    assert [row.outcome for row in house.rows(ApprovalRow)] == [State.CARRIED_OUT.value]


def test_what_was_tampered_with_is_not_called_nothing(house: House) -> None:
    [path, other], sue = two_lost(house)
    by_path = {thread_path(one.alias): one for one in house.rows(Thread)}
    first, second = by_path[path], by_path[other]
    with house.stores.main.begin() as connection:
        swapped = update(ThreadGrant).where(ThreadGrant.thread_id == second.id)
        connection.execute(swapped.values(signature=bytes(73)))
    answer = open_them(sue, house)
    assert "Not all of these threads opened." in visible(answer.text)
    assert sue.get(path).status_code == 200
    assert opened_entries(house) == [(first.id, DONE)]


@pytest.mark.parametrize("what", ["take", "reset"])
def test_who_gets_role_or_account_again_asks_again(house: House, what: str) -> None:
    """Whoever holds the account by then is perhaps not the one to whom it was agreed."""
    two_lost(house)
    ada, sues = house.signed_in("ada"), house.people["sue"].signed_in.member_id
    account = f"/admin/accounts/{sues}"
    if what == "take":
        role = f"supervisor:{house.bundles[TIPS].line_id}"
        assert ada.submit(f"{account}/take", ada.get(account), role=role).status_code == 303
    else:
        code = invitation_code(act(ada, account, f"{account}/reset"))
        enrol(house, code)
    assert [row.outcome for row in house.rows(ApprovalRow)] == [State.WITHDRAWN.value]


def test_what_is_lost_later_can_be_asked_for(house: House) -> None:
    _, sue = two_lost(house)
    later = thread_path(house.text("It was officer Sue", sender="+12095550144"))
    restrict(house, "ann", later, "ben")
    orphan(house, house.rows(Thread)[2].id)
    page = visible(sue.get(PAGE).text)
    assert "1 restricted thread opens for no member any more." in page
    assert "Those for which you have asked are not counted here." in page
    assert ask(sue).status_code == 303
    assert "that no member can open (3)" in visible(house.signed_in("ada").get(APPROVALS).text)


def test_a_request_of_an_earlier_version_opens_nothing(house: House) -> None:
    _, sue = two_lost(house)
    with house.stores.perishable.begin() as connection:
        connection.execute(update(ApprovalRow).values(details='{"line": "Police Tips"}'))
    for who, page in ((sue, PAGE), (house.signed_in("ada"), APPROVALS)):
        assert "that no member can open (0)" in visible(who.get(page).text)
    assert open_them(sue, house).status_code == 409


def test_what_others_can_open_stays_theirs(house: House) -> None:
    lost = thread_path(house.text("It was all of them"))
    restrict(house, "ann", lost, "ben")
    [thread] = house.rows(Thread)
    orphan(house, thread.id)
    others = thread_path(house.text("It was officer Sue", sender=OTHER_PHONE))
    restrict(house, "ann", others, "ben")
    sue = house.signed_in("sue")
    assert ask(sue).status_code == 303
    assert act(house.signed_in("ada"), APPROVALS, f"{APPROVALS}/agree").status_code == 303
    assert open_them(sue, house).status_code == 303
    assert sue.get(lost).status_code == 200
    assert sue.get(others).status_code == 404


def test_a_wrong_recovery_key_is_told_beside_its_field_and_costs_nothing(house: House) -> None:
    path, sue = orphaned(house)
    ask(sue)
    act(house.signed_in("ada"), APPROVALS, f"{APPROVALS}/agree")
    for words in (house.recovery[COMPLAINTS], "ABCD-EFGH", "\0"):
        answer = open_them(sue, house, words)
        assert answer.status_code == 400
        assert 'id="recovery_key-error"' in answer.text
        assert "does not open this line's keys" in html.unescape(answer.text)
        assert words not in answer.text
    assert sue.get(path).status_code == 404
    assert [one.outcome for one in entries(house) if one.act is Act.OPEN_RESTRICTED] == [
        NOT_DONE
    ] * 3
    assert open_them(sue, house).status_code == 303
    assert sue.get(path).status_code == 200


def test_not_before_anybody_agreed_nor_twice(house: House) -> None:
    path, sue = orphaned(house)
    ask(sue)
    request, key = only_request(house), house.recovery[TIPS]
    form = hidden_fields(sue.get(PAGE).text, f"{PAGE}/withdraw")
    fields = {**form, "request": request, "recovery_key": key}
    early = sue.client.post(f"{PAGE}/recovery", data=fields)
    assert early.status_code == 409
    assert "Somebody else must decide on this" in visible(early.text)
    act(house.signed_in("ada"), APPROVALS, f"{APPROVALS}/agree")
    for status in (303, 409):
        assert sue.client.post(f"{PAGE}/recovery", data=fields).status_code == status
    assert sue.get(path).status_code == 200


def test_an_admin_who_let_the_supervisor_in_cannot_agree(house: House) -> None:
    """They may be one person. Another admin whom the same one let in took two to make."""
    _, sue = orphaned(house)
    more_admins(house, "bob")
    ids = {name: house.people[name].signed_in.member_id for name in ("ada", "bob", "sue")}
    with house.stores.main.begin() as connection:
        made = update(Member).where(Member.id.in_([ids["sue"], ids["bob"]]))
        connection.execute(made.values(made_by=ids["ada"]))
    ask(sue)
    ada, bob = house.signed_in("ada"), house.signed_in("bob")
    assert f"{APPROVALS}/agree" not in ada.get(APPROVALS).text
    form = hidden_fields(ada.get(APPROVALS).text, f"{APPROVALS}/decline")
    assert ada.client.post(f"{APPROVALS}/agree", data=form).status_code == 409
    assert act(bob, APPROVALS, f"{APPROVALS}/agree").status_code == 303
    assert "An admin has agreed." in visible(sue.get(PAGE).text)


def test_the_supervisor_of_another_line_carries_out_nothing(house: House) -> None:
    _, sue = orphaned(house)
    ask(sue)
    act(house.signed_in("ada"), APPROVALS, f"{APPROVALS}/agree")
    Memberships(house.stores.main).add(
        house.people["sue"].signed_in.member_id,
        house.bundles[COMPLAINTS].line_id,
        Role.SUPERVISOR,
    )
    bundle, member = house.bundles[COMPLAINTS], house.people["sue"].signed_in
    grant(house.stores.main, bundle, member.member_id, member.key.public)
    other = PAGE.replace(TIPS, COMPLAINTS)
    fields = hidden_fields(sue.get(PAGE).text, f"{PAGE}/recovery")
    fields["recovery_key"] = house.recovery[COMPLAINTS]
    assert sue.client.post(f"{other}/recovery", data=fields).status_code == 409


def test_there_is_no_link_to_fetch_for_it(house: House) -> None:
    orphaned(house)
    more_admins(house, "bob")
    Memberships(house.stores.main).add(house.people["sue"].signed_in.member_id, "", Role.ADMIN)
    house.clock.move(minutes=1)  # a one-time code works once
    sue = house.signed_in("sue")
    ask(sue)
    act(house.signed_in("bob"), APPROVALS, f"{APPROVALS}/agree")
    page = sue.get(APPROVALS).text
    assert f"{APPROVALS}/fetch" not in page
    form = hidden_fields(page, f"{APPROVALS}/withdraw")
    assert sue.client.post(f"{APPROVALS}/fetch", data=form).status_code == 409
    assert act(sue, PAGE, f"{PAGE}/withdraw").status_code == 303
    assert "Withdrawn" in visible(sue.get(PAGE).text)

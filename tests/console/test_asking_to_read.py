"""A supervisor asks those who read a restricted thread to let them read it, too."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import delete, update
from werkzeug.test import TestResponse

from tests.console.enrolling import APPROVALS, WHY, act
from tests.console.house import TIPS, Browser, House, hidden_fields, thread_path, visible
from tests.console.test_acts import entries
from tests.console.test_approvals import only_request, told
from tests.console.test_line_people import admit, newcomer
from tests.console.test_restricted import restrict
from tipline.approvals.models import ApprovalRow
from tipline.audit.acts import Act, Outcome
from tipline.crypto.fingerprints import fingerprint
from tipline.lines.memberships import Memberships
from tipline.lines.models import KeyGrant, Membership
from tipline.lines.roles import Role
from tipline.threads.models import Thread, ThreadGrant

PAGE = f"/lines/{TIPS}/restricted"
DONE, NOT_DONE = Outcome.DONE, Outcome.NOT_DONE
NO_SUCH = "calm-otter-77"


def ask(browser: Browser, alias: str, **fields: str) -> TestResponse:
    typed = {"alias": alias, "reason": WHY, "reference": "IA 2026/7", **fields}
    return act(browser, PAGE, f"{PAGE}/read", **typed)


def restricted(house: House) -> tuple[str, str]:
    """A thread that Ann and Ben read. Return its alias and its path."""
    alias = house.text("It was a colleague")
    restrict(house, "ann", thread_path(alias), "ben")
    return alias, thread_path(alias)


def test_one_who_reads_it_lets_the_supervisor_in(house: House) -> None:
    alias, path = restricted(house)
    sue = house.signed_in("sue")
    assert sue.get(path).status_code == 404
    assert ask(sue, alias.upper()).status_code == 303
    assert "If there is such a thread" in visible(sue.get(PAGE).text)
    ann = house.signed_in("ann")
    assert f"Somebody asks to read {alias}" in visible(ann.get("/").text)
    assert "Somebody asks to read this thread." in visible(ann.get(path).text)
    seen = visible(ann.get(f"{path}/restriction").text)
    for words in ("Asked by sue@example.org", WHY, "IA 2026/7"):
        assert words in seen
    assert sue.get(path).status_code == 404
    answer = act(ann, f"{path}/restriction", f"{path}/restriction/agree")
    assert (answer.status_code, answer.location) == (303, path)
    shown = visible(sue.get(path).text)
    assert "It was a colleague" in shown
    assert "ann@example.org let sue@example.org read this thread" in shown
    assert "Carried out" in visible(sue.get(PAGE).text)
    assert "Somebody asks" not in visible(ann.get("/").text) + visible(ann.get(path).text)
    request = only_request(house)
    assert told(house, request) == [(Act.ASK, DONE, "sue"), (Act.AGREE, DONE, "ann")]
    [thread] = house.rows(Thread)
    about = [one for one in entries(house) if one.request == request]
    # Whoever reads the log may be the asker, who must not learn that there is such a thread.
    assert [one.thread for one in about] == ["", thread.id]
    assert [one.subject for one in about] == ["", house.people["sue"].signed_in.member_id]


def as_if_of(page: str, alias: str) -> str:
    """All of a page, but for the alias and what is random: the request's id and the tokens."""
    return re.sub(r'value="[\w.-]{24,}"|[0-9a-f]{8,}', "#", page.replace(alias, "alias"))


def test_who_asks_does_not_learn_whether_there_is_such_a_thread(house: House) -> None:
    alias, _ = restricted(house)
    sue = house.signed_in("sue")
    shown = []
    for wanted in (alias, NO_SUCH):
        answer = ask(sue, wanted)
        assert (answer.status_code, answer.location) == (303, PAGE)
        shown.append(as_if_of(sue.get(PAGE).text, wanted))
        assert act(sue, PAGE, f"{PAGE}/withdraw").status_code == 303
        with house.stores.perishable.begin() as connection:
            connection.execute(delete(ApprovalRow))
    assert shown[0] == shown[1]


def test_only_those_who_read_it_find_the_request(house: House) -> None:
    """No admin, and no other member, whatever they know of it."""
    alias, _ = restricted(house)
    other = house.text("Something else", sender="+12095550143")
    sols = newcomer(house, "sol", Role.SUPERVISOR)
    sue = house.signed_in("sue")
    admit(sue, sols, fingerprint(house.people["sol"].signed_in.key.public.raw))
    house.clock.move(minutes=1)  # a one-time code works once
    restrict(house, "sue", thread_path(other), "sol")
    # An admin who has a role on the line all the same, as who installs a small one may.
    ada_id = house.people["ada"].signed_in.member_id
    Memberships(house.stores.main).add(ada_id, house.bundles[TIPS].line_id, Role.INVESTIGATOR)
    ask(sue, alias)
    request = only_request(house)
    sol, ada, aud = (house.signed_in(name) for name in ("sol", "ada", "aud"))
    assert "Somebody asks" not in visible(sol.get("/").text)
    page = f"{thread_path(other)}/restriction"
    assert WHY not in visible(sol.get(page).text)
    fields = {**hidden_fields(sol.get(page).text, f"{page}/lift"), "request": request}
    for what in ("agree", "decline"):
        refused = sol.client.post(f"{page}/{what}", data=fields)
        assert refused.status_code == 409
        assert "This request is gone" in visible(refused.text)
        form = hidden_fields(ada.get("/admin/new-line").text, "/admin/new-line")
        answer = ada.client.post(f"{APPROVALS}/{what}", data={**form, "request": request})
        assert answer.status_code == 409
    seen = {name: visible(one.get(APPROVALS).text) for name, one in (("ada", ada), ("aud", aud))}
    assert alias not in seen["ada"]
    assert WHY not in seen["ada"]
    assert f"Read the restricted thread {alias}" in seen["aud"]
    assert WHY in seen["aud"]
    assert house.rows(ApprovalRow)[0].outcome is None


def test_one_of_them_says_no(house: House) -> None:
    alias, path = restricted(house)
    sue, ben = house.signed_in("sue"), house.signed_in("ben")
    ask(sue, alias)
    page = f"{path}/restriction"
    assert "If you agree or decline, they do." in visible(ben.get(page).text)
    assert act(ben, page, f"{page}/decline").status_code == 303
    assert "Who asks to read it" not in visible(ben.get(page).text)
    assert "Declined (ben@example.org" in visible(sue.get(PAGE).text)
    assert sue.get(path).status_code == 404
    assert told(house, only_request(house))[-1] == (Act.DECLINE, DONE, "ben")


def test_a_supervisor_who_is_none_any_more_is_not_let_in(house: House) -> None:
    alias, path = restricted(house)
    ask(house.signed_in("sue"), alias)
    ann, page = house.signed_in("ann"), f"{path}/restriction"
    form = hidden_fields(ann.get(page).text, f"{page}/agree")
    member_id = house.people["sue"].signed_in.member_id
    with house.stores.main.begin() as connection:
        connection.execute(delete(Membership).where(Membership.member_id == member_id))
    refused = ann.client.post(f"{page}/agree", data=form)
    assert refused.status_code == 409
    [thread] = house.rows(Thread)
    assert member_id not in {row.holder for row in house.rows(ThreadGrant)}, thread.id


def test_a_supervisor_without_the_lines_keys_is_not_let_in(house: House) -> None:
    alias, path = restricted(house)
    ask(house.signed_in("sue"), alias)
    member_id = house.people["sue"].signed_in.member_id
    with house.stores.main.begin() as connection:
        connection.execute(delete(KeyGrant).where(KeyGrant.holder == member_id))
    ann, page = house.signed_in("ann"), f"{path}/restriction"
    refused = act(ann, page, f"{page}/agree")
    assert refused.status_code == 409
    assert "does not hold this line's keys any more" in visible(refused.text)
    assert told(house, only_request(house))[-1] == (Act.AGREE, NOT_DONE, "ann")
    assert member_id not in {row.holder for row in house.rows(ThreadGrant)}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("alias", "no such thing!", "An alias has letters, digits and hyphens"),
        ("alias", "", "An alias has letters, digits and hyphens"),
        ("alias", "a" * 500, "An alias has letters, digits and hyphens"),
        ("reason", "  ", "Say why, in up to 1000 characters."),
        ("reference", "x" * 81, "Write up to 80 characters in one row"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    house: House, field: str, value: str, said: str
) -> None:
    sue = house.signed_in("sue")
    answer = ask(sue, NO_SUCH, **{field: value}) if field != "alias" else ask(sue, value)
    assert answer.status_code == 400
    assert f'id="{"" if field == "alias" else "read-"}{field}-error"' in answer.text
    assert said in visible(answer.text)
    assert "<title>Problem: Restricted threads of Police Tips" in answer.text
    assert "IA 2026/7" in answer.text or field == "reference", "what was typed is kept"
    assert house.rows(ApprovalRow) == []


def test_what_one_reads_already_is_not_asked_for(house: House) -> None:
    alias = house.text("It was a colleague")
    sue = house.signed_in("sue")
    answer = ask(sue, alias)
    assert answer.status_code == 400
    assert "You can read this thread already." in visible(answer.text)
    assert house.rows(ApprovalRow) == []


@pytest.mark.parametrize("what", ["name", "lift"])
def test_what_is_open_to_the_asker_is_asked_for_no_more(house: House, what: str) -> None:
    """By name, or because the thread is restricted no more."""
    alias, path = restricted(house)
    sue, ann, page = house.signed_in("sue"), house.signed_in("ann"), f"{path}/restriction"
    assert ask(sue, alias).status_code == 303
    assert "Who asks to read it" in visible(ann.get(page).text)
    named = {"member": house.people["sue"].signed_in.member_id} if what == "name" else {}
    assert act(ann, page, f"{page}/{what}", **named).status_code == 303
    assert sue.get(path).status_code == 200
    assert "Somebody asks" not in visible(ann.get("/").text)
    assert "Withdrawn (ann@example.org" in visible(sue.get(PAGE).text)


def test_one_does_not_let_oneself_in(house: House) -> None:
    """As one who read the thread when the request was made might, after losing it."""
    alias, path = restricted(house)
    sue = house.signed_in("sue")
    ask(sue, alias)
    ann, page = house.signed_in("ann"), f"{path}/restriction"
    with house.stores.perishable.begin() as connection:
        anns = house.people["ann"].signed_in.member_id
        connection.execute(update(ApprovalRow).values(asked_by=anns))
    assert "Who asks to read it" not in visible(ann.get(page).text)
    assert "Somebody asks" not in visible(ann.get("/").text)
    form = {**hidden_fields(ann.get(page).text, f"{page}/lift"), "request": only_request(house)}
    assert ann.client.post(f"{page}/agree", data=form).status_code == 409


def test_asked_again_it_is_one_request(house: House) -> None:
    alias, path = restricted(house)
    sue = house.signed_in("sue")
    for reason in (WHY, "For the inspector"):
        assert ask(sue, alias, reason=reason).status_code == 303
    page = visible(house.signed_in("ann").get(f"{path}/restriction").text)
    assert "For the inspector" in page
    assert WHY not in page
    assert page.count("Asked by") == 1

"""The page of approvals: lines that wait for a second admin, what the log says of it, who looks."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from tests.console.enrolling import APPROVALS, WHY, act, invite
from tests.console.house import Browser, House, hidden_fields, visible
from tests.console.test_accounts import member_id, page_of, press
from tests.console.test_acts import entries
from tests.console.test_line_keys import NEW_LINE, ask_for_line
from tests.console.test_two_admins import more_admins
from tipline.approvals.models import ApprovalRow
from tipline.audit.acts import Act, Outcome
from tipline.lines.models import Line, LineKey
from tipline.lines.registry import edit_line

DONE, NOT_DONE = Outcome.DONE, Outcome.NOT_DONE


def told(house: House, request_id: str) -> list[tuple[Act, Outcome, str]]:
    """What the log says of a request: what, how it ended, and who."""
    by_id = {one.signed_in.member_id: name for name, one in house.people.items()}
    return [
        (one.act, one.outcome, by_id[one.actor])
        for one in entries(house)
        if one.request == request_id
    ]


def slugs(house: House) -> set[str]:
    return {row.slug for row in house.rows(Line)}


def only_request(house: House) -> str:
    [row] = house.rows(ApprovalRow)
    return str(row.id)


def without_tips(house: House) -> None:
    with house.stores.main.begin() as connection:
        connection.execute(delete(LineKey))


def asked_by_ada(house: House, **fields: str) -> tuple[Browser, Browser]:
    """Ada has asked for a line. Return her browser, and Bob's, who may agree."""
    more_admins(house, "bob")
    ada, bob = house.signed_in("ada"), house.signed_in("bob")
    answer = ask_for_line(ada, **fields)
    assert (answer.status_code, answer.location) == (303, APPROVALS)
    return ada, bob


def test_a_line_is_made_when_another_admin_has_seen_all_of_it_and_agrees(house: House) -> None:
    ada, bob = asked_by_ada(house, reference="Council item 7", acknowledgement_es="Gracias.")
    request = only_request(house)
    own = ada.get(APPROVALS).text
    assert "/approvals/agree" not in own
    assert "Another admin must agree." in own
    seen = visible(bob.get(APPROVALS).text)
    for words in ("Make the line Gang Tips (+12095550177)", "Asked by ada@example.org", WHY,
                  "Council item 7", "gang-tips", NEW_LINE["acknowledgement"], "Gracias.",
                  "America/Los_Angeles", request[:8]):  # fmt: skip
        assert words in seen
    assert "gang-tips" not in slugs(house)
    assert act(bob, APPROVALS, f"{APPROVALS}/agree").status_code == 303
    assert "gang-tips" in slugs(house)
    decided = visible(ada.get(APPROVALS).text).partition("Decided lately")[2]
    assert "Make the line Gang Tips" in decided
    assert "Outcome Carried out (Bob," in decided
    assert told(house, request) == [
        (Act.ASK, DONE, "ada"),
        (Act.AGREE, DONE, "bob"),
        (Act.MAKE_LINE, DONE, "bob"),
    ]
    [made] = [one for one in entries(house) if one.act is Act.MAKE_LINE]
    assert made.line == next(row.id for row in house.rows(Line) if row.slug == "gang-tips")


def test_the_only_admin_of_a_new_installation_makes_its_first_line_at_once(house: House) -> None:
    without_tips(house)
    ada = house.signed_in("ada")
    page = ada.get("/admin/new-line")
    assert 'name="reason"' not in page.text
    made = ada.submit("/admin/new-line", page, **NEW_LINE)
    assert (made.status_code, made.location) == (303, "/admin/lines")
    assert "gang-tips" in slugs(house)
    assert [one.act for one in entries(house)][-1] is Act.MAKE_LINE
    assert house.rows(ApprovalRow) == []


def test_not_when_another_one_came_while_the_form_was_filled_in(house: House) -> None:
    """Nor by disabling them, and nothing that was typed is lost."""
    without_tips(house)
    ada = house.signed_in("ada")
    page = ada.get("/admin/new-line")
    more_admins(house, "bob")
    press(ada, "bob", "disable")
    answer = ada.submit("/admin/new-line", page, **NEW_LINE)
    assert answer.status_code == 400
    assert "Say why, in up to 1000 characters." in visible(answer.text)
    assert 'id="reason-error"' in answer.text
    assert 'value="gang-tips"' in answer.text
    assert "gang-tips" not in slugs(house)


@pytest.mark.parametrize(
    ("field", "value"), [("reason", " "), ("reason", "x" * 1001), ("reference", "x" * 81)]
)
def test_without_a_reason_nothing_is_asked(house: House, field: str, value: str) -> None:
    ada = house.signed_in("ada")
    on_line = ask_for_line(ada, **{field: value})
    page = hidden_fields(ada.get("/admin/invite").text, "/admin/invite")
    person = {"email": "eve@example.org", "name": "Eve", "role": "admin:"}
    invited = ada.client.post("/admin/invite", data={**page, **person, "reason": WHY, field: value})
    where = page_of(house, "aud")
    given = act(ada, where, f"{where}/give", **{"role": "admin:", "reason": WHY, field: value})
    for answer in (on_line, invited, given):
        assert answer.status_code == 400
        assert f'id="{field}-error"' in answer.text
        assert value.strip() in answer.text
    assert house.rows(ApprovalRow) == []
    assert (Act.ASK, DONE) not in [(one.act, one.outcome) for one in entries(house)]


def test_a_line_whose_number_was_taken_meanwhile_waits_on(house: House) -> None:
    ada, bob = asked_by_ada(house)
    [old] = [row for row in house.rows(Line) if row.slug == "complaints"]
    from tipline.lines.descriptions import LineDescription

    other = LineDescription("complaints", old.name, NEW_LINE["address"], old.acknowledgement)
    edit_line(house.stores.main, house.console_keys.signing, old.id, other)
    refused = act(bob, APPROVALS, f"{APPROVALS}/agree")
    assert refused.status_code == 409
    assert "This line cannot be made any more" in visible(refused.text)
    request = only_request(house)
    assert told(house, request)[-2:] == [(Act.AGREE, DONE, "bob"), (Act.MAKE_LINE, NOT_DONE, "bob")]
    assert "gang-tips" not in slugs(house)
    assert act(ada, APPROVALS, f"{APPROVALS}/withdraw").status_code == 303
    assert "Withdrawn" in visible(ada.get(APPROVALS).text)
    assert told(house, request)[-1] == (Act.WITHDRAW, DONE, "ada")


def test_declining_is_said_to_who_asked(house: House) -> None:
    ada, bob = asked_by_ada(house)
    assert "/approvals/decline" not in ada.get(APPROVALS).text
    form = hidden_fields(ada.get(APPROVALS).text, "/approvals/withdraw")
    assert ada.client.post("/approvals/decline", data=form).status_code == 409
    assert act(bob, APPROVALS, f"{APPROVALS}/decline").status_code == 303
    decided = visible(ada.get(APPROVALS).text).partition("Decided lately")[2]
    assert "Outcome Declined (Bob," in decided
    assert told(house, only_request(house)) == [
        (Act.ASK, DONE, "ada"),
        (Act.DECLINE, NOT_DONE, "ada"),
        (Act.DECLINE, DONE, "bob"),
    ]


def test_the_log_follows_a_new_admin_from_the_wish_to_the_link(house: House) -> None:
    more_admins(house, "bob")
    ada, bob = house.signed_in("ada"), house.signed_in("bob")
    invite(ada, "eve@example.org", "Eve", "admin:")
    act(bob, APPROVALS, f"{APPROVALS}/agree")
    act(ada, APPROVALS, f"{APPROVALS}/fetch")
    assert told(house, only_request(house)) == [
        (Act.ASK, DONE, "ada"),
        (Act.AGREE, DONE, "bob"),
        (Act.INVITE, DONE, "ada"),
    ]
    bodies = b"".join(one.to_bytes() for one in entries(house))
    for words in ("Eve", "eve@", WHY, "retires"):
        assert words.encode() not in bodies


def test_the_log_says_who_was_made_an_admin_and_by_which_request(house: House) -> None:
    more_admins(house, "bob")
    ada, bob = house.signed_in("ada"), house.signed_in("bob")
    where = page_of(house, "aud")
    act(ada, where, f"{where}/give", role="admin:", reason=WHY)
    act(bob, APPROVALS, f"{APPROVALS}/agree")
    assert told(house, only_request(house)) == [
        (Act.ASK, DONE, "ada"),
        (Act.AGREE, DONE, "bob"),
        (Act.GIVE_ROLE, DONE, "bob"),
    ]
    about = {one.subject for one in entries(house) if one.request}
    assert about == {member_id(house, "aud")}


def test_an_auditor_sees_what_waits_and_what_was_decided_and_decides_nothing(house: House) -> None:
    _, bob = asked_by_ada(house)
    aud = house.signed_in("aud")
    page = aud.get(APPROVALS)
    assert WHY in page.text
    assert "Make the line Gang Tips" in visible(page.text)
    for button in ("agree", "decline", "withdraw", "fetch"):
        assert f"/approvals/{button}" not in page.text
    request = {"request": only_request(house), **hidden_fields(page.text, "/sign-out")}
    for button in ("agree", "decline", "withdraw", "fetch"):
        assert aud.client.post(f"/approvals/{button}", data=request).status_code == 404
    act(bob, APPROVALS, f"{APPROVALS}/agree")
    assert "Carried out" in visible(aud.get(APPROVALS).text)
    assert entries(house)[-1].act is Act.VIEW_APPROVALS
    house.clock.move(days=36)
    assert "Carried out" in visible(house.signed_in("aud").get(APPROVALS).text)
    house.clock.move(days=1)
    assert "Gang Tips" not in visible(house.signed_in("aud").get(APPROVALS).text)


def test_what_nobody_decided_in_time_is_shown_as_expired(house: House) -> None:
    ada, bob = asked_by_ada(house)
    agreeing = hidden_fields(bob.get(APPROVALS).text, "/approvals/agree")
    house.clock.move(days=7)
    ada, bob = house.signed_in("ada"), house.signed_in("bob")
    assert "Expired: nobody decided in time" in visible(ada.get(APPROVALS).text)
    fresh = hidden_fields(bob.get(APPROVALS).text, "/sign-out")
    late = bob.client.post("/approvals/agree", data={**agreeing, **fresh})
    assert late.status_code == 409
    assert "gang-tips" not in slugs(house)


def test_it_takes_a_fresh_proof_to_agree(house: House) -> None:
    _, bob = asked_by_ada(house)
    house.clock.move(minutes=6)
    asked = act(bob, APPROVALS, f"{APPROVALS}/agree")
    assert asked.status_code == 401
    assert "gang-tips" not in slugs(house)


@pytest.mark.parametrize("given", ["", "nonsense", "A" * 32, "\0" * 32, "0" * 32])
def test_nonsense_in_place_of_a_request_is_gone_and_not_in_the_log(
    house: House, given: str
) -> None:
    ada = house.signed_in("ada")
    token = hidden_fields(ada.get(APPROVALS).text, "/sign-out")
    for button in ("agree", "decline", "withdraw", "fetch"):
        answer = ada.client.post(f"/approvals/{button}", data={**token, "request": given})
        assert answer.status_code == 409
        assert "This request is gone" in visible(answer.text)
        assert entries(house)[-1].request == (given if given == "0" * 32 else "")

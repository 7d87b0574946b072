"""What members of staff do by the console's own forms, to have pages show something."""

from __future__ import annotations

import re
import secrets

from sqlalchemy import delete, insert

from tests.console.enrolling import invitation_code, invite
from tests.console.house import PASSWORD, TIPS, Browser, House, Person, hidden_fields, thread_path
from tests.support.witnesses import SomeWitness
from tipline.alerts.announcing import announce
from tipline.alerts.channel import Channel
from tipline.alerts.models import PushSubscription
from tipline.audit.cosignatures import take
from tipline.audit.publishing import Publisher
from tipline.audit.sequencing import Sequencer
from tipline.audit.signing_notes import NoteSigner
from tipline.clock import day_of
from tipline.crypto.members import new_totp_secret
from tipline.crypto.signing import SigningKey
from tipline.crypto.webpush import PushKey
from tipline.delivery.keys import DeliveryKeys
from tipline.lines.bundles import RECOVERY_HOLDER
from tipline.lines.memberships import Memberships
from tipline.lines.registry import all_lines
from tipline.lines.roles import Role, home_of
from tipline.members.accounts import Accounts
from tipline.threads.models import ThreadGrant

GANG_TIPS = "gang-tips"
READY_MADE = f"/lines/{TIPS}/ready-made-replies"
NEW_LINE = {
    "name": "Gang Tips",
    "slug": GANG_TIPS,
    "address": "+1 209 555 0177",
    "acknowledgement": "Thank you. In an emergency call 911.",
    "time_zone": "America/Los_Angeles",
}


WHY = {
    "reason": "The council wants a line of its own. " + "AndLongWords" * 12,
    "reference": "Council item 2026-114",
}
DECLINED_LINE = {"slug": "fire-tips", "name": "Fire Tips", "address": "+1 209 555 0178"}
WANTED_LINE = {
    **{"slug": "county-tips", "name": "County Tips", "address": "+1 209 555 0179"},
    **{"office_hours": "Mon 08:00-09:00", "after_hours": "Closed for now."},
    **{"acknowledgement_es": "Muchas gracias.", "after_hours_es": "Cerrado por ahora."},
}
OTHERS_LINE = {"slug": "school-tips", "name": "School Tips", "address": "+1 209 555 0180"}


def newcomer(house: House, name: str, role: Role) -> None:
    """Let somebody enrol whom an admin gave a role, and who holds no line's keys yet."""
    totp_secret = new_totp_secret()
    accounts = Accounts(house.stores.main, house.console_keys.pepper, house.clock)
    email = f"{name}@example.org"
    member = accounts.create(email, PASSWORD, totp_secret)
    Memberships(house.stores.main).add(
        member.member_id, home_of(role, house.bundles[TIPS].line_id), role
    )
    house.people = {**house.people, name: Person(email, totp_secret, member, role, TIPS)}


def announce_channels(house: House) -> None:
    """Let the delivery worker say that it can mail and push."""
    signing = DeliveryKeys.load(house.folders.delivery).signing
    publics = {Channel.MAIL: b"", Channel.PUSH: PushKey.generate().public, Channel.WEBHOOK: b""}
    announce(house.stores.main, signing, publics)


def done(browser: Browser, action: str, where: str = "", **fields: object) -> str:
    """Send the form of a page that goes to `action`. Return where it leads."""
    data = {**hidden_fields(browser.get(where or action).text, action), **fields}
    answer = browser.client.post(action, data=data)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def press(browser: Browser, alias: str, what: str, **fields: object) -> str:
    """Fill in one of the forms of a thread's page."""
    path = thread_path(alias)
    return done(browser, f"{path}/{what}", path, **fields)


def write_ready_made(browser: Browser) -> None:
    """Add two ready-made replies to the line."""
    for title, language, text in (
        ("Are you safe?", "en", "Thank you. Are you in a safe place now? In danger call 911."),
        ("¿Está a salvo?", "es", "Gracias. ¿Está a salvo ahora? En peligro llame al 911."),
    ):
        done(browser, READY_MADE, title=title, language=language, text=text)


def work_on(browser: Browser, alias: str, *, related: str) -> None:
    """Claim a thread, mark it, note something, fill in its case file, begin a reply."""
    press(browser, alias, "triage/claim")
    press(browser, alias, "triage/urgency", urgent="1")
    press(browser, alias, "note", note="The van belongs to a towing company.\nAsk patrol.")
    case = thread_path(alias) + "/case"
    fields = {"tags": "theft, vehicles", "case_number": "RMS 2026/815", "related": related}
    done(browser, case, **fields)
    path = thread_path(alias)
    form = hidden_fields(browser.get(path).text, path)
    draft = {**form, "reply": "Did you see a plate?"}
    assert browser.client.post(f"{path}/draft", data=draft).status_code == 303


def restrict(browser: Browser, alias: str, *names: str) -> None:
    """Restrict a thread to oneself and these."""
    path = thread_path(alias) + "/restriction"
    done(browser, path, member=[browser.house.people[name].signed_in.member_id for name in names])


def orphan(house: House, thread_id: str) -> None:
    """Leave a restricted thread to the recovery key alone, as if its members had gone."""
    named = (ThreadGrant.thread_id == thread_id) & (ThreadGrant.holder != RECOVERY_HOLDER)
    with house.stores.main.begin() as connection:
        connection.execute(delete(ThreadGrant).where(named))


def ask_about_restricted(supervisor: Browser, admin: Browser, alias: str) -> None:
    """Ask to read a thread, and to open what no member can; the admin agrees to that."""
    page = f"/lines/{TIPS}/restricted"
    done(supervisor, f"{page}/read", page, alias=alias, **WHY)
    done(supervisor, f"{page}/open", page, **WHY)
    mine, admins = (
        set(re.findall(r'name="request" value="(\w+)"', browser.get(path).text))
        for browser, path in ((supervisor, page), (admin, "/approvals"))
    )
    [request] = mine & admins
    done(admin, "/approvals/agree", "/approvals", request=request)


def save_filter(browser: Browser, query: str, name: str) -> None:
    """Save what the inbox shows with this query."""
    done(browser, f"/inbox/filters?{query}", f"/?{query}", name=name)


def search_for(browser: Browser, words: str) -> str:
    """Search, and return the address of the results."""
    return done(browser, "/search", words=words)


def print_sheet(browser: Browser, alias: str) -> str:
    """Prepare a sheet with the notes, and return its address, which is good for minutes."""
    return press(browser, alias, "print", notes="yes")


def choose_alerts(browser: Browser) -> None:
    """Be told by mail and in a browser, which was added before."""
    house = browser.house
    row = {
        "uid": secrets.token_hex(16),
        "member_id": house.people["ann"].signed_in.member_id,
        "endpoint": "https://push.example.net/send/abc",
        "public": PushKey.generate().public,
        "secret": secrets.token_bytes(16),
        "day": day_of(house.clock()),
    }
    with house.stores.main.begin() as connection:
        connection.execute(insert(PushSubscription), row)
    done(browser, "/alerts", **{f"mail-{TIPS}": "on", f"push-{TIPS}": "on"})


def administer(browser: Browser, second: Browser, *, supervisor: str, dismissed: str) -> str:
    """Invite and dismiss somebody, make a line by two; ask for another line and an admin.

    Return the code of the invitation.
    """
    house = browser.house
    on_tips = f"investigator:{house.bundles[TIPS].line_id}"
    # As long as addresses get in a county's administration.
    page = invite(browser, "ivy.the.investigator@records.county.example.org", "Ivy", on_tips)
    account = f"/admin/accounts/{house.people[dismissed].signed_in.member_id}"
    done(browser, f"{account}/disable", account)
    done(browser, "/admin/new-line", **NEW_LINE, **WHY)
    done(second, "/approvals/agree", "/approvals")
    done(browser, "/admin/new-line", **{**NEW_LINE, **DECLINED_LINE}, **WHY)
    done(second, "/approvals/decline", "/approvals")
    invite(browser, "eve@example.org", "Eve", "admin:")
    house.clock.move(seconds=1)  # in this order
    done(browser, "/admin/new-line", **{**NEW_LINE, **WANTED_LINE}, **WHY)
    done(second, "/admin/new-line", **{**NEW_LINE, **OTHERS_LINE}, **WHY)
    line_ids = [one.id for one in all_lines(house.stores.main) if one.description.slug == GANG_TIPS]
    member_id = house.people[supervisor].signed_in.member_id
    Memberships(house.stores.main).add(member_id, line_ids[0], Role.SUPERVISOR)
    return invitation_code(page)


def keep_log(house: House) -> None:
    """The records worker publishes what staff did, and one of two witnesses looks."""
    signer = NoteSigner("tips.example.org/log", SigningKey.generate())
    Sequencer(house.stores.main, house.clock).begin(signer.verifier)
    note = Publisher(house.stores.main, signer, house.clock).publish().encode()
    for witness in (SomeWitness(), SomeWitness("board.example/ben", "Ben of the review board")):
        witness.registered(house.stores.main, house.clock())
    take(house.stores.main, witness.cosigned(note, house.clock()), house.clock())

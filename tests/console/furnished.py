"""A house in use: threads in every state, and members who ask, wait and are admitted.

For tests that look at all pages; which pages those are stands in tests/console/samples.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from unittest.mock import patch

from sqlalchemy import update

from tests.console import furniture
from tests.console.house import OTHER_PHONE, Browser, House, thread_path
from tipline.delivery.provider import ProviderRefusedError, ProviderUncertainError
from tipline.intake import service
from tipline.intake.handling import Handler
from tipline.lines.roles import Role
from tipline.threads.models import Message, Thread

POISON = "Words that no code foresaw"
LONG_WORD = "very-long-word-" * 11
TIP = "Someone sells stolen catalytic converters behind the old cannery, every Friday night."
# Who comes besides those in tests/console/house.py: two to be admitted, and a second admin.
GUESTS = ("new", "sol", "bea")


@dataclass(frozen=True)
class Furnished:
    """The house, the aliases of its threads, and the addresses of what is shown for a while."""

    house: House
    talk: str  # tip, reply, delivery reports, trouble, note, case file, draft
    closed: str  # opted out: no way back
    forged: str  # a message that is not authentic
    restricted: str  # to ann and sue
    asked: str  # restricted to ann and ben; sue asks to read it
    results: str  # of ann's search
    sheet: str  # that ann prints
    invitation: str  # the code of somebody who has not enrolled yet

    def member(self, name: str) -> str:
        """Return somebody's id."""
        return self.house.people[name].signed_in.member_id


def furnish(house: House) -> Furnished:
    """Let residents, staff, the carrier and a forger do what they do."""
    talk = house.text(f"{TIP}\n{LONG_WORD}", pictures=2)
    _talk_on(house, house.signed_in("ann"), thread_path(talk))
    forged = house.text("The first words", sender=OTHER_PHONE)
    with house.stores.main.begin() as connection:
        own = Message.thread_id.in_(_thread_ids(house, forged))
        connection.execute(update(Message).where(own).values(signature=bytes(73)))
    closed = house.text("Please do not write back", sender="+12095550144")
    house.text("STOP", sender="+12095550144")
    restricted = house.text("It was an officer. He has a gun.", sender="+12095550146")
    asked = house.text("It was the supervisor", sender="+12095550148")
    lost = house.text("It was all of them", sender="+12095550149")
    house.text("Graffiti again", sender="+12095550147")
    _set_aside(house)
    furniture.announce_channels(house)
    furniture.newcomer(house, "new", Role.INVESTIGATOR)
    furniture.newcomer(house, "sol", Role.SUPERVISOR)
    furniture.newcomer(house, "bea", Role.ADMIN)
    furniture.newcomer(house, "dan", Role.CUSTODIAN)
    house.clock.move(minutes=1)  # a one-time code works once
    ann = house.signed_in("ann")
    furniture.write_ready_made(ann)
    furniture.work_on(ann, talk, related=forged)
    furniture.press(ann, closed, "close")
    furniture.restrict(ann, restricted, "sue")
    furniture.restrict(ann, asked, "ben")
    furniture.restrict(ann, lost, "ben")
    furniture.orphan(house, *_thread_ids(house, lost))
    furniture.choose_alerts(ann)
    furniture.save_filter(ann, "urgent=1", "Urgent ones")
    ada, bea = house.signed_in("ada"), house.signed_in("bea")
    furniture.ask_about_restricted(house.signed_in("sue"), bea, asked)
    invitation = furniture.administer(ada, bea, supervisor="sue", dismissed="dan")
    results, sheet = furniture.search_for(ann, "cannery"), furniture.print_sheet(ann, talk)
    furniture.keep_log(house)
    return Furnished(house, talk, closed, forged, restricted, asked, results, sheet, invitation)


def _talk_on(house: House, desk: Browser, path: str) -> None:
    for answer, words in (
        (None, "Thank you. Which gate do they use?"),
        (ProviderRefusedError(30007), "Can you say what car it was?"),
        (ProviderUncertainError(), "Are you safe now?"),
    ):
        house.clock.move(minutes=3)
        if answer:
            house.provider.answers.append(answer)
        assert desk.reply(path, words).status_code == 303
        for text in house.deliver():
            if answer is None:
                house.report(text, "delivered")
    house.clock.move(minutes=3)
    house.text("The one at the river. " + "Ocho hombres, dos camionetas blancas. " * 5)


def _thread_ids(house: House, alias: str) -> list[str]:
    rows = house.rows(Thread, Thread.id, Thread.alias)
    return [row.id for row in rows if row.alias == alias]


def _set_aside(house: House) -> None:
    handle = Handler.handle

    def stumble(self: Handler, item: object) -> object:
        if item.message.body == POISON:
            raise RuntimeError
        return handle(self, item)

    with patch.object(Handler, "handle", stumble):
        house.post(POISON, sender="+12095550145")
        for _ in range(service.TRIES):
            house.intake_worker.drain(30)

"""A house in use: threads in every state, for tests that look at all pages.

A new page that answers GET belongs into SAMPLES: the tests fail until it stands there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from unittest.mock import patch

from flask import Flask
from sqlalchemy import update
from werkzeug.routing import Rule

from tests.console.house import OTHER_PHONE, TIPS, Browser, House, thread_path
from tipline.delivery.provider import ProviderRefusedError, ProviderUncertainError
from tipline.intake import service
from tipline.intake.handling import Handler
from tipline.threads.models import Message, Thread

POISON = "Words that no code foresaw"
LONG_WORD = "https://example.org/" + "a-very-long-address-" * 8
TIP = "Someone sells stolen catalytic converters behind the old cannery, every Friday night."


@dataclass(frozen=True)
class Furnished:
    """The house, and the aliases of its threads."""

    house: House
    talk: str  # tip, reply, delivery reports, trouble
    closed: str  # opted out: no way back
    forged: str  # a message that is not authentic


def furnish(house: House) -> Furnished:
    """Let residents, staff, the carrier and a forger do what they do."""
    talk = house.text(f"{TIP}\n{LONG_WORD}", pictures=2)
    desk = house.signed_in("ann")
    _talk_on(house, desk, thread_path(talk))
    forged = house.text("The first words", sender=OTHER_PHONE)
    with house.stores.main.begin() as connection:
        own = Message.thread_id.in_(_thread_ids(house, forged))
        connection.execute(update(Message).where(own).values(signature=bytes(73)))
    closed = house.text("Please do not write back", sender="+12095550144")
    house.text("STOP", sender="+12095550144")
    _set_aside(house)
    return Furnished(house, talk, closed, forged)


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
    return [row.id for row in rows if row.alias == alias]  # type: ignore[attr-defined]


def _set_aside(house: House) -> None:
    handle = Handler.handle

    def stumble(self: Handler, item: object) -> object:
        if item.message.body == POISON:  # type: ignore[attr-defined]
            raise RuntimeError
        return handle(self, item)  # type: ignore[arg-type]

    with patch.object(Handler, "handle", stumble):
        house.post(POISON, sender="+12095550145")
        for _ in range(service.TRIES):
            house.intake_worker.drain(30)


# Endpoint: the paths of its pages, of whichever state they can be in.
SAMPLES: dict[str, Callable[[Furnished], list[str]]] = {
    "signing_in.show_form": lambda _: ["/sign-in"],
    "inbox.show": lambda _: ["/", "/?after=1." + "0" * 32],
    "thread.show": lambda here: [
        thread_path(alias) for alias in (here.talk, here.closed, here.forged)
    ],
    "set_aside.show": lambda _: [f"/lines/{TIPS}/set-aside"],
    "administration.show": lambda _: ["/admin"],
    "help_pages.show": lambda _: ["/help"],
}
# What answers GET and is no page: files, and answers for scripts.
NO_PAGES = frozenset({"assets.static"})


def page_rules(app: Flask) -> list[Rule]:
    """Return the routes that answer GET with a page."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and rule.endpoint not in NO_PAGES
    ]

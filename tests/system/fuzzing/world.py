"""What the fuzzer knows of a running installation: its routes, its tokens, some receipts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

import requests
from flask import Flask

import config
from tests.system.instance import Demo
from tipline.clock import system_clock
from tipline.console import access
from tipline.console.app import create_console
from tipline.console.keys import ConsoleKeys
from tipline.console.services import EXTENSION as CONSOLE
from tipline.crypto.generations import Generations
from tipline.crypto.receipts import Receipt
from tipline.gateway.app import create_gateway
from tipline.gateway.keys import GatewayKeySet
from tipline.gateway.web.seals import Seals, Use
from tipline.gateway.web.services import EXTENSION as PAGES
from tipline.gateway.web.services import PublicPages
from tipline.instance import provisioning
from tipline.members.invitations import Invitations, newcomer
from tipline.simulator.demo import settings_of_processes

TIMEOUT_SECONDS = 60.0
GATEWAY, CONSOLE_SITE = "gateway", "console"
PASSWORD = "quite another horse, quite another battery"
NO_RECEIPT = "abacus abdomen abdominal abide abiding ability ablaze"
NEWCOMER = "newcomer@example.org"
# How old a sealed field is made: fresh, too old for each of its uses, and from the future.
AGES = (timedelta(0), timedelta(minutes=16), timedelta(hours=25), timedelta(days=-1))


@dataclass(frozen=True)
class Route:
    """One rule of an app. `methods` are those that it names; others are tried as well."""

    site: str
    rule: str
    endpoint: str
    methods: tuple[str, ...]
    is_public: bool


@dataclass(frozen=True)
class World:
    """One installation. What is sealed here opens there, because it is sealed with its keys."""

    demo: Demo
    routes: tuple[Route, ...]
    seals: tuple[Seals, Seals]
    line_ids: tuple[str, ...]
    slugs: tuple[str, ...]
    numbers: tuple[str, ...]
    receipts: tuple[str, ...]
    invitation: str
    enrolment: str
    account: dict[str, str] = field(repr=False)

    def place(self, site: str) -> tuple[str, int]:
        parts = urlsplit(self.url(site))
        return str(parts.hostname), int(parts.port or 80)

    def url(self, site: str) -> str:
        return str(self.demo.info[f"{site}_url"])

    def sealed(self, use: Use, content: bytes, line_id: str, age: timedelta, whose: int) -> str:
        """A field of a page; the second pair of seals is another installation's."""
        return self.seals[whose].seal(use, content, system_clock() - age, line_id)


@contextmanager
def world_of(demo: Demo) -> Iterator[World]:
    """The world of a running demo. Its apps are built here only to be asked for their routes."""
    environment = settings_of_processes(demo.environment, demo.settings, demo.info)
    folders = provisioning.open_folders(demo.settings, demo.info["unlock_secret"])
    gateway = create_gateway(
        config.GatewaySettings.from_environment(environment),
        GatewayKeySet.load(folders.gateway),
        system_clock,
    )
    console = create_console(
        config.ConsoleSettings.from_environment(environment),
        ConsoleKeys.load(folders.console),
        system_clock,
    )
    pages: PublicPages = gateway.extensions[PAGES]
    invitations = Invitations(demo.stores.main, demo.stores.perishable, system_clock)
    try:
        invitation = invitations.invite(newcomer(NEWCOMER, "Newcomer"), None)
        lines = pages.lines.all()
        yield World(
            demo=demo,
            routes=(*routes_of(GATEWAY, gateway), *routes_of(CONSOLE_SITE, console)),
            seals=(pages.seals, _foreign_seals()),
            line_ids=tuple(line.id for line in lines),
            slugs=tuple(line.certificate.slug for line in lines),
            numbers=tuple(line.certificate.address for line in lines),
            receipts=(_left_tip(demo.info["gateway_url"], lines[0].certificate.slug), NO_RECEIPT),
            invitation=invitation,
            enrolment=console.extensions[CONSOLE].enrolment.begin(invitation, PASSWORD)[1],
            account=demo.info["twilio"],
        )
    finally:
        stores = console.extensions[CONSOLE].stores
        own = gateway.extensions["gateway"].engine
        for engine in (own, pages.perishable, stores.main, stores.perishable):
            engine.dispose()


def routes_of(site: str, app: Flask) -> Iterator[Route]:
    """Every rule of an app. Of the console's, those for members answer nobody else."""
    for rule in app.url_map.iter_rules():
        declared = access.declared_access(app, rule.endpoint)
        is_public = site == GATEWAY or bool(declared and declared.is_public)
        methods = tuple(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        yield Route(site, rule.rule, rule.endpoint, methods, is_public)


def _foreign_seals() -> Seals:
    return Seals(Generations.single(b"x" * 32))


def _left_tip(url: str, slug: str) -> str:
    """Leave a tip as a resident does, and return its seven words."""
    where = f"{url}/en/tip/{slug}"
    with requests.Session() as session:
        session.trust_env = False
        page = session.get(where, timeout=TIMEOUT_SECONDS).text
        form = {"token": _token_in(page), "what": "A tip from before.", "danger": "no"}
        answer = session.post(where, form, timeout=TIMEOUT_SECONDS)
    assert answer.status_code == 200, answer.text
    listed = re.search(r'<ol class="words".*?</ol>', answer.text, re.DOTALL)
    assert listed is not None
    words = " ".join(re.findall(r"<li>(\w+)</li>", listed[0]))
    assert Receipt.parse(words).text
    return words


def _token_in(page: str) -> str:
    found = re.search(r'name="token" value="([\w-]+)"', page)
    assert found is not None
    return found[1]

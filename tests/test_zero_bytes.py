"""A zero byte in any field, query or path of either app: PostgreSQL takes none in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

import config
from tests.support.house import ANNA, LINE, PASSWORD, House, environment_for
from tipline.console.app import create_console
from tipline.console.services import EXTENSION

ROOMS = Path(__file__).parents[1] / "tipline"
CONSOLE_URL = "https://staff.example.org"
NUL = "\0"
# A role is named with its line: a field's value may be cut before it is looked up.
MORE = {"role": [NUL, f"admin:{NUL}", f"investigator:{NUL}"]}
# Wrong passwords lock an account, and some of these end its sessions: they come last.
ENDING = ("signing_out", "own_account", "passkeys", "proving")


def fields_read_in(room: str) -> list[str]:
    """Every name under which a view of an app asks for a field."""
    read = re.compile(r'(?:form|args|form\.to_dict\(\))(?:\.get(?:list)?\(|\[)"(\w+)"')
    sources = (path.read_text() for path in (ROOMS / room).rglob("*.py"))
    return sorted({name for source in sources for name in read.findall(source)})


def paths_of(rule: Rule, samples: dict[str, str]) -> Iterator[str]:
    """A route's path with what is there, and with a zero byte in place or at the end of each."""
    names = sorted(rule.arguments)
    good = {name: samples[name] for name in names}
    tries = [good]
    for name in names:
        tries += [{**good, name: NUL}, {**good, name: good[name] + NUL}]
    for values in tries:
        path = re.sub(
            r"<(?:[^:<>]+:)?(\w+)>", lambda found, v=values: quote(v[found[1]]), rule.rule
        )
        yield path


def is_ending(rule: Rule) -> bool:
    return rule.endpoint.startswith(ENDING)


@pytest.fixture
def console(house: House) -> Iterator[Flask]:
    environment = environment_for(house.home, house.urls_of("console"))
    settings = config.ConsoleSettings.from_environment(environment)
    app = create_console(settings, house.console_keys, house.clock)
    yield app
    app.extensions[EXTENSION].stores.main.dispose()
    app.extensions[EXTENSION].stores.perishable.dispose()


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def signed_in(house: House, console: Flask, name: str) -> FlaskClient:
    client, member = console.test_client(), house.members[name]
    token = token_in(client.get("/sign-in", base_url=CONSOLE_URL).text)
    form = {"csrf_token": token, "email": member.email, "password": PASSWORD}
    code = member.code(house.clock())
    answer = client.post("/sign-in", data={**form, "code": code}, base_url=CONSOLE_URL)
    assert answer.status_code == 303
    return client


@pytest.mark.parametrize("backend", ["postgresql"])
@pytest.mark.parametrize("name", ["supervisor", "investigator", "admin"])
def test_no_page_of_the_console_fails(house: House, console: Flask, name: str) -> None:
    """On SQLite alone it would show nothing."""
    house.text(ANNA, "A tip about a van")
    house.drain_intake()
    alias = house.only_thread().alias
    client = signed_in(house, console, name)
    token = token_in(client.get("/", base_url=CONSOLE_URL).text)
    samples = {
        "slug": "police", "alias": alias, "member_id": house.members["other"].id,
        "filename": "console.css", "language": "es", "token": "a" * 32, "witness_id": "a" * 32,
    }  # fmt: skip
    names = fields_read_in("console")
    assert {"role", "request", "thread", "email"} <= set(names)
    asked = 0
    for rule in sorted(console.url_map.iter_rules(), key=is_ending):
        if not is_ending(rule):
            assert client.get("/", base_url=CONSOLE_URL).status_code == 200
        for path in paths_of(rule, samples):
            query = dict.fromkeys(names, NUL) | MORE
            form = {**query, "csrf_token": token}
            answer = (
                client.post(path, data=form, base_url=CONSOLE_URL)
                if "POST" in (rule.methods or ())
                else client.get(path, query_string=query, base_url=CONSOLE_URL)
            )
            answer.close()
            assert answer.status_code < 500, rule
            asked += 1
    assert asked > 100


def test_no_public_page_fails(house: House) -> None:
    client = house.app.test_client()
    names = fields_read_in("gateway/web")
    samples = {"slug": "police", "filename": "public.css", "language": "es", "place": "0/000"}
    samples["turn"] = "2-0a1b2c3d"
    for rule in house.app.url_map.iter_rules():
        for path in paths_of(rule, samples):
            form = dict.fromkeys(names, NUL)
            for answer in (client.get(path, query_string=form), client.post(path, data=form)):
                answer.close()
                assert answer.status_code < 500, rule


def test_a_text_to_a_number_with_one_reaches_no_line(house: House) -> None:
    assert house.text(ANNA, f"A tip{NUL}", line=LINE + NUL).status_code == 404
    assert house.text(ANNA + NUL, "A tip").status_code == 400
    assert house.text(ANNA, f"A {NUL}tip").status_code == 200
    house.drain_intake()
    assert house.texts() == [f"A {NUL}tip"]

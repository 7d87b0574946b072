"""What the look is made of: vendored files, colours, macros, and the links in the frame."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from flask import Flask, render_template_string

from benchmarks.screenshots import FOLDER, MOST_BYTES, PICTURES, VIEWS, file_of
from tests.console.house import CAST, TIPS, House
from tests.console.samples import page_rules
from tests.support.browser import REPOSITORY
from tipline.console import access, navigation
from tipline.lines.roles import Role

STATIC = REPOSITORY / "tipline" / "console" / "static"
SHARED = REPOSITORY / "tipline" / "web" / "static"
PUBLIC = REPOSITORY / "tipline" / "gateway" / "static"
USWDS, AXE = SHARED / "uswds", REPOSITORY / "tests" / "support" / "axe"
FILES = [
    path for folder in (STATIC, SHARED, PUBLIC) for path in folder.rglob("*") if path.is_file()
]
SHEETS = sorted(path for path in FILES if path.suffix == ".css")


@pytest.mark.parametrize("folder", [USWDS, AXE], ids=["uswds", "axe"])
def test_vendored_files_are_those_that_were_made(folder: Path) -> None:
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    files = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert files == sums
    assert re.match(r"[@a-z/-]+ \d+\.\d+\.\d+\n", (folder / "VERSION").read_text())
    assert any(name.startswith("LICENSE") for name in files)


def test_the_look_is_small() -> None:
    assert sum(path.stat().st_size for path in FILES) < 250_000


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_a_style_sheet_names_only_files_that_are_there(sheet: Path) -> None:
    css = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    assert "@import" not in css
    assert "data:" not in css
    for name in re.findall(r'url\("?([^")]*)"?\)', css):
        assert not name or (sheet.parent / name).is_file(), name


def test_every_colour_of_uswds_has_one_in_the_dark() -> None:
    used = set(re.findall(r"--usa-[a-z0-9-]+", (USWDS / "uswds.css").read_text()))
    assert len(used) > 50
    light, dark = (SHARED / "palette.css").read_text().split("@media screen")
    given = set(re.findall(r"(--[a-z0-9-]+):", dark))
    # The focus ring has one name of ours for both.
    assert used - given == {"--usa-line-2491ff"}
    assert {name for name in given if name.startswith("--usa-")} <= used, "colours of nothing"
    own = {name for name in re.findall(r"(--[a-z-]+):", light) if not name.startswith("--usa-")}
    assert own <= given


def test_every_colour_that_is_used_is_defined() -> None:
    defined = set(re.findall(r"(--[a-z0-9-]+):", (SHARED / "palette.css").read_text()))
    for sheet in set(SHEETS) - {USWDS / "uswds.css"}:
        used = set(re.findall(r"var\((--[a-z0-9-]+)\)", sheet.read_text()))
        assert used <= defined, sheet.name


def frame(house: House, name: str, path: str) -> str:
    page = house.signed_in(name).get(path).text
    return page[: page.index("<main")]


@pytest.mark.parametrize("name", [name for name, _, _ in CAST])
def test_the_frame_leads_to_what_the_member_may_open(house: House, name: str) -> None:
    browser = house.signed_in(name)
    page = browser.get("/").text
    paths = re.findall(r'<li><a href="([^"]+)"', page[: page.index("<main")])
    assert paths
    assert [path for path in paths if browser.get(path).status_code != 200] == []
    assert ("/admin" in paths) == (house.people[name].role is Role.ADMIN)


def test_the_frame_says_where_one_is(house: House) -> None:
    alias = house.text("A tip")
    assert '<a href="/" aria-current="page">Inbox</a>' in frame(house, "ann", "/")
    thread = frame(house, "ben", f"/lines/police-tips/threads/{alias}")
    assert '<a href="/" aria-current="true">Inbox</a>' in thread
    help_page = frame(house, "sue", "/help")
    assert "aria-current" not in help_page


def test_the_links_and_their_sections_exist(house: House) -> None:
    app = house.console()
    entries = navigation.SECTIONS + navigation.HELP
    assert {endpoint for endpoint, _ in entries} <= set(app.view_functions)
    assert set(navigation.PART_OF) <= set(app.blueprints), "a blueprint that is none"
    sections = {endpoint.partition(".")[0] for endpoint, _ in entries}
    assert set(navigation.PART_OF.values()) <= sections


def test_every_page_but_those_of_help_lies_in_a_section(house: House) -> None:
    app = house.console()
    sections = {endpoint.partition(".")[0] for endpoint, _ in navigation.SECTIONS}
    outside = {
        rule.endpoint
        for rule in page_rules(app)
        if navigation.PART_OF.get(rule.endpoint.partition(".")[0]) not in sections
        and rule.endpoint.partition(".")[0] not in sections
    }
    public = {"signing_in.show_form", "enrolling.show", "enrolling.done"}
    assert outside == public | {endpoint for endpoint, _ in navigation.HELP}


def test_every_page_of_a_line_is_linked(house: House) -> None:
    sue = house.signed_in("sue")
    inbox, lines = sue.get("/").text, sue.get("/lines").text
    for path in ("call", "urgent-words", "ready-made-replies"):
        assert f'href="/lines/{TIPS}/{path}"' in inbox
        assert sue.get(f"/lines/{TIPS}/{path}").status_code == 200
    for path in ("members", "escalation"):
        assert f'href="/lines/{TIPS}/{path}"' in lines
        assert sue.get(f"/lines/{TIPS}/{path}").status_code == 200


def test_nobody_is_shown_links(house: House) -> None:
    page = house.browser().get("/sign-in").text
    assert "<nav" not in page
    footer = page[page.index("<footer") : page.index("</footer>")]
    assert re.findall(r'href="([^"]*)"', footer) == ["/language/es"]


def test_links_without_declared_access_or_route_are_left_out(house: House) -> None:
    app = house.console()
    app.add_url_rule("/forgotten", "forgotten.show", lambda: "")
    entries = (
        ("forgotten.show", "Forgotten"),
        ("nowhere.show", "Nowhere"),
        ("administration.show", "Administration"),
        ("inbox.show", "Inbox"),
    )
    with app.test_request_context("/"):
        for roles, labels in (
            ({Role.INVESTIGATOR}, ["Inbox"]),
            ({Role.ADMIN}, ["Administration", "Inbox"]),
            (set(), ["Inbox"]),
        ):
            assert [link.label for link in navigation.links(entries, roles)] == labels
    assert access.declared_access(app, "forgotten.show") is None


def rendered(app: Flask, call: str, **values: object) -> str:
    with app.test_request_context("/"):
        source = "{% import 'console/macros.html' as m %}{{ " + call + " }}"
        return render_template_string(source, **values)


HOSTILE = "\"><script>alert('1')</script>&amp;"


def test_a_field_keeps_what_was_typed_and_ties_its_problem_to_it(house: House) -> None:
    call = "m.field('email', 'Email', value=value, hint='Work', problem='No.', type='email')"
    field = rendered(house.console(), call, value=HOSTILE)
    assert "<script" not in field
    assert 'value="&#34;&gt;&lt;script&gt;' in field
    assert 'aria-describedby="email-hint email-problem"' in field
    assert 'aria-invalid="true"' in field
    assert re.search(r'id="email-problem" role="alert">No\.<', field)
    assert 'id="email-hint">Work<' in field
    assert '<label class="usa-label usa-label--error" for="email">Email</label>' in field


def test_a_field_without_problem_claims_none(house: House) -> None:
    field = rendered(house.console(), "m.field('email', 'Email')")
    assert "aria-" not in field
    assert "error" not in field


def test_a_password_is_never_sent_back(house: House) -> None:
    call = "m.field('password', 'Password', value='hunter2', type='password')"
    assert "hunter2" not in rendered(house.console(), call)


def test_a_text_area_keeps_a_first_empty_line(house: House) -> None:
    field = rendered(house.console(), "m.field('about', 'About', value=value, rows=3)", value="\nx")
    # The parser drops one line break after the tag; the text's own must follow it.
    assert re.search(r"<textarea [^>]*>\n\nx</textarea>", field)


def test_a_choice_and_a_check_keep_their_state(house: House) -> None:
    app = house.console()
    choice = rendered(app, "m.select('zone', 'Zone', [('a', 'A'), ('b', 'B')], value='b')")
    assert '<option value="b" selected>' in choice
    assert choice.count("selected") == 1
    assert " checked" in rendered(app, "m.checkbox('x', 'X', is_checked=true)")
    assert " checked" not in rendered(app, "m.checkbox('x', 'X')")


def test_a_dangerous_button_asks_before_it_is_there(house: House) -> None:
    app = house.console()
    button = rendered(
        app, "m.confirm_button('/x', 'Remove', 'token', 'Sure?', 'secondary', {'id': value})",
        value=HOSTILE,
    )  # fmt: skip
    assert button.index("<summary>Remove") < button.index("Sure?") < button.index("<button")
    assert 'name="csrf_token" value="token"' in button
    assert "<script" not in button
    assert "<details" not in rendered(app, "m.confirm_button('/x', 'Release', 'token')")


def test_every_picture_of_the_docs_is_there_and_small() -> None:
    expected = {file_of(name, view) for name, _, _ in PICTURES for view in VIEWS}
    assert set(FOLDER.glob("*.png")) == expected
    page = (FOLDER / "README.md").read_text()
    for picture in expected:
        assert picture.stat().st_size <= MOST_BYTES, picture.name
        assert f"({picture.name})" in page

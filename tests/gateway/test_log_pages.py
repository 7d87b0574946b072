"""Outsiders read the log over HTTP: what a checkpoint commits to, and nothing that came since."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from tests.audit.independent import IndependentVerifier, build_verifier
from tests.gateway.helpers import LogLines
from tests.support.browser import served
from tests.support.house import House
from tests.support.logs import Keeper, download, fetch
from tipline.audit.bundles import Bundle
from tipline.audit.merkle import leaf_hash
from tipline.audit.tiles import Tile

FULL, PARTIAL = "immutable", "max-age=60"
WIDTHS = (1, 2, 3, 43, 44, 45, 128, 255, 256)


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> IndependentVerifier:
    return build_verifier(tmp_path_factory.mktemp("verifier"))


def keeper_of(house: House) -> Keeper:
    keeper = Keeper(house.stores.main)
    keeper.begin()
    return keeper


@pytest.fixture
def keeper(house: House) -> Keeper:
    return keeper_of(house)


@contextmanager
def gateway_of(house: House) -> Iterator[str]:
    with served(lambda _: house.app) as url:
        yield url


def ask(house: House, path: str) -> TestResponse:
    return house.app.test_client().get(path)


def everything_about(size: int) -> list[str]:
    """Paths of every place that a log of this size has, and of some beyond."""
    places = [
        *(Tile(level, n, w) for level in (0, 1, 2) for n in range(5) for w in WIDTHS),
        *(Bundle(n, w) for n in range(5) for w in WIDTHS),
    ]
    assert size < 5 * 256
    return [place.path() for place in places]


# -- what is there ---------------------------------------------------------------------------


@pytest.mark.timeout(600)
def test_a_verifier_that_is_not_ours_accepts_what_is_downloaded(
    house: House, keeper: Keeper, tmp_path: Path, verifier: IndependentVerifier
) -> None:
    keeper.write(300)
    keeper.publish()
    with gateway_of(house) as url:
        first = download(url, tmp_path / "first")
        keeper.write(400)
        keeper.publish()
        keeper.write(5)
        second = download(url, tmp_path / "second")
    assert verifier.judge(first, keeper.vkey).wrong == ""
    older = [first / "checkpoint"]
    assert verifier.judge(second, keeper.vkey, older=older).wrong == ""
    entry = second / "tile/entries/001"
    damaged = bytearray(entry.read_bytes())
    damaged[100] ^= 1
    entry.write_bytes(damaged)
    assert not verifier.judge(second, keeper.vkey).accepted


def test_entries_are_what_the_log_holds_of_them(house: House, keeper: Keeper) -> None:
    keeper.write(300)
    keeper.publish()
    held = keeper.commitments()
    assert len(held) == 512
    for number in (0, 1):
        answer = ask(house, f"/tile/entries/00{number}")
        part = held[number * 256 : number * 256 + 256]
        assert Bundle(number).entries(answer.data) == part
        assert ask(house, f"/tile/0/00{number}").data == b"".join(map(leaf_hash, part))


def test_a_part_of_a_tile_is_its_beginning(house: House, keeper: Keeper) -> None:
    """Somebody has a checkpoint from before, and asks for what it commits to."""
    keeper.write(300)
    keeper.publish()
    for kind in ("0", "entries"):
        whole = ask(house, f"/tile/{kind}/001").data
        for width in (1, 44, 255):
            answer = ask(house, f"/tile/{kind}/001.p/{width}")
            assert whole.startswith(answer.data)
            assert len(answer.data) == width * len(whole) // 256


def test_answers_say_what_they_are_and_how_long_they_are_good(house: House, keeper: Keeper) -> None:
    keeper.write(300)
    keeper.publish()
    for path, kind, kept in (
        ("/checkpoint", "text/plain; charset=utf-8", PARTIAL),
        ("/tile/0/000", "application/octet-stream", FULL),
        ("/tile/0/000.p/3", "application/octet-stream", PARTIAL),
        ("/tile/1/000.p/2", "application/octet-stream", PARTIAL),
        ("/tile/entries/001", "application/octet-stream", FULL),
        ("/tile/entries/001.p/3", "application/octet-stream", PARTIAL),
    ):
        answer = ask(house, path)
        assert answer.status_code == 200, path
        assert answer.headers["Content-Type"] == kind
        assert kept in answer.headers["Cache-Control"]
        assert set(answer.headers.keys()) == {
            "Content-Type", "Content-Length", "Cache-Control", "X-Content-Type-Options"
        }  # fmt: skip
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_everybody_is_answered_alike_and_nobody_is_noted(
    house: House, keeper: Keeper, log: LogLines
) -> None:
    keeper.write(1)
    keeper.publish()
    client = house.app.test_client()
    for path in ("/checkpoint", "/tile/0/000", "/tile/entries/000.p/7", "/tile/0/009"):
        plain = client.get(path)
        other = client.get(
            f"{path}?a=b",
            headers={"Accept-Language": "es", "Cookie": "a=b", "X-Forwarded-For": "10.9.8.7"},
        )
        assert (plain.status_code, plain.data) == (other.status_code, other.data)
        assert dict(plain.headers) == dict(other.headers)
    assert log.text == ""


# -- what is not -----------------------------------------------------------------------------


def test_nothing_that_came_since_is_readable_by_any_path(house: House, keeper: Keeper) -> None:
    keeper.write(300)
    note = ask(house, "/checkpoint")
    assert note.status_code == 404, "numbered, and not published"
    size = keeper.publish().size
    assert size == 512
    keeper.write(300)
    held = keeper.commitments()
    since = {part for one in held[512:] for part in (one, leaf_hash(one))}
    assert len(since) == 600
    client = house.app.test_client()
    found = {path: client.get(f"/{path}") for path in everything_about(size)}
    shown = {path for path, answer in found.items() if answer.status_code == 200}
    assert shown == {
        *(Tile(0, n, w).path() for n in (0, 1) for w in WIDTHS),
        *(Bundle(n, w).path() for n in (0, 1) for w in WIDTHS),
        *(Tile(1, 0, w).path() for w in (1, 2)),
    }
    told = b"".join(answer.data for answer in found.values())
    assert all(item not in told for item in since)
    assert all(item not in told for item in keeper.secrets())
    assert {answer.status_code for answer in found.values()} == {200, 404}
    keeper.publish()
    assert client.get("/tile/0/002.p/44").status_code == 200


def test_a_log_whose_size_is_no_multiple_is_shown_to_its_last_entry(
    house: House, keeper: Keeper
) -> None:
    """No checkpoint of ours is like that; whatever one says, nothing beyond it is shown."""
    keeper.write(300)
    keeper.publish()
    with house.stores.main.begin() as connection:
        connection.execute(text("UPDATE audit_checkpoints SET size = 300"))
    for kind in ("0", "entries"):
        assert ask(house, f"/tile/{kind}/001.p/44").status_code == 200
        for tail in ("", ".p/45", ".p/255"):
            assert ask(house, f"/tile/{kind}/001{tail}").status_code == 404
    assert ask(house, "/tile/1/000.p/1").status_code == 200
    assert ask(house, "/tile/1/000.p/2").status_code == 404


def test_of_two_logs_the_newer_is_shown(house: House, keeper: Keeper) -> None:
    """After a restore another log goes on; parts of both would fit no checkpoint."""
    keeper.write(1)
    keeper.publish()
    columns = "number, origin, size, vkey"
    with house.stores.main.begin() as connection:
        connection.execute(
            text(f"INSERT INTO audit_logs ({columns}) VALUES (2, 'tips.example.org/log2', 0, 'x')")
        )
    assert ask(house, "/checkpoint").status_code == 404
    assert ask(house, "/tile/0/000").status_code == 404


@pytest.mark.parametrize("path", ["/checkpoint", "/tile/0/000", "/tile/entries/000.p/1"])
def test_no_log_yet(house: House, path: str, log: LogLines) -> None:
    answer = ask(house, path)
    assert answer.status_code == 404
    assert answer.mimetype == "text/plain"
    assert answer.text.endswith(".\n")
    assert answer.headers["Cache-Control"] == "no-store", "it may be there a minute later"
    assert log.text == ""


@pytest.mark.parametrize(
    "path",
    ["0/0", "0/00", "0/0000", "00/000", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/000/",
     "64/000", "0/x000/000", "0/001x", "0/-01", "-1/000", "0/000.p", "0/000.p/1.p/1",
     "entries/000.p/256", "entries/0", "Entries/000", "0//000", "0/../0/000", "0/%2e%2e/000",
     "0/000%00", "0/٠٠٠", "8/0/000", "0/" + "x999/" * 6 + "999",
     "0/" + "x999/" * 700 + "999", "entries/000%0a"],
)  # fmt: skip
def test_only_one_spelling_of_a_place_is_known(sqlite_house: House, path: str) -> None:
    keeper = keeper_of(sqlite_house)
    keeper.write(1)
    keeper.publish()
    answer = ask(sqlite_house, f"/tile/{path}")
    assert answer.status_code == 404
    assert answer.mimetype == "text/plain"


def test_a_doubled_stroke_leads_to_no_other_host(sqlite_house: House) -> None:
    client = sqlite_house.app.test_client()
    answer = client.get("/tile//0/000?a=b", headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer.headers["Location"]) == (308, "/tile/0/000")
    assert b"elsewhere" not in answer.data


def test_a_store_out_of_reach_is_told_in_a_sentence(house: House, log: LogLines) -> None:
    with house.stores.main.begin() as connection:
        connection.execute(text("ALTER TABLE audit_checkpoints RENAME TO hidden"))
    answer = ask(house, "/checkpoint")
    assert answer.status_code == 503
    assert answer.text == "Not just now. Please ask again later.\n"
    assert log.codes() == ["log_page_failed"]


def test_over_real_http(house: House, keeper: Keeper) -> None:
    keeper.write(3)
    keeper.publish()
    with gateway_of(house) as url:
        assert fetch(f"{url}/checkpoint").startswith(b"tips.example.org/log\n256\n")
        assert len(fetch(f"{url}/tile/0/000")) == 256 * 32
        connection = http.client.HTTPConnection(str(urlsplit(url).netloc), timeout=30)
        connection.request("HEAD", "/tile/0/000")
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Content-Length"]) == (200, "8192")
        assert answer.read() == b""
        connection.close()


@pytest.mark.parametrize(("language", "word"), [("en", "log"), ("es", "registro")])
def test_the_help_page_leads_to_it(sqlite_house: House, language: str, word: str) -> None:
    page = ask(sqlite_house, f"/{language}/help").text
    (line,) = [item for item in page.splitlines() if 'href="/checkpoint"' in item]
    assert word in line

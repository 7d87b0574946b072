"""The same way with curl: the pages need no browser."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.gateway.web.helpers import (
    PAGE_SIZE,
    SLUG,
    TIP,
    WHAT,
    fields_of,
    number_of,
    said,
    words_of,
)
from tests.support.browser import served
from tests.support.house import House

EMPTY = "There are no replies for these words."


class Curl:
    """Fetches and posts as somebody does at a prompt."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder

    def __call__(self, path: str, fields: dict[str, str] | None = None) -> str:
        command = ["curl", "--silent", "--show-error", "--max-time", "30", "--cookie-jar", "jar"]
        for name, value in (fields or {}).items():
            command += ["--data-urlencode", f"{name}={value}"]
        done = subprocess.run(
            [*command, self.url + path],
            cwd=self.folder, capture_output=True, check=True,
        )  # fmt: skip
        assert len(done.stdout) == PAGE_SIZE
        return done.stdout.decode()

    def follow(self, page: str, path: str, **more: str) -> str:
        """Post the form of a page that leads to a path."""
        return self(path, {**fields_of(page, path), **more})


def test_from_the_form_to_being_forgotten(house: House, tmp_path: Path) -> None:
    with served(lambda url: house.new_gateway(url=url)) as url:
        curl = Curl(url, tmp_path)
        form, replies = f"/en/tip/{SLUG}", "/en/replies"
        receipt = curl.follow(curl(form), form, **TIP)
        words = words_of(receipt)
        house.drain()
        assert any(WHAT in text for text in house.texts())
        mailbox = curl(replies, {"words": words})
        assert number_of(mailbox) == number_of(receipt)
        assert EMPTY in said(mailbox)
        house.reply("Which van was it?")
        house.drain()
        mailbox = curl(replies, {"words": words})
        assert "Which van was it?" in said(mailbox)
        curl.follow(mailbox, f"{replies}/message", text="The one with the dent.")
        house.drain()
        assert "The one with the dent." in house.texts()
        for what in ("delete", "forget"):
            asked = curl.follow(mailbox, f"{replies}/{what}")
            curl.follow(asked, f"{replies}/{what}")
            house.drain()
            assert EMPTY in said(curl(replies, {"words": words}))
    jar = tmp_path / "jar"
    kept = jar.read_text().splitlines() if jar.exists() else []
    assert [line for line in kept if line and not line.startswith("# ")] == []

"""A language in which every sentence of the catalogues stands in brackets, and what does not.

What a sentence is filled with stands outside of its brackets again: so words that were put into a
sentence without having been marked themselves are found as well.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
# Cherokee: spoken in the United States, and Babel writes its dates without a Latin letter.
LANGUAGE, NAME = "chr", "⟦⟧"
OPEN, CLOSE = "⟦", "⟧"
TAG = re.compile(r"(<[^>]*>)")
PLACE = re.compile(r"%\(\w+\)[a-z]")
SHOWN_ATTRIBUTE = re.compile(r'((?:aria-label|title|placeholder|alt)=")([^"]*)(")')
LATIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏ]")

VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "source", "wbr"})
NOT_READ = frozenset({"script", "style", "textarea"})  # what is typed belongs to whoever types
FOR_PEOPLE = frozenset(
    {"aria-label", "aria-description", "aria-valuetext", "alt", "label", "placeholder", "title"}
)
# What scripts read and nobody sees, and the texts that staff has written.
FOR_SCRIPTS = frozenset(
    {"data-ask", "data-make", "data-basic", "data-extended", "data-plain", "data-key", "data-text"}
)
TOKEN = "csrf_token"
FIELDS = frozenset({"input", "select", "textarea", "button"})


def write_catalogue(folder: Path) -> Path:
    """Compile the catalogue of that language from what stands in the code."""
    file = folder / LANGUAGE / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True)
    with file.open("wb") as written:
        write_po(written, Catalog(locale=LANGUAGE, fuzzy=False))
    environment = {**os.environ, "BABEL_PYTHON": sys.executable}
    subprocess.run(
        [ROOT / "scripts" / "catalogues", folder], check=True, env=environment, timeout=100
    )
    with file.open("rb") as written:
        catalogue = read_po(written, locale=LANGUAGE)
    for message in catalogue:
        if message.id:
            is_one = isinstance(message.id, str)
            message.string = bracketed(message.id) if is_one else tuple(map(bracketed, message.id))
    with file.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, catalogue)
    return folder


def bracketed(sentence: str) -> str:
    """Put a sentence into brackets, and what it will be filled with out of them."""
    return f"{OPEN}{''.join(map(_opened, TAG.split(sentence)))}{CLOSE}"


def _opened(part: str) -> str:
    if part.startswith("<"):
        return SHOWN_ATTRIBUTE.sub(lambda found: found[1] + bracketed(found[2]) + found[3], part)
    return PLACE.sub(rf"{CLOSE}\g<0>{OPEN}", part)


@dataclass
class Form:
    """A form of a page, with what it sends: names, types and values of its fields."""

    action: str
    fields: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def is_filled_in(self) -> bool:
        """Tell whether there is more to do than to press a button."""
        return any(kind not in {"hidden", "submit"} for _, kind, _ in self.fields)

    def sent(self, typed: str, token: str) -> dict[str, str]:
        """Return what it sends if this is typed everywhere. Nothing typed: nothing chosen."""
        data = {}
        for name, kind, value in self.fields:
            if kind in {"hidden", "submit"}:
                data.setdefault(name, value)
            elif typed or kind not in {"checkbox", "radio", "select"}:
                data[name] = typed
        return {**data, TOKEN: token}


class Page(HTMLParser):
    """Reads a page: which words that people see stand in no bracket, and which forms there are."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._words: list[str] = []
        self._depth = 0
        self._unread: list[str] = []
        self.feed(text)
        self.close()
        if self._depth:
            self._words.append("a bracket is cut off")

    def unmarked(self, allowed: re.Pattern[str]) -> list[str]:
        """Return what stands in no bracket, and is nothing that people have made up."""
        return [words for words in self._words if LATIN.search(allowed.sub("", words))]

    def token(self) -> str:
        """Return what the forms of this session carry."""
        fields = (one for form in self.forms for one in form.fields)
        return next((value for name, _, value in fields if name == TOKEN), "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self._unread or tag in NOT_READ or ("lang" in given and tag != "html"):
            self._unread += [tag] * (tag not in VOID)
        for value in _for_people(tag, given):
            self._words += _outside(value)
        self._note_form(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unread:
            del self._unread[max(i for i, name in enumerate(self._unread) if name == tag) :]

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self._words += self._outside_here(data)

    def _outside_here(self, text: str) -> Iterator[str]:
        for part in re.split(f"([{OPEN}{CLOSE}])", text):
            self._depth += (part == OPEN) - (part == CLOSE)
            if self._depth == 0 and part.strip(f" \n{CLOSE}"):
                yield " ".join(part.split())

    def _note_form(self, tag: str, given: dict[str, str]) -> None:
        if tag == "form" and given.get("method", "").lower() == "post":
            self.forms.append(Form(given.get("action", "")))
        elif given.get("formaction"):  # the same fields go to somewhere else
            self.forms.insert(-1, Form(given["formaction"], self.forms[-1].fields))
        elif tag in FIELDS and given.get("name") and self.forms:
            kind = given.get("type", "submit" if tag == "button" else "text")
            kind = tag if tag in {"select", "textarea"} else kind
            self.forms[-1].fields.append((given["name"], kind, given.get("value", "")))


def _for_people(tag: str, given: dict[str, str]) -> Iterator[str]:
    for name, value in given.items():
        if name in FOR_PEOPLE or name == "data-label":
            yield value
        elif name.startswith("data-") and name not in FOR_SCRIPTS:
            yield from _sentences(value)
    if tag == "input" and given.get("type") in {"submit", "button", "reset"}:
        yield given.get("value", "")


def _sentences(value: str) -> Iterator[str]:
    """Yield what a script shows: a value that looks like words, or all those in an object."""
    if value.startswith("{"):
        found: list[str] = []
        json.loads(value, object_pairs_hook=lambda pairs: found.extend(_texts(pairs)))
        yield from found
    elif " " in value or value[:1].isupper():
        yield value


def _texts(pairs: list[tuple[str, object]]) -> Iterator[str]:
    for _, value in pairs:
        yield from (str(one) for one in (value if isinstance(value, list) else [value]) if one)


def _outside(value: str) -> list[str]:
    depth, found = 0, []
    for part in re.split(f"([{OPEN}{CLOSE}])", value):
        depth += (part == OPEN) - (part == CLOSE)
        if depth == 0 and part.strip(f" {CLOSE}"):
            found.append(part.strip())
    return found

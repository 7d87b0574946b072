"""Every sentence stands in every language's catalogue, with the same places, tags and points."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po, write_po

from tipline.language.languages import CATALOGUES, DEFAULT_LANGUAGE, LANGUAGES

ROOT = Path(__file__).parents[2]
OTHERS = [code for code in LANGUAGES if code != DEFAULT_LANGUAGE]
FILES = ("messages.po", "messages.mo")
# What Python fills in, or a script of the page. Babel itself lets a translation lose one.
PLACE = re.compile(r"%\(\w+\)[a-z]|\{\w+\}")
TAG = re.compile(r"<[^>]*>")
# What a sentence has at its ends of these is the same in any language.
POINTS = set(".:;,?!…·")
# What Spanish begins a question or an exclamation with.
OPENING = "¿¡"


def folder_of(code: str, catalogues: Path = CATALOGUES) -> Path:
    return catalogues / code / "LC_MESSAGES"


def catalogue(code: str, catalogues: Path = CATALOGUES) -> Catalog:
    with (folder_of(code, catalogues) / "messages.po").open("rb") as file:
        return read_po(file, locale=code)


def keep(changed: Catalog, file: Path) -> None:
    with file.open("wb") as written:
        write_po(written, changed, width=100)


def refreshed(catalogues: Path) -> dict[str, bytes]:
    """Take what stands in the code into these catalogues, and return their files."""
    environment = {**os.environ, "BABEL_PYTHON": sys.executable}
    subprocess.run(
        [ROOT / "scripts" / "catalogues", catalogues], check=True, env=environment, timeout=100
    )
    return files(catalogues)


def files(catalogues: Path) -> dict[str, bytes]:
    return {
        f"{code}/{name}": (folder_of(code, catalogues) / name).read_bytes()
        for code in OTHERS
        for name in FILES
    }


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(CATALOGUES, tmp_path / "catalogues")


def test_the_catalogues_hold_what_stands_in_the_code(copy: Path) -> None:
    known = set(os.listdir(CATALOGUES))
    assert known == set(OTHERS), "a catalogue without a language, or a language without one"
    written = refreshed(copy)
    stale = [name for name, content in files(CATALOGUES).items() if written[name] != content]
    assert stale == [], "run `make catalogues`, and translate what is new"


@pytest.mark.parametrize("planted", ["a new sentence", "a sentence of old", "old words compiled"])
def test_a_planted_difference_from_the_code_is_found(planted: str, copy: Path) -> None:
    code = OTHERS[0]
    changed, file = catalogue(code, copy), folder_of(code, copy) / "messages.po"
    if planted == "a new sentence":  # new in the code, that is
        changed.delete(next(sentences(changed)).id)
        keep(changed, file)
    elif planted == "a sentence of old":
        changed.add("No code says this any more.", "Ya nadie lo dice.")
        keep(changed, file)
    else:
        file = file.with_suffix(".mo")
        file.write_bytes(file.read_bytes().replace(b"a", b"e"))
    before = files(copy)
    assert refreshed(copy)[f"{code}/{file.name}"] != before[f"{code}/{file.name}"]


@pytest.mark.parametrize("code", OTHERS)
def test_every_sentence_is_translated_as_it_is_built(code: str) -> None:
    assert list(faults(catalogue(code))) == []


# What a translator may get wrong of which sentence, and the word for it.
PLANTED: list[tuple[str, str | tuple[str, str], str | tuple[str, str], str]] = [
    ("untranslated", "Lines", "", "untranslated"),
    ("no plural", ("One tip", "%(count)s tips"), ("Un aviso", ""), "untranslated"),
    ("lost place", "Members of %(name)s", "Miembros", "places"),
    ("other place", "Members of %(name)s", "Miembros de %(nombre)s", "places"),
    ("broken place", "%(name)s has keys", "%(name) tiene claves", "places"),
    ("plural's place", ("One tip", "%(count)s tips"), ("Un aviso", "%(n)s avisos"), "places"),
    ("script's place", "{count} new", "{cuenta} nuevos", "places"),
    ("lost tag", "See <b>here</b>", "Vea aquí", "tags"),
    ("other attribute", "<a href='%(url)s'>Go</a>", "<a id='%(url)s'>Ir</a>", "tags"),
    ("other class", "<i class='a'>Go</i>", "<i class='b'>Ir</i>", "tags"),
    ("lost end", "It is kept.", "Se guarda", "points"),
    ("other end", "Name:", "Nombre.", "points"),
    ("end in a tag", "<b>Name:</b>", "<b>Nombre</b>", "points"),
    ("lost question", "Safe?", "A salvo", "points"),
    ("half a question", "Safe?", "A salvo?", "half a question"),
    ("lost space", " of it", "de ello", "points"),
]


@pytest.mark.parametrize(
    ("english", "spanish", "fault"), [plant[1:] for plant in PLANTED], ids=[p[0] for p in PLANTED]
)
def test_a_planted_fault_is_found(
    english: str | tuple[str, str], spanish: str | tuple[str, str], fault: str
) -> None:
    doctored = Catalog(locale="es", fuzzy=False)
    doctored.add(english, spanish)
    assert {found.split(":")[0] for found in faults(doctored)} == {fault}


def test_a_planted_guess_of_babels_is_found() -> None:
    doctored = Catalog(locale="es", fuzzy=False)
    doctored.add("Lines", "Líneas")
    assert list(faults(doctored)) == []
    doctored.get("Lines").flags.add("fuzzy")
    assert list(faults(doctored)) == ["fuzzy: 'Lines'"]


def sentences(found: Catalog) -> Iterator[Message]:
    return (message for message in found if message.id)


def faults(found: Catalog) -> Iterator[str]:
    """Yield what is wrong with a catalogue: the kind, and the sentence."""
    for message in sentences(found):
        if message.fuzzy:
            yield f"fuzzy: {message.id!r}"
        said = pairs(message, found.num_plurals)
        if not all(translated.strip() for _, translated in said):
            yield f"untranslated: {message.id!r}"
            continue
        if message.check(found):
            yield f"places: {message.id!r}"
        for fault, of in (("places", places), ("tags", tags), ("points", points)):
            if any(of(english) != of(translated) for english, translated in said):
                yield f"{fault}: {message.id!r}"
        if is_spanish(found) and any(form.count("?") != form.count("¿") for _, form in said):
            yield f"half a question: {message.id!r}"


def pairs(message: Message, number_of_plurals: int) -> list[tuple[str, str]]:
    """Return each translated form beside the English one that it stands for."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    one, more = message.id
    forms = message.string if isinstance(message.string, tuple | list) else ()
    forms = [*forms, *[""] * (number_of_plurals - len(forms))]
    return [(more if number or len(forms) == 1 else one, form) for number, form in enumerate(forms)]


def places(sentence: str) -> set[str]:
    return set(PLACE.findall(sentence))


class Tags(HTMLParser):
    """Counts the tags of a sentence, with what stands in them."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()
        self.feed(sentence)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[f"<{tag} {sorted(attrs)}>"] += 1

    def handle_endtag(self, tag: str) -> None:
        self.found[f"</{tag}>"] += 1


def tags(sentence: str) -> Counter[str]:
    return Tags(sentence).found


def points(sentence: str) -> tuple[str, ...]:
    """Return what a sentence has at both ends, unless it is a letter, and how much it asks."""
    words = TAG.sub("", sentence)
    plain = words.strip()
    ends = (plain.lstrip(OPENING)[:1], plain[-1:])
    return (*words.split(plain, 1), *(end * (end in POINTS) for end in ends), str(words.count("?")))


def is_spanish(found: Catalog) -> bool:
    return str(found.locale).startswith("es")

"""A line's list of urgent words, which its members change."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tipline.console.incidents import note_incident
from tipline.console.language import sentence_of
from tipline.console.refusals import StaleFormError
from tipline.console.services import console
from tipline.console.staff import OpenLine, line_or_404
from tipline.crypto.errors import NotAuthenticError
from tipline.errors import TiplineError
from tipline.incidents.services import IncidentKind
from tipline.lines.urgent_words import (
    DEFAULT_WORDS,
    MAX_ENTRY_CHARACTERS,
    MOST_ENTRIES,
    WordsRefusedError,
    checked_words,
)
from tipline.lines.word_lists import ListChangedError, UrgentWordLists, UrgentWords

# In the place of a version: what is stored was not written by a member of the line.
FORGED = "forged"
VERSION = re.compile(r"0|[1-9]\d{0,8}")

words = Blueprint("words", __name__)
Page = str | tuple[str, int]


@dataclass(frozen=True, slots=True)
class ListForm:
    """What stands in the form: the list, the version that it was made from, and what is wrong."""

    text: str
    version: str
    problem: str = ""


@words.get("/lines/<slug>/urgent-words")
def show(slug: str) -> str:
    """Show the list."""
    line = line_or_404(slug)
    stored = _stored(line)
    if stored is None:
        return _page(line, ListForm("\n".join(DEFAULT_WORDS), FORGED), None)
    return _page(line, ListForm("\n".join(stored.entries), str(stored.version)), stored)


@words.post("/lines/<slug>/urgent-words")
def keep(slug: str) -> Page | Response:
    """Keep a changed list, or say beside it why not, with what was typed."""
    line = line_or_404(slug)
    version, text = request.form.get("version", ""), request.form.get("words", "")
    if version != FORGED and not VERSION.fullmatch(version):
        raise StaleFormError
    if request.form.get("do") == "defaults":
        text = "\n".join(DEFAULT_WORDS)
    try:
        _keep(line, checked_words(text), version)
    except WordsRefusedError as error:
        return _page(line, ListForm(text, version, sentence_of(error)), None), 400
    except ListChangedError as error:
        return _lost_update(line, text, error)
    return redirect(url_for("words.show", slug=slug, kept="1"), 303)


def _lists() -> UrgentWordLists:
    services = console()
    return UrgentWordLists(services.stores.main, services.lines)


def _stored(line: OpenLine) -> UrgentWords | None:
    """Return the line's list, or None if somebody else wrote it."""
    try:
        return _lists().of(line.id)
    except NotAuthenticError:
        note_incident(IncidentKind.FORGED_WORD_LIST)
        return None


def _keep(line: OpenLine, entries: tuple[str, ...], version: str) -> None:
    if version != FORGED:
        _lists().keep(line.bundle, entries, seen=int(version))
        return
    if _stored(line) is not None:  # another member has already put a list in its place
        raise ListChangedError
    _lists().replace_forged(line.bundle, entries)


def _lost_update(line: OpenLine, text: str, error: TiplineError) -> tuple[str, int]:
    stored = _stored(line)
    version = str(stored.version) if stored else FORGED
    return _page(line, ListForm(text, version, sentence_of(error)), stored), 409


def _page(line: OpenLine, form: ListForm, stored: UrgentWords | None) -> str:
    return render_template(
        "console/inbox/urgent_words.html",
        line=line,
        form=form,
        stored=stored,
        is_forged=form.version == FORGED,
        was_kept=request.method == "GET" and "kept" in request.args,
        most=MOST_ENTRIES,
        longest=MAX_ENTRY_CHARACTERS,
    )

"""A member's saved filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from tipline.console.inbox.choices import Choices, inbox_address
from tipline.console.language import sentence_of
from tipline.console.refusals import NoSuchPageError
from tipline.console.services import console
from tipline.console.staff import current_member
from tipline.threads.saved_filters import (
    FilterRefusedError,
    FilterShelf,
    NamelessFilterError,
    TooManyFiltersError,
)

PROBLEM = "unsaved"
PROBLEMS = {error.__name__: error for error in (NamelessFilterError, TooManyFiltersError)}

saved = Blueprint("saved", __name__)


@dataclass(frozen=True, slots=True, repr=False)
class SavedLink:
    """A saved filter with its address, which is empty when it names what is no more."""

    name: str
    address: str


@saved.post("/inbox/filters")
def save() -> Response:
    """Keep the choices of the page under a name, or say why not."""
    chosen = Choices.read(request.args)
    if chosen.line not in {line.slug for line in current_member().lines} | {""}:
        raise NoSuchPageError
    choices = chosen.fields()
    try:
        shelf().save(request.form.get("name", ""), choices)
    except FilterRefusedError as error:
        here = inbox_address(choices | {PROBLEM: type(error).__name__}, "save")
        return redirect(here, 303)
    return redirect(inbox_address(choices), 303)


@saved.post("/inbox/filters/delete")
def delete() -> Response:
    """Forget a saved filter."""
    shelf().delete(request.form.get("name", ""))
    return redirect(inbox_address(Choices.read(request.args).fields()), 303)


def shelf() -> FilterShelf:
    """Return the member's filters."""
    member = current_member()
    return FilterShelf(console().stores, member.id, member.key)


def problem_words(fields: Mapping[str, str]) -> str:
    """Return why a filter was not kept, or nothing if an address does not say so."""
    problem = PROBLEMS.get(fields.get(PROBLEM, ""))
    return sentence_of(problem()) if problem else ""


def saved_links(slugs: set[str]) -> list[SavedLink]:
    """Return the member's filters as links."""
    return [SavedLink(one.name, _address(one.choices, slugs)) for one in shelf().all()]


def _address(fields: dict[str, str], slugs: set[str]) -> str:
    try:
        choices = Choices.read(fields)
    except NoSuchPageError:
        return ""
    return inbox_address(choices.fields()) if choices.line in slugs | {""} else ""

"""The first page, the help page, and addresses without a language."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from tipline.gateway.web.frame import public
from tipline.gateway.web.services import pages
from tipline.web.language import asked_language

# Addresses as people type them or as brochures print them.
without_language = Blueprint("without_language", __name__)


@public.get("/")
def home() -> str:
    """Show which lines take tips, by their certified names."""
    return render_template("public/home.html", lines=pages().lines.all())


@public.get("/help")
def help_page() -> str:
    """Show who can see what, how the words work, and what is kept."""
    return render_template("public/help.html")


@without_language.get("/")
def first() -> AnyResponse:
    """Lead to the first page in the browser's language."""
    return _in_asked_language("public.home")


@without_language.get("/tip/<slug>")
def tip(slug: str) -> AnyResponse:
    """Lead to a line's form in the browser's language."""
    return _in_asked_language("public.show_form", slug=slug)


@without_language.get("/replies")
def replies() -> AnyResponse:
    """Lead to the page that asks for the words, in the browser's language."""
    return _in_asked_language("public.ask_for_words")


@without_language.get("/help")
def help_without_language() -> AnyResponse:
    """Lead to the help page in the browser's language."""
    return _in_asked_language("public.help_page")


def _in_asked_language(endpoint: str, slug: str = "") -> AnyResponse:
    values: dict[str, Any] = {"slug": slug} if slug else {}
    response = redirect(url_for(endpoint, language=asked_language(), **values), 303)
    response.vary.add("Accept-Language")
    return response

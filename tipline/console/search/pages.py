"""The search page. What was typed is posted and kept sealed: no address holds a word of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext, pgettext
from werkzeug.wrappers import Response

from tipline.audit.recording import acting
from tipline.console.refusals import NoSuchPageError
from tipline.console.search.form import SearchForm
from tipline.console.search.saved import SavedSearches
from tipline.console.search.sources import line_texts, nudge_indexing
from tipline.console.services import console
from tipline.console.staff import OpenLine, StaffLine, current_member, open_lines
from tipline.search.finding import ResultPage, ResultPosition, Search
from tipline.threads.contents import MessageKind

TOKEN = re.compile(r"[0-9a-f]{32}")
POSITION = re.compile(r"(\d{1,18})\.([0-9a-f]{32})")
search = Blueprint("search", __name__)


@search.get("/search")
def show() -> str:
    """Show an empty form. While words are typed, what is not indexed yet is."""
    lines, refused = open_lines()
    for line in lines:
        nudge_indexing(line)
    return _page(SearchForm(), lines, refused)


@search.post("/search")
def find() -> tuple[str, int] | Response:
    """Keep what was typed and go to its results, or say beside the fields what is wrong."""
    lines, refused = open_lines()
    form = SearchForm.of(request.form)
    if not form.check([line.slug for line in lines]):
        return _page(form, lines, refused), 400
    member = current_member()
    token = _saved().keep(member.id, member.key, form.fields())
    return redirect(url_for("search.results", token=token), 303)


@search.get("/search/<token>")
def results(token: str) -> str:
    """Show results, ten threads at a time, the one with the newest message first."""
    member = current_member()
    fields = _saved().load(member.id, member.key, token) if TOKEN.fullmatch(token) else None
    if fields is None:
        raise NoSuchPageError
    position = _position()
    lines, refused = open_lines()
    form = SearchForm.of(fields)
    if not form.check([line.slug for line in lines]):
        return _page(form, lines, refused)  # the member has lost the line since
    chosen = [line for line in lines if form.line in ("", line.slug)]
    texts = [line_texts(line) for line in chosen]
    page = Search(console().stores, texts, form.query()).page(position)
    acting().found = len(page.results)
    for line in chosen:
        nudge_indexing(line)
    return _page(form, lines, refused, page, token)


def _page(
    form: SearchForm,
    lines: Sequence[OpenLine],
    refused: Sequence[StaffLine],
    page: ResultPage | None = None,
    token: str = "",
) -> str:
    older = ""
    if page is not None and page.next is not None:
        older = f"{page.next.activity}.{page.next.thread_id}"
    return render_template(
        "console/search/search.html",
        form=form,
        lines={line.id: line for line in lines},
        refused=refused,
        page=page,
        token=token,
        older=older,
        is_first_page="after" not in request.args,
        writers=_writers(),
    )


def _writers() -> dict[MessageKind | None, str]:
    """Return from what a piece of text is, by the kind of its message."""
    return {
        MessageKind.RESIDENT: gettext("From the resident"),
        MessageKind.REPLY: pgettext("message", "Reply"),
        MessageKind.NOTE: gettext("Internal note"),
        None: gettext("Case file"),
    }


def _position() -> ResultPosition | None:
    if "after" not in request.args:
        return None
    parts = POSITION.fullmatch(request.args["after"])
    if parts is None:
        raise NoSuchPageError
    return ResultPosition(int(parts[1]), parts[2])


def _saved() -> SavedSearches:
    services = console()
    return SavedSearches(services.stores.perishable, services.clock)

"""The thread page: what it shows, whichever form has just been taken or refused."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from flask import render_template

from tipline.console.incidents import note_incident
from tipline.console.services import console
from tipline.console.thread.case_form import OUTCOMES
from tipline.console.thread.conversation import Conversation, Window, read_conversation
from tipline.console.thread.days import by_day, is_night
from tipline.console.thread.opening import Desk
from tipline.console.thread.problems import Problem
from tipline.console.thread.segment_words import advice_words, script_words, sent_as
from tipline.console.wording import in_zone
from tipline.crypto.errors import CannotOpenError, NotAuthenticError
from tipline.delivery.replying import WayBack
from tipline.incidents.services import IncidentKind
from tipline.language.languages import LANGUAGES as ANSWERED_IN
from tipline.lines.canned_replies import (
    LANGUAGES,
    CannedReplies,
    by_language,
    read_canned_replies,
)
from tipline.text.segments import (
    GSM_BASIC,
    GSM_EXTENDED,
    MAX_BODY_CHARACTERS,
    PLAIN,
    advise,
)
from tipline.threads.casefile import CaseFile, read_case_file, stored_version
from tipline.threads.drafts import SavedDraft
from tipline.threads.notes import MOST_NOTE_CHARACTERS

# A carriage return never reaches the script: browsers hand it texts with line feeds alone.
GSM_FOR_SCRIPT = {
    "basic": "".join(sorted(GSM_BASIC - {"\r"})),
    "extended": "".join(sorted(GSM_EXTENDED)),
    "plain": PLAIN,
}


@dataclass(frozen=True, slots=True, repr=False)
class Box:
    """A box to write in. However often it is posted, its token makes it one reply or one note."""

    text: str = ""
    problem: Problem | None = None
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    draft: SavedDraft | None = None

    @classmethod
    def of_draft(cls, draft: SavedDraft | None) -> Box:
        """Return the box with what was saved for it."""
        return cls(draft.text, token=draft.token, draft=draft) if draft else cls()


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """What else a thread page shows.

    `new_after`: entries after this sequence are marked as new; the reply was not sent because of
    them. `problem` stands above the page.
    """

    reply: Box = field(default_factory=Box)
    note: Box = field(default_factory=Box)
    problem: Problem | None = None
    new_after: int | None = None


def thread_page(
    desk: Desk,
    shown: Shown,
    conversation: Conversation | None = None,
    window: Window | None = None,
) -> str:
    """Return the thread page; without a window the newest entries and the boxes to write in."""
    summary = desk.thread.summary
    conversation = conversation or read_conversation(desk.line, desk.thread, window)
    case_file, is_case_refused = case_file_of(desk)
    canned, are_canned_refused = canned_of(desk)
    language = desk.thread.language or desk.line.language
    return render_template(
        "console/thread/page.html",
        line=desk.line,
        thread=summary,
        is_asked_for=summary.is_restricted
        and bool(console().restricted.of_thread(summary.id, desk.member.id)),
        member=desk.member,
        conversation=conversation,
        days=by_day(conversation.entries, desk.line.time_zone),
        is_newest=window is None,
        reply=shown.reply,
        note=shown.note,
        problem=shown.problem,
        new_after=shown.new_after,
        case_file=case_file,
        is_case_refused=is_case_refused,
        canned=canned,
        canned_groups=by_language(canned, language),
        thread_language=language,
        is_language_told=bool(desk.thread.language),
        answered_in=ANSWERED_IN,
        are_canned_refused=are_canned_refused,
        outcomes=OUTCOMES,
        languages=LANGUAGES,
        most_note=MOST_NOTE_CHARACTERS,
        **_way_back(desk, shown.reply.text),
    )


def case_file_of(desk: Desk) -> tuple[CaseFile, bool]:
    """Return a thread's case file, and whether what is stored was refused as not authentic."""
    services = console()
    try:
        return read_case_file(services.stores, desk.thread, services.lines), False
    except (NotAuthenticError, CannotOpenError):
        note_incident(IncidentKind.FORGED_CASEWORK)
        # The version that is stored, so that whoever saves now replaces what is not authentic.
        return CaseFile(version=stored_version(services.stores, desk.thread)), True


def canned_of(desk: Desk) -> tuple[CannedReplies, bool]:
    """Return the line's ready-made replies, and whether what is stored was refused."""
    services = console()
    try:
        return read_canned_replies(services.stores.main, services.lines, desk.line.id), False
    except (NotAuthenticError, CannotOpenError):
        note_incident(IncidentKind.FORGED_CASEWORK)
        return CannedReplies(), True


def _way_back(desk: Desk, typed: str) -> dict[str, Any]:
    """Return what holds for a reply: a letter waits without a text, so it costs nothing by night.

    Nothing but its length matters there.
    """
    way = console().replier.way_back(desk.thread.summary.id)
    text = typed.replace("\r\n", "\n").strip()
    found: dict[str, Any] = {
        "has_way_back": way is not None,
        "is_letter": way is WayBack.LETTER,
        "characters": len(text),
        "most": MAX_BODY_CHARACTERS,
    }
    return found if way is WayBack.LETTER else found | _costs(text) | _night(desk)


def _costs(text: str) -> dict[str, Any]:
    advice = advise(text)
    price = console().settings.segment_price
    return {
        "sent_as": sent_as(advice.count, price),
        "advice_words": advice_words(advice),
        "gsm": GSM_FOR_SCRIPT,
        "segment_price": price,
        "script_words": script_words(is_priced=price is not None),
    }


def _night(desk: Desk) -> dict[str, Any]:
    zone, now = desk.line.time_zone, console().clock()
    return {"is_night": is_night(now, zone), "line_time": f"{in_zone(now, zone):%H:%M %Z}"}

"""What members did with a thread, in sentences that begin with who did it."""

from __future__ import annotations

from flask_babel import gettext
from markupsafe import Markup, escape

from tipline.language.languages import LANGUAGES
from tipline.language.marking import marked
from tipline.threads.contents import MessageContent
from tipline.threads.events import Event

PLAIN = {
    Event.CLAIMED: marked("%(who)s took this thread"),
    Event.RELEASED: marked("%(who)s released this thread"),
    Event.MARKED_URGENT: marked("%(who)s marked this thread as urgent"),
    Event.MARKED_NOT_URGENT: marked("%(who)s took the urgent mark away"),
    Event.CLOSED: marked("%(who)s closed this thread"),
    Event.REOPENED: marked("%(who)s reopened this thread"),
    Event.UNRESTRICTED: marked("%(who)s opened this thread to the whole line again"),
    Event.CASE_FILE_CHANGED: marked("%(who)s changed the case file"),
    Event.PRINTED: marked("%(who)s printed this thread"),
}
# Of these the detail is the id of one member or of several, with commas between.
ABOUT_MEMBERS = {
    Event.ASSIGNED: marked("%(who)s assigned this thread to %(whom)s"),
    Event.RESTRICTED: marked("%(who)s restricted this thread to %(whom)s"),
    Event.NAMED: marked("%(who)s let %(whom)s read this thread"),
}
LANGUAGE = marked("%(who)s set the language of answers to %(language)s")
WITH_NOTES = marked("%(who)s printed this thread with its notes")
UNKNOWN = marked("%(who)s did something that this version of Tipline does not know")


def members_of(content: MessageContent) -> set[str]:
    """Return the ids of a message's author and of the members whom an event is about."""
    named = set(content.text.split(",")) if content.notice in ABOUT_MEMBERS else set()
    return (named | {content.author}) - {""}


def event_words(content: MessageContent, names: dict[str, str], unknown: str) -> Markup:
    """Return who did what, with names for members' ids where they are known."""
    who = Markup("<b>{}</b>").format(names.get(content.author, unknown))
    whom = ", ".join(names.get(one, unknown) for one in content.text.split(",") if one)
    values = {"who": who, "whom": whom, "language": LANGUAGES.get(content.text, "")}
    return escape(gettext(_sentence(content))) % values


def _sentence(content: MessageContent) -> str:
    if content.notice in ABOUT_MEMBERS:
        return ABOUT_MEMBERS[Event(content.notice)]
    if content.notice == Event.PRINTED and content.text == "notes":
        return WITH_NOTES
    if content.notice == Event.LANGUAGE_CHANGED and content.text in LANGUAGES:
        return LANGUAGE
    if content.notice in PLAIN:
        return PLAIN[Event(content.notice)]
    return UNKNOWN

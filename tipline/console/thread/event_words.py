"""What members did with a thread, in words. The one who did it stands before them."""

from __future__ import annotations

from tipline.threads.contents import MessageContent
from tipline.threads.events import Event

PLAIN = {
    Event.CLAIMED: "took this thread",
    Event.RELEASED: "released this thread",
    Event.MARKED_URGENT: "marked this thread as urgent",
    Event.MARKED_NOT_URGENT: "took the urgent mark away",
    Event.CLOSED: "closed this thread",
    Event.REOPENED: "reopened this thread",
    Event.UNRESTRICTED: "opened this thread to the whole line again",
    Event.CASE_FILE_CHANGED: "changed the case file",
    Event.PRINTED: "printed this thread",
}
# Of these the detail is the id of one member or of several, with commas between.
ABOUT_MEMBERS = {
    Event.ASSIGNED: "assigned this thread to {}",
    Event.RESTRICTED: "restricted this thread to {}",
    Event.NAMED: "let {} read this thread",
}
UNKNOWN = "did something that this version of Tipline does not know"


def members_of(content: MessageContent) -> set[str]:
    """Return the ids of a message's author and of the members whom an event is about."""
    named = set(content.text.split(",")) if content.notice in ABOUT_MEMBERS else set()
    return (named | {content.author}) - {""}


def event_words(content: MessageContent, names: dict[str, str], unknown: str) -> str:
    """Return what an event says was done, with names for members' ids where they are known."""
    if content.notice in ABOUT_MEMBERS:
        about = [names.get(one, unknown) for one in content.text.split(",") if one]
        return ABOUT_MEMBERS[Event(content.notice)].format(", ".join(about))
    if content.notice == Event.PRINTED and content.text == "notes":
        return "printed this thread with its notes"
    if content.notice in PLAIN:
        return PLAIN[Event(content.notice)]
    return UNKNOWN

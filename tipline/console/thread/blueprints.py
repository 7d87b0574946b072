"""The pages of a thread. All are for members who read tips; see `app` for their access."""

from __future__ import annotations

from tipline.console.thread.canned import canned_replies
from tipline.console.thread.case import thread_case
from tipline.console.thread.drafts import thread_autosave, thread_drafts
from tipline.console.thread.languages import thread_language
from tipline.console.thread.notes import thread_work
from tipline.console.thread.pages import thread
from tipline.console.thread.printing import thread_printing
from tipline.console.thread.restricting import thread_restriction

THREAD_PAGES = (
    thread,
    thread_drafts,
    thread_work,
    thread_language,
    thread_case,
    thread_restriction,
    thread_printing,
    canned_replies,
)
AUTOSAVE = thread_autosave

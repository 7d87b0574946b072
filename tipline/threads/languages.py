"""In which language a thread's resident is answered, when a member decides it.

Until then messages decide, see `tipline.intake.languages`.
"""

from __future__ import annotations

from sqlalchemy import update

from tipline.clock import Clock
from tipline.db.engines import Stores
from tipline.errors import TiplineError
from tipline.language.languages import LANGUAGES
from tipline.language.marking import marked
from tipline.threads.events import Event, note_event
from tipline.threads.models import EraseKey
from tipline.threads.reading import NoSuchThreadError
from tipline.threads.triage import Act, AlreadySoError


class UnknownLanguageError(TiplineError):
    """Nothing can be answered in this language."""

    code = "unknown_language"
    message = marked("Choose one of the languages. Nothing was changed.")


def set_language(stores: Stores, act: Act, language: str, clock: Clock) -> None:
    """Have a thread's resident answered in a language ("en", "es") from now on.

    The perishable store, which keeps it, is committed first; the event that says so is in the main
    store's transaction around it. Should that one fail, the choice holds and names nobody.

    Raises:
        UnknownLanguageError: it is none of the languages.
        AlreadySoError: it is so already.
        NoSuchThreadError: the thread was destroyed meanwhile.
    """
    if language not in LANGUAGES:
        raise UnknownLanguageError
    if act.thread.language == language:
        raise AlreadySoError
    chosen = update(EraseKey).where(EraseKey.thread_id == act.thread.summary.id)
    with stores.main.begin() as connection:
        note_event(
            connection,
            act.thread,
            act.bundle,
            Event.LANGUAGE_CHANGED,
            author=act.member_id,
            at=clock(),
            detail=language,
        )
        with stores.perishable.begin() as perishable:
            if perishable.execute(chosen.values(language=language)).rowcount != 1:
                raise NoSuchThreadError

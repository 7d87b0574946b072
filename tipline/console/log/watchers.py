"""What auditors are told of each witness: how much it has seen, and how far behind that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask_babel import gettext

from tipline.audit.witnesses import Sight, Witnessing
from tipline.language.marking import marked

# Once a day is what witnesses are asked for. Who is away for a week comes back within this.
SILENT_AFTER: Final = timedelta(days=8)
NOBODY: Final = marked(
    "No witness is registered: nobody outside is known to look whether the log is still what it "
    "was."
)
SILENT: Final = marked(
    "%(name)s has seen nothing of the log for more than 8 days. Call them: perhaps their program "
    "does not run, or their computer cannot reach the tip line."
)
UNLIKE: Final = marked(
    "%(name)s has signed something else than what the log says now, or somebody has changed what "
    "is stored of it. Call them, at a number that you know, and compare: the log may have been "
    "rolled back or rewritten."
)
NEVER: Final = marked("never")
NOT_SO: Final = marked("not what the log says now")


@dataclass(frozen=True, slots=True)
class Watcher:
    """A witness, in words.

    Attributes:
        id, called: under which it is registered, and who it is.
        key_name, fingerprint: of its key.
        seen: what it has seen, if that is no size.
        size, at: how many entries it has seen, and when (UTC); None if it has seen none.
        behind: how many entries more the newest checkpoint has; None likewise.
    """

    id: str
    called: str
    key_name: str
    fingerprint: str
    seen: str
    size: int | None
    at: datetime | None
    behind: int | None


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence above the page, and how grave it is: "warning" or "error"."""

    sentence: str
    kind: str


def watchers(found: Sequence[Witnessing], newest_size: int) -> list[Watcher]:
    """Return the witnesses as a page shows them. `newest_size`: of the newest checkpoint."""
    return [_watcher(one, newest_size) for one in found]


def notices(found: Sequence[Witnessing], now: datetime) -> list[Notice]:
    """Return what an auditor should do something about."""
    if not found:
        return [Notice(gettext(NOBODY), "warning")]
    said = (_notice(one, now) for one in found)
    return [one for one in said if one is not None]


def _watcher(one: Witnessing, newest_size: int) -> Watcher:
    key = one.verifier
    has_seen = one.sight is Sight.SEEN
    words = {Sight.NOTHING: gettext(NEVER), Sight.UNLIKE: gettext(NOT_SO), Sight.SEEN: ""}
    return Watcher(
        id=one.id,
        called=one.called,
        key_name=key.name,
        fingerprint=key.fingerprint,
        seen=words[one.sight],
        size=one.size if has_seen else None,
        at=one.seen_at,
        behind=max(newest_size - one.size, 0) if has_seen else None,
    )


def _notice(one: Witnessing, now: datetime) -> Notice | None:
    if one.sight is Sight.UNLIKE:
        return Notice(gettext(UNLIKE, name=one.called), "error")
    if now - (one.seen_at or one.added_at) > SILENT_AFTER:
        return Notice(gettext(SILENT, name=one.called), "warning")
    return None

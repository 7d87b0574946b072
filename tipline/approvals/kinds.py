"""What can be asked for, who may ask and decide, and how long a request lives.

A new kind belongs here, and into the words that the console has for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from tipline.lines.roles import READING_ROLES, Role


class Kind(StrEnum):
    """What was asked for. A word once used is never given to another."""

    INVITE_ADMIN = "invite_admin"
    MAKE_ADMIN = "make_admin"
    RESET_ADMIN = "reset_admin"
    MAKE_LINE = "make_line"
    READ_THREAD = "read_thread"
    OPEN_ORPHANS = "open_orphans"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may ask for something, and who may decide on it.

    Attributes:
        asked_by: the role of who asks; they must still have it when somebody agrees.
        decided_by: who has one of these roles decides; they must still have one when it is carried
            out. Roles of lines: on the line that it is about.
        siblings_decide: whether one whom the same admin let in as the asker may be the second
            person: where that one is more than an account, which an admin can make alone.
        lifetime: how long a request waits, and how long what was agreed to can be carried out.
    """

    asked_by: Role
    decided_by: frozenset[Role]
    siblings_decide: bool = False
    lifetime: timedelta = timedelta(days=7)


_ADMINS: Final = frozenset({Role.ADMIN})
RULES: Final[Mapping[Kind, Rule]] = {
    Kind.INVITE_ADMIN: Rule(Role.ADMIN, _ADMINS),
    Kind.MAKE_ADMIN: Rule(Role.ADMIN, _ADMINS),
    Kind.RESET_ADMIN: Rule(Role.ADMIN, _ADMINS),
    Kind.MAKE_LINE: Rule(Role.ADMIN, _ADMINS),
    # Whoever decides on this holds the thread's key, which one of its readers gave them.
    Kind.READ_THREAD: Rule(Role.SUPERVISOR, READING_ROLES, siblings_decide=True),
    # It takes two admins to make an admin, and the recovery key to carry this out.
    Kind.OPEN_ORPHANS: Rule(Role.SUPERVISOR, _ADMINS, siblings_decide=True),
}

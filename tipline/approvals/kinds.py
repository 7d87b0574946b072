"""What can be asked for, who may ask and decide, and how long a request lives.

A new kind belongs here, and into the words that the console has for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from tipline.lines.roles import Role


class Kind(StrEnum):
    """What was asked for. A word once used is never given to another."""

    INVITE_ADMIN = "invite_admin"
    MAKE_ADMIN = "make_admin"
    RESET_ADMIN = "reset_admin"
    MAKE_LINE = "make_line"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may ask for something, and who may decide on it.

    Attributes:
        asked_by: the role of who asks; they must still have it when somebody agrees.
        decided_by: the role of who decides; they must still have it when it is carried out.
        lifetime: how long a request waits, and how long what was agreed to can be carried out.
    """

    asked_by: Role
    decided_by: Role
    lifetime: timedelta = timedelta(days=7)


RULES: Final[Mapping[Kind, Rule]] = {
    Kind.INVITE_ADMIN: Rule(Role.ADMIN, Role.ADMIN),
    Kind.MAKE_ADMIN: Rule(Role.ADMIN, Role.ADMIN),
    Kind.RESET_ADMIN: Rule(Role.ADMIN, Role.ADMIN),
    Kind.MAKE_LINE: Rule(Role.ADMIN, Role.ADMIN),
}

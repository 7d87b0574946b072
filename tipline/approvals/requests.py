"""Requests as those see them who ask, decide and look back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row

from tipline.approvals.errors import (
    MAX_REASON_CHARACTERS,
    MAX_REFERENCE_CHARACTERS,
    ReasonRefusedError,
    ReferenceRefusedError,
)
from tipline.approvals.kinds import RULES, Kind, Rule

# A decision is shown for so long after its request would have ended by itself.
SHOWN_FOR: Final = timedelta(days=30)
REQUEST_ID: Final = re.compile(r"[0-9a-f]{32}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL_BUT_LINES: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


class State(StrEnum):
    """How far a request has come. The last four are outcomes."""

    WAITING = "waiting"
    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CARRIED_OUT = "carried_out"


@dataclass(frozen=True, slots=True, repr=False)
class Words:
    """What the asker typed: why, and a case number or the like (or nothing)."""

    reason: str
    reference: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Wanted:
    """What is asked for.

    Attributes:
        kind: what.
        details: what a form said of it; no more than its second person has to see.
        member_id, line_id, thread_id: what it is about, where that exists already.
    """

    kind: Kind
    details: Mapping[str, Any] = field(default_factory=dict)
    member_id: str | None = None
    line_id: str | None = None
    thread_id: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Approval:
    """A request with what came of it. `sealed` is what `Approvals.words` opens."""

    id: str
    wanted: Wanted
    sealed: bytes | None
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    agreed_by: str | None
    agreed_at: datetime | None
    outcome: State | None
    ended_by: str | None
    ended_at: datetime | None

    @property
    def kind(self) -> Kind:
        """Return what is asked for."""
        return self.wanted.kind

    @property
    def rule(self) -> Rule:
        """Return who may ask for this and decide on it."""
        return RULES[self.kind]

    def state(self, now: datetime) -> State:
        """Return how far it has come; `now` as the stores keep times."""
        if self.outcome is not None:
            return self.outcome
        if self.expires_at <= now:
            return State.EXPIRED
        return State.AGREED if self.agreed_by else State.WAITING


def words_of(reason: str, reference: str = "") -> Words:
    """Return what somebody typed as the reason and the reference of a request.

    Raises:
        ReasonRefusedError: no reason, or longer than 1,000 characters.
        ReferenceRefusedError: longer than 80 characters, or more than one row.
    """
    why, about = reason.replace("\r\n", "\n").strip(), reference.strip()
    if not why or len(why) > MAX_REASON_CHARACTERS or _is_odd(why, _CONTROL_BUT_LINES):
        raise ReasonRefusedError
    if len(about) > MAX_REFERENCE_CHARACTERS or _is_odd(about, _CONTROL):
        raise ReferenceRefusedError
    return Words(why, about)


def approval(row: Row[*tuple[Any, ...]]) -> Approval:
    """Return a request from all columns of its row."""
    wanted = Wanted(
        Kind(row.kind), json.loads(row.details), row.member_id, row.line_id, row.thread_id
    )
    return Approval(
        id=row.id,
        wanted=wanted,
        sealed=row.words,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        agreed_by=row.agreed_by,
        agreed_at=row.agreed_at,
        outcome=State(row.outcome) if row.outcome else None,
        ended_by=row.ended_by,
        ended_at=row.ended_at,
    )


def _is_odd(text: str, unwanted: re.Pattern[str]) -> bool:
    """Tell whether a text holds control characters, or what is no text (lone surrogates)."""
    return bool(unwanted.search(text)) or text != text.encode("utf-8", "replace").decode()

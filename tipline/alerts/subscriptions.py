"""The browsers in which members take pushes."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from sqlalchemy import Connection, Engine, delete, func, insert, select

from tipline.alerts.endpoints import parse_endpoint
from tipline.alerts.models import PushSubscription
from tipline.clock import day_of
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.webpush import check_browser
from tipline.db.reading import reading
from tipline.errors import TiplineError
from tipline.language.marking import marked

MOST_BROWSERS = 10


class BadSubscriptionError(TiplineError):
    """What a browser handed over is no subscription."""

    code = "bad_subscription"
    message = marked("This browser did not hand over what a push needs. Try another browser.")


class TooManyBrowsersError(TiplineError):
    """A member has as many browsers as there may be."""

    code = "too_many_browsers"
    message = marked("Ten browsers take pushes for you already. Remove one first.")


@dataclass(frozen=True, slots=True, repr=False)
class NewSubscription:
    """What a browser hands over: where it takes pushes, its public key, and a shared secret."""

    endpoint: str
    public: bytes
    secret: bytes

    @classmethod
    def parse(cls, endpoint: str, public: str, secret: str, *, may_go_inside: bool) -> Self:
        """Return what was handed over (keys in base64url, as browsers write them).

        Raises:
            BadEndpointError: pushes may not go there.
            BadSubscriptionError: the keys are none.
        """
        parse_endpoint(endpoint, may_go_inside=may_go_inside)
        try:
            parsed = cls(endpoint, _bytes(public), _bytes(secret))
            check_browser(parsed.public, parsed.secret)
        except (ValueError, CannotOpenError):
            raise BadSubscriptionError from None
        return parsed


@dataclass(frozen=True, slots=True)
class KnownBrowser:
    """A browser as its member sees it: when it was added. It has no other name."""

    uid: str
    day: date


def subscribe(engine: Engine, member_id: str, new: NewSubscription, now: datetime) -> None:
    """Keep a member's browser. One that was another member's is theirs no more.

    Raises:
        TooManyBrowsersError: the member has ten.
    """
    mine = select(func.count()).where(PushSubscription.member_id == member_id)
    row = {
        "uid": secrets.token_hex(16),
        "member_id": member_id,
        "endpoint": new.endpoint,
        "public": new.public,
        "secret": new.secret,
        "day": day_of(now),
    }
    with engine.begin() as connection:
        connection.execute(
            delete(PushSubscription).where(PushSubscription.endpoint == new.endpoint)
        )
        if connection.execute(mine).scalar_one() >= MOST_BROWSERS:
            raise TooManyBrowsersError
        connection.execute(insert(PushSubscription), row)


def unsubscribe(engine: Engine, member_id: str, uid: str) -> None:
    """Forget one of a member's browsers. One that is gone is no error."""
    with engine.begin() as connection:
        connection.execute(
            delete(PushSubscription).where(
                PushSubscription.member_id == member_id, PushSubscription.uid == uid
            )
        )


def unsubscribe_all(connection: Connection, member_id: str) -> None:
    """Forget all of a member's browsers: somebody else may have added one."""
    connection.execute(delete(PushSubscription).where(PushSubscription.member_id == member_id))


def browsers_of(engine: Engine, member_id: str) -> list[KnownBrowser]:
    """Return a member's browsers, the oldest first."""
    query = (
        select(PushSubscription.uid, PushSubscription.day)
        .where(PushSubscription.member_id == member_id)
        .order_by(PushSubscription.day, PushSubscription.uid)
    )
    with reading(engine) as connection:
        return [KnownBrowser(row.uid, row.day) for row in connection.execute(query)]


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))

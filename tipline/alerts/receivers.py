"""Who gets alerts: what members chose, as long as their role opens the line's tips."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from tipline.alerts.channel import MEMBER_CHANNELS, Channel
from tipline.alerts.models import AlertChoice, PushSubscription
from tipline.db.reading import reading
from tipline.lines.models import KeyGrant, LineKey, Membership
from tipline.lines.roles import READING_ROLES
from tipline.members.basics import IDLE_AFTER
from tipline.members.models import Member

WEBHOOK_RECEIVER = ""
ROLES = tuple(role.value for role in READING_ROLES)


@dataclass(frozen=True, slots=True)
class Receiver:
    """One receiver: a member (mail), one of a member's browsers (push), or the webhook."""

    channel: Channel
    id: str


@dataclass(frozen=True, slots=True)
class Reach:
    """How many members of a line an alert would reach, by channel; of pushes also the browsers."""

    mail: int
    push: int
    browsers: int


def may_get_alerts(today: date) -> ColumnElement[bool]:
    """Return the condition that the member of a choice can sign in now and open the line's tips."""
    # Of its own, whatever the query around it reads of members.
    owner = aliased(Member)
    oldest = today - IDLE_AFTER
    member = exists().where(
        owner.id == AlertChoice.member_id,
        owner.is_disabled.is_(False),
        owner.is_locked.is_(False),
        # As `members.accounts.is_idle` has it.
        or_(owner.enabled_on > oldest, owner.last_signed_in > oldest),
    )
    role = exists().where(
        Membership.member_id == AlertChoice.member_id,
        Membership.line_id == AlertChoice.line_id,
        Membership.role.in_(ROLES),
    )
    newest = (
        select(func.max(LineKey.generation))
        .where(LineKey.line_id == AlertChoice.line_id)
        .correlate(AlertChoice)
        .scalar_subquery()
    )
    key = exists().where(
        KeyGrant.holder == AlertChoice.member_id,
        KeyGrant.line_id == AlertChoice.line_id,
        KeyGrant.generation == newest,
    )
    return and_(member, role, key)


def receivers_of(
    connection: Connection, line_id: str, channels: Collection[Channel], today: date
) -> list[Receiver]:
    """Return a line's receivers on the channels that are set up. `today` is in UTC."""
    receivers = []
    if Channel.MAIL in channels:
        members = connection.execute(_choosers(line_id, Channel.MAIL, today)).scalars()
        receivers += [Receiver(Channel.MAIL, member) for member in members]
    if Channel.PUSH in channels:
        browsers = connection.execute(_browsers(line_id, today)).scalars()
        receivers += [Receiver(Channel.PUSH, browser) for browser in browsers]
    if Channel.WEBHOOK in channels:
        receivers.append(Receiver(Channel.WEBHOOK, WEBHOOK_RECEIVER))
    return receivers


def reach(engine: Engine, line_id: str, today: date) -> Reach:
    """Return how many would be reached now, for the line's supervisors."""
    owners = select(PushSubscription.member_id).where(
        PushSubscription.uid.in_(_browsers(line_id, today).scalar_subquery())
    )
    with reading(engine) as connection:
        return Reach(
            mail=len(connection.execute(_choosers(line_id, Channel.MAIL, today)).all()),
            push=len(connection.execute(owners.distinct()).all()),
            browsers=len(connection.execute(_browsers(line_id, today)).all()),
        )


def choices_of(engine: Engine, member_id: str) -> set[tuple[str, Channel]]:
    """Return what a member chose, as pairs of line and channel."""
    query = select(AlertChoice.line_id, AlertChoice.channel).where(
        AlertChoice.member_id == member_id,
        AlertChoice.channel.in_([channel.value for channel in MEMBER_CHANNELS]),
    )
    with reading(engine) as connection:
        return {(row.line_id, Channel(row.channel)) for row in connection.execute(query)}


def choose(
    engine: Engine,
    member_id: str,
    line_ids: Collection[str],
    chosen: Collection[tuple[str, Channel]],
) -> None:
    """Replace what a member chose for some lines."""
    lines = list(line_ids)
    rows = [
        {"member_id": member_id, "line_id": line_id, "channel": channel.value}
        for line_id, channel in sorted(set(chosen))
        if line_id in lines
    ]
    before = and_(AlertChoice.member_id == member_id, AlertChoice.line_id.in_(lines))
    with engine.begin() as connection:
        connection.execute(delete(AlertChoice).where(before))
        if rows:
            connection.execute(insert(AlertChoice), rows)


def forget_choices(connection: Connection, member_id: str, line_id: str | None = None) -> None:
    """Forget which alerts a member wanted, of one line or of all."""
    theirs = delete(AlertChoice).where(AlertChoice.member_id == member_id)
    if line_id is not None:
        theirs = theirs.where(AlertChoice.line_id == line_id)
    connection.execute(theirs)


def _choosers(line_id: str, channel: Channel, today: date) -> Select[str]:
    return (
        select(AlertChoice.member_id)
        .where(
            AlertChoice.line_id == line_id,
            AlertChoice.channel == channel.value,
            may_get_alerts(today),
        )
        .order_by(AlertChoice.member_id)
    )


def _browsers(line_id: str, today: date) -> Select[str]:
    chosen = _choosers(line_id, Channel.PUSH, today).order_by(None).scalar_subquery()
    query = select(PushSubscription.uid).where(PushSubscription.member_id.in_(chosen))
    return query.order_by(PushSubscription.uid)

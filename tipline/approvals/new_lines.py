"""A second admin for a new line: whoever makes one gives the public a number to tell things to.

The first lines of an installation may be made by its only admin, because there is nobody else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from sqlalchemy import Connection, Engine, select

from tipline.approvals.kinds import Kind
from tipline.approvals.requests import Approval, Wanted, Words
from tipline.approvals.services import Approvals
from tipline.errors import TiplineError
from tipline.lines.descriptions import LineDescription
from tipline.lines.models import LineKey, Membership
from tipline.lines.registry import check_line, insert_line
from tipline.lines.roles import INSTALLATION, Role


class SecondAdminNeededError(TiplineError):
    """This line is not made by one admin alone."""

    code = "second_admin_needed"
    message = "Another admin must agree to this line."


class NewLines:
    """Making lines, alone where there is nobody to ask, and else by two."""

    def __init__(self, approvals: Approvals, main: Engine) -> None:
        """Take the approvals and the main store."""
        self._approvals = approvals
        self._main = main

    def make_first(self, description: LineDescription, admin_id: str) -> str:
        """Make a line as the only admin of a new installation, and return its id.

        Raises:
            SecondAdminNeededError: there is another admin, or a line that takes tips.
            InvalidLineError, LineExistsError: as `tipline.lines.registry.make_line`.
        """
        with self._main.begin() as connection:
            if needs_second_admin(connection, admin_id):
                raise SecondAdminNeededError
            return insert_line(connection, description)

    def check(self, description: LineDescription) -> LineDescription:
        """Return what would be said of a line that could be made now, as it would be stored.

        Raises:
            InvalidLineError, LineExistsError: as `tipline.lines.registry.make_line`.
        """
        return check_line(self._main, description)

    def ask(
        self, request_id: str, description: LineDescription, words: Words, asked_by: str
    ) -> None:
        """Ask another admin to agree to a line.

        Raises:
            InvalidLineError, LineExistsError: as `tipline.lines.registry.make_line`.
        """
        checked = self.check(description)
        wanted = Wanted(Kind.MAKE_LINE, asdict(checked))
        self._approvals.ask(
            request_id, wanted, words, asked_by, lambda one: line_of(one).slug == checked.slug
        )

    def make(self, request: Approval, before: Callable[[str], None]) -> None:
        """Make the line that was asked for; `before` is called with the id that it will have.

        Raises:
            InvalidLineError, LineExistsError: it cannot be made any more.
        """
        # The request's own id: should it be done a second time after a kill, it cannot be made.
        before(request.id)
        with self._main.begin() as connection:
            insert_line(connection, line_of(request), request.id)


def needs_second_admin(connection: Connection, admin_id: str) -> bool:
    """Tell whether another admin must agree to a new line.

    Not as long as this is the only admin and no line takes tips. Accounts that are disabled count,
    so that nobody becomes the only one by disabling the others.
    """
    others = select(Membership.id).where(
        Membership.line_id == INSTALLATION,
        Membership.role == Role.ADMIN.value,
        Membership.member_id != admin_id,
    )
    keys = select(LineKey.line_id)
    return any(connection.execute(one.limit(1)).first() is not None for one in (others, keys))


def line_of(request: Approval) -> LineDescription:
    """Return what is to be said of the line that was asked for."""
    return LineDescription(**request.wanted.details)

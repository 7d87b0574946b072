"""A second person for a supervisor who wants to read what was restricted to others.

Who was named in a thread holds its key, and decides: nobody else could let anybody in. Where nobody
is left who could, the line's recovery key opens it, which lies with the line; so an admin decides,
who reads no tip and holds no key.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from tipline.approvals.errors import NoSuchRequestError
from tipline.approvals.kinds import Kind
from tipline.approvals.requests import Approval, Wanted, Words
from tipline.approvals.services import Approvals


class RestrictedThreads:
    """What supervisors ask about restricted threads of their lines."""

    def __init__(self, approvals: Approvals) -> None:
        """Take the approvals."""
        self._approvals = approvals

    def ask_to_read(
        self,
        request_id: str,
        place: tuple[str, str],
        thread_id: str | None,
        words: Words,
        asked_by: str,
    ) -> None:
        """Ask those who read a thread to let one read it, too.

        `place`: the line's id and the alias that was typed. Without a restricted thread of this
        alias (`thread_id` is None) the request is kept all the same, and nobody is asked: who asks
        is not to learn whether there is one.
        """
        line_id, alias = place
        wanted = Wanted(Kind.READ_THREAD, {"alias": alias}, None, line_id, thread_id)
        self._approvals.ask(
            request_id,
            wanted,
            words,
            asked_by,
            lambda one: one.asked_by == asked_by and _place(one) == place,
        )

    def ask_to_open_orphans(
        self, request_id: str, line_id: str, line_name: str, words: Words, asked_by: str
    ) -> None:
        """Ask an admin that one may open the threads that no member can, with the recovery key."""
        wanted = Wanted(Kind.OPEN_ORPHANS, {"line": line_name}, None, line_id)
        self._approvals.ask(
            request_id,
            wanted,
            words,
            asked_by,
            lambda one: one.asked_by == asked_by and one.wanted.line_id == line_id,
        )

    def of_thread(self, thread_id: str) -> list[Approval]:
        """Return what waits for those who read a thread, the oldest first."""
        return [
            one
            for one in self._approvals.open_ones()
            if one.kind is Kind.READ_THREAD and one.wanted.thread_id == thread_id
        ]

    def asked_threads(self) -> list[str]:
        """Return the ids of all threads that somebody asks to read."""
        threads = (
            one.wanted.thread_id
            for one in self._approvals.open_ones()
            if one.kind is Kind.READ_THREAD
        )
        return [thread_id for thread_id in threads if thread_id]

    def of_asker(self, member_id: str, line_id: str) -> tuple[list[Approval], list[Approval]]:
        """Return what somebody asks of others on a line, and what was decided of it lately."""
        return (
            [one for one in self._approvals.open_ones() if _is_of(one, member_id, line_id)],
            [one for one in self._approvals.decided() if _is_of(one, member_id, line_id)],
        )

    def let_read(
        self,
        request_id: str,
        thread_id: str,
        member_id: str,
        do: Callable[[Connection, Approval], None],
    ) -> None:
        """Agree as one who reads the thread. `do` seals its key to the asker.

        Raises:
            NoSuchRequestError, NotYoursToDecideError, and what `do` raises: as `Approvals.agree`.
        """
        self.asked_of(request_id, thread_id)
        self._approvals.agree(request_id, member_id, do)

    def decline(self, request_id: str, thread_id: str, member_id: str) -> None:
        """Say no as one who reads the thread.

        Raises:
            NoSuchRequestError, NotYoursToDecideError: as `Approvals.decline`.
        """
        self.asked_of(request_id, thread_id)
        self._approvals.decline(request_id, member_id)

    def asked_of(self, request_id: str, thread_id: str) -> Approval:
        """Return an open request that was put to those who read this thread.

        Raises:
            NoSuchRequestError: there is none, or it is about another.
        """
        request = self._approvals.find(request_id)
        if request.kind is not Kind.READ_THREAD or request.wanted.thread_id != thread_id:
            raise NoSuchRequestError
        return request

    def open_orphans(
        self,
        request_id: str,
        line_id: str,
        member_id: str,
        do: Callable[[Connection, Approval], None],
    ) -> None:
        """Carry out what an admin has agreed to.

        Raises:
            NoSuchRequestError, NotYoursToDecideError, and what `do` raises: as
                `Approvals.carry_out`.
        """
        request = self._approvals.find(request_id)
        if request.kind is not Kind.OPEN_ORPHANS or request.wanted.line_id != line_id:
            raise NoSuchRequestError
        self._approvals.carry_out(request_id, member_id, do)


def alias_of(request: Approval) -> str:
    """Return the alias that was typed by who wants to read a thread."""
    return str(request.wanted.details["alias"])


def line_name_of(request: Approval) -> str:
    """Return the name that a line had when somebody asked to open its restricted threads."""
    return str(request.wanted.details["line"])


def _place(request: Approval) -> tuple[str, str]:
    return request.wanted.line_id or "", alias_of(request)


def _is_of(request: Approval, member_id: str, line_id: str) -> bool:
    is_about_threads = request.kind in (Kind.READ_THREAD, Kind.OPEN_ORPHANS)
    return is_about_threads and (request.asked_by, request.wanted.line_id) == (member_id, line_id)

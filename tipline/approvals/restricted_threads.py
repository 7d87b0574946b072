"""A second person for a supervisor who wants to read what was restricted to others.

Who was named in a thread holds its key, and decides: nobody else could let anybody in. Where nobody
is left who could, the line's recovery key opens it, which lies with the line; so an admin decides,
who reads no tip and holds no key.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from tipline.approvals.deciding import may_ask_on
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
        self,
        request_id: str,
        line: tuple[str, str],
        thread_ids: Collection[str],
        words: Words,
        asked_by: str,
    ) -> None:
        """Ask an admin that one may open threads that no member can, with the recovery key.

        `line`: its id and name. Those threads are opened and no others, so that who asks cannot
        make more of them once somebody has agreed.
        """
        line_id, name = line
        details = {"line": name, "threads": sorted(thread_ids)}
        wanted = Wanted(Kind.OPEN_ORPHANS, details, None, line_id)
        self._approvals.ask(
            request_id,
            wanted,
            words,
            asked_by,
            lambda one: one.asked_by == asked_by and one.wanted.line_id == line_id,
        )

    def of_thread(self, thread_id: str, member_id: str) -> list[Approval]:
        """Return what others wait for of those who read a thread, the oldest first."""
        return [one for one in self._waiting(member_id) if one.wanted.thread_id == thread_id]

    def asked_threads(self, member_id: str) -> list[str]:
        """Return the ids of all threads that others ask to read."""
        threads = (one.wanted.thread_id for one in self._waiting(member_id))
        return [thread_id for thread_id in threads if thread_id]

    def _waiting(self, member_id: str) -> list[Approval]:
        """Return what others ask who still may."""
        asked = [
            one
            for one in self._approvals.open_ones()
            if one.kind is Kind.READ_THREAD and one.asked_by != member_id
        ]
        known = self._approvals.everybody() if asked else {}
        return [one for one in asked if may_ask_on(one, known.get(one.asked_by))]

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
        name: Callable[[Approval], None],
    ) -> None:
        """Agree as one who reads the thread. `name` seals its key to the asker.

        That is done first: it is as good done twice as once, and holds no lock of this store.

        Raises:
            NoSuchRequestError, NotYoursToDecideError: as `Approvals.agree`.
            Whatever `name` raises: then it waits on as if nobody had agreed.
        """
        request = self.asked_of(request_id, thread_id)
        self._approvals.check(request, member_id)
        name(request)
        # Whoever ended it in this moment was too late: the asker reads the thread.
        self._approvals.note_done(request_id, member_id, member_id)

    def end(self, thread_id: str, ended_by: str, asked_by: str = "") -> None:
        """End what was asked about a thread, by all or by one, because they can read it now."""
        self._approvals.withdraw_of_thread(thread_id, ended_by, asked_by)

    def withdraw(self, request_id: str, line_id: str, member_id: str) -> None:
        """Take back what one asked about a line's threads.

        Raises:
            NoSuchRequestError: there is no such request any more.
        """
        if not _is_of(self._approvals.find(request_id), member_id, line_id):
            raise NoSuchRequestError
        self._approvals.withdraw(request_id, member_id)

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

    def may_open(self, request_id: str, line_id: str, member_id: str) -> frozenset[str]:
        """Return the ids of the threads that an admin has agreed to have opened.

        Raises:
            NoSuchRequestError, NotYoursToDecideError: as `Approvals.carry_out`.
        """
        request, _ = self._approvals.agreed_to(request_id, member_id)
        if request.kind is not Kind.OPEN_ORPHANS or request.wanted.line_id != line_id:
            raise NoSuchRequestError
        return threads_of(request)

    def note_opened(self, request_id: str, member_id: str) -> None:
        """End the request: what an admin has agreed to was done."""
        self._approvals.note_done(request_id, member_id)


def alias_of(request: Approval) -> str:
    """Return the alias that was typed by who wants to read a thread."""
    return str(request.wanted.details["alias"])


def line_of_orphans(request: Approval) -> tuple[str, int]:
    """Return a line's name when somebody asked to open threads of it, and how many these are."""
    return str(request.wanted.details["line"]), len(threads_of(request))


def threads_of(request: Approval) -> frozenset[str]:
    """Return the ids of the threads that somebody asked to open; none of another request."""
    return frozenset(request.wanted.details.get("threads", ()))


def _place(request: Approval) -> tuple[str, str]:
    return request.wanted.line_id or "", alias_of(request)


def _is_of(request: Approval, member_id: str, line_id: str) -> bool:
    is_about_threads = request.kind in (Kind.READ_THREAD, Kind.OPEN_ORPHANS)
    return is_about_threads and (request.asked_by, request.wanted.line_id) == (member_id, line_id)

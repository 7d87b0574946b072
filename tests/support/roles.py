"""Database roles of a test's own: roles belong to the whole server, databases do not."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.engine import make_url

from tests.support.stores import PostgresServer, Urls
from tipline.instance.database_roles import GRANTS, role_name


@dataclass(frozen=True)
class Roles:
    """One role a process, all without a password: the server trusts its socket."""

    prefix: str

    def url(self, process: str, url: str) -> str:
        """A store's URL, for a process instead of the owner."""
        role = make_url(url).set(username=role_name(self.prefix, process))
        return role.render_as_string(hide_password=False)

    def environment(self, urls: Urls) -> dict[str, str]:
        """What the supervisor needs to let each process connect as what it is."""
        return {"TIPLINE_DATABASE_ROLES": self.prefix} | {
            f"TIPLINE_{process.upper()}_{store}": self.url(process, url)
            for process in GRANTS
            for store, url in (("DATABASE_URL", urls.main), ("PERISHABLE_URL", urls.perishable))
        }

    def names(self) -> list[str]:
        return [role_name(self.prefix, process) for process in GRANTS]


def make_roles(server: PostgresServer) -> Roles:
    """Make roles that live as long as the server."""
    roles = Roles(f"t{secrets.token_hex(6)}")
    for name in roles.names():
        server.run(f"CREATE ROLE {name} LOGIN")
    return roles


@contextmanager
def temporary_roles(server: PostgresServer) -> Iterator[Roles]:
    """The databases in which they may do something must be dropped before the end."""
    roles = make_roles(server)
    try:
        yield roles
    finally:
        for name in roles.names():
            server.run(f"DROP ROLE {name}")

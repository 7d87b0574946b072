"""The instance that is looked at, and where its parts stand."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine
from sqlalchemy.engine import make_url

import config
from tipline.clock import Clock, system_clock
from tipline.crypto import unlock
from tipline.crypto.keyfolder import KeyFolder
from tipline.db.engines import Store, Stores, open_stores


class StoreUnderTest(NamedTuple):
    """One of the two stores."""

    store: Store
    engine: Engine


@dataclass(frozen=True, slots=True)
class Patient:
    """All that checks look at. The operator has the unlock secret, so the doctor has it too.

    `secret_file`: the credential from which it was read, if it was not typed.
    """

    settings: config.InstanceSettings
    environment: Mapping[str, str] = field(repr=False)
    processes: tuple[str, ...]
    unlock_secret: str = field(repr=False)
    secret_file: Path | None
    stores: Stores
    clock: Clock = system_clock

    @classmethod
    def admit(
        cls,
        settings: config.InstanceSettings,
        environment: Mapping[str, str],
        processes: tuple[str, ...],
        unlock_secret: str,
        secret_file: Path | None,
    ) -> Patient:
        """Return the patient; stores are reached when a check first needs them."""
        stores = open_stores(settings.database_url, settings.perishable_url)
        return cls(settings, environment, processes, unlock_secret, secret_file, stores)

    def discharge(self) -> None:
        """Close all connections."""
        for engine in (self.stores.main, self.stores.perishable):
            engine.dispose()

    def folders(self) -> dict[str, KeyFolder]:
        """Return each process's key folder. Costs an Argon2id.

        Raises:
            UnlockError: the secret is too short, or there is no instance.
        """
        keys = unlock.process_keys(self.unlock_secret, self.settings.keys, self.processes)
        return {
            name: KeyFolder(self.settings.keys / name, name, keys[name]) for name in self.processes
        }

    def both_stores(self) -> tuple[StoreUnderTest, StoreUnderTest]:
        """Return main and perishable store."""
        return (
            StoreUnderTest(Store.MAIN, self.stores.main),
            StoreUnderTest(Store.PERISHABLE, self.stores.perishable),
        )

    def database_files(self) -> dict[str, Path]:
        """Return the SQLite files by store; nothing of a store on a server."""
        found = {}
        for store, engine in self.both_stores():
            path = sqlite_file(engine)
            if path is not None:
                found[store.value] = path
        return found


def sqlite_file(engine: Engine) -> Path | None:
    """Return the file of a SQLite store; None of a server or of memory."""
    url = make_url(engine.url)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def first_line(path: Path) -> str:
    """Return what a file of /proc or /sys says, "" when there is no such file."""
    with suppress(OSError):
        return path.read_text(errors="replace").strip()
    return ""

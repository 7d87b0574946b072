"""What handling messages changes, collected first and written afterwards in two transactions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]


@dataclass(slots=True, repr=False)
class Effects:
    """Rows to write and to remove. `merge` adds one message's effects to the batch's.

    A message's effects are collected apart, so that one that fails half-way leaves nothing behind.
    """

    # perishable store
    erase_keys: list[Row] = field(default_factory=list)
    contacts: list[Row] = field(default_factory=list)
    address_tags: list[Row] = field(default_factory=list)
    suppressions: list[Row] = field(default_factory=list)
    lifted_suppressions: list[bytes] = field(default_factory=list)
    dropped_tags: list[bytes] = field(default_factory=list)
    closed_threads: list[str] = field(default_factory=list)
    dropped_mailboxes: list[bytes] = field(default_factory=list)
    mailboxes: list[Row] = field(default_factory=list)
    emptied_mailboxes: list[bytes] = field(default_factory=list)
    languages: list[Row] = field(default_factory=list)
    dropped_details: list[Row] = field(default_factory=list)
    detail_tags: list[Row] = field(default_factory=list)
    outdated_ends: list[Row] = field(default_factory=list)
    open_ends: list[Row] = field(default_factory=list)
    # perishable store, after the main store
    forgotten_tags: list[bytes] = field(default_factory=list)
    forgotten_mailboxes: list[bytes] = field(default_factory=list)
    # main store
    threads: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    urgent_threads: list[str] = field(default_factory=list)
    outbox: list[Row] = field(default_factory=list)
    records: list[Row] = field(default_factory=list)
    set_aside: list[Row] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def merge(self, other: Effects) -> None:
        """Add another's rows after these."""
        for name in self.__dataclass_fields__:
            getattr(self, name).extend(getattr(other, name))

    @property
    def touches_perishable(self) -> bool:
        """Tell whether there is anything to write in the perishable store."""
        return any(
            (
                self.erase_keys,
                self.contacts,
                self.address_tags,
                self.suppressions,
                self.lifted_suppressions,
                self.dropped_tags,
                self.closed_threads,
                self.dropped_mailboxes,
                self.mailboxes,
                self.emptied_mailboxes,
                self.languages,
                self.dropped_details,
                self.detail_tags,
                self.outdated_ends,
                self.open_ends,
            )
        )

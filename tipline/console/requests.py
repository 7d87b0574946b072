"""Requests as the console's views read them: without zero bytes, which PostgreSQL takes in no text.

A look-up by a text with one in it would fail as if the database were out of order. No value of ours
has one, so with another character in its place it is found as little, and answered as such.
"""

from __future__ import annotations

from typing import Any

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items

NUL, REPLACEMENT = "\0", "\N{REPLACEMENT CHARACTER}"


class CleanFields(ImmutableMultiDict[str, Any]):
    """Fields of a query or a form; files are left as they are."""

    def __init__(self, mapping: Any = None) -> None:
        """Take what was sent, as Werkzeug has parsed it."""
        pairs = iter_multi_items(mapping) if mapping is not None else ()
        super().__init__([(_clean(name), _clean(value)) for name, value in pairs])


class ConsoleRequest(Request):
    """A request whose query, form, cookies and path variables hold no zero byte."""

    parameter_storage_class = CleanFields
    dict_storage_class = CleanFields
    _view_args: dict[str, Any] | None = None

    @property
    def view_args(self) -> dict[str, Any] | None:
        """Return the variables of the path."""
        return self._view_args

    @view_args.setter
    def view_args(self, values: dict[str, Any] | None) -> None:
        self._view_args = values and {name: _clean(value) for name, value in values.items()}


def _clean(value: Any) -> Any:
    return value.replace(NUL, REPLACEMENT) if isinstance(value, str) else value

"""Locking outbox rows before several of them are changed."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, select

from tipline.delivery.models import Outgoing


def lock_rows(connection: Connection, which: ColumnElement[bool]) -> None:
    """Lock rows in the one order in which everybody locks them, until the transaction ends.

    PostgreSQL stops one of two transactions that each wait for a row which the other holds: one
    worker writes down what it sent in the order of sending, another what the provider reports in
    the order of the reports. SQLite has one writer at a time and needs no such order.
    """
    connection.execute(select(Outgoing.id).where(which).order_by(Outgoing.id).with_for_update())

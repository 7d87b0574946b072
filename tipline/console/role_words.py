"""Roles as words, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask
from flask_babel import gettext

from tipline.language.marking import marked
from tipline.lines.roles import Role

WORDS = {
    Role.ADMIN: marked("admin"),
    Role.SUPERVISOR: marked("supervisor"),
    Role.INVESTIGATOR: marked("investigator"),
    Role.CUSTODIAN: marked("custodian"),
    Role.APPROVER: marked("approver"),
    Role.AUDITOR: marked("auditor"),
}


def role_words(role: Role | str) -> str:
    """Return what a role is called within a sentence."""
    return str(gettext(WORDS[Role(role)]))


def role_list(roles: Iterable[Role]) -> str:
    """Return what some roles are called, by their order in the alphabet."""
    return ", ".join(sorted(role_words(role) for role in roles))


def register_filters(app: Flask) -> None:
    """Make the words available to templates."""
    for word in (role_words, role_list):
        app.add_template_filter(word)

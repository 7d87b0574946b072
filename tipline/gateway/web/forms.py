"""The tip form: what stands in it, what is to be said beside its fields, and the tip's text."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace

from flask import request
from flask_babel import gettext

from tipline.crypto.receipts import TOKEN_LENGTH
from tipline.gateway.web.typed import MOST_CHARACTERS, MOST_IN_A_LINE, TOO_LONG, typed, typed_line
from tipline.language.marking import marked

DANGER = {"yes": True, "no": False}
CATEGORIES = {
    "hurt": marked("Somebody is being hurt or threatened"),
    "weapons": marked("Guns, gangs or violence"),
    "drugs": marked("Drugs"),
    "theft": marked("Theft, damage or fraud"),
    "person": marked("A missing or wanted person"),
    "school": marked("Something at a school"),
    "officials": marked("A police officer or another official"),
    "other": marked("Something else"),
}
# Nobody sees this field. What fills in all that it finds is no person.
TRAP = "confirm_url"


@dataclass(frozen=True, slots=True, repr=False)
class TipForm:
    """What stands in the form. `token`: random bytes that make all posts of it one tip."""

    token: bytes
    what: str = ""
    where: str = ""
    when: str = ""
    danger: str = ""
    category: str = ""
    problems: dict[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def is_danger(self) -> bool:
        """Tell whether somebody is said to be in danger now."""
        return DANGER.get(self.danger, False)

    def again(self, problem: str = "", token: bytes = b"") -> TipForm:
        """Return the same form with a sentence above it, and with another token if one is given."""
        return replace(self, problem=problem, token=token or self.token, problems={})


def new_token() -> bytes:
    """Return a form's one-time token."""
    return secrets.token_bytes(TOKEN_LENGTH)


def typed_form(token: bytes) -> TipForm:
    """Return what was typed, without looking at whether it will do."""
    category = request.form.get("category", "")
    danger = request.form.get("danger", "")
    return TipForm(
        token,
        what=typed("what"),
        where=typed_line("where"),
        when=typed_line("when"),
        danger=danger if danger in DANGER else "",
        category=category if category in CATEGORIES else "",
    )


def checked(form: TipForm) -> TipForm:
    """Return the form with what is to be said beside its fields."""
    problems = {}
    if not form.what:
        problems["what"] = gettext("Write what you saw or know.")
    elif len(text_of(form)) > MOST_CHARACTERS:
        problems["what"] = gettext(TOO_LONG)
    for name, value in (("where", form.where), ("when", form.when)):
        if len(value) > MOST_IN_A_LINE:
            problems[name] = gettext(
                "This is longer than 500 characters. Write it into the first field."
            )
    if form.danger not in DANGER:
        problems["danger"] = gettext("Choose yes or no.")
    return replace(form, problems=problems)


def text_of(form: TipForm) -> str:
    """Return the tip as its line's members read it, with labels in the resident's language."""
    lines = [
        (gettext("Where: %(place)s", place=form.where), form.where),
        (gettext("When: %(time)s", time=form.when), form.when),
        (_category_line(form), form.category),
    ]
    details = "\n".join(line for line, value in lines if value)
    return f"{form.what}\n\n{details}" if details else form.what


def _category_line(form: TipForm) -> str:
    about = gettext(CATEGORIES[form.category]) if form.category else ""
    return gettext("About: %(category)s", category=about)


def is_trapped() -> bool:
    """Tell whether the field that nobody sees was filled in."""
    return bool(request.form.get(TRAP, ""))

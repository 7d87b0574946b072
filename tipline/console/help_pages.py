"""The help page: what the words in the console mean, and what to do when something is wrong."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import gettext

from tipline.console.wording import DETAILS, STATES
from tipline.text.placeholders import placeholder

help_pages = Blueprint("help_pages", __name__)


@help_pages.get("/help")
def show() -> str:
    """Show the help page, with the states of a sent message as the thread page names them."""
    states = [gettext(words) for words in STATES.values()]
    details = {placeholder(kind, 1): gettext(words) for kind, words in DETAILS.items()}
    return render_template("console/help.html", states=states, details=details)

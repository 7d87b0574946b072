"""The style sheets that both apps use: USWDS (made by scripts/vendor-uswds) and the colours."""

from __future__ import annotations

from flask import Blueprint

shared = Blueprint("shared", __name__, static_folder="static", static_url_path="/static/shared")

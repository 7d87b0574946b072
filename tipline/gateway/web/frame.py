"""What all public pages have in common: the language in their address, the frame, the blueprint."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, request, url_for

from tipline.gateway.web.services import pages
from tipline.language.languages import LANGUAGES
from tipline.web import language
from tipline.web.language import asked_language, other_languages, page_language

# No address of a public page begins like this, and no page answers there.
MACHINE_PATHS = ("/webhooks/", "/healthz", "/readyz", "/checkpoint", "/tile/", "/log/")
# A form encodes each byte of UTF-8 as three. Room for several times what is taken, so that too long
# a text comes back with a sentence beside it; under the size at which Werkzeug spools to a file.
MAX_PAGE_BYTES = 480 * 1024
MAX_PAGE_FIELDS = 20

public = Blueprint("public", __name__, url_prefix=f"/<any({', '.join(LANGUAGES)}):language>")


def is_page(path: str) -> bool:
    """Tell whether people ask for this path, and not the provider, a monitor or a witness."""
    return not path.startswith(MACHINE_PATHS)


def set_up(app: Flask) -> None:
    """Give an application's pages their languages and what their frame shows."""
    language.set_up(app, _language_of_path)
    app.url_defaults(_stay_in_language)
    app.context_processor(_for_all_pages)


@public.url_value_preprocessor
def _drop_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values is not None:
        values.pop("language", None)


@public.before_request
def _take_longer_forms() -> None:
    request.max_content_length = MAX_PAGE_BYTES
    request.max_form_memory_size = MAX_PAGE_BYTES
    request.max_form_parts = MAX_PAGE_FIELDS


def _language_of_path() -> str:
    first = request.path.split("/", 2)[1] if request.path.startswith("/") else ""
    return first if first in LANGUAGES else asked_language()


def _stay_in_language(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint.startswith("public."):
        values.setdefault("language", page_language())


def _for_all_pages() -> dict[str, Any]:
    return {
        "language": page_language(),
        "onion_url": pages().onion_url,
        "translations": {
            code: (name, _same_page(code)) for code, name in other_languages().items()
        },
    }


def _same_page(code: str) -> str:
    """Return the address of this page in another language; of what has none, the first page's."""
    endpoint = request.endpoint or ""
    is_shown = request.method in ("GET", "HEAD") and request.routing_exception is None
    if not endpoint.startswith("public.") or not is_shown:
        return url_for("public.home", language=code)
    return url_for(endpoint, **{**(request.view_args or {}), "language": code})

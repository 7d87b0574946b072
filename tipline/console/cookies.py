"""The console's cookies: the session, the token that protects the sign-in form, and the language.

The first two have no age, so they go with the browser. With https they carry the `__Host-` prefix,
which binds them to this very host (RFC 6265bis, section 4.1.3.2).
"""

from __future__ import annotations

import re
import secrets

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from tipline.console.services import console

SESSION = "tipline"
FORM_TOKEN = "tipline-form"  # noqa: S105 - a cookie's name
LANGUAGE = "tipline-language"
A_YEAR_SECONDS = 365 * 24 * 3600
TOKEN_BYTES = 32
TOKEN = re.compile(r"[0-9a-f]{64}")


def session_cookie() -> str:
    """Return the session cookie that came with this request, or nothing."""
    return request.cookies.get(_name(SESSION), "")


def keep_session(response: Response, value: str) -> None:
    """Set the session cookie."""
    _set(response, SESSION, value)


def drop_session(response: Response) -> None:
    """Have the browser forget the session cookie."""
    secure = console().settings.is_secure
    response.delete_cookie(
        _name(SESSION), path="/", secure=secure, httponly=True, samesite="Strict"
    )


def form_token() -> str:
    """Return the sign-in form's token that came with this request, or a new one.

    One that is there is used again, so that two open sign-in pages both work.
    """
    sent = sent_form_token()
    return sent if TOKEN.fullmatch(sent) else secrets.token_hex(TOKEN_BYTES)


def sent_form_token() -> str:
    """Return the token that came in the cookie, or nothing."""
    return request.cookies.get(_name(FORM_TOKEN), "")


def keep_form_token(response: Response, token: str) -> None:
    """Set the cookie that the sign-in form's hidden field must repeat."""
    _set(response, FORM_TOKEN, token)


def language() -> str:
    """Return the language that was chosen in this browser, or nothing; it may be any text."""
    return request.cookies.get(_name(LANGUAGE), "")


def keep_language(response: AnyResponse, code: str) -> None:
    """Remember a language for a year."""
    _set(response, LANGUAGE, code, A_YEAR_SECONDS)


def _set(response: AnyResponse, name: str, value: str, seconds: int | None = None) -> None:
    response.set_cookie(
        _name(name),
        value,
        max_age=seconds,
        path="/",
        secure=console().settings.is_secure,
        httponly=True,
        samesite="Strict",
    )


def _name(name: str) -> str:
    return f"__Host-{name}" if console().settings.is_secure else name

"""Proving again who one is, before what is privileged (OWASP ASVS 5.0, 7.5).

A view calls `require_fresh_sign_in()`. A member whose proof is older than five minutes is asked for
password and code. What they had typed goes along, and they send it themselves afterwards.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from tipline.audit.recording import housekeeping
from tipline.console import cookies
from tipline.console.account.second_factor import ask_for_passkey, second_factor
from tipline.console.refusals import NoSuchPageError
from tipline.console.services import console
from tipline.console.staff import current_member
from tipline.members.accounts import SignInFailedError
from tipline.members.overview import AccountState

KEPT = "kept_"
# What is asked for anew rather than carried through a page.
SECRET_FIELDS = frozenset(
    {
        "csrf_token",
        "password",
        "old_password",
        "new_password",
        "again",
        "passkey",
        "challenge",
        "recovery_key",
    }
)

proving = Blueprint("proving", __name__)
Kept = list[tuple[str, str]]


def require_fresh_sign_in() -> None:
    """Let a request go on whose member has proved who they are within five minutes.

    Raises:
        HTTPException: the answer that asks for password and code.
    """
    if current_member().is_fresh:
        return
    if request.method in ("GET", "HEAD"):
        here = request.full_path if request.query_string else request.path
        abort(redirect(url_for("proving.show", then=here), 303))
    kept = [
        (name, value) for name, value in request.form.items(multi=True) if name not in SECRET_FIELDS
    ]
    abort(_page(request.path, kept, is_form=True, status=401))


def end_session_if_locked() -> AnyResponse | None:
    """Put out whoever sits at this browser and has failed too often; otherwise return None."""
    services = console()
    if services.overview.one(current_member().id).state is AccountState.ACTIVE:
        return None
    # Not what was asked for: that was not done, and its entry says so.
    with housekeeping():
        services.sessions.end(cookies.session_cookie())
    return redirect(url_for("signing_in.show_form"), 303)


@proving.get("/account/prove")
def show() -> Response:
    """Ask for password and code, and say what for."""
    return _page(_local(request.args.get("then", "")), [], is_form=False)


@proving.post("/account/prove")
def prove() -> AnyResponse:
    """Take the proof, and go on to where the member wanted to go."""
    then, is_form = _local(request.form.get("then", "")), request.form.get("is_form") == "yes"
    kept = [
        (name.removeprefix(KEPT), value)
        for name, value in request.form.items(multi=True)
        if name.startswith(KEPT)
    ]
    services, member = console(), current_member()
    try:
        password = request.form.get("password", "")
        services.accounts.prove(member.id, password, second_factor(member.csrf_token))
    except SignInFailedError:
        return _failed(then, kept, is_form=is_form)
    cookie = services.sessions.renew(cookies.session_cookie())
    response = _go_on(then, kept) if is_form else redirect(then, 303)
    answer = make_response(response)
    if cookie:  # else a second click was quicker, and the browser has its cookie from there
        cookies.keep_session(answer, cookie)
    return answer


def _failed(then: str, kept: Kept, *, is_form: bool) -> AnyResponse:
    """Say that it did not work; after too often, whoever sits there is put out."""
    return end_session_if_locked() or _page(then, kept, is_form=is_form, problem=True, status=401)


def _go_on(then: str, kept: Kept) -> str:
    return render_template("console/account/go_on.html", then=then, kept=kept)


def _page(
    then: str, kept: Kept, *, is_form: bool, problem: bool = False, status: int = 200
) -> Response:
    page = render_template(
        "console/account/prove.html",
        then=then,
        kept=kept,
        is_form=is_form,
        prefix=KEPT,
        asked=ask_for_passkey(current_member().csrf_token),
        problem=gettext(SignInFailedError.message) if problem else "",
    )
    return make_response(page, status)


def _local(path: str) -> str:
    """Return a path, if it is one of the console's own pages.

    Raises:
        NoSuchPageError: it leads elsewhere.
    """
    parts = urlsplit(path)
    is_plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    if not is_plain or parts.scheme or parts.netloc:
        raise NoSuchPageError
    adapter = current_app.url_map.bind("")
    for method in ("GET", "POST"):
        try:
            adapter.match(parts.path, method)
        except HTTPException:
            continue
        return path
    raise NoSuchPageError

"""Witnesses of the log: registering and removing them, which is for auditors.

Admins are among those whom the log watches; they do not choose who watches it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tipline.audit.browsing import state_of
from tipline.audit.reading import StoredLog
from tipline.audit.recording import acting
from tipline.audit.sequencing import NoLogError
from tipline.audit.witnesses import (
    MOST_CHARACTERS,
    KnownWitnessError,
    NamelessWitnessError,
    TooManyWitnessesError,
    WitnessRefusedError,
    checked_key,
    key_of,
    register,
    remove,
    witnesses,
)
from tipline.console.account.reauthentication import require_fresh_sign_in
from tipline.console.language import sentence_of
from tipline.console.log.watchers import notices, watchers
from tipline.console.refusals import NoSuchPageError
from tipline.console.services import console
from tipline.db.reading import reading

CALLED, VKEY = "called", "vkey"
WITNESS_ID: Final = re.compile(r"[0-9a-f]{32}")
NOTHING: Final[Mapping[str, str]] = {}

log_witnesses = Blueprint("log_witnesses", __name__, url_prefix="/log/witnesses")
Page = str | tuple[str, int]


@log_witnesses.get("")
def show() -> str:
    """Show who watches the log, with the fingerprints of their keys, and the form for one more."""
    return _page(NOTHING, NOTHING)


@log_witnesses.post("")
def add() -> Page | Response:
    """Register a witness, or say beside each field what is wrong."""
    require_fresh_sign_in()
    services = console()
    typed = {name: request.form.get(name, "").strip() for name in (CALLED, VKEY)}
    try:
        verifier = checked_key(typed[VKEY])
        acting().key = verifier.fingerprint
        register(services.stores.main, typed[CALLED], verifier, services.clock())
    except WitnessRefusedError as error:
        field = CALLED if isinstance(error, NamelessWitnessError) else VKEY
        return _page(typed, {field: sentence_of(error)}), _status(error)
    return redirect(url_for("log_witnesses.show"), 303)


@log_witnesses.post("/<witness_id>/remove")
def dismiss(witness_id: str) -> Response:
    """Remove a witness.

    Raises:
        NoSuchPageError: there is none.
    """
    require_fresh_sign_in()
    engine = console().stores.main
    verifier = key_of(engine, witness_id) if WITNESS_ID.fullmatch(witness_id) else None
    if verifier is None:
        raise NoSuchPageError
    acting().key = verifier.fingerprint
    remove(engine, witness_id)
    return redirect(url_for("log_witnesses.show"), 303)


def _status(error: WitnessRefusedError) -> int:
    return 409 if isinstance(error, KnownWitnessError | TooManyWitnessesError) else 400


def _page(typed: Mapping[str, str], problems: Mapping[str, str]) -> str:
    services = console()
    with reading(services.stores.main) as connection:
        found = witnesses(connection)
        try:
            vkey, size = StoredLog(connection).vkey, state_of(connection).checkpoint_size
        except NoLogError:
            vkey, size = "", 0
    return render_template(
        "console/log/witnesses.html",
        watchers=watchers(found, size),
        notices=notices(found, services.clock()),
        vkey=vkey,
        typed=typed,
        problems=problems,
        most=MOST_CHARACTERS,
    )

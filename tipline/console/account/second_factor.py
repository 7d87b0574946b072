"""The second factor in forms: a one-time code that was typed, or what a passkey answered."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import request
from webauthn.helpers import bytes_to_base64url

from tipline.console.origins import own_origin
from tipline.console.services import console
from tipline.members.accounts import SecondFactor
from tipline.members.overview import Account
from tipline.members.passkeys import (
    PasskeyAnswer,
    Site,
    asking_options,
    making_options,
    new_challenge,
)


@dataclass(frozen=True, slots=True)
class PasskeyRequest:
    """What a page hands to its script, and the challenge that its form sends back."""

    options: str
    challenge: str


def ask_for_passkey(form_token: str) -> PasskeyRequest:
    """Return what a form needs in which a passkey may stand for the code."""
    challenge = _challenge(form_token)
    return PasskeyRequest(asking_options(_site(), challenge), bytes_to_base64url(challenge))


def ask_for_new_passkey(account: Account, form_token: str) -> PasskeyRequest:
    """Return what a form needs in which a member makes a passkey."""
    challenge = _challenge(form_token)
    options = making_options(_site(), account.id, account.email, challenge)
    return PasskeyRequest(options, bytes_to_base64url(challenge))


def second_factor(form_token: str) -> SecondFactor:
    """Return the second factor in the form that was sent."""
    if request.form.get("passkey"):
        return passkey_answer(form_token)
    return request.form.get("code", "")


def passkey_answer(form_token: str) -> PasskeyAnswer:
    """Return what a passkey brought in the form that was sent."""
    form = request.form
    challenge, response = form.get("challenge", ""), form.get("passkey", "")
    return PasskeyAnswer(_site(), challenge, form_token, response)


def _challenge(form_token: str) -> bytes:
    services = console()
    return new_challenge(services.keys.pepper, form_token, services.clock())


def _site() -> Site:
    return Site((urlsplit(console().settings.url).hostname or "").lower(), own_origin())

"""Passkeys and security keys (W3C Web Authentication, level 3), instead of the one-time code.

Their public halves lie in the member's blob, so that whoever writes to the database cannot add one.
A challenge is not kept by the server: it carries the time of its issue under a keyed tag, and an
account takes none that is not newer than the last one it took.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta

import webauthn
from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.members import Passkey
from tipline.crypto.tags import check_tag, keyed_tag
from tipline.errors import TiplineError
from tipline.language.marking import marked

CHALLENGE_LIFETIME = timedelta(minutes=5)
PURPOSE = "passkey challenge"
TIME_LENGTH, RANDOM_LENGTH = 8, 16
MAX_RESPONSE_CHARACTERS = 8192
SITE_NAME = "Tipline"


class PasskeyRefusedError(TiplineError):
    """What a browser brought is no answer of a passkey to a fresh challenge of ours."""

    code = "passkey_refused"
    message = marked("That did not work. Load the page again, then try once more.")


@dataclass(frozen=True, slots=True)
class Site:
    """Where passkeys are for: a host, and the origin as browsers write it (RFC 6454)."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True, repr=False)
class PasskeyAnswer:
    """What a browser brought. `bound_to` is the token of the form for which it was asked."""

    site: Site
    challenge: str
    bound_to: str
    response: str


def new_challenge(pepper: bytes, bound_to: str, now: datetime) -> bytes:
    """Return a challenge that says when it was made, and that is good for one form only."""
    content = _milliseconds(now).to_bytes(TIME_LENGTH, "big") + os.urandom(RANDOM_LENGTH)
    return content + keyed_tag(pepper, PURPOSE, content, bound_to)


def making_options(site: Site, member_id: str, email: str, challenge: bytes) -> str:
    """Return what a browser needs to make a passkey, as JSON."""
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=SITE_NAME,
        user_id=bytes.fromhex(member_id),
        user_name=email,
        challenge=challenge,
        # It must be found without its id: nobody is told which passkeys an address has.
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.DISCOURAGED,
        ),
    )
    return webauthn.options_to_json(options)


def asking_options(site: Site, challenge: bytes) -> str:
    """Return what a browser needs to ask for a passkey, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        user_verification=UserVerificationRequirement.DISCOURAGED,
    )
    return webauthn.options_to_json(options)


def made_passkey(answer: PasskeyAnswer, pepper: bytes, now: datetime) -> Passkey:
    """Return the passkey that a browser made.

    Raises:
        PasskeyRefusedError: the answer is not one, or not to a fresh challenge.
    """
    challenge, _ = _fresh(answer, pepper, now)
    try:
        made = webauthn.verify_registration_response(
            credential=answer.response,
            expected_challenge=challenge,
            expected_rp_id=answer.site.host,
            expected_origin=answer.site.origin,
        )
    except Exception:  # the library's parsers raise of every kind
        raise PasskeyRefusedError from None
    return Passkey(made.credential_id, made.credential_public_key)


def check_answer(
    answer: PasskeyAnswer, passkeys: tuple[Passkey, ...], pepper: bytes, now: datetime
) -> int:
    """Return when the challenge was made that one of these passkeys has signed, in milliseconds.

    Raises:
        PasskeyRefusedError: none of them did, or the challenge is not a fresh one.
    """
    challenge, made_at = _fresh(answer, pepper, now)
    try:
        credential = parse_authentication_credential_json(answer.response)
        (passkey,) = [one for one in passkeys if one.id == credential.raw_id]
        webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=answer.site.host,
            expected_origin=answer.site.origin,
            credential_public_key=passkey.public,
            # Not kept: a new count would need the blob sealed anew at each sign-in, and passkeys
            # that are synchronised between devices count nothing.
            credential_current_sign_count=0,
        )
    except Exception:  # the library's parsers raise of every kind
        raise PasskeyRefusedError from None
    return made_at


def _fresh(answer: PasskeyAnswer, pepper: bytes, now: datetime) -> tuple[bytes, int]:
    if len(answer.response) > MAX_RESPONSE_CHARACTERS:
        raise PasskeyRefusedError
    try:
        challenge = base64url_to_bytes(answer.challenge)
        content = challenge[: TIME_LENGTH + RANDOM_LENGTH]
        check_tag(pepper, challenge[len(content) :], PURPOSE, content, answer.bound_to)
    except (ValueError, NotAuthenticError):
        raise PasskeyRefusedError from None
    made_at = int.from_bytes(content[:TIME_LENGTH], "big")
    age = timedelta(milliseconds=_milliseconds(now) - made_at)
    if not timedelta() <= age < CHALLENGE_LIFETIME:
        raise PasskeyRefusedError
    return challenge, made_at


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)

"""The doctor's self-test: a signed message to nobody, which comes back through the public URL.

The doctor does not have the auth token. Whoever holds the gateway's keys (the doctor opens them
with the unlock secret) can ask for one message that is signed as the provider would; all others are
answered as on a path that does not exist. Its number belongs to no line and never can, and the
gateway writes its fields itself: so what is asked for is no help in forging a tip. When the message
comes back, the gateway checks all of it and answers with a proof, and keeps nothing.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from tipline.clock import system_clock
from tipline.crypto.derivation import hkdf
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.generations import Generations
from tipline.crypto.tags import check_tag_of_any, keyed_tag

PATH = "/self-test"
# E.164 numbers never start with 0, and a line's address must be one (lines/descriptions.py).
NOBODY = "+0000000000"
ASK_PURPOSE = "self-test ask"
PROOF_PURPOSE = "self-test proof"
ASK_LIFETIME = timedelta(seconds=60)
NONCE = re.compile(r"[0-9a-f]{32}")
MOMENT = re.compile(r"[0-9]{1,11}")
TAG = re.compile(r"[0-9a-f]{64}")


def self_test_keys(dedupe: Generations, today: date) -> tuple[bytes, ...]:
    """Return the keys that prove who asks and who answers, from one of the gateway's own.

    The first is to be used, the others are good as well: the doctor and the gateway may have looked
    at the folder at different moments of a rotation.
    """
    return tuple(hkdf(key, "self-test") for key in dedupe.of_day(today))


def ask_fields(key: bytes, nonce: str, now: datetime | None = None) -> dict[str, str]:
    """Return the form with which a signed message is asked for; it is good for a minute."""
    moment = str(int((now or system_clock()).timestamp()))
    tag = keyed_tag(key, ASK_PURPOSE, nonce, moment)
    return {"nonce": nonce, "moment": moment, "tag": tag.hex()}


def check_ask(keys: Sequence[bytes], form: Mapping[str, str], now: datetime) -> None:
    """Check that somebody who holds the gateway's keys asks, just now.

    Raises:
        NotAuthenticError: not so.
    """
    nonce, moment, tag = (form.get(name, "") for name in ("nonce", "moment", "tag"))
    if not (NONCE.fullmatch(nonce) and MOMENT.fullmatch(moment) and TAG.fullmatch(tag)):
        raise NotAuthenticError
    check_tag_of_any(keys, bytes.fromhex(tag), ASK_PURPOSE, nonce, moment)
    if abs(now.timestamp() - int(moment)) > ASK_LIFETIME.total_seconds():
        raise NotAuthenticError


def message_to_nobody(account_sid: str) -> dict[str, str]:
    """Return the fields of a message like the provider's, from nobody to nobody."""
    return {
        "MessageSid": f"SM{secrets.token_hex(16)}",
        "AccountSid": account_sid,
        "From": NOBODY,
        "To": NOBODY,
        "Body": "Self-test of this installation",
        "NumMedia": "0",
    }


def proof(key: bytes, message_sid: str) -> str:
    """Return what tells the doctor that this gateway, and nobody in between, took the message."""
    return keyed_tag(key, PROOF_PURPOSE, message_sid).hex()

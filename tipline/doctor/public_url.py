"""The public URL: a signed message goes out and comes back through it, and nothing is kept.

The gateway alone has the auth token. So the doctor asks it, on this machine, for a signed message
to a number that no line can have; what it asks with is tagged under a key from the gateway's
folder. The message is then posted through the public URL, as the provider would post it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from tipline.clock import day_of
from tipline.crypto.errors import KeyMissingError, NotAuthenticError, UnlockError
from tipline.crypto.generations import Generations
from tipline.crypto.tags import check_tag_of_any
from tipline.doctor.findings import Finding, failure, ok, warning
from tipline.doctor.patient import Patient
from tipline.environment import LOCAL_HOSTS
from tipline.gateway import keys as gateway_keys
from tipline.gateway.self_test import PATH, PROOF_PURPOSE, ask_fields, self_test_keys
from tipline.gateway.twilio_webhook import MESSAGE_PATH, SIGNATURE_HEADER

CHECK = "public_url"
TIMEOUT_SECONDS = 15.0  # as long as the provider waits


@dataclass(frozen=True, slots=True)
class SignedForm:
    """What the gateway signed: for which URL, and with what."""

    url: str
    fields: Mapping[str, str] = field(repr=False)
    signature: str = field(repr=False)


def asking() -> requests.Session:
    """Return a session that takes neither passwords nor proxies from this user's settings."""
    session = requests.Session()
    session.trust_env = False
    return session


def public_url_of(patient: Patient) -> str:
    """Return the public URL of the settings, or "" when this environment does not hold it."""
    return patient.environment.get("TIPLINE_PUBLIC_URL", "").strip().rstrip("/")


def check_public_url(patient: Patient) -> list[Finding]:
    """Post a signed message to the gateway through the public URL, and look if it came back."""
    try:
        dedupe = Generations.load(patient.folders()["gateway"], gateway_keys.DEDUPE)
    except (UnlockError, KeyMissingError, OSError):
        looked = "Without the gateway's keys nothing can be posted through the public URL."
        return [failure(CHECK, looked, "See what is said of the keys.")]
    keys = self_test_keys(dedupe, day_of(patient.clock()))
    with asking() as session:
        form = _ask(session, patient.settings.gateway_port, keys[0])
        if isinstance(form, Finding):
            return [form]
        wanted = public_url_of(patient)
        if wanted and wanted != form.url:
            looked = "The running gateway has another public URL than the settings given here."
            return [failure(CHECK, looked, "Restart it, or set TIPLINE_PUBLIC_URL to the same.")]
        return [_transport(form.url), _come_back(session, form, keys)]


def _ask(session: requests.Session, port: int, key: bytes) -> SignedForm | Finding:
    """Ask the gateway on this machine for a signed message to nobody."""
    try:
        answer = session.post(
            f"http://127.0.0.1:{port}{PATH}",
            data=ask_fields(key, secrets.token_hex(16)),
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
        if answer.status_code == 200:
            told: dict[str, Any] = answer.json()
            return SignedForm(told["url"], told["fields"], told["signature"])
    except requests.ConnectionError:
        looked = "The gateway does not answer on its port on this machine."
        return failure(CHECK, looked, "Start it, or set TIPLINE_GATEWAY_PORT to its port.")
    except (requests.RequestException, ValueError, KeyError, TypeError):
        pass
    looked = "What answers on the gateway's port on this machine is not this instance's gateway."
    advice = "Set TIPLINE_GATEWAY_PORT and TIPLINE_HOME to those of the running gateway."
    return failure(CHECK, looked, advice)


def _transport(url: str) -> Finding:
    if urlsplit(url).hostname in LOCAL_HOSTS:
        looked = "The public URL leads to this machine only: no provider can reach it."
        return warning(CHECK, looked, "Set TIPLINE_PUBLIC_URL to the address outside, with https.")
    return ok(CHECK, "The public URL is an https URL.")


def _come_back(session: requests.Session, form: SignedForm, keys: Sequence[bytes]) -> Finding:
    try:
        answer = session.post(
            form.url + MESSAGE_PATH,
            data=dict(form.fields),
            headers={SIGNATURE_HEADER: form.signature},
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
    except requests.exceptions.SSLError:
        looked = "The certificate at the public URL is not valid."
        return failure(CHECK, looked, "Renew it for this host name: the provider refuses it, too.")
    except requests.RequestException:
        looked = "Nothing answers at the public URL, seen from this machine."
        advice = "Look at the name's DNS entries, the firewall and the TLS proxy in front."
        return failure(CHECK, looked, advice)
    return _judge(answer, form, keys)


def _judge(answer: requests.Response, form: SignedForm, keys: Sequence[bytes]) -> Finding:
    try:
        proof = bytes.fromhex(answer.text.strip()) if len(answer.text) < 100 else b""
        check_tag_of_any(keys, proof, PROOF_PURPOSE, form.fields["MessageSid"])
    except (ValueError, NotAuthenticError):
        return _refused(answer.status_code)
    return ok(CHECK, "A signed message went out through the public URL and came back whole.")


def _refused(status: int) -> Finding:
    if status in (400, 403):
        looked = "The signature of a message did not hold on its way through the public URL."
        advice = (
            "Look whether the proxy changes path, query or body, and whether all gateways behind "
            "it have the same auth token and public URL."
        )
    elif 300 <= status < 400:
        looked = "The public URL leads on to another one."
        advice = "Set TIPLINE_PUBLIC_URL, and the webhook at the provider, to the last one."
    elif status >= 500:
        looked = f"The public URL answers {status}: the gateway is not reached, or keeps nothing."
        advice = "Look at the proxy in front, then at the gateway's log."
    else:
        looked = f"Something else than this gateway answers at the public URL ({status})."
        advice = "Look where the host name leads, and what the proxy in front passes on."
    return failure(CHECK, looked, advice)

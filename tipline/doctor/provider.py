"""The provider: its credentials, and each line's number with its webhook."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urldefrag

import config
from tipline.console.keys import SIGNING
from tipline.crypto.errors import KeyMissingError, UnlockError
from tipline.crypto.signing import SigningKey
from tipline.delivery.provider import ProviderBusyError, ProviderLockedOutError
from tipline.delivery.twilio_account import AccountNumber, TwilioAccount
from tipline.doctor.findings import Finding, failure, ok, warning
from tipline.doctor.patient import Patient
from tipline.environment import SettingsError, public_url
from tipline.gateway.twilio_webhook import MESSAGE_PATH
from tipline.lines.directory import CertifiedLine, LineDirectory

CHECK = "provider"
ACCOUNT = "TIPLINE_TWILIO_ACCOUNT_SID"
KEY = ("TIPLINE_TWILIO_API_KEY_SID", "TIPLINE_TWILIO_API_KEY_SECRET")
TOKEN = "TIPLINE_TWILIO_AUTH_TOKEN"  # noqa: S105 - a setting's name
TRIES_AGAIN = {"rc": ["3"], "rp": ["all"]}


def check_provider(patient: Patient) -> list[Finding]:
    """Ask the provider, through its own client, for our numbers and where they lead."""
    said = patient.environment
    account = said.get(ACCOUNT, "").strip()
    try:
        base_url = _base_url(patient)
    except SettingsError as error:
        return [failure(CHECK, str(error), "Correct that setting.")]
    findings = [_token(account, said.get(TOKEN, "").strip(), base_url)]
    key_sid, key_secret = (said.get(name, "").strip() for name in KEY)
    if not (account and key_sid and key_secret):
        looked = "The provider's account and API key are not in this environment."
        advice = "Run the doctor with the settings that the delivery worker has."
        return [*findings, warning(CHECK, looked, advice)]
    try:
        numbers = TwilioAccount(account, key_sid, key_secret, base_url).numbers()
    except ProviderLockedOutError:
        looked = "The provider refuses the API key for this account, or its right to see numbers."
        advice = "Make a new API key in the provider's console; nothing can be sent until then."
        return [*findings, failure(CHECK, looked, advice)]
    except ProviderBusyError:
        looked = "The provider's API does not answer."
        return [*findings, failure(CHECK, looked, "Look at the way out, and at its status page.")]
    reached = ok(CHECK, "The provider takes the API key, and the account can be reached.")
    return [*findings, reached, *_lines(patient, numbers)]


def _base_url(patient: Patient) -> str:
    name = "TIPLINE_TWILIO_BASE_URL"
    return public_url({name: config.DEFAULT_PROVIDER_URL, **patient.environment}, name)


def _token(account: str, token: str, base_url: str) -> Finding:
    """Try the auth token, if it is here: with another one no webhook would be believed."""
    if not (account and token):
        return ok(CHECK, "The auth token is not in this environment, and was not tried.")
    try:
        is_active = TwilioAccount(account, account, token, base_url).is_active()
    except ProviderLockedOutError:
        looked = "The provider refuses the auth token: every webhook is refused here, too."
        return failure(CHECK, looked, "Set TIPLINE_TWILIO_AUTH_TOKEN to the account's own.")
    except ProviderBusyError:
        return warning(CHECK, "The auth token could not be tried.", "Try again later.")
    if not is_active:
        looked = "The provider has suspended or closed the account."
        return failure(CHECK, looked, "Ask the provider why.")
    return ok(CHECK, "The provider takes the auth token, and the account is active.")


def _lines(patient: Patient, numbers: list[AccountNumber]) -> Iterator[Finding]:
    try:
        pin = SigningKey(patient.folders()["console"].read(SIGNING)).public
        lines = LineDirectory(patient.stores.main, pin, patient.clock).all()
    except (UnlockError, KeyMissingError, OSError):
        yield failure(CHECK, "Without the console's keys no line is known.", "See the keys.")
        return
    if not lines:
        yield warning(CHECK, "There is no line yet.", "Make one under Administration, Lines.")
    here = patient.environment.get("TIPLINE_PUBLIC_URL", "").strip().rstrip("/")
    by_number = {one.number: one for one in numbers}
    for line in lines:
        yield _line(line, by_number, here)


def _line(line: CertifiedLine, numbers: dict[str, AccountNumber], here: str) -> Finding:
    name, address = _printable(line.name), line.certificate.address
    if not address.startswith("+"):
        return ok(CHECK, f"“{name}” is no telephone number, and was not looked up.")
    if address not in numbers:
        looked = f"The number of “{name}” does not belong to the provider's account."
        advice = "Buy it there, or correct the line's number under Administration, Lines."
        return failure(CHECK, looked, advice)
    return _webhook(name, numbers[address], here)


def _webhook(name: str, number: AccountNumber, here: str) -> Finding:
    url, fragment = urldefrag(number.message_url)
    if not here:
        looked = f"The webhook of “{name}” was not compared: no public URL in this environment."
        return warning(CHECK, looked, "Run the doctor with the settings that the gateway has.")
    if url != here + MESSAGE_PATH:
        looked = f"Messages to “{name}” are posted to another URL than this gateway's."
        advice = f"Set the number's message webhook to the public URL with {MESSAGE_PATH}."
        return failure(CHECK, looked, advice)
    if number.message_method != "POST":
        looked = f"Messages to “{name}” are asked for with GET: the provider logs them for days."
        return failure(CHECK, looked, "Set the number's message webhook to HTTP POST.")
    if parse_qs(fragment) != TRIES_AGAIN or not number.fallback_url:
        looked = f"The provider tries only once to post a message to “{name}”."
        advice = "End the webhook's URL in #rc=3&rp=all, and set a fallback URL."
        return warning(CHECK, looked, advice)
    return ok(CHECK, f"The number of “{name}” is the account's, and leads to the public URL.")


def _printable(name: str) -> str:
    """Return a name that commands no terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)

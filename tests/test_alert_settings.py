"""Settings of alerts: what would send in clear or to nowhere stops the start."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import AlertSettings, SettingsError

WHOLE = {
    "TIPLINE_CONSOLE_URL": "https://staff.example.org",
    "TIPLINE_SMTP_URL": "smtp://tip%40line:p%3Aw-9@mail.example.org",
    "TIPLINE_SMTP_FROM": "tipline@example.org",
    "TIPLINE_ALERT_WEBHOOK_URL": "https://alerts.example.org/hook?sig=abc-9",
    "TIPLINE_ALERT_WEBHOOK_SECRET": "a secret of both sides",
}
FROM = "TIPLINE_SMTP_FROM must be an address like tipline@example.org."
MAIL = "TIPLINE_SMTP_URL must be a URL like smtp://user:password@mail.example.org:587."
HOOK = "TIPLINE_ALERT_WEBHOOK_URL must be a URL like https://alerts.example.org/tipline."


def read(**changes: str) -> AlertSettings:
    return AlertSettings.from_environment({**WHOLE, **changes})


def refusal(**changes: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(**changes)
    return str(caught.value)


def test_all_of_it() -> None:
    alerts = read()
    assert alerts.mail is not None
    assert alerts.webhook is not None
    assert (alerts.mail.host, alerts.mail.port) == ("mail.example.org", 587)
    assert (alerts.mail.user, alerts.mail.password) == ("tip@line", "p:w-9")
    assert (alerts.mail.needs_tls, alerts.mail.is_tls_from_start) == (True, False)
    assert alerts.webhook.url.endswith("/hook?sig=abc-9")
    assert alerts.may_push_inside is False


def test_nothing_of_it() -> None:
    alerts = AlertSettings.from_environment({"TIPLINE_CONSOLE_URL": "https://staff.example.org"})
    assert (alerts.mail, alerts.webhook, alerts.may_push_inside) == (None, None, False)


def test_printed_they_show_no_secret() -> None:
    shown = repr(read())
    for secret in ("p:w-9", "p%3Aw", "tip@line", "abc-9", "both sides"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("url", "port", "needs_tls", "from_start"),
    [
        ("smtp://127.0.0.1", 587, False, False),
        ("smtp://localhost:25/", 25, False, False),
        ("smtp://[::1]:2525", 2525, False, False),
        ("smtps://mail.example.org", 465, True, True),
        ("smtp://127.0.0.1.example.org", 587, True, False),
        ("smtp://10.0.0.1", 587, True, False),
    ],
)
def test_tls_is_left_out_on_this_machine_alone(
    url: str, port: int, needs_tls: bool, from_start: bool
) -> None:
    mail = read(TIPLINE_SMTP_URL=url).mail
    assert mail is not None
    assert (mail.port, mail.needs_tls, mail.is_tls_from_start) == (port, needs_tls, from_start)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://user:pw@",
        "smtp://mail.example.org/box",
        "smtp://mail.example.org?x=1",
        "smtp://mail.example.org:0",
        "smtp://mail.example.org:99999",
        "smtp://[::1",
        "smtp://mail.exa mple.org",
        "SMTP://mail.example.org",
    ],
)
def test_what_is_no_mail_server_is_refused(url: str) -> None:
    assert refusal(TIPLINE_SMTP_URL=url) == MAIL


@pytest.mark.parametrize("sender", ["x", "@example.org", "a b@example.org", "a@b\nBcc: c", "ü@"])
def test_what_is_no_sender_is_refused(sender: str) -> None:
    assert refusal(TIPLINE_SMTP_FROM=sender) == FROM


def test_a_mail_server_needs_a_sender_and_a_webhook_a_secret() -> None:
    assert refusal(TIPLINE_SMTP_FROM=" ").startswith("TIPLINE_SMTP_FROM is missing or empty.")
    said = refusal(TIPLINE_ALERT_WEBHOOK_SECRET="")
    assert said.startswith("TIPLINE_ALERT_WEBHOOK_SECRET is missing or empty.")
    said = refusal(TIPLINE_ALERT_WEBHOOK_SECRET="x" * 15)
    assert said == "TIPLINE_ALERT_WEBHOOK_SECRET must have at least 16 characters."


@pytest.mark.parametrize(
    "url",
    ["alerts.example.org", "ftp://alerts.example.org", "https://", "https://[::1", "https://u@h/"],
)
def test_what_is_no_webhook_is_refused(url: str) -> None:
    assert refusal(TIPLINE_ALERT_WEBHOOK_URL=url) == HOOK


def test_a_webhook_in_clear_is_allowed_on_this_machine_alone() -> None:
    hook = read(TIPLINE_ALERT_WEBHOOK_URL="http://127.0.0.1:9/hook").webhook
    assert hook is not None
    said = refusal(TIPLINE_ALERT_WEBHOOK_URL="http://alerts.example.org/hook")
    assert said.startswith("TIPLINE_ALERT_WEBHOOK_URL must start with https://")


@pytest.mark.parametrize("value", ["true", "1", "Yes", "maybe"])
def test_a_switch_is_yes_or_no(value: str) -> None:
    assert (
        refusal(TIPLINE_ALERT_PUSH_INSIDE=value) == "TIPLINE_ALERT_PUSH_INSIDE must be yes or no."
    )
    assert read(TIPLINE_ALERT_PUSH_INSIDE="yes").may_push_inside is True


@settings(max_examples=150)
@given(
    st.sampled_from(["TIPLINE_SMTP_URL", "TIPLINE_SMTP_FROM", "TIPLINE_ALERT_WEBHOOK_URL"]),
    st.text(max_size=20),
    st.sampled_from(["", "smtp://", "smtp://[", "https://", "https://h:", "a@"]),
)
def test_whatever_is_typed_it_is_read_or_refused_and_not_repeated(
    name: str, typed: str, start: str
) -> None:
    try:
        read(**{name: start + typed})
    except SettingsError as error:
        said = str(error)
    else:
        return
    assert said.startswith("TIPLINE_")
    assert len(typed) < 6 or typed not in said

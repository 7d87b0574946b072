"""Alerts by mail, taken by a real mail server."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.alerts.receivers import HOST, Certificate, Mailbox, mail_server
from tests.support.blueprint import MovableClock
from tipline.alerts.channel import (
    Alert,
    ReceiverBusyError,
    ReceiverRefusedError,
    ReceiverUncertainError,
)
from tipline.alerts.channels.mail import MailChannel, MailServer

ALERT = Alert("ab" * 16, "Police tips", "https://staff.example.org", is_repetition=False)
ADDRESS = "sue@staff.example.org"


def channel(
    port: int,
    context: ssl.SSLContext | None = None,
    *,
    host: str = HOST,
    is_tls_from_start: bool = False,
    needs_tls: bool = False,
    user: str = "",
    password: str = "",
) -> MailChannel:
    server = MailServer(
        host, port, is_tls_from_start, needs_tls, user, password, "tipline@example.org"
    )
    return MailChannel(server, MovableClock(), context)


def only_mail(mailbox: Mailbox) -> EmailMessage:
    (envelope,) = mailbox.mails
    assert isinstance(envelope.content, bytes)
    parsed = message_from_bytes(envelope.content, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_a_mail_says_that_a_tip_waits_and_no_more() -> None:
    with mail_server() as mailbox:
        channel(mailbox.port).send(ALERT, ADDRESS)
    mail = only_mail(mailbox)
    assert mail.get_content().replace("\r\n", "\n") == (
        "A tip on Police tips is waiting. Open the console: https://staff.example.org\n"
    )
    assert dict(mail.items()) == {
        "To": ADDRESS,
        "From": "tipline@example.org",
        "Subject": "A tip is waiting",
        "Date": "Mon, 02 Nov 2026 15:04:05 +0000",
        "Message-ID": f"<{'ab' * 16}@example.org>",
        "Auto-Submitted": "auto-generated",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "7bit",
        "MIME-Version": "1.0",
    }
    assert mailbox.mails[0].rcpt_tos == [ADDRESS]
    assert mailbox.mails[0].mail_from == "tipline@example.org"
    assert mailbox.hello == ["example.org"], "this machine's own name is nobody's business"


def test_a_repetition_says_so() -> None:
    again = Alert(ALERT.uid, ALERT.line_name, ALERT.console_url, is_repetition=True)
    with mail_server() as mailbox:
        channel(mailbox.port).send(again, ADDRESS)
    mail = only_mail(mailbox)
    assert "This may be a repetition of an earlier alert." in mail.get_content()
    assert mail["Message-ID"] == f"<{'ab' * 16}@example.org>"


def test_starttls_is_used_with_name_and_password(certificate: Certificate) -> None:
    with mail_server(certificate, login=True) as mailbox:
        one = channel(
            mailbox.port, certificate.client, host="localhost", needs_tls=True,
            user="tipline", password="right",
        )  # fmt: skip
        one.send(ALERT, ADDRESS)
    assert mailbox.were_tls == [True]
    assert mailbox.logins == [(b"tipline", b"right")]


def test_tls_from_the_start(certificate: Certificate) -> None:
    with mail_server(certificate, is_tls=True) as mailbox:
        one = channel(
            mailbox.port, certificate.client, host="localhost",
            is_tls_from_start=True, needs_tls=True,
        )  # fmt: skip
        one.send(ALERT, ADDRESS)
    assert len(mailbox.mails) == 1


def test_without_tls_nothing_is_said_to_another_machine() -> None:
    with mail_server() as mailbox:
        one = channel(mailbox.port, needs_tls=True, user="tipline", password="right")
        with pytest.raises(ReceiverBusyError):
            one.send(ALERT, ADDRESS)
    assert (mailbox.mails, mailbox.logins, mailbox.hello) == ([], [], [])


@pytest.mark.parametrize("host", [HOST, "localhost"], ids=["wrong name", "unknown authority"])
def test_a_certificate_that_does_not_hold_gets_nothing(certificate: Certificate, host: str) -> None:
    context = certificate.client if host == HOST else ssl.create_default_context()
    with mail_server(certificate) as mailbox, pytest.raises(ReceiverBusyError):
        channel(mailbox.port, context, host=host, needs_tls=True).send(ALERT, ADDRESS)
    assert mailbox.mails == []


def test_a_wrong_password_is_tried_again_later(certificate: Certificate) -> None:
    with mail_server(certificate, login=True) as mailbox:
        one = channel(
            mailbox.port, certificate.client, host="localhost", needs_tls=True,
            user="tipline", password="wrong",
        )  # fmt: skip
        with pytest.raises(ReceiverBusyError) as caught:
            one.send(ALERT, ADDRESS)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_server_that_is_down_is_busy() -> None:
    with socket.socket() as unused:
        unused.bind((HOST, 0))
        with pytest.raises(ReceiverBusyError):
            channel(unused.getsockname()[1]).send(ALERT, ADDRESS)


def refuse_recipient(answer: str) -> Callable[[Mailbox], None]:
    return lambda mailbox: setattr(mailbox, "recipient_answer", answer)


def refuse_data(answer: str) -> Callable[[Mailbox], None]:
    return lambda mailbox: setattr(mailbox, "data_answer", answer)


@pytest.mark.parametrize(
    ("refuse", "expected"),
    [
        (refuse_recipient("550 No such user here"), ReceiverRefusedError),
        (refuse_recipient("450 Mailbox busy"), ReceiverBusyError),
        (refuse_data("554 No, thank you"), ReceiverRefusedError),
        (refuse_data("452 Disk full"), ReceiverBusyError),
    ],
    ids=["no such user", "greylisted", "refused", "disk full"],
)
def test_what_a_server_answers_tells_never_from_later(
    refuse: Callable[[Mailbox], None], expected: type[Exception]
) -> None:
    with mail_server() as mailbox:
        refuse(mailbox)
        with pytest.raises(expected) as caught:
            channel(mailbox.port).send(ALERT, ADDRESS)
    assert mailbox.mails == []
    assert ADDRESS not in str(caught.value)


def test_a_connection_that_breaks_after_the_text_leaves_it_uncertain() -> None:
    with mail_server() as mailbox:
        mailbox.breaks_off = True
        with pytest.raises(ReceiverUncertainError):
            channel(mailbox.port).send(ALERT, ADDRESS)
    assert len(mailbox.mails) == 1


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=40))
@example("sue@example.org\r\nBcc: all@example.org")
@example("sue@example.org, bob@example.org")
@example("süe@example.org")
@example("")
@example("@")
@example("sue@[")
def test_whatever_stands_in_the_place_of_an_address_is_one_or_is_refused(address: str) -> None:
    """Nothing is there to take it: an address that could be used is only not reached."""
    one = channel(9)
    with pytest.raises((ReceiverRefusedError, ReceiverBusyError)) as caught:
        one.send(ALERT, address)
    if "\n" in address or "," in address:
        assert caught.type is ReceiverRefusedError


@pytest.mark.parametrize("name", ["Tips\r\nBcc: all@example.org", "Línea de pistas ☎", "x" * 300])
def test_a_lines_name_is_text_and_no_header(name: str) -> None:
    with mail_server() as mailbox:
        alert = Alert(ALERT.uid, name, ALERT.console_url, is_repetition=False)
        channel(mailbox.port).send(alert, ADDRESS)
    mail = only_mail(mailbox)
    assert mail["Bcc"] is None
    assert " ".join(name.split()) in mail.get_content()
    assert mailbox.mails[0].rcpt_tos == [ADDRESS]

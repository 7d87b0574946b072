"""The mail server that takes alerts: reached, over TLS, with its password. No mail is sent."""

from __future__ import annotations

import config
from tipline.alerts.channel import ReceiverBusyError
from tipline.alerts.channels.mail import MailChannel, MailServer
from tipline.doctor.findings import Finding, failure, ok
from tipline.doctor.patient import Patient

CHECK = "mail"


def check_mail(patient: Patient) -> list[Finding]:
    """Say EHLO to the mail server, agree on TLS and sign in, as an alert would be sent."""
    try:
        settings = config.MailSettings.from_environment(patient.environment)
    except config.SettingsError as error:
        return [failure(CHECK, str(error), "Correct that setting.")]
    if settings is None:
        return [ok(CHECK, "No mail server is set; alerts go other ways, or nowhere.")]
    server = MailServer(
        host=settings.host,
        port=settings.port,
        is_tls_from_start=settings.is_tls_from_start,
        needs_tls=settings.needs_tls,
        user=settings.user,
        password=settings.password,
        sender=settings.sender,
    )
    try:
        MailChannel(server, patient.clock).greet()
    except ReceiverBusyError:
        looked = "The mail server does not answer, offers no valid TLS, or refuses the password."
        advice = "Correct TIPLINE_SMTP_URL: until then nobody is told by mail of an urgent tip."
        return [failure(CHECK, looked, advice)]
    how = (
        "" if settings.needs_tls or settings.is_tls_from_start else ", without TLS on this machine"
    )
    return [ok(CHECK, f"The mail server takes this installation's mail{how}.")]

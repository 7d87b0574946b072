"""Real receivers on this machine: a mail server, a web server, and the certificate of both."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Certificate:
    """A certificate for `localhost`, for a server and for whoever trusts it."""

    path: Path

    @classmethod
    def make(cls, folder: Path) -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
            .sign(key, hashes.SHA256())
        )
        path = folder / "localhost.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(private + made.public_bytes(Encoding.PEM))
        return cls(path)

    @property
    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path)
        return context

    @property
    def client(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.path))


@dataclass
class Mailbox:
    """What a mail server took, and what it answers instead of taking something."""

    port: int = 0
    mails: list[Envelope] = field(default_factory=list)
    were_tls: list[bool] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    hello: list[str] = field(default_factory=list)
    recipient_answer: str = ""
    data_answer: str = ""
    breaks_off: bool = False

    async def handle_RCPT(
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        self.hello.append(str(session.host_name))
        if self.recipient_answer:
            return self.recipient_answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.data_answer:
            return self.data_answer
        self.mails.append(envelope)
        self.were_tls.append(session.ssl is not None)
        if self.breaks_off:
            assert server.transport is not None
            server.transport.abort()
        return "250 OK"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, given: Any
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.logins.append((given.login, given.password))
        return AuthResult(success=given.password == b"right", handled=False)


@contextmanager
def mail_server(
    certificate: Certificate | None = None, *, login: bool = False, is_tls: bool = False
) -> Iterator[Mailbox]:
    """A mail server; with a certificate it knows STARTTLS, or speaks TLS from the start."""
    mailbox = Mailbox()
    context = certificate.server if certificate else None
    controller = Controller(
        mailbox,
        hostname=HOST,
        port=0,
        tls_context=None if is_tls else context,
        ssl_context=context if is_tls else None,
        authenticator=mailbox.authenticate if login else None,
        auth_require_tls=not is_tls,
    )
    # The controller asks its own port whether it is up, and so needs to know which it got.
    controller.port = _free_port()
    mailbox.port = controller.port
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@dataclass
class Posted:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class WebServer:
    """What a web server was sent, and what it answers."""

    port: int = 0
    status: int = 201
    location: str = ""
    breaks_off: bool = False
    # Answers nothing until this is set, if there is one.
    holds: threading.Event | None = None
    arrived: threading.Event = field(default_factory=threading.Event)
    posts: list[Posted] = field(default_factory=list)


@contextmanager
def web_server(certificate: Certificate | None = None) -> Iterator[WebServer]:
    """A web server that takes posts."""
    told = WebServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            told.posts.append(Posted(self.path, headers, body))
            told.arrived.set()
            if told.holds is not None:
                told.holds.wait(60)
                told.holds, self.close_connection = None, True
                return
            if told.breaks_off:
                self.close_connection = True
                return
            self.send_response(told.status)
            if told.location:
                self.send_header("Location", told.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    if certificate is not None:
        server.socket = certificate.server.wrap_socket(server.socket, server_side=True)
    told.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

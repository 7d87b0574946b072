"""Where pushes may go: a browser names the address, so it must not lead into our own network.

A member's browser says where its pushes are taken. Without a check, whoever signs in could have the
delivery worker call machines that only it can reach (server-side request forgery).
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from tipline.errors import TiplineError
from tipline.language.marking import marked

LONGEST_ENDPOINT = 1000
# Printable ASCII without # @ and backslash: no user and no fragment.
ENDPOINT = re.compile(r"https?://[!\"$-?A-\[\]-~]+")
HTTPS_PORT, HTTP_PORT = 443, 80
# Addresses in which another address is hidden: a translator on the way would unpack it.
TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


class BadEndpointError(TiplineError):
    """An address to which no push may go."""

    code = "bad_endpoint"
    message = marked("This browser takes pushes at an address that is not allowed here.")


@dataclass(frozen=True, slots=True, repr=False)
class Endpoint:
    """The parts of an address. `target` is what follows the host."""

    is_https: bool
    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        """Return scheme, host and, unless it goes without saying, the port."""
        scheme, usual = ("https", HTTPS_PORT) if self.is_https else ("http", HTTP_PORT)
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}" + ("" if self.port == usual else f":{self.port}")


def parse_endpoint(url: str, *, may_go_inside: bool = False) -> Endpoint:
    """Return an address's parts. Names are not looked up here.

    Raises:
        BadEndpointError: it is no https URL, or names an address of an inner network.
    """
    if len(url) > LONGEST_ENDPOINT or not ENDPOINT.fullmatch(url):
        raise BadEndpointError
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:  # brackets or a port that are none
        raise BadEndpointError from None
    is_https = parts.scheme == "https"
    if not host or port == 0 or not (is_https or may_go_inside):
        raise BadEndpointError
    if not may_go_inside and _is_inside(host):
        raise BadEndpointError
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Endpoint(is_https, host, port or (HTTPS_PORT if is_https else HTTP_PORT), target)


def public_address(endpoint: Endpoint, *, may_go_inside: bool = False) -> str:
    """Return the one IP address to connect to: a name that is looked up twice may change between.

    Raises:
        BadEndpointError: one of the name's addresses is not public.
        OSError: the name cannot be looked up now.
    """
    found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses:
        raise BadEndpointError
    if not may_go_inside and not all(is_public(ip_address(text)) for text in addresses):
        raise BadEndpointError
    return addresses[0]


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is one of the public internet (IANA's special-purpose registries)."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped or address.sixtofour or address.teredo or address.scope_id:
            return False
        if any(address in network for network in TRANSLATED):
            return False
    # Python calls some reserved ones global: ::/8, in which IPv4 addresses are hidden, too.
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _is_inside(host: str) -> bool:
    """Tell whether a host is written as an address that is not public, or names this machine."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not is_public(ip_address(host))
    except ValueError:
        return False

"""Calls to addresses that people typed. The one module that connects anywhere but to our own services.

The address is resolved here, every result is checked, and the connection goes to a checked result and to no other, so
that a name which points elsewhere a moment later gains nothing. Redirects are not followed. Time and size are bounded.
The standard library's client serves this better than others: it lets us connect the socket ourselves and follows
nothing by itself, neither redirects nor proxies of the environment.
"""

import http.client
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address

MOST_OCTETS = 2_000_000
CONNECT_SECONDS = 10.0
INNER_NAMES = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
PRIVATE = "This address leads into a private network, which the operator of this installation does not allow."


class Unreachable(Exception):
    """A call that got no usable answer; the message is for people and names no inner address.

    `again` tells whether the same call may succeed a little later.
    """

    def __init__(self, message: str, *, again: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.again = again


@dataclass(frozen=True)
class Answer:
    """The status and the decoded JSON body of an answer."""

    status: int
    data: Any


def fault(address: str) -> str:
    """What is wrong with an address as typed, in a sentence; "" when nothing is. Looks no name up."""
    try:
        parts = _split(address)
    except Unreachable as error:
        return error.message
    if settings.ALLOW_PRIVATE_ENDPOINTS:
        return _literal_fault(parts)
    if parts.scheme != "https":
        return "The address has to begin with https://, so that nobody on the way reads the key."
    name = (parts.hostname or "").rstrip(".").lower()
    if f".{name}".endswith(INNER_NAMES) or ("." not in name and ":" not in name and not _literals(name)):
        return PRIVATE
    return _literal_fault(parts)


def post_json(address: str, body: Any, *, headers: Mapping[str, str] | None = None, seconds: float = 60) -> Answer:
    """POST `body` as JSON and read JSON back, all within `seconds`. Raises Unreachable in plain words."""
    if problem := fault(address):
        raise Unreachable(problem)
    parts = _split(address)
    found = _checked(parts, min(seconds, CONNECT_SECONDS))
    sent = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with _plain_words(seconds), _connection(parts, found, seconds) as connection:
        connection.request("POST", target, json.dumps(body).encode(), {**sent, **(headers or {})})
        with connection.getresponse() as response:
            return _read(response)


# --------------------------------------------------------------------- address


def _split(address: str) -> SplitResult:
    """The parts of a sound address. Raises Unreachable."""
    try:
        parts = urlsplit(address)
        port_is_fine = parts.port is None or 0 < parts.port < 65536
        _name(parts)
    except (ValueError, UnicodeError):
        parts, port_is_fine = SplitResult("", "", "", "", ""), False
    if not address.isprintable() or " " in address or not port_is_fine or not parts.hostname:
        raise Unreachable("This is not an address. It looks like https://models.example.org/v1.")
    if parts.scheme not in {"http", "https"}:
        raise Unreachable("The address has to begin with https://.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Unreachable("Leave names, passwords and # out of the address.")
    return parts


def _name(parts: SplitResult) -> str:
    """The host as it goes over the wire."""
    name = parts.hostname or ""
    return name if name.isascii() else name.encode("idna").decode()


def _literals(name: str) -> list[Ip]:
    """The numbers a host is written in, whatever the notation (127.1, 0x7f000001, 2130706433); none for a name."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return []
    return [_ip(entry[4][0]) for entry in found]


def _literal_fault(parts: SplitResult) -> str:
    return "" if all(map(_may_call, _literals(_name(parts)))) else PRIVATE


def _ip(text: str | int) -> Ip:
    return ipaddress.ip_address(str(text).partition("%")[0])


def _may_call(ip: Ip) -> bool:
    """Whether a connection may go there. Addresses that carry an IPv4 address inside are judged by it, too."""
    inner = _inside(ip)
    if inner is not None and not _may_call(inner):
        return False
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False  # where clouds keep their secrets, and what is nobody's address
    return ip.is_global or (inner is not None) or bool(settings.ALLOW_PRIVATE_ENDPOINTS)


def _inside(ip: Ip) -> ipaddress.IPv4Address | None:
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


def _checked(parts: SplitResult, seconds: float) -> list[Ip]:
    """Where the name points now; every place it points to has to be allowed. Raises Unreachable."""
    found = _resolved(_name(parts), seconds)
    if not all(map(_may_call, found)):
        raise Unreachable(PRIVATE)
    return found


def _resolved(name: str, seconds: float) -> list[Ip]:
    """Look the name up in a thread of its own, since the resolver knows no deadline."""
    found: list[Ip] = []

    def look_up() -> None:
        try:
            entries = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(dict.fromkeys(_ip(entry[4][0]) for entry in entries))

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(seconds)
    if not found:
        raise Unreachable("The name in this address is not found.", again=True)
    return list(found)


# ------------------------------------------------------------------ connection


@contextmanager
def _connection(parts: SplitResult, found: list[Ip], seconds: float) -> Iterator[http.client.HTTPConnection]:
    """A connection to one of the checked addresses that is cut when the time is over, however slowly bytes come."""
    name, secure = _name(parts), parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    line = [_connected(found, port, min(seconds, CONNECT_SECONDS))]
    over = threading.Event()

    def cut() -> None:
        over.set()
        _shut(line[0])

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    connection = http.client.HTTPConnection(name, port)
    connection.default_port = 0 if parts.port else port  # the Host header names the port where the address does
    try:
        line[0].settimeout(seconds)
        if secure:
            context = ssl.create_default_context()
            line[0] = wrapped = context.wrap_socket(line[0], server_hostname=name, do_handshake_on_connect=False)
            wrapped.do_handshake()
        connection.sock = line[0]
        yield connection
    except Exception as error:
        if over.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
        connection.close()
        line[0].close()


def _connected(found: list[Ip], port: int, seconds: float) -> socket.socket:
    """A socket to the first checked address that answers."""
    last: OSError = ConnectionRefusedError()
    for ip in found[:4]:
        try:
            return socket.create_connection((str(ip), port), timeout=seconds)
        except OSError as error:
            last = error
    raise _refusal(last, seconds) from last


def _shut(plain: socket.socket) -> None:
    try:
        socket.socket.shutdown(plain, socket.SHUT_RDWR)
    except OSError:  # closed already
        return


def _read(response: http.client.HTTPResponse) -> Answer:
    """The answer, with a body of bounded size. A redirect is an error: it could lead anywhere."""
    if 300 <= response.status < 400:
        raise Unreachable("What answers there sends us on to another address, which is not followed.")
    body = response.read(MOST_OCTETS + 1)
    if len(body) > MOST_OCTETS:
        raise Unreachable("The answer is too long.")
    if response.length:
        raise http.client.IncompleteRead(body, response.length)
    try:
        return Answer(response.status, json.loads(body))
    except (ValueError, RecursionError):
        if response.status >= 400:
            return Answer(response.status, None)
        raise Unreachable("The answer is not JSON, so no model's interface is at this address.") from None


@contextmanager
def _plain_words(seconds: float) -> Iterator[None]:
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        raise _refusal(error, seconds) from error


def _refusal(error: Exception, seconds: float) -> Unreachable:
    """What went wrong, without inner details."""
    if isinstance(error, TimeoutError):
        return Unreachable(f"There was no answer within {seconds:.0f} seconds.", again=True)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unreachable("The certificate of this address is not valid.")
    if isinstance(error, ssl.SSLError):
        return Unreachable("No secure connection can be made to this address.")
    if isinstance(error, ConnectionRefusedError):
        return Unreachable("Nothing answers at this address.", again=True)
    if isinstance(error, http.client.HTTPException):
        return Unreachable("The connection broke before the whole answer was there.", again=True)
    return Unreachable("The connection broke.", again=True)

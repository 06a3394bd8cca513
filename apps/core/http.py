"""The one way out: every request to an address that somebody wrote goes through here.

Only https (http where the caller says so) to ports 80 and 443 of public addresses. The name is resolved once,
every answer is judged, and the connection goes to the very address that was judged, so a second answer of the
name server changes nothing; certificate and SNI still carry the name. No redirects, cookies, proxies from the
environment or compressed bodies; sizes and times are bounded. Hosts inside the bank are reached only when
``settings.HTTP_ALLOWED_INTERNAL`` lists them as host:port.

Blocking: for worker threads, never inside a database transaction.
"""

from __future__ import annotations

import ipaddress
import os
import re
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import httpcore2
import httpx2
from django.conf import settings

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
MAX_BYTES = 1024 * 1024
DEFAULT_PORTS = {"http": 80, "https": 443}
PUBLIC_PORTS = frozenset(DEFAULT_PORTS.values())
USER_AGENT = "Otklik/1"

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
# Of a host and a port, the addresses to choose from; OSError when there are none.
Resolver = Callable[[str, int], list[str]]
# Of an address, a port and a number of seconds, a connected socket.
Connector = Callable[[str, int, float], socket.socket]


class RequestFailed(Exception):
    """Base of what may go wrong here.

    ``transient``: the same request may work later. ``may_have_arrived``: the other side may have acted on it,
    so only a request with an idempotency key may be repeated blindly.
    """

    transient = False
    may_have_arrived = False


class Refused(RequestFailed):
    """We do not send this: the URL, its port or the address behind its name is not allowed. Nothing left."""


class Unreachable(RequestFailed):
    """No answer: name not found, connection refused or cut, certificate not valid, out of time."""

    def __init__(self, reason: str, *, transient: bool, may_have_arrived: bool) -> None:
        super().__init__(reason)
        self.transient = transient
        self.may_have_arrived = may_have_arrived


class TooLarge(RequestFailed):
    """The answer is longer than ``max_bytes``; what came was thrown away."""

    may_have_arrived = True


class BadAnswer(RequestFailed):
    """Something answered, but not in plain HTTP: broken framing, or a compressed body nobody asked for."""

    may_have_arrived = True


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it came, redirects and errors included. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    json: Any = None,
    max_bytes: int = MAX_BYTES,
    timeout: float = TOTAL_SECONDS,
    allow_http: bool = False,
) -> Response:
    """Send one request; ``timeout`` (seconds) bounds all of it, from the name look-up to the last byte.

    Raises Refused, Unreachable, TooLarge or BadAnswer. Every status is an answer: 302 and 500 come back.
    """
    return client().request(
        method,
        url,
        headers=headers,
        content=content,
        json=json,
        max_bytes=max_bytes,
        timeout=timeout,
        allow_http=allow_http,
    )


class Client:
    """Connections of one process, kept alive between requests. Safe to share between threads."""

    def __init__(
        self,
        *,
        resolve: Resolver | None = None,
        connect: Connector | None = None,
        verify: ssl.SSLContext | None = None,
    ) -> None:
        backend = _GuardedBackend(resolve or _system_addresses, connect or _connect)
        self._http = httpx2.Client(
            transport=_GuardedTransport(backend, verify),
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
        )
        self._http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        json: Any = None,
        max_bytes: int = MAX_BYTES,
        timeout: float = TOTAL_SECONDS,
        allow_http: bool = False,
    ) -> Response:
        target = judged_url(url, allow_http=allow_http)
        limits = httpx2.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS))
        prepared = self._http.build_request(
            method, target, headers=headers, content=content, json=json, timeout=limits
        )
        with _deadline(timeout) as progress, _failures(progress):
            answer = self._http.send(prepared, stream=True)
            try:
                return Response(answer.status_code, dict(answer.headers), _body(answer, max_bytes))
            finally:
                answer.close()

    def close(self) -> None:
        self._http.close()


@cache
def client() -> Client:
    """The client of this process."""
    return Client()


# A forked child must not write into its parent's connections.
os.register_at_fork(after_in_child=client.cache_clear)


def _body(answer: httpx2.Response, max_bytes: int) -> bytes:
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise BadAnswer(f"the body is encoded as {encoding[:20]!r} although plain was asked for")
    parts, size = [], 0
    for part in answer.iter_raw():
        size += len(part)
        if size > max_bytes:
            raise TooLarge(f"the body is longer than {max_bytes} bytes")
        parts.append(part)
    return b"".join(parts)


# --- What may be asked for ------------------------------------------------------------------------


def judged_url(url: str, *, allow_http: bool = False) -> httpx2.URL:
    """The URL parsed as it will be used; Refused when its form, scheme or port is not allowed.

    Says nothing about the address behind the name: that is judged when the connection is made. Forms may call
    this to tell a person early.
    """
    if _ODD_IN_URL.search(url):
        raise Refused("the URL holds characters that parsers read differently")
    try:
        target = httpx2.URL(url)
        host = target.raw_host.decode("ascii")
        port = DEFAULT_PORTS.get(target.scheme) if target.port is None else target.port
    except (httpx2.InvalidURL, ValueError) as error:
        raise Refused(f"not a URL: {error}") from error
    if target.scheme != "https" and not (allow_http and target.scheme == "http"):
        raise Refused("only https is allowed")
    if target.userinfo:
        raise Refused("a URL with a user name is not allowed")
    if not _HOST.fullmatch(host):
        raise Refused("the URL has no proper host")
    if port is None or (port not in PUBLIC_PORTS and not _is_internal(host, port)):
        raise Refused(f"port {port} is not allowed")
    return target


# Whitespace, control characters and the backslash, which some parsers take for a slash.
_ODD_IN_URL = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029]")
# A name (already in ASCII) or an address of either family, without brackets.
_HOST = re.compile(r"[A-Za-z0-9._\-]+|[0-9A-Fa-f:.]+")


def split_host_port(entry: str) -> tuple[str, int]:
    """ "host:port" or "[v6]:port" as (host, port); ValueError when it is neither."""
    host, _, port = entry.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]").lower()
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{entry!r} is not host:port")
    return host, int(port)


def _is_internal(host: str, port: int) -> bool:
    """Whether the bank lists this host and port of its own as reachable."""
    return (host.lower(), port) in _internal(tuple(settings.HTTP_ALLOWED_INTERNAL))


@cache
def _internal(entries: tuple[str, ...]) -> frozenset[tuple[str, int]]:
    return frozenset(map(split_host_port, entries))


def is_public(address: str) -> bool:
    """Whether an address belongs to the open internet, also when it carries an IPv4 address inside."""
    try:
        return _is_global(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return False


def _is_global(address: IPAddress) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast and address not in _RELAY_ANYCAST
    inner = _embedded(address)
    if inner is not None:
        return _is_global(inner)
    # Beyond 2000::/3 nothing is handed out; `is_global` alone lets site-local and IPv4-compatible ones pass.
    return address in _UNICAST and address.is_global


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a mapped, 6to4 or NAT64 address stands for."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_RELAY_ANYCAST = ipaddress.IPv4Network("192.88.99.0/24")


# --- How a connection is made ---------------------------------------------------------------------


@dataclass(slots=True)
class _Progress:
    """One request under way: when it must be over, and whether anything of it has left."""

    until: float
    has_left: bool = False

    def remaining(self, wanted: float | None, error: type[Exception]) -> float:
        """Seconds the next step may take; raises ``error`` when the time is up."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise error("out of time")
        return left if wanted is None else min(left, wanted)


# Streams are shared between requests, so the deadline travels beside the call, not in the stream.
_progress: ContextVar[_Progress] = ContextVar("http_progress")


@contextmanager
def _deadline(seconds: float) -> Iterator[_Progress]:
    progress = _Progress(time.monotonic() + seconds)
    token = _progress.set(progress)
    try:
        yield progress
    finally:
        _progress.reset(token)


@contextmanager
def _failures(progress: _Progress) -> Iterator[None]:
    """Say in our own words what the library reports."""
    try:
        yield
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
        transient = not _has_cause(error, ssl.SSLCertVerificationError)
        raise Unreachable(str(error), transient=transient, may_have_arrived=False) from error
    except (httpx2.LocalProtocolError, httpx2.UnsupportedProtocol) as error:
        raise Refused(str(error)) from error
    except httpx2.RemoteProtocolError as error:
        if not _was_cut(error):
            raise BadAnswer(str(error)) from error
        raise Unreachable(str(error), transient=True, may_have_arrived=progress.has_left) from error
    except httpx2.TransportError as error:
        raise Unreachable(str(error), transient=True, may_have_arrived=progress.has_left) from error


def _has_cause(error: BaseException, kind: type[BaseException]) -> bool:
    link: BaseException | None = error
    while link is not None and not isinstance(link, kind):
        link = link.__cause__ or link.__context__
    return link is not None


def _was_cut(error: Exception) -> bool:
    """h11 reports a connection closed too early as a breach of protocol."""
    return "disconnected" in str(error) or "closed connection" in str(error)


def _connect(address: str, port: int, seconds: float) -> socket.socket:
    connected = socket.create_connection((address, port), seconds)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connected


def _system_addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _literal(host: str) -> str | None:
    """The address that a host of digits means, decimal and octal spellings included."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


class _GuardedBackend(httpcore2.NetworkBackend):
    """Looks a name up once, judges every answer, and connects to exactly what was judged."""

    def __init__(self, resolve: Resolver, connect: Connector) -> None:
        self._resolve = resolve
        self._connect = connect
        # The system's look-up cannot be given a time limit, a thread that waits for it can.
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="resolve")

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        progress = _progress.get()
        until = time.monotonic() + progress.remaining(timeout, httpcore2.ConnectTimeout)
        addresses = self._judged_addresses(host, port, until)
        failure: OSError | None = None
        for place, address in enumerate(addresses):
            share = (until - time.monotonic()) / (len(addresses) - place)
            try:
                return _TimedStream(self._connect(address, port, max(share, 0.001)))
            except OSError as error:
                failure = error
        raise Unreachable(f"no connection to {host}: {failure}", transient=True, may_have_arrived=False)

    def _judged_addresses(self, host: str, port: int, until: float) -> list[str]:
        literal = _literal(host)
        addresses = [literal] if literal else self._look_up(host, port, until)
        # One bad answer spoils the name: mixing them is how rebinding begins.
        if not _is_internal(host, port) and not all(map(is_public, addresses)):
            raise Refused(f"{host} is not a public address")
        return addresses

    def _look_up(self, host: str, port: int, until: float) -> list[str]:
        answer: Future[list[str]] = self._threads.submit(self._resolve, host, port)
        try:
            addresses = answer.result(max(until - time.monotonic(), 0))
        except FutureTimeout:
            raise Unreachable(
                f"the name server is silent about {host}", transient=True, may_have_arrived=False
            ) from None
        except (OSError, UnicodeError) as error:
            known = isinstance(error, socket.gaierror) and error.errno != socket.EAI_NONAME
            raise Unreachable(f"no address for {host}", transient=known, may_have_arrived=False) from error
        if not addresses:
            raise Unreachable(f"no address for {host}", transient=False, may_have_arrived=False)
        return addresses


class _TimedStream(httpcore2.NetworkStream):
    """A socket whose every wait ends when the request it serves runs out of time."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _socket_errors(httpcore2.ReadTimeout, httpcore2.ReadError):
            self._socket.settimeout(_progress.get().remaining(timeout, httpcore2.ReadTimeout))
            return self._socket.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        progress, rest = _progress.get(), memoryview(buffer)
        with _socket_errors(httpcore2.WriteTimeout, httpcore2.WriteError):
            while rest:
                self._socket.settimeout(progress.remaining(timeout, httpcore2.WriteTimeout))
                progress.has_left = True
                rest = rest[self._socket.send(rest) :]

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        with _socket_errors(httpcore2.ConnectTimeout, httpcore2.ConnectError):
            try:
                self._socket.settimeout(_progress.get().remaining(timeout, httpcore2.ConnectTimeout))
                return _TimedStream(ssl_context.wrap_socket(self._socket, server_hostname=server_hostname))
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object":
            return self._socket if isinstance(self._socket, ssl.SSLSocket) else None
        if info == "is_readable":
            return _is_readable(self._socket)
        return self._socket if info == "socket" else None


@contextmanager
def _socket_errors(on_timeout: type[Exception], on_failure: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise on_timeout(str(error)) from error
    except OSError as error:
        raise on_failure(str(error)) from error


def _is_readable(connected: socket.socket) -> bool:
    """Whether an idle connection has something to read: the other side has closed it."""
    if connected.fileno() < 0:
        return True
    poll = select.poll()
    poll.register(connected, select.POLLIN)
    return bool(poll.poll(0))


def trust() -> ssl.SSLContext:
    """The public authorities, and those of the bank itself. Raises OSError for a bundle that cannot be read."""
    context = httpx2.create_ssl_context(trust_env=False)
    if settings.HTTP_CA_BUNDLE:
        context.load_verify_locations(cafile=settings.HTTP_CA_BUNDLE)
    return context


class _GuardedTransport(httpx2.HTTPTransport):
    """The library's transport over our own way of connecting, which its constructor does not offer."""

    def __init__(self, backend: _GuardedBackend, verify: ssl.SSLContext | None) -> None:
        context = verify or trust()
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=context,
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=15,
            network_backend=backend,
        )

"""Whose address it is: the one place that decides which forwarding headers are believed.

``settings.TRUSTED_PROXIES`` lists the networks of our own proxies ("10.0.0.0/8", "127.0.0.1") and "unix" for
a proxy on a Unix socket. Of the chain in X-Forwarded-For only the part that our own proxies wrote counts: the
rightmost address that is none of them is the client. The server must not rewrite the peer's address itself
(uvicorn: ``proxy_headers=False``).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

UNIX = "unix"
# Stands for a peer without an address: a Unix socket that no setting trusts.
UNKNOWN = "0.0.0.0"  # noqa: S104 - nothing is bound to it
_PORT = re.compile(r":\d{1,5}")


def client_address(request: HttpRequest) -> str:
    """The client's address of an HTTP request, normalised; safe to count and to lock by."""
    peer = str(request.META.get("REMOTE_ADDR") or "")
    return _client(peer, [str(request.META.get("HTTP_X_FORWARDED_FOR", ""))])


def scope_address(scope: Mapping[str, Any]) -> str:
    """The client's address of an ASGI scope (a socket's handshake)."""
    peer = scope.get("client") or ("", 0)
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return _client(str(peer[0] or ""), values)


def is_own_origin(scope: Mapping[str, Any]) -> bool:
    """Whether the page that opens a socket comes from the address it opens: scheme, host and port alike.

    An Origin of ``CSRF_TRUSTED_ORIGINS`` passes too: behind a proxy that changes Host it is the way to say so.
    """
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    origin, host = headers.get(b"origin", "").lower(), headers.get(b"host", "").lower()
    if origin in {each.lower() for each in settings.CSRF_TRUSTED_ORIGINS}:
        return True
    name, _port = split_domain_port(host)
    return validate_host(name, settings.ALLOWED_HOSTS) and origin == f"{_scheme(scope, headers)}://{host}"


def _scheme(scope: Mapping[str, Any], headers: Mapping[bytes, str]) -> str:
    """As Django decides it for pages: by the proxy's word where the settings believe it."""
    if settings.SECURE_PROXY_SSL_HEADER:
        name, secure = settings.SECURE_PROXY_SSL_HEADER
        said = headers.get(name.removeprefix("HTTP_").replace("_", "-").lower().encode())
        if said is not None:
            return "https" if said.partition(",")[0].strip() == secure else "http"
    return "https" if scope.get("scheme") in ("wss", "https") else "http"


def _client(peer: str, forwarded: Iterable[str]) -> str:
    address = _parse(peer)
    if not _is_trusted(address):
        return str(address or UNKNOWN)
    # Several headers of one name are one list, in their order.
    for entry in reversed(",".join(forwarded).split(",")):
        hop = _parse(entry)
        if hop is None:
            # Nothing left of a broken entry can be believed; the proxy that passed it on is what we know.
            break
        address = hop
        if not _is_trusted(hop):
            break
    return str(address or UNKNOWN)


def _parse(text: str) -> IPAddress | None:
    """An address as proxies write it: bare, with a port, in brackets; None when it is none of these."""
    text = text.strip()
    if text.startswith("["):
        inner, bracket, port = text[1:].partition("]")
        text = inner if bracket and (not port or _PORT.fullmatch(port)) else ""
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _is_trusted(address: IPAddress | None) -> bool:
    entries = tuple(settings.TRUSTED_PROXIES)
    if address is None:
        return UNIX in entries
    return any(address in network for network in networks(entries))


@cache
def networks(entries: tuple[str, ...]) -> tuple[IPNetwork, ...]:
    """The networks of TRUSTED_PROXIES; ValueError when an entry is none (a system check says so first)."""
    return tuple(ipaddress.ip_network(entry.strip()) for entry in entries if entry.strip() != UNIX)

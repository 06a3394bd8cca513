"""Only what our own proxies wrote about the client is believed."""

import pytest
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from apps.core.addresses import UNKNOWN, client_address, scope_address

CASES = [
    # trusted, peer, X-Forwarded-For, the client
    ([], "203.0.113.5", "", "203.0.113.5"),
    ([], "203.0.113.5", "198.51.100.1", "203.0.113.5"),
    (["10.0.0.0/8"], "203.0.113.5", "198.51.100.1", "203.0.113.5"),
    (["10.0.0.0/8"], "10.0.0.1", "198.51.100.1", "198.51.100.1"),
    (["10.0.0.0/8"], "10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
    (["10.0.0.0/8"], "10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
    (["10.0.0.0/8"], "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
    (["10.0.0.0/8"], "10.0.0.1", "", "10.0.0.1"),
    (["10.0.0.0/8"], "10.0.0.1", "6.6.6.6, nonsense", "10.0.0.1"),
    (["10.0.0.0/8"], "10.0.0.1", "6.6.6.6, <script>, 10.0.0.2", "10.0.0.2"),
    (["10.0.0.0/8"], "10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
    (["10.0.0.0/8"], "10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
    (["10.0.0.0/8"], "10.0.0.1", "[2001:db8::1]", "2001:db8::1"),
    (["10.0.0.0/8"], "10.0.0.1", "[2001:db8::1", "10.0.0.1"),
    (["10.0.0.0/8"], "10.0.0.1", "2001:DB8:0::1", "2001:db8::1"),
    (["10.0.0.0/8"], "::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
    (["fd00::/8"], "fd00::1", "198.51.100.1", "198.51.100.1"),
    (["unix", "10.0.0.0/8"], "", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
    (["10.0.0.0/8"], "", "198.51.100.1", UNKNOWN),
    ([], "", "", UNKNOWN),
]


@pytest.mark.parametrize(("trusted", "peer", "forwarded", "client"), CASES)
def test_client_is_the_rightmost_address_that_is_not_ours(
    trusted: list[str], peer: str, forwarded: str, client: str, settings: Settings, rf: RequestFactory
) -> None:
    settings.TRUSTED_PROXIES = trusted
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}

    assert client_address(rf.get("/", REMOTE_ADDR=peer, **headers)) == client


@pytest.mark.parametrize(("trusted", "peer", "forwarded", "client"), CASES)
def test_a_socket_sees_the_same_client(
    trusted: list[str], peer: str, forwarded: str, client: str, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = trusted
    headers = [(b"host", b"bank"), (b"x-forwarded-for", forwarded.encode())]

    assert scope_address({"client": [peer, 1] if peer else None, "headers": headers}) == client


def test_repeated_headers_are_one_list(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.1"]
    headers = [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"198.51.100.1")]

    assert scope_address({"client": ("10.0.0.1", 1), "headers": headers}) == "198.51.100.1"

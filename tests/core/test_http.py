"""The outgoing client against real servers on the loopback, and against names and URLs that lie."""

import contextlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django.fixtures import Settings

from apps.core import http

Handler = Callable[[socket.socket, bytes], None]
PUBLIC = "93.184.216.34"


class Server:
    """A TCP server that reads requests and leaves the answers to its handler."""

    def __init__(self, handler: Handler, context: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._handler, self._context = handler, context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection, self._secured(connection) as connection:
            while head := read_request(connection):
                self.requests.append(head)
                self._handler(connection, head)

    def _secured(self, connection: socket.socket) -> socket.socket:
        return self._context.wrap_socket(connection, server_side=True) if self._context else connection

    def close(self) -> None:
        self._listener.close()


def read_request(connection: socket.socket) -> bytes:
    """A request with its body, unless the body is as large as only an unread one would be."""
    request = b""
    while not is_whole(request):
        received = connection.recv(65536)
        if not received:
            return request
        request += received
    return request


def is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    return bool(end) and (length is None or int(length[1]) > 1_000_000 or len(body) >= int(length[1]))


def answering(body: bytes = b"hello", status: str = "200 OK", *headers: str) -> Handler:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return lambda connection, head: connection.sendall("\r\n".join(lines).encode() + body)


@pytest.fixture
def serve(settings: Settings) -> Iterator[Callable[..., Server]]:
    """Start a server whose address is on the bank's list."""
    servers: list[Server] = []
    settings.HTTP_ALLOWED_INTERNAL = []

    def start(handler: Handler, context: ssl.SSLContext | None = None, name: str = "127.0.0.1") -> Server:
        servers.append(Server(handler, context))
        settings.HTTP_ALLOWED_INTERNAL = [*settings.HTTP_ALLOWED_INTERNAL, f"{name}:{servers[-1].port}"]
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def client() -> Iterator[http.Client]:
    client = http.Client()
    yield client
    client.close()


@contextlib.contextmanager
def names(answers: dict[str, list[str]]) -> Iterator[tuple[http.Client, list[str], list[tuple[str, int]]]]:
    """A client with its own name server, whose connections fail: (client, names asked, addresses tried)."""
    asked: list[str] = []
    tried: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[host]

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        tried.append((address, port))
        raise ConnectionRefusedError("nobody there")

    client = http.Client(resolve=resolve, connect=connect)
    yield client, asked, tried
    client.close()


class TestAnswers:
    def test_request_carries_method_headers_and_json(
        self, serve: Callable[..., Server], client: http.Client
    ) -> None:
        server = serve(answering(b"made", "201 Created", "X-Id: 7"))

        answer = client.request(
            "POST",
            f"http://127.0.0.1:{server.port}/x?a=1",
            headers={"X-Key": "k"},
            json={"a": "ё"},
            allow_http=True,
        )

        assert (answer.status, answer.headers["x-id"], answer.body, answer.ok) == (201, "7", b"made", True)
        head = server.requests[0]
        assert head.startswith(b"POST /x?a=1 HTTP/1.1\r\n")
        assert b"X-Key: k\r\n" in head
        assert b"Accept-Encoding: identity\r\n" in head
        assert head.endswith('{"a":"ё"}'.encode())

    def test_an_error_status_is_an_answer(self, serve: Callable[..., Server], client: http.Client) -> None:
        server = serve(answering(b"oops", "500 Internal Server Error"))

        answer = client.request("GET", f"http://127.0.0.1:{server.port}/", allow_http=True)

        assert (answer.status, answer.ok) == (500, False)

    def test_the_connection_is_kept_for_the_next_request(
        self, serve: Callable[..., Server], client: http.Client
    ) -> None:
        server = serve(answering())

        for _ in range(3):
            client.request("GET", f"http://127.0.0.1:{server.port}/", allow_http=True)

        assert (server.connections, len(server.requests)) == (1, 3)

    def test_a_redirect_is_not_followed(self, serve: Callable[..., Server], client: http.Client) -> None:
        inner = serve(answering(b"secret"))
        outer = serve(answering(b"", "302 Found", f"Location: http://127.0.0.1:{inner.port}/"))

        answer = client.request("GET", f"http://127.0.0.1:{outer.port}/", allow_http=True)

        assert (answer.status, inner.connections) == (302, 0)

    def test_cookies_are_not_kept(self, serve: Callable[..., Server], client: http.Client) -> None:
        server = serve(answering(b"", "200 OK", "Set-Cookie: session=1; Path=/"))

        for _ in range(2):
            client.request("GET", f"http://127.0.0.1:{server.port}/", allow_http=True)

        assert b"ookie" not in server.requests[1]

    def test_a_proxy_of_the_environment_is_not_used(
        self, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        proxy, server = serve(answering(b"proxied")), serve(answering(b"direct"))
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        client = http.Client()

        assert client.request("GET", f"http://127.0.0.1:{server.port}/", allow_http=True).body == b"direct"
        assert proxy.connections == 0
        client.close()

    def test_one_client_serves_the_process(self, serve: Callable[..., Server]) -> None:
        server = serve(answering())

        assert http.client() is http.client()
        assert http.request("GET", f"http://127.0.0.1:{server.port}/", allow_http=True).status == 200
        http.client().close()
        http.client.cache_clear()


class TestBounds:
    def test_a_body_over_the_cap_is_thrown_away(
        self, serve: Callable[..., Server], client: http.Client
    ) -> None:
        server = serve(answering(b"x" * 1001))

        with pytest.raises(http.TooLarge) as failure:
            client.request("GET", f"http://127.0.0.1:{server.port}/", max_bytes=1000, allow_http=True)

        assert failure.value.may_have_arrived
        server = serve(answering(b"x" * 1000))
        answer = client.request("GET", f"http://127.0.0.1:{server.port}/", max_bytes=1000, allow_http=True)
        assert len(answer.body) == 1000

    def test_an_endless_body_is_cut_at_the_cap(
        self, serve: Callable[..., Server], client: http.Client
    ) -> None:
        def pour(connection: socket.socket, head: bytes) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            while True:
                connection.sendall(b"x" * 65536)

        server = serve(pour)

        with pytest.raises(http.TooLarge):
            client.request("GET", f"http://127.0.0.1:{server.port}/", allow_http=True)

    def test_a_compressed_body_is_not_unpacked(
        self, serve: Callable[..., Server], client: http.Client
    ) -> None:
        server = serve(answering(b"\x1f\x8b", "200 OK", "Content-Encoding: gzip"))

        with pytest.raises(http.BadAnswer):
            client.request("GET", f"http://127.0.0.1:{server.port}/", allow_http=True)

    @pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"])
    def test_a_dripping_answer_ends_with_the_total_time(
        self, start: bytes, serve: Callable[..., Server], client: http.Client
    ) -> None:
        def drip(connection: socket.socket, head: bytes) -> None:
            connection.sendall(start or b"HTTP/1.1 200 OK\r\nX-Slow: ")
            for _ in range(100):
                connection.sendall(b"x")
                time.sleep(0.05)

        server = serve(drip)

        began = time.monotonic()
        with pytest.raises(http.Unreachable) as failure:
            client.request("GET", f"http://127.0.0.1:{server.port}/", timeout=0.4, allow_http=True)

        assert 0.3 < time.monotonic() - began < 1.5
        assert (failure.value.transient, failure.value.may_have_arrived) == (True, True)

    def test_a_server_that_does_not_read_ends_with_the_total_time(
        self, serve: Callable[..., Server], client: http.Client
    ) -> None:
        server = serve(lambda connection, head: time.sleep(3))

        began = time.monotonic()
        with pytest.raises(http.Unreachable):
            client.request(
                "POST",
                f"http://127.0.0.1:{server.port}/",
                content=b"x" * 30_000_000,
                timeout=0.4,
                allow_http=True,
            )

        assert time.monotonic() - began < 1.5

    def test_a_silent_name_server_ends_with_the_connect_time(self) -> None:
        client = http.Client(resolve=lambda host, port: time.sleep(1) or [PUBLIC])

        began = time.monotonic()
        with pytest.raises(http.Unreachable, match="silent") as failure:
            client.request("GET", "https://slow.example/", timeout=0.2)

        assert time.monotonic() - began < 0.9
        assert (failure.value.transient, failure.value.may_have_arrived) == (True, False)

    def test_a_cut_answer_may_have_arrived(self, serve: Callable[..., Server], client: http.Client) -> None:
        def cut(connection: socket.socket, head: bytes) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            connection.shutdown(socket.SHUT_RDWR)

        server = serve(cut)

        with pytest.raises(http.Unreachable) as failure:
            client.request("GET", f"http://127.0.0.1:{server.port}/", allow_http=True)

        assert (failure.value.transient, failure.value.may_have_arrived) == (True, True)

    def test_no_answer_at_all_may_have_arrived(
        self, serve: Callable[..., Server], client: http.Client
    ) -> None:
        server = serve(lambda connection, head: connection.shutdown(socket.SHUT_RDWR))

        with pytest.raises(http.Unreachable) as failure:
            client.request("POST", f"http://127.0.0.1:{server.port}/", content=b"x", allow_http=True)

        assert failure.value.may_have_arrived

    def test_an_answer_in_another_protocol_is_a_bad_answer(
        self, serve: Callable[..., Server], client: http.Client
    ) -> None:
        server = serve(lambda connection, head: connection.sendall(b"-ERR unknown command\r\n\r\n"))

        with pytest.raises(http.BadAnswer):
            client.request("GET", f"http://127.0.0.1:{server.port}/", allow_http=True)

    def test_a_refused_connection_has_not_arrived(self, settings: Settings, client: http.Client) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        settings.HTTP_ALLOWED_INTERNAL = [f"127.0.0.1:{port}"]

        with pytest.raises(http.Unreachable) as failure:
            client.request("GET", f"http://127.0.0.1:{port}/", allow_http=True)

        assert (failure.value.transient, failure.value.may_have_arrived) == (True, False)

    def test_a_header_that_smuggles_a_line_is_refused(
        self, serve: Callable[..., Server], client: http.Client
    ) -> None:
        server = serve(answering())

        with pytest.raises(http.Refused):
            client.request(
                "GET", f"http://127.0.0.1:{server.port}/", headers={"X-A": "1\r\nX-B: 2"}, allow_http=True
            )

        assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "//example.com/",
        "https://",
        "https:///x",
        "https://example.com:6379/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://user:key@example.com/",
        "https://example.com@evil.example/",
        "https://evil.example\\@example.com/",
        "https://example.com/a b",
        "https://exam\nple.com/",
        "https://example.com\t/",
        " https://example.com/",
        "https://[::1",
        "https://%00/",
        "https://exa%6dple.com/",
        "not a url",
        "",
    ],
)
def test_a_url_of_a_wrong_form_is_refused(url: str, settings: Settings) -> None:
    settings.HTTP_ALLOWED_INTERNAL = []
    with names({}) as (client, asked, tried):
        with pytest.raises(http.Refused):
            client.request("GET", url)

        assert (asked, tried) == ([], [])


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "127.1",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
        "[fe80::1]",
        "[fec0::1]",
        "[fd00::1]",
        "[ff02::1]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "192.88.99.1",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
def test_an_address_that_is_not_public_is_refused(host: str, settings: Settings) -> None:
    settings.HTTP_ALLOWED_INTERNAL = []
    with names({}) as (client, asked, tried):
        with pytest.raises(http.Refused):
            client.request("GET", f"https://{host}/")

        assert (asked, tried) == ([], [])


@pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700::1111]", "[64:ff9b::808:808]", "[2002:808:808::1]"])
def test_a_public_address_is_tried(host: str) -> None:
    with names({}) as (client, _, tried):
        with pytest.raises(http.Unreachable):
            client.request("GET", f"https://{host}/")

        assert tried == [(host.strip("[]"), 443)]


class TestNames:
    @pytest.mark.parametrize(
        "addresses",
        [
            ["127.0.0.1"],
            ["10.1.2.3"],
            ["::ffff:10.1.2.3"],
            ["fe80::1%eth0"],
            [PUBLIC, "127.0.0.1"],
            ["2606:4700::1111", "::1"],
            ["nonsense"],
        ],
    )
    def test_a_name_for_an_inner_address_is_refused(self, addresses: list[str]) -> None:
        with names({"evil.example": addresses}) as (client, _, tried):
            with pytest.raises(http.Refused):
                client.request("GET", "https://evil.example/")

            assert tried == []

    def test_the_address_that_was_judged_is_the_one_connected_to(self) -> None:
        answers = {"rebind.example": [PUBLIC]}
        with names(answers) as (client, asked, tried):
            with pytest.raises(http.Unreachable):
                client.request("GET", "https://rebind.example/")

            assert (asked, tried) == (["rebind.example"], [(PUBLIC, 443)])
            answers["rebind.example"] = ["127.0.0.1"]
            with pytest.raises(http.Refused):
                client.request("GET", "https://rebind.example/")
            assert tried == [(PUBLIC, 443)]

    def test_the_next_address_is_tried_when_one_does_not_answer(self) -> None:
        with names({"two.example": [PUBLIC, "93.184.216.35"]}) as (client, _, tried):
            with pytest.raises(http.Unreachable) as failure:
                client.request("GET", "https://two.example/")

            assert [address for address, _ in tried] == [PUBLIC, "93.184.216.35"]
            assert (failure.value.transient, failure.value.may_have_arrived) == (True, False)

    @pytest.mark.parametrize(
        ("error", "transient"),
        [
            (socket.gaierror(socket.EAI_NONAME, "unknown"), False),
            (socket.gaierror(socket.EAI_AGAIN, "later"), True),
        ],
    )
    def test_a_name_without_address_is_unreachable(self, error: OSError, transient: bool) -> None:
        def resolve(host: str, port: int) -> list[str]:
            raise error

        client = http.Client(resolve=resolve)
        with pytest.raises(http.Unreachable) as failure:
            client.request("GET", "https://nowhere.example/")

        assert (failure.value.transient, failure.value.may_have_arrived) == (transient, False)

    def test_only_the_listed_port_of_a_listed_host_is_reached(
        self, serve: Callable[..., Server], settings: Settings
    ) -> None:
        listed, other = serve(answering(b"listed")), serve(answering(b"other"))
        settings.HTTP_ALLOWED_INTERNAL = [f"crm.bank.example:{listed.port}"]
        client = http.Client(resolve=lambda host, port: ["127.0.0.1"])

        answer = client.request("GET", f"http://CRM.bank.example:{listed.port}/", allow_http=True)

        assert answer.body == b"listed"
        for url in (f"http://crm.bank.example:{other.port}/", f"http://127.0.0.1:{listed.port}/"):
            with pytest.raises(http.Refused):
                client.request("GET", url, allow_http=True)
        assert other.connections == 0
        client.close()

    def test_http_needs_leave_even_for_a_listed_host(
        self, serve: Callable[..., Server], client: http.Client
    ) -> None:
        server = serve(answering())

        with pytest.raises(http.Refused):
            client.request("GET", f"http://127.0.0.1:{server.port}/")

        assert server.connections == 0


@pytest.mark.parametrize("entry", ["host", "host:", ":80", "host:x", "host:0", "host:70000", "", "host:٨٠"])
def test_an_odd_entry_of_the_list_is_an_error(entry: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        http.split_host_port(entry)


def test_entries_of_the_list_are_read() -> None:
    assert http.split_host_port("CRM.bank:8080") == ("crm.bank", 8080)
    assert http.split_host_port("[::1]:443") == ("::1", 443)


AUTHORITY_USE = x509.KeyUsage(
    digital_signature=True,
    key_cert_sign=True,
    crl_sign=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """A certificate authority for one test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        # As strict as Python 3.13 reads RFC 5280.
        self.certificate = self._sign(
            "Test authority", self._key, x509.BasicConstraints(ca=True, path_length=None), AUTHORITY_USE
        )

    def trusting(self) -> ssl.SSLContext:
        pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)

    def server_context(self, host: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(host, key, x509.SubjectAlternativeName([x509.DNSName(host)]))
        path = self._folder / f"{host}.pem"
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _sign(
        self, name: str, key: ec.EllipticCurvePrivateKey, *extensions: x509.ExtensionType
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
        )
        for extension in extensions:
            critical = not isinstance(extension, x509.SubjectAlternativeName)
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(self._key, hashes.SHA256())


class TestTLS:
    @pytest.fixture
    def authority(self, tmp_path: Path) -> Authority:
        return Authority(tmp_path)

    def test_the_name_is_sent_and_checked_while_the_judged_address_is_used(
        self, serve: Callable[..., Server], authority: Authority
    ) -> None:
        context = authority.server_context("bank.example")
        told: list[str] = []
        context.sni_callback = lambda connection, name, context: told.append(name)
        server = serve(answering(b"safe"), context, name="bank.example")
        client = http.Client(resolve=lambda host, port: ["127.0.0.1"], verify=authority.trusting())

        answer = client.request("GET", f"https://bank.example:{server.port}/")

        assert (answer.body, told) == (b"safe", ["bank.example"])
        assert f"Host: bank.example:{server.port}".encode() in server.requests[0]
        client.close()

    def test_a_server_of_the_banks_own_authority_is_trusted_once_its_bundle_is_named(
        self, serve: Callable[..., Server], authority: Authority, tmp_path: Path, settings: Settings
    ) -> None:
        server = serve(answering(b"safe"), authority.server_context("crm.bank"), name="crm.bank")
        bundle = tmp_path / "authorities.pem"
        bundle.write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
        for path, is_trusted in (("", False), (str(bundle), True)):
            settings.HTTP_CA_BUNDLE = path
            client = http.Client(resolve=lambda host, port: ["127.0.0.1"])
            with contextlib.nullcontext() if is_trusted else pytest.raises(http.Unreachable):
                assert client.request("GET", f"https://crm.bank:{server.port}/").body == b"safe"
            client.close()

    def test_a_certificate_of_another_name_is_permanent_and_nothing_is_sent(
        self, serve: Callable[..., Server], authority: Authority
    ) -> None:
        server = serve(answering(), authority.server_context("other.example"), name="bank.example")
        client = http.Client(resolve=lambda host, port: ["127.0.0.1"], verify=authority.trusting())

        with pytest.raises(http.Unreachable) as failure:
            client.request("GET", f"https://bank.example:{server.port}/")

        assert (failure.value.transient, failure.value.may_have_arrived) == (False, False)
        assert server.requests == []

    def test_a_connection_made_for_one_name_never_serves_another(
        self, serve: Callable[..., Server], authority: Authority, settings: Settings
    ) -> None:
        server = serve(answering(), authority.server_context("bank.example"), name="bank.example")
        settings.HTTP_ALLOWED_INTERNAL = [f"bank.example:{server.port}", f"other.example:{server.port}"]
        client = http.Client(resolve=lambda host, port: ["127.0.0.1"], verify=authority.trusting())
        client.request("GET", f"https://bank.example:{server.port}/")

        with pytest.raises(http.Unreachable):
            client.request("GET", f"https://other.example:{server.port}/")

        assert len(server.requests) == 1
        client.close()

    def test_an_unknown_authority_is_not_trusted(
        self, serve: Callable[..., Server], authority: Authority
    ) -> None:
        server = serve(answering(), authority.server_context("bank.example"), name="bank.example")
        client = http.Client(resolve=lambda host, port: ["127.0.0.1"])

        with pytest.raises(http.Unreachable) as failure:
            client.request("GET", f"https://bank.example:{server.port}/")

        assert (failure.value.transient, server.requests) == (False, [])

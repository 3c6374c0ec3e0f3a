"""TLS that fails says that it is TLS, and what to set; real handshakes on this machine."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.vultr.test_client import KEY, NOW
from vultr_cost_mcp.errors import CertificateError, ConfigError, TransportError
from vultr_cost_mcp.families.reading import ENDPOINTS
from vultr_cost_mcp.vultr.client import VultrClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.anyio, pytest.mark.enable_socket]

BODY = b'{"account": {"balance": 1}}'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s" % (len(BODY), BODY)
HERE = x509.IPAddress(ip_address("127.0.0.1"))


@pytest.fixture(autouse=True)
def _usual_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


def certificate(folder: Path, name: x509.GeneralName = HERE, *, days: int = 1) -> Path:
    """Write a self-signed certificate with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    owner = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "double")])
    now = datetime.now(UTC)  # noqa: TID251  (OpenSSL reads the clock)
    made = (
        x509.CertificateBuilder()
        .subject_name(owner)
        .issuer_name(owner)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / "certificate.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file


class Listener:
    """Answers connections, over TLS where there is a certificate, and counts them."""

    def __init__(self, pem: Path | None) -> None:
        self.count = 0
        self._context = None
        if pem is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(pem)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address of the API."""
        return f"https://127.0.0.1:{self.socket.getsockname()[1]}/v2"

    def close(self) -> None:
        """End."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                opened, _ = self.socket.accept()
            except OSError:
                return
            self.count += 1
            with opened:
                try:
                    self._answer(opened)
                except OSError:
                    continue

    def _answer(self, opened: socket.socket) -> None:
        if self._context is None:
            opened.recv(9999)
            opened.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
            return
        with self._context.wrap_socket(opened, server_side=True) as secure:
            secure.recv(9999)
            secure.sendall(ANSWER)


@contextmanager
def listening(pem: Path | None) -> Iterator[Listener]:
    """Listen on a port of this machine."""
    listener = Listener(pem)
    try:
        yield listener
    finally:
        listener.close()


class Limiter:
    """Lets every request go."""

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, *_: object) -> None:
        pass


@asynccontextmanager
async def client_of(url: str) -> AsyncIterator[VultrClient]:
    """Give a client with the transport that users have."""
    client = VultrClient(base_url=url, key=KEY, limiter=Limiter(), now=lambda: NOW)
    try:
        yield client
    finally:
        await client.aclose()


async def failure(url: str) -> TransportError:
    """Read the account, which fails; the error."""
    async with client_of(url) as client:
        with pytest.raises(TransportError) as failed:
            await client.read(ENDPOINTS["account"], {})
    assert KEY not in str(failed.value)
    return failed.value


async def test_a_certificate_that_nobody_knows(tmp_path: Path) -> None:
    """Not a network that is down: TLS is named, and what to set; asking again is no use."""
    with listening(certificate(tmp_path)) as listener:
        error = await failure(listener.url)
        assert listener.count == 1
    assert isinstance(error, CertificateError)
    assert "TLS certificate" in str(error)
    assert "SSL_CERT_FILE" in str(error)
    assert error.short == "TLS certificate not accepted"
    assert "_ssl" not in str(error)


async def test_its_authority_is_named_in_ssl_cert_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the error says."""
    pem = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with listening(pem) as listener:
        async with client_of(listener.url) as client:
            account = await client.read(ENDPOINTS["account"], {})
    assert account.balance == 1


@pytest.mark.parametrize(
    ("name", "days", "words"),
    [
        (HERE, -2, "out of date"),
        (x509.IPAddress(ip_address("127.0.0.9")), 1, "another name"),
        (x509.DNSName("other.example"), 1, "another name"),
    ],
)
async def test_a_certificate_of_a_known_authority_that_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: x509.GeneralName, days: int, words: str
) -> None:
    """Each has its own next step."""
    pem = certificate(tmp_path, name, days=days)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with listening(pem) as listener:
        error = await failure(listener.url)
    assert words in str(error)
    assert "TLS" in str(error)
    assert "SSL_CERT_FILE" not in str(error)


async def test_an_address_that_speaks_no_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may pass, so it is asked again."""
    monkeypatch.setattr("vultr_cost_mcp.vultr._retry.ATTEMPTS", 2)
    with listening(None) as listener:
        error = await failure(listener.url)
        assert listener.count == 2
    assert "No TLS connection" in str(error)
    assert error.short == "no TLS connection"


async def test_nobody_there_is_not_called_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vultr_cost_mcp.vultr._retry.ATTEMPTS", 1)
    with socket.socket() as silent:
        # It has the port, so that nobody else answers there, and does not listen.
        silent.bind(("127.0.0.1", 0))
        error = await failure(f"https://127.0.0.1:{silent.getsockname()[1]}/v2")
    assert "could not be reached" in str(error)
    assert "TLS" not in str(error)


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"\x00\xff"])
def test_certificates_that_cannot_be_read_are_a_wrong_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    """Said in a sentence, where the program would fail on something that it did not expect."""
    file = tmp_path / "authority.pem"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with pytest.raises(ConfigError, match="SSL_CERT_FILE"):
        VultrClient(base_url="https://127.0.0.1/v2", key=KEY, limiter=Limiter(), now=lambda: NOW)

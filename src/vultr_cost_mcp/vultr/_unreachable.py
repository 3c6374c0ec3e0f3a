"""Explain failed connections to Vultr: TLS failures have causes and next steps of their own."""

from __future__ import annotations

import ssl

from vultr_cost_mcp.errors import CertificateError, TransportError

# OpenSSL's numbers for an expired or not yet valid certificate (openssl-verification-options).
_OUT_OF_DATE = frozenset({9, 10})
_OF_ANOTHER_NAME = frozenset({62, 64})


def transport_error(error: BaseException) -> TransportError:
    """Return a TransportError for a request that failed to send or whose response broke off."""
    cause = _tls_cause(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return CertificateError(_certificate(cause.verify_code), "TLS certificate not accepted")
    if cause is not None:
        msg = (
            "No TLS connection to Vultr could be made: the other end may not speak TLS, or a proxy "
            "broke it off. Check VULTR_API_URL and the proxy."
        )
        return TransportError(msg, "no TLS connection")
    msg = "Vultr could not be reached. Check the network, a proxy and VULTR_API_URL."
    return TransportError(msg, "no connection")


def _certificate(code: int) -> str:
    """Return a sentence about a rejected certificate, by OpenSSL's number."""
    if code in _OUT_OF_DATE:
        return (
            "The TLS certificate of Vultr's address is out of date. Check the clock of this "
            "machine, and VULTR_API_URL."
        )
    if code in _OF_ANOTHER_NAME:
        return (
            "The TLS certificate of Vultr's address is for another name. Check VULTR_API_URL, and "
            "whether a proxy answers in its place."
        )
    return (
        "The TLS certificate of Vultr's address is not trusted: it is self-signed, or of an "
        "unknown authority. If a proxy of your network inspects TLS, set SSL_CERT_FILE to a file "
        "with its authority (PEM); otherwise check VULTR_API_URL."
    )


def _tls_cause(error: BaseException | None) -> ssl.SSLError | None:
    """Return the TLS failure behind an httpx error; None if it has another cause."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, ssl.SSLError):
            return error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None

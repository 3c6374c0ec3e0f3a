"""Why no connection to Vultr could be made: TLS has its own causes, and its own next steps."""

from __future__ import annotations

import ssl

from vultr_cost_mcp.errors import CertificateError, TransportError

# OpenSSL's numbers of what is wrong with a certificate (openssl-verification-options).
_OUT_OF_DATE = frozenset({9, 10})
_OF_ANOTHER_NAME = frozenset({62, 64})


def transport_error(error: BaseException) -> TransportError:
    """Return our error for a request that httpx could not send or whose answer broke off."""
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
    """Return a sentence on a certificate that was not accepted, by OpenSSL's number."""
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
    """Return the failure of TLS behind an error of httpx, None if it has another cause."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, ssl.SSLError):
            return error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None

"""Every error of the program; the text of each is safe to show to a model and says what to do.

::

    VultrCostError
    ├── ConfigError               a setting is missing or cannot be used
    ├── StoreError                the history store cannot be used
    │   ├── StoreDisabledError    the history is switched off
    │   └── StoreTimeoutError     the history did not answer, however long it was waited for
    ├── ExportError               a file could not be written
    ├── UnknownValueError         an argument names something that does not exist
    └── VultrError                the API did not give what was asked
        ├── TransportError        no answer: network, time-out, dropped connection
        ├── UnexpectedBodyError   an answer that is not of the promised shape
        └── StatusError           an answer with an HTTP status that is not 200
            ├── AuthError                 the key is wrong (401)
            ├── AddressNotAllowedError    the key is right, this address is not allow-listed
            ├── ForbiddenError            the key lacks a permission (403)
            ├── FeatureOffError           the account does not have this feature (403, 404)
            ├── RateLimitedError          too many requests, and the wait is too long (429)
            └── ServerError               Vultr's side failed (5xx)
"""

from __future__ import annotations


class VultrCostError(Exception):
    """Base of all errors that a user can understand."""


class ConfigError(VultrCostError):
    """A setting is missing or cannot be used."""


class StoreError(VultrCostError):
    """The history store cannot be used."""


class StoreDisabledError(StoreError):
    """The history is switched off."""


class StoreTimeoutError(StoreError):
    """The history store did not answer, however long it was waited for."""


class ExportError(VultrCostError):
    """A file could not be written; nothing of it is left behind."""


class UnknownValueError(VultrCostError):
    """An argument names a closed value that does not exist."""


class VultrError(VultrCostError):
    """The API did not give what was asked."""

    @property
    def short(self) -> str:
        """A few words for a gap, for example ``403``."""
        return str(self)


class TransportError(VultrError):
    """No answer arrived: network, time-out or dropped connection."""

    def __init__(self, message: str, short: str = "no answer") -> None:
        super().__init__(message, short)

    @property
    def short(self) -> str:
        """A few words for a gap."""
        return str(self.args[1])

    def __str__(self) -> str:
        return str(self.args[0])


class CertificateError(TransportError):
    """The other end has a TLS certificate that is not accepted: asking again is no use."""


class UnexpectedBodyError(VultrError):
    """An answer arrived that is not of the promised shape; the body is never in the text."""

    def __init__(self, message: str, short: str | None = None) -> None:
        super().__init__(message, short or message)

    @property
    def short(self) -> str:
        """A few words for a gap."""
        return str(self.args[1])

    def __str__(self) -> str:
        return str(self.args[0])


class StatusError(VultrError):
    """An answer with an HTTP status that is not 200; ``retry_after`` is in seconds."""

    def __init__(self, message: str, status: int, retry_after: float | None = None) -> None:
        super().__init__(message, status, retry_after)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return int(self.args[1])

    @property
    def retry_after(self) -> float | None:
        """Seconds that Vultr asks to wait, None when it does not say."""
        return self.args[2]  # type: ignore[no-any-return]

    @property
    def short(self) -> str:
        """The status, for a gap."""
        return str(self.status)

    def __str__(self) -> str:
        return str(self.args[0])


class AuthError(StatusError):
    """The key is wrong."""


class AddressNotAllowedError(StatusError):
    """The key is right, but this machine's address is not on its allow-list."""


class ForbiddenError(StatusError):
    """The key lacks a permission."""


class FeatureOffError(StatusError):
    """The key is right, but the account does not have what was asked for."""

    @property
    def short(self) -> str:
        """The status and that no permission is meant, for a gap."""
        return f"{self.status}, not enabled for this account"


class RateLimitedError(StatusError):
    """Too many requests, and the wait that Vultr asks for is longer than an answer may take."""


class ServerError(StatusError):
    """Vultr's side failed."""

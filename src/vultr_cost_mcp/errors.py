"""Every error of the program; each text is safe to show to a model and names the next step.

::

    VultrCostError
    ├── ConfigError               a setting is missing or cannot be used
    │   └── MissingKeyError       there is no API key
    ├── StoreError                the history store cannot be used
    │   ├── StoreDisabledError    the history is switched off
    │   └── StoreTimeoutError     the history store timed out
    ├── ClockError                no month can be told by this machine's clock
    ├── ExportError               a file could not be written
    ├── UnknownValueError         an argument names something that does not exist
    ├── PlanError                 a Terraform plan cannot be used
    └── VultrError                the API did not return the requested data
        ├── TransportError        no answer: network, timeout, dropped connection
        ├── UnexpectedBodyError   the answer does not have the documented shape
        └── StatusError           the HTTP status is not 200
            ├── AuthError                 the key is wrong (401)
            ├── AddressNotAllowedError    the key is right, this address is not allow-listed
            ├── ForbiddenError            the key lacks a permission (403)
            ├── FeatureOffError           the feature is not enabled (403, 404)
            ├── RateLimitedError          too many requests, and the wait is too long (429)
            └── ServerError               Vultr's API failed (5xx)
"""

from __future__ import annotations


class VultrCostError(Exception):
    """Base of all errors that a user can understand."""


class ConfigError(VultrCostError):
    """A setting is missing or cannot be used."""


class MissingKeyError(ConfigError):
    """There is no API key; the lists of prices can be read without one."""


class StoreError(VultrCostError):
    """The history store cannot be used."""


class StoreDisabledError(StoreError):
    """The history is switched off."""


class StoreTimeoutError(StoreError):
    """The history store timed out."""


class ClockError(VultrCostError):
    """No month can be told by this machine's clock."""


class ExportError(VultrCostError):
    """A file could not be written; no part of it is left behind."""


class UnknownValueError(VultrCostError):
    """An argument names a value that does not exist."""


class PlanError(VultrCostError):
    """A Terraform plan cannot be used; the text never quotes it."""


class VultrError(VultrCostError):
    """The API did not return the requested data."""

    @property
    def short(self) -> str:
        """Return a few words for a gap, for example ``403``."""
        return str(self)


class TransportError(VultrError):
    """No answer arrived: network, timeout or dropped connection."""

    def __init__(self, message: str, short: str = "no answer") -> None:
        super().__init__(message, short)

    @property
    def short(self) -> str:
        """Return a few words for a gap."""
        return str(self.args[1])

    def __str__(self) -> str:
        return str(self.args[0])


class CertificateError(TransportError):
    """The server's TLS certificate is not accepted; a retry cannot help."""


class UnexpectedBodyError(VultrError):
    """The answer does not have the documented shape; the text never contains the body."""

    def __init__(self, message: str, short: str | None = None) -> None:
        super().__init__(message, short or message)

    @property
    def short(self) -> str:
        """Return a few words for a gap."""
        return str(self.args[1])

    def __str__(self) -> str:
        return str(self.args[0])


class StatusError(VultrError):
    """The HTTP status is not 200; ``retry_after`` is in seconds."""

    def __init__(self, message: str, status: int, retry_after: float | None = None) -> None:
        super().__init__(message, status, retry_after)

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        return int(self.args[1])

    @property
    def retry_after(self) -> float | None:
        """Return the seconds that Vultr asks to wait, None if it does not state them."""
        return self.args[2]  # type: ignore[no-any-return]

    @property
    def short(self) -> str:
        """Return the status, for a gap."""
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
    """The key is right, but the feature is not enabled for the account."""

    @property
    def short(self) -> str:
        """Return the status, and that this is not a missing permission, for a gap."""
        return f"{self.status}, not enabled for this account"


class RateLimitedError(StatusError):
    """Too many requests, and Vultr's requested wait is longer than an answer may take."""


class ServerError(StatusError):
    """Vultr's API failed."""

"""The errors of refused requests: the text for 401, 403, 404, 429 and failures of Vultr's."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, NoReturn

from vultr_cost_mcp.errors import (
    AddressNotAllowedError,
    AuthError,
    FeatureOffError,
    ForbiddenError,
    RateLimitedError,
    ServerError,
    StatusError,
)
from vultr_cost_mcp.vultr._features import is_feature_off

if TYPE_CHECKING:
    from vultr_cost_mcp.vultr.rights import Right

_UNAUTHORIZED = 401
_FORBIDDEN = 403
_NOT_FOUND = 404
_TOO_MANY = 429
_REDIRECTS = range(300, 400)
_SERVER = range(500, 600)
_ADDRESS_REFUSED = re.compile(r"unauthorized ip(?: address)?:?\s*([0-9a-f.:]+)", re.IGNORECASE)
_ABOUT_A_PERMISSION = re.compile(
    r"\b(permission|privilege|acl|access|not allowed|not authorized|billing|role)s?\b",
    re.IGNORECASE,
)


def refuse(status: int, text: str, wait: float | None, right: Right) -> NoReturn:
    """Raise the error of a status other than 200; ``text`` is Vultr's message, never shown."""
    if status in (_FORBIDDEN, _NOT_FOUND) and is_feature_off(text):
        msg = (
            f"Vultr says that this feature is not enabled for the account (HTTP {status}). No "
            "permission of the key is lacking; Vultr's support can enable it."
        )
        raise FeatureOffError(msg, status)
    if status in (_UNAUTHORIZED, _FORBIDDEN):
        _refuse_key(status, text, right)
    if status == _TOO_MANY:
        raise RateLimitedError(_too_many(wait), status, wait)
    if status in _SERVER:
        msg = f"Vultr's API failed (HTTP {status}). Ask again in a minute."
        raise ServerError(msg, status, wait)
    if status in _REDIRECTS:
        msg = (
            f"Vultr's address answered with a redirect (HTTP {status}), which is not followed, "
            "so that the key stays where it belongs. Check VULTR_API_URL."
        )
        raise StatusError(msg, status)
    msg = (
        f"Vultr's API refused to show {right.reads} (HTTP {status}). Ask again in a minute; if it "
        "stays so, check VULTR_API_URL."
    )
    raise StatusError(msg, status)


def _too_many(wait: float | None) -> str:
    asked = "" if wait is None else f" and asks to wait {wait:.0f} seconds"
    return (
        f"Vultr received too many requests from this address (HTTP 429){asked}. Ask again later, "
        "or lower VULTR_COST_RATE_LIMIT if other programs share the address."
    )


def _refuse_key(status: int, text: str, right: Right) -> NoReturn:
    refused = _ADDRESS_REFUSED.search(text)
    if refused:
        msg = (
            f"Vultr refused the key from this address {_address(refused.group(1))}: add it under "
            "Account > API > Access Control."
        )
        raise AddressNotAllowedError(msg, status)
    # Whether Vultr sends 401 or 403 for a missing permission is not verified. A 401 that mentions a
    # permission counts as one, as does every 403.
    if status == _UNAUTHORIZED and not _ABOUT_A_PERMISSION.search(text):
        msg = (
            "Vultr does not accept this API key (HTTP 401). Set VULTR_API_KEY, or what the "
            "configuration file names for the account, to a valid key."
        )
        raise AuthError(msg, status)
    msg = f"The API key lacks a permission to read {right.reads} (HTTP {status}). {right.grant}"
    raise ForbiddenError(msg, status)


def _address(text: str) -> str:
    try:
        return str(ip_address(text.strip(".:") if "." in text else text))
    except ValueError:
        return "(unreadable)"

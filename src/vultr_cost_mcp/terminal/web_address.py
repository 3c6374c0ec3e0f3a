"""Parse the address of a server over HTTP, or say why it cannot be used."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus, urlsplit

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
# These short ones are whole words: author and credit are no secrets.
_SECRET = re.compile(
    r"token|secret|passw|pwd|signature|jwt|bearer|^sig$"
    r"|(?<![a-z])(?:o?auth(?:[nz]|code|orization|entication)?|cred(?:ential)?s?)(?![a-z])"
    r"|(?:^|[^a-z]|api|access|private|shared|auth)key$"
)
_NEW_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BY_HEADER = (
    "which would end up in files and logs. Leave it out: the client sends the token in a header, "
    "from VULTR_COST_HTTP_TOKEN"
)


def web_address(text: str) -> str:
    """Return the address; raises ArgumentTypeError if it is malformed, unsafe or has a secret."""
    if fault := _fault(text):
        raise argparse.ArgumentTypeError(fault)
    return text


def _fault(text: str) -> str | None:
    """Return the first fault of an address in words that repeat none of it, None if usable."""
    if not text.isprintable() or " " in text:
        return "it contains a space or a control character: leave it out"
    try:
        parts = urlsplit(text)
    except ValueError:
        return "its host is malformed (an IPv6 address stands in brackets, such as [::1])"
    if "://" not in text or not parts.scheme:
        return "it does not begin with https:// (or http:// for a server on this machine)"
    if parts.scheme not in {"https", "http"}:
        return "it begins with neither https:// nor (for a server on this machine) http://"
    return _fault_of_host(parts) or _secret_in(parts)


def _fault_of_host(parts: SplitResult) -> str | None:
    if parts.username is not None or parts.password is not None:
        return f"it has a user name or a password, {_BY_HEADER}"
    if not parts.hostname:
        return "it names no host: the name of the server follows https:// at once"
    if not _has_port(parts):
        return "its port is not a number from 1 to 65535"
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        return "http:// would send the token unencrypted: begin with https:// instead"
    return None


def _has_port(parts: SplitResult) -> bool:
    """Return whether the port can be used; none stands for the usual one."""
    try:
        return parts.port != 0
    except ValueError:
        return False


def _secret_in(parts: SplitResult) -> str | None:
    if parts.fragment:
        return "the part that begins with # never reaches a server: leave it out"
    names = (part.partition("=")[0] for part in re.split("[&;]", parts.query))
    if any(_SECRET.search(_in_words(unquote_plus(name))) for name in names):
        return f"the part that begins with ? has a secret, {_BY_HEADER}"
    return None


def _in_words(name: str) -> str:
    """Return a name in small letters; ``accessKey`` becomes ``access-key``."""
    return _NEW_WORD.sub("-", name).lower()

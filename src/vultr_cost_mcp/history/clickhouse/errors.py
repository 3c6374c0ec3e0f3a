"""One sentence for each way in which ClickHouse can fail, without its words: they quote SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vultr_cost_mcp.errors import StoreError, StoreTimeoutError

if TYPE_CHECKING:
    from vultr_cost_mcp.history.clickhouse.address import ClickHouseConfig

OLDEST: Final = (24, 3)
IN_USE: Final = (
    "This history is in use by another process; use the default SQLite store, "
    "or a ClickHouse server."
)
_NO_SERVER_CLIENT: Final = (
    "A history on ClickHouse needs an extra of this program: install vultr-cost-mcp[clickhouse]."
)
_NO_ENGINE: Final = (
    "A history on embedded ClickHouse needs an extra of this program: install "
    "vultr-cost-mcp[chdb], which exists for macOS and for Linux with glibc, "
    "not for Windows or musl."
)
_NO_ANSWER: Final = "{name} did not answer in time."
_NOT_REACHED: Final = (
    "{name} cannot be reached: it is not running, or the address of the history is wrong."
)
_NOT_OPENED: Final = (
    "{name} cannot be opened; see that it is a folder of its own that this user may write, or name "
    "another one in VULTR_COST_STORE."
)
_BROKEN_OFF: Final = "{name} broke the connection off."
# Whoever asks again at once waits as long, and in vain.
_AWAY: Final = frozenset({_NO_ANSWER, _NOT_REACHED, _BROKEN_OFF})
# The numbers are ClickHouse's own: src/Common/ErrorCodes.cpp.
_BY_CODE: Final[dict[int, str]] = {
    **dict.fromkeys(
        (192, 193, 194, 516), "{name} refused the user or the password of the history's address."
    ),
    **dict.fromkeys(
        (497, 164),
        "{name} does not let this user do what a history needs; grant SELECT, INSERT and "
        "ALTER DELETE on its tables, and CREATE TABLE unless they exist.",
    ),
    81: "{name} has no database {database}; create it, or name another one in the address.",
    **dict.fromkeys((60, 16, 47, 36), "{name} has tables of another shape than a history needs."),
    **dict.fromkeys((159, 160, 209), _NO_ANSWER),
    **dict.fromkeys((241, 202), "{name} is too busy to answer; ask again later."),
    **dict.fromkeys((243,), "The disk of {name} is full."),
    **dict.fromkeys((242, 252, 319), "{name} takes no new rows at the moment."),
    170: "{name} knows no cluster {cluster}.",
}
_ON_OPENING: Final[dict[int, str]] = dict.fromkeys(
    (46, 47, 62, 115), "{name} is too old; a history needs ClickHouse {oldest} or newer."
)
# Classes of urllib3 and of the standard library, by name: this room does not import them.
_BY_CAUSE: Final = (
    (
        {"SSLError", "SSLCertVerificationError", "SSLEOFError", "SSLZeroReturnError"},
        "{name} offers no TLS, or a certificate that is not trusted.",
    ),
    ({"ReadTimeoutError", "TimeoutError"}, _NO_ANSWER),
    ({"NameResolutionError", "NewConnectionError", "ConnectTimeoutError"}, _NOT_REACHED),
    (
        {"ProtocolError", "ConnectionResetError", "BrokenPipeError", "StreamFailureError"},
        _BROKEN_OFF,
    ),
)
_DISK_FULL = ("no space left on device", "errno: 28")


def missing(place: ClickHouseConfig) -> StoreError:
    """The packages that the address needs are not installed."""
    return StoreError(_NO_SERVER_CLIENT if place.folder is None else _NO_ENGINE)


def too_old(place: ClickHouseConfig) -> StoreError:
    """Return the error for a server that is too old for the queries."""
    return _said("{name} is too old; a history needs ClickHouse {oldest} or newer.", place)


def no_certificates(place: ClickHouseConfig) -> StoreError:
    """The file of certificates that the address names cannot be read."""
    return _said(
        "The file that ca_cert of the history's address names cannot be read, so {name} was not "
        "asked; name a file of certificates there.",
        place,
    )


def failed(error: BaseException, place: ClickHouseConfig, *, opening: bool) -> StoreError:
    """Return the error for a failed request, in a sentence without SQL and password."""
    # An error inside another is the cause that counts: the outer one only says "failed".
    texts = [str(each).casefold() for each in _chain(error)]
    if any(sign in text for text in texts for sign in _DISK_FULL):
        return _said("The disk of {name} is full.", place)
    code: int | None = getattr(error, "code", None)
    if code is not None:
        sentence = _ON_OPENING.get(code) if opening else None
        sentence = sentence or _BY_CODE.get(code, "{name} refused a request (its error {code}).")
        return _said(sentence, place, code)
    if place.folder is not None:
        return _said(_NOT_OPENED if opening else "{name} cannot be used.", place)
    names = {type(each).__name__ for each in _chain(error)}
    for signs, sentence in _BY_CAUSE:
        if names & signs:
            return _said(sentence, place)
    if opening:
        return _said("What answers for {name} is no ClickHouse server over HTTP.", place)
    return _said("{name} cannot be used.", place)


def _said(sentence: str, place: ClickHouseConfig, code: int | None = None) -> StoreError:
    text = sentence.format(
        name=place.name,
        database=place.database,
        cluster=place.cluster,
        code=code,
        oldest=".".join(map(str, OLDEST)),
    )
    kind = StoreTimeoutError if sentence in _AWAY else StoreError
    return kind(text[:1].upper() + text[1:])


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error and its causes, those of urllib3 too, to the root."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseException) and each not in found:
            found.append(each)
            waiting += [each.__cause__, each.__context__, getattr(each, "reason", None)]
    return found

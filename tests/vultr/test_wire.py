"""The pure half of the client: results for every status, header and body."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from vultr_cost_mcp.errors import (
    AddressNotAllowedError,
    AuthError,
    ForbiddenError,
    RateLimitedError,
    ServerError,
    StatusError,
    UnexpectedBodyError,
    VultrError,
)
from vultr_cost_mcp.vultr._wire import (
    decipher,
    http_date,
    object_of,
    page_end,
    retry_after,
    rows_of,
)

NOW = datetime(2026, 11, 19, 11, 21, tzinfo=UTC)
FIXTURES = Path(__file__).parents[1] / "fixtures"
ERRORS: list[dict[str, Any]] = json.loads((FIXTURES / "errors.json").read_text("utf-8"))
# A text that stands in every body below and must stand in no error.
LEAK = "SECRET-OF-THE-BODY"


def refusal(status: int, body: bytes, **headers: str) -> StatusError:
    """The error that an answer becomes."""
    with pytest.raises(StatusError) as caught:
        decipher(status, headers, body, NOW)
    return caught.value


def said(text: str, key: str = "error") -> bytes:
    """Vultr's own form of a refusal."""
    return json.dumps({key: text, "status": 0, "more": LEAK}).encode()


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (401, said("Invalid API token."), AuthError, "VULTR_API_KEY"),
        (401, said("Invalid API token.", "message"), AuthError, "VULTR_API_KEY"),
        (401, said("Invalid API key"), AuthError, "VULTR_API_KEY"),
        (401, b"", AuthError, "VULTR_API_KEY"),
        (401, said("Unauthorized IP address: 203.0.113.7"), AddressNotAllowedError, "203.0.113.7"),
        (403, said("Unauthorized IP address: 203.0.113.7"), AddressNotAllowedError, "203.0.113.7"),
        (401, said("unauthorized ip: 203.0.113.7."), AddressNotAllowedError, "203.0.113.7:"),
        (403, said("Unauthorized IP address: 2001:db8::7"), AddressNotAllowedError, "2001:db8::7:"),
        (403, b"Unauthorized IP address: 192.0.2.1", AddressNotAllowedError, "192.0.2.1"),
        (401, said("Unauthorized IP address: 999.0.2.1"), AddressNotAllowedError, "(unreadable)"),
        (401, said("Unauthorized: billing permission required."), ForbiddenError, "permission"),
        (403, said("Forbidden: billing permission required."), ForbiddenError, "permission"),
        (403, said("Invalid API token."), ForbiddenError, "permission"),
        (403, b"", ForbiddenError, "permission"),
        (404, said("Invalid instance ID."), StatusError, "404"),
        (405, said("Method not allowed."), StatusError, "405"),
        (422, said("Unprocessable", "message"), StatusError, "422"),
        (204, b"", StatusError, "204"),
        (301, b"", StatusError, "VULTR_API_URL"),
        (302, b"", StatusError, "redirect"),
        (308, b"", StatusError, "redirect"),
        (429, said("Rate limit"), RateLimitedError, "too many requests"),
        (500, said("Server error."), ServerError, "HTTP 500"),
        (502, b"<html>Bad Gateway SECRET-OF-THE-BODY</html>", ServerError, "HTTP 502"),
        (503, b"<html>SECRET-OF-THE-BODY</html>", ServerError, "HTTP 503"),
        (599, b"\xff\xfe\x00", ServerError, "HTTP 599"),
        (401, b"[" * 100_000, AuthError, "VULTR_API_KEY"),
        (401, said("Unauthorized"), AuthError, "VULTR_API_KEY"),
        (401, b"<html>Unauthorized SECRET-OF-THE-BODY</html>", AuthError, "VULTR_API_KEY"),
        (401, said("This key's ACLs do not cover it."), ForbiddenError, "permission"),
        (401, said("No access to this."), ForbiddenError, "permission"),
        (500, b'{"error": {"deep": "SECRET-OF-THE-BODY"}}', ServerError, "HTTP 500"),
    ],
)
def test_each_refusal_is_the_error_a_user_can_act_on(
    status: int, body: bytes, error: type[StatusError], words: str
) -> None:
    """Status and words choose the error; its text says what to do and repeats nothing else."""
    caught = refusal(status, body)
    assert type(caught) is error
    assert caught.status == status
    assert caught.short == str(status)
    assert words in str(caught)
    assert LEAK not in repr(caught)


@pytest.mark.parametrize("entry", ERRORS, ids=lambda entry: Path(entry["file"]).stem)
def test_every_recorded_error_becomes_a_status_error(entry: dict[str, Any]) -> None:
    """Each body of fixtures/errors is an error of its status and shows none of its words."""
    body = (FIXTURES / entry["file"]).read_bytes()
    caught = refusal(entry["status"], body)
    assert caught.status == entry["status"]
    assert body.decode()[:40] not in str(caught)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("999999999999", 999_999_999.0),
        (format_datetime(NOW + timedelta(seconds=30), usegmt=True), 30.0),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("Fri, 31 Dec 9999 23:59:59 -0500", None),
        ("Mon, 01 Jan 99999999999999 00:00:00 GMT", None),
        ("x" * 10_000, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    """Both forms of the header are read, a moment that is past is no wait, nonsense is nothing."""
    assert retry_after({"retry-after": value}, NOW) == seconds
    assert refusal(429, b"", **{"retry-after": value}).retry_after == seconds


def test_the_wait_that_vultr_asks_for_is_told() -> None:
    """A 429 names the seconds, and how to ask less."""
    text = str(refusal(429, b"", **{"retry-after": "120"}))
    assert "wait 120 seconds" in text
    assert "VULTR_COST_RATE_LIMIT" in text


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("Thu, 19 Nov 2026 11:21:00 GMT", NOW),
        ("Thu, 19 Nov 2026 11:21:00 -0000", NOW),
        ("Thu, 19 Nov 2026 13:21:00 +0200", NOW),
        ("", None),
        ("today", None),
        ("Fri, 31 Dec 9999 23:59:59 -0500", None),
    ],
)
def test_http_dates_are_aware_or_nothing(value: str, instant: datetime | None) -> None:
    """The Date header never breaks a reading."""
    assert http_date(value) == instant


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"account": {"balance": 1',
        b"<html>SECRET-OF-THE-BODY</html>",
        b"\xff\xfe\x00\x01",
        b'{"SECRET-OF-THE-BODY": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e99999999999999999999}',
        b'{"a": ' + b"1" * 5_000 + b"}",
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"[]",
        b"null",
        b'"SECRET-OF-THE-BODY"',
        b"7",
    ],
    ids=lambda body: body[:20].decode("ascii", "replace"),
)
def test_a_body_that_is_no_json_object_is_an_error_without_its_text(body: bytes) -> None:
    """Garbage with status 200 is one kind of error, and none of it is repeated."""
    with pytest.raises(UnexpectedBodyError) as caught:
        decipher(200, {}, body, NOW)
    assert LEAK not in repr(caught.value)
    assert isinstance(caught.value, VultrError)


def test_numbers_keep_every_digit_of_the_wire() -> None:
    """Fractions become Decimal from their text, never through a float."""
    text = b'{"a": 0.00744047619047619047619047619, "b": 12.50, "c": 5, "d": 1e400}'
    assert decipher(200, {}, text, NOW) == {
        "a": Decimal("0.00744047619047619047619047619"),
        "b": Decimal("12.50"),
        "c": 5,
        "d": Decimal("1e400"),
    }
    assert isinstance(decipher(200, {}, b'{"b": 12.50}', NOW)["b"], Decimal)


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ({"blocks": [1, 2]}, [1, 2]),
        ({"blocks": None}, []),
        ({"blocks": {"id": "one"}}, [{"id": "one"}]),
        ({"other": [3]}, [3]),
        ({"other": [3], "blocks": []}, []),
    ],
)
def test_rows_stand_under_the_first_key_that_is_there(body: Any, rows: list[Any]) -> None:
    """A list, null for none of it, or one object where a list is promised."""
    assert rows_of(body, ("blocks", "other")) == rows


@pytest.mark.parametrize("body", [{}, {"blocks": "many"}, {"blocks": 7}, {"blocks": True}])
def test_rows_that_are_no_list_are_an_error(body: Any) -> None:
    """The error names the key that was promised."""
    with pytest.raises(UnexpectedBodyError, match="'blocks'"):
        rows_of(body, ("blocks", "other"))


def test_objects_stand_under_their_key() -> None:
    """An object, or the empty list that PHP makes of an empty one."""
    assert object_of({"account": {"balance": 1}}, ("account",)) == {"balance": 1}
    assert object_of({"bandwidth": []}, ("bandwidth",)) == {}


@pytest.mark.parametrize("body", [{}, {"account": None}, {"account": [1]}, {"account": "x"}])
def test_objects_that_are_none_are_an_error(body: Any) -> None:
    """A null or a filled list is no object."""
    with pytest.raises(UnexpectedBodyError, match="'account'"):
        object_of(body, ("account",))


@pytest.mark.parametrize(
    ("meta", "end"),
    [
        ({"total": 3, "links": {"next": "bmV4dA==", "prev": ""}}, ("bmV4dA==", 3)),
        ({"total": 3, "links": {"next": "", "prev": "x"}}, ("", 3)),
        ({"total": 3, "links": {"next": None}}, ("", 3)),
        ({"total": 3, "links": None}, ("", 3)),
        ({"total": 3, "links": []}, ("", 3)),
        ({"total": 3}, ("", 3)),
        ({"total": "3"}, ("", 3)),
        ({"total": 0}, ("", 0)),
        ({"meta": {"total": 3, "links": {"next": "x"}}}, ("x", 3)),
        ({"total": None}, ("", None)),
        ({"total": True}, ("", None)),
        ({"total": -1}, ("", None)),
        ({"total": "many"}, ("", None)),
        ({"total": "9" * 5_000}, ("", None)),
        ({"total": 3, "links": {"next": 7}}, ("", 3)),
        (None, ("", None)),
        ([], ("", None)),
        ("meta", ("", None)),
    ],
)
def test_the_end_of_a_page_is_found_in_every_meta(meta: Any, end: tuple[str, int | None]) -> None:
    """Missing, null, doubly nested and nonsense metas all have an answer."""
    assert page_end({"meta": meta}) == end


def test_a_body_without_meta_is_a_last_page() -> None:
    """Billing and Kubernetes lists carry no meta at all."""
    assert page_end({"pending_charges": []}) == ("", None)

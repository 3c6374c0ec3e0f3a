"""The double answers like the API, and each fault does what its name says."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.double import (
    INVALID_TOKEN,
    NO_BILLING_403,
    RATE_LIMITED,
    ROUTES,
    Account,
    Body,
    ChildDouble,
    Dribble,
    Drop,
    Duplicate,
    EndlessCursor,
    Hang,
    Meta,
    Money,
    Redirect,
    RepeatCursor,
    Shape,
    Slow,
    Status,
    Truncated,
    VultrDouble,
    account_of,
    address_not_allowed,
    server,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.enable_socket

# To read the certificates of the system takes longer than any answer here.
CERTIFICATES = httpx.create_ssl_context(trust_env=False)
SERVERS = [
    {"id": f"server-{number}", "label": f"web-{number}", "pending_charges": Decimal("5.42")}
    for number in range(7)
]


def account() -> Account:
    """Seven servers, one line with a long unit price, one invoice of three items."""
    line = {"total": 10, "unit_price": Decimal("0.00744047619047619"), "units": 672}
    return Account(
        instances=[dict(row) for row in SERVERS],
        pending=[line],
        invoices=[{"id": 901, "amount": 30}],
        invoice_items={"901": [line, line, line]},
        bandwidth={"server-0": {"2026-11-01": {"incoming_bytes": 1, "outgoing_bytes": 2}}},
        blocks=[{"id": "block-0", "cost": Decimal("12.5")}],
    )


@contextmanager
def client(double: VultrDouble) -> Iterator[httpx.Client]:
    """A client with the right key."""
    headers = {"Authorization": f"Bearer {double.key}"}
    with httpx.Client(
        base_url=double.url, headers=headers, timeout=60, trust_env=False, verify=CERTIFICATES
    ) as http:
        yield http


@pytest.fixture
def double() -> Iterator[VultrDouble]:
    """A running double."""
    with VultrDouble(account()) as running:
        yield running


def get(double: VultrDouble, path: str, **query: Any) -> httpx.Response:
    """One answer."""
    with client(double) as http:
        return http.get(path, params=query)


def pages(double: VultrDouble, path: str, key: str, most: int = 20, **query: Any) -> list[Any]:
    """Every row of a list, cursor by cursor, up to ``most`` pages."""
    rows: list[Any] = []
    cursor = ""
    for _ in range(most):
        body = get(double, path, cursor=cursor, **query).json()
        rows += body[key]
        cursor = body["meta"]["links"]["next"]
        if not cursor:
            break
    return rows


def test_every_path_of_the_cost_cut_answers_with_its_envelope(double: VultrDouble) -> None:
    """No path is missing, and an unknown one is 404."""
    known = {
        "{invoice-id}": "901",
        "{instance-id}": "server-0",
    }
    for route in ROUTES:
        path = route.template
        for name, value in known.items():
            path = path.replace(name, value)
        if "{" in path:
            assert get(double, path).status_code == 404
        else:
            assert route.envelope in get(double, path).json()
    assert get(double, "/nothing").json()["status"] == 404


def test_pages_follow_per_page_the_cap_and_opaque_cursors(double: VultrDouble) -> None:
    """All rows arrive once; the last page's next cursor is an empty string."""
    assert len(pages(double, "/instances", "instances", per_page=3)) == 7
    assert double.count("/instances") == 3
    double.page_size_cap = 1
    assert len(pages(double, "/instances", "instances", per_page=500)) == 7
    assert double.count("/instances") == 10
    assert get(double, "/instances", per_page=501).status_code == 400
    assert get(double, "/instances", cursor="made-up").status_code == 400


def test_charges_of_a_server_come_only_when_asked_for(double: VultrDouble) -> None:
    """``show_pending_charges=true`` adds the field; nothing else does."""
    assert "pending_charges" not in get(double, "/instances").json()["instances"][0]
    shown = get(double, "/instances", show_pending_charges="true").json()["instances"][0]
    assert shown["pending_charges"] == 5.42


def test_numbers_are_sent_digit_for_digit(double: VultrDouble) -> None:
    """A Decimal of the account is the same text on the wire."""
    assert '"unit_price":0.00744047619047619' in get(double, "/billing/pending-charges").text


@pytest.mark.parametrize(
    ("style", "text"),
    [("string", '"cost":"12.5"'), ("float", '"cost":12.5'), ("int", '"cost":12.5')],
)
def test_money_comes_in_three_shapes(double: VultrDouble, style: Any, text: str) -> None:
    """Money is a string, a float, or an int where it is whole; totals of meta are left alone."""
    double.fail("/blocks", Money(style))
    answer = get(double, "/blocks").text
    assert text in answer
    assert '"total":1' in answer


def test_a_wrong_key_and_another_verb_are_refused(double: VultrDouble) -> None:
    """401 for a wrong or missing key, 405 for another verb, no key needed for plans."""
    answer = httpx.get(f"{double.url}/account", headers={"Authorization": "Bearer no"})
    assert (answer.status_code, answer.json()["error"]) == (401, "Invalid API token.")
    assert httpx.get(f"{double.url}/account").status_code == 401
    assert httpx.get(f"{double.url}/plans").status_code == 200
    with client(double) as http:
        assert http.delete("/instances/server-0").status_code == 405
    assert [request.had_key for request in double.requests] == [True, False, False, True]
    assert double.requests[-1].method == "DELETE"


def test_failures_stop_after_so_many_times_and_keep_to_their_page(double: VultrDouble) -> None:
    """``times`` counts down to success; ``page`` leaves other pages alone; ``heal`` ends it."""
    double.fail("/account", Status(503, html=True), times=2)
    assert [get(double, "/account").status_code for _ in range(3)] == [503, 503, 200]
    double.fail("/instances", Status(500), page=2)
    first = get(double, "/instances", per_page=3).json()
    second = get(double, "/instances", per_page=3, cursor=first["meta"]["links"]["next"])
    assert second.status_code == 500
    double.heal()
    assert len(pages(double, "/instances", "instances", per_page=3)) == 7


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (INVALID_TOKEN, 401, "Invalid API token."),
        (address_not_allowed(), 401, "Unauthorized IP address: 203.0.113.7"),
        (NO_BILLING_403, 403, "billing"),
        (RATE_LIMITED, 429, "Rate limit"),
        (Status(502, html=True), 502, "<html>"),
        (Body(b""), 200, ""),
        (Body(b"\x00garbage"), 200, "garbage"),
    ],
)
def test_refusals_and_bodies(double: VultrDouble, fault: Any, status: int, words: str) -> None:
    """Each ready-made fault has its status and its words."""
    double.fail("*", fault)
    answer = get(double, "/account")
    assert answer.status_code == status
    assert words in answer.text


def test_retry_after_is_seconds_or_a_date(double: VultrDouble) -> None:
    """Both forms of the header that HTTP allows."""
    double.fail("/account", Status(429, retry_after=7))
    double.fail("/regions", Status(429, retry_after=7, retry_after_as_date=True))
    assert get(double, "/account").headers["Retry-After"] == "7"
    assert get(double, "/regions").headers["Retry-After"].endswith("GMT")


def test_connections_hang_drop_and_dribble(double: VultrDouble) -> None:
    """A client sees a timeout, a protocol error, or a late but whole answer."""
    double.fail("/account", Hang())
    double.fail("/blocks", Drop())
    double.fail("/snapshots", Drop(headers=False))
    double.fail("/regions", Slow(0.1))
    double.fail("/plans", Dribble(0.1))
    with client(double) as http:
        with pytest.raises(httpx.ReadTimeout):
            http.get("/account", timeout=httpx.Timeout(60, read=0.2))
        for path in ("/blocks", "/snapshots"):
            with pytest.raises(httpx.RemoteProtocolError):
                http.get(path)
        for path in ("/regions", "/plans"):
            begin = time.monotonic()
            assert http.get(path).status_code == 200
            assert time.monotonic() - begin >= 0.1


def test_truncated_json_is_whole_for_http(double: VultrDouble) -> None:
    """Content-Length agrees, the JSON does not parse."""
    double.fail("/instances", Truncated())
    with pytest.raises(ValueError, match=r".+"):
        get(double, "/instances").json()


def test_wrong_shapes(double: VultrDouble) -> None:
    """Each shape lands where it says."""
    seen = {}
    kinds: list[Any] = ["null", "object", "null_rows", "string_rows", "no_envelope", "top_list"]
    for kind in kinds:
        double.heal()
        double.fail("/blocks", Shape(kind))
        seen[kind] = get(double, "/blocks").json()
    assert seen["null"]["blocks"] is None
    assert seen["object"]["blocks"]["id"] == "block-0"
    assert [seen["null_rows"]["blocks"][index] for index in (0, -1)] == [None, None]
    assert seen["string_rows"]["blocks"][-1] == "surprise"
    assert "blocks" not in seen["no_envelope"]
    assert isinstance(seen["top_list"], list)


def test_other_metas(double: VultrDouble) -> None:
    """Nested, missing and larger than the rows."""
    double.fail("/blocks", Meta("nested"))
    assert get(double, "/blocks").json()["meta"]["meta"]["total"] == 1
    double.heal("/blocks")
    double.fail("/blocks", Meta("missing"))
    assert "meta" not in get(double, "/blocks").json()
    double.heal("/blocks")
    double.fail("/blocks", Meta("larger_total"))
    assert get(double, "/blocks").json()["meta"]["total"] == 2


def test_cursors_repeat_never_end_and_rows_come_twice(double: VultrDouble) -> None:
    """A reader that follows blindly would not stop, or would count twice."""
    double.fail("/instances", RepeatCursor())
    assert len(pages(double, "/instances", "instances", most=5, per_page=3)) == 3 + 4 * 3
    double.heal()
    double.fail("/instances", EndlessCursor())
    assert len(pages(double, "/instances", "instances", most=9, per_page=3)) == 7
    assert double.count() == 14
    double.heal()
    double.fail("/instances", Duplicate())
    assert len(pages(double, "/instances", "instances", per_page=3)) == 10


def test_a_redirect_points_elsewhere(double: VultrDouble) -> None:
    """The client decides whether to follow, and with which headers."""
    double.fail("/account", Redirect("http://127.0.0.1:9/v2/account"))
    assert get(double, "/account").headers["Location"].startswith("http://127.0.0.1:9")


def test_the_rate_limit_and_the_busiest_second(
    double: VultrDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than so many requests in one second are answered 429."""
    monkeypatch.setattr(server, "time", SimpleNamespace(monotonic=lambda: 7.0))
    double.rate_limit = 3
    with client(double) as http:
        statuses = [http.get("/account").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert double.most_in_one_second() == 5


def test_a_child_process_serves_the_same() -> None:
    """The double also runs in a process of its own and tells its requests."""
    with ChildDouble(account(), {"page_size_cap": 2}) as child:
        headers = {"Authorization": f"Bearer {child.key}"}
        body = httpx.get(f"{child.url}/instances", headers=headers).json()
        assert len(body["instances"]) == 2
        assert [request.path for request in child.requests()] == ["/instances"]


FIXTURES = Path(__file__).parents[1] / "fixtures"


def test_the_fixtures_are_served_as_they_are() -> None:
    """Each file of the index comes back under its path, row for row and digit for digit."""
    index = json.loads((FIXTURES / "index.json").read_text(encoding="utf-8"))
    assert set(index) == {route.template for route in ROUTES}
    account = account_of(FIXTURES)
    with VultrDouble(account) as double:
        for path in (template for template in index if "{" not in template):
            file, envelope = index[path]["file"], index[path]["envelope"]
            body = json.loads((FIXTURES / file).read_text(encoding="utf-8"))
            query = {"show_pending_charges": "true"}
            assert get(double, path, **query).json()[envelope] == body[envelope], path
        first = account.instances[0]["id"]
        assert get(double, f"/instances/{first}/bandwidth").json()["bandwidth"]


def test_odd_bodies_and_errors_are_listed_with_their_files() -> None:
    """Every file of fixtures/odd and fixtures/errors is in its list, and the other way round."""
    for name in ("odd", "errors"):
        listed = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
        files = {f"{name}/{path.name}" for path in (FIXTURES / name).iterdir()}
        assert {entry["file"] for entry in listed} == files

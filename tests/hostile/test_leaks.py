"""A secret in every place that has one: none in any byte that leaves the process or is kept."""

from __future__ import annotations

import json
import logging
from itertools import combinations
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from tests.hostile.planted import Headers, LeakyTransport, Vault, files_below, planted, sent
from tests.hostile.stage import CALLS, check_refusal, check_words, on_stage
from tests.support.double import Body, Fault, Redirect, Shape, Status, Truncated, VultrDouble
from tests.support.stage import KEY, settings_for, text_of
from vultr_cost_mcp.export import ExportFolder
from vultr_cost_mcp.history import open_history

pytestmark = pytest.mark.anyio

EVERYWHERE = (*CALLS, ("export_costs", {"format": "focus"}), ("export_costs", {"format": "csv"}))
LATER = (
    "get_cost_overview",
    "get_pending_charges",
    "list_resource_costs",
    "list_invoices",
    "check_budget",
    "collect_metrics",
)


@pytest.fixture(autouse=True)
def _once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is tried again, and everything that is logged is heard."""
    monkeypatch.setattr("vultr_cost_mcp.vultr._retry.ATTEMPTS", 1)
    caplog.set_level(logging.DEBUG)


def faults(vault: Vault) -> dict[str, Fault]:
    """Answers of every sort that carry secrets of their own."""
    new = vault.new
    login = f"{new('redirect user')}:{new('redirect password')}"
    url = f"https://{login}@evil.example/{new('redirect path')}"
    return {
        "redirect": Redirect(f"{url}?key={new('redirect query')}"),
        "refusal": Status(403, f"{new('403')} permission"),
        "page": Status(500, f"{new('500')}", html=True),
        "gone": Status(404, new("404"), retry_after=new("retry after")),
        "key": Status(401, f"Invalid API token {new('401')}"),
        "address": Status(401, f"Unauthorized IP address: {new('address')}"),
        "garbage": Body(f'{{"error": "{new("garbage")}"'.encode()),
        "a list": Body(f'["{new("list")}"]'.encode()),
        "wrong rows": Body(f'{{"account": "{new("rows")}"}}'.encode()),
        "cut": Truncated(0.7),
        "texts": Shape("string_rows"),
        "headers": Headers((("Set-Cookie", new("cookie")), ("X-Token", new("header")))),
    }


async def listen(
    double: VultrDouble,
    vault: Vault,
    caplog: pytest.LogCaptureFixture,
    folder: Path,
    *,
    calls: Any = EVERYWHERE,
    transport: Any = None,
) -> None:
    """Ask every tool; nothing that came out, was sent, was logged or was kept holds a secret."""
    vault.known[KEY] = "the key"
    history = open_history(f"sqlite:///{folder}/history.db")
    exports = ExportFolder(folder / "files")
    found: list[str] = []
    async with on_stage(double, history=history, exports=exports, transport=transport) as client:
        for name, arguments in calls:
            result = await client.call_tool(name, arguments)
            found += vault.found_in(text_of(result), f"the words of {name}")
            found += vault.found_in(json.dumps(result.structured_content), f"figures of {name}")
            found += vault.found_in(repr(result), f"the result of {name}")
            if result.is_error:
                check_refusal(result, 1200)
            check_words(text_of(result))
    found += vault.found_in(caplog.text, "the log")
    found += vault.found_in(sent(double), "a request")
    for name, content in files_below(folder):
        found += vault.found_in(content, name)
    caplog.clear()
    assert not found, found[:8]


async def test_no_secret_of_any_answer_comes_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not in words, figures, files, history, log, requests or on a stream."""
    account, vault = planted()
    assert len(vault.known) > 1000
    double = VultrDouble(account)
    await listen(double, vault, caplog, tmp_path)
    assert not vault.found_in("".join(capfd.readouterr()), "a stream")
    assert double.count() > 40
    kept = [name for name, _ in files_below(tmp_path)]
    assert len(kept) >= 4


PLACES = (
    "/account",
    "/billing/pending-charges",
    "/instances",
    "/databases",
    "/billing/invoices/*",
    "/plans",
)
PAIRS = list(combinations(range(12), 2))


@pytest.mark.parametrize("turn", range(6))
async def test_no_secret_comes_out_where_two_answers_fail(
    turn: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Two lists fail at once, each in another way: their words, headers and addresses stay in."""
    account, vault = planted()
    kinds = list(faults(vault).values())
    for one, other in PAIRS[turn::6]:
        double = VultrDouble(account)
        double.fail(PLACES[one % len(PLACES)], kinds[one])
        double.fail(PLACES[(one + other) % len(PLACES)], kinds[other])
        calls: list[Any] = [(name, {}) for name in LATER[turn % 3 :: 3]]
        folder = tmp_path / f"{one}-{other}"
        folder.mkdir()
        await listen(double, vault, caplog, folder, calls=calls)


@pytest.mark.parametrize(
    "ends", [("/account",), ("/pending-charges", "/instances"), ("",)], ids=str
)
@pytest.mark.parametrize(
    "kind",
    [
        httpx.ConnectError,
        httpx.ReadTimeout,
        httpx.ProxyError,
        httpx.DecodingError,
        ValueError,
        OSError,
    ],
)
async def test_what_an_exception_of_the_network_says_stays_inside(
    kind: Any, ends: tuple[str, ...], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Texts of exceptions name addresses, proxies and their passwords: none is repeated."""
    account, vault = planted()
    error = kind(f"http://user:{vault.new('exception')}@proxy.example refused {KEY}")
    double = VultrDouble(account)
    calls: list[Any] = [(name, {}) for name in LATER]
    transport = LeakyTransport(double, error, *ends)
    await listen(double, vault, caplog, tmp_path, calls=calls, transport=transport)


LOCATIONS = (
    "https://evil.example/v2/account",
    "https://double.invalid:8443/v2/account",
    "http://double.invalid/v2/account",
    "//evil.example/v2/account",
    "/v2/other",
    "https://double.invalid@evil.example/",
    "https://double.invalid/v2/billing/invoices",
    "javascript:alert(1)",
)


@pytest.mark.parametrize("location", LOCATIONS)
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_the_key_does_not_follow_a_redirect(location: str, code: int) -> None:
    """Whatever it points to, no second request is made, and the address is not repeated."""
    account, _ = planted()
    double = VultrDouble(account)
    double.fail("*", Redirect(location, code))
    transport = LeakyTransport(double, ValueError())
    async with on_stage(double, transport=transport) as client:
        result = await client.call_tool("get_pending_charges", {})
    text = check_refusal(result)
    assert location not in text
    assert {request.url.host for request in transport.seen} == {"double.invalid"}
    assert {request.url.scheme for request in transport.seen} == {"https"}
    assert {request.url.path for request in transport.seen} == {
        "/v2/account",
        "/v2/billing/pending-charges",
    }


async def test_the_key_is_in_its_header_and_nowhere_else(tmp_path: Path) -> None:
    """No address, query or other header holds it, whatever is asked."""
    account, _ = planted()
    double = VultrDouble(account)
    transport = LeakyTransport(double, ValueError())
    history = open_history(f"sqlite:///{tmp_path}/history.db")
    async with on_stage(double, transport=transport, history=history) as client:
        for name, arguments in CALLS:
            await client.call_tool(name, arguments)
    assert len(transport.seen) > 40
    for request in transport.seen:
        assert request.method == "GET"
        assert KEY not in str(request.url)
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert [name for name, value in request.headers.items() if KEY in value] == [
            "authorization"
        ]
        assert request.content == b""


async def test_what_an_answer_asks_to_be_remembered_is_forgotten() -> None:
    """A cookie of one answer is not carried into the next request."""
    double = VultrDouble(planted()[0])
    double.fail("*", Headers((("Set-Cookie", "session=S3C-cookie; Path=/"),)))
    async with on_stage(double) as client:
        await client.call_tool("get_pending_charges", {})
        await client.call_tool("list_resource_costs", {})
    assert not [request for request in double.requests if "cookie" in request.headers]


@pytest.mark.parametrize(
    "url",
    [
        "http://api.vultr.com/v2",
        "http://127.0.0.1.evil.example/v2",
        "http://127.0.0.1@evil.example/v2",
        "http://localhost.evil.example",
        "http://localhost@evil.example",
        "http://127.0.0.1\\@evil.example/",
        "http://127.0.0.1%2eevil.example",
        "http://127.1.evil.example",
        "http://0.0.0.0/v2",
        "http://[::ffff:192.0.2.1]/v2",
        "http://192.0.2.1",
        "ftp://127.0.0.1",
        "https://",
        "https:///v2",
        "//127.0.0.1",
        "file:///etc/passwd",
        "HTTP://EXAMPLE.COM",
    ],
)
def test_the_key_never_goes_over_an_open_line(url: str) -> None:
    """Plain HTTP is for this machine alone; nothing of a refused address is repeated."""
    with pytest.raises(ValidationError) as caught:
        settings_for(url)
    assert caught.value.errors()[0]["loc"] == ("VULTR_API_URL",)


def test_an_address_with_a_password_in_it_is_refused() -> None:
    """A login in the address would take the key's place in the header, and be logged."""
    with pytest.raises(ValidationError):
        settings_for("https://user:S3C-password@double.invalid/v2")

"""The access check as a table: request heads and their denials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import anyio
import pytest
from pydantic import SecretStr

from tests.support.served import EVERYWHERE, TOKEN
from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.transports import authentication
from vultr_cost_mcp.transports.access import (
    OriginMiddleware,
    RequestHeadMiddleware,
    TrustedHostMiddleware,
)
from vultr_cost_mcp.transports.authentication import AuthenticationMiddleware
from vultr_cost_mcp.transports.client_address import Peers
from vultr_cost_mcp.transports.http_config import HttpConfig
from vultr_cost_mcp.transports.replies import RefusedError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from vultr_cost_mcp.transports.replies import Denial

HOST = "127.0.0.1:8000"


def scope_of(path: str = "/mcp", server: str = "127.0.0.1", **headers: Any) -> dict[str, Any]:
    """The head of a request; a header that has several values is a list."""
    rows = [
        (name.replace("_", "-").encode(), value.encode("latin-1"))
        for name, given in headers.items()
        for value in (given if isinstance(given, list) else [given])
    ]
    return {"type": "http", "path": path, "server": (server, 8000), "headers": rows}


def status(scope: dict[str, Any], *allowed: str, host: str = "127.0.0.1") -> int:
    """Return the status of the denial, 200 if there is none."""
    known = HttpConfig("http", host, allowed_hosts=allowed).allowed
    origin = OriginMiddleware(_accept, known)
    denial = denial_of(RequestHeadMiddleware(TrustedHostMiddleware(origin, known)), scope)
    return 200 if denial is None else denial.status


def denial_of(app: ASGIApp, scope: dict[str, Any]) -> Denial | None:
    """Send a request without a body; None if it reaches the application."""

    async def ask() -> Denial | None:
        try:
            await app(scope, _fail, _fail)
        except RefusedError as error:
            return error.denial
        return None

    return anyio.run(ask)


async def _accept(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive, send


async def _fail(*given: object) -> NoReturn:
    pytest.fail(f"nothing is read or sent before the access check is over: {given}")


@pytest.mark.parametrize(
    "host",
    [
        HOST,
        "127.0.0.1",
        "127.0.0.1:9000",
        "localhost:8000",
        "LOCALHOST:8000",
        "127.0.0.2:8000",
        "[::1]:8000",
        "[0:0:0:0:0:0:0:1]:8000",
        "[::ffff:127.0.0.1]:8000",
    ],
)
def test_names_of_this_machine_are_known(host: str) -> None:
    """No stranger can make a page whose Host is one of these."""
    assert status(scope_of(host=host)) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.",
        "localhost.:8000",
        "127.0.0.1.:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.localhost",
        "user@localhost",
        "localhost@evil.example",
        "localhost:8000:8000",
        "localhost:80a",
        "localhost:99999",
        "localhost:-1",
        "localhost evil.example",
        "localhost,evil.example",
        "localhost/evil",
        "[::1",
        "::1",
        "[::2]:8000",
        "[127.0.0.1]",
        "[::1%25eth0].evil",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0:8000",
        "[::]:8000",
        "10.0.0.1:8000",
        "",
        " ",
        "l\u00f6calhost",
        "localhost\t",
    ],
)
def test_every_other_name_is_misdirected(host: str) -> None:
    """421, whatever looks like one of ours."""
    assert status(scope_of(host=host)) == 421


def test_one_host_is_needed_and_only_that_header_counts() -> None:
    """None, two, and what proxies add."""
    assert status(scope_of()) == 421
    assert status(scope_of(host=[HOST, HOST])) == 421
    assert status(scope_of(host=[HOST, "evil.example"])) == 421
    assert status(scope_of(host="evil.example", x_forwarded_host=HOST)) == 421
    assert status(scope_of(host="evil.example", forwarded=f"host={HOST}")) == 421
    assert status(scope_of(host=HOST, x_forwarded_host="evil.example")) == 200


@pytest.mark.parametrize("path", ["http://evil.example/mcp", "*", "evil.example:443", ""])
def test_a_target_is_a_path(path: str) -> None:
    """A name in the target would not be checked."""
    assert status(scope_of(path, host=HOST)) == 400


def test_a_length_is_stated_once() -> None:
    """Two ways to frame a body are how requests are smuggled through proxies."""
    assert status(scope_of(host=HOST, content_length="5", transfer_encoding="chunked")) == 400


def test_the_address_that_a_connection_came_in_on_is_known() -> None:
    """A literal address cannot be pointed elsewhere; another machine's is not ours."""
    assert status(scope_of(server="10.0.0.5", host="10.0.0.5:8000"), host=EVERYWHERE) == 200
    assert status(scope_of(server="::ffff:10.0.0.5", host="10.0.0.5"), host="::") == 200
    assert status(scope_of(server="10.0.0.5", host="10.0.0.6:8000"), host=EVERYWHERE) == 421
    assert status(scope_of(server="10.0.0.5", host="0.0.0.0:8000"), host=EVERYWHERE) == 421


def test_names_that_were_allowed_are_known() -> None:
    """With any port, unless one was named."""
    allowed = ("Costs.Example.com", "other.example:9000")
    for host in ("costs.example.com", "COSTS.example.com:443", "costs.example.com:8000"):
        assert status(scope_of(host=host), *allowed, host=EVERYWHERE) == 200
    assert status(scope_of(host="other.example:9000"), *allowed) == 200
    assert status(scope_of(host="other.example:9001"), *allowed) == 421
    assert status(scope_of(host="a.costs.example.com"), *allowed) == 421
    assert status(scope_of(host="box.internal:8000"), host="box.internal") == 200


@pytest.mark.parametrize("name", ["", "https://x.example", "*.example", "a b", "x.example/", "x."])
def test_what_can_be_no_name_is_not_allowed(name: str) -> None:
    """Said at the start."""
    with pytest.raises(ConfigError, match="--allowed-host"):
        _ = HttpConfig("http", allowed_hosts=(name,)).allowed


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("http://127.0.0.1:8000", 200),
        ("http://localhost:8000", 200),
        ("HTTP://LOCALHOST:8000", 200),
        ("https://[::1]:8000", 200),
        ("null", 403),
        ("", 403),
        ("http://evil.example", 403),
        ("http://evil.example:8000", 403),
        ("http://localhost:3000", 403),
        ("http://localhost", 403),
        ("http://localhost.:8000", 403),
        ("http://localhost:8000.evil.example", 403),
        ("http://localhost:8000@evil.example", 403),
        ("http://evil.example/http://localhost:8000", 403),
        ("http://localhost:8000/", 403),
        ("http://localhost:8000?x", 403),
        ("http://[::1", 403),
        ("//localhost:8000", 403),
        ("localhost:8000", 403),
        ("file://", 403),
        ("file://localhost:8000", 403),
        ("vscode-webview://localhost:8000", 403),
        ("http://localhost:8000 http://evil.example", 403),
    ],
)
def test_only_its_own_pages_may_ask(origin: str, expected: int) -> None:
    """The origin has the port of the Host and a name that is known."""
    assert status(scope_of(host=HOST, origin=origin)) == expected


def test_behind_a_proxy_the_origin_has_the_port_of_its_scheme() -> None:
    """https://costs.example.com asks costs.example.com."""
    scope = scope_of(host="costs.example.com", origin="https://costs.example.com")
    assert status(scope, "costs.example.com") == 200
    scope = scope_of(host="costs.example.com:443", origin="https://costs.example.com")
    assert status(scope, "costs.example.com") == 200


def test_several_origins_are_none() -> None:
    """One is right, and it does not help."""
    scope = scope_of(host=HOST, origin=[f"http://{HOST}", "http://evil.example"])
    assert status(scope) == 403


@pytest.mark.parametrize(
    ("site", "expected"),
    [("same-origin", 200), ("none", 200), ("cross-site", 403), ("same-site", 403), ("x", 403)],
)
def test_an_image_on_a_strange_page_may_not_ask(site: str, expected: int) -> None:
    """Browsers send no Origin with such a GET, but they say where it began."""
    assert status(scope_of(host=HOST, sec_fetch_site=site)) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        (f"Bearer  {TOKEN}", 200),
        (None, 401),
        ("", 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        (f"Bearer {TOKEN}x", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        (f"Bearer {TOKEN.upper()}", 401),
        (f"Bearer {TOKEN},{TOKEN}", 401),
        (f"Bearer\u00a0{TOKEN}", 401),
        (f"Bearer \u00ff{TOKEN}", 401),
        (f"Basic {TOKEN}", 401),
        (TOKEN, 401),
        ([f"Bearer {TOKEN}", f"Bearer {TOKEN}"], 401),
        (["Bearer wrong", f"Bearer {TOKEN}"], 401),
    ],
)
def test_the_token_is_all_or_nothing(
    given: Any, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One Authorization header, the scheme Bearer, every byte."""
    monkeypatch.setattr(authentication, "WRONG_TOKEN_SECONDS", 0)
    app = AuthenticationMiddleware(_accept, TOKEN.encode(), Peers())
    headers = {} if given is None else {"authorization": given}
    denial = denial_of(app, scope_of(**headers))
    assert (200 if denial is None else denial.status) == expected
    if denial is not None:
        assert dict(denial.headers)["www-authenticate"].startswith("Bearer")
        assert TOKEN not in denial.text


def test_without_a_token_nobody_is_asked_for_one() -> None:
    """On loopback it is a choice."""
    assert denial_of(AuthenticationMiddleware(_accept, None, Peers()), scope_of()) is None


@pytest.mark.parametrize(
    "text",
    ["${VULTR_COST_HTTP_TOKEN}", "<token>", "{{token}}", "your-token-here", "change-me", "two it",
     "t\u00f6ken", "tab\there", "=?", "a=b"],
)  # fmt: skip
def test_what_can_be_no_token_is_refused(text: str) -> None:
    """A variable that nobody expanded would be a token that everybody knows."""
    with pytest.raises(ConfigError, match="VULTR_COST_HTTP_TOKEN") as caught:
        _ = HttpConfig("http", token=SecretStr(text)).secret
    assert text not in str(caught.value)


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_a_token_of_nothing_is_none(text: str) -> None:
    """As with every variable."""
    assert HttpConfig("http", token=SecretStr(text)).secret is None


def test_a_token_is_never_shown() -> None:
    """Not even where a door is printed."""
    assert TOKEN not in repr(HttpConfig("http", token=SecretStr(TOKEN)))

"""The client's identity: the socket's address, or a trusted proxy's last entry."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from tests.http.test_access import scope_of
from tests.support.served import EVERYWHERE, TOKEN
from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.transports.client_address import Peers
from vultr_cost_mcp.transports.http_config import HttpConfig

PROXY = "10.0.0.5"


def peer(client: str, forwarded: Any = None, *proxies: str) -> str | None:
    """Name the peer of a request; ``forwarded`` is what X-Forwarded-For says, or a list of it."""
    headers = {} if forwarded is None else {"x_forwarded_for": forwarded}
    scope = {**scope_of(**headers), "client": (client, 50_000)}
    return Peers(HttpConfig("http", trusted_proxies=proxies).proxies).of_request(scope)


@pytest.mark.parametrize(
    "forwarded",
    [None, "198.51.100.1", "127.0.0.1", "::1", "x", "", "198.51.100.1, 198.51.100.2", PROXY],
)
def test_what_strangers_say_of_themselves_counts_for_nothing(forwarded: str | None) -> None:
    """Without a proxy, or past the one that is trusted."""
    assert peer("203.0.113.7", forwarded) == "203.0.113.7"
    assert peer("203.0.113.7", forwarded, PROXY) == "203.0.113.7"
    assert peer("::ffff:203.0.113.7", forwarded, PROXY) == "203.0.113.7"
    assert peer("2001:db8::7", forwarded, PROXY) == "2001:db8::/64"


@pytest.mark.parametrize("forwarded", [None, "198.51.100.1", "x", ""])
@pytest.mark.parametrize("client", ["127.0.0.1", "127.0.0.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_has_no_rule_unless_it_is_a_trusted_proxy(
    client: str, forwarded: str | None
) -> None:
    """A proxy that nobody named carries everybody: nobody pays for what another does."""
    assert peer(client, forwarded) is None
    assert peer(client, forwarded, PROXY) is None


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("198.51.100.1,203.0.113.7", "203.0.113.7"),
        ("x, y, 203.0.113.7", "203.0.113.7"),
        (", , 203.0.113.7", "203.0.113.7"),
        (["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
        (["203.0.113.7", "198.51.100.1, 198.51.100.2"], "198.51.100.2"),
        ("203.0.113.7:51234", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
        ("[2001:db8:0:1:2:3:4:5]", "2001:db8:0:1::/64"),
        ("[2001:db8:0:1:2:3:4:5]:443", "2001:db8:0:1::/64"),
        ("2001:db8:0:1::5%eth0", "2001:db8:0:1::/64"),
        ("198.51.100.1, 127.0.0.1", None),
        (f"198.51.100.1, {PROXY}", None),
        ("198.51.100.1, ::1", None),
        ("198.51.100.1,", None),
        ("203.0.113.7, unknown", None),
        ("203.0.113.7, _hidden", None),
        ("203.0.113.7 198.51.100.1", None),
        ("203.0.113.256", None),
        ("0x7f000001", None),
        ("\u00b2.0.0.1", None),
        ("for=203.0.113.7", None),
        ("", None),
        (None, None),
        ("203.0.113.7\t", "203.0.113.7"),
        ("9" * 4000, None),
        ("," * 4000, None),
    ],
)
@pytest.mark.parametrize("proxy", [PROXY, "127.0.0.1", "fd00::5"])
def test_a_trusted_proxy_vouches_for_its_last_entry(
    proxy: str, forwarded: Any, expected: str | None
) -> None:
    """Not for those before it; where the entry is none, no peer is held responsible."""
    assert peer(proxy, forwarded, PROXY, "127.0.0.1", "fd00::5") == expected


def test_a_proxy_may_connect_by_ipv4_written_as_ipv6() -> None:
    """As sockets that listen on both do."""
    assert peer(f"::ffff:{PROXY}", "203.0.113.7", PROXY) == "203.0.113.7"
    assert peer(PROXY, "203.0.113.7", f"::ffff:{PROXY}") == "203.0.113.7"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "proxy.example",
        "10.0.0.0/8",
        "10.0.0.5:80",
        EVERYWHERE,
        "::",
        "*",
        "10.0.0",
        "localhost",
    ],
)
def test_a_trusted_proxy_is_one_address(text: str) -> None:
    """A name may be pointed elsewhere, and a network holds strangers."""
    door = HttpConfig("http", token=SecretStr(TOKEN), trusted_proxies=("127.0.0.1", text))
    with pytest.raises(ConfigError, match="--trusted-proxy"):
        _ = door.proxies


def test_a_socket_without_an_address_has_no_rule() -> None:
    """As with a connection that is gone already."""
    assert Peers().of_request({**scope_of(), "client": None}) is None
    assert Peers().of_socket("") is None

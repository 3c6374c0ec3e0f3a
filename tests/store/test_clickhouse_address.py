"""The address of a ClickHouse history is read whole, and never shown with its password."""

from __future__ import annotations

from pathlib import Path

import pytest

from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.history import open_history
from vultr_cost_mcp.history.clickhouse.address import ClickHouseConfig, read_address


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("clickhouse://db", ClickHouseConfig("default", host="db", port=8123)),
        ("clickhouses://db", ClickHouseConfig("default", host="db", port=8443, tls=True)),
        (
            "clickhouse://cost:a%2Fb%40c@db.example:9000/vultr",
            ClickHouseConfig("vultr", host="db.example", port=9000, user="cost", password="a/b@c"),
        ),
        (
            "clickhouses://cost@[::1]/vultr?cluster=main&replicated=1&ca_cert=/etc/ca.pem",
            ClickHouseConfig(
                "vultr",
                host="::1",
                port=8443,
                tls=True,
                user="cost",
                cluster="main",
                replicated=True,
                ca_cert="/etc/ca.pem",
            ),
        ),
        ("clickhouse://db/?replicated=off", ClickHouseConfig("default", host="db")),
        ("chdb:///var/history", ClickHouseConfig("vultr_cost", folder="/var/history")),
        ("chdb:////var/history", ClickHouseConfig("vultr_cost", folder="/var/history")),
        ("chdb:///a%20folder?database=other", ClickHouseConfig("other", folder="/a folder")),
        ("chdb:///~/history", ClickHouseConfig("vultr_cost", folder=str(Path.home() / "history"))),
    ],
)
def test_an_address_is_a_place(address: str, place: ClickHouseConfig) -> None:
    assert read_address(address) == place


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("mysql://u:hidden@db", "starts with none of"),
        ("clickhouse://u:hidden@db:many/x", "its port is a number"),
        ("clickhouse://[::1/x", "is not an address"),
        ("clickhouse://u:hidden@/x", "names no host"),
        ("clickhouse://u:hid#den@db/x", "written %23"),
        ("clickhouse://u:hi/dden@db/x", "a / as %2F"),
        ("clickhouse://u:1/hidden@db/x", "a / as %2F"),
        ("clickhouse://u:hi?dden@db/x", "written in percent"),
        ("clickhouse://u:1?hidden@db/x", "written in percent"),
        ("clickhouse://u:1?hidden&more=2@db/x", "written in percent"),
        ("clickhouses://u:1?ca_cert=hidden@db/x", "written in percent"),
        ("clickhouse://to?hidden@db/x", "written in percent"),
        ("clickhouse://u:hidden@db/a`b", "the name of its database"),
        ("clickhouse://u:hidden@db/a?cluster=x'y", "the name of its cluster"),
        ("clickhouse://u:hidden@db/a?replicated=maybe", "replicated is 0 or 1"),
        ("clickhouse://u:hidden@db/a?hidden=1&compress=1", "no setting 'compress'"),
        ("clickhouse://db?ca_cert=/etc/ca.pem", "no setting 'ca_cert'"),
        ("chdb://folder", "the whole path"),
        ("chdb:///", "the whole path"),
        ("chdb:///a%00b", "the whole path"),
        ("chdb:///~no-such-user/x", "no folder"),
        ("chdb:///a?path=b", "no setting 'path'"),
    ],
)
def test_an_address_that_cannot_be_used_is_one_sentence(address: str, why: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_address(address)
    text = str(raised.value)
    assert why in text
    assert text.startswith("The address of the history cannot be used: ")
    assert text.endswith(".")
    assert "hid" not in text


def test_a_place_is_named_and_shown_without_its_password() -> None:
    place = read_address("clickhouses://cost:hidden@[::1]/vultr")
    assert place.name == "ClickHouse at [::1]:8443"
    assert "hidden" not in repr(place)
    assert read_address("chdb:///var/history").name == "the history in /var/history"


@pytest.mark.parametrize(
    ("address", "warned"),
    [
        ("clickhouse://u:hidden@db.example.com/x", True),
        ("clickhouse://u:hidden@10.0.0.5/x", True),
        ("clickhouse://u:hidden@[2001:db8::1]:8123/x", True),
        ("clickhouse://u:hidden@localhost.example.com/x", True),
        ("clickhouse://:hidden@db", True),
        ("clickhouse://u@db/x", False),
        ("clickhouse://db/x", False),
        ("clickhouse://u:@db/x", False),
        ("clickhouses://u:hidden@db.example.com/x", False),
        ("clickhouse://u:hidden@localhost/x", False),
        ("clickhouse://u:hidden@LOCALHOST:8123/x", False),
        ("clickhouse://u:hidden@127.0.0.1/x", False),
        ("clickhouse://u:hidden@127.9.9.9/x", False),
        ("clickhouse://u:hidden@[::1]/x", False),
        ("chdb:///var/history", False),
    ],
)
def test_a_password_in_clear_text_is_warned_of(
    address: str,
    warned: bool,  # noqa: FBT001  (a case)
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The warning is for other machines only, with a remedy and without the password."""
    open_history(address)
    lines = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(lines) == warned
    assert all("clickhouses://" in line and "hidden" not in line for line in lines)

"""Store addresses: their parsing, and how they are shown."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from tests.support.readings import EVER, line, reading
from vultr_cost_mcp.domain.history import DisabledHistory
from vultr_cost_mcp.errors import ConfigError, StoreDisabledError
from vultr_cost_mcp.history import open_history, shown

pytestmark = pytest.mark.anyio

SECRET = "pw-7Kd0"


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_three_slashes_are_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await open_history("sqlite:///kept here/%41?b#c.db").add(reading())
    assert (tmp_path / "kept here" / "%41?b#c.db").is_file()


async def test_four_slashes_are_the_whole_path(tmp_path: Path) -> None:
    await open_history(f"sqlite:///{tmp_path}/a/b/é.db").add(reading())
    assert (tmp_path / "a" / "b" / "é.db").is_file()


async def test_a_tilde_is_the_users_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    await open_history("sqlite:///~/history.db").add(reading())
    assert (tmp_path / "history.db").is_file()


async def test_no_address_is_a_file_in_the_users_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def data_path(name: str, *, appauthor: bool) -> Path:
        assert (name, appauthor) == ("vultr-cost-mcp", False)
        return tmp_path / name

    monkeypatch.setattr(platformdirs, "user_data_path", data_path)
    history = open_history(None)
    assert names_in(tmp_path) == []
    await history.add(reading())
    file = tmp_path / "vultr-cost-mcp" / "history.db"
    assert file.is_file()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert shown(None) == f"sqlite:///{file}"


async def test_nothing_is_made_before_something_is_kept(tmp_path: Path) -> None:
    history = open_history(f"SQLite:///{tmp_path}/a/history.db ")
    assert await history.runs("anybody", *EVER) == []
    assert await history.prune("anybody", EVER[1]) == 0
    assert names_in(tmp_path) == []


async def test_off_says_how_to_switch_it_on() -> None:
    history = open_history(" OFF ")
    assert isinstance(history, DisabledHistory)
    with pytest.raises(StoreDisabledError, match="VULTR_COST_STORE"):
        await history.add(reading(lines=[line()]))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "history.db",
        "/var/lib/history.db",
        "sqlite:",
        "sqlite://",
        "sqlite:///",
        "sqlite:////",
        "sqlite://history.db",
        "sqlite:history.db",
        "sqlite:///a\0b",
        "sqlite:///~nobody-of-this-name/history.db",
        "chdb://",
        "chdb://folder",
        "offline",
        f"postgres://user:{SECRET}@host/db",
        f"mysql://user:{SECRET}@host/db\n",
        f"https://user:{SECRET}@host",
        f"clickhouse:/user:{SECRET}@host",
        SECRET,
    ],
)
def test_an_address_of_no_known_form_is_told_the_forms(address: str) -> None:
    for use in (open_history, shown):
        with pytest.raises(ConfigError) as caught:
            use(address)
        text = str(caught.value)
        assert SECRET not in text
        for form in ("sqlite:///", "clickhouse://", "clickhouses://", "chdb://", "off"):
            assert form in text


@pytest.mark.parametrize(
    ("address", "clear"),
    [
        ("sqlite:///history.db", "sqlite:///history.db"),
        ("SQLITE:////var/lib/history.db", "sqlite:////var/lib/history.db"),
        ("chdb:////var/lib/vultr?x=1", "chdb:////var/lib/vultr"),
        ("Off", "off"),
        ("clickhouse://host", "clickhouse://host"),
        (f"clickhouse://me:{SECRET}@host:8123/costs", "clickhouse://host:8123/costs"),
        (f"clickhouses://me:{SECRET}@[::1]:8443/", "clickhouses://[::1]:8443/"),
        (f"clickhouses://me:a@{SECRET}@host/costs?secure=1", "clickhouses://host/costs"),
        (f"clickhouse://me:a/{SECRET}@host", "clickhouse://host"),
        (f"clickhouse://host/costs?password={SECRET}", "clickhouse://host/costs"),
        (f"clickhouse://host/costs?password=a@{SECRET}", "clickhouse://..."),
        (f"clickhouse://me:a?{SECRET}@host", "clickhouse://..."),
        (f"clickhouse://me:a#{SECRET}@host", "clickhouse://..."),
        (f"clickhouse://me:{SECRET}", "clickhouse://..."),
        (f"clickhouse://me:{SECRET}@", "clickhouse://..."),
        (f"clickhouse://host/{SECRET} {SECRET}", "clickhouse://..."),
    ],
)
def test_an_address_is_shown_without_what_opens_it(address: str, clear: str) -> None:
    assert shown(address) == clear
    assert SECRET not in shown(address)


@pytest.mark.parametrize(
    "address",
    [
        f"clickhouse://me:{SECRET}@host:notaport/db",
        f"clickhouses://me:{SECRET}@",
        f"clickhouse://me:{SECRET}@host/a'b?x={SECRET}",
        f"clickhouse://me:2026?{SECRET}@host/db",
        f"clickhouse://me:2026?{SECRET}&b=c@host/db",
    ],
)
def test_a_clickhouse_address_that_is_wrong_keeps_its_password(address: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_history(address)
    assert SECRET not in str(caught.value)


async def test_opening_clickhouse_asks_nobody() -> None:
    open_history(f"clickhouse://me:{SECRET}@127.0.0.1:1/costs")

"""Settings: what counts as set, what is refused, and that no value is ever repeated."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.support.double import VultrDouble, account_of
from tests.support.stage import FIXTURES, KEY, staged_client, staged_source, structured, text_of
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.config import API_URL, read_settings, usable_settings
from vultr_cost_mcp.config.file import EXEMPT_TAGS, read_file
from vultr_cost_mcp.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

NAMES = (
    "VULTR_API_KEY",
    "VULTR_API_URL",
    "VULTR_COST_RATE_LIMIT",
    "VULTR_COST_CACHE_SECONDS",
    "VULTR_COST_BACKGROUND",
    "VULTR_COST_BUDGET",
    "VULTR_COST_CONFIG",
    "VULTR_COST_DEMO",
)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own settings is used."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_nothing_set_is_enough_to_start() -> None:
    """Every setting has a default but the key, and the key is only missed when it is needed."""
    settings = read_settings()
    assert settings.api_key is None
    assert settings.api_url == API_URL
    assert (settings.rate_limit, settings.cache_seconds) == (20, 60)
    assert (settings.config_file, settings.demo) == (None, False)


@pytest.mark.parametrize("name", NAMES)
def test_set_to_nothing_is_not_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that passes an empty value has not set it."""
    default = read_settings()
    for nothing in ("", "  "):
        monkeypatch.setenv(name, nothing)
        assert read_settings() == default


@pytest.mark.parametrize(
    "value",
    [
        "${VULTR_API_KEY}",
        "${input:vultr-api-key}",
        "$VULTR_API_KEY",
        "your-key-here",
        "your key",
        "YOUR_API_KEY",
        "paste-your-api-key-here",
        "<your key>",
    ],
)
def test_a_placeholder_is_no_key(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpanded variable, or the example's placeholder, counts as missing."""
    monkeypatch.setenv("VULTR_API_KEY", value)
    assert read_settings().api_key is None


def test_a_key_is_kept_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """White space around it is left out, and no text of the settings holds it."""
    monkeypatch.setenv("VULTR_API_KEY", f" {KEY}\n")
    settings = read_settings()
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == KEY
    assert KEY not in f"{settings!r} {settings} {settings.model_dump()}"


@pytest.mark.parametrize("quoted", ['"{}"', "'{}'", " '{}' ", "\u201c{}\u201d", "'\"{}\"'", "`{}`"])
def test_a_quoted_value_loses_its_quotes(quoted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of variables are read by programs that take quotes for a part of the value."""
    monkeypatch.setenv("VULTR_API_KEY", quoted.format(KEY))
    monkeypatch.setenv("VULTR_COST_BUDGET", quoted.format("8000"))
    monkeypatch.setenv("VULTR_API_URL", quoted.format("https://gateway.example/v2"))
    monkeypatch.setenv("VULTR_COST_CACHE_SECONDS", quoted.format(""))
    settings = read_settings()
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == KEY
    assert settings.budget == 8000
    assert settings.api_url == "https://gateway.example/v2"
    assert settings.cache_seconds == 60
    monkeypatch.setenv("VULTR_API_KEY", quoted.format("${VULTR_API_KEY}"))
    assert read_settings().api_key is None


def test_what_can_be_used_is_used_beside_what_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every variable that is wrong is named, with what it takes."""
    monkeypatch.setenv("VULTR_API_KEY", KEY)
    monkeypatch.setenv("VULTR_COST_BUDGET", "8k")
    monkeypatch.setenv("VULTR_COST_RATE_LIMIT", "fast")
    settings, problem = usable_settings()
    assert (settings.budget, settings.rate_limit) == (None, 20)
    assert settings.api_key is not None
    assert problem is not None
    assert "VULTR_COST_BUDGET takes dollars a month, such as 8000" in problem
    assert "VULTR_COST_RATE_LIMIT takes a whole number" in problem
    with pytest.raises(ConfigError, match="VULTR_COST_BUDGET"):
        read_settings()


def test_variables_of_other_programs_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the names of docs/settings.md count: the key never goes where another API_URL points."""
    default = read_settings()
    for name, value in {
        "API_KEY": "SECRET-OF-ANOTHER",
        "API_URL": "https://evil.example",
        "RATE_LIMIT": "1",
        "CACHE_SECONDS": "1",
        "CONFIG_FILE": "/nowhere",
        "DEMO": "true",
        "PRICES": "{}",
        "EXEMPT_TAGS": "not json",
    }.items():
        monkeypatch.setenv(name, value)
    assert read_settings() == default


@pytest.mark.parametrize(
    "url",
    [
        "https://api.vultr.com/v2",
        "https://gateway.example:8443/vultr",
        "http://127.0.0.1:8080/v2",
        "http://127.1.2.3",
        "http://localhost:8080/v2",
        "http://[::1]:8080/v2",
        " https://api.vultr.com/v2 ",
    ],
)
def test_addresses_that_keep_the_key_safe(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Https anywhere, plain http only to this machine."""
    monkeypatch.setenv("VULTR_API_URL", url)
    assert read_settings().api_url == url.strip()


@pytest.mark.parametrize(
    "url",
    [
        "http://api.vultr.com/v2",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
        "http://localhost.evil.example",
        "http://0.0.0.0",
        "http://10.0.0.1",
        "ftp://api.vultr.com",
        "file:///etc/passwd",
        "https://?v2",
        "https:///v2",
        "https://[::1",
        "https://api.vultr.com:99999",
        "api.vultr.com",
    ],
)
def test_addresses_that_would_give_the_key_away(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named, its value is not."""
    monkeypatch.setenv("VULTR_API_URL", url)
    with pytest.raises(ConfigError, match="VULTR_API_URL") as caught:
        read_settings()
    assert url not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VULTR_COST_RATE_LIMIT", "SECRET"),
        ("VULTR_COST_RATE_LIMIT", "0"),
        ("VULTR_COST_RATE_LIMIT", "-5"),
        ("VULTR_COST_RATE_LIMIT", "1001"),
        ("VULTR_COST_RATE_LIMIT", "1.5"),
        ("VULTR_COST_CACHE_SECONDS", "SECRET"),
        ("VULTR_COST_CACHE_SECONDS", "-1"),
        ("VULTR_COST_CACHE_SECONDS", "nan"),
        ("VULTR_COST_CACHE_SECONDS", "inf"),
        ("VULTR_COST_CACHE_SECONDS", "86401"),
        ("VULTR_COST_BACKGROUND", "SECRET"),
        ("VULTR_COST_DEMO", "SECRET"),
    ],
)
def test_numbers_that_cannot_be_used_are_named_without_their_value(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever pastes the key into the wrong variable does not find it in a log."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=name) as caught:
        read_settings()
    assert "SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_every_problem_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two wrong variables are one message."""
    monkeypatch.setenv("VULTR_COST_RATE_LIMIT", "x")
    monkeypatch.setenv("VULTR_API_URL", "x")
    with pytest.raises(ConfigError, match=r"(?s)VULTR_API_URL.*VULTR_COST_RATE_LIMIT"):
        read_settings()


# --- the file -------------------------------------------------------------------------------------


def test_without_a_file_there_are_defaults() -> None:
    """No prices of one's own, and the two tags."""
    file = read_file(None)
    assert (file.prices, file.exempt_tags, file.budgets) == ({}, EXEMPT_TAGS, ())


def test_a_file_has_prices_and_tags(tmp_path: Path) -> None:
    """Prices keep their digits."""
    path = tmp_path / "cost.toml"
    path.write_text(
        'exempt_tags = ["precious"]\n[prices]\nload_balancer = 12.10\nsnapshot_gb = "0.04"\n'
    )
    file = read_file(path)
    assert file.prices == {"load_balancer": Decimal("12.1"), "snapshot_gb": Decimal("0.04")}
    assert file.exempt_tags == {"precious"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"x = = SECRET", r"is not TOML: look at line 1, column 5\.$"),
        (b"x = 1\ny = SECRET", r"is not TOML: look at line 2, column 5\.$"),
        (b'x = "SECRET', r"is not TOML: it ends too early\.$"),
        (b"\xff\xfe", r"is not TOML: it is no text in UTF-8\.$"),
        (b"\x00", "not TOML"),
        (b'exempt_tags = "SECRET"', "exempt_tags"),
        (b"exempt_tags = [1]", "exempt_tags"),
        (b"prices = 3", "prices"),
        (b'[prices]\nload_balancer = "SECRET"', "prices.load_balancer"),
        (b"[prices]\nload_balancer = nan", "prices.load_balancer"),
        (b"[prices]\nload_balancer = inf", "prices.load_balancer"),
        (b'later = "SECRET"', "later is not known"),
        (b'[[budgets]]\nmonthly = 5\nlater = "SECRET"', r"budgets\.0\.later is not known"),
        (b'[[budgets]]\nmonthly = "SECRET"', r"budgets\.0\.monthly"),
        (b"[[budgets]]\nmonthly = 0", r"budgets\.0\.monthly"),
        (b"[[budgets]]\nmonthly = 0.009", r"budgets\.0\.monthly"),
        (b'[[budgets]]\nmonthly = 5\nservice = "SECRET"', r"budgets\.0\.service"),
    ],
)
def test_a_file_that_cannot_be_used_says_where(tmp_path: Path, content: bytes, words: str) -> None:
    """Garbage and wrong types are one sentence that repeats none of it."""
    path = tmp_path / "cost.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=words) as caught:
        read_file(path)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("name", [".", "missing.toml"])
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str) -> None:
    """A folder, or nothing at all."""
    with pytest.raises(ConfigError, match="VULTR_COST_CONFIG names cannot be read"):
        read_file(tmp_path / name)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", [VIRTUAL_ASYNCIO], ids=["virtual"])
class TestThroughATool:
    """The file is read at the first question."""

    async def ask(self, tool: str, path: Path) -> tuple[bool, str]:
        """Return whether a tool fails with this file, and its text."""
        double = VultrDouble(account_of(FIXTURES), key=KEY)
        async with staged_client(double, COST_CONFIG=path) as client:
            result = await client.call_tool(tool, {})
        return bool(result.is_error), text_of(result)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ("x = =", "not TOML"),
            ("[prices]\nload_balancr = 1", "Unknown price 'load_balancr'"),
            ("[prices]\nload_balancer = -1", "load_balancer"),
        ],
    )
    async def test_a_file_that_cannot_be_used_is_the_tools_error(
        self, tmp_path: Path, content: str, words: str
    ) -> None:
        """The reader of the answer is told what to mend."""
        path = tmp_path / "cost.toml"
        path.write_text(content)
        failed, text = await self.ask("get_pending_charges", path)
        assert failed
        assert words in text

    async def test_prices_and_tags_of_the_file_are_used(self, tmp_path: Path) -> None:
        """A balancer costs what the file says, and a tag of the file keeps a server exempt."""
        path = tmp_path / "cost.toml"
        path.write_text('exempt_tags = ["OLD "]\n[prices]\nload_balancer = 12.34\n')
        account = account_of(FIXTURES)
        # A line's own price would come before the table's (D8).
        account.pending = []
        stopped = next(row for row in account.instances if row["power_status"] == "stopped")
        stopped["tags"] = ["Old"]
        double = VultrDouble(account, key=KEY)
        async with staged_client(double, COST_CONFIG=path) as client:
            listed = structured(
                await client.call_tool("list_resource_costs", {"kind": "load_balancer"})
            )
            idle = structured(await client.call_tool("list_idle_instances", {}))
        assert {row["monthly_cost"] for row in listed["resources"]} == {"12.34"}
        assert (idle["stopped_count"], idle["exempt"]["count"]) == (0, 1)

    @pytest.mark.parametrize("key", ["schlüssel", "two words", "tab\tkey", "new\nline"])
    async def test_a_key_that_no_header_can_carry_is_named(self, key: str) -> None:
        """It is refused before any request, and not repeated."""
        double = VultrDouble(account_of(FIXTURES), key=KEY)
        async with staged_source(double, API_KEY=key) as source:
            with pytest.raises(ConfigError, match="VULTR_API_KEY") as caught:
                await source(frozenset({"account"}))
        assert key not in str(caught.value)
        assert double.count() == 0


def test_tests_know_nothing_of_the_settings_of_whoever_runs_them() -> None:
    """Neither a key nor a file of theirs is read, and no export lands beside theirs."""
    settings = read_settings()
    assert (settings.api_key, settings.budget, settings.config_file) == (None, None, None)
    assert settings.export_dir is not None


@pytest.mark.parametrize(
    ("text", "expected"), [("off", False), ("'OFF'", False), ("0", False), ("on", True), ("", True)]
)
def test_the_background_reading_can_be_turned_off(
    text: str, expected: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D34: it is on unless the environment says otherwise."""
    monkeypatch.setenv("VULTR_COST_BACKGROUND", text)
    assert read_settings().background is expected

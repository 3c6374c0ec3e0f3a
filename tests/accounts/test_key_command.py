"""``key_command``: a program prints the key, and another one when Vultr rejects the first."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.support.double import VultrDouble, account_of
from tests.support.world import wired
from vultr_cost_mcp.accounts.account import WiredAccount, key_for, key_place
from vultr_cost_mcp.cli import main
from vultr_cost_mcp.config import Settings, commands
from vultr_cost_mcp.config.file import read_file
from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.vultr import keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vultr_cost_mcp.domain.snapshot import Snapshot

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the commands are POSIX programs"),
]
KEY, NEXT = "FIRST-KEY-0123456789ABCDEF", "NEXT-KEY-0123456789ABCDEF"
FIXTURES = Path(__file__).parents[1] / "fixtures"


class Vault:
    """A program that prints the keys of a file in turn, the last one again and again."""

    def __init__(self, folder: Path) -> None:
        self.keys, self.runs, self.config = (folder / name for name in ("keys", "runs", "a.toml"))
        program = (
            "import sys; from pathlib import Path; keys, runs = map(Path, sys.argv[1:]); "
            "assert not sys.stdin.read(); "
            "n = len(runs.read_text()) if runs.exists() else 0; runs.write_text('x' * (n + 1)); "
            "lines = keys.read_text().splitlines(); print(lines[min(n, len(lines) - 1)])"
        )
        self.command = [sys.executable, "-c", program, str(self.keys), str(self.runs)]
        self.use(f"key_command = {json.dumps(self.command)}\n")

    def use(self, text: str) -> None:
        self.config.write_text(text, "utf-8")

    @property
    def ran(self) -> int:
        return len(self.runs.read_text()) if self.runs.exists() else 0

    def settings(self, url: str = "https://double.invalid/v2", key: str = "") -> Settings:
        named = {"VULTR_API_URL": url, "VULTR_API_KEY": key, "VULTR_COST_CONFIG": self.config}
        return Settings(**named, VULTR_COST_RATE_LIMIT=1000)  # type: ignore[arg-type]


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vault:
    monkeypatch.delenv("VULTR_API_KEY", raising=False)
    vault = Vault(tmp_path)
    vault.keys.write_text(f"{KEY}\n{NEXT}\n")
    return vault


@pytest.fixture
def double() -> Iterator[VultrDouble]:
    with VultrDouble(account_of(FIXTURES), key=KEY) as double:
        yield double


async def test_the_key_is_what_the_command_prints(vault: Vault) -> None:
    """It is run without a shell and without our input, and told where it is from."""
    settings = vault.settings()
    assert await key_for(settings, None) == KEY
    assert key_place(settings, None).startswith("The output of key_command")


async def test_a_command_may_be_one_text(vault: Vault) -> None:
    """It is divided as a shell divides it; nothing in it is expanded."""
    vault.use(f'key_command = \'{sys.executable} -c "print(\\"$HOME-and-more\\")"\'')
    assert read_file(vault.config).key_command == (
        sys.executable, "-c", 'print("$HOME-and-more")',
    )  # fmt: skip
    assert await key_for(vault.settings(), None) == "$HOME-and-more"


async def test_an_account_has_a_command_of_its_own(vault: Vault) -> None:
    vault.use(f"[accounts.prod]\nkey_command = {json.dumps(vault.command)}\n")
    assert await key_for(vault.settings(), "prod") == KEY


async def test_a_key_in_the_environment_comes_first(vault: Vault) -> None:
    assert await key_for(vault.settings(key="OF-THE-ENVIRONMENT"), None) == "OF-THE-ENVIRONMENT"
    assert vault.ran == 0


BEGUN = monotonic()


def ticking() -> datetime:
    """Give a clock that goes on, so that a fresh reading is a new one."""
    return datetime(2026, 11, 19, 11, 21, tzinfo=UTC) + timedelta(seconds=monotonic() - BEGUN)


async def take(source: WiredAccount, times: int = 1) -> list[Snapshot]:
    needs = frozenset({"account", "pending_charges", "instances", "blocks", "snapshots"})
    found: list[Snapshot] = []

    async def once() -> None:
        found.append(await source(needs, fresh=True))  # type: ignore[arg-type]

    async with anyio.create_task_group() as tasks:
        for _ in range(times):
            tasks.start_soon(once)
    return found


async def test_a_rejected_key_is_asked_for_again_once(
    vault: Vault, double: VultrDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests side by side share the new key, and no part is a gap for it."""
    async with wired(vault.settings(double.url), ticking) as source:
        first = await take(source, times=3)
        assert [snapshot.gaps for snapshot in first] == [()] * 3
        assert vault.ran == 1
        double.key = NEXT
        assert [snapshot.gaps for snapshot in await take(source)] == [()]
        assert vault.ran == 2
        # The command has no other key: it is not asked by every request.
        double.key = "ANOTHER-KEY-0123456789ABCDEF"
        for _ in range(2):
            (rejected,) = await take(source)
            assert {gap.part for gap in rejected.gaps} >= {"pending_charges", "instances"}
        assert vault.ran == 2
        monkeypatch.setattr(keys, "RENEW_SECONDS", 0.0)
        vault.keys.write_text("ANOTHER-KEY-0123456789ABCDEF\n")
        assert [snapshot.gaps for snapshot in await take(source)] == [()]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["/nowhere/vault"], "key_command cannot be run: No such file or directory."),
        ([sys.executable, "-c", "print('SECRET'); exit(3)"], "key_command ended with code 3."),
        ([sys.executable, "-c", "pass"], "key_command printed no key."),
        ([sys.executable, "-c", "print('your-key-here')"], "key_command printed no key."),
        ([sys.executable, "-c", "print('SECRET ' * 9000)"], "printed more than a key."),
        ([sys.executable, "-c", "print('SECRET\\nSECRET')"], "holds characters that no key has."),
        ([sys.executable, "-c", "input()"], "key_command ended with code 1."),
    ],
)
async def test_a_command_that_gives_no_key_is_said_to_without_its_output(
    command: list[str], said: str, vault: Vault, capfd: pytest.CaptureFixture[str]
) -> None:
    vault.use(f"key_command = {json.dumps(command)}\n")
    with pytest.raises(ConfigError) as caught:
        await key_for(vault.settings(), None)
    assert said in str(caught.value)
    assert "SECRET" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


async def test_a_command_that_waits_is_ended(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "PATIENCE_SECONDS", 0.2)
    vault.use(f"key_command = {json.dumps([sys.executable, '-c', 'import time; time.sleep(60)'])}")
    with pytest.raises(ConfigError, match="did not end within"):
        await key_for(vault.settings(), None)


async def test_no_command_is_run_from_a_file_that_others_can_change(vault: Vault) -> None:
    os.chmod(vault.config, 0o666)  # noqa: PTH101, S103  (what is tested is that this is refused)
    with pytest.raises(ConfigError, match="can be changed by others"):
        await key_for(vault.settings(), None)
    assert vault.ran == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("key_command = []", "key_command"),
        ("key_command = ''", "key_command"),
        ("key_command = ['']", "key_command"),
        ("key_command = 'vault \"read'", "a quote is not closed"),
        (
            "key_command = ['a']\n[accounts.prod]\nkey_env = 'A'",
            "each key stands under its account",
        ),
        ("[accounts.prod]\nkey_env = 'A'\nkey_command = ['a']", "needs one of key_env"),
        ("[accounts.prod]", "needs one of key_env"),
    ],
)
async def test_a_command_that_cannot_be_meant_is_refused(
    text: str, said: str, vault: Vault
) -> None:
    vault.use(text)
    with pytest.raises(ConfigError, match=said):
        read_file(vault.config)


async def test_a_command_that_fails_later_is_told_with_the_rejection(
    vault: Vault, double: VultrDouble
) -> None:
    async with wired(vault.settings(double.url), ticking) as source:
        await take(source)
        double.key = NEXT
        vault.keys.unlink()
        (rejected,) = await take(source)
        said = str(rejected.failures["pending_charges"])
        assert said.startswith("Vultr no longer accepts the key (HTTP 401), and key_command ended")


def test_doctor_says_where_the_key_is_from(
    vault: Vault,
    double: VultrDouble,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("VULTR_API_URL", double.url)
    monkeypatch.setenv("VULTR_COST_CONFIG", str(vault.config))
    monkeypatch.setenv("VULTR_COST_STORE", "off")
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "ok    key: The output of key_command, which the configuration file names." in out
    assert KEY not in out
    vault.use('key_command = ["/nowhere/vault"]')
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "fail  key: key_command cannot be run: No such file or directory.\n      Name" in out

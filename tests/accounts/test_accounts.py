"""Several accounts, one server: one argument, a row for each, no failure hides another."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from mcp import Client
from mcp.server.mcpserver import MCPServer

from tests.accounts.stage import DEV, PROD, asking
from tests.support.double import Request, Status, VultrDouble
from tests.support.double.faults import Reply
from tests.support.months import OCT, SEP, Taking
from tests.support.months import account as invoiced
from tests.support.months import server as server_line
from tests.support.past import NOW, account, server
from tests.support.stage import settings_for, structured, text_of
from vultr_cost_mcp import cli, collect_metrics
from vultr_cost_mcp.accounts.account import account_names
from vultr_cost_mcp.config import key_of
from vultr_cost_mcp.config.file import read_file
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.domain.history import DisabledHistory
from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.mcp_tools.accounts import AccountsTool
from vultr_cost_mcp.mcp_tools.cost_tool import CostTool
from vultr_cost_mcp.questions.change.tool import explain_cost_change

pytestmark = pytest.mark.anyio


class TwoAccounts(VultrDouble):
    """One address, two accounts: the key tells which."""

    def __init__(self) -> None:
        super().__init__(account(), key=PROD, date=NOW)
        other = account()
        other.pending[0]["total"] = Decimal("3.00")
        other.account["email"] = "dev@double.example"
        other.instances = [{**server("web", "192.0.2.1"), "power_status": "stopped"}]
        # Invoices have numbers of their own: two accounts never share one.
        other.invoices = [{**row, "id": row["id"] + 100} for row in other.invoices]
        other.invoice_items = {f"10{key}": rows for key, rows in other.invoice_items.items()}
        self.dev = VultrDouble(other, key=DEV, date=NOW)

    def respond(self, request: Request, bearer: str) -> Reply:
        """Answer for the account whose key it is."""
        if bearer == f"Bearer {DEV}":
            return self.dev.respond(request, bearer)
        return super().respond(request, bearer)


@pytest.fixture
def double() -> Iterator[TwoAccounts]:
    """Both accounts on a port of this machine."""
    with TwoAccounts() as running:
        yield running


async def test_every_tool_takes_an_account(double: TwoAccounts, folder: Path) -> None:
    async with asking(double, folder) as client:
        tools = (await client.list_tools()).tools
    arguments = [tool.input_schema["properties"]["account"] for tool in tools]
    assert {tuple(argument["enum"]) for argument in arguments} == {("prod", "dev", "all")}
    assert {argument["default"] for argument in arguments} == {"all"}


async def test_all_is_a_row_for_each_and_a_total(double: TwoAccounts, folder: Path) -> None:
    async with asking(double, folder) as client:
        answer = structured(await client.call_tool("get_pending_charges", {}))
    rows = {row["account"]: row["figures"]["total"] for row in answer["accounts"]}
    assert rows == {"prod": "6.27", "dev": "3.00"}
    assert answer["totals"]["total"] == "9.27"
    assert answer["account"] == "all"
    assert answer["headline"] == "$9.27 total in 2 accounts together."
    assert answer["coverage"]["complete"] is True
    assert answer["next_steps"][0]["arguments"] == {"account": "prod"}


async def test_changes_of_different_months_are_no_sum() -> None:
    """The other account has no invoice of October yet: its newest two are a month older."""
    october = ("2026-11-01", [server_line("web", "20.00", OCT, "20")])
    september = ("2026-10-01", [server_line("web", "10.00", SEP, "10")])
    august = ("2026-09-01", [server_line("web", "6.00", SEP.previous, "6")])

    async def changed(*accounts: list[Any]) -> dict[str, Any]:
        copies = {
            name: CostTool.of(
                explain_cost_change, Backend(Taking(invoiced(bills)), DisabledHistory())
            )
            for name, bills in zip("ab", accounts, strict=True)
        }
        async with Client(MCPServer("t", tools=[AccountsTool.over(copies)])) as client:
            return structured(await client.call_tool("explain_cost_change", {}))

    alike = await changed([october, september], [october, september])
    assert (alike["totals"]["delta"], alike["caveats"]) == ("20.00", [])
    for other in ([september, august], [october, august]):
        apart = await changed([october, september], other)
        assert apart["totals"] == {"delta": None, "increases": None, "decreases": None}
        assert "different months" in apart["caveats"][0]


async def test_one_account_answers_as_if_it_were_alone(double: TwoAccounts, folder: Path) -> None:
    async with asking(double, folder) as client:
        given = {"account": "dev"}
        answer = structured(await client.call_tool("get_pending_charges", given))
    assert (answer["account"], answer["total"]) == ("dev", "3.00")
    assert "accounts" not in answer


async def test_every_answer_is_of_the_declared_shape(double: TwoAccounts, folder: Path) -> None:
    async with asking(double, folder) as client:
        for tool in (await client.list_tools()).tools:
            for choice in ("prod", "all"):
                result = await client.call_tool(tool.name, {"account": choice})
                assert not result.is_error, text_of(result)
                assert tool.output_schema is not None
                Draft202012Validator(tool.output_schema).validate(result.structured_content)


async def test_one_account_s_failure_hides_no_other(double: TwoAccounts, folder: Path) -> None:
    double.dev.fail("*", Status(401))
    async with asking(double, folder) as client:
        result = await client.call_tool("get_pending_charges", {})
    answer = structured(result)
    assert answer["headline"] == "At least $6.27 total in 2 accounts together."
    assert answer["coverage"]["complete"] is False
    assert answer["coverage"]["gaps"][0]["part"] == "dev"
    failed = next(row for row in answer["accounts"] if row["account"] == "dev")
    assert failed["figures"] == {}
    assert "VULTR_API_KEY" in failed["note"] or "key" in failed["note"]
    assert "Partial: dev could not be read" in text_of(result)


async def test_a_gap_of_one_account_touches_the_totals_that_rest_on_it(
    double: TwoAccounts, folder: Path
) -> None:
    """D33: the first total is the headline's own figure, the others are partial."""
    double.dev.fail("/blocks", Status(403))
    async with asking(double, folder) as client:
        overview = structured(await client.call_tool("get_cost_overview", {}))
        pending = structured(await client.call_tool("get_pending_charges", {}))
    # The month to date comes of lines; what can be saved may be on a volume.
    assert overview["coverage"]["complete"] is True
    assert not overview["headline"].startswith("At least")
    (gap,) = [gap for gap in overview["coverage"]["gaps"] if gap["part"] == "dev blocks"]
    assert gap["touches"] == ["accounts", "totals"]
    assert overview["partial"] == ["accounts", "totals"]
    assert (pending["coverage"]["gaps"], pending["partial"]) == ([], [])


async def test_where_every_account_fails_it_is_an_error(double: TwoAccounts, folder: Path) -> None:
    double.dev.fail("*", Status(401))
    double.fail("*", Status(500))
    async with asking(double, folder) as client:
        result = await client.call_tool("get_pending_charges", {})
    assert result.is_error
    assert text_of(result).startswith("prod: ")
    assert " dev: " in text_of(result)


async def test_a_missing_key_is_one_account_s_affair(
    double: TwoAccounts, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KEY_OF_PROD")
    async with asking(double, folder) as client:
        answer = structured(await client.call_tool("get_pending_charges", {}))
    notes = {row["account"]: row["note"] for row in answer["accounts"]}
    assert notes == {
        "dev": None,
        "prod": "The account prod has no key: the variable KEY_OF_PROD is not set.",
    }


async def test_budgets_are_never_netted(double: TwoAccounts, folder: Path) -> None:
    async with asking(double, folder) as client:
        answer = structured(await client.call_tool("check_budget", {}))
    assert answer["totals"] == {}
    assert {row["account"]: row["status"] for row in answer["accounts"]} == {
        "prod": "over",
        "dev": "no_budget",
    }


async def test_tags_that_exempt_are_of_their_account(double: TwoAccounts, folder: Path) -> None:
    async with asking(double, folder) as client:
        given = {"account": "dev"}
        answer = structured(await client.call_tool("list_idle_instances", given))
    assert answer["instances"] == []
    assert answer["exempt"]["count"] == 1


async def test_records_are_filed_under_the_account_s_name(
    double: TwoAccounts, folder: Path
) -> None:
    async with asking(double, folder) as client:
        answer = structured(await client.call_tool("collect_metrics", {"account": "dev"}))
    assert answer["metrics"]["customer_id"] == "dev"
    assert answer["stored"] is True


async def test_an_unknown_account_is_refused(double: TwoAccounts, folder: Path) -> None:
    async with asking(double, folder) as client:
        result = await client.call_tool("get_pending_charges", {"account": "prd"})
    assert text_of(result) == (
        "There is no account 'prd'. Did you mean prod? One of: prod, dev, all."
    )


async def test_an_argument_that_is_wrong_is_refused_once_for_each(
    double: TwoAccounts, folder: Path
) -> None:
    async with asking(double, folder) as client:
        result = await client.call_tool("get_pending_charges", {"limit": 0})
    assert result.is_error
    assert "limit" in text_of(result)


async def test_no_account_is_all_of_them(double: TwoAccounts, folder: Path) -> None:
    """A client that cannot leave the argument out says nothing, or null."""
    async with asking(double, folder) as client:
        for nothing in ("", None, "all"):
            answer = structured(await client.call_tool("get_pending_charges", {"account": nothing}))
            assert answer["account"] == "all"
        assert (await client.call_tool("get_pending_charges", {"account": ["prod"]})).is_error


async def test_a_wrong_argument_is_told_once(double: TwoAccounts, folder: Path) -> None:
    """With the account among what may be given."""
    async with asking(double, folder) as client:
        every = await client.call_tool("breakdown_by_service", {"period": "2026-9"})
        one = await client.call_tool("breakdown_by_service", {"period": "2026-9", "account": "dev"})
    assert text_of(every) == text_of(one)
    assert text_of(every).startswith("Invalid arguments: period: did you mean 2026-09?")
    assert text_of(every).endswith("tag, query, limit, account.")


async def test_next_steps_stay_with_the_account_and_the_filters(
    double: TwoAccounts, folder: Path
) -> None:
    """Next steps are about the same account."""
    async with asking(double, folder) as client:
        given = {"tag": "team", "account": "dev"}
        one = structured(await client.call_tool("breakdown_by_service", given))
        every = structured(await client.call_tool("breakdown_by_service", {"tag": "team"}))
    assert one["next_steps"][0]["arguments"] == {**given, "group_by": "resource"}
    assert every["next_steps"][0]["arguments"] == {"tag": "team", "account": "prod"}


async def test_a_program_names_the_account(double: TwoAccounts, folder: Path) -> None:
    settings = settings_for(
        double.url, API_KEY=None, COST_CONFIG=str(folder / "accounts.toml"), COST_STORE="off"
    )
    done = await collect_metrics(account="dev", settings=settings, now=lambda: NOW)
    assert (done.metrics.customer_id, str(done.metrics.pending_charges)) == ("dev", "3.00")
    with pytest.raises(ConfigError, match="Say which account: prod, dev"):
        await collect_metrics(settings=settings, now=lambda: NOW)
    given = await collect_metrics(DEV, settings=settings, now=lambda: NOW)
    assert given.metrics.customer_id.startswith("vultr-")


def test_one_configured_account_pays_no_tokens(folder: Path) -> None:
    path = folder / "one.toml"
    path.write_text('[accounts.prod]\nkey_env = "KEY_OF_PROD"\n')
    settings = settings_for(API_KEY=None, COST_CONFIG=str(path))
    assert account_names(settings) == ["prod"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[accounts.all]\nkey_env = 'A'", "all cannot be an account's name"),
        ("[accounts.'a b']\nkey_env = 'A'", "a name has 1 to 64 letters"),
        ("[accounts.a]\n", "needs one of key_env"),
        ("[accounts.a]\nkey_env = 'A'\nkey_file = 'b'", "needs one of key_env"),
        ("[accounts.a]\nkey = 'SECRET-KEY-0123456789'", "accounts.a.key is not known"),
        ("[accounts.a]\nkey_env = 'SECRET7890123456789012345678901234'", "key_env: takes the name"),
        (
            "budgets = [{ monthly = 1 }]\n[accounts.a]\nkey_env = 'A'\n[accounts.b]\nkey_env = 'A'",
            "stands under its account",
        ),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said) as error:
        read_file(path)
    assert "SECRET" not in str(error.value)


@pytest.mark.parametrize(
    ("mode", "content", "said"),
    [
        (0o640, DEV, "can be read by others"),
        (0o604, DEV, "can be read by others"),
        (0o600, "", "holds no key"),
        (0o600, "two\nlines", "characters that no key has"),
        (0o600, "schlüssel-schlüssel", "characters that no key has"),
    ],
)
def test_a_key_file_is_for_its_owner_alone(
    folder: Path, mode: int, content: str, said: str
) -> None:
    (folder / "dev.key").write_text(content)
    (folder / "dev.key").chmod(mode)
    settings = settings_for(API_KEY=None, COST_CONFIG=str(folder / "accounts.toml"))
    with pytest.raises(ConfigError, match=said) as error:
        key_of(settings, "dev", read_file(settings.config_file).accounts["dev"])
    assert DEV not in str(error.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name here")
def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    (folder / "dev.key").unlink()
    os.mkfifo(folder / "dev.key", 0o600)
    settings = settings_for(API_KEY=None, COST_CONFIG=str(folder / "accounts.toml"))
    with pytest.raises(ConfigError, match="key file of the account dev is a pipe"):
        key_of(settings, "dev", read_file(settings.config_file).accounts["dev"])


def test_a_key_file_that_is_not_there_is_named_by_its_account(folder: Path) -> None:
    (folder / "dev.key").unlink()
    settings = settings_for(API_KEY=None, COST_CONFIG=str(folder / "accounts.toml"))
    with pytest.raises(ConfigError, match="key file of the account dev cannot be read"):
        key_of(settings, "dev", read_file(settings.config_file).accounts["dev"])


def test_the_budget_command_ends_with_the_worst_verdict(
    double: TwoAccounts,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(cli, "clock_of", lambda _: lambda: NOW)
    monkeypatch.setenv("VULTR_API_URL", double.url)
    monkeypatch.setenv("VULTR_COST_CONFIG", str(folder / "accounts.toml"))
    monkeypatch.setenv("VULTR_COST_RATE_LIMIT", "1000")
    assert cli.main(["check-budget"]) == 4
    assert cli.main(["check-budget", "--monthly", "1000000"]) == 0
    double.dev.fail("*", Status(401))
    assert cli.main(["check-budget", "--monthly", "1000000"]) == 1
    assert "dev" in capsys.readouterr().out


def test_the_collect_command_keeps_a_record_of_each(
    double: TwoAccounts,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(cli, "clock_of", lambda _: lambda: NOW)
    monkeypatch.setenv("VULTR_API_URL", double.url)
    monkeypatch.setenv("VULTR_COST_CONFIG", str(folder / "accounts.toml"))
    monkeypatch.setenv("VULTR_COST_RATE_LIMIT", "1000")
    monkeypatch.setenv("VULTR_COST_STORE", f"sqlite:///{folder}/history.db")
    assert cli.main(["collect"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["metrics"]["customer_id"] for record in records] == ["prod", "dev"]
    double.dev.fail("*", Status(401))
    assert cli.main(["collect"]) == 1
    ended = capsys.readouterr()
    assert len(ended.out.splitlines()) == 1
    assert "dev: " in ended.err

"""One tool over several accounts: an argument picks one, or all with a row for each."""

from __future__ import annotations

from datetime import datetime
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

import anyio
from mcp.types import CallToolResult, InputRequiredResult

from vultr_cost_mcp.domain.customer import ALL
from vultr_cost_mcp.domain.untrusted_text import as_shown
from vultr_cost_mcp.mcp_tools.account_argument import one_or_all, with_account
from vultr_cost_mcp.mcp_tools.accounts_combined import together
from vultr_cost_mcp.mcp_tools.accounts_report import AccountsReport
from vultr_cost_mcp.mcp_tools.cost_tool import CostTool
from vultr_cost_mcp.mcp_tools.current_question import asking
from vultr_cost_mcp.mcp_tools.elicitation import asked_account
from vultr_cost_mcp.mcp_tools.envelope import ENVELOPE, answer_model
from vultr_cost_mcp.mcp_tools.error_result import failed
from vultr_cost_mcp.mcp_tools.same_account import same_accounts
from vultr_cost_mcp.mcp_tools.schemas import listed_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from mcp.server.mcpserver.context import Context

    from vultr_cost_mcp.domain.snapshot_source import SnapshotSource


class AccountsTool(CostTool):
    """A tool that passes each call to its copy for one account, or to all copies."""

    _copies: dict[str, CostTool]
    _sources: dict[str, SnapshotSource]

    @classmethod
    def over(
        cls, copies: Mapping[str, CostTool], sources: Mapping[str, SnapshotSource] | None = None
    ) -> AccountsTool:
        """Make a tool of the copies for several accounts.

        ``copies`` are the tools by account. ``sources`` are the accounts' snapshot sources; with
        them, an account that is configured under two names is counted once.
        """
        first = next(iter(copies.values()))
        tool = cls(**{name: getattr(first, name) for name in type(first).model_fields})
        tool._copies = dict(copies)
        tool._sources = dict(sources or {})
        tool.parameters = with_account(first.parameters, copies)
        for copy in copies.values():
            # An error of a copy then lists all valid arguments, `account` too.
            copy.parameters = tool.parameters
        tool.fn_metadata = first.fn_metadata.model_copy(
            update={"output_schema": one_or_all(first.output_schema or {}, all_accounts())}
        )
        return tool

    def settle(
        self, clock: Callable[[], datetime] | None, takes: Mapping[str, Collection[str]]
    ) -> None:
        """Pass the clock and the arguments of the other tools to every copy."""
        super().settle(clock, takes)
        for copy in self._copies.values():
            copy.settle(clock, takes)

    async def run(
        self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False
    ) -> Any:
        """Run the tool for the named account, or for all of them concurrently.

        Without a name the user is asked where the client can do that.
        """
        given = dict(arguments)
        account = str(given.pop("account", None) or "").strip()
        if not account:
            chosen = await asked_account(context, [*self._copies])
            if isinstance(chosen, InputRequiredResult):
                return chosen
            account = chosen
        if account != ALL and account not in self._copies:
            return failed(_unknown(account, [*self._copies, ALL]))
        if account != ALL:
            with asking({"account": account}, {}):
                return await self._copies[account].run(given, context, convert_result)
        results: dict[str, CallToolResult] = {}

        async def ask(name: str) -> None:
            results[name] = await self._copies[name].run(given, context, convert_result)

        groups: list[list[str]] = []

        async def compare() -> None:
            groups.extend(await same_accounts(self._sources))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(compare)
            for name in self._copies:
                tasks.start_soon(ask, name)
        with asking(self.fn_metadata.pre_parse_json(given), self._takes):
            asked = {name: results[name] for name in self._copies}
            return await together(self.name, asked, given, groups)


@cache
def all_accounts() -> dict[str, Any]:
    """Return the schema of an answer for all accounts."""
    return listed_schema(answer_model(AccountsReport), ENVELOPE)


def _unknown(account: str, names: Sequence[str]) -> str:
    near = get_close_matches(account, names, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    return f"There is no account '{as_shown(account, 40)}'. {hint}One of: {', '.join(names)}."

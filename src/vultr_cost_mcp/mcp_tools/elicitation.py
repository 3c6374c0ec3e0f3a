"""Ask the user which account is meant, where the client can ask (elicitation)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.resolve import (
    Elicit,
    Resolve,
    build_resolver_plans,
    resolve_arguments,
)
from mcp.shared.exceptions import MCPError
from mcp.types import InputRequiredResult
from pydantic import BaseModel, Field, create_model

from vultr_cost_mcp.domain.customer import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp.server.mcpserver.context import Context

_QUESTION = f"Which Vultr account is this about? {ALL} gives a row for each."


async def asked_account(
    context: Context[Any, Any], names: Sequence[str]
) -> str | InputRequiredResult:
    """Return the account that the user chooses, or ``all``.

    It is ``all`` where the client cannot ask, and where the user does not answer. From protocol
    version 2026-07-28 on, the question is a result: the client asks, and calls again.
    """
    if not _can_ask(context):
        return ALL
    choice = _choice(tuple(names))

    def ask() -> Elicit[Any]:
        return Elicit(_QUESTION, choice)

    resolved = {"account": (Resolve(ask), True)}
    try:
        answer = await resolve_arguments(
            resolved, build_resolver_plans(resolved, set()), {}, context
        )
    except (MCPError, ToolError):
        # The client went back on what it announced, or gave no valid answer.
        return ALL
    if isinstance(answer, InputRequiredResult):
        return answer
    outcome: Any = answer["account"]
    return str(outcome.data.account) if outcome.action == "accept" else ALL


def _can_ask(context: Context[Any, Any]) -> bool:
    """Return whether the client shows forms, and can be reached during the call."""
    # Outside a request, as from the command line, there is no client.
    if context.protocol_version is None:
        return False
    capabilities = context.client_capabilities
    asks = capabilities.elicitation if capabilities else None
    if asks is None or (asks.form is None and asks.url is not None):
        return False
    return context.protocol_version >= "2026-07-28" or context.session.can_send_request


@cache
def _choice(names: tuple[str, ...]) -> type[BaseModel]:
    """Return the form: one of the accounts, or all of them."""
    values: Any = Literal[(*names, ALL)]
    field: Any = Annotated[values, Field(title="Account", description="One account, or all")]
    return create_model("Account", account=(field, ALL))

"""The schemas of a tool over several accounts: one more argument, and rows of accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.domain.customer import ALL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DESCRIPTION = f"One account, or {ALL}: a row for each. Name it, or the user may be asked"


def with_account(parameters: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return an input schema with the argument that names one of the accounts, or all."""
    argument = {
        "type": "string",
        "enum": [*names, ALL],
        "default": ALL,
        "description": _DESCRIPTION,
    }
    return {**parameters, "properties": {**parameters["properties"], "account": argument}}


def one_or_all(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an answer for one account or for all; ``whole`` is that for all."""
    return {**schema, "properties": {**schema["properties"], **whole["properties"]}}

"""The rights that all readings need, by path, and the IAM policy that grants them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.families.reading import ENDPOINTS

if TYPE_CHECKING:
    from vultr_cost_mcp.vultr.rights import Right

RIGHTS: dict[str, Right] = {endpoint.path: endpoint.right for endpoint in ENDPOINTS.values()}


def policy() -> dict[str, Any]:
    """Return the smallest IAM policy that reads everything whose action Vultr's pages name."""
    actions = sorted({right.action for right in RIGHTS.values() if right.action})
    statement = {"Effect": "Allow", "Resource": "*", "Action": actions}
    return {"Version": "2026-03-20", "Statement": [statement]}

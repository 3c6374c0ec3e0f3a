"""Every path has its right, the policy has every action, and an error names what is missing."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vultr_cost_mcp.errors import ForbiddenError
from vultr_cost_mcp.families.reading import ENDPOINTS
from vultr_cost_mcp.families.rights import RIGHTS, policy
from vultr_cost_mcp.vultr._wire import decipher
from vultr_cost_mcp.vultr.rights import ANY_RIGHT

PATHS = sorted({endpoint.path for endpoint in ENDPOINTS.values()})
PAGE = Path(__file__).parents[2] / "docs" / "rights.md"
# The permissions of a user in the specification of the API.
PERMISSIONS = {
    "abuse", "alerts", "billing", "dns", "firewall", "loadbalancer", "manage_users", "objstore",
    "provisioning", "subscriptions", "subscriptions_view", "support", "upgrade",
}  # fmt: skip


def test_every_path_that_is_read_has_its_right() -> None:
    assert sorted(RIGHTS) == PATHS
    assert ANY_RIGHT not in RIGHTS.values()


def test_parts_of_one_path_need_one_right() -> None:
    for endpoint in ENDPOINTS.values():
        assert endpoint.right == RIGHTS[endpoint.path]


def test_the_policy_has_the_action_of_every_path_and_no_other() -> None:
    """A least-privilege policy: nothing that is not read, no wildcard, nothing that writes."""
    (statement,) = policy()["Statement"]
    assert statement["Effect"] == "Allow"
    actions = statement["Action"]
    assert actions == sorted({right.action for right in RIGHTS.values() if right.action})
    for action in actions:
        assert re.fullmatch(r"[a-z]+\.[a-z]+\.(List|Read|ListBareMetal)", action)


@pytest.mark.parametrize("path", PATHS)
def test_each_path_names_its_action_or_is_marked_as_unverified(path: str) -> None:
    right = RIGHTS[path]
    row = next(line for line in PAGE.read_text("utf-8").splitlines() if f"`{path}`" in line)
    assert right.permission is None or right.permission in PERMISSIONS
    if right.action is None:
        assert right.permission is None or "unverified" in row
    else:
        assert f"`{right.action}`" in row
        assert ("assumed" in row) == right.assumed


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            "/load-balancers",
            (
                "The API key lacks a permission to read load balancers (HTTP 403). Grant "
                "loadbalancer to the key's user under Account > Users > Permissions; or add "
                "network.loadbalancer.List to the IAM policy of its service user."
            ),
        ),
        (
            "/cdns/pull-zones",
            (
                "The API key lacks a permission to read CDN pull zones (HTTP 403). Grant "
                "subscriptions_view to the key's user under Account > Users > Permissions; or "
                "with an IAM policy, allow the action for it, which Vultr's pages do not name."
            ),
        ),
        (
            "/plans",
            (
                "The API key lacks a permission to read prices of server plans (HTTP 403). Add "
                "account.plan.List to the IAM policy of its service user."
            ),
        ),
        (
            "/elsewhere",
            (
                "The API key lacks a permission to read this (HTTP 403). Ask Vultr's support why "
                "this key may not read it."
            ),
        ),
    ],
)
def test_the_error_for_a_missing_right_names_it(path: str, said: str) -> None:
    now = datetime(2026, 11, 19, tzinfo=UTC)
    with pytest.raises(ForbiddenError) as caught:
        decipher(403, {}, b'{"error": "Forbidden"}', now, RIGHTS.get(path, ANY_RIGHT))
    assert str(caught.value) == said

"""The rights that each path needs, by the names that Vultr's documents use for them.

A key has the permissions of its user (``account.acls`` of the API's specification), or its service
user has an IAM policy of actions (docs.vultr.com/platform/iam, read on 2026-10-23). The
specification names no permission for a path: which one a path needs is taken from its subject.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

_BILLING: Final = "billing"
_VIEW: Final = "subscriptions_view"


@dataclass(frozen=True, slots=True)
class Right:
    """The right to one path.

    ``reads`` is its use in words. ``permission`` is that of the key's user; None means that
    any key will do. ``action`` is the action of an IAM policy; None means that Vultr's pages state
    no name for it. ``assumed`` tells that the pages name the action, but not this path.
    """

    reads: str
    permission: str | None
    action: str | None = None
    assumed: bool = False

    @property
    def grant(self) -> str:
        """Return the sentence that says how to give a key this right."""
        if self.permission is None and self.action is None:
            return "Ask Vultr's support why this key may not read it."
        user = (
            f"grant {self.permission} to the key's user under Account > Users > Permissions"
            if self.permission
            else ""
        )
        policy = (
            f"add {self.action} to the IAM policy of its service user"
            if self.action
            else "with an IAM policy, allow the action for it, which Vultr's pages do not name"
        )
        sentence = "; or ".join(filter(None, (user, policy)))
        return f"{sentence[0].upper()}{sentence[1:]}."

    @property
    def name(self) -> str:
        """Return the names of the right: ``loadbalancer or network.loadbalancer.List``."""
        return " or ".join(filter(None, (self.permission, self.action)))


RIGHTS: Final[dict[str, Right]] = {
    "/account": Right("balance, credit and the total of the running month", _BILLING),
    "/account/bandwidth": Right("the bandwidth pool", _VIEW, "account.bandwidth.Read"),
    "/account/custom-subscriptions": Right("custom subscriptions", _VIEW),
    "/billing/invoices": Right("invoices", _BILLING, "account.billing.Read"),
    "/billing/invoices/{id}/items": Right("lines of invoices", _BILLING, "account.billing.Read"),
    "/billing/pending-charges": Right(
        "lines of the running month", _BILLING, "account.billing.Read"
    ),
    "/subaccounts": Right("sub-accounts", "manage_users"),
    "/regions": Right("names of regions", None),
    "/plans": Right("prices of server plans", None, "account.plan.List"),
    "/plans-metal": Right("prices of bare-metal plans", None, "account.plan.ListBareMetal"),
    "/instances": Right("servers", _VIEW, "compute.instance.List"),
    "/instances/{id}/bandwidth": Right(
        "traffic of servers", _VIEW, "compute.instance.Read", assumed=True
    ),
    "/instances/{id}/upgrades": Right(
        "plans that a server can change to", _VIEW, "compute.instance.Read", assumed=True
    ),
    "/bare-metals": Right("bare-metal servers", _VIEW, "compute.baremetal.List"),
    "/bare-metals/{id}/bandwidth": Right(
        "traffic of bare-metal servers", _VIEW, "compute.baremetal.Read", assumed=True
    ),
    "/clusters": Right("GPU clusters", _VIEW),
    "/clusters/{id}/metrics": Right("use of GPU clusters", _VIEW),
    "/kubernetes/clusters": Right("Kubernetes clusters", _VIEW, "kubernetes.cluster.List"),
    "/kubernetes/clusters/{id}/resources": Right(
        "volumes and balancers of Kubernetes clusters",
        _VIEW,
        "kubernetes.cluster.Read",
        assumed=True,
    ),
    "/blocks": Right("volumes", _VIEW, "storage.block.List"),
    "/blocks/snapshots": Right("snapshots of volumes", _VIEW),
    "/snapshots": Right("snapshots of servers", _VIEW, "compute.snapshot.List"),
    "/object-storage": Right("object storage", "objstore", "storage.object.List"),
    "/object-storage/tiers": Right("prices of object storage", None),
    "/vfs": Right("file systems", _VIEW, "storage.vfs.List"),
    "/vfs/{id}/attachments": Right(
        "attachments of file systems", _VIEW, "storage.vfs.Read", assumed=True
    ),
    "/vfs/regions": Right("prices of file systems", _VIEW),
    "/storage-gateways": Right("storage gateways", _VIEW),
    "/databases": Right("managed databases", _VIEW, "database.instance.List"),
    "/databases/plans": Right("prices of database plans", _VIEW),
    "/databases/{id}/usage": Right(
        "use of managed databases", _VIEW, "database.instance.Read", assumed=True
    ),
    "/load-balancers": Right("load balancers", "loadbalancer", "network.loadbalancer.List"),
    "/reserved-ips": Right("reserved addresses", _VIEW, "network.reservedip.List"),
    "/vpcs": Right("private networks", _VIEW, "network.vpc.List"),
    "/vpcs/{id}/nat-gateway": Right("NAT gateways", _VIEW, "network.vpc.Read", assumed=True),
    "/registries": Right("container registries", _VIEW, "container.registry.List"),
    "/registry/plan/list": Right("prices of registry plans", _VIEW),
    "/cdns/pull-zones": Right("CDN pull zones", _VIEW),
    "/cdns/push-zones": Right("CDN push zones", _VIEW),
    "/inference": Right("inference subscriptions", _VIEW),
    "/inference/{id}/usage": Right("use of inference", _VIEW),
}
# A path that stands in no row, of a program that uses this client for more.
ANY_RIGHT: Final = Right("this", None)


def right_for(path: str) -> Right:
    """Return the right that an endpoint's path needs."""
    return RIGHTS.get(path, ANY_RIGHT)


def policy() -> dict[str, Any]:
    """Return the smallest IAM policy that reads everything whose action Vultr's pages name."""
    text = files("vultr_cost_mcp.vultr").joinpath("iam_policy.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found

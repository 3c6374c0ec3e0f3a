"""A path that is read, the keys of its response, the model of its rows; the account's paths."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from vultr_cost_mcp.vultr.models import billing, plans
from vultr_cost_mcp.vultr.rights import ANY_RIGHT, BILLING, VIEW, Right

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vultr_cost_mcp.vultr.models.fields import Wire

Shape = Literal["object", "list", "map"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path of the API; ``keys`` are tried in order: the wire and the specification differ.

    Without keys the whole body is the object. ``kept`` turns a checked row, or a whole map, into
    the value to keep; None keeps the model. ``right`` is the right that a key needs to read the
    path.
    """

    path: str
    keys: tuple[str, ...]
    model: type[Wire]
    shape: Shape = "list"
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    kept: Callable[[Any], object] | None = None
    right: Right = ANY_RIGHT

    def keep(self, found: Any) -> Any:
        """Return the value to keep of a checked row, object or map."""
        return found if self.kept is None else self.kept(found)


def list_of(
    path: str, key: str, model: type[Wire], *other_keys: str, right: Right, **params: str
) -> Endpoint:
    """Return the endpoint of a list, whose rows stand under one of the keys."""
    return Endpoint(path, (key, *other_keys), model, params=params, right=right)


# What is read of the account itself; each family of products adds its own.
ACCOUNT_ENDPOINTS: dict[str, Endpoint] = {
    "account": Endpoint(
        "/account",
        ("account",),
        billing.Account,
        "object",
        right=Right("balance, credit and the total of the running month", BILLING),
    ),
    "account_bandwidth": Endpoint(
        "/account/bandwidth",
        ("bandwidth",),
        billing.AccountBandwidth,
        "object",
        right=Right("the bandwidth pool", VIEW, "account.bandwidth.Read"),
    ),
    "invoices": list_of(
        "/billing/invoices",
        "billing_invoices",
        billing.Invoice,
        right=Right("invoices", BILLING, "account.billing.Read"),
    ),
    "invoice_items": list_of(
        "/billing/invoices/{id}/items",
        "invoice_items",
        billing.Line,
        right=Right("lines of invoices", BILLING, "account.billing.Read"),
    ),
    "pending_charges": list_of(
        "/billing/pending-charges",
        "pending_charges",
        billing.Line,
        right=Right("lines of the running month", BILLING, "account.billing.Read"),
    ),
    "subaccounts": list_of(
        "/subaccounts",
        "subaccounts",
        billing.Subaccount,
        right=Right("sub-accounts", "manage_users"),
    ),
    "regions": list_of(
        "/regions", "regions", plans.RegionInfo, right=Right("names of regions", None)
    ),
    "region_availability": Endpoint(
        "/regions/{id}/availability",
        (),
        plans.Availability,
        "object",
        params={"type": "all"},
        right=Right("plans that regions have", None),
    ),
    "plans": list_of(
        "/plans",
        "plans",
        plans.Plan,
        right=Right("prices of server plans", None, "account.plan.List"),
    ),
    "plans_metal": list_of(
        "/plans-metal",
        "plans_metal",
        plans.Plan,
        "plans",
        right=Right("prices of bare-metal plans", None, "account.plan.ListBareMetal"),
    ),
}

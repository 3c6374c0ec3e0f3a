"""A path that is read, the keys of its response, the model of its rows; the account's paths."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from vultr_cost_mcp.vultr.models import billing, plans

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vultr_cost_mcp.vultr.models.fields import Wire

Shape = Literal["object", "list", "map"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path of the API; ``keys`` are tried in order: the wire and the specification differ.

    ``kept`` turns a checked row, or a whole map, into the value to keep; None keeps the model.
    """

    path: str
    keys: tuple[str, ...]
    model: type[Wire]
    shape: Shape = "list"
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    kept: Callable[[Any], object] | None = None

    def keep(self, found: Any) -> Any:
        """Return the value to keep of a checked row, object or map."""
        return found if self.kept is None else self.kept(found)


def list_of(path: str, key: str, model: type[Wire], *other_keys: str, **params: str) -> Endpoint:
    """Return the endpoint of a list, whose rows stand under one of the keys."""
    return Endpoint(path, (key, *other_keys), model, params=params)


# What is read of the account itself; each family of products adds its own.
ACCOUNT_ENDPOINTS: dict[str, Endpoint] = {
    "account": Endpoint("/account", ("account",), billing.Account, "object"),
    "account_bandwidth": Endpoint(
        "/account/bandwidth", ("bandwidth",), billing.AccountBandwidth, "object"
    ),
    "invoices": list_of("/billing/invoices", "billing_invoices", billing.Invoice),
    "invoice_items": list_of("/billing/invoices/{id}/items", "invoice_items", billing.Line),
    "pending_charges": list_of("/billing/pending-charges", "pending_charges", billing.Line),
    "subaccounts": list_of("/subaccounts", "subaccounts", billing.Subaccount),
    "regions": list_of("/regions", "regions", plans.RegionInfo),
    "plans": list_of("/plans", "plans", plans.Plan),
    "plans_metal": list_of("/plans-metal", "plans_metal", plans.Plan, "plans"),
}

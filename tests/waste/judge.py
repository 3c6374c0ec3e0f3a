"""The savings of an account that is given as API bodies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.support.api import Bodies, assembled, bodies_of, listed, row_of
from tests.support.nouns import NOW
from vultr_cost_mcp.questions.savings.report import SavingsReport, savings
from vultr_cost_mcp.questions.savings.rows import Recommendation

PLANS: Bodies = {"/plans": bodies_of("instance")["/plans"]}
SERVER = row_of("instance")["id"]
MEGABYTE = 1_000_000


def report(*bodies: Mapping[str, Any], **options: Any) -> SavingsReport:
    """Return the savings of that account, small findings included."""
    known: dict[str, Any] = {"min_monthly": Decimal(0), "include_inferred": True, "limit": 200}
    return savings(assembled(*bodies), **{**known, **options})


def measured(*bodies: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """Return measured waste, and the dollars a month of each."""
    return _of(report(*bodies).recommendations)


def worth_a_look(*bodies: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """Return likely waste, and the dollars a month of each."""
    return _of(report(*bodies).investigations)


def _of(rows: tuple[Recommendation, ...]) -> list[tuple[str, str | None]]:
    return [
        (row.action, None if row.monthly_savings is None else f"{row.monthly_savings:.2f}")
        for row in rows
    ]


# --- what there may be ---------------------------------------------------------------------------


def server(**changes: Any) -> dict[str, Any]:
    """A running server at 7.50 without add-ons or tags."""
    return row_of("instance", **{"features": [], "tags": [], **changes})


def servers(*rows: Any) -> Bodies:
    return {**PLANS, **listed("/instances", *rows)}


def stopped(**changes: Any) -> Bodies:
    """An account with that one server, powered off."""
    return servers(server(power_status="stopped", **changes))


def volume(**changes: Any) -> Bodies:
    """A volume of 2.50."""
    return listed("/blocks", row_of("block_storage", **changes))


def balancer(**changes: Any) -> Bodies:
    """A balancer of 10.00."""
    return listed("/load-balancers", row_of("load_balancer", **changes))


def cluster(*, owns: Any = ()) -> Bodies:
    """A Kubernetes cluster with a node of 20.00, asked what it owns; a status refuses that."""
    id_ = row_of("kubernetes_node")["id"]
    body: Any = owns
    if not isinstance(owns, int):
        linked = [{"id": one, "label": "x", "status": "active"} for one in owns]
        body = {"resources": {"block_storage": linked, "load_balancer": linked}}
    return {**bodies_of("kubernetes_node"), f"/kubernetes/clusters/{id_}/resources": body}


def snapshot_row(id_: str, created: str, **changes: Any) -> dict[str, Any]:
    """A snapshot of 40 GiB, 2.00 before its first charge."""
    known = {"id": id_, "date_created": f"{created}T06:00:00+00:00", "pending_charges": 0}
    return row_of("snapshot", **{**known, "compressed_size": 0, **changes})


def traffic(megabytes: float, days: int = 14, id_: str = SERVER, path: str = "instances") -> Bodies:
    """Return a server's traffic on each of the last complete days; it receives ten times it."""
    sent = int(megabytes * MEGABYTE)
    counted = {
        f"{NOW - timedelta(days=number):%Y-%m-%d}": {
            "incoming_bytes": 10 * sent,
            "outgoing_bytes": sent,
        }
        for number in range(1, days + 1)
    }
    return {f"/{path}/{id_}/bandwidth": {"bandwidth": counted}}

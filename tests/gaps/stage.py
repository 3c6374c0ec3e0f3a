"""The sample account behind the whole server, with parts that Vultr refuses."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, get_args

from tests.support.double.faults import Reply
from tests.support.stage import staged_client, structured
from vultr_cost_mcp.demo.data import SAMPLE_NOW
from vultr_cost_mcp.demo.routes import answer
from vultr_cost_mcp.demo.wire import RefusedError, to_json
from vultr_cost_mcp.domain.account_parts import Detail, Part
from vultr_cost_mcp.families.reading import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mcp.types import CallToolResult

    from tests.support.double import Request

Answer = dict[str, Any]
PARTS: tuple[str, ...] = (*get_args(Part), *get_args(Detail))
# Every tool at its defaults, and with arguments that change what its figures rest on.
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "overview": ("get_cost_overview", {"limit": 50}),
    "pending": ("get_pending_charges", {"detail": "lines", "limit": 20}),
    "by service": ("breakdown_by_service", {"limit": 50}),
    "by resource": ("breakdown_by_service", {"group_by": "resource", "limit": 50}),
    "by class": ("breakdown_by_service", {"group_by": "compute_class"}),
    "by cluster": ("breakdown_by_service", {"group_by": "cluster"}),
    "of a tag": ("breakdown_by_service", {"tag": "prod", "limit": 50}),
    "of last month": ("breakdown_by_service", {"period": "last_month", "limit": 50}),
    "resources": ("list_resource_costs", {"limit": 50}),
    "volumes": ("list_resource_costs", {"kind": "block_storage"}),
    "zones": ("list_resource_costs", {"kind": "cdn"}),
    "nodes": ("list_resource_costs", {"kind": "kubernetes_node"}),
    "idle": ("list_idle_instances", {"limit": 50}),
    "savings": ("estimate_savings", {"limit": 50}),
    "forecast": ("forecast_month_end", {}),
    "budget": ("check_budget", {"monthly_budget": 9000}),
    "bandwidth": ("get_bandwidth_usage", {"top": 20}),
    "plans": ("compare_plans", {"limit": 50}),
    "plans there": ("compare_plans", {"region": "fra", "limit": 50}),
    "elsewhere": ("compare_plans", {"like": "account", "elsewhere": ["aws", "gcp"]}),
    "change": ("explain_cost_change", {"limit": 50}),
    "change so far": ("explain_cost_change", {"to_period": "current_month", "limit": 50}),
    "invoices": ("list_invoices", {"limit": 50}),
    "product": ("list_invoices", {"product": "Vultr Cloud Compute", "limit": 50}),
    "history": ("get_cost_history", {}),
    "anomalies": ("detect_anomalies", {}),
    "export": ("export_costs", {"format": "json"}),
    "collect": ("collect_metrics", {}),
}


class SampleDouble:
    """Vultr's API for the sample account; what belongs to a part of ``refused`` is a 403."""

    latency = 0.0
    date = SAMPLE_NOW

    def __init__(self, refused: Collection[str] = ()) -> None:
        patterns = [re.escape(ENDPOINTS[part].path).replace(r"\{id\}", "[^/]+") for part in refused]
        self._refused = re.compile("|".join(patterns) or "(?!)")

    def respond(self, request: Request, bearer: str) -> Reply:
        """Answer as the API would."""
        del bearer
        if self._refused.fullmatch(request.path):
            return _reply(403, {"error": "Not allowed.", "status": 403})
        try:
            return _reply(200, answer(f"/v2{request.path}", dict(request.query)))
        except RefusedError as refusal:
            return _reply(refusal.status, {"error": refusal.text, "status": refusal.status})


def _reply(status: int, body: Mapping[str, Any]) -> Reply:
    return Reply(to_json(dict(body)).encode(), status)


async def ask(
    refused: Collection[str] = (), calls: Collection[str] = tuple(CALLS)
) -> dict[str, CallToolResult]:
    """Ask one server each of the questions."""
    double: Any = SampleDouble(refused)
    async with staged_client(double, lambda: SAMPLE_NOW) as client:
        return {name: await client.call_tool(*CALLS[name]) for name in calls}


def figures(result: CallToolResult) -> Answer:
    """Return what a tool tells beside the envelope, without what only a moment or a file tells."""
    apart = {
        *("headline", "as_of", "currency", "account", "period", "coverage", "partial"),
        *("caveats", "next_steps", "filters", "run_id", "path", "method", "interval"),
        "store_error",
        "more",
    }
    content = json.loads(json.dumps(structured(result)))
    return {name: value for name, value in content.items() if name not in apart}

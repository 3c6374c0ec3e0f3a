"""How long a plan of 2,000 resources takes to price, and how large its answer is.

Makes a plan of servers, volumes, balancers and pools, reads and prices it, and asks the tool of the
sample account in memory. Prints processor time and bytes; the exit code is 1 when a bar is missed::

    python benchmarks/estimate.py [RESOURCES]
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import anyio
from mcp import Client

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.estimate.book import PRICES, clock  # noqa: E402  (after the path)
from vultr_cost_mcp.accounts.account import WiredAccount  # noqa: E402
from vultr_cost_mcp.collect.reading_cache import ReadingCache  # noqa: E402
from vultr_cost_mcp.config import read_settings  # noqa: E402
from vultr_cost_mcp.demo import SAMPLE_NOW  # noqa: E402
from vultr_cost_mcp.domain.history import DisabledHistory  # noqa: E402
from vultr_cost_mcp.questions.estimate.changes import price_change  # noqa: E402
from vultr_cost_mcp.questions.estimate.terraform_plan import read_plan  # noqa: E402
from vultr_cost_mcp.server import build_server  # noqa: E402

RESOURCES = 2_000
SECONDS, KILOBYTES, LARGE_KILOBYTES = 1.0, 5.25, 21.0
_KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("vultr_instance", {"plan": "vc2-2c-4gb", "region": "fra", "backups": "enabled"}),
    ("vultr_block_storage", {"size_gb": 100, "block_type": "high_perf", "region": "fra"}),
    ("vultr_load_balancer", {"nodes": 3, "region": "fra"}),
    ("vultr_kubernetes_node_pools", {"plan": "vhf-2c-4gb", "node_quantity": 3}),
)


def plan_of(resources: int) -> str:
    """Return a plan that creates, changes and deletes so many things, half of them new."""
    rows: list[dict[str, Any]] = []
    for number in range(resources):
        kind, given = _KINDS[number % len(_KINDS)]
        actions = [["create"], ["update"], ["create"], ["delete"], ["create", "delete"]][number % 5]
        change = {
            "actions": actions,
            "before": None if actions == ["create"] else {**given, "id": f"id-{number}"},
            "after": None if actions == ["delete"] else given,
        }
        row = {"address": f"{kind}.r{number}", "type": kind, "name": f"r{number}"}
        rows.append({**row, "mode": "managed", "change": change})
    return json.dumps({"format_version": "1.2", "resource_changes": rows})


async def answer_sizes(text: str) -> list[int]:
    """Return the bytes of the tool's structured answer at the default and at the most rows."""
    settings = read_settings().model_copy(update={"demo": True})
    sizes: list[int] = []
    async with ReadingCache(lambda: SAMPLE_NOW) as readings:
        source = WiredAccount(settings, readings, lambda: SAMPLE_NOW)
        backend = source.backend(DisabledHistory())
        async with Client(build_server({source.account: backend}, "0")) as client:
            for limit in (10, 200):
                given = {"terraform_plan": text, "limit": limit}
                result = await client.call_tool("estimate_cost", given)
                answer = json.dumps(result.structured_content, separators=(",", ":"))
                sizes.append(len(answer.encode()))
        await source.aclose()
    return sizes


def main() -> int:
    """Measure, print and judge."""
    resources = int(sys.argv[1]) if len(sys.argv) > 1 else RESOURCES
    text = plan_of(resources)
    begun = time.process_time()
    plan = read_plan(text)
    read = time.process_time()
    moment = clock()
    priced = [price_change(change, PRICES, moment) for change in plan.changes]
    done = time.process_time()
    small, large = anyio.run(answer_sizes, text)
    print(f"{len(priced):,} resources in {len(text.encode()) / 1e3:,.0f} kB")
    print(f"processor time: read {read - begun:.3f} s, priced {done - read:.3f} s")
    print(f"answer: {small:,} bytes at 10 rows, {large:,} bytes at most")
    kept = done - begun <= SECONDS and small <= KILOBYTES * 1024 and large <= LARGE_KILOBYTES * 1024
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())

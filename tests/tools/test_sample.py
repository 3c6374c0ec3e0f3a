"""Every tool on the sample account, in both eras of the protocol: the answers that users see."""
# ruff: noqa: E501  (whole answers stand here as they are sent)

from __future__ import annotations

from typing import Any

import anyio
import inline_snapshot
import jsonschema  # type: ignore[import-untyped]
import pytest
from mcp import Client
from mcp.types import CallToolResult

from tests.support.servers import ERAS, TOOLS, sample_server, structure_of, text_of

Answers = dict[tuple[str, str], CallToolResult]


@pytest.fixture(scope="module")
def answers() -> Answers:
    """Ask each tool once in each era, on one reading of the sample."""

    async def ask() -> Answers:
        results: Answers = {}
        async with sample_server() as server:
            for era in ERAS:
                async with Client(server, mode=era) as client:
                    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
                    assert set(tools) == set(TOOLS)
                    for name in TOOLS:
                        result = await client.call_tool(name)
                        schema = tools[name].output_schema
                        assert schema is not None
                        jsonschema.validate(structure_of(result), schema)
                        results[era, name] = result
        return results

    return anyio.run(ask)


@pytest.mark.parametrize("name", TOOLS)
def test_both_eras_get_the_same_answer(answers: Answers, name: str) -> None:
    """The same text and the same structure, whatever the client speaks."""
    legacy, modern = (answers[era, name] for era in ERAS)
    assert text_of(legacy) == text_of(modern)
    # Every record has a number of its own.
    structures = [{**structure_of(result), "run_id": ""} for result in (legacy, modern)]
    assert structures[0] == structures[1]


@pytest.mark.parametrize("name", TOOLS)
def test_the_headline_and_the_closing_frame_the_text(answers: Answers, name: str) -> None:
    """Headline first, with a figure; the last line tells age and completeness."""
    result = answers["auto", name]
    lines = text_of(result).splitlines()
    structure = structure_of(result)
    assert lines[0] == f"**{structure['headline']}**"
    # Traffic is counted in GB; every other answer begins with its money, or with its month.
    first = {"get_bandwidth_usage": "75,022 GB sent", "explain_cost_change": "October 2026 cost $"}
    assert structure["headline"].startswith(first.get(name, "$"))
    assert lines[-1] == "As of 14:05 UTC, complete."
    assert structure["currency"] == "USD"
    assert structure["as_of"] == "2026-11-18T14:05:00Z"
    assert structure["coverage"]["complete"] is True
    assert len(structure["caveats"]) <= 5
    assert "sample account" in structure["caveats"][0]
    assert len(structure["next_steps"]) <= 2
    assert {step["tool"] for step in structure["next_steps"]} <= set(TOOLS)


def fields(answers: Answers, name: str, *wanted: str) -> dict[str, Any]:
    structure = structure_of(answers["auto", name])
    return {field: structure[field] for field in wanted}


def test_waste_by_hand(answers: Answers) -> None:
    """D20, D22, D23: 1750+48+24+25+4+10+3+3+10+4+25.20+10 are 1916.20; 20 are kept.

    The gateway that serves nobody costs 25.20, the share that nobody mounts 10.00. To be looked at
    are 90+20+8+12, of a share 26.70 and 120-109.50 of a cheaper plan: 167.20.
    """
    assert fields(
        answers,
        "estimate_savings",
        "total_monthly_savings",
        "total_annual_savings",
        "investigate_monthly",
        "exempt",
    ) == {
        "total_monthly_savings": "1916.20",
        "total_annual_savings": "22994.40",
        "investigate_monthly": "167.20",
        "exempt": {"count": 1, "monthly_cost": "20.00"},
    }


def test_idle_by_hand(answers: Answers) -> None:
    """D17 to D19: 1750+48+24 stopped, 90+20 quiet, 10 suspended, 20 exempt."""
    assert fields(
        answers,
        "list_idle_instances",
        "stopped_monthly_cost",
        "stopped_count",
        "quiet_monthly_cost",
        "quiet_count",
        "suspended_monthly_cost",
        "exempt",
        "unpriced",
    ) == {
        "stopped_monthly_cost": "1822.00",
        "stopped_count": 3,
        "quiet_monthly_cost": "110.00",
        "quiet_count": 2,
        "suspended_monthly_cost": "10.00",
        "exempt": {"count": 1, "monthly_cost": "20.00"},
        "unpriced": 0,
    }


def test_tools_agree_on_what_was_spent_and_wasted(answers: Answers) -> None:
    """D1, D16, D19: one ledger: every tool states the same month to date, idle and savings."""
    overview = structure_of(answers["auto", "get_cost_overview"])
    spent = overview["month_to_date"]
    assert structure_of(answers["auto", "breakdown_by_service"])["total"] == spent
    pending = structure_of(answers["auto", "get_pending_charges"])
    assert pending["total"] == pending["account_pending_charges"] == spent
    assert pending["difference"] == pending["previous_month_unbilled"] == "0.00"
    listed = structure_of(answers["auto", "list_resource_costs"])
    assert listed["reconciliation"]["bill_month_to_date"] == spent
    assert listed["total_monthly_cost"] == overview["run_rate"]["monthly"]
    idle = structure_of(answers["auto", "list_idle_instances"])
    assert overview["idle_monthly_cost"] == idle["stopped_monthly_cost"]
    savings = structure_of(answers["auto", "estimate_savings"])
    assert overview["savings_monthly"] == savings["total_monthly_savings"] == "1916.20"
    forecast = structure_of(answers["auto", "forecast_month_end"])
    assert overview["projected_month_end"] == forecast["projected_total"] == "8176.23"
    assert overview["next_invoice"]["expected"] == forecast["expected_invoice_with_tax"]


def test_the_overview_whole(answers: Answers) -> None:
    """One call, no lists."""
    assert text_of(answers["auto", "get_cost_overview"]) == inline_snapshot.snapshot("""\
**$4,954.38 spent so far in November 2026, $8,176.23 projected for its end; $1,916.20 a month can be saved.**

Run rate: $11.71 an hour, $281.09 a day, $8,152.46 a month.  \n\
Stopped servers that no tag exempts cost $1,822.00 a month; measured waste in all $1,916.20 a month.  \n\
Credit left $3,362.77, owed $0.00.  \n\
Last invoice $8,297.34 for 2026-10.  \n\
Next invoice on 2026-12-01 for 2026-11: $8,192.58 expected.  \n\
Last payment $12,000.00 on 2026-11-04.

| Service | To date | Share |
|---|---:|---:|
| Cloud GPU | $1,993.57 | 39.8 % |
| Bare Metal | $1,457.84 | 29.1 % |
| Cloud Compute | $670.58 | 13.4 % |
| Managed Databases | $283.28 | 5.7 % |
| Support and Subscriptions | $157.37 | 3.1 % |

| Most expensive so far | Kind | To date | A month |
|---|---|---:|---:|
| `foundation-node-1` | gpu_bare_metal | $1,269.00 | $2,016.00 |
| `grasp-trainer` | gpu_instance | $1,014.05 | $1,750.00 |
| `slam-lab` | gpu_instance | $724.32 | $1,250.00 |
| `perception-infer` | gpu_instance | $203.04 | $350.40 |
| `ros-build-farm` | bare_metal | $188.84 | $300.00 |

There are 26 cloud servers (4 Kubernetes nodes among them, 4 stopped), 2 bare metal servers, 5 of either sort with GPUs, 7 volumes, 5 snapshots, 3 load balancers, 5 reserved addresses.

- Note: This is the built-in sample account, not yours: every figure is made up.
- Note: Monthly costs and savings are before the discounts on the bill: less cash is saved.
- Note: 5 resources have no known price and are in no monthly sum.
- Note: Sub-accounts have $84.12 pending, which is in no sum here.

As of 14:05 UTC, complete.\
""")


def test_pending_charges_whole(answers: Answers) -> None:
    """Vultr's own lines, for checking the bill."""
    assert text_of(answers["auto", "get_pending_charges"]) == inline_snapshot.snapshot("""\
**$4,954.38 is unbilled so far in November 2026.**

Charges $5,004.38, credits and discounts -$50.00, tax $0.00.  \n\
The account states $4,954.38: difference $0.00.

| Product | Service | Total | Share | Lines |
|---|---|---:|---:|---:|
| `Vultr Cloud GPU` | Cloud GPU | $1,993.57 | 39.8 % | 4 |
| `Vultr Bare Metal` | Bare Metal | $1,457.84 | 29.1 % | 2 |
| `Vultr Cloud Compute` | Cloud Compute | $670.58 | 13.4 % | 24 |
| `Managed Database` | Managed Databases | $283.28 | 5.7 % | 4 |
| `Custom Subscription` | Support and Subscriptions | $157.37 | 3.1 % | 1 |
| `Block Storage` | Block Storage | $101.37 | 2.0 % | 7 |
| `Vultr File System` | File System | $56.67 | 1.1 % | 3 |
| `Object Storage` | Object Storage | $47.02 | 0.9 % | 3 |
| `Serverless Inference` | Inference | $33.27 | 0.7 % | 4 |
| `Storage Gateway` | File System | $31.74 | 0.6 % | 2 |

12 more products, together $121.67.

- Note: This is the built-in sample account, not yours: every figure is made up.

As of 14:05 UTC, complete.\
""")


def test_the_breakdown_whole(answers: Answers) -> None:
    """On what."""
    assert text_of(answers["auto", "breakdown_by_service"]) == inline_snapshot.snapshot("""\
**$4,954.38 spent in November 2026 to date; the largest service is `Cloud GPU` with $1,993.57.**

Charges $5,004.38, credits and discounts -$50.00, tax $0.00.

| Service | Total | Share | Lines |
|---|---:|---:|---:|
| `Cloud GPU` | $1,993.57 | 39.8 % | 4 |
| `Bare Metal` | $1,457.84 | 29.1 % | 2 |
| `Cloud Compute` | $670.58 | 13.4 % | 24 |
| `Managed Databases` | $283.28 | 5.7 % | 4 |
| `Support and Subscriptions` | $157.37 | 3.1 % | 1 |
| `Block Storage` | $101.37 | 2.0 % | 7 |
| `File System` | $88.41 | 1.8 % | 5 |
| `Object Storage` | $47.02 | 0.9 % | 3 |
| `Networking` | $43.01 | 0.9 % | 9 |
| `Inference` | $33.27 | 0.7 % | 4 |

7 more groups, together $78.66.

- Note: This is the built-in sample account, not yours: every figure is made up.

As of 14:05 UTC, complete.\
""")


def test_resource_costs_whole(answers: Answers) -> None:
    """What exists now and what each costs a month."""
    assert text_of(answers["auto", "list_resource_costs"]) == inline_snapshot.snapshot("""\
**$8,152.46 a month for 70 resources.**

This month to date: $4,961.37.

| Name | Kind | Plan | Region | State | A month | To date |
|---|---|---|---|---|---:|---:|
| `foundation-node-1` | gpu_bare_metal | `vbm-24c-384gb-2-l40s-gpu` | `sjc` | active | $2,016.00 | $1,269.00 |
| `grasp-trainer` | gpu_instance | `vcg-a100-12c-120g-80vram` | `ewr` | stopped | $1,750.00 | $1,014.05 |
| `slam-lab` | gpu_instance | `vcg-a40-24c-120g-48vram` | `sjc` | running | $1,250.00 | $724.32 |
| `perception-infer` | gpu_instance | `vcg-a16-6c-64g-16vram` | `ewr` | running | $350.40 | $203.04 |
| `ros-build-farm` | bare_metal | `vbm-4c-32gb` | `ewr` | active | $300.00 | $188.84 |
| `robotics-support` | subscription | `Support` | `ewr` | active | $250.00 | $157.37 |
| `mission-log` | database | `vultr-dbaas-business-cc-4-160-8` | `ewr` | running | $240.00 | $151.08 |
| `map-builder` | instance | `voc-g-4c-16gb-80s-amd` | `ewr` | running | $120.00 | $75.54 |
| `fleet-pg` | database | `vultr-dbaas-business-cc-2-80-4` | `ewr` | running | $120.00 | $75.54 |
| `api-01` | instance | `vhf-4c-16gb` | `ewr` | running | $115.20 | $72.52 |

60 more resources, together $1,640.86.  \n\
5 resources of unknown price: not in the total.  \n\
The bill's $4,954.38: existing resources $4,961.37, destroyed ones $39.15, no resource -$46.14, unattributed $0.00.

- Note: This is the built-in sample account, not yours: every figure is made up.
- Note: A price that is not known is null and in no total.
- Note: Monthly costs and savings are before the discounts on the bill: less cash is saved.
- Note: What is charged by use has no monthly price.

As of 14:05 UTC, complete.\
""")


def test_idle_servers_whole(answers: Answers) -> None:
    """Servers only."""
    assert text_of(answers["auto", "list_idle_instances"]) == inline_snapshot.snapshot("""\
**$1,822.00 a month goes to 3 stopped servers; 2 quiet servers cost $110.00; 1 suspended server is billed $10.00.**

| Server | Why | Plan | Region | A month | Evidence |
|---|---|---|---|---:|---|
| `grasp-trainer` | stopped | `vcg-a100-12c-120g-80vram` | `ewr` | $1,750.00 | powered off, and billed in full until it is destroyed |
| `annotation-preview` | quiet | `vcg-a100-1c-6g-4vram` | `ewr` | $90.00 | sent at most 2.42 MB and received at most 42.45 MB a day over 14 days; network traffic proves nothing about GPU work |
| `staging-api` | stopped | `vc2-4c-8gb` | `ewr` | $48.00 | powered off, and billed in full until it is destroyed |
| `loadgen-old` | stopped | `vhf-2c-4gb` | `fra` | $24.00 | powered off, and billed in full until it is destroyed |
| `old-dashboard` | quiet | `vc2-2c-4gb` | `ewr` | $20.00 | sent at most 3.50 MB and received at most 42.65 MB a day over 14 days |
| `partner-sftp` | suspended | `vc2-1c-2gb` | `ewr` | $10.00 | suspended, and billed until it is destroyed: its line on the bill runs |

1 suspended server with $10.00 a month: not in the sum.  \n\
Exempt by tag: 1 server, $20.00 a month.  \n\
Traffic read of 18 of 18 servers.

- Note: This is the built-in sample account, not yours: every figure is made up.
- Note: Monthly costs and savings are before the discounts on the bill: less cash is saved.
- Note: Quiet is a guess from network traffic: private work leaves no trace in it.
- Note: Bare metal has no power state in the API: it can only be called quiet.

As of 14:05 UTC, complete.\
""")


def test_savings_whole(answers: Answers) -> None:
    """Every way to cut the bill with how to do it."""
    assert text_of(answers["auto", "estimate_savings"]) == inline_snapshot.snapshot("""\
**$1,916.20 a month can be saved, $22,994.40 a year; $167.20 more is worth a look.**

| What | Name | A month | This month | Loses |
|---|---|---:|---:|---|
| delete stopped server | `grasp-trainer` | $1,750.00 | $711.98 | its disk and address are lost: snapshot it first |
| delete stopped server | `staging-api` | $48.00 | $17.78 | its disk and address are lost: snapshot it first |
| delete unused storage gateway | `legacy-nfs` | $25.20 | $9.33 | its address: made anew, it has another |
| delete unattached volume | `lidar-2025-copy` | $25.00 | $9.26 | its data is lost: copy it first |
| delete stopped server | `loadgen-old` | $24.00 | $8.89 | its disk and address are lost: snapshot it first |

- `grasp-trainer`: `vultr-cli instance delete 93b109c3-4c66-579b-ac06-f975c58414be`
- `staging-api`: `vultr-cli instance delete 192464e5-8dbf-562f-836c-83f50219f459`
- `legacy-nfs`: in the customer portal at my.vultr.com
- `lidar-2025-copy`: `vultr-cli block-storage delete 01613246-0317-5bbc-a6fb-540058df71ad`
- `loadgen-old`: `vultr-cli instance delete 35ff6a8d-5004-5223-b4c6-a8b93caa5a0f`

7 more findings, together $44.00.

Worth a look, not in the total:

| What | Name | A month | This month | Loses |
|---|---|---:|---:|---|
| review quiet server | `annotation-preview` | $90.00 | $36.61 | quiet is not unused: ask its owner; network traffic proves nothing about GPU work |

- `annotation-preview`: sent at most 2.42 MB a day over 14 days. To act: \
`vultr-cli instance delete ed0abca7-d4be-5345-8e44-f7c5f066c6c9`

8 more things to look at, together $77.20.  \n\
Exempt by tag: 1 resource, $20.00 a month.  \n\
Nothing was changed: each command is yours to run.

- Note: This is the built-in sample account, not yours: every figure is made up.
- Note: Monthly costs and savings are before the discounts on the bill: less cash is saved.

As of 14:05 UTC, complete.\
""")


def test_the_structure_of_the_overview_whole(answers: Answers) -> None:
    """Amounts are strings with two decimals, unknown is null, times are UTC."""
    assert structure_of(answers["auto", "get_cost_overview"]) == inline_snapshot.snapshot(
        {
            "headline": "$4,954.38 spent so far in November 2026, $8,176.23 projected for its end; $1,916.20 a month can be saved.",
            "as_of": "2026-11-18T14:05:00Z",
            "currency": "USD",
            "account": "sample",
            "coverage": {
                "complete": True,
                "sources": [
                    "account",
                    "account_bandwidth",
                    "bare_metals",
                    "block_snapshots",
                    "blocks",
                    "custom_subscriptions",
                    "database_plans",
                    "databases",
                    "file_systems",
                    "gpu_clusters",
                    "inference",
                    "instances",
                    "invoices",
                    "kubernetes_clusters",
                    "load_balancers",
                    "object_storage",
                    "pending_charges",
                    "plans",
                    "plans_metal",
                    "pull_zones",
                    "push_zones",
                    "registries",
                    "reserved_ips",
                    "snapshots",
                    "storage_gateways",
                    "subaccounts",
                    "vpcs",
                ],
                "gaps": [],
                "notes": [],
            },
            "partial": [],
            "caveats": [
                "This is the built-in sample account, not yours: every figure is made up.",
                "Monthly costs and savings are before the discounts on the bill: less cash is saved.",
                "5 resources have no known price and are in no monthly sum.",
                "Sub-accounts have $84.12 pending, which is in no sum here.",
            ],
            "next_steps": [
                {
                    "tool": "breakdown_by_service",
                    "arguments": {"group_by": "resource"},
                    "why": "on what exactly",
                },
                {"tool": "estimate_savings", "arguments": {}, "why": "how to save it"},
            ],
            "period": {
                "name": "current_month",
                "start": "2026-11-01T00:00:00Z",
                "end": "2026-12-01T00:00:00Z",
                "complete": False,
            },
            "month_to_date": "4954.38",
            "invoiced_this_month": "0.00",
            "projected_month_end": "8176.23",
            "run_rate": {"hourly": "11.71", "daily": "281.09", "monthly": "8152.46"},
            "last_invoice": {"id": "41230539", "month": "2026-10", "amount": "8297.34"},
            "next_invoice": {"date": "2026-12-01", "month": "2026-11", "expected": "8192.58"},
            "last_payment": {"date": "2026-11-04T10:05:00Z", "amount": "12000.00"},
            "credit_left": "3362.77",
            "owed": "0.00",
            "uninvoiced": "0.00",
            "top_services": [
                {"service": "Cloud GPU", "total": "1993.57", "share_percent": 39.8},
                {"service": "Bare Metal", "total": "1457.84", "share_percent": 29.1},
                {"service": "Cloud Compute", "total": "670.58", "share_percent": 13.4},
                {"service": "Managed Databases", "total": "283.28", "share_percent": 5.7},
                {"service": "Support and Subscriptions", "total": "157.37", "share_percent": 3.1},
            ],
            "top_resources": [
                {
                    "id": "889b4450-83aa-56a4-87f7-15836cba31eb",
                    "label": "foundation-node-1",
                    "kind": "gpu_bare_metal",
                    "month_to_date": "1269.00",
                    "monthly_cost": "2016.00",
                },
                {
                    "id": "93b109c3-4c66-579b-ac06-f975c58414be",
                    "label": "grasp-trainer",
                    "kind": "gpu_instance",
                    "month_to_date": "1014.05",
                    "monthly_cost": "1750.00",
                },
                {
                    "id": "da6aea66-1050-524b-aeeb-b4cbf25f3161",
                    "label": "slam-lab",
                    "kind": "gpu_instance",
                    "month_to_date": "724.32",
                    "monthly_cost": "1250.00",
                },
                {
                    "id": "b4256fe2-45db-521c-b91d-abfae2305fd5",
                    "label": "perception-infer",
                    "kind": "gpu_instance",
                    "month_to_date": "203.04",
                    "monthly_cost": "350.40",
                },
                {
                    "id": "bf04e61f-d4d8-50a6-8dc6-c01f34c6f594",
                    "label": "ros-build-farm",
                    "kind": "bare_metal",
                    "month_to_date": "188.84",
                    "monthly_cost": "300.00",
                },
            ],
            "idle_monthly_cost": "1822.00",
            "savings_monthly": "1916.20",
            "counts": {
                "servers": 26,
                "stopped_servers": 4,
                "gpu_servers": 5,
                "bare_metal": 2,
                "kubernetes_nodes": 4,
                "volumes": 7,
                "snapshots": 5,
                "load_balancers": 3,
                "reserved_ips": 5,
                "unpriced": 5,
            },
        }
    )


@pytest.mark.anyio
@pytest.mark.parametrize(("group_by", "told"), [("tag", True), ("region", False)])
async def test_a_cut_list_of_tags_says_why_the_rest_is_negative(
    group_by: str, *, told: bool
) -> None:
    """D13: the row that takes several tags out again is the smallest, so a list cuts it first."""
    async with sample_server() as server, Client(server) as client:
        result = await client.call_tool("breakdown_by_service", {"group_by": group_by})
    said = (
        "What carries several tags counts under each; `(counted under several tags)` takes it out "
        "again."
    )
    assert (said in structure_of(result)["caveats"]) is told
    assert (said in text_of(result)) is told

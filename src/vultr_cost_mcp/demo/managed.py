"""Kubernetes, container registries, inference, the support subscription and the subaccount."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.demo.bill import THIS_MONTH, Line, Period, Term, Use, hourly_lines, owed
from vultr_cost_mcp.demo.company import (
    PLACEHOLDER,
    Row,
    instant,
    meta,
    sample_id,
    spaced_stamp,
    stamp,
)
from vultr_cost_mcp.demo.fleet import pool_nodes
from vultr_cost_mcp.demo.network import CLUSTER_BALANCER, PROD_VPC
from vultr_cost_mcp.demo.volumes import CLUSTER_VOLUME

if TYPE_CHECKING:
    from collections.abc import Iterator

_GIB = 1 << 30
_MILLION = Decimal(1_000_000)

VKE = sample_id("vke", "fleet-ctl")
_VKE_CREATED = "2025-12-02T09:40"
_CONTROL_PLANE_MONTHLY = Decimal(40)
_SUPPORT = sample_id("subscription", "robotics-support")
_SUPPORT_CREATED = "2026-03-01"
_SUPPORT_MONTHLY = Decimal(250)

# name, dollars a month, GB in use, GB allowed, created
_REGISTRIES = (
    ("northwind", "10", 31, 50, "2025-03-11T10:00"),
    ("northwind-legacy", "20", 6, 1024, "2024-10-01T10:00"),
)
# name, shown name, MB, dollars a month
_REGISTRY_PLANS = (
    ("start_up", "Start Up", 10240, "0"),
    ("business", "Business", 20480, "5"),
    ("premium", "Premium", 51200, "10"),
    ("enterprise", "Enterprise", 1048576, "20"),
)

INFERENCE = sample_id("inference", "field-assistant")
_INFERENCE_FIRST_MONTH = "2026-08"
# model, output and input tokens of a whole month, cents for a million of output and of input
_MODELS = (
    ("moonshotai/Kimi-K2.5", 8_400_000, 31_000_000, 275, 55),
    ("MiniMaxAI/MiniMax-M2.5", 5_200_000, 18_500_000, 120, 30),
)


def lines(period: Period) -> Iterator[Line]:
    """The lines of everything in this room in a period."""
    yield from hourly_lines(_terms(), period)
    for model, tokens, input_tokens, price, input_price in _used_models(period):
        for kind, count, cents in (("output", tokens, price), ("input", input_tokens, input_price)):
            described = f"Inference (field-assistant) {model} {kind} tokens"
            dollars = Decimal(cents) / 100 / _MILLION
            used = Use("Serverless Inference", described, count, "tokens", dollars, INFERENCE)
            yield used.line(period)


def _terms() -> Iterator[Term]:
    described = "Kubernetes HA Control Plane (fleet-ctl)"
    product = "Vultr Kubernetes Engine"
    yield Term(product, described, _CONTROL_PLANE_MONTHLY, instant(_VKE_CREATED), owner=VKE)
    for name, monthly, _, _, created in _REGISTRIES:
        yield Term(
            product="Container Registry",
            description=f"Container Registry ({name})",
            monthly=Decimal(monthly),
            start=instant(created),
            owner=sample_id("registry", name),
        )
    described, start = "Custom Subscription (robotics-support)", instant(_SUPPORT_CREATED)
    yield Term("Custom Subscription", described, _SUPPORT_MONTHLY, start, owner=_SUPPORT)


def _used_models(period: Period) -> Iterator[tuple[str, int, int, int, int]]:
    """The models with what was used of them: the running month holds 17 days and a half of 30."""
    if period.name < _INFERENCE_FIRST_MONTH:
        return
    share = Decimal("0.64") if period.name == THIS_MONTH.name else Decimal(1)
    for model, tokens, input_tokens, price, input_price in _MODELS:
        yield model, int(tokens * share), int(input_tokens * share), price, input_price


def vke_rows() -> list[Row]:
    """The rows of ``/kubernetes/clusters``: ``/instances`` leaves out the nodes of pool edge."""
    return [
        {
            "id": VKE,
            "label": "fleet-ctl",
            "date_created": stamp(_VKE_CREATED),
            "cluster_subnet": "10.244.0.0/16",
            "service_subnet": "10.96.0.0/12",
            "ip": "203.0.113.230",
            "endpoint": f"{VKE}.vultr-k8s.example",
            "version": "v1.34.1+1",
            "region": "ewr",
            "status": "active",
            "ha_controlplanes": True,
            "node_pools": [_pool_row("core", 2, 4), _pool_row("edge", 2, 3)],
            "vpcs": [{"id": PROD_VPC, "version": 1, "subnet": "10.20.0.3"}],
        }
    ]


def _pool_row(pool: str, least: int, most: int) -> Row:
    nodes = pool_nodes(pool)
    created = stamp(nodes[0].created)
    return {
        "id": sample_id("pool", pool),
        "date_created": created,
        "date_updated": created,
        "label": pool,
        "tag": "env:prod",
        "plan": nodes[0].plan_id,
        "status": "active",
        "node_quantity": len(nodes),
        "min_nodes": least,
        "max_nodes": most,
        "auto_scaler": True,
        "user_data": f"{PLACEHOLDER}12",
        "nodes": [
            {"id": node.id, "label": node.label, "date_created": created, "status": "active"}
            for node in nodes
        ],
    }


def vke_resources() -> Row:
    """What belongs to the cluster: the body of ``/kubernetes/clusters/{id}/resources``."""
    active = {"date_created": stamp("2025-12-02T10:40"), "status": "active"}
    volume = {"id": CLUSTER_VOLUME, "label": "pvc-fleet-queue", **active}
    balancer = {
        "id": sample_id("balancer", CLUSTER_BALANCER),
        "label": CLUSTER_BALANCER,
        **active,
    }
    return {"block_storage": [volume], "load_balancer": [balancer]}


def registry_rows() -> list[Row]:
    """The rows of ``/registries``."""
    return [
        {
            "id": sample_id("registry", name),
            "name": name,
            "region": "sjc",
            "urn": f"sjc.vultrcr.com/{name}",
            "storage": {"used": _sizes(used), "allowed": _sizes(allowed)},
            "date_created": spaced_stamp(created),
            "public": False,
            "root_user": {
                "id": 639,
                "username": name,
                "password": f"{PLACEHOLDER}09",
                "root": True,
            },
            "metadata": {
                "region": {"id": 3, "name": "sjc", "urn": "sjc.vultrcr.com", "public": True},
                "subscription": {
                    "billing": {
                        "monthly_price": Decimal(monthly),
                        "pending_charges": owed(sample_id("registry", name), lines(THIS_MONTH)),
                    }
                },
            },
        }
        for name, monthly, used, allowed, created in _REGISTRIES
    ]


def _sizes(gigabytes: int) -> Row:
    terabytes = (Decimal(gigabytes) / 1024).quantize(Decimal("0.01"))
    return {"bytes": gigabytes * _GIB, "mb": gigabytes * 1024, "gb": gigabytes, "tb": terabytes}


def registry_plans() -> Row:
    """The body of ``/registry/plan/list``: an object, not a list."""
    return {
        name: {"vanity_name": shown, "max_storage_mb": size, "monthly_price": Decimal(monthly)}
        for name, shown, size, monthly in _REGISTRY_PLANS
    }


def inference_rows() -> list[Row]:
    """The rows of ``/inference``."""
    row: Row = {
        "id": INFERENCE,
        "date_created": stamp("2026-08-01T07:00"),
        "label": "field-assistant",
        "api_key": f"{PLACEHOLDER}10",
    }
    return [row]


def inference_usage(last_month: Period) -> Row:
    """The body of ``/inference/{id}/usage``: prices in it are cents for a million tokens."""
    return {
        "chat_by_model": {
            "current_month": _model_rows(THIS_MONTH),
            "previous_month": _model_rows(last_month),
        },
        "audio": {"tts_characters": 0, "tts_sm_characters": 0},
        "image": {"megapixels": 0, "sm_megapixels": 0},
    }


def _model_rows(period: Period) -> list[Row]:
    names = ("model", "tokens", "input_tokens", "output_price", "input_price")
    return [dict(zip(names, used, strict=True)) for used in _used_models(period)]


def subscriptions() -> Row:
    """The body of ``/account/custom-subscriptions``; its regions are in capitals."""
    row: Row = {
        "id": _SUPPORT,
        "label": "robotics-support",
        "description": "Premium support, agreed for one year",
        "type": "Support",
        "region": "EWR",
        "status": "active",
        "date_created": stamp(_SUPPORT_CREATED),
        "cost": _SUPPORT_MONTHLY,
        "pending_charges": owed(_SUPPORT, lines(THIS_MONTH)),
    }
    return {"custom_subscriptions": [row], "meta": meta(1)}


def subaccount_rows() -> list[Row]:
    """The rows of ``/subaccounts``: its money is its own and in no sum of this account."""
    return [
        {
            "id": sample_id("subaccount", "labs"),
            "email": "labs@northwind-robotics.example",
            "subaccount_name": "Northwind Labs",
            "subaccount_id": 472924,
            "activated": True,
            "balance": Decimal(0),
            "pending_charges": Decimal("84.12"),
        }
    ]

"""The price list that the estimates of these tests use, and the moment of them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

from vultr_cost_mcp.domain.catalog import ListPlan
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.price_list import PriceList
from vultr_cost_mcp.families.price_table import price_table
from vultr_cost_mcp.questions.estimate.attributes import Attributes
from vultr_cost_mcp.questions.estimate.changes import Clock

HERE = Path(__file__).parent

# Dollars a month, with the disk in GB and the regions of another price.
_SERVERS: dict[str, tuple[str, int, int, int, dict[str, str]]] = {
    "vc2-1c-1gb": ("5", 1, 1, 25, {"sao": "7.5"}),
    "vc2-1c-2gb": ("10", 1, 2, 55, {}),
    "vc2-2c-4gb": ("20", 2, 4, 80, {}),
    "vc2-4c-8gb": ("40", 4, 8, 160, {}),
    "vc2-6c-16gb": ("80", 6, 16, 320, {"sao": "120"}),
    "vc2-8c-32gb": ("160", 8, 32, 640, {}),
    "vhp-4c-8gb-amd": ("48", 4, 8, 180, {}),
    "vhf-1c-1gb": ("6", 1, 1, 32, {}),
    "vhf-2c-4gb": ("24", 2, 4, 128, {}),
    "vhf-4c-16gb": ("96", 4, 16, 384, {}),
    "vcg-a100-12c-120g-80vram": ("1750", 12, 120, 1400, {}),
    "vx1-g-4c-16g-240s": ("111.69", 4, 16, 240, {}),
    "vx1-g-4c-16g": ("87.60", 4, 16, 1, {}),
}
_METAL = {"vbm-4c-32gb": "300", "vbm-6c-32gb": "185"}

PRICES = PriceList(
    plans={
        **{
            name: ListPlan(
                name,
                name.split("-", maxsplit=1)[0],
                Decimal(monthly),
                {region: Decimal(price) for region, price in regional.items()},
                vcpus=Decimal(vcpus),
                memory_mb=Decimal(memory * 1024),
                disk_gb=Decimal(disk),
            )
            for name, (monthly, vcpus, memory, disk, regional) in _SERVERS.items()
        },
        **{
            name: ListPlan(name, "", Decimal(monthly), metal=True)
            for name, monthly in _METAL.items()
        },
    },
    table=price_table().prices,
    databases={
        "vultr-dbaas-startup-cc-2-80-4": Decimal(60),
        "vultr-dbaas-business-cc-2-80-4": Decimal(100),
    },
    tiers={"2": Decimal(18), "3": Decimal(36)},
)
MID_MONTH = "2026-11-12T09:30:00+00:00"


def clock(now: str = MID_MONTH) -> Clock:
    moment = datetime.fromisoformat(now)
    return Clock(moment, Month.of(moment))


def thing(**values: object) -> Attributes:
    return Attributes(values)

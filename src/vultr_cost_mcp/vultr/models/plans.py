"""Plans and regions as the API sends them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from vultr_cost_mcp.vultr.models.fields import (
    AS_OBJECT,
    Id,
    Names,
    Number,
    Price,
    Region,
    StatedFlag,
    Text,
    Texts,
    Wire,
)


class RegionInfo(Wire):
    """``/regions``."""

    id: Region
    city: Text = ""
    country: Text = ""


class Availability(Wire):
    """``/regions/{id}/availability``: ids of plans; those of the second list run in a VPC only."""

    available_plans: tuple[Id, ...]
    available_vpc_only_plans: Names = ()


class LocationCost(Wire):
    """The price of a plan in one region, in dollars."""

    monthly_cost: Price = None


class Plan(Wire):
    """``/plans``, ``/plans-metal``: ``monthly_cost`` in dollars, ``location_cost`` overrides it."""

    id: Id
    type: Text = ""
    vcpu_count: Number = None
    cpu_count: Number = None
    ram: Number = None
    disk: Number = None
    disk_count: Number = None
    bandwidth: Number = None
    monthly_cost: Price = None
    hourly_cost: Price = None
    locations: Texts = ()
    location_cost: Annotated[dict[str, LocationCost], AS_OBJECT] = Field(default_factory=dict)
    gpu_brand: Text = ""
    gpu_type: Text = ""
    gpu_vram_gb: Number = None
    deploy_ondemand: StatedFlag = None
    deploy_preemptible: StatedFlag = None

"""Vultr's terms in FOCUS: categories, frequencies, units, charge periods."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.domain.bill import is_hourly

if TYPE_CHECKING:
    from datetime import datetime

    from vultr_cost_mcp.domain.bill import Charge, ChargeLine, Service
    from vultr_cost_mcp.domain.exporting import CostExport
    from vultr_cost_mcp.domain.month import Month

Category = Literal["Usage", "Purchase", "Tax", "Credit", "Adjustment"]
Frequency = Literal["Usage-Based", "Recurring", "One-Time"]

# The closed list of the specification; a registry and a cluster are containers, hence Compute.
SERVICE_CATEGORIES: dict[Service, str] = {
    "Tax": "Other",
    "Credits and Discounts": "Other",
    "Networking": "Networking",
    "Backups": "Storage",
    "Snapshots": "Storage",
    "Bare Metal": "Compute",
    "Cloud GPU": "Compute",
    "Kubernetes": "Compute",
    "Managed Databases": "Databases",
    "Block Storage": "Storage",
    "Object Storage": "Storage",
    "File System": "Storage",
    "Load Balancers": "Networking",
    "Container Registry": "Compute",
    "CDN": "Networking",
    "Inference": "AI and Machine Learning",
    "Support and Subscriptions": "Management and Governance",
    "Cloud Compute": "Compute",
    "Other": "Other",
}
# Also from the specification's closed list: one subcategory for each service, in its category.
SERVICE_SUBCATEGORIES: dict[Service, str] = {
    "Tax": "Other (Other)",
    "Credits and Discounts": "Other (Other)",
    "Networking": "Network Connectivity",
    "Backups": "Backup Storage",
    "Snapshots": "Backup Storage",
    "Bare Metal": "Virtual Machines",
    "Cloud GPU": "Virtual Machines",
    "Kubernetes": "Containers",
    "Managed Databases": "Other (Databases)",
    "Block Storage": "Block Storage",
    "Object Storage": "Object Storage",
    "File System": "File Storage",
    "Load Balancers": "Application Networking",
    "Container Registry": "Containers",
    "CDN": "Content Delivery",
    "Inference": "Generative AI",
    "Support and Subscriptions": "Support",
    "Cloud Compute": "Virtual Machines",
    "Other": "Other (Other)",
}
# Charged once in full, whatever the time of use.
_FLAT = frozenset({"", "flat", "fee", "setup", "one-time", "one time", "once"})
_UNITS = {
    "overage": "GB",
    "gb": "GB",
    "gigabytes": "GB",
    "gb months": "GB-Months",
    "gb-months": "GB-Months",
    "tb": "TB",
    "tokens": "Tokens",
    "months": "Months",
    "month": "Months",
}
_SHORTEST = timedelta(hours=1)


def category_of(charge: Charge) -> Category:
    """Return the category of a charge."""
    if charge.service == "Tax":
        return "Tax"
    if charge.service == "Credits and Discounts" or charge.total < 0:
        return "Credit"
    if charge.unit_type.strip().casefold() not in _FLAT:
        return "Usage"
    return "Adjustment" if charge.service == "Other" else "Purchase"


def frequency_of(charge: Charge, category: Category) -> Frequency:
    """Return how often a charge comes; a monthly purchase recurs."""
    if category == "Usage":
        return "Usage-Based"
    if category == "Purchase" and charge.service == "Support and Subscriptions":
        return "Recurring"
    return "One-Time"


def unit_of(unit_type: str) -> str:
    """Return a unit as the format writes it; an unknown one keeps its name, capitalized."""
    known = unit_type.strip().casefold()
    if is_hourly(unit_type):
        return "Hours"
    return _UNITS.get(known) or known.capitalize() or "Units"


def is_correction(line: ChargeLine, sheet: CostExport) -> bool:
    """Return whether an invoiced line is for a time before its billing period."""
    end = line.end or line.start
    return sheet.source == "invoices" and end is not None and end <= sheet.month.start


def charge_period(line: ChargeLine, month: Month) -> tuple[datetime, datetime, bool]:
    """Return start and open end in whole seconds, start first, and whether one was assumed.

    A missing time is the month's; a charge without length covers its hour.
    """
    start = _whole(line.start or min(month.start, line.end or month.start))
    end = _whole(line.end or max(month.end, start + _SHORTEST))
    assumed = line.start is None or line.end is None
    if start < end:
        return start, end, assumed
    return start, start + _SHORTEST, True


def _whole(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)

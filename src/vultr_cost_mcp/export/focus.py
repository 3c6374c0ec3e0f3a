"""The lines of a bill as FOCUS 1.3, the FinOps Foundation's format for cost and usage.

Column names and values are those of the specification (focus.finops.org). All columns of version
1.2 are included, with ``ProviderName`` and ``PublisherName``, which 1.3 deprecates, so that readers
of either version find theirs. Of the columns new in 1.3, the two that apply to Vultr are included.
Data missing from Vultr is null. Data without a column in the format is in columns that start with
``x_``.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.hours import cap_hours_of
from vultr_cost_mcp.domain.customer import UNNAMED
from vultr_cost_mcp.domain.exporting import CURRENCY
from vultr_cost_mcp.domain.resource import PLANNED_KINDS
from vultr_cost_mcp.export.cells import table_bytes, written_decimal, written_text, written_time
from vultr_cost_mcp.export.focus_columns import COLUMNS, NUMBERS
from vultr_cost_mcp.export.focus_terms import (
    SERVICE_CATEGORIES,
    SERVICE_SUBCATEGORIES,
    category_of,
    charge_period,
    frequency_of,
    is_correction,
    unit_of,
)
from vultr_cost_mcp.money import to_cents

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.exporting import CostExport, CostExportLine
    from vultr_cost_mcp.domain.resource import Resource

_VULTR = "Vultr"
# Purchases have a quantity and a unit price; credits and taxes have neither.
_PRICED = frozenset({"Usage", "Purchase"})
_RESIDUAL = Decimal("0.000001")
_PART_OF_AN_HOUR = Decimal("1e-12")
_MIB_IN_GIB = 1024


def focus_bytes(sheet: CostExport) -> bytes:
    """Return the lines as a FOCUS file."""
    rows = (focus_row(sheet, line) for line in sheet.lines)
    cells = ([row.get(column) for column in COLUMNS] for row in rows)
    return table_bytes(COLUMNS, cells, NUMBERS, mark=False)


def focus_row(sheet: CostExport, line: CostExportLine) -> dict[str, str | None]:
    """Return the values of a line by column; a column without a value may be absent."""
    return {
        **_account(sheet),
        **_cost(line.charge),
        **_time(sheet, line.charge),
        **_thing(sheet, line),
        **_sku(sheet, line),
        **_custom(sheet, line),
    }


def _account(sheet: CostExport) -> dict[str, str | None]:
    return {
        "BillingAccountId": written_text(sheet.account_id),
        "BillingAccountName": None if sheet.account == UNNAMED else written_text(sheet.account),
        "BillingAccountType": "Account",
        "BillingCurrency": CURRENCY,
        "PricingCurrency": CURRENCY,
        "BillingPeriodStart": written_time(sheet.month.start),
        "BillingPeriodEnd": written_time(sheet.month.end),
        "InvoiceIssuerName": _VULTR,
        "ServiceProviderName": _VULTR,
        "HostProviderName": _VULTR,
        "ProviderName": _VULTR,
        "PublisherName": _VULTR,
    }


def _cost(charge: Charge) -> dict[str, str | None]:
    """Return the cost columns: each is the line's total, since no list price explains it."""
    line = charge
    category = category_of(charge)
    priced = category in _PRICED
    units = written_decimal(line.units)
    # A unit belongs to a quantity; without one it is null.
    unit = None if units is None else unit_of(line.unit_type)
    # A negative unit price belongs to a credit and is no price.
    known = priced and line.unit_price is not None and line.unit_price >= 0
    price = written_decimal(line.unit_price) if known else None
    total = written_decimal(line.total)
    used = category == "Usage"
    return {
        "BilledCost": total,
        "ContractedCost": total,
        "EffectiveCost": total,
        "ListCost": total,
        "ContractedUnitPrice": price,
        "ListUnitPrice": price,
        # Prices are in the currency of the bill.
        "PricingCurrencyContractedUnitPrice": price,
        "PricingCurrencyEffectiveCost": total,
        "PricingCurrencyListUnitPrice": price,
        "ChargeCategory": category,
        "ChargeFrequency": frequency_of(charge, category),
        "ConsumedQuantity": units if used else None,
        "ConsumedUnit": unit if used else None,
        "PricingCategory": "Standard" if priced else None,
        "PricingQuantity": written_decimal(_priced_units(line)) if priced else None,
        "PricingUnit": unit if priced else None,
    }


def _is_capped(charge: Charge) -> bool:
    hours = charge.cap_hours
    return hours is not None and charge.units is not None and charge.units > hours


def _priced_units(charge: Charge) -> Decimal | None:
    """Return the quantity that the cost pays for: of a capped line no more than the cap (D7).

    Those are the hours of the cap; where the price was printed with few digits, the cost over it.
    """
    hours, price, units = charge.cap_hours, charge.unit_price, charge.units
    if hours is None or not price or units is None or not _is_capped(charge):
        return units
    if to_cents(hours * price) == to_cents(charge.total):
        return Decimal(hours)
    return min(units, (charge.total / price).quantize(_PART_OF_AN_HOUR).normalize())


def _time(sheet: CostExport, charge: Charge) -> dict[str, str | None]:
    start, end, assumed = charge_period(charge, sheet.month)
    return {
        "ChargePeriodStart": written_time(start),
        "ChargePeriodEnd": written_time(end),
        "ChargeClass": "Correction" if is_correction(charge, sheet) else None,
        "x_ChargePeriodAssumed": _flag(assumed),
    }


def _thing(sheet: CostExport, line: CostExportLine) -> dict[str, str | None]:
    charge, resource = line.charge, line.resource
    known: dict[str, str | None] = {
        # A line without a description gets its product's name.
        "ChargeDescription": written_text(charge.description)
        or written_text(charge.product)
        or charge.service,
        "InvoiceId": written_text(line.invoice_id),
        "ServiceCategory": SERVICE_CATEGORIES[charge.service],
        "ServiceName": charge.service,
        "ServiceSubcategory": SERVICE_SUBCATEGORIES[charge.service],
    }
    if resource is None:
        return known
    region = written_text(resource.region)
    tags = dict.fromkeys(tag for tag in map(written_text, resource.tags) if tag)
    return {
        **known,
        "RegionId": region,
        "RegionName": written_text(sheet.regions.get(resource.region)) or region,
        "ResourceId": written_text(resource.id),
        "ResourceName": written_text(resource.name),
        "ResourceType": resource.kind.replace("_", " ").title(),
        "Tags": json.dumps(dict.fromkeys(tags, True), ensure_ascii=False),
    }


def _sku(sheet: CostExport, line: CostExportLine) -> dict[str, str | None]:
    """Return the SKU columns: the plan in its region, else the product at its unit price.

    Vultr publishes ids of plans alone; ``x_SkuBasis`` tells the two apart.
    """
    charge = line.charge
    if category_of(charge) not in _PRICED:
        return {}
    meter = f"{charge.service} {unit_of(charge.unit_type)}"
    plan = _plan_of(charge, line.resource) if line.resource else None
    if plan is not None and line.resource is not None:
        region = written_text(line.resource.region) or "all"
        return {
            "SkuId": plan,
            "SkuMeter": meter,
            "SkuPriceDetails": _shape(sheet, line.resource),
            "SkuPriceId": f"{plan}:{region}",
            "x_SkuBasis": "plan",
        }
    product = written_text(charge.product) or charge.service
    price = written_decimal(charge.unit_price)
    return {
        "SkuId": product,
        "SkuMeter": meter,
        "SkuPriceId": f"{product}:{price or 'unpriced'}",
        "x_SkuBasis": "product",
    }


def _plan_of(charge: Charge, resource: Resource) -> str | None:
    """Return the plan if the line is charged at its price: not an add-on, nor before a resize."""
    price = charge.unit_price
    if resource.kind not in PLANNED_KINDS or not resource.plan or not price:
        return None
    if not charge.hourly:
        # A gigabyte of overage may cost as much as an hour.
        return None
    prices = {resource.price, resource.list_price} - {None}
    hours = resource.usual_hours
    is_of_plan = any(month and cap_hours_of(price, month, hours) for month in prices)
    return written_text(resource.plan) if is_of_plan else None


def _shape(sheet: CostExport, resource: Resource) -> str | None:
    """Return one hour of the plan by the format's names; None if the plan is not listed.

    Memory and disk are in GiB; Vultr's own unit of a disk is called GB.
    """
    plan = sheet.plans.get(resource.plan or "")
    if plan is None:
        return None
    memory = None if plan.memory_mb is None else plan.memory_mb / _MIB_IN_GIB
    sizes = {"CoreCount": plan.vcpus, "MemorySize": memory, "DiskSpace": plan.disk_gb}
    known = {
        name: int(size) if size % 1 == 0 else float(size) for name, size in sizes.items() if size
    }
    return json.dumps({"InstanceType": written_text(plan.id), **known}, ensure_ascii=False)


def _custom(sheet: CostExport, line: CostExportLine) -> dict[str, str | None]:
    bill = line.charge
    invoiced = line.invoice_id is not None
    units, residual = _priced_units(bill), None
    if units is not None and bill.unit_price is not None:
        residual = (bill.total - units * bill.unit_price).quantize(_RESIDUAL)
    return {
        "x_CapApplied": _flag(_is_capped(bill)),
        "x_Estimated": _flag(not invoiced),
        "x_FetchedAt": written_time(sheet.as_of),
        "x_ListCostBasis": "billed",
        "x_MatchConfidence": line.charge.match,
        "x_RoundingResidual": written_decimal(residual),
        "x_SourceEndpoint": f"/billing/invoices/{written_text(line.invoice_id)}/items"
        if invoiced
        else "/billing/pending-charges",
        "x_VultrProduct": written_text(bill.product),
        "x_VultrUnitType": written_text(bill.unit_type),
    }


def _flag(value: bool) -> str:  # noqa: FBT001  (the one thing that it writes)
    return "true" if value else "false"

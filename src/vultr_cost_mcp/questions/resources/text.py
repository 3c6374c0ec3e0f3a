"""Render the answer of ``list_resource_costs``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.dates import day_name
from vultr_cost_mcp.markdown import UNKNOWN, at_least, code, count, distinct, more, usd
from vultr_cost_mcp.questions.nothing_matched import named as filters_named
from vultr_cost_mcp.questions.nothing_matched import nothing_matched

if TYPE_CHECKING:
    from vultr_cost_mcp.questions.resources.attached import Attached
    from vultr_cost_mcp.questions.resources.named import OmittedResources
    from vultr_cost_mcp.questions.resources.reconciliation import Reconciliation
    from vultr_cost_mcp.questions.resources.report import (
        ResourceRow,
        ResourcesReport,
    )


def headline_resources(report: ResourcesReport) -> str:
    """Return a sentence on the number of resources and their monthly cost."""
    where = f" with {filters_named(report.filters)}" if report.filters else ""
    if report.filters and not report.count:
        return nothing_matched(
            report.filters,
            report.nearest,
            report.matched_alone,
            "among what exists",
            unknown=report.count is None,
        )
    if report.count is None:
        return "What exists and what it costs is unknown: it could not be read."
    beside = _beside(report.attached)
    if report.total_monthly_cost is None:
        return f"{count(report.count, 'resource')}{where} of unknown cost a month{beside}."
    resources = count(report.count, "resource")
    return f"{usd(report.total_monthly_cost)} a month for {resources}{where}{beside}."


def _beside(found: Attached | None) -> str:
    """Return the number and cost of what is attached, as the end of a sentence."""
    if found is None:
        return ""
    are = "is" if found.count == 1 else "are"
    if found.monthly_cost is None:
        return f", and {found.count:,} more of unknown cost that {are} attached"
    cost = at_least(found.monthly_cost, hedged=found.unpriced > 0)
    unknown = f", {found.unpriced:,} of them of unknown price" if found.unpriced else ""
    return f", and {cost} for {found.count:,} more that {are} attached{unknown}"


def render_resources(report: ResourcesReport) -> list[str]:
    """Return the resources, and how they relate to the bill."""
    spent = f"This month to date: {usd(report.total_month_to_date)}."
    matched = report.count or not report.filters
    body = [*([spent] if matched else []), *_kinds(report), ""]
    for name, row in zip(_names(report), report.resources, strict=True):
        body += _resource(name, row)
    body.append("")
    body += _next(report.omitted)
    body += _cut(report.omitted)
    body += _attached_rows(report.attached)
    if report.unpriced:
        body.append(f"{count(report.unpriced, 'resource')} of {UNKNOWN} price: not in the total.")
    if report.reconciliation is not None:
        body.append(_reconciled(report.reconciliation))
    if report.available:
        body.append("Available: " + ", ".join(map(code, report.available)) + ".")
    return body


def _names(report: ResourcesReport) -> list[str]:
    return distinct([(row.label, row.id) for row in report.resources])


def _resource(name: str, row: ResourceRow) -> list[str]:
    """Return two lines on a resource: its cost, and its kind and place."""
    place = f" in {code(row.region)}" if row.region else ""
    parts = [
        f"{row.kind}{f' {code(row.plan)}' if row.plan else ''}{place}",
        row.state,
        f"since {day_name(row.created)}" if row.created else "",
        f"cluster {code(row.cluster)}" if row.cluster else "",
        *(f"{addon.name} {usd(addon.monthly_cost)}" for addon in row.addons),
        _attached(row),
        f"{row.used_gb} of {row.size_gb} GB used" if row.used_gb is not None else "",
        " ".join(map(code, row.tags)),
    ]
    above = ", ".join(f"{code(part.product)} {usd(part.total)}" for part in row.products)
    return [
        (f"- {name}: {usd(row.monthly_cost)} a month, {usd(row.month_to_date)} to date"),
        f"  {', '.join(part for part in parts if part)}",
        *([f"  More than its price: {above}"] if above else []),
    ]


def _next(omitted: OmittedResources) -> list[str]:
    """Return a line on the resources that follow, by name and dollars a month."""
    parts = [
        f"{code(row.label)}{f' {code(row.id)}' if row.id else ''} {usd(row.monthly_cost)}"
        for row in omitted.next
    ]
    return [f"Next, by name alone: {', '.join(parts)} a month."] if parts else []


def _cut(omitted: OmittedResources) -> list[str]:
    """Return a line on the resources without lines of their own; some may be named before it."""
    if not omitted.next or omitted.shown_total is None:
        return more(omitted, "resource", per=" a month")
    return [
        (
            f"{omitted.shown:,} of {omitted.of:,} resources in full, {usd(omitted.shown_total)} a "
            f"month; the other {omitted.count:,}, with those, {usd(omitted.total)}."
        )
    ]


def _attached_rows(found: Attached | None) -> list[str]:
    """Return a line on what is attached to the listed resources and not listed itself."""
    if found is None or not found.rows:
        return []
    parts = [
        f"{code(row.label)} {row.kind} {usd(row.monthly_cost)} a month on "
        f"{', '.join(map(code, row.attached_to))}"
        for row in found.rows
    ]
    others = " and others" if found.count > len(found.rows) else ""
    return [f"Attached, not in the total: {', '.join(parts)}{others}."]


def _attached(row: ResourceRow) -> str:
    if row.attached_to is None:
        return ""
    return f"attached to {', '.join(map(code, row.attached_to)) or 'nothing'}"


def _kinds(report: ResourcesReport) -> list[str]:
    """Return a line on the number and cost of each kind."""
    parts = [f"{row.count:,} {code(row.kind)} {usd(row.total)}" for row in report.by_kind]
    said = [f"A month, by kind: {', '.join(parts)}."] if parts else []
    return [*said, *more(report.kinds_omitted, "kind", per=" a month")]


def _reconciled(bill: Reconciliation) -> str:
    return (
        f"The bill's {usd(bill.bill_month_to_date)}: existing resources "
        f"{usd(bill.shown_month_to_date)}, deleted ones {usd(bill.destroyed_this_month)}, "
        f"no resource {usd(bill.not_resources)}, unattributed {usd(bill.unattributed)}."
    )

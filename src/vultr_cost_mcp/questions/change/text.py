"""Render the answer of ``explain_cost_change``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.dates import month_name
from vultr_cost_mcp.markdown import code, count, more, table, usd
from vultr_cost_mcp.questions.nothing_matched import named, no_charges, nothing_matched

if TYPE_CHECKING:
    from decimal import Decimal

    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.questions.change.report import ChangeReport
    from vultr_cost_mcp.questions.change.rows import Driver

_VERBS = {"new": "is new", "gone": "is gone", "resized": "was resized"}
_MORE = {"hours": "ran more hours", "usage": "was used more", "price": "got more expensive"}
_LESS = {"hours": "ran fewer hours", "usage": "was used less", "price": "got cheaper"}


def headline_change(
    report: ChangeReport, before: Month, after: Month, *, unread: bool = False, least: bool = True
) -> str:
    """Return a sentence on the difference and its main driver.

    ``unread`` is whether lines, or what the filters need, were not read, and ``least`` whether
    that could only make the difference larger.
    """
    this, that = month_name(after.start), month_name(before.start)
    if report.filters and not report.matched:
        where = f"in {this} or {that}"
        if not unread and not report.nearest and [*report.filters] == ["service"]:
            return no_charges(report.filters["service"], where, invoiced=True)
        return nothing_matched(report.filters, report.nearest, (), where, unknown=unread)
    if report.filters:
        this = f"{this}, {named(report.filters)},"
    if unread and not least:
        this = f"At least one part was not read; by the rest, {this}"
    amounts = f"({usd(report.to.total)} against {usd(report.from_.total)})"
    so_far = ""
    if report.elapsed_hours is not None:
        this = f"{this} so far"
        so_far = f" at the same point, {count(report.elapsed_hours, 'hour')} in"
    cost = "came to" if min(report.to.total, report.from_.total) < 0 else "cost"
    if not report.delta:
        return f"{this} {cost} as much as {that}{so_far} {amounts}."
    side = "more" if report.delta > 0 else "less"
    sentence = f"{this} {cost} {usd(abs(report.delta))} {side} than {that}{so_far} {amounts}"
    driver = _main_driver(report)
    return f"{sentence}: {driver}." if driver else f"{sentence}."


def _main_driver(report: ChangeReport) -> str:
    """Return the largest driver in the direction of the total; "mainly" if at least half."""
    same_way = [row for row in report.drivers if (row.delta > 0) == (report.delta > 0)]
    if not same_way:
        return ""
    largest = same_way[0]
    mainly = "mainly" if abs(largest.delta) * 2 >= abs(report.delta) else "most of all"
    return f"{mainly} {_happened(largest)} ({_signed(largest)})"


def _happened(row: Driver) -> str:
    """Return the reason, or the name alone for kinds without a verb."""
    if row.kind == "calendar":
        return f"because the month is {'longer' if row.delta > 0 else 'shorter'}"
    by_sign = _MORE if row.delta > 0 else _LESS
    verb = _VERBS.get(row.kind) or by_sign.get(row.kind)
    return f"because {code(row.name)} {verb}" if verb else code(row.name)


def _signed(row: Driver) -> str:
    return _plus(row.delta)


def _plus(delta: Decimal) -> str:
    return f"+{usd(delta)}" if delta > 0 else usd(delta)


def _driver(row: Driver) -> list[str]:
    """Return two lines on a driver: its change and its totals."""
    note = f"; {row.note}" if row.note else ""
    return [
        f"- {_signed(row)}: {code(row.name)}, {row.kind}, {row.service}",
        f"  from {usd(row.from_total)} to {usd(row.to_total)}{note}",
    ]


def render_change(report: ChangeReport, before: Month, after: Month) -> list[str]:
    """Return the increases and decreases, the drivers, and whole months if one is current."""
    moved = f"Increases {usd(report.increases)}, decreases {usd(report.decreases)}."
    body = [
        *([moved] if report.matched or not report.filters else []),
        "",
        *(line for row in report.drivers for line in _driver(row)),
        "",
        *more(report.omitted, "change"),
        *table(
            ("Service", "Before $", "After $", "Change $"),
            (
                (row.service, usd(row.from_total), usd(row.to_total), _plus(row.delta))
                for row in report.by_service
            ),
        ),
        *more(report.services_omitted, "service"),
    ]
    if report.period_delta is not None:
        body.append(f"All lines of both months: {_plus(report.period_delta)}.")
    if report.available:
        body.append("Available: " + ", ".join(map(code, report.available)) + ".")
    if report.unchanged:
        body.append(f"{count(report.unchanged, 'other')} unchanged.")
    whole = report.full_month
    if whole is not None:
        body.append(
            f"Whole months before tax: {month_name(after.start)} is projected at "
            f"{usd(whole.projected_total)}, {month_name(before.start)} was "
            f"{usd(whole.from_total)}; difference {usd(whole.delta)}."
        )
    return body

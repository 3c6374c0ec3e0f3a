"""Combine the answers of several accounts: a row for each, and totals."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mcp.types import CallToolResult, ResourceLink

from vultr_cost_mcp.domain.customer import ALL
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.report_fields import top
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot
from vultr_cost_mcp.mcp_tools.accounts_report import AccountRow, AccountsReport
from vultr_cost_mcp.mcp_tools.accounts_text import headline_accounts, render_accounts
from vultr_cost_mcp.mcp_tools.cost_tool import REFUSED
from vultr_cost_mcp.mcp_tools.coverage import of_accounts
from vultr_cost_mcp.mcp_tools.envelope import (
    DEFAULT_LIMIT,
    Draft,
    NextStep,
    Period,
    answer,
)
from vultr_cost_mcp.mcp_tools.failed import failed
from vultr_cost_mcp.money import ZERO, total_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


# Figures that are summed over accounts. Budgets, credit and debts are never netted, so they are
# absent.
SUMMED: Mapping[str, tuple[str, ...]] = {
    "get_cost_overview": (
        "month_to_date",
        "projected_month_end",
        "idle_monthly_cost",
        "savings_monthly",
    ),
    "get_pending_charges": ("total", "charges", "credits_and_discounts", "tax"),
    "breakdown_by_service": ("total", "charges", "credits_and_discounts", "tax"),
    "list_resource_costs": ("total_monthly_cost", "total_month_to_date"),
    "list_idle_instances": ("stopped_monthly_cost", "quiet_monthly_cost"),
    "estimate_savings": ("total_monthly_savings", "total_annual_savings", "investigate_monthly"),
    "forecast_month_end": ("projected_total", "month_to_date", "straight_line_total"),
    "get_bandwidth_usage": ("projected_overage_cost",),
    "explain_cost_change": ("delta", "increases", "decreases"),
    "list_invoices": ("total",),
    "get_cost_history": ("average_monthly",),
    "collect_metrics": ("pending_charges", "monthly_spend"),
    "export_costs": ("total",),
}
_DIFFERENT_MONTHS = (
    "The accounts answer for different months: what they come to together is no sum."
)


async def together(
    tool: str,
    results: Mapping[str, CallToolResult],
    arguments: Mapping[str, Any],
    groups: Iterable[Sequence[str]],
) -> CallToolResult:
    """Combine the answers of several accounts into one.

    ``tool`` is the tool's name, ``results`` are its results by account, ``arguments`` those of the
    call, and ``groups`` the names that share one account. A failed account hides no other, and an
    account with two names is counted once.
    """
    given_answers = {
        name: result.structured_content
        for name, result in results.items()
        if not result.is_error and result.structured_content is not None
    }
    summed = SUMMED.get(tool, ())
    same_as = _same_as(groups, given_answers)
    answers = {name: content for name, content in given_answers.items() if name not in same_as}
    unanswered = [name for name in results if name not in answers and name not in same_as]
    said = {name: _text(results[name]) for name in unanswered}
    if not answers:
        texts = set(said.values())
        if len(texts) == 1 and (text := texts.pop()).startswith(REFUSED):
            # Invalid arguments give the same error for every account: show it once.
            return failed(text)
        return failed(" ".join(f"{name}: {text}" for name, text in said.items()))
    rows = [
        *(_row(name, content, summed) for name, content in answers.items()),
        *(AccountRow(name, "", complete=False, figures={}, note=said[name]) for name in said),
        *(_second_name(name, other, given_answers) for name, other in same_as.items()),
    ]
    same_months = len({_span(content) for content in answers.values()}) == 1
    totals = _totals(rows, summed, answers) if same_months else dict.fromkeys(summed)
    given = arguments.get("limit")
    limit = int(given) if given and str(given).isdecimal() else DEFAULT_LIMIT

    rests_on = of_accounts(answers, said, summed)
    parts = [part for result in results.values() for part in result.content]
    links = [part for part in parts if isinstance(part, ResourceLink)]

    apart = [] if same_months or not summed else [_DIFFERENT_MONTHS]
    caveats = dict.fromkeys([*apart, *_caveats(answers)])

    def draft(most: int) -> Draft[AccountsReport]:
        shown, omitted = top(rows, most, _first)
        report = AccountsReport(shown, omitted, totals, tuple(caveats))
        return Draft(
            report,
            rests_on,
            headline_accounts(report, len(rows) - len(same_as)),
            render_accounts(report),
            next_steps=[NextStep(tool, {"account": shown[0].account}, "the dearest account alone")]
            if shown
            else [],
            period=_period(answers),
            known=next(iter(totals.values()), None) is not None,
            links=links,
        )

    return await answer(_envelope(answers, said), draft, limit)


def _row(name: str, content: dict[str, Any], summed: Sequence[str]) -> AccountRow:
    figures = {**content, **content.get("metrics", {})}
    return AccountRow(
        account=name,
        headline=content["headline"],
        complete=content["coverage"]["complete"],
        figures={figure: _amount(figures.get(figure)) for figure in summed},
        status=content.get("status"),
        note=content.get("store_error") or content.get("uri"),
    )


def _same_as(
    groups: Iterable[Sequence[str]], answers: Mapping[str, dict[str, Any]]
) -> dict[str, str]:
    """Return the name under which an account is counted, by each of its other names."""
    found: dict[str, str] = {}
    for group in groups:
        answered = [name for name in group if name in answers]
        whole = [name for name in answered if answers[name]["coverage"]["complete"]]
        for counted in (whole or answered)[:1]:
            found |= {name: counted for name in group if name != counted}
    return found


def _second_name(name: str, other: str, answers: Mapping[str, dict[str, Any]]) -> AccountRow:
    """Return the row of an account's second name, which counts in no total."""
    status = answers[name].get("status") if name in answers else None
    note = f"same account as {other}"
    return AccountRow(name, "", complete=True, figures={}, status=status, note=note, same_as=other)


def _amount(text: Any) -> Decimal | None:
    return Decimal(text) if isinstance(text, str) else None


def _first(row: AccountRow) -> Decimal | None:
    return next(iter(row.figures.values()), None)


def _totals(
    rows: Sequence[AccountRow], summed: Sequence[str], answers: Mapping[str, Any]
) -> dict[str, Decimal | None]:
    totals: dict[str, Decimal | None] = {}
    for figure in summed:
        amounts = [row.figures[figure] for row in rows if row.account in answers]
        known = None not in amounts
        totals[figure] = total_of(amount or ZERO for amount in amounts) if known else None
    return totals


def _span(content: dict[str, Any]) -> tuple[str, str, str | None]:
    """Return the months of an answer: amounts of different months are not added up."""
    period, before = content["period"], content.get("from")
    return period["start"], period["end"], before["period"] if before else None


def _caveats(answers: Mapping[str, dict[str, Any]]) -> list[str]:
    return [f"{name}: {text}" for name, content in answers.items() for text in content["caveats"]]


def _period(answers: Mapping[str, dict[str, Any]]) -> Period:
    periods = [content["period"] for content in answers.values()]
    first = periods[0]
    return Period(
        first["name"],
        datetime.fromisoformat(first["start"]),
        datetime.fromisoformat(first["end"]),
        complete=all(period["complete"] for period in periods),
    )


def _envelope(answers: Mapping[str, dict[str, Any]], said: Mapping[str, str]) -> Snapshot:
    """Return the coverage of all accounts as one snapshot."""
    oldest = min(datetime.fromisoformat(content["as_of"]) for content in answers.values())
    gaps = [
        Gap(f"{name} {gap['part']}", gap["reason"])
        for name, content in answers.items()
        for gap in content["coverage"]["gaps"]
    ]
    sources = {source for content in answers.values() for source in content["coverage"]["sources"]}
    return Snapshot(
        account=ALL,
        now=oldest,
        as_of=oldest,
        month=Month.of(oldest),
        gaps=(*(Gap(name, f"could not be read: {text}") for name, text in said.items()), *gaps),
        sources=tuple(sorted(sources)),
    )


def _text(result: CallToolResult) -> str:
    return " ".join(str(getattr(part, "text", "")) for part in result.content)

"""Make the sheets of a month from the answers of the tools, one for each question; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from vultr_cost_mcp.domain.exporting import Worksheet
from vultr_cost_mcp.page.answers import amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from vultr_cost_mcp.domain.exporting import Cell
    from vultr_cost_mcp.page.answers import ToolAnswer

# The questions of the workbook, by name, each with its tool and arguments.
IN_SHEETS: dict[str, tuple[str, dict[str, Any]]] = {
    "overview": ("get_cost_overview", {}),
    "services": ("breakdown_by_service", {"limit": 40}),
    "regions": ("breakdown_by_service", {"group_by": "region", "limit": 40}),
    "forecast": ("forecast_month_end", {"limit": 40}),
    "change": ("explain_cost_change", {"to_period": "current_month", "limit": 40}),
    "months": ("get_cost_history", {}),
    "days": ("get_cost_history", {"granularity": "day"}),
    "budget": ("check_budget", {}),
    "savings": ("estimate_savings", {"limit": 100}),
    "anomalies": ("detect_anomalies", {}),
    "resources": ("list_resource_costs", {"limit": 200}),
}
Kind = Literal["usd", "number", "text"]


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    field: str
    kind: Kind = "usd"


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet of one list of an answer.

    ``rest`` is the group that counts the rows left out, ``main`` the column of their sum.
    """

    name: str
    question: str
    rows: str
    columns: tuple[_Column, ...]
    rest: str = "omitted"
    main: str = "total"


def _text(title: str, field: str) -> _Column:
    return _Column(title, field, "text")


_SAVINGS = (
    _text("Action", "action"),
    _text("Resource", "label"),
    _Column("Saves a month (USD)", "monthly_savings"),
    _Column("Saves this month (USD)", "saves_this_month"),
    _text("Evidence", "evidence"),
    _text("Lost", "lost"),
    _text("Undo", "undo"),
    _text("Command", "how_to"),
)
_GROUPS = (
    _Column("So far (USD)", "total"),
    _Column("Share (%)", "share_percent", "number"),
    _Column("Lines", "line_count", "number"),
)
_SPAN = (_text("Period", "period"), _Column("Total (USD)", "total"), _text("Partial", "partial"))
_SHEETS = (
    _Sheet("Services", "services", "groups", (_text("Service", "name"), *_GROUPS)),
    _Sheet("Regions", "regions", "groups", (_text("Region", "name"), *_GROUPS)),
    _Sheet(
        "Forecast",
        "forecast",
        "by_service",
        (
            _text("Service", "service"),
            _Column("So far (USD)", "month_to_date"),
            _Column("Month end (USD)", "projected"),
            _text("Metered", "metered"),
        ),
        main="projected",
    ),
    _Sheet(
        "Change",
        "change",
        "drivers",
        (
            _text("Driver", "name"),
            _text("Service", "service"),
            _text("Kind", "kind"),
            _Column("Before (USD)", "from_total"),
            _Column("Now (USD)", "to_total"),
            _Column("Change (USD)", "delta"),
            _text("Why", "note"),
        ),
        main="delta",
    ),
    _Sheet("Months", "months", "rows", _SPAN),
    _Sheet("Days", "days", "rows", _SPAN),
    _Sheet(
        "Budgets",
        "budget",
        "budgets",
        (
            _text("Budget", "name"),
            _text("Status", "status"),
            _Column("Spent (USD)", "spent"),
            _Column("Projected (USD)", "projected"),
            _Column("Budget (USD)", "budget"),
            _text("Reached on", "breach_on"),
        ),
    ),
    _Sheet("Savings", "savings", "recommendations", _SAVINGS, main="monthly_savings"),
    _Sheet(
        "Worth a look",
        "savings",
        "investigations",
        _SAVINGS,
        rest="investigations_omitted",
        main="monthly_savings",
    ),
    _Sheet(
        "Anomalies",
        "anomalies",
        "anomalies",
        (
            _text("From", "date"),
            _text("Until", "until"),
            _text("Service", "service"),
            _text("Region", "region"),
            _text("Reason", "reason"),
            _Column("Expected (USD)", "expected"),
            _Column("Actual (USD)", "actual"),
            _Column("A month at that rate (USD)", "monthly_at_that_rate"),
            _text("Resources", "resources"),
        ),
        main="monthly_at_that_rate",
    ),
    _Sheet(
        "Resources",
        "resources",
        "resources",
        (
            _text("Resource", "label"),
            _text("Kind", "kind"),
            _text("Region", "region"),
            _text("State", "state"),
            _text("Plan", "plan"),
            _text("Tags", "tags"),
            _Column("A month (USD)", "monthly_cost"),
            _Column("So far (USD)", "month_to_date"),
        ),
        main="monthly_cost",
    ),
)
_FIGURES = (
    ("Spent so far", "month_to_date"),
    ("Projected month end, before tax", "projected_month_end"),
    ("Confirmed waste a month", "savings_monthly"),
    ("Stopped servers a month", "idle_monthly_cost"),
    ("Credit left", "credit_left"),
    ("Owed", "owed"),
)
_RATES = (
    ("Run rate an hour", "hourly"),
    ("Run rate a day", "daily"),
    ("Run rate a month", "monthly"),
)
_DATED = (
    ("Next invoice, with tax", "next_invoice", "expected"),
    ("Last invoice", "last_invoice", "amount"),
    ("Last payment", "last_payment", "amount"),
)


def month_sheets(accounts: Mapping[str, Mapping[str, ToolAnswer]]) -> list[Worksheet]:
    """Return the sheets of a month: an overview, one for each question, and the notes.

    ``accounts`` are the answers to ``IN_SHEETS`` by account; ``overview`` must not have failed. A
    question that failed has no rows, and its error is among the notes.
    """
    tables = [_table(sheet, accounts) for sheet in _SHEETS]
    return [_overview(accounts), *tables, _notes(accounts)]


def _overview(accounts: Mapping[str, Mapping[str, ToolAnswer]]) -> Worksheet:
    rows = [
        (account, *row)
        for account, asked in accounts.items()
        for row in _figures(asked["overview"])
    ]
    return Worksheet("Overview", ("Account", "Figure", "USD", "Note"), rows)


def _figures(overview: ToolAnswer) -> Iterator[tuple[str, Decimal | None, str | None]]:
    """Yield the figures of an account; a note says "at least" where something was not read."""
    for title, name in _FIGURES:
        value = overview.amount(name)
        is_least = overview.hedged(name, value).startswith("at least")
        yield title, value, "at least" if is_least else None
    for title, name in _RATES:
        yield title, amount(overview.group("run_rate").get(name)), None
    for title, name, field in _DATED:
        group = overview.group(name)
        if group:
            yield (
                title,
                amount(group.get(field)),
                str(group.get("date") or group.get("month") or ""),
            )


def _table(sheet: _Sheet, accounts: Mapping[str, Mapping[str, ToolAnswer]]) -> Worksheet:
    titles = ("Account", *(column.title for column in sheet.columns))
    rows: list[Sequence[Cell]] = []
    for account, asked in accounts.items():
        answer = asked[sheet.question]
        found = [*answer.rows(sheet.rows), *_rest(sheet, answer)]
        rows += [(account, *(_cell(row, column) for column in sheet.columns)) for row in found]
    return Worksheet(sheet.name, titles, rows)


def _rest(sheet: _Sheet, answer: ToolAnswer) -> Iterable[Mapping[str, Any]]:
    """Return rows for omitted amounts, so that the list sums to the answer's total."""
    name, left = sheet.columns[0].field, answer.group(sheet.rest)
    if left.get("count"):
        yield {name: f"({int(left['count']):,} more)", sheet.main: left.get("total")}
    without = answer.group("unattributed")
    if sheet.rows == "groups" and amount(without.get("total")):
        yield {name: "(charges without a resource)", sheet.main: without["total"]}


def _cell(row: Mapping[str, Any], column: _Column) -> Cell:
    value = row.get(column.field)
    if column.kind == "text":
        return _words(value)
    return amount(value)


def _words(value: object) -> str | None:
    if isinstance(value, list):
        return ", ".join(str(part) for part in cast("list[object]", value)) or None
    if isinstance(value, bool):
        return "yes" if value else None
    return None if value is None else str(value)


def _notes(accounts: Mapping[str, Mapping[str, ToolAnswer]]) -> Worksheet:
    """Return each answer in a sentence, the gaps, and the limits of the figures."""
    rows: list[Sequence[Cell]] = []
    for account, asked in accounts.items():
        rows.append((account, "all", "as of", asked["overview"].as_of))
        for question, answer in asked.items():
            tool = IN_SHEETS[question][0]
            rows += [(account, tool, kind, text) for kind, text in _said(answer)]
    columns = ("Account", "Tool", "Kind", "Text")
    return Worksheet("Notes", columns, [*dict.fromkeys(map(tuple, rows))])


def _said(answer: ToolAnswer) -> Iterator[tuple[str, str]]:
    yield ("failed" if answer.error else "answer"), answer.headline
    if answer.error:
        return
    partial = answer.content.get("partial") or ()
    if partial:
        yield "at least", f"These rest on something unread: {', '.join(map(str, partial))}."
    for part, reason in answer.unread:
        yield "not read", f"{part}: {reason}"
    for caveat in answer.caveats:
        yield "note", caveat

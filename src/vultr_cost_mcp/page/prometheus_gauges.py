"""Turn answers into the gauges that a monitoring system scrapes; pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.money import ZERO
from vultr_cost_mcp.page.answers import amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from vultr_cost_mcp.page.answers import ToolAnswer

# The questions of a scrape, by name, each with its tool and arguments.
SCRAPED: dict[str, tuple[str, dict[str, Any]]] = {
    "overview": ("get_cost_overview", {}),
    "services": ("breakdown_by_service", {"limit": 40}),
    "budget": ("check_budget", {}),
}


@dataclass(frozen=True, slots=True)
class Gauge:
    """A gauge with its labels, and the values by label values.

    No label holds text that somebody typed into Vultr: services and parts are closed lists,
    accounts and budgets are named in the configuration file.
    """

    name: str
    help: str
    labels: tuple[str, ...]
    values: Sequence[tuple[tuple[str, ...], Decimal]]


_FAMILIES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "vultr_cost_month_to_date_usd",
        "Cost of the running month so far, before tax, in US dollars.",
        ("account", "service"),
    ),
    (
        "vultr_cost_projected_month_usd",
        "Projected cost of the running month, before tax, in US dollars.",
        ("account",),
    ),
    (
        "vultr_cost_run_rate_usd_per_hour",
        "Cost of all running hourly charges, in US dollars an hour.",
        ("account",),
    ),
    (
        "vultr_cost_budget_ratio",
        "Spend of the running month as a share of the budget; 1 is all of it.",
        ("account", "budget"),
    ),
    (
        "vultr_cost_budget_projected_ratio",
        "Projected spend at month end as a share of the budget; 1 is all of it.",
        ("account", "budget"),
    ),
    (
        "vultr_cost_budgets_left_out",
        "Number of budgets without metrics: only the worst have them, at most fifty.",
        ("account",),
    ),
    (
        "vultr_cost_credit_left_usd",
        "Prepaid credit left, in US dollars.",
        ("account",),
    ),
    (
        "vultr_cost_savings_usd_per_month",
        "Confirmed waste, in US dollars a month.",
        ("account",),
    ),
    (
        "vultr_cost_gaps",
        "1 for each part of the account that could not be read.",
        ("account", "part"),
    ),
    (
        "vultr_cost_reading_timestamp_seconds",
        "Unix time of the oldest reading that the other values rest on; 0 before the first one.",
        ("account",),
    ),
)
_READING = "vultr_cost_reading_timestamp_seconds"


def gauges(accounts: Mapping[str, Mapping[str, ToolAnswer] | None]) -> list[Gauge]:
    """Return the gauges of all accounts; a value that is not known is left out.

    ``accounts`` are the answers by account, None before its first reading.
    """
    found: dict[str, list[tuple[tuple[str, ...], Decimal]]] = {}
    for account, answers in accounts.items():
        rows = [(_READING, (), ZERO)] if answers is None else _values(answers)
        for name, labels, value in rows:
            found.setdefault(name, []).append(((account, *labels), value))
    return [
        Gauge(name, text, labels, found[name]) for name, text, labels in _FAMILIES if name in found
    ]


def _values(answers: Mapping[str, ToolAnswer]) -> Iterator[tuple[str, tuple[str, ...], Decimal]]:
    """Return the name, further labels and value of everything known about an account."""
    overview, read = answers["overview"], [a for a in answers.values() if not a.error]
    for service, total in _services(answers["services"]):
        yield "vultr_cost_month_to_date_usd", (service,), total
    single = {
        "vultr_cost_projected_month_usd": overview.amount("projected_month_end"),
        "vultr_cost_run_rate_usd_per_hour": amount(overview.group("run_rate").get("hourly")),
        "vultr_cost_credit_left_usd": overview.amount("credit_left"),
        "vultr_cost_savings_usd_per_month": overview.amount("savings_monthly"),
    }
    for name, value in single.items():
        if value is not None:
            yield name, (), value
    yield from _budgets(answers["budget"])
    for part in sorted({part for answer in read for part, _ in answer.unread}):
        yield "vultr_cost_gaps", (part,), Decimal(1)
    oldest = min((answer.as_of for answer in read), default=None)
    yield _READING, (), ZERO if oldest is None else Decimal(int(oldest.timestamp()))


def _services(services: ToolAnswer) -> Iterable[tuple[str, Decimal]]:
    """Return the month to date by service; the values sum to the month's total."""
    for row in services.rows("groups"):
        yield str(row["name"]), amount(row["total"]) or ZERO
    rest = amount(services.group("omitted").get("total"))
    if rest:
        yield "(others)", rest
    without = amount(services.group("unattributed").get("total"))
    if without:
        # Without the bill's lines only the account's total is known.
        yield "(unknown)", without


def _budgets(budget: ToolAnswer) -> Iterator[tuple[str, tuple[str, ...], Decimal]]:
    for row in budget.rows("budgets"):
        limit, name = amount(row["budget"]), (str(row["name"]),)
        for field, family in (
            ("spent", "vultr_cost_budget_ratio"),
            ("projected", "vultr_cost_budget_projected_ratio"),
        ):
            value = amount(row.get(field))
            if value is not None and limit:
                yield family, name, round(value / limit, 6)
    if budget.rows("budgets"):
        left_out = int(budget.content.get("omitted_budgets") or 0)
        yield "vultr_cost_budgets_left_out", (), Decimal(left_out)

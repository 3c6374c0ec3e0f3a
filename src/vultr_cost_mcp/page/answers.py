"""Read the structured answers of the tools, which the page is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.domain.dates import day_name
from vultr_cost_mcp.markdown import at_least

if TYPE_CHECKING:
    from collections.abc import Mapping

# The questions of the page, by name, each with its tool and arguments.
ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "overview": ("get_cost_overview", {"limit": 20}),
    "forecast": ("forecast_month_end", {"limit": 20}),
    "budget": ("check_budget", {}),
    "change": ("explain_cost_change", {"to_period": "current_month", "limit": 12}),
    "regions": ("breakdown_by_service", {"group_by": "region", "limit": 20}),
    "days": ("get_cost_history", {"granularity": "day"}),
    "anomalies": ("detect_anomalies", {}),
    "savings": ("estimate_savings", {"limit": 8}),
}


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """A tool's structured answer; ``error`` is the sentence in its place."""

    content: Mapping[str, Any]
    error: str = ""

    @property
    def headline(self) -> str:
        """Return the answer in a sentence, or the error."""
        return self.error or str(self.content["headline"])

    @property
    def is_whole(self) -> bool:
        """Return whether the headline's own figure rests on nothing unread."""
        return not self.error and bool(self.content["coverage"]["complete"])

    @property
    def as_of(self) -> datetime:
        """Return the instant of the oldest reading."""
        return datetime.fromisoformat(str(self.content["as_of"]))

    @property
    def month(self) -> date:
        """Return the first day of the period."""
        return day(self.content["period"]["start"])

    @property
    def unread(self) -> list[tuple[str, str]]:
        """Return the parts that could not be read, each with the reason."""
        if self.error:
            return []
        return [(str(row["part"]), str(row["reason"])) for row in self.rows_in("coverage", "gaps")]

    @property
    def caveats(self) -> list[str]:
        """Return the sentences that limit the figures."""
        return [str(text) for text in self.content.get("caveats") or ()]

    def rows(self, name: str) -> list[Mapping[str, Any]]:
        """Return the rows of a list; an absent list is empty.

        A row without its loss and how to undo it has those of its action.
        """
        actions = {row["action"]: row for row in self.content.get("by_action") or ()}
        return [
            {**_mistake(actions.get(row.get("action"))), **row}
            for row in self.content.get(name) or ()
        ]

    def rows_in(self, group: str, name: str) -> list[Mapping[str, Any]]:
        """Return the rows of a list inside a group."""
        return [*(self.group(group).get(name) or ())]

    def group(self, name: str) -> Mapping[str, Any]:
        """Return a group of fields; an absent group is empty."""
        return self.content.get(name) or {}

    def amount(self, name: str) -> Decimal | None:
        """Return an amount; None is unknown."""
        return amount(self.content.get(name))

    def hedged(self, name: str, value: Decimal | None) -> str:
        """Format an amount, after "at least" if it rests on something unread."""
        first = "month_to_date" if "month_to_date" in self.content else "total"
        partial = name in (self.content.get("partial") or ())
        return at_least(value, hedged=partial or (name == first and not self.is_whole))


def _mistake(action: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a mistake with an action loses, and how to undo it."""
    return {name: action[name] for name in ("lost", "undo")} if action else {}


def amount(value: object) -> Decimal | None:
    """Return an amount from its text; None is unknown."""
    return None if value is None else Decimal(str(value))


@dataclass(frozen=True, slots=True)
class CreditEnd:
    """The day on which credit ends, or ended if it is ``over``.

    ``tax`` is "with tax" where that day counts it, "before tax" where its rate is not known, and
    empty where there is none. ``before_tax`` is the day beside a day with tax, None if it lasts.
    """

    on: date
    over: bool
    tax: str
    before_tax: date | None

    @property
    def words(self) -> str:
        """Return that it runs out, or was used up, on the day."""
        verb = "was used up" if self.over else "runs out"
        return f"{verb} on {day_name(self.on)}{f' {self.tax}' if self.tax else ''}"

    @property
    def words_before_tax(self) -> str:
        """Return when it runs out before tax, beside a day with tax."""
        if self.before_tax is None:
            return "lasts"
        same = self.before_tax == self.on
        return f"runs out on {'the same day' if same else f'{day_name(self.before_tax)}'}"


def credit_end(forecast: ToolAnswer) -> CreditEnd | None:
    """Return when the credit of ``forecast_month_end`` ends; None where it does not (D26).

    That is with tax where its rate is known.
    """
    credit = forecast.group("credit")
    taxed, used_up = credit.get("with_tax"), credit.get("state") == "used_up"
    before, ends = credit.get("runs_out_on"), (taxed or credit).get("runs_out_on")
    if not ends:
        return None
    unknown = not used_up and forecast.amount("expected_tax") is None
    tax = "with tax" if taxed else "before tax" if unknown else ""
    over = used_up or day(ends) < forecast.as_of.date()
    return CreditEnd(day(ends), over, tax, day(before) if taxed and before else None)


def day(value: object) -> date:
    """Return the UTC day of a stamp."""
    return date.fromisoformat(str(value)[:10])

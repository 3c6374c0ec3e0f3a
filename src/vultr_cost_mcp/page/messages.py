"""Find what is worth a message in the answers of the tools; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.markdown import code, usd
from vultr_cost_mcp.page.answers import amount, day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vultr_cost_mcp.page.answers import ToolAnswer

# The questions of a notification, by name, each with its tool and arguments.
WATCHED: dict[str, tuple[str, dict[str, Any]]] = {
    "overview": ("get_cost_overview", {}),
    "budget": ("check_budget", {}),
    "forecast": ("forecast_month_end", {}),
    "anomalies": ("detect_anomalies", {}),
}


@dataclass(frozen=True, slots=True)
class Message:
    """One message; ``id`` is that of the crossing, so that it is sent once."""

    id: str
    title: str
    body: str


def messages(answers: Mapping[str, ToolAnswer], credit_days: int) -> list[Message]:
    """Return a message for each budget that breaks, anomaly, first use, and credit that ends.

    ``answers`` are those of ``WATCHED``; one that failed has no message. ``credit_days`` is how
    many days ahead the end of credit is worth one.
    """
    overview = answers["overview"]
    account = str(overview.content["account"])
    stamp = f"As of {overview.as_of:%d %b %Y, %H:%M} UTC, account {code(account)}."
    found = [
        *_budgets(answers["budget"]),
        *_credit(answers["forecast"], overview, credit_days),
        *_anomalies(answers["anomalies"]),
    ]
    return [Message(f"{account}/{key}", title, f"{text}\n\n{stamp}") for key, title, text in found]


def _budgets(budget: ToolAnswer) -> Iterator[tuple[str, str, str]]:
    """Yield a budget that is spent, or whose projection exceeds it; each once a month."""
    for row in budget.rows("budgets"):
        name, limit = str(row["name"]), amount(row["budget"])
        spent, projected = amount(row.get("spent")), amount(row.get("projected"))
        key = f"{budget.month:%Y-%m}/budget/{name}"
        figures = f"{usd(spent)} spent, {usd(projected)} projected, budget {usd(limit)}"
        when = f" on {day(row['breach_on']):%d %b %Y}" if row.get("breach_on") else ""
        if spent is not None and limit is not None and spent >= limit:
            text = f"The budget {code(name)} was reached{when}: {figures}."
            yield f"{key}/over", f"Vultr budget {name} is spent", text
        elif projected is not None and limit is not None and projected >= limit:
            text = f"The budget {code(name)} will be reached{when}: {figures}."
            yield f"{key}/projected", f"Vultr budget {name} will break", text


def _credit(
    forecast: ToolAnswer, overview: ToolAnswer, credit_days: int
) -> Iterator[tuple[str, str, str]]:
    """Yield credit that ends within the days; once until there is another payment."""
    credit = forecast.group("credit")
    if not credit.get("runs_out_on"):
        return
    end = day(credit["runs_out_on"])
    if (end - forecast.as_of.date()).days > credit_days:
        return
    paid = overview.group("last_payment").get("date")
    key = f"credit/{paid or f'{forecast.month:%Y-%m}'}"
    verb = "was used up" if credit.get("state") == "used_up" else "runs out"
    text = f"Credit {verb} on {end:%d %b %Y}: {usd(amount(credit.get('left_now')))} left."
    yield key, "Vultr credit ends", text


def _anomalies(anomalies: ToolAnswer) -> Iterator[tuple[str, str, str]]:
    """Yield each anomaly and first use, by its day, service and region."""
    for row in anomalies.rows("anomalies"):
        service, region = str(row["service"]), str(row.get("region") or "")
        key = f"anomaly/{row['reason']}/{row['date']}/{service}/{region}"
        names = ", ".join(code(str(name)) for name in row.get("resources") or ())
        cause = f" ({names})" if names else ""
        delta = f"{usd(amount(row['actual']))} against {usd(amount(row['expected']))} usually"
        rate = f"{usd(amount(row['monthly_at_that_rate']))}/month at this rate"
        if row["reason"] == "first_use":
            text = f"{service} is used in {code(region)} for the first time{cause}: {rate}."
            yield key, f"Vultr: first use of {service} in {region}", text
        else:
            text = f"{service} on {row['date']}: {delta}{cause}; {rate}."
            yield key, f"Vultr: unusual cost of {service}", text

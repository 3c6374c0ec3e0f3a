"""Find the events in answers of tools that deserve a message; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.domain.dates import day_name, period_name
from vultr_cost_mcp.markdown import code, count, usd
from vultr_cost_mcp.page.answers import amount, credit_end, day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vultr_cost_mcp.page.answers import ToolAnswer

# The questions of a notification, by name, each with its tool and arguments. Anomalies of a week:
# an answer has a limit of rows, and those that are older were told when they were new.
WATCHED: dict[str, tuple[str, dict[str, Any]]] = {
    "overview": ("get_cost_overview", {}),
    "budget": ("check_budget", {}),
    "forecast": ("forecast_month_end", {}),
    "anomalies": ("detect_anomalies", {"days": 7}),
}
_A_DAY = timedelta(days=1)
_DAY_LENGTH = len("2026-11-18")


@dataclass(frozen=True, slots=True)
class Message:
    """One message; ``ids`` are those of its crossing, and each is told once.

    A stretch of unusual days has an id a day, so that it stays one crossing while it grows.
    """

    ids: tuple[str, ...]
    title: str
    body: str


def messages(answers: Mapping[str, ToolAnswer], account_id: str, credit_days: int) -> list[Message]:
    """Return a message for each budget that breaks, anomaly, first use, and credit that ends.

    ``answers`` are those of ``WATCHED``; one that failed has no message. ``account_id`` is the
    account's id in the history. The end of credit is one from ``credit_days``
    before it on.
    """
    overview = answers["overview"]
    stamp = (
        f"As of {day_name(overview.as_of)}, {overview.as_of:%H:%M} UTC, account {code(account_id)}."
    )
    found = [
        *_budgets(answers["budget"]),
        *_credit(answers["forecast"], overview, credit_days),
        *_anomalies(answers["anomalies"]),
    ]
    return [
        Message(tuple(f"{account_id}/{key}" for key in keys), title, f"{text}\n\n{stamp}")
        for keys, title, text in found
    ]


def _budgets(budget: ToolAnswer) -> Iterator[tuple[list[str], str, str]]:
    """Yield a budget that is spent, or whose projection reaches it; each once a month."""
    for row in budget.rows("budgets"):
        name, limit = str(row["name"]), amount(row["budget"])
        spent, projected = amount(row.get("spent")), amount(row.get("projected"))
        # A budget that was raised is crossed again.
        key = f"{budget.month:%Y-%m}/budget/{name}/{limit}"
        figures = (
            f"{budget.hedged('budgets', spent)} spent,"
            f" {budget.hedged('budgets', projected)} projected, budget {usd(limit)}"
        )
        when = f" on {day_name(day(row['breach_on']))}" if row.get("breach_on") else ""
        if spent is not None and limit is not None and spent >= limit:
            text = f"The budget {code(name)} was reached{when}: {figures}."
            yield [f"{key}/over"], f"Vultr budget {name} is spent", text
        elif projected is not None and limit is not None and projected >= limit:
            text = f"The budget {code(name)} will be reached{when}: {figures}."
            yield [f"{key}/projected"], f"Vultr budget {name} will break", text
    yield from _more_budgets(budget)


def _more_budgets(budget: ToolAnswer) -> Iterator[tuple[list[str], str, str]]:
    """Yield a message once a month if some budgets that may break did not fit.

    The worst come first: if the last one that fits is well, so are the others.
    """
    rows, more = budget.rows("budgets"), int(budget.content.get("omitted_budgets") or 0)
    if more and rows[-1]["status"] != "ok":
        counted = count(more, "more budget")
        text = (
            f"{counted} did not fit into the answer, which shows the worst, and may break too."
            " Raise or remove one that broke to see the next."
        )
        yield [f"{budget.month:%Y-%m}/budget/more"], f"Vultr: {counted}", text


def _credit(
    forecast: ToolAnswer, overview: ToolAnswer, credit_days: int
) -> Iterator[tuple[list[str], str, str]]:
    """Yield credit that ends within the days; once until there is another payment."""
    end = credit_end(forecast)
    if end is None or (end.on - forecast.as_of.date()).days > credit_days:
        return
    paid = overview.group("last_payment").get("date")
    key = f"credit/{paid or f'{forecast.month:%Y-%m}'}"
    left = f"{usd(amount(forecast.group('credit').get('left_now')))}"
    text = f"Credit {end.words}: {left} left."
    if end.tax == "with tax":
        text = f"Credit {end.words}. Before tax, {left} is left, and it {end.words_before_tax}."
    yield [key], "Vultr credit ends", text


def _anomalies(anomalies: ToolAnswer) -> Iterator[tuple[list[str], str, str]]:
    """Yield each anomaly and first use, by its days, service and region."""
    for row in anomalies.rows("anomalies"):
        service, region = str(row["service"]), str(row.get("region") or "")
        keys = [f"anomaly/{row['reason']}/{one}/{service}/{region}" for one in _days(row)]
        names = ", ".join(code(str(name)) for name in row.get("resources") or ())
        cause = f" ({names})" if names else ""
        delta = f"{usd(amount(row['actual']))} against {usd(amount(row['expected']))} usually"
        rate = f"{usd(amount(row['monthly_at_that_rate']))}/month at this rate"
        if row["reason"] == "first_use":
            text = f"{service} is used in {code(region)} for the first time{cause}: {rate}."
            yield keys, f"Vultr: first use of {service} in {region}", text
        else:
            text = f"{service} {_when(row)}: {delta}{cause}; {rate}."
            yield keys, f"Vultr: unusual cost of {service}", text
    yield from _more(anomalies)


def _more(anomalies: ToolAnswer) -> Iterator[tuple[list[str], str, str]]:
    """Yield that an answer had more anomalies than rows, once a day."""
    more = int(anomalies.group("omitted").get("count") or 0)
    if more:
        counted = count(more, "more anomaly", "more anomalies")
        text = f"{counted} did not fit: ask `detect_anomalies`."
        key = f"anomaly/more/{anomalies.as_of:%Y-%m-%d}"
        yield [key], f"Vultr: {counted}", text


def _days(row: Mapping[str, Any]) -> list[str]:
    """Return each day from ``date`` to ``until``; of an unusual month the month."""
    first, last = str(row["date"]), str(row.get("until") or row["date"])
    if len(first) != _DAY_LENGTH:
        return [first]
    start, length = day(first), (day(last) - day(first)).days
    return [f"{start + past * _A_DAY}" for past in range(length + 1)]


def _when(row: Mapping[str, Any]) -> str:
    days = _days(row)
    if len(days[0]) != _DAY_LENGTH:
        return f"in {period_name(days[0])}"
    first, last = period_name(days[0]), period_name(days[-1])
    return f"on {first}" if first == last else f"from {first} to {last}"

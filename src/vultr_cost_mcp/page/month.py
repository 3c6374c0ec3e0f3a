"""Make the page of a month from the answers of the tools; pure."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.domain.dates import day_name
from vultr_cost_mcp.markdown import count, percent, usd
from vultr_cost_mcp.money import ZERO
from vultr_cost_mcp.page.answers import amount, credit_end, day
from vultr_cost_mcp.page.document import (
    Bar,
    Bars,
    Column,
    Columns,
    Figure,
    Item,
    Items,
    Mark,
    Name,
    Page,
    Section,
    Step,
    Table,
    Waterfall,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vultr_cost_mcp.page.answers import ToolAnswer
    from vultr_cost_mcp.page.document import Block, Cell

_STEPS = 8
_REGIONS = 10
_SERVICES = 8
_SAMPLE = "built-in sample account"
_STATUS = {
    "ok": "inside",
    "warn": "warning",
    "over": "over",
    "unknown": "unknown",
}


def month_page(answers: Mapping[str, ToolAnswer]) -> Page:
    """Return the page; a question that failed is a sentence in its section.

    ``answers`` are those of ``ASKED``; ``overview`` must not have failed.
    """
    overview = answers["overview"]
    sections = [
        _spend(answers),
        _change(answers["change"]),
        _services(answers),
        _budgets(answers["budget"]),
        _savings(answers["savings"]),
        _anomalies(answers["anomalies"]),
    ]
    return Page(
        title=f"Vultr costs, {overview.month:%B %Y}",
        account=str(overview.content["account"]),
        as_of=f"{min(a.as_of for a in answers.values() if not a.error):%d %b %Y, %H:%M} UTC",
        headline=overview.headline,
        figures=_figures(overview, answers["forecast"]),
        sections=sections,
        unread=_unread(answers.values()),
        is_sample=any(_SAMPLE in text for text in overview.caveats),
    )


def _figures(overview: ToolAnswer, forecast: ToolAnswer) -> list[Figure]:
    rate, invoice = overview.group("run_rate"), overview.group("next_invoice")
    figures = [
        _figure(overview, "month_to_date", "Spent so far", ""),
        _figure(overview, "projected_month_end", "Projected month end", "before tax"),
        Figure(
            "Run rate",
            f"{usd(amount(rate.get('daily')))}/day",
            f"{usd(amount(rate.get('hourly')))}/hour",
        ),
        _figure(overview, "savings_monthly", "Confirmed waste", "a month"),
        _figure(overview, "credit_left", "Credit left", _runs_out(forecast)),
    ]
    if invoice:
        expected = overview.hedged("next_invoice", amount(invoice.get("expected")))
        when = f"{day_name(day(invoice['date']))}, with tax"
        figures.append(Figure("Next invoice", expected, when))
    return figures


def _figure(answer: ToolAnswer, name: str, title: str, note: str) -> Figure:
    return Figure(title, answer.hedged(name, answer.amount(name)), note)


def _runs_out(forecast: ToolAnswer) -> str:
    """Return when credit ends, with tax and before it where its rate is known (D26)."""
    end = credit_end(forecast)
    if end is None:
        return ""
    return end.words + (f"; before tax it {end.words_before_tax}" if end.tax == "with tax" else "")


def _spend(answers: Mapping[str, ToolAnswer]) -> Section:
    forecast = answers["forecast"]
    blocks = [*_month_bars(forecast, answers["change"]), *_daily(answers["days"])]
    sentences = [forecast.headline, *_components(forecast)]
    return Section("Spend and forecast", sentences, blocks, _notes(forecast))


def _month_bars(forecast: ToolAnswer, change: ToolAnswer) -> list[Block]:
    """Return the month beside the one before; nothing if its projection is unknown."""
    spent, projected = forecast.amount("month_to_date"), forecast.amount("projected_total")
    if spent is None or projected is None:
        return []
    value = f"{usd(spent)} of {usd(projected)}"
    bars = [Bar(f"{forecast.month:%B %Y}", spent, value, beyond=projected)]
    summary = f"{usd(spent)} spent, {usd(projected)} projected for month end"
    before = amount(change.group("full_month").get("from_total"))
    if before is not None:
        earlier = _month(change.group("from")["period"])
        bars.append(Bar(earlier, before, usd(before)))
        summary += f"; {earlier} came to {usd(before)} before tax"
    title = "Spend so far and projected month end"
    return [Bars(title, f"{summary}.", bars, legend=("spent", "projected"))]


def _components(forecast: ToolAnswer) -> list[str]:
    parts = forecast.group("components")
    if not parts:
        return []
    accrued, hours = _usd(parts, "accrued"), _usd(parts, "remaining_hourly")
    usage, overage = _usd(parts, "usage_based"), _usd(parts, "bandwidth_overage")
    return [f"Accrued {accrued}, hours to come {hours}, usage to come {usage}, overage {overage}."]


def _daily(days: ToolAnswer) -> list[Block]:
    """Return a column for each day with a known amount; nothing without stored readings."""
    known = [(row, amount(row.get("total"))) for row in days.rows("rows")]
    columns = [
        Column(f"{day(row['period']):%d %b}", total, partial=bool(row.get("partial")))
        for row, total in known
        if total is not None
    ]
    if len(columns) <= 1:
        return []
    return [Columns("Cost by day", days.headline, columns)]


def _change(change: ToolAnswer) -> Section:
    if change.error:
        return Section("Why it changed", [change.error])
    before, after = change.group("from"), change.group("to")
    start, end = amount(before.get("total")), amount(after.get("total"))
    drivers = change.rows("drivers")
    blocks: list[Block] = []
    if start is not None and end is not None and drivers:
        names = (_month(before["period"]), _month(after["period"]))
        steps = _steps(names, start, end, drivers[:_STEPS])
        heads = ("Driver", "Service", "Before $", "Now $", "Change $", "Why")
        blocks = [
            Waterfall("Drivers of the change", change.headline, steps),
            Table("Drivers of the change", heads, [_driver(row) for row in drivers]),
        ]
    return Section("Why it changed", [change.headline], blocks, _notes(change))


def _steps(
    names: tuple[str, str], start: Decimal, end: Decimal, drivers: Sequence[Mapping[str, Any]]
) -> list[Step]:
    """Return the drivers as steps from one total to the other; the rest is one step."""
    steps = [Step(names[0], ZERO, start, usd(start))]
    at = start
    for row in drivers:
        delta = amount(row["delta"]) or ZERO
        steps.append(Step(str(row["name"]), at, at + delta, _signed(delta)))
        at += delta
    if at != end:
        steps.append(Step("Other changes", at, end, _signed(end - at)))
    return [*steps, Step(names[1], ZERO, end, usd(end))]


def _driver(row: Mapping[str, Any]) -> Sequence[Cell]:
    return (
        Name(str(row["name"])),
        str(row["service"]),
        _usd(row, "from_total"),
        _usd(row, "to_total"),
        _signed(amount(row["delta"]) or ZERO),
        f"{row['kind']}: {row['note']}" if row.get("note") else str(row["kind"]),
    )


def _services(answers: Mapping[str, ToolAnswer]) -> Section:
    forecast, regions = answers["forecast"], answers["regions"]
    services = forecast.rows("by_service")
    blocks = [*(_service_blocks(services) if services else ()), *_regions(regions)]
    return Section("Services and regions", [regions.headline], blocks, _more(forecast, "service"))


def _service_blocks(services: Sequence[Mapping[str, Any]]) -> list[Block]:
    summary = "; ".join(
        f"{row['service']} {_usd(row, 'month_to_date')} so far, {_usd(row, 'projected')} projected"
        for row in services
    )
    # Credits have no length, and small services none that can be seen.
    long = [row for row in services if (amount(row["projected"]) or ZERO) > 0][:_SERVICES]
    rows = [
        (
            str(row["service"]),
            _usd(row, "month_to_date"),
            _usd(row, "projected"),
            "metered" if row.get("metered") else "",
        )
        for row in services
    ]
    bars = [_service(row) for row in long]
    return [
        Bars("Services", summary, bars, legend=("so far", "projected")),
        Table("Services", ("Service", "So far $", "Month end $", "Basis"), rows),
    ]


def _service(row: Mapping[str, Any]) -> Bar:
    spent, projected = amount(row["month_to_date"]) or ZERO, amount(row["projected"]) or ZERO
    return Bar(str(row["service"]), spent, f"{usd(spent)} of {usd(projected)}", beyond=projected)


def _regions(regions: ToolAnswer) -> list[Block]:
    groups = [(str(row["name"]), amount(row["total"]), row) for row in regions.rows("groups")]
    if not groups:
        return []
    known = [(name, total) for name, total, _ in groups if total is not None][:_REGIONS]
    without = amount(regions.group("unattributed").get("total"))
    rows: list[Sequence[Cell]] = [
        (Name(name), usd(total), percent(row.get("share_percent"))) for name, total, row in groups
    ]
    if without:
        rows.append(("charges without a resource", usd(without), ""))
    return [
        Bars(
            "Regions",
            "; ".join(f"{name} {usd(total)}" for name, total in known),
            [Bar(name, total, usd(total)) for name, total in known],
        ),
        Table("Regions", ("Region", "So far $", "Share $"), rows),
    ]


def _budgets(budget: ToolAnswer) -> Section:
    rows = budget.rows("budgets")
    sentences = [budget.headline]
    if not rows:
        return Section("Budgets", sentences)
    shares = [
        (str(row["name"]), Decimal(str(row["percent"])), Decimal(str(row["projected_percent"])))
        for row in rows
        if row.get("percent") is not None and row.get("projected_percent") is not None
    ]
    chart = Bars(
        "Budgets, in percent",
        "; ".join(
            f"{name}: {spent} % spent, {at_end} % projected" for name, spent, at_end in shares
        ),
        [
            Bar(name, spent, f"{spent} % of {at_end} %", beyond=at_end)
            for name, spent, at_end in shares
        ],
        marks=(Mark("100 %", Decimal(100)),),
        legend=("spent", "projected"),
    )
    table = Table(
        "Budgets",
        ("Budget", "Status", "Spent $", "Projected $", "Budget $", "Reached"),
        [
            (
                Name(str(row["name"])),
                _STATUS.get(str(row["status"]), str(row["status"])),
                _usd(row, "spent"),
                _usd(row, "projected"),
                _usd(row, "budget"),
                _reached(row),
            )
            for row in rows
        ],
    )
    return Section("Budgets", sentences, [*([chart] if shares else []), table], _notes(budget))


def _reached(row: Mapping[str, Any]) -> str:
    return day_name(day(row["breach_on"])) if row.get("breach_on") else "not this month"


def _savings(savings: ToolAnswer) -> Section:
    blocks: list[Block] = []
    recommended, looks = savings.rows("recommendations"), savings.rows("investigations")
    if recommended:
        blocks.append(Items("Confirmed waste", [_item(row) for row in recommended]))
    if looks:
        blocks.append(Items("Worth a look, not in the total", [_item(row) for row in looks]))
    notes = [
        *_more(savings, "recommendation"),
        *_more(savings, "investigation", "investigations_omitted"),
        "Nothing here is carried out: the commands are for you to run.",
        *_notes(savings),
    ]
    return Section("Savings", [savings.headline], blocks, notes if blocks else _notes(savings))


def _item(row: Mapping[str, Any]) -> Item:
    lines = [*(str(text) for text in row.get("evidence") or ())]
    lines += [str(text) for text in row.get("caveats") or ()]
    lines += [f"Lost: {row['lost']}", f"Undo: {row['undo']}"]
    return Item(
        saves=f"{_usd(row, 'monthly_savings')}/month",
        action=str(row["action"]).replace("_", " ").capitalize(),
        label=str(row["label"]),
        lines=lines,
        command=str(row["how_to"]),
    )


def _anomalies(anomalies: ToolAnswer) -> Section:
    rows = anomalies.rows("anomalies")
    table = Table(
        "Anomalies",
        ("When", "Service", "Region", "Expected $", "Actual $", "At this rate $", "Resources"),
        [
            (
                _span(row),
                str(row["service"]),
                Name(str(row["region"])) if row.get("region") else "",
                _usd(row, "expected"),
                _usd(row, "actual"),
                f"{_usd(row, 'monthly_at_that_rate')}/month",
                Name(", ".join(map(str, row.get("resources") or ()))),
            )
            for row in rows
        ],
    )
    blocks: list[Block] = [table] if rows else []
    return Section("Anomalies", [anomalies.headline], blocks, _notes(anomalies))


def _span(row: Mapping[str, Any]) -> str:
    first, last = str(row["date"]), str(row.get("until") or row["date"])
    return first if first == last else f"{first} to {last}"


def _unread(answers: Iterable[ToolAnswer]) -> list[str]:
    """Return each part that a question could not read, once."""
    gaps = dict(gap for answer in answers for gap in answer.unread)
    return [f"{part}: {reason}" for part, reason in sorted(gaps.items())]


def _notes(answer: ToolAnswer) -> list[str]:
    """Return the caveats, without the one on the sample account, which the page states once."""
    return [text for text in answer.caveats if _SAMPLE not in text]


def _more(answer: ToolAnswer, noun: str, field: str = "omitted") -> list[str]:
    omitted = answer.group(field)
    if not omitted.get("count"):
        return []
    total = amount(omitted.get("total"))
    return [f"{count(int(omitted['count']), f'more {noun}', f'more {noun}s')}: {usd(total)}."]


def _month(period: object) -> str:
    """Return the name of a month: ``November 2026``."""
    return f"{day(f'{period}-01'):%B %Y}"


def _usd(row: Mapping[str, Any], name: str) -> str:
    return usd(amount(row.get(name)))


def _signed(delta: Decimal) -> str:
    return f"+{usd(delta)}" if delta > 0 else usd(delta)

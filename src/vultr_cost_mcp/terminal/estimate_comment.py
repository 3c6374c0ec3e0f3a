"""The comment on a pull request: one sentence, a table, the rest folded."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.domain.dates import day_name
from vultr_cost_mcp.domain.untrusted_text import as_shown
from vultr_cost_mcp.markdown import table, usd
from vultr_cost_mcp.questions.estimate.report import WARN_PERCENT, BudgetAfter
from vultr_cost_mcp.questions.estimate.text import stands_at

if TYPE_CHECKING:
    from collections.abc import Sequence

# By this line an updater finds its earlier comment.
MARK = "<!-- vultr-cost-mcp -->"
_ROWS = 20
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~@&$])")
# What it was has no figures beside it in an answer.
_WAS = {
    "ok": "inside it",
    "warn": "inside it at month end, with a warning",
    "over": "over it at month end",
    "unknown": "unknown",
}
_HEAD = ("Resource", "Action", "Before $", "After $", "This month $", "Note")


def render_comment(answer: dict[str, Any], warn_percent: int = WARN_PERCENT) -> str:
    """Return an answer of ``estimate_cost`` as Markdown for GitHub and GitLab.

    An answer leaves out empty fields, so each is read with its default. ``warn_percent`` is the
    share of the budget that it was asked to warn from.
    """
    rows: list[dict[str, Any]] = answer.get("lines", [])
    body = [MARK, f"**{escaped(answer['headline'])}**", *table(_HEAD, map(_row, rows[:_ROWS]))]
    folded = [
        *table(_HEAD, map(_row, rows[_ROWS:])),
        *_omitted(answer),
        *_unpriced(answer.get("unpriced", [])),
        *_sentences(answer, warn_percent),
    ]
    fold = ["<details><summary>More</summary>", "", *folded, "", "</details>"]
    return "\n".join([*body, "", *fold]) + "\n"


def escaped(text: str) -> str:
    """Return text from a plan without meaning in Markdown or HTML, and without mentions."""
    shown = as_shown(str(text), 200)
    return _SPECIAL.sub(lambda found: f"&#{ord(found[1])};", shown)


def _row(line: dict[str, Any]) -> tuple[str, ...]:
    times, refusal = line.get("count", 1), line.get("would_fail")
    what = escaped(line["what"]) if times == 1 else f"{times} x {escaped(line['what'])}"
    fails = f"**Would fail:** {escaped(refusal)}" if refusal else ""
    note = "; ".join(filter(None, (fails, escaped(line.get("note") or ""))))
    before, after, this_month = (_usd(line[name]) for name in ("before", "after", "this_month"))
    high = line.get("high")
    if high is not None and Decimal(high) > Decimal(line["after"]):
        after = f"{after}, up to {_usd(high)}"
    return (what, line["action"], before, after, this_month, note)


def _omitted(answer: dict[str, Any]) -> list[str]:
    omitted = answer.get("omitted")
    if omitted is None:
        return []
    return [f"{omitted['count']} more changes, together {_usd(omitted['total'])} a month."]


def _unpriced(rows: Sequence[dict[str, Any]]) -> list[str]:
    return table(
        ("Without a price", "Why", "Least $", "Most $"),
        (
            (escaped(row["what"]), escaped(row["why"]), _usd(row["low"]), _usd(row["high"]))
            for row in rows
        ),
    )


def _sentences(answer: dict[str, Any], warn_percent: int) -> list[str]:
    """Return sentences on unpriced and kept parts, the budget, assumptions and prices' day."""
    said: list[str] = []
    if unchanged := answer.get("unpriced_unchanged"):
        said.append(f"Parts without a price that do not change: {unchanged}.")
    if forgotten := answer.get("still_billed"):
        named = ", ".join(map(escaped, forgotten))
        said.append(f"Forgotten by Terraform, still billed by Vultr: {named}.")
    row = answer.get("budget")
    if row and row["month_after"] is None:
        said.append(f"Budget {_usd(row['budget'])}: not compared, the account was not read.")
    elif row:
        partial = "budget" in (answer.get("partial") or ())
        stands = stands_at(_after(row), warn_percent, least=partial)
        said.append(f"{stands}; without the change, {_WAS[row['was']]}.")
    if answer.get("without_key"):
        said.append("Public prices only: without an API key the account is not read.")
    said += [f"Assumed: {escaped(text)}" for text in answer.get("assumptions", [])]
    said += [escaped(text) for text in answer.get("caveats", [])]
    priced = day_name(datetime.fromisoformat(answer["as_of"]))
    return [*said, f"Prices of {priced} (UTC), before tax."]


def _after(row: dict[str, Any]) -> BudgetAfter:
    """Return the budget of an answer with its amounts as numbers."""
    return BudgetAfter(
        budget=Decimal(row["budget"]),
        status=row["status"],
        was=row["was"],
        month_after=_amount(row["month_after"]),
        run_rate_after=_amount(row["run_rate_after"]),
        at_most=row.get("at_most", False),
    )


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _usd(text: str | None) -> str:
    return usd(_amount(text))

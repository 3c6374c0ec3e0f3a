"""The comment on a pull request: one sentence, a table, the rest folded."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.domain.text import as_shown
from vultr_cost_mcp.markdown import table, usd

if TYPE_CHECKING:
    from collections.abc import Sequence

# By this line an updater finds its earlier comment.
MARK = "<!-- vultr-cost-mcp -->"
_ROWS = 20
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~@&$])")
_HEAD = ("Resource", "Action", "Before $", "After $", "This month $", "Note")


def render_comment(answer: dict[str, Any]) -> str:
    """Return an answer of ``estimate_cost`` as Markdown for GitHub and GitLab.

    An answer leaves out empty fields, so each is read with its default.
    """
    rows: list[dict[str, Any]] = answer.get("lines", [])
    body = [MARK, f"**{escaped(answer['headline'])}**", *table(_HEAD, map(_row, rows[:_ROWS]))]
    folded = [
        *table(_HEAD, map(_row, rows[_ROWS:])),
        *_omitted(answer),
        *_unpriced(answer.get("unpriced", [])),
        *_sentences(answer),
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
    amounts = (_usd(line[name]) for name in ("before", "after", "this_month"))
    return (what, line["action"], *amounts, note)


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


def _sentences(answer: dict[str, Any]) -> list[str]:
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
        said.append(
            f"Budget {_usd(row['budget'])}: {_usd(row['month_after'])} this month and "
            f"{_usd(row['run_rate_after'])} a month after the change ({row['status']} by then; "
            f"without it {row['was']})."
        )
    if answer.get("without_key"):
        said.append("Public prices only: without an API key the account is not read.")
    said += [f"Assumed: {escaped(text)}" for text in answer.get("assumptions", [])]
    said += [escaped(text) for text in answer.get("caveats", [])]
    return [*said, f"Prices of {answer['as_of'][:10]} (UTC), before tax."]


def _usd(text: str | None) -> str:
    return usd(None if text is None else Decimal(text))

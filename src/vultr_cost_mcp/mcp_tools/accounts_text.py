"""Render an answer for several accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.markdown import count, more, table, usd

if TYPE_CHECKING:
    from vultr_cost_mcp.mcp_tools.accounts_report import AccountRow, AccountsReport


def headline_accounts(report: AccountsReport, accounts: int) -> str:
    """Return one sentence with the first of the totals."""
    answered = f"{count(accounts, 'account')}"
    if not report.totals:
        return f"{answered} asked; each has its own answer."
    name, amount = next(iter(report.totals.items()))
    return f"{usd(amount)} {_words(name)} in {answered} together."


def render_accounts(report: AccountsReport) -> list[str]:
    """Return a row for each account, then each account's headline."""
    names = list(report.totals)
    rows = [
        (
            row.account,
            *("" if row.same_as else usd(row.figures.get(name)) for name in names),
            _remark(row),
        )
        for row in report.accounts
    ]
    if rows and names:
        rows.append(("all together", *(usd(report.totals[name]) for name in names), ""))
    head = ("Account", *(f"{_words(name).capitalize()} $" for name in names), "Remark")
    said = [f"- {row.account}: {row.headline}" for row in report.accounts if row.headline]
    return [*table(head, rows), *more(report.accounts_omitted, "account"), *said]


def _words(name: str) -> str:
    return name.replace("_", " ")


def _remark(row: AccountRow) -> str:
    remarks = (row.status, None if row.complete else "partial", row.note)
    return "; ".join(remark for remark in remarks if remark)

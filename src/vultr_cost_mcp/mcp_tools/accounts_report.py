"""The report of a question about several accounts."""

from __future__ import annotations

from dataclasses import dataclass

from vultr_cost_mcp.domain.report_fields import Omitted, Usd


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account's answer: its headline and its sums by name, or the reason why there is none.

    ``status`` is the state of its budget. ``note`` is an error beside the figures, or the URI of an
    exported file. ``same_as`` is the name under which the account is counted, so that an account
    configured twice is counted once in every total.
    """

    account: str
    headline: str
    complete: bool
    figures: dict[str, Usd | None]
    status: str | None = None
    note: str | None = None
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class AccountsReport:
    """A row for each account, the most expensive first, and totals over all of them.

    A total covers every account that answered, shown or not. It is None if one of them does not
    know its own. Budgets, credit and debts are never netted, so they have no total.
    """

    accounts: tuple[AccountRow, ...]
    accounts_omitted: Omitted
    totals: dict[str, Usd | None]
    caveats: tuple[str, ...] = ()

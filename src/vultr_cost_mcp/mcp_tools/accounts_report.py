"""The report of a question that was put to several accounts."""

from __future__ import annotations

from dataclasses import dataclass

from vultr_cost_mcp.domain.report_fields import Omitted, Usd


@dataclass(frozen=True, slots=True)
class AccountRow:
    """What one account answered: its headline and its sums by name, or why it did not.

    ``status`` is a budget's verdict; ``note`` says what went wrong beside the figures, or is the
    URI of the file that was exported. ``same_as`` is the name under which the account is counted:
    what is configured twice is in no total twice.
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
    """A row for each account, the dearest first, and what all of them come to.

    A total is over the accounts that answered, shown or not; it is None when one of those does not
    know its own. Budgets, credit and debts are never netted, so that they have no total.
    """

    accounts: tuple[AccountRow, ...]
    accounts_omitted: Omitted
    totals: dict[str, Usd | None]

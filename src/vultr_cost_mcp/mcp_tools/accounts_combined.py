"""Combine the answers of several accounts: a row for each, and totals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.domain.customer import ALL
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.report_fields import top
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot
from vultr_cost_mcp.mcp_tools.accounts_report import AccountRow, AccountsReport
from vultr_cost_mcp.mcp_tools.accounts_text import headline_accounts, render_accounts
from vultr_cost_mcp.mcp_tools.answer import Answer, Told
from vultr_cost_mcp.mcp_tools.coverage import of_accounts
from vultr_cost_mcp.mcp_tools.envelope import DEFAULT_LIMIT, Draft, NextStep, Period, answer
from vultr_cost_mcp.mcp_tools.error_result import REFUSED, failed
from vultr_cost_mcp.mcp_tools.summed_figures import summed_of
from vultr_cost_mcp.money import ZERO, total_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from mcp.types import CallToolResult

_DIFFERENT_MONTHS = (
    "The accounts answer for different months: what they come to together is no sum."
)


@dataclass(frozen=True, slots=True)
class _Accounts:
    """The answers of a tool by account, and the errors of the accounts without one.

    ``same_as`` is the name under which an account is counted, by its other names.
    """

    tool: str
    told: Mapping[str, Told]
    errors: Mapping[str, str]
    same_as: Mapping[str, str]

    @property
    def answers(self) -> dict[str, Told]:
        """Return the answers that count: each account once."""
        return {name: told for name, told in self.told.items() if name not in self.same_as}

    @property
    def summed(self) -> tuple[str, ...]:
        """Return the names of the figures to add up."""
        names = (name for told in self.answers.values() for name in _figures(told))
        return tuple(dict.fromkeys(names))

    @property
    def same_months(self) -> bool:
        """Return whether all answers are about the same months: others are not added up."""
        return len({_months(told) for told in self.answers.values()}) == 1

    def rows(self) -> list[AccountRow]:
        """Return a row for every name: answers, errors, then second names of an account."""
        return [
            *(_row(name, told) for name, told in self.answers.items()),
            *(
                AccountRow(name, "", complete=False, figures={}, note=text)
                for name, text in self.errors.items()
            ),
            *(self._second_name(name, other) for name, other in self.same_as.items()),
        ]

    def _second_name(self, name: str, other: str) -> AccountRow:
        """Return the row of an account's second name, which counts in no total."""
        status = self.told[name].draft.status if name in self.told else None
        note = f"same account as {other}"
        return AccountRow(
            name, "", complete=True, figures={}, status=status, note=note, same_as=other
        )

    def totals(self) -> dict[str, Decimal | None]:
        """Return the sums over all answers; None if one of them does not know its own."""
        if not self.same_months:
            return dict.fromkeys(self.summed)
        every = [_figures(told) for told in self.answers.values()]
        return {name: _sum([figures.get(name) for figures in every]) for name in self.summed}

    def caveats(self) -> tuple[str, ...]:
        """Return the caveats of all answers, each with its account."""
        apart = [] if self.same_months or not self.summed else [_DIFFERENT_MONTHS]
        own = [f"{name}: {text}" for name, told in self.answers.items() for text in told.caveats]
        return tuple(dict.fromkeys([*apart, *own]))

    def period(self) -> Period:
        """Return the time span of the first answer, complete if that of every answer is."""
        periods = [told.envelope.period for told in self.answers.values()]
        return replace(periods[0], complete=all(period.complete for period in periods))

    def snapshot(self) -> Snapshot:
        """Return the readings and gaps of all accounts as one snapshot."""
        envelopes = {name: told.envelope for name, told in self.answers.items()}
        oldest = min(envelope.as_of for envelope in envelopes.values())
        unread = [Gap(name, f"could not be read: {text}") for name, text in self.errors.items()]
        gaps = [
            Gap(f"{name} {gap.part}", gap.reason)
            for name, envelope in envelopes.items()
            for gap in envelope.coverage.gaps
        ]
        return Snapshot(
            account=ALL,
            now=oldest,
            as_of=oldest,
            month=Month.of(oldest),
            gaps=(*unread, *gaps),
        )

    def draft(self, rows: int) -> Draft[AccountsReport]:
        """Return the draft of the answer with so many rows."""
        every, totals = self.rows(), self.totals()
        shown, omitted = top(every, rows, _first)
        report = AccountsReport(shown, omitted, totals, self.caveats())
        envelopes = {name: told.envelope for name, told in self.answers.items()}
        return Draft(
            report,
            of_accounts(envelopes, self.errors, self.summed),
            headline_accounts(report, len(every) - len(self.same_as)),
            render_accounts(report),
            next_steps=[_alone(self.tool, row.account) for row in shown[:1]],
            period=self.period(),
            known=next(iter(totals.values()), None) is not None,
            links=[link for told in self.told.values() for link in told.draft.links],
        )


async def together(
    tool: str,
    results: Mapping[str, CallToolResult],
    arguments: Mapping[str, Any],
    groups: Iterable[Sequence[str]],
) -> CallToolResult:
    """Combine the answers of several accounts into one.

    ``tool`` is the tool's name, ``results`` are its results by account, ``arguments`` those of the
    call, and ``groups`` the names that share one account. A failed account hides no other, and an
    account with two names is counted once.
    """
    accounts = _accounts(tool, results, groups)
    if not accounts.answers:
        return failed(_in_one_text(accounts.errors))
    given = arguments.get("limit")
    limit = int(given) if given and str(given).isdecimal() else DEFAULT_LIMIT
    return await answer(accounts.snapshot(), accounts.draft, limit)


def _accounts(
    tool: str, results: Mapping[str, CallToolResult], groups: Iterable[Sequence[str]]
) -> _Accounts:
    told = {
        name: result.told
        for name, result in results.items()
        if isinstance(result, Answer) and result.told is not None
    }
    same_as = _same_as(groups, told)
    return _Accounts(
        tool=tool,
        told=told,
        errors={
            name: _text(result)
            for name, result in results.items()
            if name not in told and name not in same_as
        },
        same_as=same_as,
    )


def _same_as(groups: Iterable[Sequence[str]], answers: Mapping[str, Told]) -> dict[str, str]:
    """Return the name under which an account is counted, by each of its other names."""
    found: dict[str, str] = {}
    for group in groups:
        answered = [name for name in group if name in answers]
        whole = [name for name in answered if answers[name].envelope.coverage.complete]
        for counted in (whole or answered)[:1]:
            found |= {name: counted for name in group if name != counted}
    return found


def _in_one_text(errors: Mapping[str, str]) -> str:
    """Return the errors of all accounts; invalid arguments are the same for each: once."""
    texts = set(errors.values())
    if len(texts) == 1 and (text := texts.pop()).startswith(REFUSED):
        return text
    return " ".join(f"{name}: {text}" for name, text in errors.items())


def _row(name: str, told: Told) -> AccountRow:
    return AccountRow(
        account=name,
        headline=told.envelope.headline,
        complete=told.envelope.coverage.complete,
        figures=_figures(told),
        status=told.draft.status,
        note=told.draft.note,
    )


def _figures(told: Told) -> dict[str, Decimal | None]:
    return summed_of(told.draft.report, told.draft.rests_on.headline)


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    return None if None in amounts else total_of(amount or ZERO for amount in amounts)


def _months(told: Told) -> tuple[Any, ...]:
    period = told.envelope.period
    return period.start, period.end, told.draft.compared_with


def _first(row: AccountRow) -> Decimal | None:
    return next(iter(row.figures.values()), None)


def _alone(tool: str, account: str) -> NextStep:
    return NextStep(tool, {"account": account}, "the most expensive account alone")


def _text(result: CallToolResult) -> str:
    return " ".join(str(getattr(part, "text", "")) for part in result.content)

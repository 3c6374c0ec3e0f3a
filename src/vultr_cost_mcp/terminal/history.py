"""``history``: list the stored accounts; ``history forget``: erase one."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.accounts.account import account_names
from vultr_cost_mcp.accounts.open import history_of, sampled
from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.history import shown
from vultr_cost_mcp.markdown import count
from vultr_cost_mcp.terminal.console import as_json, ask, report_error, say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from vultr_cost_mcp.config import Settings
    from vultr_cost_mcp.domain.accounts import Kept
    from vultr_cost_mcp.domain.history import History

_HEAD = ("Account", "Name", "Readings", "Lines", "Resources", "Invoices", "First", "Last")
_UNITS = ("bytes", "KB", "MB", "GB", "TB")
_STEP = 1024


async def run(settings: Settings, options: argparse.Namespace) -> int:
    """Run ``history``, or ``history forget``."""
    return await (forget if options.action == "forget" else show)(settings, options)


async def show(settings: Settings, options: argparse.Namespace) -> int:
    """Print each account in the store: how much is kept, and its first and last day."""
    history = history_of(settings)
    kept, size = await history.kept(), await history.size()
    names = await _names(history, settings)
    if options.json:
        rows = [_as_json_row(row, names) for row in kept]
        whole = {
            "store": None if sampled(settings) else shown(settings.store),
            "bytes": size,
            "accounts": rows,
        }
        return 0 if say(as_json(whole, indent=2, default=_text)) else 1
    room = "" if size is None else f", {_size(size)}"
    place = "The sample account" if sampled(settings) else shown(settings.store)
    lines = [f"{place}: {count(len(kept), 'account')}{room}."]
    if kept:
        lines += _lines([_HEAD, *(_row(row, names) for row in kept)])
    return 0 if say("\n".join(lines)) else 1


async def forget(settings: Settings, options: argparse.Namespace) -> int:
    """Erase all that is kept of one account, after a question; ``--yes`` skips it."""
    history = history_of(settings)
    row = await _find_account(history, options.account)
    what = (
        f"{count(row.runs, 'reading')} and {count(row.invoices, 'invoice')} of {row.customer_id}"
        f" ({_day(row.first)} to {_day(row.last)})"
    )
    if not options.yes and not _is_confirmed(what, row.customer_id):
        return 1
    await history.forget(row.customer_id)
    say(f"Erased: {what}. The next reading of this account starts a new history.")
    return 0


def _is_confirmed(what: str, account: str) -> bool:
    """Return whether the user confirms; raises ConfigError if there is no terminal."""
    answer = ask(
        f"This erases {what} from the store. It cannot be undone.\nType {account} to erase it: "
    )
    if answer is None:
        msg = (
            "Nothing was erased: this is no terminal to ask on. Add --yes to erase without asking."
        )
        raise ConfigError(msg)
    if answer == account:
        return True
    report_error("Nothing was erased.")
    return False


async def _find_account(history: History, name: str) -> Kept:
    """Return the account with an id or name; raises ConfigError for none or several."""
    kept = {row.customer_id: row for row in await history.kept()}
    if name in kept:
        return kept[name]
    found = [account for account in await history.named(name) if account in kept]
    if len(found) == 1:
        return kept[found[0]]
    if found:
        msg = f"Several accounts were read as {name}: {', '.join(found)}. Say which."
        raise ConfigError(msg)
    known = ", ".join(kept) or "none"
    msg = f"Nothing is kept of an account {name}. Kept are: {known}."
    raise ConfigError(msg)


async def _names(history: History, settings: Settings) -> dict[str, list[str]]:
    """Return the configured names of each account id."""
    names: dict[str, list[str]] = {}
    for name in filter(None, account_names(settings)):
        for account in await history.named(name):
            names.setdefault(account, []).append(name)
    return names


def _as_json_row(row: Kept, names: dict[str, list[str]]) -> dict[str, Any]:
    told = asdict(row)
    account = told.pop("customer_id")
    return {"account_id": account, "names": names.get(account, []), **told}


def _row(row: Kept, names: dict[str, list[str]]) -> tuple[str, ...]:
    counts = (row.runs, row.lines, row.resources, row.invoices)
    named = ", ".join(names.get(row.customer_id, [])) or "-"
    numbers = (f"{number:,}" for number in counts)
    return (row.customer_id, named, *numbers, _day(row.first), _day(row.last))


def _lines(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEAD))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _day(instant: Any) -> str:
    return "-" if instant is None else f"{instant:%Y-%m-%d}"


def _text(value: Any) -> str:
    return str(value.isoformat())


def _size(size: float) -> str:
    for unit in _UNITS[:-1]:
        if size < _STEP:
            return f"{size:,.0f} {unit}" if unit == _UNITS[0] else f"{size:,.1f} {unit}"
        size /= _STEP
    return f"{size:,.1f} {_UNITS[-1]}"

"""``prices``: Vultr's list prices as a sheet for OpenInfraQuote, OpenCost or a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.account_parts import PUBLIC
from vultr_cost_mcp.errors import UnknownValueError
from vultr_cost_mcp.export.price_sheets import NOTE, openinfraquote_usage, price_sheet
from vultr_cost_mcp.other_clouds.list_prices import PROVIDERS, other_plans
from vultr_cost_mcp.terminal.console import report_error, say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from vultr_cost_mcp.domain.snapshot_source import SnapshotSource

EXIT_ERROR = 1
USAGE = "oiq-usage"


async def print_prices(take: SnapshotSource, options: argparse.Namespace) -> int:
    """Print the sheet, and on standard error a note on its hours; return the exit code.

    A list that could not be read is an error: a sheet without some plans would look whole.
    """
    snapshot = await take(PUBLIC)
    snapshot.require(*sorted(PUBLIC))
    offer = snapshot.offer
    if offer is None:
        return EXIT_ERROR
    regions = _regions(snapshot.regions or {}, options.region)
    sheet = price_sheet(offer.plans.values(), offer.table, regions, options.format)
    if not say(sheet.rstrip("\n")):
        return EXIT_ERROR
    report_error(f"List prices of {snapshot.as_of:%Y-%m-%d}. {NOTE}")
    return 0


def print_ages() -> int:
    """Print the number of bundled prices of each other cloud and their days; return the code."""
    lines = ["provider,rows,oldest,newest"]
    for provider in PROVIDERS:
        days = sorted(plan.day for plan in other_plans() if plan.provider == provider)
        lines.append(f"{provider},{len(days)},{days[0]},{days[-1]}")
    return 0 if say("\n".join(lines)) else EXIT_ERROR


def print_usage() -> int:
    """Print the usage file of OpenInfraQuote; return the exit code."""
    return 0 if say(openinfraquote_usage().rstrip("\n")) else EXIT_ERROR


def _regions(known: Mapping[str, str], asked: str | None) -> list[str]:
    if asked is None:
        return sorted(known)
    region = asked.strip().casefold()
    if region not in known:
        msg = f"There is no such region. --region is one of {', '.join(sorted(known))}."
        raise UnknownValueError(msg)
    return [region]

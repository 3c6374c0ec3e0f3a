"""Renew hourly prices from public lists: ``python -m tests.other_clouds.refresh [--dry-run]``.

Reads the lists of AWS, Azure and Google Cloud that ``LISTS`` names, each at the newest revision of
its file, and writes ``prices.csv`` and the revisions in ``sources.toml``. Shapes stay. A row keeps
its price and day where the list has none, or where a gate refuses the new one; both are printed, as
is every change. DigitalOcean, Linode and Hetzner have no list in this form: give their rows to
``tests.other_clouds.write`` as a file.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx

from tests.other_clouds.write import FOLDER, HOURS, Row, read_table, written
from vultr_cost_mcp.money import to_cents
from vultr_cost_mcp.other_clouds.list_prices import OtherPlan, read_rows, read_sources
from vultr_cost_mcp.other_clouds.price_gates import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

API, RAW = "https://api.github.com", "https://raw.githubusercontent.com"
# By region and instance, dollars an hour.
Prices = dict[tuple[str, str], Decimal]
_SECONDS = 60.0
_SIX_DIGITS = Decimal("0.000001")
_REGION = re.compile(r'"([a-z0-9-]+)"\](?: = |: )?[^{\n]*\{|^\t"([a-z0-9-]+)": \{', re.MULTILINE)
_PRICE = re.compile(r'"([A-Za-z0-9_. -]+)":\s*([0-9.]+),')
_DAY = re.compile(r"generated at (\d{4}-\d\d-\d\d)")


@dataclass(frozen=True, slots=True)
class PublicList:
    """A file of prices in a public repository, and the sources in ``sources.toml`` from it."""

    source: str
    repository: str
    path: str
    parse: Callable[[str], Prices]


@dataclass(frozen=True, slots=True)
class Fetched:
    """The prices of a list, their day, and the revision that they are from."""

    prices: Prices
    day: date
    revision: str


def of_go(text: str) -> Prices:
    """Return the prices in Go source: a map by region of maps by instance."""
    found: Prices = {}
    starts = list(_REGION.finditer(text))
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        inner = text[start.end() : following.start() if following else len(text)]
        region = start[1] or start[2]
        found |= {(region, name): Decimal(hour) for name, hour in _PRICE.findall(inner)}
    return found


def of_json(text: str) -> Prices:
    """Return the prices on demand in JSON: ``prices``, region, ``on_demand``, instance."""
    regions: dict[str, dict[str, dict[str, Decimal]]] = json.loads(text, parse_float=Decimal)[
        "prices"
    ]
    return {
        (region, name): Decimal(hour)
        for region, kinds in regions.items()
        for name, hour in kinds["on_demand"].items()
    }


LISTS = (
    PublicList(
        "aws-karpenter",
        "aws/karpenter-provider-aws",
        "pkg/providers/pricing/zz_generated.pricing_aws.go",
        of_go,
    ),
    PublicList(
        "azure-karpenter",
        "Azure/karpenter-provider-azure",
        "pkg/providers/pricing/zz_generated.pricing.go",
        of_go,
    ),
    PublicList(
        "gcp-karpenter",
        "cloudpilot-ai/karpenter-provider-gcp",
        "pkg/providers/pricing/initial-prices.json",
        of_json,
    ),
)


def fetched(client: httpx.Client, one: PublicList, api: str = API, raw: str = RAW) -> Fetched:
    """Return a list at its newest revision; its day is the stated one, else the commit's.

    Raises httpx.HTTPError for a list that cannot be read, and ValueError for an empty one.
    """
    newest: dict[str, str | int] = {"path": one.path, "per_page": 1}
    asked = client.get(f"{api}/repos/{one.repository}/commits", params=newest).raise_for_status()
    commits: list[dict[str, Any]] = asked.json()
    if not commits:
        msg = f"{one.repository} has no {one.path}"
        raise ValueError(msg)
    commit = commits[0]
    text = client.get(f"{raw}/{one.repository}/{commit['sha']}/{one.path}").raise_for_status().text
    prices = one.parse(text)
    if not prices:
        msg = f"no price in {one.path} of {one.repository}"
        raise ValueError(msg)
    stated = _DAY.search(text[:5_000])
    day = stated[1] if stated else commit["commit"]["committer"]["date"][:10]
    return Fetched(prices, date.fromisoformat(day), commit["sha"][:8])


def renewed(table: str, sources: str, lists: Mapping[str, Fetched]) -> tuple[str, str, list[str]]:
    """Return the table and the sources with newer prices, and a line for each row that differs.

    ``lists`` are the fetched ones by the name that their sources in the table begin with.
    """
    rows = read_table(table)
    known = read_sources(sources)
    said: list[str] = []
    newer = [_renewed(row, lists, said) for row in rows]
    old = {_key(plan): plan for plan in read_rows(table, known)}
    bad = {
        _key(plan): why
        for plan, why in refused(read_rows(written(newer, [*rows[0]]), known)).items()
    }
    for number, row in enumerate(rows):
        key = (row["provider"], row["instance"], row["region"])
        if newer[number] != row and key in bad:
            said.append(f"kept {key[1]} in {key[2]} at {old[key].hour}: the new price {bad[key]}")
            newer[number] = row
    for name, one in lists.items():
        sources = _with_revision(sources, name, one)
    return written(newer, [*rows[0]]), sources, said


def _renewed(row: Row, lists: Mapping[str, Fetched], said: list[str]) -> Row:
    one = next((found for name, found in lists.items() if _is_from(row["source"], name)), None)
    if one is None:
        return row
    where = f"{row['instance']} in {row['region']}"
    hour = one.prices.get((row["region"], row["instance"]))
    if hour is None:
        said.append(f"vanished {where}: kept at {row['hour_usd']} of {row['day']}")
        return row
    day, shown = one.day.isoformat(), f"{hour.quantize(_SIX_DIGITS).normalize():f}"
    if shown == row["hour_usd"]:
        return {**row, "day": day}
    said.append(f"changed {where}: {row['hour_usd']} to {shown}")
    # The month is that of the whole price: the hour is written with six digits.
    return {**row, "hour_usd": shown, "month_usd": f"{to_cents(hour * HOURS)}", "day": day}


def _is_from(source: str, name: str) -> bool:
    return source == name or source.startswith(f"{name}-")


def _key(plan: OtherPlan) -> tuple[str, str, str]:
    return plan.provider, plan.name, plan.region


def _with_revision(sources: str, name: str, one: Fetched) -> str:
    known = next(found for found in LISTS if found.source == name)
    pattern = rf"{re.escape(known.repository)}@[0-9a-f]+ {re.escape(known.path)}"
    return re.sub(pattern, f"{known.repository}@{one.revision} {known.path}", sources)


def fetch_all(
    lists: Iterable[PublicList] = LISTS, api: str = API, raw: str = RAW
) -> tuple[dict[str, Fetched], list[str]]:
    """Return the lists that could be read, and a line for each that could not."""
    found: dict[str, Fetched] = {}
    said: list[str] = []
    with httpx.Client(timeout=_SECONDS, follow_redirects=True) as client:
        for one in lists:
            try:
                found[one.source] = fetched(client, one, api, raw)
            except (httpx.HTTPError, ValueError, KeyError) as error:
                said.append(f"not read {one.repository}: {type(error).__name__}")
    return found, said


def main(arguments: Sequence[str], api: str = API, raw: str = RAW) -> int:
    """Renew both files, or only print with ``--dry-run``; return 1 if a list was not read."""
    lists, unread = fetch_all(api=api, raw=raw)
    table, sources = FOLDER / "prices.csv", FOLDER / "sources.toml"
    new, revised, said = renewed(table.read_text("utf-8"), sources.read_text("utf-8"), lists)
    if "--dry-run" not in arguments:
        table.write_text(new, encoding="utf-8")
        sources.write_text(revised, encoding="utf-8")
    sys.stdout.write("".join(f"{line}\n" for line in [*said, *unread]))
    return 1 if unread else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

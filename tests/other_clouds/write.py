"""Write the table of other clouds' prices: ``python -m tests.other_clouds.write ROWS.csv...``.

Each file has the columns of ``prices.csv``, or some of them, and takes the place of the bundled
rows of the sources that it names; those have to be in ``sources.toml``. A month is worked out: 730
hours at AWS, Azure and Google Cloud, the provider's own month else, in dollars at the rate of the
source. Both gates and the licences are checked, and nothing is written if a row is refused.
"""

from __future__ import annotations

import csv
import io
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import vultr_cost_mcp.other_clouds
from vultr_cost_mcp.money import to_cents
from vultr_cost_mcp.other_clouds.list_prices import HOURLY, Source, read_rows, read_sources
from vultr_cost_mcp.other_clouds.price_gates import refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLDER = Path(vultr_cost_mcp.other_clouds.__file__).parent
HOURS = Decimal(730)
_SHARED_ALIKE = ("sharealike", "by-sa", "odbl")
Row = dict[str, str]


def table_with(text: str, added: Sequence[str], sources: Mapping[str, Source]) -> str:
    """Return the table with the rows of ``added`` in the place of those of the same sources.

    Raises ValueError with a line for each row that is refused, or names no source.
    """
    bundled = read_table(text)
    new = [row for part in added for row in read_table(part)]
    unknown = sorted({row["source"] for row in new} - set(sources))
    if unknown:
        msg = f"Not in sources.toml: {', '.join(unknown)}."
        raise ValueError(msg)
    renewed = {row["source"] for row in new}
    kept = [row for row in bundled if row["source"] not in renewed]
    rows = [*kept, *({**row, "month_usd": month_of(row, sources[row["source"]])} for row in new)]
    order = list(dict.fromkeys(row["provider"] for row in rows))
    rows.sort(key=lambda row: order.index(row["provider"]))
    table = written(rows, [*bundled[0]])
    problems = _problems(table, sources)
    if problems:
        raise ValueError("\n".join(problems))
    return table


def month_of(row: Row, source: Source) -> str:
    """Return the dollars of a month, rounded once (E24)."""
    if row["provider"] in HOURLY:
        return f"{to_cents(Decimal(row['hour_usd']) * HOURS)}"
    if source.usd is not None:
        return f"{to_cents(Decimal(row['month_native']) * source.usd)}"
    return f"{to_cents(Decimal(row['month_usd']))}"


def _problems(text: str, sources: Mapping[str, Source]) -> list[str]:
    plans = read_rows(text, sources)
    found = [f"{plan.name} in {plan.region} {why}" for plan, why in refused(plans).items()]
    for key in sorted({plan.source.key for plan in plans}):
        licence = (
            sources[key].licence.casefold().replace(" ", "-").replace("share-alike", "sharealike")
        )
        if any(word in licence for word in _SHARED_ALIKE):
            found.append(f"{key} has a licence that asks for the same one")
    return found


def read_table(text: str) -> list[Row]:
    """Return the rows of a table, as texts."""
    return [{k: v or "" for k, v in row.items()} for row in csv.DictReader(text.splitlines())]


def written(rows: Sequence[Row], head: Sequence[str]) -> str:
    """Return rows as a table with these columns."""
    text = io.StringIO()
    writer = csv.DictWriter(text, head, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def main(paths: Sequence[str]) -> int:
    """Write the table; return 1, and say why, if a row is refused."""
    sources = read_sources((FOLDER / "sources.toml").read_text("utf-8"))
    bundled = FOLDER / "prices.csv"
    try:
        text = table_with(
            bundled.read_text("utf-8"), [Path(path).read_text("utf-8") for path in paths], sources
        )
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    bundled.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

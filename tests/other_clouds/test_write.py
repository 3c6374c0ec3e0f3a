"""The script that writes the table: the gates are in it, months are worked out."""

from __future__ import annotations

import pytest

from tests.other_clouds.write import FOLDER, month_of, table_with
from vultr_cost_mcp.other_clouds.list_prices import read_sources

TEXT = (FOLDER / "prices.csv").read_text("utf-8")
SOURCES = read_sources((FOLDER / "sources.toml").read_text("utf-8"))


def _rows_of(key: str) -> str:
    head, *rows = TEXT.splitlines()
    return "\n".join([head, *(row for row in rows if f",{key}," in row)])


def test_the_table_is_written_as_it_is() -> None:
    assert table_with(TEXT, [], SOURCES) == TEXT


@pytest.mark.parametrize("key", ["aws-karpenter", "hetzner-page", "digitalocean-sizes"])
def test_the_rows_of_a_source_are_renewed_and_the_others_stay(key: str) -> None:
    written = table_with(TEXT, [_rows_of(key)], SOURCES)
    assert sorted(row.split(",")[:2] for row in written.splitlines()) == sorted(
        row.split(",")[:2] for row in TEXT.splitlines()
    )


def test_a_windows_price_planted_among_azures_is_refused_and_named() -> None:
    row = next(row for row in TEXT.splitlines() if row.startswith("azure,Standard_D4as_v5,"))
    cells = row.split(",")
    head = TEXT.splitlines()[0].split(",")
    cells[head.index("hour_usd")] = "0.356"
    rows = _rows_of(cells[head.index("source")]).replace(row, ",".join(cells))
    with pytest.raises(ValueError, match="Standard_D4as_v5"):
        table_with(TEXT, [rows], SOURCES)


def test_a_source_that_is_not_named_is_refused() -> None:
    rows = _rows_of("aws-karpenter").replace(",aws-karpenter,", ",somewhere,")
    with pytest.raises(ValueError, match="somewhere"):
        table_with(TEXT, [rows], SOURCES)


def test_a_month_is_worked_out_by_the_rule_of_its_provider() -> None:
    """0.0104 x 730 = 7.592; 10.00 euros at 1.1133 = 11.133."""
    hourly = {"provider": "aws", "hour_usd": "0.0104"}
    assert month_of(hourly, SOURCES["aws-karpenter"]) == "7.59"
    euros = {"provider": "hetzner", "month_native": "10.00"}
    assert month_of(euros, SOURCES["hetzner-page"]) == "11.13"
    own = {"provider": "linode", "month_usd": "5"}
    assert month_of(own, SOURCES["linode-types-derived"]) == "5.00"

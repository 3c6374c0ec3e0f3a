"""Several resources of one name through the whole server (D9, D10, D24)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.bodies import Bodies, Row, account, answers_of, item, server

DECEMBER, THREE = "2026-12-01T00:00:00+00:00", "2026-12-01T03:00:00+00:00"
NOW = datetime(2026, 12, 1, 3, tzinfo=UTC)
FULL, PACKED = (2.0, 3.0), (0.5, 0.85)


@pytest.fixture
def anyio_backend() -> object:
    """The one backend."""
    return "asyncio"


def nightly(prices: tuple[float, ...], digits: int, **stated: Any) -> Bodies:
    """Two snapshots of one name, 40 and 60 GiB, 10 and 17 packed, three hours into a month."""
    lines = [
        item(
            0.02 if price > 2 else 0.01,
            "Snapshot (nightly)",
            "Snapshot",
            units=3,
            unit_price=round(price / 672, digits),
            start=DECEMBER,
            end=THREE,
        )
        for price in prices
    ]
    rows: list[Row] = [
        {
            "id": f"s{number}",
            "description": "nightly",
            "date_created": "2026-10-01T00:00:00+00:00",
            "size": size * 2**30,
            "compressed_size": packed * 2**30,
            "status": "complete",
            **stated,
        }
        for number, (size, packed) in enumerate(((40, 10), (60, 17)))
    ]
    return {**account(lines), "/snapshots": {"snapshots": rows}}


@pytest.mark.anyio
@pytest.mark.parametrize("stated", [{}, {"pending_charges": 0.01}])
@pytest.mark.parametrize("digits", [5, 17])
@pytest.mark.parametrize("prices", [FULL, PACKED, PACKED[::-1]])
async def test_two_snapshots_of_one_name(
    prices: tuple[float, ...], digits: int, stated: Row
) -> None:
    """D9, D10: nothing is added; the unit prices tell which size is billed."""
    forecast, listed, groups = await answers_of(
        nightly(prices, digits, **stated),
        "forecast_month_end",
        "list_resource_costs",
        ("breakdown_by_service", {"group_by": "resource"}),
        now=NOW,
    )
    assert forecast["without_line"] == []
    assert forecast["projected_total"] == f"{sum(prices):.2f}"
    costs = {row["id"]: float(row["monthly_cost"]) for row in listed["resources"]}
    assert costs == dict(zip(("s0", "s1"), sorted(prices), strict=True))
    assert [row["line_count"] for row in groups["groups"]] == [1, 1]
    assert groups["unattributed"]["lines"] == 0


@pytest.mark.anyio
async def test_a_new_twin_is_added_from_its_creation() -> None:
    """D10, D24: two servers, one line: the younger is not on the bill yet."""
    old = server("web", "192.0.2.1", id="old")
    new = server("web", "192.0.2.2", id="new", date_created="2026-11-15T11:30:00+00:00")
    line = item(2.59, "Compute (1024 MB) [web]", unit_price=0.00744)
    forecast, resources = await answers_of(
        account([line], servers=[new, old]), "forecast_month_end", "list_resource_costs"
    )
    assert [row["id"] for row in forecast["without_line"]] == ["new"]
    # 5.00 of the one, 373 hours of the other.
    assert forecast["projected_total"] == "7.78"
    spent = {row["id"]: row["month_to_date"] for row in resources["resources"]}
    assert spent == {"old": "2.59", "new": None}

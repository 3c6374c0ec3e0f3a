"""Hourly lines that lack an end, a unit price or a start (D24)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.bodies import NOVEMBER, Row, account, answer_of, answers_of, item, server

TEN = {"plan": "vc2-1c-2gb"}
WEB = "192.0.2.1 (2048 MB) [web]"


@pytest.fixture
def anyio_backend() -> object:
    """The one backend."""
    return "asyncio"


async def month_end(lines: list[Row], servers: list[Row]) -> tuple[str, list[str]]:
    """The projected total, and the caveats on lines that are not projected."""
    found = await answer_of(account(lines, servers=servers), "forecast_month_end")
    return found["projected_total"], [row for row in found["caveats"] if "an end or a unit" in row]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "lacking",
    [
        {"end": None},
        {"unit_price": None},
        {"end": None, "unit_price": None},
        {"end": None, "units": None},
        {"start": None},
        {"start": None, "end": None},
        {"unit_type": "hrs"},
        {"unit_type": " H ", "end": None},
        {"units": None, "unit_price": None},
    ],
)
async def test_a_line_of_a_resource_follows_its_price(lacking: Row) -> None:
    """D24: 5.18 so far of 10.00 a month, a budget of 8.00 is at risk."""
    line = item(5.18, WEB, **{"unit_price": 0.0149, **lacking})
    budget: Row = {"monthly_budget": 8}
    forecast, held = await answers_of(
        account([line], servers=[server(**TEN)]), "forecast_month_end", ("check_budget", budget)
    )
    assert (forecast["projected_total"], forecast["without_line"]) == ("10.00", [])
    assert held["status"] == "warn"
    assert not [row for row in forecast["caveats"] if "an end or a unit" in row]


@pytest.mark.anyio
@pytest.mark.parametrize("lacking", [{"end": None}, {"unit_price": None}])
@pytest.mark.parametrize("tool", ["forecast_month_end", "get_cost_overview", "check_budget"])
async def test_a_line_of_no_resource_is_named(tool: str, lacking: Row) -> None:
    """D24: it stays as it is, and the answer says so."""
    line = item(5.18, WEB, **{"unit_price": 0.0149, **lacking})
    arguments: Row = {"monthly_budget": 8} if tool == "check_budget" else {}
    found = await answer_of(account([line]), tool, **arguments)
    projected = found.get("projected_total") or found.get("projected_month_end")
    assert projected in {"5.18", None}
    assert [row for row in found["caveats"] if "1 hourly line lacks" in row and f"`{WEB}`" in row]


@pytest.mark.anyio
async def test_hours_tell_that_a_line_without_an_end_is_over() -> None:
    """D24: 100 hours from the first of November are no line of the 15th."""
    old = item(1.49, WEB, units=100, unit_price=0.0149, end=None)
    new = item(5.18, WEB, unit_price=0.0149)
    assert await month_end([old, new], [server(**TEN)]) == ("11.49", [])
    # Alone it is the newest that there is: the bill is old.
    assert await month_end([old], [server(**TEN)]) == ("10.00", [])


@pytest.mark.anyio
async def test_a_resized_servers_older_line_is_closed_without_an_end() -> None:
    """D24: a later line of the same server takes over; each has its own cap."""
    old = item(1.61, WEB, units=None, unit_price=0.00744, end=None)
    new = item(1.97, WEB, units=132, unit_price=0.0149, start="2026-11-10T00:00:00+00:00", end=None)
    # 504 hours of 10.00 are 7.50.
    assert await month_end([old, new], [server(**TEN)]) == ("9.11", [])


@pytest.mark.anyio
async def test_a_start_that_is_missing_is_told_by_the_hours() -> None:
    """D24: 48 hours before now began on the 13th: 420 hours of 10.00 are 6.25."""
    line = item(0.72, WEB, units=48, unit_price=0.0149, start=None)
    assert await month_end([line], [server(**TEN)]) == ("6.25", [])
    endless = {**line, "end_date": None}
    assert await month_end([endless], [server(**TEN)]) == ("6.25", [])


@pytest.mark.anyio
async def test_add_ons_without_a_unit_price_follow_theirs() -> None:
    """D24: backups are a fifth of the price: 2.00 of a month."""
    both = server(**TEN, features=["auto_backups"])
    lines = [
        item(5.18, WEB, unit_price=0.0149),
        item(1.04, WEB, "Automatic Backups", unit_price=None),
    ]
    assert await month_end(lines, [both]) == ("12.00", [])


@pytest.mark.anyio
async def test_several_add_ons_are_told_by_the_total() -> None:
    """D24: a line that agrees with none of them is named."""
    busy = server(**TEN, features=["auto_backups", "ddos_protection"])
    server_line = item(5.18, WEB, unit_price=0.0149)
    ddos = item(5.18, WEB, "DDoS Protection", unit_price=None)
    assert await month_end([server_line, ddos], [busy]) == ("20.00", [])
    odd = item(3.33, WEB, "DDoS Protection", unit_price=None)
    total, said = await month_end([server_line, odd], [busy])
    assert (total, len(said)) == ("13.33", 1)


@pytest.mark.anyio
async def test_credits_by_the_hour_are_no_price() -> None:
    """D8, D24: a negative line beside the server's own hides no special price."""
    special: dict[str, Any] = {"unit_price": 0.02, "start": NOVEMBER}
    lines = [item(6.96, WEB, **special), item(-1, f"{WEB} SLA", unit_price=-0.0029)]
    found = await answer_of(account(lines, servers=[server(**TEN)]), "list_resource_costs")
    (row,) = found["resources"]
    assert (row["monthly_cost"], row["price_source"]) == ("13.44", "billed")

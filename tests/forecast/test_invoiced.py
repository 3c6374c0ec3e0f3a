"""A month of which an invoice has a part already, through the whole server (D1, D24, D26, D27)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random  # noqa: TID251  (seeded by the test)

import pytest

from tests.support.double import Account, Status, VultrDouble
from tests.support.machines import GPU, METAL, VOLUME, wire_account
from tests.support.nouns import at, usd
from tests.support.simulator import (
    Digits,
    Machine,
    bill_at,
    bill_at_month_end,
    day_passed,
    dollars,
    invoiced_until,
    month_of,
)
from tests.support.stage import clock_from, staged_client, structured
from tests.support.virtual_time import VIRTUAL_ASYNCIO

pytestmark = pytest.mark.anyio
OLD = at("2025-06-03T10:00")
HOURS = ("hours", "Hours", "hour", "hrs", "HR", " h ")


@pytest.fixture
def anyio_backend() -> object:
    """Seconds are virtual."""
    return VIRTUAL_ASYNCIO


def some_machines(rng: Random, now: datetime) -> list[Machine]:
    """One to seven, some resized, some gone, under any name of an hour, with fields unsaid."""
    first, _ = month_of(now)
    made = [Machine("anchor", "192.0.2.1", ((OLD, usd(5)),))]
    for number in range(rng.randint(1, 6)):
        product = rng.choice(("Vultr Cloud Compute", GPU, METAL, VOLUME))
        moments = [OLD if rng.random() < 0.6 else _between(rng, first, now)]
        if rng.random() < 0.3:
            moments.append(_between(rng, max(moments[0], first), now))
        gone = _between(rng, moments[-1], now) if rng.random() < 0.2 else None
        prices = tuple((moment, Decimal(rng.randint(40, 4000)) / 4) for moment in moments)
        unsaid = rng.choice(((), (), ("end_date",), ("unit_price",)))
        made.append(
            Machine(
                f"m{number}",
                "" if product == VOLUME else f"192.0.2.{number + 10}",
                prices,
                cap=730 if product == GPU else 672,
                destroyed=gone,
                product=product,
                digits=rng.choice(("float", "fifteen", "four")),
                unit_type=rng.choice(HOURS),
                # Which of several prices an unsaid one is nothing tells.
                unsaid=frozenset(unsaid if len(prices) == 1 and gone is None else ()),
            )
        )
    return made


def _between(rng: Random, begin: datetime, end: datetime) -> datetime:
    """Some instant, not in the last three hours, which are not closed yet."""
    seconds = max(1, int((end - begin).total_seconds()) - 3 * 3600)
    return begin + timedelta(seconds=rng.randint(0, seconds))


def account_of(machines: list[Machine], now: datetime, cut: datetime | None) -> Account:
    """The account on the wire, with last month's invoice and the one of the cut."""
    account = wire_account(machines, now)
    account.pending = bill_at(machines, now, cut)
    first, _ = month_of(now)
    papers = [(71, first + timedelta(minutes=5), invoiced_until(machines, first - timedelta(1)))]
    if cut is not None:
        papers.append((72, cut + timedelta(minutes=5), invoiced_until(machines, cut)))
    for number, date, rows in papers:
        account.invoices.append(
            {"id": number, "date": date.isoformat(), "amount": dollars(rows), "balance": 0}
        )
        account.invoice_items[str(number)] = rows
    return account


def instants() -> list[tuple[int, str, str | None]]:
    """Seed, now and cut: the first days, the middle, February's end, the turn of the year."""
    return [
        (seed, now, cut)
        for seed, (now, cut) in enumerate(
            (
                ("2026-11-15T12:00", "2026-11-11T00:00"),
                ("2026-11-30T23:58", "2026-11-04T00:10"),
                ("2026-02-28T23:10", "2026-02-27T13:00"),
                ("2028-02-29T12:00", "2028-02-10T07:30"),
                ("2026-12-31T22:00", "2026-12-04T00:01"),
                ("2027-01-04T09:00", "2027-01-04T01:00"),
                ("2026-11-03T23:00", None),
                ("2026-12-01T02:30", None),
            )
        )
    ]


@pytest.mark.parametrize(("seed", "moment", "cut_at"), instants())
async def test_what_is_invoiced_already_is_part_of_the_month(
    seed: int, moment: str, cut_at: str | None
) -> None:
    """D1, D24: the month and its end are both bills, each line to its own cap, to the cent."""
    now, cut = at(moment), None if cut_at is None else at(cut_at)
    machines = some_machines(Random(seed), now)  # noqa: S311  (seeded)
    account = account_of(machines, now, cut)
    before = dollars(invoiced_until(machines, cut)) if cut else Decimal(0)
    pending = dollars(account.pending)
    end = bill_at_month_end(machines, now, cut)
    account.account["balance"] = -(pending + (end - before - pending) / 3 + usd("0.57"))
    async with staged_client(VultrDouble(account, date=now), clock_from(now)) as client:
        month = structured(await client.call_tool("forecast_month_end", {}))
        assert month["month_to_date"] == f"{before + pending:.2f}"
        assert Decimal(month.get("invoiced_this_month") or 0) == before
        assert month["projected_total"] == f"{end:.2f}"
        assert sum(map(Decimal, month["components"].values())) == end
        free = -account.account["balance"]
        assert month["credit"]["left_now"] == f"{free - pending:.2f}"
        assert month["credit"]["left_at_month_end"] == f"{max(0, free - end + before):.2f}"
        for share in ("0.13", "0.5", "0.93", "1.02"):
            # Parts of a cent: whether a day reaches a budget or passes it is the same.
            budget = (end * Decimal(share)).quantize(Decimal("0.01")) + usd("0.003")
            held = structured(
                await client.call_tool("check_budget", {"monthly_budget": float(budget)})
            )
            day = day_passed(machines, now, cut, budget)
            assert held.get("breach_on") == (None if day is None else day.isoformat())
            over = "over" if before + pending >= budget else "warn"
            assert held["status"] == over


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("moment", "cut_at"),
    [
        ("2026-11-15T12:00", "2026-11-11T00:00"),
        ("2026-11-30T23:58", "2026-11-04T00:10"),
        ("2026-02-28T23:10", "2026-02-28T20:00"),
        ("2026-11-15T12:00", None),
        ("2026-11-30T23:58", None),
    ],
)
async def test_where_the_list_is_refused_pending_lines_tell(
    seed: int, moment: str, cut_at: str | None
) -> None:
    """D1: of any machines, old or new, resized or gone: a part is missing only after a cut."""
    now, cut = at(moment), None if cut_at is None else at(cut_at)
    machines = some_machines(Random(seed), now)  # noqa: S311  (seeded)
    double = VultrDouble(account_of(machines, now, cut), date=now)
    double.fail("/billing/invoices", Status(403))
    async with staged_client(double, clock_from(now)) as client:
        held = structured(await client.call_tool("check_budget", {"monthly_budget": 1_000_000}))
    assert held["status"] == ("ok" if cut is None else "unknown")
    assert held["coverage"]["complete"] is (cut is None)


@pytest.mark.parametrize("digits", ["float", "fifteen", "four"])
async def test_the_example_of_192_dollars(digits: Digits) -> None:
    """D1, D27: 68.58 on the 11th and 30.86 pending are 99.44; 137.15 more make 205.73: warn."""
    now, cut = at("2026-11-15T12:00"), at("2026-11-11")
    machines = [Machine("web", "192.0.2.1", ((OLD, usd(192)),), digits=digits)]
    account = account_of(machines, now, cut)
    account.account["balance"] = usd("-131.42")
    async with staged_client(VultrDouble(account, date=now), clock_from(now)) as client:
        held = structured(await client.call_tool("check_budget", {"monthly_budget": 150}))
        month = structured(await client.call_tool("forecast_month_end", {}))
    assert (held["status"], held["spent"], held["projected"]) == ("warn", "99.44", "205.73")
    assert month["invoiced_this_month"] == "68.58"
    assert month["credit"]["left_now"] == "100.56"

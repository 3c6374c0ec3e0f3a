"""The ledger of savings against bills that are counted out hour by hour (M-ledger)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.proof.world import CUSTOMER, kept, line_of, now_at, old, other, run_at
from tests.support.nouns import charge, known, thing
from vultr_cost_mcp.questions.savings.kept_waste import ledger_of
from vultr_cost_mcp.questions.savings.ledger import LedgerEntry

START = datetime(2026, 8, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Story:
    """Hours after START: when a stopped server was last read, deleted, and where it is now."""

    cents: int
    created: int
    seen: int
    deleted: int
    now: int
    back: int | None


def hours_of_months(first: int, end: int) -> dict[str, int]:
    """Count the hours from ``first`` to ``end`` by month, one by one."""
    found: dict[str, int] = {}
    for number in range(first, end):
        name = f"{START + number * HOUR:%Y-%m}"
        found[name] = found.get(name, 0) + 1
    return found


def cents_of(hours: int, price: int) -> int:
    """Return cents of a line: hours at a 672nd, rounded up, and never more than the price."""
    return min(price, ceil(Fraction(hours * price, 672)))


def bill(first: int, end: int, price: int) -> dict[str, int]:
    return {name: cents_of(hours, price) for name, hours in hours_of_months(first, end).items()}


def saved_at_most(story: Story) -> int:
    """Return the cents by which the bills would be higher, had it not been deleted."""
    kept_ = bill(story.created, story.now, story.cents)
    was = bill(story.created, story.deleted, story.cents)
    again = {} if story.back is None else bill(story.back, story.now, story.cents)
    return sum(max(0, kept_[m] - was.get(m, 0) - again.get(m, 0)) for m in kept_)


def entry_of(story: Story) -> LedgerEntry:
    """Return the entry of the ledger for the same story, told by readings."""
    instant = [START + hours * HOUR for hours in (story.created, story.seen, story.deleted)]
    created, seen, deleted = instant
    now = START + story.now * HOUR
    row = old(monthly=str(Decimal(story.cents) / 100), created=created)
    last = line_of(row, deleted)
    gone = run_at(deleted, [other()], lines=[last])
    runs = [run_at(seen, [row, other()]), gone]
    again = []
    if story.back is not None:
        again = [
            thing(
                "new",
                price=str(row.monthly_cost),
                label=row.label,
                plan=row.plan,
                created=START + story.back * HOUR,
            )
        ]
    lines = [charge(last.line.total, of=last.line)] if last.period == f"{now:%Y-%m}" else []

    async def told() -> LedgerEntry:
        shot = now_at(now, *again, charges=lines)
        (found,) = known(await ledger_of(await kept(*runs), CUSTOMER, shot)).entries
        return found

    return anyio.run(told)


@st.composite
def stories(draw: st.DrawFn, *, replaced: bool = False) -> Story:
    created = draw(st.integers(0, 1200))
    seen = created + draw(st.integers(2, 900))
    deleted = seen + draw(st.integers(1, 30))
    now = deleted + draw(st.integers(1, 3000))
    back = None
    if replaced:
        back = min(deleted + draw(st.integers(1, 7 * 24 - 31)), now)
    return Story(draw(st.integers(100, 200_000)), created, seen, deleted, now, back)


@settings(deadline=None, max_examples=60)
@given(stories())
def test_it_saves_what_the_bills_would_be_higher(story: Story) -> None:
    """M-ledger: to the cent, wherever the caps of the months lie."""
    assert entry_of(story).saved == Decimal(saved_at_most(story)) / 100


@settings(deadline=None, max_examples=60)
@given(stories(replaced=True))
def test_with_a_replacement_it_never_saves_more_than_the_bills_tell(story: Story) -> None:
    """M-ledger: what came back costs again, with a cap of its own."""
    assert known(entry_of(story).saved) <= Decimal(saved_at_most(story)) / 100
    plain = entry_of(replace(story, back=None))
    assert known(entry_of(story).saved) <= known(plain.saved)

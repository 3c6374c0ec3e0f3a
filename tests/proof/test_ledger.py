"""The ledger of realised savings, by answers computed by hand (M-ledger).

A server of 67.20 dollars a month costs ten cents an hour, and a month is full after 672 hours.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.proof.world import (
    CUSTOMER,
    DAY,
    HOUR,
    kept,
    later,
    line_of,
    now_at,
    old,
    other,
    run_at,
    waste,
)
from tests.support.nouns import at, charge, known, thing
from vultr_cost_mcp.billing.realised import DeletedWaste
from vultr_cost_mcp.domain.history import NewRun, StoredInvoice, StoredLine
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot
from vultr_cost_mcp.questions.savings.kept_waste import ledger_of
from vultr_cost_mcp.questions.savings.ledger import LedgerEntry, RealisedSavings

pytestmark = pytest.mark.anyio

OLD, WEB = old(), other()
# The last reading that lists it: 240 hours of October are over, and cost 24.00.
SEEN = at("2026-10-11")
GONE = SEEN + HOUR
NOW = at("2026-11-18T14:00")


async def ledger(shot: Snapshot, *runs: NewRun) -> RealisedSavings:
    return known(await ledger_of(await kept(*runs), CUSTOMER, shot))


async def entry(shot: Snapshot, *runs: NewRun) -> LedgerEntry:
    (found,) = (await ledger(shot, *runs)).entries
    return found


def both(seen: datetime = SEEN, row: Any = OLD, **named: Any) -> tuple[NewRun, NewRun]:
    """Make the last reading with a resource, and the next one without it."""
    gone = line_of(row, seen, owner=row.id)
    return run_at(seen, [row, WEB]), run_at(
        seen + HOUR, [WEB], lines=[line_of(WEB, seen + HOUR), gone], **named
    )


async def test_nothing_is_known_where_no_waste_was_stored() -> None:
    """M-ledger."""
    history = await kept(run_at(SEEN, [WEB]))
    assert await ledger_of(history, CUSTOMER, now_at(NOW)) is None


async def test_what_still_exists_is_no_saving() -> None:
    found = await ledger(now_at(NOW, thing("old", state="stopped")), run_at(SEEN, [OLD, WEB]))
    assert found == RealisedSavings(Decimal(0), None, (), found.omitted)


async def test_a_deleted_server_saves_from_its_last_reading_on() -> None:
    """October would have been full: 67.20 less 24.00; November so far 422 hours."""
    row = await entry(now_at(NOW), *both())
    assert (row.label, row.kind, row.action) == ("old", "instance", "delete_stopped_server")
    assert (row.since, row.monthly_cost) == (SEEN, Decimal("67.20"))
    assert row.saved == Decimal("43.20") + Decimal("42.20")
    assert (row.closed, row.closed_on, row.id) == (None, None, None)


async def test_a_month_at_its_cap_saves_nothing_more() -> None:
    """On the 30th of October the month was full: November alone is saved."""
    row = await entry(now_at(NOW), *both(at("2026-10-30")))
    assert row.saved == Decimal("42.20")


async def test_a_short_month_counts_its_own_hours() -> None:
    """672 hours of February are 67.20 just so; 730 hours a month of a GPU plan are never full."""
    gpu = old(monthly="73.00", kind="gpu_instance", plan="vcg-a16-2c", compute_class="gpu")
    gone = at("2026-01-31T23:00")
    run, _ = both(gone, gpu)
    # Ten cents an hour by 730 hours: one hour of January was left, 672 of February.
    run = replace(run, lines=(line_of(gpu, gone, unit_price=Decimal("0.1")),))
    row = await entry(now_at(at("2026-03-01")), run, run_at(gone + HOUR, [WEB], lines=[]))
    assert row.saved == Decimal("0.00") + Decimal("67.20")


async def test_hours_after_the_last_reading_are_billed_and_not_saved() -> None:
    """Readings once a day: the line went on for 20 hours, so 2.00 less is saved."""
    line = line_of(OLD, SEEN + 20 * HOUR)
    row = await entry(
        now_at(NOW), run_at(SEEN, [OLD, WEB]), run_at(SEEN + DAY, [WEB], lines=[line])
    )
    assert row.saved == Decimal("43.20") - Decimal("2.00") + Decimal("42.20")


async def test_a_line_that_goes_on_is_no_saving() -> None:
    """It left the list and not the bill: the running month is charged in full."""
    still = line_of(OLD, NOW, owner=None).line
    shot = now_at(NOW, charges=[charge(still.total, of=still)])
    row = await entry(shot, *both())
    assert row.saved == Decimal("43.20")


async def test_what_was_never_billed_is_no_entry() -> None:
    free = later(OLD, month_to_date=None)
    found = await ledger(now_at(NOW), run_at(SEEN, [free, WEB], lines=[]), run_at(GONE, [WEB]))
    assert found.entries == ()


async def test_found_daily_it_counts_once() -> None:
    days = [run_at(SEEN - number * DAY, [OLD, WEB]) for number in range(30)]
    found = await ledger(now_at(NOW), *days, *both())
    assert len(found.entries) == 1
    assert found.to_date == Decimal("85.40")
    assert found.since == SEEN


async def test_what_was_used_again_before_it_went_is_no_entry() -> None:
    """The last run to list it did not find it as waste: started, attached, or tagged to keep."""
    used = later(OLD, state="running")
    found = await ledger(
        now_at(NOW),
        run_at(SEEN - HOUR, [OLD, WEB]),
        run_at(SEEN, [used, WEB]),
        run_at(GONE, [WEB]),
    )
    assert found.entries == ()


async def test_a_run_that_failed_to_list_it_tells_nothing() -> None:
    """The list of servers failed once; then it is there, and used."""
    used = later(OLD, state="running")
    failed: dict[str, Any] = {"underutilized_resources": None, "instance_count": None}
    runs = [
        run_at(SEEN, [OLD, WEB]),
        run_at(GONE, [], **failed),
        run_at(GONE + HOUR, [used, WEB]),
        run_at(GONE + 2 * HOUR, [WEB]),
    ]
    assert (await ledger(now_at(NOW), *runs)).entries == ()
    # Gone in the next whole one, it is gone.
    assert (await ledger(now_at(NOW), *runs[:2], runs[3])).to_date == Decimal("85.40")


async def test_the_list_of_its_kind_is_enough() -> None:
    """Another list failed for ever: that of servers was read, as its other rows tell."""
    failed: dict[str, Any] = {"underutilized_resources": None, "instance_count": None}
    row = await entry(now_at(NOW), *both(**failed))
    assert row.saved == Decimal("85.40")


async def test_the_running_reading_is_the_last_run() -> None:
    """No stored run is later: what is read now tells, unless its list is not whole.

    How long October's line went on is not known: only the hours of November are saved.
    """
    run = run_at(SEEN, [OLD, WEB])
    assert (await ledger(now_at(NOW), run)).to_date == Decimal("42.20")
    gap = (Gap("instances", "could not be read (500)"),)
    assert (await ledger(now_at(NOW, gaps=gap), run)).entries == ()
    other_gap = (Gap("databases", "could not be read (403)"),)
    assert (await ledger(now_at(NOW, gaps=other_gap), run)).to_date == Decimal("42.20")


async def test_the_last_price_counts() -> None:
    """Resized by hand to 33.60 and stopped again: half of it is saved, from the new line on."""
    small = later(OLD, monthly_cost=Decimal("33.60"), plan="vc2-2c-4gb")
    changed = at("2026-10-06")
    lines = [line_of(OLD, changed), line_of(small, SEEN, changed)]
    row = await entry(
        now_at(NOW),
        run_at(changed - HOUR, [OLD, WEB]),
        run_at(SEEN, [small, WEB], lines=lines),
        run_at(GONE, [WEB], lines=lines),
    )
    # 624 hours of October from the sixth at five cents, less 120 that were billed; 422 since.
    assert row.monthly_cost == Decimal("33.60")
    assert row.saved == Decimal("31.20") - Decimal("6.00") + Decimal("21.10")


async def test_a_price_that_the_bill_does_not_show_is_not_claimed() -> None:
    """Billed dearer than its last price would be: that much less is saved."""
    dear = line_of(OLD, SEEN, total=Decimal("30.00"))
    row = await entry(
        now_at(NOW), run_at(SEEN, [OLD, WEB], lines=[dear]), run_at(GONE, [WEB], lines=[dear])
    )
    assert row.saved == Decimal("37.20") + Decimal("42.20")


async def test_an_unknown_price_is_in_no_sum() -> None:
    unknown = later(OLD, monthly_cost=None)
    found = await ledger(now_at(NOW), *both(row=unknown))
    assert (found.to_date, found.unpriced) == (Decimal(0), 1)
    assert found.entries[0].saved is None


async def test_it_closes_after_twelve_months() -> None:
    """From the 11th of October to the 11th of October: 11 full months, and both ends."""
    row = await entry(now_at(at("2027-11-01")), *both())
    assert (row.closed, row.closed_on) == ("after_12_months", at("2027-10-11"))
    assert row.saved == Decimal("43.20") + 11 * Decimal("67.20") + Decimal("24.00")


@pytest.mark.parametrize(
    ("change", "replaced"),
    [
        ({}, True),
        ({"label": "another"}, True),
        ({"addresses": ("192.0.2.9",)}, True),
        ({"label": "another", "addresses": ("192.0.2.9",)}, False),
        ({"plan": "vc2-2c-4gb"}, False),
        ({"region": "fra"}, False),
        ({"kind": "bare_metal"}, False),
    ],
)
async def test_made_again_within_a_week_it_closes(
    change: dict[str, Any], *, replaced: bool
) -> None:
    """Gone on the 11th, there again on the 14th: 72 hours are saved, as far as the cap allows."""
    back = SEEN + 3 * DAY
    again = later(old("new"), **{"label": "old", "created": back, "state": "running", **change})
    row = await entry(now_at(NOW), *both(), run_at(back + HOUR, [again, WEB]))
    if not replaced:
        assert (row.closed, row.saved) == (None, Decimal("85.40"))
        return
    assert (row.closed, row.closed_on) == ("replaced", back)
    # Kept, it had cost 67.20; both lines cost 24.00 and 43.20 (432 hours): nothing was saved.
    assert row.saved == Decimal("0.00")


async def test_the_gap_before_a_replacement_is_saved_while_no_cap_is_reached() -> None:
    """On the 18th of October neither month is full: the 72 hours between them are 7.20."""
    back = SEEN + 3 * DAY
    again = thing("new", price="67.20", label="old", plan="vc2-4c-8gb", created=back)
    row = await entry(now_at(at("2026-10-18"), again), *both())
    assert (row.closed, row.saved) == ("replaced", Decimal("7.20"))


async def test_made_again_after_a_week_is_something_new() -> None:
    back = SEEN + timedelta(days=7, seconds=1)
    again = thing("new", price="67.20", label="old", plan="vc2-4c-8gb", created=back)
    assert (await entry(now_at(NOW, again), *both())).closed is None


async def test_what_was_there_before_replaces_nothing() -> None:
    """A server of that name was made first; the old one went afterwards."""
    first = later(old("new"), label="old", state="running", created=SEEN - DAY)
    run = run_at(SEEN, [OLD, WEB, first], findings=[waste(OLD)])
    row = await entry(now_at(NOW), run, run_at(GONE, [WEB, first]))
    assert row.closed is None


async def test_a_node_of_the_cluster_replaces_a_node() -> None:
    node = later(OLD, kind="kubernetes_node", cluster="k")
    again = later(
        WEB, id="new", label="", kind="kubernetes_node", cluster="k", addresses=(), created=GONE
    )
    row = await entry(now_at(NOW), *both(row=node), run_at(GONE + HOUR, [again, WEB]))
    assert row.closed == "replaced"


def invoice_of(month: str, *lines: StoredLine) -> StoredInvoice:
    """Make the invoice of a month with these lines."""
    date = Month.of(at(f"{month}-01")).end
    charges = tuple((row.line, row.service) for row in lines)
    amount = sum((row.line.total for row in lines), Decimal(0))
    return StoredInvoice(Invoice(f"inv-{month}", date, amount), month, charges)


async def test_in_a_gap_of_readings_the_invoices_tell() -> None:
    """One reading in September, the next in November: it may have been billed all the time."""
    seen = at("2026-09-11")
    runs = run_at(seen, [OLD, WEB]), run_at(at("2026-11-05"), [WEB])
    assert (await ledger(now_at(NOW), *runs)).to_date == Decimal("42.20")
    # It went at once: 240 hours of September are billed, and nothing in October.
    september, october = invoice_of("2026-09", line_of(OLD, seen)), invoice_of("2026-10")
    long_ago = invoice_of("2026-03", line_of(OLD, at("2026-04-01")))
    told = replace(runs[1], invoices=(long_ago, september, october))
    found = (await ledger(now_at(NOW), runs[0], told)).to_date
    assert found == Decimal("43.20") + Decimal("67.20") + Decimal("42.20")
    # It went on the 20th of October: 456 hours are billed, and all of September.
    late = [line_of(OLD, when, owner=None) for when in (at("2026-10-01"), at("2026-10-20"))]
    told = replace(
        runs[1], invoices=(invoice_of("2026-09", late[0]), invoice_of("2026-10", late[1]))
    )
    found = (await ledger(now_at(NOW), runs[0], told)).to_date
    assert found == Decimal("21.60") + Decimal("42.20")


async def test_last_months_lines_tell_until_they_are_invoiced() -> None:
    """Gone in the night to November: a reading after it still has October's line."""
    seen, end = at("2026-10-26"), at("2026-10-28")
    last = line_of(OLD, end)
    after = run_at(at("2026-11-01T06:00"), [WEB], lines=[last])
    row = await entry(now_at(NOW), run_at(seen, [OLD, WEB]), after)
    assert row.saved == Decimal("67.20") - Decimal("64.80") + Decimal("42.20")
    # The running reading has it, where no stored one does.
    shot = now_at(NOW, uninvoiced_previous=(charge(last.line.total, of=last.line),))
    row = await entry(shot, run_at(seen, [OLD, WEB]), run_at(at("2026-11-05"), [WEB]))
    assert row.saved == Decimal("2.40") + Decimal("42.20")


async def test_dropped_resources_tell_nothing() -> None:
    """The store dropped them: a run without rows is no account without resources."""
    history = await kept(*both())
    await history.prune(CUSTOMER, GONE + HOUR)
    found = known(await ledger_of(history, CUSTOMER, now_at(NOW)))
    assert found.entries == ()


async def test_entries_sum_to_the_cent() -> None:
    """Snapshots of a third of a cent an hour: parts sum to the total that is rounded once."""
    third = Decimal("2.24") / 3
    rows = [
        old(f"s{n}", kind="snapshot", monthly=str(third), plan=None, addresses=()) for n in range(3)
    ]
    found = await ledger(now_at(NOW), run_at(SEEN, [*rows, WEB]), run_at(GONE, [WEB], lines=[]))
    assert sum(known(row.saved) for row in found.entries) == found.to_date


async def test_a_shared_label_has_its_id() -> None:
    twin = later(old("twin"), label="old", addresses=("192.0.2.10",))
    rows = [OLD, twin, WEB]
    found = await ledger(now_at(NOW), run_at(SEEN, rows), run_at(GONE, [WEB], lines=[]))
    assert [row.id for row in found.entries] == ["old", "twin"]
    web = await entry(now_at(NOW, thing("x", label="old", created=at("2026-11-10"))), *both())
    assert web.id == "old"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("instance", {"instance_count": 3}),
        ("snapshot", {"snapshot_waste": Decimal(0)}),
        ("block_storage", {"underutilized_resources": 2}),
        ("block_storage", None),
    ],
)
async def test_a_record_tells_that_a_list_was_read(kind: Any, told: dict[str, Any] | None) -> None:
    """The next run has none of the kind: what its record knows tells that there was none.

    Where nothing tells, the run after it does: it lists the resource, and in use.
    """
    row = later(OLD, kind=kind)
    unknown = dict.fromkeys(("underutilized_resources", "instance_count", "snapshot_waste"))
    runs = [
        run_at(SEEN, [row, WEB]),
        run_at(GONE, [], **{**unknown, **(told or {})}),
        run_at(GONE + HOUR, [later(row, state="active")], findings=[]),
    ]
    found = await ledger(now_at(NOW), *runs)
    assert len(found.entries) == (told is not None)


async def test_lines_of_others_are_not_its_own() -> None:
    """A line that names nobody known, and the bill that could not be read, tell nothing."""
    lost = line_of(later(OLD, label="somebody"), NOW, owner=None, description="[somebody]").line
    row = await entry(now_at(NOW, charges=[charge(lost.total, of=lost)]), *both())
    assert row.saved == Decimal("85.40")
    row = await entry(now_at(NOW, charges=None), *both())
    assert row.saved == Decimal("85.40")


async def test_a_leap_day_counts_until_the_last_of_february() -> None:
    seen = at("2028-02-29")
    gone = DeletedWaste(waste(OLD), OLD, seen, seen + HOUR, 672)
    assert gone.closes == (at("2029-02-28"), "after_12_months")

"""The contract of every history, on every engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import pytest

from tests.support.readings import (
    CUSTOMER,
    EVER,
    NOON,
    UNKNOWN,
    charge,
    finding,
    invoice,
    line,
    reading,
    resource,
    seen,
)
from vultr_cost_mcp.domain.bill import SERVICES
from vultr_cost_mcp.domain.history import RULES, StoredFinding, StoredInvoice, StoredLine
from vultr_cost_mcp.domain.resource import KINDS
from vultr_cost_mcp.errors import StoreError

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.bill import Service
    from vultr_cost_mcp.domain.history import History

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
HOSTILE = {
    "empty": "",
    "quotes": """a'b"c`d\\e'';--""",
    "sql": "'); DROP TABLE runs; --",
    "placeholders": "{customer:String} ? :name %s %(x)s ${HOME}",
    "nul": "before\0after",
    "lines": "one\ntwo\r\nthree\tfour",
    "emoji": "🐙👩‍👩‍👧‍👦é",
    "bidi": "\u202eevil\u202c \u200b\ufeff",
    "long": "long " * 1000,
    "json": '["a", {"b": null}]',
    "number": "1e5",
    "null": "\\N NULL",
}
LONE = "half \ud83d of a letter"


async def lines_of(history: History, run_id: str = "run-1") -> list[StoredLine]:
    return list((await history.lines(CUSTOMER, [run_id]))[run_id])


async def test_an_empty_history_answers_with_nothing(history: History) -> None:
    assert await history.runs(CUSTOMER, *EVER) == []
    assert await history.totals(CUSTOMER, ["run-1"]) == {}
    assert await history.lines(CUSTOMER, ["run-1"]) == {}
    assert await history.resources(CUSTOMER, ["run-1"]) == {}
    assert await history.invoices(CUSTOMER) == []
    assert await history.prune(CUSTOMER, NOON) == 0


# --- what is kept comes back ----------------------------------------------------------------------


async def test_a_reading_comes_back_as_it_was(history: History) -> None:
    lines = [line("2.94"), line("-1.00", "Credits and Discounts", "2026-10"), line("0.00", "Tax")]
    resources = [resource(), resource("server-2", state="stopped")]
    kept = reading("run-1", NOON + 90 * MICROSECOND, lines, resources, [invoice()], complete=False)
    await history.add(kept)
    assert await history.runs(CUSTOMER, *EVER) == [kept.run]
    assert await lines_of(history) == lines
    assert await history.resources(CUSTOMER, ["run-1"]) == {"run-1": resources}
    assert await history.invoices(CUSTOMER) == [invoice()]


async def test_what_was_wasted_and_what_is_attached_come_back(history: History) -> None:
    findings = [finding(), finding(monthly_cost=None, resource_ids=(), reasons=("a", "b"))]
    things = [resource("a", attached_to=()), resource("b", attached_to=("x", "y"))]
    kept = replace(reading(resources=things), findings=tuple(findings))
    await history.add(kept)
    assert await history.findings(CUSTOMER, ["run-1", "run-2"]) == {"run-1": findings}
    assert await history.resources(CUSTOMER, ["run-1"]) == {"run-1": things}
    # What happened stays known when the lines of the time are dropped.
    await history.prune(CUSTOMER, NOON + HOUR)
    assert await history.findings(CUSTOMER, ["run-1"]) == {"run-1": findings}


async def test_the_last_measured_finding_of_each_resource(history: History) -> None:
    """M-ledger: of the newest run that can be seen, whatever was found before or beside it."""

    def found(id_: str, cost: str, **named: Any) -> StoredFinding:
        return finding(resource_ids=(id_,), monthly_cost=Decimal(cost), **named)

    rows = {
        "run-1": (NOON, [found("a", "5"), found("b", "7")]),
        "run-2": (NOON + HOUR, [found("a", "6"), found("b", "9", confidence="inferred")]),
        # The next run of the same hour supersedes this one, with what it found.
        "run-3": (NOON + 2 * HOUR, [found("b", "8"), found("c", "1")]),
        "run-4": (NOON + 2 * HOUR + MICROSECOND, []),
        "run-5": (NOON + 3 * HOUR, [found("d", "2")]),
    }
    for run_id, (at, findings) in rows.items():
        kept = replace(reading(run_id, at), findings=tuple(findings))
        await history.add(kept)
        await history.add(replace(reading(f"{run_id}-other", at, customer_id="x")))
    last = await history.last_findings(CUSTOMER, NOON, NOON + 3 * HOUR)
    assert [(row.run_id, row.collected_at, row.finding) for row in last] == [
        ("run-1", NOON, found("b", "7")),
        ("run-2", NOON + HOUR, found("a", "6")),
    ]
    await history.prune(CUSTOMER, NOON + 4 * HOUR)
    assert await history.last_findings(CUSTOMER, NOON, NOON + 3 * HOUR) == last
    assert await history.last_findings(CUSTOMER, NOON + 2 * HOUR, NOON + 3 * HOUR) == []
    assert await history.last_findings("nobody", *EVER) == []


async def test_what_the_record_has_since_version_2_comes_back(history: History) -> None:
    kept = reading(invoiced_this_month=Decimal("68.58"))
    await history.add(kept)
    (run,) = await history.runs(CUSTOMER, *EVER)
    assert run == kept.run
    assert (run.metrics.cloud_provider, run.rules) == ("vultr", RULES)


async def test_lines_of_other_rules_are_read_by_todays(history: History) -> None:
    """D5, D10, D11: what is stored beside a line is a cache of what the rules say."""
    web = resource("web", label="web-1", addresses=("192.0.2.1",), region="fra")
    old = replace(
        line("13.00", "Other", "2026-11", description="Sales VAT", product="VAT", unit_type=""),
        resource_id=None,
        region=None,
    )
    lost = replace(
        line("2.00", "Other", "2026-11", description="192.0.2.1 (1024 MB) [web-1]"),
        resource_id=None,
        region=None,
    )
    late = line("5.00", period="2026-11", end=datetime(2026, 11, 1, tzinfo=UTC))
    kept = reading(lines=[old, lost, late], resources=[web])
    await history.add(replace(kept, run=replace(kept.run, rules=1)))
    found = await lines_of(history)
    assert [(row.period, row.service) for row in found] == [
        ("2026-11", "Tax"),
        ("2026-11", "Cloud Compute"),
        ("2026-10", "Cloud Compute"),
    ]
    assert (found[1].resource_id, found[1].region) == ("web", "fra")
    # Found in an earlier reading, it stays found.
    assert found[2].resource_id == late.resource_id
    assert await history.totals(CUSTOMER, ["run-1"]) == {
        "run-1": {
            ("2026-11", "Tax"): Decimal(13),
            ("2026-11", "Cloud Compute"): Decimal(2),
            ("2026-10", "Cloud Compute"): Decimal(5),
        }
    }


async def test_what_is_unknown_stays_unknown(history: History) -> None:
    bare = StoredLine(
        "2026-11",
        charge("0", start=None, end=None, units=None, unit_price=None, unit_type="", product=""),
        "Other",
    )
    thing = resource(
        plan=None,
        hostname="",
        addresses=(),
        tags=(),
        created=None,
        cluster=None,
        monthly_cost=None,
        price_source=None,
        month_to_date=None,
    )
    undated = invoice(date=None, lines=())
    kept = reading("run-1", NOON, [bare], [thing], [undated], **UNKNOWN)
    await history.add(kept)
    assert await history.runs(CUSTOMER, *EVER) == [kept.run]
    assert await lines_of(history) == [bare]
    assert await history.resources(CUSTOMER, ["run-1"]) == {"run-1": [thing]}
    assert await history.invoices(CUSTOMER) == [undated]


@pytest.mark.parametrize("label", HOSTILE.values(), ids=HOSTILE)
async def test_any_text_comes_back_as_it_was(history: History, label: str) -> None:
    named = replace(line(description=label, product=label), resource_id=label, region=label)
    thing = resource(label, label=label, hostname=label, tags=(label, ""), addresses=(label,))
    bill = invoice(label)
    kept = reading(label, NOON, [named], [thing], [bill], customer_id=label)
    await history.add(kept)
    assert await history.runs(label, *EVER) == [kept.run]
    assert await history.lines(label, [label]) == {label: [named]}
    assert await history.resources(label, [label]) == {label: [thing]}
    assert list(await history.totals(label, [label])) == [label]
    assert await history.invoices(label) == [bill]


async def test_half_a_letter_is_replaced(history: History) -> None:
    thing = resource(label=LONE, tags=(LONE,))
    await history.add(reading(LONE, NOON, [line(description=LONE)], [thing], customer_id=LONE))
    clean = "half \ufffd of a letter"
    assert await seen(history, LONE) == [clean]
    assert await seen(history, clean) == [clean]
    (kept,) = (await history.lines(LONE, [LONE]))[LONE]
    assert kept.line.description == clean
    (found,) = (await history.resources(clean, [clean]))[clean]
    assert (found.label, found.tags) == (clean, (clean,))


@pytest.mark.parametrize("service", SERVICES)
async def test_every_service_is_kept(history: History, service: Service) -> None:
    kept = replace(line("1.50"), service=service)
    await history.add(reading(lines=[kept]))
    assert await lines_of(history) == [kept]
    assert await history.totals(CUSTOMER, ["run-1"]) == {
        "run-1": {("2026-11", service): Decimal("1.50")}
    }


async def test_every_kind_is_kept(history: History) -> None:
    things = [resource(kind, kind=kind) for kind in KINDS]
    await history.add(reading(resources=things))
    assert await history.resources(CUSTOMER, ["run-1"]) == {"run-1": things}


# --- money ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "amount",
    ["0", "-0.01", "0.000001", "-0.000001", "1E+2", "999999999999.999999", "-999999999999.999999"],
)
async def test_an_amount_is_exact_to_the_micro_dollar(history: History, amount: str) -> None:
    exact = Decimal(amount)
    thing = resource(monthly_cost=exact, month_to_date=exact)
    kept = reading("run-1", NOON, [line(exact)], [thing], pending_charges=exact)
    await history.add(kept)
    assert await history.runs(CUSTOMER, *EVER) == [kept.run]
    assert [found.line.total for found in await lines_of(history)] == [exact]
    assert (await history.resources(CUSTOMER, ["run-1"]))["run-1"] == [thing]
    assert await history.totals(CUSTOMER, ["run-1"]) == {
        "run-1": {("2026-11", "Cloud Compute"): exact}
    }


@pytest.mark.parametrize(
    ("amount", "kept"),
    [
        ("0.0000005", "0.000001"),
        ("-0.0000005", "-0.000001"),
        ("0.00000049999999999999999999999999", "0"),
        ("1.23456789", "1.234568"),
        ("1E-60", "0"),
    ],
)
async def test_what_is_finer_than_a_micro_dollar_is_rounded(
    history: History, amount: str, kept: str
) -> None:
    await history.add(reading(lines=[line(amount)], account_balance=Decimal(amount)))
    assert [found.line.total for found in await lines_of(history)] == [Decimal(kept)]
    (run,) = await history.runs(CUSTOMER, *EVER)
    assert run.metrics.account_balance == Decimal(kept)


async def test_cents_come_back_as_cents(history: History) -> None:
    await history.add(reading(lines=[line("5"), line("0.1"), line("0.125")]))
    found = [str(kept.line.total) for kept in await lines_of(history)]
    assert found == ["5.00", "0.10", "0.125000"]


@pytest.mark.parametrize("amount", ["1E+12", "-1E+12", "999999999999.9999995", "1E+17", "NaN"])
async def test_an_amount_that_is_too_large_is_refused(history: History, amount: str) -> None:
    with pytest.raises(StoreError, match="million million dollars"):
        await history.add(reading(lines=[line("1.00"), line(amount)]))
    with pytest.raises(StoreError, match="million million dollars"):
        await history.add(reading(monthly_spend=Decimal(amount)))
    assert await seen(history) == []


async def test_sums_are_larger_than_any_line(history: History) -> None:
    most = Decimal("999999999999.999999")
    lines = [*[line(most)] * 20, *[line(-most, "Tax")] * 20]
    await history.add(reading(lines=lines))
    assert await history.totals(CUSTOMER, ["run-1"]) == {
        "run-1": {("2026-11", "Cloud Compute"): 20 * most, ("2026-11", "Tax"): -20 * most}
    }


@pytest.mark.parametrize(
    "written", ["0.00700", "420", "-3", "1E+17", "1.23E-50", "0.0" + "123456789" * 10]
)
async def test_units_and_unit_prices_keep_their_digits(history: History, written: str) -> None:
    number = Decimal(written)
    bill = invoice(lines=())
    bill = replace(bill, lines=((charge(units=number, unit_price=number), "Tax"),))
    await history.add(reading(lines=[line(units=number, unit_price=number)], invoices=[bill]))
    (kept,) = await lines_of(history)
    ((billed, _),) = (await history.invoices(CUSTOMER))[0].lines
    for found in (kept.line, billed):
        assert str(found.units) == str(found.unit_price) == written


async def test_totals_are_by_period_and_service(history: History) -> None:
    lines = [
        line("1.25"),
        line("2.50"),
        line("-0.75", "Networking"),
        line("4.00", period="2026-10"),
        line("0.00", "Tax"),
    ]
    await history.add(reading("run-1", NOON, lines))
    await history.add(reading("run-2", NOON + HOUR))
    assert await history.totals(CUSTOMER, ["run-1", "run-2"]) == {
        "run-1": {
            ("2026-11", "Cloud Compute"): Decimal("3.75"),
            ("2026-11", "Networking"): Decimal("-0.75"),
            ("2026-10", "Cloud Compute"): Decimal("4.00"),
            ("2026-11", "Tax"): Decimal(0),
        },
        "run-2": {},
    }


# --- time -----------------------------------------------------------------------------------------


async def test_the_first_instant_is_in_and_the_last_is_out(history: History) -> None:
    starts = [NOON, NOON + HOUR, NOON + 2 * HOUR - MICROSECOND, NOON + 2 * HOUR]
    ids = ["run-0", "run-1", "run-2", "run-3"]
    for run_id, at in zip(ids, starts, strict=True):
        await history.add(reading(run_id, at))

    async def between(since: datetime, until: datetime) -> list[str]:
        return [run.run_id for run in await history.runs(CUSTOMER, since, until)]

    # run-2 is of the hour of run-1, and later.
    assert await between(NOON, NOON + 2 * HOUR) == ["run-0", "run-2"]
    assert await between(NOON + MICROSECOND, NOON + 2 * HOUR + MICROSECOND) == ["run-2", "run-3"]
    assert await between(NOON, NOON + MICROSECOND) == ["run-0"]
    assert await between(NOON, NOON) == []
    assert await between(NOON + HOUR, NOON) == []


async def test_what_is_superseded_is_not_seen_where_its_successor_is_out(history: History) -> None:
    await history.add(reading("early", NOON + 10 * MICROSECOND))
    await history.add(reading("late", NOON + 20 * MICROSECOND))
    assert await history.runs(CUSTOMER, NOON, NOON + 15 * MICROSECOND) == []
    assert await history.runs(CUSTOMER, NOON + 15 * MICROSECOND, NOON + HOUR) != []


async def test_a_month_ends_where_the_next_begins(history: History) -> None:
    december = datetime(2026, 12, 1, tzinfo=UTC)
    await history.add(reading("november", december - MICROSECOND))
    await history.add(reading("december", december))
    november = datetime(2026, 11, 1, tzinfo=UTC)
    assert [run.run_id for run in await history.runs(CUSTOMER, november, december)] == ["november"]
    found = await history.runs(CUSTOMER, december, december + HOUR)
    assert [(run.run_id, run.metrics.billing_period) for run in found] == [("december", "2026-12")]


async def test_an_instant_is_the_same_in_every_zone(history: History) -> None:
    tokyo = timezone(timedelta(hours=9))
    there = NOON.astimezone(tokyo)
    await history.add(reading("run-1", there, [line(start=there, end=there)]))
    (run,) = await history.runs(CUSTOMER, there, there + HOUR)
    (kept,) = await lines_of(history)
    for instant in (run.collected_at, run.metrics.timestamp, kept.line.start, kept.line.end):
        assert instant == NOON
        assert instant.utcoffset() == timedelta(0)


async def test_a_bill_from_before_1900_has_no_date(history: History) -> None:
    """APIs write "never" as the year 1."""
    never = datetime(1, 1, 1, tzinfo=UTC)
    last = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    await history.add(reading(lines=[line(start=never, end=last)]))
    (kept,) = await lines_of(history)
    assert (kept.line.start, kept.line.end) == (None, None)


async def test_far_instants_are_exact(history: History) -> None:
    first = datetime(1900, 1, 1, tzinfo=UTC)
    last = datetime(2299, 12, 30, 23, 59, 59, 999999, tzinfo=UTC)
    await history.add(reading(lines=[line(start=first, end=last)]))
    (kept,) = await lines_of(history)
    assert (kept.line.start, kept.line.end) == (first, last)


# --- one run an hour ------------------------------------------------------------------------------


@pytest.mark.parametrize("late_first", [False, True])
async def test_the_last_run_of_an_hour_is_seen_also_with_fewer_lines(
    history: History, *, late_first: bool
) -> None:
    early = reading("z-early", NOON, [line("1.00"), line("2.00")], [resource()])
    late = reading("a-late", NOON + HOUR - MICROSECOND, [line("2.50")])
    for run in (late, early) if late_first else (early, late):
        await history.add(run)
    asked = ["z-early", "a-late"]
    assert await history.runs(CUSTOMER, *EVER) == [late.run]
    assert await history.lines(CUSTOMER, asked) == {"a-late": [line("2.50")]}
    assert await history.resources(CUSTOMER, asked) == {"a-late": []}
    assert await history.totals(CUSTOMER, asked) == {
        "a-late": {("2026-11", "Cloud Compute"): Decimal("2.50")}
    }


@pytest.mark.parametrize("ids", [("run-1", "run-2"), ("run-2", "run-1"), ("Z", "a"), ("é", "z")])
async def test_of_one_instant_the_greater_id_is_seen(
    history: History, ids: tuple[str, str]
) -> None:
    for run_id in ids:
        await history.add(reading(run_id, NOON, [line()]))
    assert await seen(history) == [max(ids)]
    assert list(await history.lines(CUSTOMER, ids)) == [max(ids)]


async def test_a_third_run_of_an_hour_supersedes_the_second(history: History) -> None:
    for number in (1, 3, 2):
        at = NOON + number * MICROSECOND
        await history.add(reading(f"run-{number}", at, [line(str(number))]))
    assert await seen(history) == ["run-3"]
    found = await history.lines(CUSTOMER, [f"run-{number}" for number in range(5)])
    assert found == {"run-3": [line("3")]}


async def test_adding_a_run_again_changes_nothing(history: History) -> None:
    first = reading("run-1", NOON, [line("1.00")], [resource()], [invoice()])
    await history.add(first)
    await history.add(first)
    other = reading(
        "run-1", NOON + 5 * HOUR, [line("9.00")] * 2, [], [invoice("invoice-2")], complete=False
    )
    await history.add(other)
    assert await history.runs(CUSTOMER, *EVER) == [first.run]
    assert await lines_of(history) == [line("1.00")]
    assert await history.resources(CUSTOMER, ["run-1"]) == {"run-1": [resource()]}
    assert await history.invoices(CUSTOMER) == [invoice()]


async def test_runs_come_oldest_first(history: History) -> None:
    for number in (3, 1, 2, 0):
        await history.add(reading(f"run-{number}", NOON + number * HOUR))
    assert await seen(history) == ["run-0", "run-1", "run-2", "run-3"]


async def test_readings_that_are_added_side_by_side_are_all_kept(history: History) -> None:
    async with anyio.create_task_group() as tasks:
        for number in range(12):
            run = reading(f"run-{number:02}", NOON + number * HOUR, [line(str(number))])
            tasks.start_soon(history.add, run)
            tasks.start_soon(history.runs, CUSTOMER, *EVER)
    ids = [f"run-{number:02}" for number in range(12)]
    assert await seen(history) == ids
    found = await history.lines(CUSTOMER, ids)
    assert found == {run_id: [line(str(number))] for number, run_id in enumerate(ids)}


async def test_a_caller_that_gives_up_leaves_a_whole_reading_or_none(history: History) -> None:
    run = reading("run-1", NOON, [line()] * 50, [resource()], [invoice()])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(history.add, run)
        await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    if await seen(history):
        assert len(await lines_of(history)) == 50
    await history.add(run)
    assert await seen(history) == ["run-1"]
    assert await lines_of(history) == [line()] * 50


# --- whose and which ------------------------------------------------------------------------------


async def test_customers_are_never_mixed(history: History) -> None:
    for customer, total in (("ours", "1.00"), ("theirs", "2.00")):
        bill = invoice(lines=[total])
        things = [resource(label=customer)]
        run = reading("run-1", NOON, [line(total)], things, [bill], customer_id=customer)
        await history.add(run)
    await history.add(reading("run-2", NOON + HOUR, [line("3.00")], customer_id="theirs"))
    asked = ["run-1", "run-2"]
    assert await seen(history, "ours") == ["run-1"]
    assert await history.lines("ours", asked) == {"run-1": [line("1.00")]}
    assert await history.resources("ours", asked) == {"run-1": [resource(label="ours")]}
    assert list(await history.totals("ours", asked)) == ["run-1"]
    assert [stored.invoice.amount for stored in await history.invoices("ours")] == [Decimal(1)]
    assert await seen(history, "theirs") == ["run-1", "run-2"]
    assert [stored.invoice.amount for stored in await history.invoices("theirs")] == [Decimal(2)]
    assert await seen(history, "OURS") == []


async def test_no_ids_and_unknown_ids_give_nothing(history: History) -> None:
    await history.add(reading("run-1", NOON, [line()], [resource()]))
    for asked in ([], ["run-2", "RUN-1", "run-1 ", "run_1", "run-%", ""]):
        assert await history.totals(CUSTOMER, asked) == {}
        assert await history.lines(CUSTOMER, asked) == {}
        assert await history.resources(CUSTOMER, asked) == {}


async def test_ids_may_come_in_any_order_twice_and_once_only(history: History) -> None:
    for number in range(3):
        await history.add(reading(f"run-{number}", NOON + number * HOUR, [line(str(number))]))
    asked = iter(["run-2", "run-0", "run-2", "run-1"])
    assert list(await history.lines(CUSTOMER, asked)) == ["run-2", "run-0", "run-1"]
    totals = await history.totals(CUSTOMER, (f"run-{number}" for number in (1, 1)))
    assert totals == {"run-1": {("2026-11", "Cloud Compute"): Decimal(1)}}


async def test_thousands_of_ids_are_asked_for_at_once(history: History) -> None:
    for number in range(0, 5000, 1000):
        run = reading(f"run-{number}", NOON + number * HOUR, [line()], [resource()])
        await history.add(run)
    asked = [f"run-{number}" for number in range(5000)]
    kept = [f"run-{number}" for number in range(0, 5000, 1000)]
    assert list(await history.totals(CUSTOMER, asked)) == kept
    assert await history.lines(CUSTOMER, asked) == {run_id: [line()] for run_id in kept}
    assert await history.resources(CUSTOMER, asked) == {run_id: [resource()] for run_id in kept}


async def test_lines_and_resources_keep_their_order(history: History) -> None:
    lines = [line(str(number * 7919 % 500), description=f"{number}") for number in range(500)]
    things = [resource(f"server-{number * 7919 % 500}") for number in range(500)]
    await history.add(reading(lines=lines, resources=things))
    assert await lines_of(history) == lines
    assert await history.resources(CUSTOMER, ["run-1"]) == {"run-1": things}


# --- invoices -------------------------------------------------------------------------------------


async def test_an_invoice_is_kept_once(history: History) -> None:
    first, second = invoice("a", lines=["1.00"]), invoice("b", lines=["2.00", "-0.50"])
    await history.add(reading("run-1", NOON, invoices=[first]))
    changed = invoice("a", lines=["7.00"] * 3)
    await history.add(reading("run-2", NOON + HOUR, invoices=[changed, second, second]))
    assert await history.invoices(CUSTOMER) == [first, second]


async def test_invoices_come_oldest_first(history: History) -> None:
    def dated(id_: str, month: int | None, period: str) -> StoredInvoice:
        date = None if month is None else datetime(2026, month, 1, 0, 0, 1, tzinfo=UTC)
        return invoice(id_, date, period, [])

    kept = [
        dated("d", 3, "2026-02"),
        dated("b", 2, "2026-01"),
        dated("a", 2, "2026-01"),
        dated("c", None, "2026-02"),
    ]
    await history.add(reading(invoices=kept))
    assert [stored.invoice.id for stored in await history.invoices(CUSTOMER)] == list("cabd")


# --- dropping -------------------------------------------------------------------------------------


async def test_old_lines_and_resources_are_dropped_and_metrics_and_invoices_stay(
    history: History,
) -> None:
    runs = [
        reading(f"run-{number}", NOON + number * HOUR, [line()] * 3, [resource()], [invoice()])
        for number in range(4)
    ]
    for run in runs:
        await history.add(run)
    ids = [run.run.run_id for run in runs]
    assert await history.prune(CUSTOMER, NOON + 2 * HOUR) == 2
    assert await history.runs(CUSTOMER, *EVER) == [run.run for run in runs]
    assert await history.invoices(CUSTOMER) == [invoice()]
    lines = await history.lines(CUSTOMER, ids)
    assert [len(lines[run_id]) for run_id in ids] == [0, 0, 3, 3]
    things = await history.resources(CUSTOMER, ids)
    assert [len(things[run_id]) for run_id in ids] == [0, 0, 1, 1]
    totals = await history.totals(CUSTOMER, ids)
    assert [bool(totals[run_id]) for run_id in ids] == [False, False, True, True]
    assert await history.prune(CUSTOMER, NOON + 2 * HOUR) == 0
    assert await history.prune(CUSTOMER, NOON + 2 * HOUR + MICROSECOND) == 1


async def test_what_is_dropped_stays_dropped(history: History) -> None:
    run = reading("run-1", NOON, [line()], [resource()])
    await history.add(run)
    assert await history.prune(CUSTOMER, NOON + HOUR) == 1
    await history.add(run)
    assert await lines_of(history) == []


async def test_only_runs_that_had_something_to_drop_are_counted(history: History) -> None:
    await history.add(reading("empty", NOON))
    await history.add(reading("early", NOON + HOUR, [line()]))
    await history.add(reading("late", NOON + HOUR + MICROSECOND, [line()]))
    await history.add(reading("things", NOON + 2 * HOUR, [], [resource()]))
    await history.add(reading("theirs", NOON, [line()], customer_id="theirs"))
    assert await history.prune(CUSTOMER, NOON + 10 * HOUR) == 2
    assert await history.prune("theirs", NOON + 10 * HOUR) == 1


async def test_what_one_account_drops_is_its_own(history: History) -> None:
    for customer in ("ours", "theirs"):
        run = reading("run-1", NOON, [line()], [resource()], customer_id=customer)
        await history.add(run)
    assert await history.prune("ours", NOON + HOUR) == 1
    assert await history.lines("ours", ["run-1"]) == {"run-1": []}
    assert await history.lines("theirs", ["run-1"]) == {"run-1": [line()]}
    assert await history.resources("theirs", ["run-1"]) == {"run-1": [resource()]}

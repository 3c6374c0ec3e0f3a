"""Invoices as documents: month, tax, totals, and one of them by its lines (D1, D3, D4, D6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.invoiced import BALANCER, COMPUTE, INVOICES, LINES, OCTOBER, account, hourly
from tests.support.nouns import at, charge, usd
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.report_fields import Omitted
from vultr_cost_mcp.domain.snapshot import Snapshot
from vultr_cost_mcp.errors import ForbiddenError, UnknownValueError
from vultr_cost_mcp.questions.charge_rows import line_rows, line_table
from vultr_cost_mcp.questions.invoices.report import (
    InvoicesReport,
    chosen_invoice,
    invoices,
    one_invoice,
)
from vultr_cost_mcp.questions.invoices.text import headline_invoices, render_invoices


def of(shot: Snapshot, id_: str = "103", **options: Any) -> InvoicesReport:
    """Show one invoice of an account."""
    return one_invoice(shot, chosen_invoice(shot, id_), **options)


def test_newest_first_each_with_its_month_and_its_tax() -> None:
    """D3, D6: the second invoice of September has no hourly line: its date tells."""
    rows = invoices(account()).invoices
    assert [
        (row.id, str(row.date), row.month, row.amount, row.tax, row.before_tax) for row in rows
    ] == [
        ("103", "2026-11-01", "2026-10", 110, 15, 95),
        ("102", "2026-10-01", "2026-09", 60, 0, 60),
        ("101", "2026-09-15", "2026-09", 12, 0, 12),
        ("100", "2025-12-01", "2025-11", 30, 0, 30),
    ]


def test_discounts_have_a_column() -> None:
    """D2: they are in the amount before tax; an invoice without them has none."""
    report = invoices(account())
    assert [row.discounts for row in report.invoices] == [-5, 0, 0, 0]
    assert "| $95.00 | -$5.00 |" in "\n".join(render_invoices(report))


def test_hours_times_price_stand_beside_a_capped_total() -> None:
    """D7: 744 hours at 0.0297619 are 22.14; the cap is 20.00. Fewer hours have no cap."""
    full = charge("20.00", cap_hours=672, monthly="20", units=744, unit_price="0.0297619047619048")
    short = charge("2.98", cap_hours=672, monthly="20", units=100, unit_price="0.0297619047619048")
    flat = charge("5.00", units=1, unit_type="flat", running=False)
    rows = line_rows([full, short, flat])
    assert [row.uncapped for row in rows] == [usd("22.14"), None, None]
    assert "| $22.14 | $20.00 |" in "\n".join(line_table(rows))
    assert "Uncapped" not in "\n".join(line_table(rows[1:]))


@pytest.mark.parametrize(
    ("months", "ids", "total"),
    [
        (1, ["103"], "110"),
        (2, ["103", "102", "101"], "182"),
        (11, ["103", "102", "101"], "182"),
        (12, ["103", "102", "101", "100"], "212"),
        (13, ["103", "102", "101", "100", "99"], "219"),
        (120, ["103", "102", "101", "100", "99"], "219"),
    ],
)
def test_the_months_count_back_from_the_running_one(
    months: int, ids: list[str], total: str
) -> None:
    """D6: the invoice of November 1, 2025 is for October, thirteen months before November 2026."""
    report = invoices(account(), months=months)
    assert [row.id for row in report.invoices] == ids
    assert report.total == report.period_total == usd(total)


def test_the_average_is_before_tax_and_the_total_is_not() -> None:
    """D3: 95 + 60 + 12 + 30 is 197 over four invoices."""
    report = invoices(account())
    assert (report.total, report.average, report.average_of) == (212, usd("49.25"), 4)


def test_rows_that_are_not_shown_are_in_every_total() -> None:
    """Omitted {count, total}."""
    report = invoices(account(), limit=1)
    assert [row.id for row in report.invoices] == ["103"]
    assert report.omitted == Omitted(3, usd("102"))
    assert (report.total, report.average) == (212, usd("49.25"))


@pytest.mark.parametrize("how", [{"without": ["102"]}, {"half": ["102"]}])
def test_tax_is_unknown_where_a_line_may_be_missing(how: dict[str, list[str]]) -> None:
    """D3, D33: the amount is known all the same; (95 + 12 + 30) / 3 is 45.67."""
    report = invoices(account(**how))  # type: ignore[arg-type]
    row = report.invoices[1]
    assert (row.id, row.month, row.amount, row.tax, row.before_tax) == (
        "102",
        "2026-09",
        60,
        None,
        None,
    )
    assert (report.total, report.average, report.average_of) == (212, usd("45.67"), 3)


def test_without_any_lines_there_is_no_average() -> None:
    """D3: unknown is null."""
    report = invoices(account(lines={}))
    assert (report.total, report.average, report.average_of) == (212, None, 0)


def test_no_invoice_is_zero_and_no_average() -> None:
    report = invoices(account(invoices=()))
    assert (report.invoices, report.total, report.average) == ((), 0, None)


def test_the_list_is_essential() -> None:
    """D33: the error of the list."""
    shot = account(invoices=None, failures={"invoices": ForbiddenError("No.", 403)})
    with pytest.raises(ForbiddenError):
        invoices(shot)
    with pytest.raises(ForbiddenError):
        chosen_invoice(shot, "103")


def test_parts_of_a_cent_are_dealt_out() -> None:
    """D4: three amounts of 0.335 are 1.01 rounded once."""
    rows = [Invoice(str(n), at("2026-11-01"), usd("0.335")) for n in range(3)]
    report = invoices(account(rows, {}))
    assert report.total == usd("1.01")
    assert sorted(row.amount for row in report.invoices) == [usd("0.33"), usd("0.34"), usd("0.34")]


def test_a_product_is_summed_over_the_window() -> None:
    """Total is filtered, period_total the whole; each row has its part."""
    report = invoices(account(), product=" vultr cloud COMPUTE")
    assert [row.product_total for row in report.invoices] == [100, 40, 0, 30]
    assert (report.total, report.period_total) == (170, 212)
    assert report.available == ()
    cut = invoices(account(), product=COMPUTE, limit=1)
    assert (cut.total, cut.omitted) == (170, Omitted(3, usd(70)))


def test_a_product_is_known_as_far_as_lines_were_read() -> None:
    """D33: nothing of an invoice without lines, what was read of one that was read in part."""
    report = invoices(account(without=["103"], half=["102"]), product=COMPUTE)
    assert [row.product_total for row in report.invoices] == [None, 40, 0, 30]
    assert report.total == 70


def test_a_product_is_unknown_and_not_zero_where_no_line_was_read() -> None:
    """D33: a read that failed is never 0.00."""
    report = invoices(account(lines={}), product=COMPUTE)
    assert (report.total, report.period_total) == (None, 212)
    assert headline_invoices(report, 12).startswith("An unknown part of `Vultr Cloud Compute`")


def test_an_unknown_product_is_zero_with_what_there_is() -> None:
    """At most 15, by money."""
    report = invoices(account(), product="GPU")
    assert (report.total, report.filters) == (0, {"product": "GPU"})
    assert report.available == (COMPUTE, BALANCER, "Sales Tax", "Setup", "Credit")
    many = [hourly(str(n), "2026-10-01", "2026-11-01", f"P{n:02}") for n in range(1, 21)]
    report = invoices(account(lines={"103": many}), product="GPU")
    assert report.available == tuple(f"P{n:02}" for n in range(20, 5, -1))


def test_an_invoice_without_a_date_is_placed_by_its_lines() -> None:
    """D6: the middle of the longest hourly line."""
    rows = [Invoice("7", None, usd(9)), Invoice("8", None, usd(5)), Invoice("9", None, usd(3))]
    lines = {
        "7": [hourly("9", "2026-08-01", "2026-09-01")],
        "8": [hourly("5", "2020-08-01", "2020-09-01")],
        "9": [charge("3", start=None, end=None)],
    }
    report = invoices(account([*INVOICES, *rows], {**LINES, **lines}))
    found = {row.id: (row.date, row.month) for row in report.invoices}
    assert found["7"] == (None, "2026-08")
    assert "8" not in found
    # Nothing dates it: it is listed last, whatever its age.
    assert found["9"] == (None, None)
    assert list(found)[-2:] == ["7", "9"]
    assert report.total == 212 + 9 + 3


def test_one_invoice_by_product_and_line() -> None:
    """D1, D2: shares are of charges; tax and credit stand apart."""
    report = of(account())
    assert [(r.product, r.service, r.total, r.share_percent) for r in report.by_product] == [
        (COMPUTE, "Cloud Compute", 100, 100.0),
        ("Sales Tax", "Tax", 15, 15.0),
        ("Credit", "Credits and Discounts", -5, -5.0),
    ]
    assert [row.total for row in report.lines] == [100, 15, -5]
    assert (report.total, report.lines_total, report.difference) == (110, 110, 0)
    assert report.invoice == report.invoices[0]
    assert report.invoice is not None
    assert (report.invoice.tax, report.invoice.before_tax) == (15, 95)
    cut = of(account(), limit=1)
    assert (cut.products_omitted, cut.lines_omitted) == (Omitted(2, usd(10)), Omitted(2, usd(10)))


@pytest.mark.parametrize(
    ("amount", "difference", "words"),
    [
        ("110.00", "0", "exactly its amount"),
        ("111.25", "1.25", "the amount is $1.25 more: a charge, tax or rounding that no line"),
        ("109.99", "-0.01", "the amount is $0.01 less: a credit or rounding that no line names"),
    ],
)
def test_the_difference_is_the_amount_less_the_lines(
    amount: str, difference: str, words: str
) -> None:
    """D1: sign and all, and in words."""
    invoice = Invoice("103", at("2026-11-01"), usd(amount))
    report = of(account([invoice]))
    assert report.difference == usd(difference)
    assert any(words in line for line in render_invoices(report))


def test_one_invoice_without_its_lines() -> None:
    """D33: the amount stands; the lines are unknown, not nothing."""
    report = of(account(without=["103"]))
    assert (report.total, report.lines_total, report.difference, report.lines) == (
        110,
        None,
        None,
        (),
    )
    assert any("could not be read" in line for line in render_invoices(report))


def test_one_invoice_read_in_part() -> None:
    """D33: what was read is shown; what is missing is no difference."""
    report = of(account(lines={"103": OCTOBER[:1]}, half=["103"]))
    assert (report.lines_total, report.difference) == (100, None)
    assert report.invoice is not None
    assert report.invoice.before_tax is None
    assert any("the others add up to $100.00" in line for line in render_invoices(report))


def test_a_product_of_one_invoice() -> None:
    """lines_total and difference stay those of the whole invoice (D1)."""
    report = of(account(), "102", product=BALANCER)
    assert [row.total for row in report.lines] == [20]
    assert (report.total, report.period_total, report.lines_total) == (20, 60, 60)
    assert report.difference == 0
    assert [row.share_percent for row in report.by_product] == [100.0]
    assert of(account(), "102", product="GPU").available == (COMPUTE, BALANCER)


@pytest.mark.parametrize("wanted", ["103", " 103 ", "#103", "# 103"])
def test_an_id_may_be_written_as_people_do(wanted: str) -> None:
    assert chosen_invoice(account(), wanted).stated == INVOICES[1]


def test_an_unknown_id_names_the_near_and_the_newest() -> None:
    """Closed values are refused with the nearest match."""
    rows = [Invoice(f"4120{n}000", at(f"2026-{n:02}-01"), Decimal(1)) for n in range(1, 10)]
    with pytest.raises(UnknownValueError) as failure:
        chosen_invoice(account(rows, {}), "412010001\u202e")
    assert str(failure.value) == (
        "There is no invoice '412010001'. There are: "
        "41201000, 41209000, 41208000, 41207000, 41206000."
    )
    with pytest.raises(UnknownValueError, match="has none yet"):
        chosen_invoice(account([], {}), "1")


def test_the_lines_of_every_product_sum_to_the_cent() -> None:
    """D4: 33.335 three times is 100.01 rounded once (100.005)."""
    lines = [hourly("33.335", "2026-10-01", "2026-11-01", name) for name in "abc"]
    report = of(account(lines={"103": lines}))
    assert report.lines_total == usd("100.01")
    assert sum(row.total for row in report.by_product) == usd("100.01")
    assert sum(row.total for row in report.lines) == usd("100.01")
    assert report.difference == usd("9.99")

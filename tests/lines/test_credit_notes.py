"""Tax of the next invoice, averages without credit notes, products that are not known (D3, D11)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.bodies import Bodies, account, answer_of, answers_of, flat, invoice, item, server
from tests.support.nouns import charge, snapshot, usd
from vultr_cost_mcp.billing.month_end import expected_invoice
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.questions.forecast.report import newest_invoice_wanted

# 348 hours of 0.0074: 4.97 at the end of the month.
WEB = item(2.59, unit_price=0.0074)
OCTOBER = {"start": "2026-10-01T00:00:00+00:00", "end": "2026-11-01T00:00:00+00:00"}
USED = item(100, units=744, unit_price=0.1488, **OCTOBER)
VAT = flat(19, "VAT", "VAT 19%", **OCTOBER)
UNDATED: dict[str, Any] = {"start": None, "end": None}
CREDIT_NOTE = invoice(79, "2026-11-03", [flat(-20, "Refund", "Refund for outage", **UNDATED)])
EMPTY = invoice(70, "2026-10-01", [])
WIDGET = "Unknown product, counted in Other and not as tax: `Quantum Widget`."


@pytest.fixture
def anyio_backend() -> object:
    """The one backend."""
    return "asyncio"


def invoiced(*newer: Bodies) -> Bodies:
    """October at 100.00 and 19.00 of tax, then newer invoices, and an empty one before."""
    return account([WEB], invoices=[*newer, invoice(77, "2026-11-01", [USED, VAT]), EMPTY])


@pytest.mark.anyio
@pytest.mark.parametrize(
    "newer",
    [
        [],
        [CREDIT_NOTE],
        [invoice(80, "2026-11-05", []), CREDIT_NOTE],
        # A tax that is given back, and one whose lines cannot be read.
        [invoice(81, "2026-11-04", [flat(-3.8, "VAT"), flat(-20, "Refund")])],
        [{"row": {**CREDIT_NOTE["row"], "id": 82}}],
    ],
)
async def test_tax_is_that_of_the_newest_invoice_that_charges(newer: list[Bodies]) -> None:
    """D3: 19 % on 4.97, whatever was credited since."""
    forecast, overview = await answers_of(
        invoiced(*newer), "forecast_month_end", "get_cost_overview"
    )
    assert forecast["expected_invoice"] == "5.91"
    assert overview["next_invoice"]["expected"] == "5.91"


@pytest.mark.anyio
async def test_averages_leave_credit_notes_and_empty_invoices_out() -> None:
    """D3: 100.00 over one invoice, one month; the others are named."""
    listed, history = await answers_of(invoiced(CREDIT_NOTE), "list_invoices", "get_cost_history")
    assert (listed["average"], listed["average_of"], listed["total"]) == ("100.00", 1, "99.00")
    assert (
        "2 invoices charge nothing (credit notes, empty ones): excluded from the average."
        in listed["caveats"]
    )
    assert (history["average_monthly"], history["complete_rows"]) == ("100.00", 1)
    assert [row["total"] for row in history["rows"]] == ["0.00", "99.00", "2.59"]
    (said,) = [caveat for caveat in history["caveats"] if "September 2026" in caveat]
    assert said.startswith("Nothing is charged for September 2026 (credit notes, empty invoices)")


@pytest.mark.anyio
async def test_refunds_and_coupons_are_credits() -> None:
    """D2, D11: by their product, whichever sign they have."""
    lines = [WEB, flat(-2, "Refund"), flat(-1, "Coupon", "SUMMER"), flat(-0.5, "", "Voucher 7")]
    found = await answer_of(account(lines), "breakdown_by_service")
    groups = {row["name"]: row["total"] for row in found["groups"]}
    assert groups == {"Cloud Compute": "2.59", "Credits and Discounts": "-3.50"}


@pytest.mark.anyio
async def test_a_running_credit_is_no_line_at_its_cap() -> None:
    """D24, D25: what is credited by the hour stays as it is."""
    lines = [
        item(2.59, unit_price=0.0074),
        item(-1.3, "192.0.2.1 (1024 MB) [web] running credit", unit_price=-0.0037),
    ]
    found = await answer_of(account(lines, servers=[server()]), "forecast_month_end")
    assert (found["projected_total"], found["capped"]["count"]) == ("3.70", 0)
    assert not [caveat for caveat in found["caveats"] if "listed price" in caveat]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "tool",
    [
        "get_cost_overview",
        "get_pending_charges",
        "breakdown_by_service",
        "forecast_month_end",
        "get_cost_history",
        "list_invoices",
        "explain_cost_change",
        "collect_metrics",
    ],
)
async def test_a_product_of_no_known_service_is_named(tool: str) -> None:
    """D11: wherever services, tax or averages are shown."""
    widget = flat(7, "Quantum Widget", **OCTOBER)
    bodies = account(
        [WEB, flat(7, "Quantum Widget")],
        invoices=[
            invoice(77, "2026-11-01", [USED, VAT, widget]),
            invoice(76, "2026-10-01", [item(5, start="2026-09-01", end="2026-10-01")]),
        ],
    )
    found = await answer_of(bodies, tool)
    assert WIDGET in found["caveats"]
    plain = await answer_of(invoiced(CREDIT_NOTE), tool) if tool != "explain_cost_change" else {}
    assert WIDGET not in plain.get("caveats", [])


@pytest.mark.anyio
async def test_many_unknown_products_are_counted() -> None:
    """D11: three by name."""
    lines = [flat(1, f"Widget {number}") for number in range(5)]
    found = await answer_of(account(lines), "breakdown_by_service")
    (said,) = [caveat for caveat in found["caveats"] if "Unknown product" in caveat]
    assert said == (
        "Unknown products, counted in Other and not as tax: "
        "`Widget 0`, `Widget 1`, `Widget 2` and 2 more."
    )


# --- which invoices are read ----------------------------------------------------------------------


def dated(*amounts: int) -> tuple[Invoice, ...]:
    """Invoices of these amounts, the newest first, numbered from the oldest."""
    month, rows = Month.of(snapshot().now), list[Invoice]()
    for number, amount in enumerate(amounts):
        rows.append(Invoice(str(len(amounts) - number), month.start, usd(amount)))
        month = month.previous
    return tuple(rows)


@pytest.mark.parametrize(
    ("amounts", "asked"),
    [
        ((5, 4), ["2"]),
        ((-5, 0, 4, 3), ["4", "3", "2"]),
        ((-1, -1), ["2", "1"]),
        ((-1,) * 9, ["9", "8", "7", "6", "5"]),
        ((*(-1,) * 9, 8, 7), ["11", "10", "9", "8", "7", "2"]),
        ((), []),
    ],
)
def test_invoices_are_read_back_to_one_that_charges(
    amounts: tuple[int, ...], asked: list[str]
) -> None:
    """D3, D34: and no further; of many credit notes in a row only some."""
    wanted = newest_invoice_wanted(snapshot(invoices=dated(*amounts)))
    assert [row.id for row in wanted] == asked


TAXED = (charge("100", running=False), charge("20", "Tax", running=False))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # The newest has charges that a credit took back: it tells the rate, which is nothing.
        ({"2": [charge("9"), charge("-9", "Credits and Discounts")], "1": TAXED}, "50.00"),
        # The credit took all, the tax stayed: 1.80 on 9.00.
        (
            {"2": [charge("9"), charge("-9", "Credits and Discounts"), charge("1.8", "Tax")]},
            "60.00",
        ),
        ({"2": [charge("-9", "Credits and Discounts")], "1": TAXED}, "60.00"),
        ({"2": [], "1": TAXED}, "60.00"),
        ({"2": []}, None),
    ],
)
def test_the_rate_is_of_what_was_charged(lines: dict[str, Any], expected: str | None) -> None:
    """D3: of the newest invoice with positive charges; unknown where that was not read."""
    shot = snapshot(invoices=dated(0, 120), invoice_charges=lines)
    found = expected_invoice(shot, Decimal(50))
    assert found == (None if expected is None else usd(expected))


@pytest.mark.anyio
async def test_tax_is_of_the_exact_sum() -> None:
    """D4: 5.014 with 19 % is 5.96666; 5.01 would come to 5.9619."""
    bodies = account([flat(5.014, "Support")], invoices=[invoice(7, "2026-11-01", [USED, VAT])])
    forecast, overview = await answers_of(bodies, "forecast_month_end", "get_cost_overview")
    assert (forecast["projected_total"], overview["projected_month_end"]) == ("5.01", "5.01")
    assert forecast["expected_invoice"] == "5.97"
    assert overview["next_invoice"]["expected"] == "5.97"


def test_without_any_invoice_that_charges_no_tax_is_expected() -> None:
    """D3: also where there are only credit notes."""
    for rows in ((), dated(-5, 0)):
        lines: dict[str, Any] = {row.id: () for row in rows}
        assert expected_invoice(snapshot(invoices=rows, invoice_charges=lines), usd(50)) == 50
    assert expected_invoice(snapshot(), usd(50)) is None


@pytest.mark.anyio
async def test_an_account_that_costs_nothing_costs_nothing_on_average() -> None:
    """D3: where no month charges anything, none is left out."""
    bodies = account(invoices=[invoice(7, "2026-11-01", []), EMPTY])
    history = await answer_of(bodies, "get_cost_history")
    assert (history["average_monthly"], history["complete_rows"]) == ("0.00", 2)
    assert history["caveats"] == []

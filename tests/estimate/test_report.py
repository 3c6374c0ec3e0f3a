"""Totals, rows and the budget of an estimate, computed by hand (E19, E20)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.estimate.book import PRICES, clock, thing
from vultr_cost_mcp.questions.estimate.account import Standing
from vultr_cost_mcp.questions.estimate.attributes import Attributes
from vultr_cost_mcp.questions.estimate.changes import Action, Change, price_change
from vultr_cost_mcp.questions.estimate.items import Item, PricedItem, price_item
from vultr_cost_mcp.questions.estimate.parts import Thing
from vultr_cost_mcp.questions.estimate.report import (
    BudgetAfter,
    Ceiling,
    Verdict,
    estimate,
    most_monthly,
    verdict,
)
from vultr_cost_mcp.questions.estimate.text import (
    _budget,
    headline_estimate,
    render_estimate,
    stands_at,
)

MONTH = datetime(2026, 11, 1, tzinfo=UTC)
SMALL = thing(plan="vc2-2c-4gb", region="fra")
LARGE = thing(plan="vc2-4c-8gb", region="fra")


def row(
    what: str,
    action: Action,
    before: Attributes | None,
    after: Attributes | None,
    of: Thing = "server",
    *,
    many: str = "",
) -> PricedItem:
    change = Change(what, action, of, before, after, many=many)
    return PricedItem(price_change(change, PRICES, clock()), None)


@pytest.mark.parametrize(
    ("change", "month", "rate", "status", "was"),
    [
        # 480.00 + 13.31 and 490.00 + 18.00 of 500: this month stays under, later ones do not.
        (("18.00", "13.31"), "493.31", "508.00", "warn", "warn"),
        (("30.00", "20.00"), "500.00", "520.00", "over", "warn"),
        (("-120.00", "-90.00"), "390.00", "370.00", "ok", "warn"),
    ],
)
def test_the_budget_before_and_after(
    change: tuple[str, str], month: str, rate: str, status: str, was: str
) -> None:
    """E20."""
    monthly, rest = map(Decimal, change)
    made = price_change(Change("x", "create", "server", after=SMALL), PRICES, clock())
    made = replace(made, before=Decimal(200), after=200 + monthly, this_month=rest)
    ceiling = Ceiling(Decimal(500), Standing(Decimal(480), Decimal(490), whole=True), 447)
    budget = estimate([PricedItem(made, None)], ceiling).budget
    assert budget is not None
    assert (budget.month_after, budget.run_rate_after) == (Decimal(month), Decimal(rate))
    assert (budget.status, budget.was) == (status, was)


def test_the_most_of_ranges_counts_in_the_budget_and_in_no_total() -> None:
    """E20: 5.00 a month at most, 3.33 in 447 of 672 hours; E12."""
    volume = row("v", "create", None, thing(size_gb=50), of="block_storage")
    pool = thing(plan="vhf-2c-4gb", node_quantity=3, auto_scaler=True, min_nodes=1, max_nodes=6)
    nodes = row("p", "create", None, pool, of="kubernetes_pool")
    standing = Standing(Decimal(0), Decimal(0), whole=True)
    ceiling = Ceiling(Decimal(500), standing, 447)
    report = estimate([volume, nodes], ceiling)
    assert (report.total_monthly, report.rest_of_this_month) == (Decimal(72), Decimal("47.91"))
    assert report.budget is not None
    assert report.budget.run_rate_after == Decimal("149.00")
    assert report.budget.month_after == Decimal("47.91") + Decimal("3.33") + Decimal("47.90")
    said = "\n".join(render_estimate(report, ceiling))
    assert "- create `p`: $0.00 to $72.00 a month, up to $144.00" in said
    assert (
        "Budget $500.00: with the change, up to $99.14 at the end of this month and up to $149.00 "
        "in a full month, inside the budget in both; without the change too."
    ) in said
    partly = stands_at(report.budget, 80, least=True)
    assert "up to $149.00 in a full month, as far as could be read, inside" in partly
    alone = estimate([row("a", "create", None, SMALL)], ceiling)
    assert "up to" not in "\n".join(render_estimate(alone, ceiling))


@pytest.mark.parametrize(
    ("month", "rate", "whole", "status"),
    [
        (None, None, False, "unknown"),
        (Decimal(100), None, False, "unknown"),
        (Decimal(600), None, False, "over"),
        (Decimal(100), None, True, "ok"),
        (Decimal(400), Decimal(400), True, "warn"),
    ],
)
def test_what_is_not_known_is_no_verdict(
    month: Decimal | None, rate: Decimal | None, status: str, *, whole: bool
) -> None:
    """E20."""
    assert verdict(month, rate, Decimal(500), 80, whole=whole) == status


def test_equal_instances_are_one_row_and_rows_are_by_size() -> None:
    """E19."""
    rows = [
        row(f"vultr_instance.web[{number}]", "create", None, SMALL, many="vultr_instance.web")
        for number in range(3)
    ]
    rows.append(row("vultr_instance.big", "delete", LARGE, None))
    rows.append(row("vultr_instance.web[9]", "create", None, LARGE, many="vultr_instance.web"))
    report = estimate(rows)
    assert [(line.what, line.count, line.after) for line in report.lines] == [
        ("vultr_instance.web", 3, 60),
        ("vultr_instance.web[9]", 1, 40),
        ("vultr_instance.big", 1, 0),
    ]
    cut = estimate(rows, limit=1)
    assert (cut.omitted.count, cut.omitted.total) == (2, 0)
    assert cut.monthly_change == report.monthly_change == 60


def test_what_has_no_price_is_named_with_its_range_and_counted() -> None:
    """E12, E19."""
    rows = [
        row(
            f"vultr_block_storage.v[{n}]",
            "create",
            None,
            thing(size_gb=50),
            "block_storage",
            many="v",
        )
        for n in range(2)
    ]
    report = estimate(rows)
    (lacking,) = report.unpriced
    assert (lacking.low, lacking.high) == (Decimal("2.50"), Decimal(10))
    assert lacking.why.startswith("2 x volume: block_type is not set")
    beside = estimate([*rows, row("a", "create", None, SMALL)])
    assert "1 part without a price is not counted" in headline_estimate(beside, MONTH)
    assert headline_estimate(report, MONTH, "items") == (
        "The cost is unknown: 1 part without a price, $2.50 to $10.00 a month."
    )
    both = [row("a", "create", None, SMALL), *rows]
    assert most_monthly(both) == 30
    assert most_monthly(both[:1]) is None
    assert headline_estimate(estimate(both), MONTH, "plan", most_monthly(both)).startswith(
        "$20.00 a month more ($0.00 to $20.00, up to $30.00), "
    )
    assert "1 part without a price is not counted in $20.00." in headline_estimate(
        estimate(both), MONTH, "plan", most_monthly(both)
    )


def test_the_headline_says_both_numbers_and_what_would_fail() -> None:
    """E17, E19."""
    report = estimate([row("a", "update", LARGE, SMALL), row("b", "forget", SMALL, None)])
    assert headline_estimate(report, MONTH) == (
        "$20.00 a month less ($60.00 to $40.00), $10.38 less in the rest of November 2026; Vultr "
        "would refuse 1 change."
    )
    body = "\n".join(render_estimate(report))
    assert "would fail: Vultr refuses a smaller plan in place" in body
    assert "Terraform forgets `b`: still at Vultr, and still billed." in body


def test_the_headline_of_items_and_of_nothing() -> None:
    """E6."""
    item = Item("server", "vc2-2c-4gb", "fra", 2, hours=100)
    report = estimate([price_item(item, PRICES, clock())])
    assert headline_estimate(report, MONTH, "items") == (
        "$40.00 a month, $26.62 in the rest of November 2026, $5.96 for the hours asked about."
    )
    same = estimate([row("a", "none", SMALL, SMALL)])
    assert headline_estimate(same, MONTH) == (
        "Nothing that costs money changes: $20.00 a month as before."
    )
    assert headline_estimate(estimate([]), MONTH, "nothing").startswith("Nothing to price")


def test_a_long_address_shows_its_end() -> None:
    address = f"module.{'a' * 90}.vultr_instance.web"
    (line,) = estimate([row(address, "create", None, SMALL)]).lines
    assert len(line.what) == 64
    assert line.what.endswith(".vultr_instance.web")


def test_what_the_bill_says_of_a_server_counts_when_it_stops() -> None:
    """E8: its lines would still cost 7.77 this month; E17: it may only become a vc2-6c-16gb."""
    known = replace(
        clock(), ahead={"s": Decimal("7.77")}, upgrades={"s": frozenset({"vc2-6c-16gb"})}
    )
    before = thing(id="s", plan="vc2-2c-4gb", region="fra")
    gone = price_change(Change("x", "delete", "server", before), PRICES, known)
    assert gone.this_month == Decimal("-7.77")
    resized = Change("x", "update", "server", before, replace(LARGE, values={**LARGE.values}))
    refused = price_change(resized, PRICES, known)
    assert refused.would_fail == "Vultr does not offer this plan as an upgrade of the server"


def test_no_sum_is_told_where_nothing_has_a_price() -> None:
    """E12: not a zero; of items the range."""
    unknown = [row("a", "create", None, thing(plan="vc2-9c-9gb"))]
    assert headline_estimate(estimate(unknown), MONTH) == (
        "The cost is unknown: 1 part without a price."
    )
    volume = price_item(Item("block_storage", size_gb=Decimal(50)), PRICES, clock())
    assert headline_estimate(estimate([volume]), MONTH, "items") == (
        "The cost is unknown: 1 part without a price, $1.25 to $5.00 a month."
    )
    hours = price_item(Item("server", "vc2-1c-1gb", hours=5), PRICES, clock())
    assert hours.for_hours is None
    assert headline_estimate(estimate([]), MONTH) == "Nothing that costs money changes."
    free = price_item(Item("registry", "start_up"), PRICES, clock())
    assert headline_estimate(estimate([free]), MONTH, "items").startswith("$0.00 a month, ")


def test_a_line_says_what_of_it_is_not_counted() -> None:
    """E12: the new plan has no price, which is not $0.00."""
    new = thing(plan="vbm-nobody", region="ewr")
    (line,) = estimate(
        [row("m", "replace", thing(plan="vbm-4c-32gb", region="ewr"), new, "bare_metal")]
    ).lines
    assert (line.before, line.after, line.note) == (300, 0, "not counted: plan")


def test_a_budget_without_an_account_says_why_it_is_not_compared() -> None:
    """E20."""
    rows = [row("a", "create", None, SMALL)]
    for without_key, why in ((True, "without an API key"), (False, "could not be read")):
        ceiling = Ceiling(Decimal(50), Standing(), 447)
        report = estimate(rows, ceiling, without_key=without_key)
        (said,) = (line for line in render_estimate(report, ceiling) if line.startswith("Budget"))
        assert said.startswith("Budget $50.00: not compared, ")
        assert why in said


@pytest.mark.parametrize(("percent", "status"), [(98, "ok"), (97, "warn")])
def test_the_percent_that_warns_is_the_one_that_is_asked_for(percent: int, status: str) -> None:
    """E20: 475.00 + 13.31 of 500 are 97.66 percent."""
    standing = Standing(Decimal(475), Decimal(300), whole=True)
    ceiling = Ceiling(Decimal(500), standing, 447, warn_percent=percent)
    budget = estimate([row("a", "create", None, SMALL)], ceiling).budget
    assert budget is not None
    assert (budget.month_after, budget.status) == (Decimal("488.31"), status)


@pytest.mark.parametrize(
    ("status", "after", "was", "before", "words"),
    [
        # By the end of the month, and later; never by what is spent so far.
        ("ok", (79, 90), "ok", (70, 80), "inside the budget in both; without the change too"),
        (
            "ok",
            (79, None),
            "ok",
            (70, None),
            "inside the budget at month end; without the change too",
        ),
        (
            "warn",
            (79, 100),
            "ok",
            (70, 99),
            (
                "inside the budget at month end, over it in a full month; "
                "without the change, inside it in both"
            ),
        ),
        (
            "warn",
            (90, 100),
            "warn",
            (80, 99),
            (
                "inside the budget at month end, but above the 80 % warning line, over it in a "
                "full month; without the change, inside it in both, but at the 80 % warning line "
                "at month end"
            ),
        ),
        (
            "warn",
            (90, 99),
            "warn",
            (79, 100),
            (
                "inside the budget in both, but above the 80 % warning line at month end; without "
                "the change, inside it at month end, over it in a full month"
            ),
        ),
        ("over", (100, 100), "over", (100, 100), "over the budget in both; without the change too"),
        (
            "over",
            (100, 99),
            "warn",
            (99, None),
            (
                "over the budget at month end, inside it in a full month; without the change, "
                "inside it at month end, but above the 80 % warning line"
            ),
        ),
    ],
)
def test_the_sentence_on_the_budget_says_what_it_compares(
    status: Verdict,
    after: tuple[int, int | None],
    was: Verdict,
    before: tuple[int, int | None],
    words: str,
) -> None:
    """E20."""
    assert _said(status, after, was, before, whole=True).endswith(f" in a full month, {words}.")


@pytest.mark.parametrize(
    ("status", "after", "was", "before", "words"),
    [
        (
            "unknown",
            (90, 90),
            "unknown",
            (80, 80),
            (
                "at least $90.00 at the end of this month and at least $90.00 in a full month, "
                "unknown whether inside the budget at month end; without the change too"
            ),
        ),
        (
            "unknown",
            (90, 100),
            "unknown",
            (80, 80),
            (
                "at least $90.00 at the end of this month and at least $100.00 in a full month, "
                "unknown whether inside the budget at month end, over it in a full month; without "
                "the change, unknown whether inside it at month end"
            ),
        ),
        # That a full month is inside would rest on what was not read.
        (
            "over",
            (100, 90),
            "unknown",
            (80, None),
            (
                "at least $100.00 at the end of this month and at least $90.00 in a full month, "
                "over the budget at month end; without the change, unknown whether inside it at "
                "month end"
            ),
        ),
    ],
)
def test_the_sentence_on_a_budget_read_in_part_claims_no_more_than_was_read(
    status: Verdict,
    after: tuple[int, int | None],
    was: Verdict,
    before: tuple[int, int | None],
    words: str,
) -> None:
    """E20, D33."""
    said = _said(status, after, was, before, whole=False)
    assert said == f"Budget $100.00: with the change, {words}."


def test_an_unknown_full_month_is_no_zero() -> None:
    said = _said("ok", (79, None), "ok", (70, None), whole=True)
    assert "$79.00 at the end of this month and an unknown amount in a full month, " in said


def _said(
    status: Verdict,
    after: tuple[int, int | None],
    was: Verdict,
    before: tuple[int, int | None],
    *,
    whole: bool,
) -> str:
    """Return the sentence for a budget of 100; pairs are the month's end and a full month.

    The verdicts given are those that the figures have.
    """
    limit = Decimal(100)
    rates = [None if rate is None else Decimal(rate) for _, rate in (after, before)]
    months = [Decimal(month) for month, _ in (after, before)]
    found = [
        verdict(month, rate, limit, 80, whole=whole)
        for month, rate in zip(months, rates, strict=True)
    ]
    assert found == [status, was]
    ceiling = Ceiling(limit, Standing(months[1], rates[1], whole=whole), 447)
    row = BudgetAfter(limit, status, was, months[0], rates[0])
    return _budget(row, ceiling, without_key=False)

"""Texts of reports whose figures are unknown, partial or missing."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest

from tests.support.nouns import MONTH, NOW, balance, charge, snapshot, thing, usd
from vultr_cost_mcp.domain.filters import Filters
from vultr_cost_mcp.errors import ServerError
from vultr_cost_mcp.questions.breakdown.report import GroupBy, breakdown
from vultr_cost_mcp.questions.breakdown.text import headline_breakdown, render_breakdown
from vultr_cost_mcp.questions.idle.report import idle_instances
from vultr_cost_mcp.questions.idle.text import headline_idle, render_idle
from vultr_cost_mcp.questions.overview.report import overview
from vultr_cost_mcp.questions.overview.text import headline_overview, render_overview
from vultr_cost_mcp.questions.pending.report import pending_charges
from vultr_cost_mcp.questions.pending.text import headline_pending, render_pending
from vultr_cost_mcp.questions.resources.report import ResourceFilters, resource_costs
from vultr_cost_mcp.questions.resources.text import headline_resources, render_resources
from vultr_cost_mcp.questions.savings.report import savings
from vultr_cost_mcp.questions.savings.shortened import shortened
from vultr_cost_mcp.questions.savings.text import headline_savings, render_savings

FAILED = ServerError("Vultr failed.", 503)


def test_an_overview_of_little_says_unknown() -> None:
    """D33: what could not be read is a word and never $0.00."""
    failures = dict.fromkeys(("instances", "blocks", "snapshots"), FAILED)
    shot = snapshot(None, (), balance=balance(None, pending="12.30"), failures=failures)
    report = overview(shot, projected=None, savings_monthly=None)
    text = "\n".join(render_overview(report))
    assert headline_overview(report, MONTH) == (
        "$12.30 spent so far in November 2026; savings are unknown."
    )
    assert "Run rate: unknown an hour, unknown a day, unknown a month." in text
    assert "unknown stopped servers: unknown a month; all measured waste: unknown a month." in text
    assert "unknown cloud servers (including 0 Kubernetes nodes; unknown stopped) and" in text
    assert "unknown volumes, unknown snapshots, 0 load balancers" in text
    assert "Credit" not in text


def test_an_overview_with_debt() -> None:
    """D26: owed is said in words, and so is the payment."""
    shot = snapshot([charge("1")], balance=balance("79.48", paid="-20"))
    text = render_overview(overview(shot, projected=usd(2), savings_monthly=usd(5)))
    assert "Credit left $0.00, owed $79.48." in text
    assert "Last payment $20.00." in text


def test_rows_of_unknown_price_say_so() -> None:
    """D8: unknown in the row, counted below it."""
    off = thing("s", state="stopped", plan=None, region="")
    shot = snapshot((), [off])
    idle = "\n".join(render_idle(idle_instances(shot)))
    assert "- `s`, stopped: unknown a month, unknown to date" in idle
    assert "1 server of unknown price: not in the sums." in idle
    saving = savings(shot, min_monthly=usd(1), include_inferred=True)
    text = "\n".join(render_savings(saving))
    assert "- delete stopped server, 1: unknown a month." in text
    assert "`s` unknown a month, unknown this month: `vultr-cli instance delete s`" in text
    assert "What it would save this month is unknown." in text
    assert "1 finding of unknown price: not in the total." in text
    listed = "\n".join(render_resources(resource_costs(shot, filters=ResourceFilters())))
    assert "- `s`: unknown a month, unknown to date" in listed
    assert "1 resource of unknown price: not in the total." in listed


def test_without_lines_nothing_is_said_of_charges() -> None:
    """D33: no products, no tax, no shares that nobody knows."""
    shot = snapshot(None, balance=balance(pending="9"))
    pending = pending_charges(shot)
    assert headline_pending(pending, MONTH) == "$9.00 is unbilled so far in November 2026."
    assert render_pending(pending) == []
    report = breakdown(shot, group_by="region")
    assert headline_breakdown(report, MONTH) == "$9.00 spent in November 2026 to date."
    assert "Not attributed: $9.00 in 0 lines (no match $9.00)." in render_breakdown(report)
    resources = resource_costs(snapshot(None, ()), filters=ResourceFilters())
    assert [*filter(None, render_resources(resources))] == ["This month to date: unknown."]


def test_nothing_found_says_what_there_is() -> None:
    """Zero, and what the value could have been."""
    shot = snapshot([charge("1", resource_id="a")], [thing("a", tags=("prod",))])
    report = breakdown(shot, filters=Filters(tag="x|y"))
    assert report.total == 0
    assert headline_breakdown(report, MONTH) == (
        "Nothing matched tag `x¦y` in November 2026 to date; the nearest tag is `prod` with $1.00."
    )
    text = render_breakdown(report)
    assert "Available: `prod`." in text
    assert "The whole month: $1.00." in text
    listed = resource_costs(shot, filters=ResourceFilters(query="nope"))
    assert headline_resources(listed) == (
        "Nothing matched query `nope` among what exists; the nearest name is `a` of unknown cost."
    )
    assert "Available: `a`." in render_resources(listed)
    assert "$0.00." not in "\n".join(render_resources(listed)[:2])
    pending = pending_charges(shot, product="nope")
    assert headline_pending(pending, MONTH) == (
        "Nothing matched product `nope` among the unbilled lines of November 2026; the nearest "
        "product is `Vultr Cloud Compute` with $1.00."
    )
    assert "Available: `Vultr Cloud Compute`." in render_pending(pending)
    assert render_pending(pending)[0] == "All products: $1.00."


@pytest.mark.parametrize("group_by", get_args(GroupBy))
def test_the_largest_group_is_in_the_headline(group_by: GroupBy) -> None:
    """One sentence with the figure in it."""
    shot = snapshot(
        [charge("7", resource_id="a")], [thing("a", tags=("prod",), plan="p", cluster="c")]
    )
    report = breakdown(shot, group_by=group_by)
    noun = group_by.replace("_", " ")
    sentence = headline_breakdown(report, MONTH)
    assert sentence.startswith(f"$7.00 spent in November 2026 to date; the largest {noun} is `")
    assert sentence.endswith("` with $7.00.")


def test_headlines_of_none_and_one() -> None:
    """Sentences that a person would write."""
    none = idle_instances(snapshot())
    assert headline_idle(none) == "$0.00 a month goes to 0 stopped servers."
    one = savings(
        snapshot((), [thing("s", price=5, state="stopped")]),
        min_monthly=usd(1),
        include_inferred=True,
    )
    assert headline_savings(one) == "$5.00 a month can be saved, $60.00 a year."


def test_what_is_worth_a_look_is_said_without_a_row_of_it() -> None:
    """Neither a minimum nor a cut list hides what stands beside the total."""
    old = NOW - timedelta(days=200)
    shot = snapshot((), [thing(key, "snapshot", 4, created=old, label=key) for key in "ab"])
    small = savings(shot, min_monthly=usd(100), include_inferred=True)
    assert headline_savings(small).endswith("a year; $8.00 more is worth a look.")
    assert (
        "2 things to look at below the minimum, not in the total: $8.00 a month together."
        in render_savings(small)
    )
    cut = shortened(savings(shot, min_monthly=usd(1), include_inferred=True), 0, each=True)
    assert headline_savings(cut).endswith("a year; $8.00 more is worth a look.")
    assert (
        "2 things worth a look, $8.00 a month in all: not in the total, and not shown here."
        in "\n".join(render_savings(cut))
    )


def test_the_bill_is_reconciled_in_words() -> None:
    """D16: what exists, what was destroyed, what is no resource and what is unknown."""
    charges = [
        charge("5", resource_id="a"),
        charge("3", reason="destroyed"),
        charge("-1", "Credits and Discounts", reason="not_a_resource"),
        charge("2", reason="ambiguous"),
    ]
    text = render_resources(
        resource_costs(snapshot(charges, [thing("a", price=5)]), filters=ResourceFilters())
    )
    assert (
        "The bill's $9.00: existing resources $5.00, deleted ones $3.00, no resource -$1.00, "
        "unattributed $2.00."
    ) in text

"""Properties of every account, whatever is in it (D1, D4, D14, D16, D20, D22)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.any_account import TAGS, snapshots
from tests.support.nouns import known
from vultr_cost_mcp.domain.account_parts import LOOKED_AT, WASTED
from vultr_cost_mcp.domain.filters import Filters
from vultr_cost_mcp.domain.report_fields import Omitted, Small
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot
from vultr_cost_mcp.errors import TransportError
from vultr_cost_mcp.families.kinds_by_list import kinds_in
from vultr_cost_mcp.money import CENT, ZERO, to_cents, total_of
from vultr_cost_mcp.questions.breakdown.report import GroupBy, breakdown
from vultr_cost_mcp.questions.forecast.report import projected_total
from vultr_cost_mcp.questions.idle.report import idle_instances, traffic_wanted
from vultr_cost_mcp.questions.overview.report import overview
from vultr_cost_mcp.questions.pending.report import pending_charges
from vultr_cost_mcp.questions.resources.report import ResourceFilters, resource_costs
from vultr_cost_mcp.questions.savings.measured_waste import ownership_wanted
from vultr_cost_mcp.questions.savings.report import measured_total, savings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vultr_cost_mcp.questions.savings.report import SavingsReport

LIMITS = st.integers(0, 12)
GROUPINGS = st.sampled_from(get_args(GroupBy))
many = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def whole_cents(*amounts: Decimal | None) -> bool:
    return all(amount is None or amount == amount.quantize(CENT) for amount in amounts)


def add_up(shown: Iterable[Decimal | None], *left_out: Omitted | Small) -> Decimal | None:
    """Return what rows and omitted rows come to; None where there are some, all unpriced (D33)."""
    amounts = [*shown, *(rest.total for rest in left_out if rest.count)]
    assert all(rest.total == ZERO for rest in left_out if not rest.count)
    priced = [amount for amount in amounts if amount is not None]
    return None if amounts and not priced else total_of(priced)


@many
@given(snapshots(), GROUPINGS, LIMITS)
def test_groups_what_is_omitted_and_unattributed_are_the_total(
    shot: Snapshot, group_by: GroupBy, limit: int
) -> None:
    """D14: under every grouping and at any limit, to the cent."""
    report = breakdown(shot, group_by=group_by, limit=limit)
    shown = total_of(row.total for row in report.groups)
    assert shown + known(report.omitted.total) + report.unattributed.total == report.total
    assert report.total == report.period_total == to_cents(shot.month_to_date)
    assert len(report.groups) <= limit
    assert whole_cents(*(row.total for row in report.groups), report.unattributed.total)
    reasons = report.unattributed.reasons
    assert report.unattributed.total == total_of(
        (reasons.destroyed, reasons.ambiguous, reasons.no_match, reasons.not_a_resource)
    )
    if group_by in {"service", "product"} and shot.charges is not None:
        assert report.unattributed.total == report.unattributed.lines == 0


@many
@given(
    snapshots(),
    GROUPINGS,
    st.builds(
        Filters,
        st.none() | st.sampled_from(["Cloud Compute", "CDN", "Other"]),
        st.none() | st.sampled_from(["ewr", "sjc"]),
        st.none() | st.sampled_from(["prod", "ml"]),
        st.none() | st.sampled_from(["web", "203.0.113.1"]),
    ),
)
def test_a_filtered_grouping_is_the_filtered_total(
    shot: Snapshot, group_by: GroupBy, filters: Filters
) -> None:
    """D14: filters first, then groups; the whole stays beside them."""
    report = breakdown(shot, group_by=group_by, filters=filters, limit=3)
    shown = total_of(row.total for row in report.groups)
    assert shown + known(report.omitted.total) + report.unattributed.total == report.total
    if report.charges is not None:
        parts = (report.charges, report.credits_and_discounts or ZERO, report.tax or ZERO)
        assert total_of(parts) == report.total
    assert report.period_total == to_cents(shot.month_to_date)


@many
@given(snapshots(), LIMITS, st.sampled_from(["summary", "lines"]))
def test_unbilled_lines_add_up(shot: Snapshot, limit: int, detail: Any) -> None:
    """D1, D2, D4: charges, credits and tax are the total; so are products, and so are lines."""
    report = pending_charges(shot, limit=limit, detail=detail)
    if shot.charges is None:
        assert report.total == to_cents(shot.month_to_date)
        return
    parts = (report.charges or ZERO, report.credits_and_discounts or ZERO, report.tax or ZERO)
    assert total_of(parts) == report.total
    assert (
        total_of(row.total for row in report.by_product) + known(report.omitted.total)
        == report.total
    )
    if report.lines_omitted is not None:
        lines = total_of(row.total for row in report.lines)
        assert lines + known(report.lines_omitted.total) == report.total
    assert (
        abs(known(report.total) - to_cents(shot.month_to_date))
        <= abs(report.previous_month_unbilled or ZERO) + CENT
    )


@many
@given(
    snapshots(),
    st.builds(ResourceFilters, untagged=st.booleans(), tag=st.none() | st.just("prod")),
    st.sampled_from(["monthly_cost", "month_to_date", "created"]),
    LIMITS,
)
def test_what_exists_is_reconciled_with_the_bill(
    shot: Snapshot, filters: ResourceFilters, sort: Any, limit: int
) -> None:
    """D16, D8: four parts are the month to date; rows and omitted are the total, or all null."""
    report = resource_costs(shot, filters=filters, sort=sort, limit=limit)
    bill = report.reconciliation
    assert (bill is None) == (shot.charges is None)
    if bill is not None:
        parts = (
            bill.shown_month_to_date,
            bill.destroyed_this_month,
            bill.not_resources,
            bill.unattributed,
        )
        assert sum(parts) == bill.bill_month_to_date == to_cents(shot.month_to_date)
    rows = add_up((row.monthly_cost for row in report.resources), report.omitted)
    assert rows == report.total_monthly_cost
    assert (rows is None) == (0 < known(report.count) == report.unpriced)
    assert len(report.resources) + report.omitted.count == report.count


@many
@given(
    shot=snapshots(),
    min_monthly=st.decimals(0, 500, places=2),
    include_inferred=st.booleans(),
    limit=LIMITS,
)
def test_nothing_is_saved_twice_or_above_its_cost(
    shot: Snapshot, min_monthly: Decimal, *, include_inferred: bool, limit: int
) -> None:
    """D20, D22: each resource once, never more than it costs, and the rows are the total."""
    report = savings(shot, min_monthly=min_monthly, include_inferred=include_inferred, limit=limit)
    rows = [*report.recommendations, *report.investigations]
    counts = Counter(id_ for row in rows for id_ in row.resource_ids)
    assert not counts or max(counts.values()) == 1
    things = {resource.id: resource for resource in shot.resources or ()}
    for row in rows:
        cost = things[row.resource_ids[0]].monthly_cost
        assert (row.monthly_savings is None) == (cost is None)
        if row.monthly_savings is not None and cost is not None:
            assert row.monthly_savings <= cost.quantize(CENT, rounding="ROUND_CEILING")
            assert row.monthly_savings >= 0
        assert row.saves_this_month is None or row.saves_this_month >= 0
        assert not shot.is_exempt(things[row.resource_ids[0]])
    measured, look = sums_of(report)
    assert measured == report.total_monthly_savings == measured_total(shot)
    assert look == report.investigate_monthly
    assert report.total_annual_savings == (None if measured is None else 12 * measured)
    count = len(report.recommendations) + report.omitted.count + report.below_minimum.count
    assert (measured is None) == (0 < count == report.unpriced)
    if not include_inferred:
        assert report.investigations == ()


def sums_of(report: SavingsReport) -> tuple[Decimal | None, Decimal | None]:
    """Return what the rows of measured waste come to, and those that are worth a look."""
    return (
        add_up(
            (row.monthly_savings for row in report.recommendations),
            report.omitted,
            report.below_minimum,
        ),
        add_up(
            (row.monthly_savings for row in report.investigations),
            report.investigations_omitted,
            report.investigations_below_minimum,
        ),
    )


@many
@given(snapshots(), st.sets(st.sampled_from(sorted(LOOKED_AT)), min_size=1))
def test_nothing_is_zero_where_no_list_was_read(shot: Snapshot, failed: set[Any]) -> None:
    """D33: a sum is null exactly where its rows are unpriced or nothing of a failed list is known.

    That nothing is wasted is said only of lists that were read, or of what the others hold.
    """
    lost = kinds_in(failed)
    shot = replace(
        shot,
        resources=tuple(r for r in shot.resources or () if r.kind not in lost),
        failures=dict.fromkeys(failed, TransportError("no answer")),
        gaps=tuple(Gap(part, "not read") for part in sorted(failed)),
    )
    report = savings(shot, min_monthly=ZERO, include_inferred=True, limit=99)
    measured, look = sums_of(report)
    kinds = {resource.kind for resource in known(shot.resources)}
    for total, rows, count, lists in (
        (report.total_monthly_savings, measured, len(report.recommendations), WASTED),
        (report.investigate_monthly, look, len(report.investigations), LOOKED_AT),
    ):
        unread = not count and bool(failed & lists) and not kinds & kinds_in(lists)
        assert total == (None if unread else rows)
    page = overview(shot, projected=None, savings_monthly=measured_total(shot), limit=3)
    assert page.savings_monthly == report.total_monthly_savings
    if "instances" in failed:
        assert page.idle_monthly_cost is None


@many
@given(snapshots(), st.integers(7, 90), st.integers(0, 10), LIMITS)
def test_every_analyzer_answers_every_account(
    shot: Snapshot, quiet_days: int, quiet_mb: int, limit: int
) -> None:
    """D33: no valid snapshot makes an analyzer fail; amounts are whole cents."""
    projected = projected_total(shot)
    page = overview(shot, projected=projected, savings_monthly=measured_total(shot), limit=limit)
    assert page.projected_month_end == projected
    assert whole_cents(page.month_to_date, page.credit_left, page.owed, page.idle_monthly_cost)
    assert not (page.credit_left and page.owed)
    idle = idle_instances(shot, quiet_days=quiet_days, quiet_mb_per_day=quiet_mb, limit=limit)
    assert known(idle.stopped_count) + known(idle.quiet_count) + known(idle.suspended_count) == (
        len(idle.instances) + idle.omitted.count
    )
    sums = {
        "stopped": idle.stopped_monthly_cost,
        "quiet": idle.quiet_monthly_cost,
        "suspended": idle.suspended_monthly_cost,
    }
    whole = idle_instances(shot, quiet_days=quiet_days, quiet_mb_per_day=quiet_mb, limit=99)
    for reason, total in sums.items():
        assert total == add_up(row.monthly_cost for row in whole.instances if row.reason == reason)
    shown = add_up((row.monthly_cost for row in idle.instances), idle.omitted)
    assert (shown or ZERO) == total_of(total or ZERO for total in sums.values())
    assert (shown is None) == (0 < len(whole.instances) == idle.unpriced)
    traffic_wanted(shot, quiet_days=quiet_days)
    ownership_wanted(shot)


@many
@given(snapshots(), TAGS)
def test_a_tags_group_is_what_its_resources_cost(shot: Snapshot, tags: list[str]) -> None:
    """D13: equal to list_resource_costs(tag=...), within the cent that rounding deals out."""
    if shot.charges is None or "(untagged)" in tags:
        return
    groups = {row.name: row.total for row in breakdown(shot, group_by="tag", limit=99).groups}
    for tag in tags:
        listed = resource_costs(shot, filters=ResourceFilters(tag=tag)).total_month_to_date
        assert listed is not None
        assert abs(groups.get(tag, ZERO) - listed) <= CENT

"""The gates against wrong prices (E24): on the bundled file, and on prices planted in it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from vultr_cost_mcp.other_clouds.list_prices import OtherPlan, other_plans
from vultr_cost_mcp.other_clouds.price_gates import refused


def _row(name: str, group: str) -> OtherPlan:
    return next(row for row in other_plans() if row.name == name and group in row.groups)


def _with(planted: OtherPlan) -> list[OtherPlan]:
    kept = [
        row for row in other_plans() if (row.name, row.region) != (planted.name, planted.region)
    ]
    return [*kept, planted]


def _at(name: str, group: str, hour: str) -> OtherPlan:
    return replace(_row(name, group), hour=Decimal(hour))


def test_the_bundled_prices_pass_both_gates() -> None:
    assert refused(other_plans()) == {}


@pytest.mark.parametrize(
    ("name", "group", "hour"),
    [
        # The prices of Windows for the same sizes.
        ("Standard_D4as_v5", "us", "0.356"),
        ("Standard_D8as_v5", "eu", "0.784"),
        ("Standard_F2s_v2", "us", "0.1766"),
    ],
)
def test_a_windows_price_among_azures_is_refused_beside_its_family(
    name: str, group: str, hour: str
) -> None:
    planted = _at(name, group, hour)
    assert refused(_with(planted))[planted]


def test_a_new_size_at_a_windows_price_is_refused_beside_its_family() -> None:
    """The list that the Azure rows are from holds such a price for the size of two processors."""
    planted = replace(
        _row("Standard_D4as_v5", "us"),
        name="Standard_D2as_v5",
        vcpus=Decimal(2),
        memory=Decimal(8),
        hour=Decimal("0.178"),
    )
    assert refused([*other_plans(), planted]) == {
        planted: "costs more a vCPU than Standard_D4as_v5 of the same family"
    }


def test_a_windows_price_without_a_family_is_refused_beside_the_other_continent() -> None:
    """The family has one size in the table, so that no other tells."""
    planted = _at("Standard_B2s", "eu", "0.056")
    assert refused(_with(planted)) == {
        planted: "Europe over the United States is not that of its letter"
    }


def test_an_old_price_of_a_list_that_mixes_prices_is_refused_by_the_gib() -> None:
    """It is one percent dearer, which is within what other lists may have."""
    planted = _at("m6a.4xlarge", "eu", "0.8363")
    assert refused(_with(planted)) == {planted: "costs more a GiB than the others of its family"}


def test_providers_with_a_price_a_month_are_not_judged_by_the_hour() -> None:
    row = next(row for row in other_plans() if row.provider == "linode")
    planted = replace(row, hour=Decimal(99))
    assert planted not in refused(_with(planted))

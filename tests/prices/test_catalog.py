"""Plans: price by region, GPU or not, and hours of a month (D7, D8, D12)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from vultr_cost_mcp.domain.catalog import ListPlan
from vultr_cost_mcp.families.plans.rules import is_gpu, is_gpu_plan, usual_hours


def test_a_regions_own_price_comes_first() -> None:
    """D8: region first: 7.50 in sao, 5.00 where nothing else is said."""
    plan = ListPlan("vc2-1c-1gb", "vc2", Decimal(5), {"sao": Decimal("7.5"), "dev": Decimal(0)})
    assert plan.price_in("sao") == Decimal("7.5")
    assert plan.price_in("ewr") == 5
    assert plan.price_in("dev") == 0  # a price of nothing is a price


def test_an_empty_location_cost_leaves_the_plans_price() -> None:
    """D8: ``location_cost`` lists overrides only and may be empty."""
    assert ListPlan("vc2-1c-1gb", "vc2", Decimal(5)).price_in("sao") == 5
    assert ListPlan("x", "vc2", None).price_in("sao") is None
    assert ListPlan("x", "vc2", None, {"sao": Decimal(9)}).price_in("sao") == 9


@pytest.mark.parametrize(
    ("plan_type", "brand", "gpu_type", "vram", "gpu"),
    [
        ("vhf", "none", "", None, False),  # vhf is High Frequency, never GPU
        ("vc2", "none", "", None, False),
        ("vc2", "", "", None, False),
        ("vc2", " None ", " ", None, False),
        ("vcg", "none", "", None, True),
        ("vdm", "", "", None, True),
        ("vhf", "nvidia", "", None, True),
        ("", "AMD", "", None, True),  # GPU bare metal by its brand
        ("", "none", "NVIDIA_A100", None, True),
        ("", "none", "", Decimal(80), True),
        ("", "none", "", Decimal(1), True),
        ("", "none", "", Decimal(0), False),
    ],
)
def test_what_makes_a_plan_a_gpu_plan(
    plan_type: str, brand: str, gpu_type: str, vram: Decimal | None, *, gpu: bool
) -> None:
    """D12: brand, type or memory of a GPU, or the families vcg and vdm."""
    assert is_gpu(plan_type, brand, gpu_type, vram) is gpu


@pytest.mark.parametrize(
    ("plan_id", "gpu"),
    [
        ("vcg-a100-1c-6g-4vram", True),
        ("vbm-112c-2048gb-8-h100-gpu", True),
        ("vbm-8-mi300x-gpu-2304", True),
        ("vbm-4c-32gb", False),
        ("vhf-1c-1gb", False),
        ("vc2-1c-1gb-gpu", False),
        ("", False),
    ],
)
def test_a_retired_plan_is_known_by_its_id(plan_id: str, *, gpu: bool) -> None:
    """D12: only a plan that is no longer listed is judged by its id."""
    assert is_gpu_plan(plan_id, None) is gpu


def test_a_listed_plan_is_what_the_list_says() -> None:
    """D12: the id decides nothing where the plan is listed."""
    assert is_gpu_plan("vhf-x", ListPlan("vhf-x", "vhf", None, gpu=True))
    assert not is_gpu_plan("vcg-x", ListPlan("vcg-x", "vcg", None, gpu=False))


@pytest.mark.parametrize(
    ("plan_id", "plan_type", "metal", "hours"),
    [
        ("vcg-a100-12c-120g-80vram", "vcg", False, 730),
        ("vcg-a40-24c-120g-48vram", "vdm", False, 730),
        ("vx1-g-4c-16g-240s", "vx1", False, 730),
        ("odd-name", "vx1", False, 730),
        ("odd-name", "vcg", False, 730),
        ("odd-name", "vdm", False, 730),
        ("vdm-l40s", "", False, 730),
        ("vhf-1c-1gb", "vhf", False, 672),
        ("vc2-1c-1gb", "vc2", False, 672),
        ("voc-g-4c-16gb-80s-amd", "voc", False, 672),
        ("vbm-4c-32gb", "", True, 672),
        ("vbm-112c-2048gb-8-h100-gpu", "", True, 672),
        ("vcg-metal", "vcg", True, 672),
    ],
)
def test_how_long_the_month_of_a_family_is(
    plan_id: str, plan_type: str, *, metal: bool, hours: int
) -> None:
    """D7: 730 for vcg, vdm and vx1; 672 for everything else, GPU bare metal included."""
    plan = ListPlan(plan_id, plan_type, Decimal(1), metal=metal)
    assert usual_hours(plan_id, plan) == hours


@pytest.mark.parametrize("plan_type", ["vx1", "vcg", "vdm"])
@pytest.mark.parametrize(
    ("monthly", "hourly", "hours"),
    [
        ("67.2", "0.1", 672),  # 0.1 x 672 is 67.20, though 67.20 / 730 is 0.1 at its digit too
        ("87.36", "0.13", 672),
        ("87.6", "0.13", 730),  # 87.36 is not 87.60
        ("67.2", "0.092", 730),  # of 730 hours at three digits
        ("67.2", None, 730),
        ("0", "0", 730),  # nothing tells nothing
    ],
)
def test_a_plan_of_672_hours_says_so_by_its_hour(
    plan_type: str, monthly: str, hourly: str | None, hours: int
) -> None:
    """D7: the stated hour times 672 is the month exactly."""
    stated = None if hourly is None else Decimal(hourly)
    plan = ListPlan("x", plan_type, Decimal(monthly), hourly=stated)
    assert usual_hours("x", plan) == hours


@pytest.mark.parametrize(
    ("plan_id", "hours"),
    [("vcg-old", 730), ("vdm-old", 730), ("vx1-old", 730), ("vbm-old-gpu", 672), ("vc2", 672)],
)
def test_how_long_the_month_of_a_retired_plan_is(plan_id: str, hours: int) -> None:
    """D7: a plan that is no longer listed is known by its family's prefix."""
    assert usual_hours(plan_id, None) == hours

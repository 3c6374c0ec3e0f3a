"""The nearest shape elsewhere of every plan (rules E22, E23)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from tests.other_clouds.shapes import Expected, expected_matches, vultr_plans
from vultr_cost_mcp.families.plans.rules import cpu_class, gpu_model, gpus_of
from vultr_cost_mcp.money import to_cents
from vultr_cost_mcp.other_clouds.list_prices import OtherPlan, Provider, other_plans
from vultr_cost_mcp.other_clouds.matching import Shape, nearest_shape, region_group
from vultr_cost_mcp.questions.compare.shapes import METAL, NOT_KNOWN, PART_OF_GPU, shape_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def _found(shape: Shape | str, group: str, provider: Provider) -> Expected | None:
    match = None if isinstance(shape, str) else nearest_shape(shape, group, provider, other_plans())
    if match is None:
        return None
    return Expected(
        match.plan.name,
        str(match.plan.month),
        str(to_cents(match.vcpus)),
        str(to_cents(match.memory)),
        match.plan.day.isoformat(),
    )


def test_every_plan_has_the_expected_match_at_every_provider_or_none() -> None:
    expected = expected_matches()
    assert sum(row[3] is not None for row in expected) == 787
    wrong = [
        (plan, group, provider, match, found)
        for plan, group, provider, match in expected
        if (found := _found(shape_of(vultr_plans()[plan]), group, provider)) != match
    ]
    assert wrong == []


def test_how_many_plans_are_matched_by_provider_and_class() -> None:
    matched: Counter[tuple[str, str, str]] = Counter()
    for plan, group, provider, match in expected_matches():
        shape = shape_of(vultr_plans()[plan])
        if match is not None and isinstance(shape, Shape):
            matched[group, provider, shape.kind] += 1
    assert matched["us", "aws", "shared"] == 29
    assert matched["us", "aws", "dedicated"] == 51
    assert matched["eu", "aws", "dedicated"] == 31
    assert matched["us", "azure", "gpu"] == 2
    assert matched["us", "gcp", "gpu"] == 1
    assert matched["eu", "gcp", "gpu"] == 0


@pytest.mark.parametrize(
    "plan",
    ["vcg-a16-2c-8g-2vram", "vcg-a40-12c-60g-24vram", "vcg-a100-6c-60g-40vram"],
)
def test_a_part_of_a_gpu_is_never_matched(plan: str) -> None:
    assert shape_of(vultr_plans()[plan]) == PART_OF_GPU


def test_bare_metal_and_an_unknown_shape_are_not_matched() -> None:
    plan = vultr_plans()["vc2-1c-1gb"]
    assert shape_of(replace(plan, metal=True)) == METAL
    assert shape_of(replace(plan, vcpus=None)) == NOT_KNOWN
    assert shape_of(replace(plan, type="new")) == NOT_KNOWN
    assert shape_of(None) == "the plan is no longer listed"


@pytest.mark.parametrize(
    ("plan", "cards"),
    [
        ("vcg-a16-2c-8g-2vram", Fraction(1, 8)),
        ("vcg-a40-12c-60g-24vram", Fraction(1, 2)),
        ("vcg-a100-12c-120g-80vram", Fraction(1)),
        ("vcg-a100-48c-480g-320vram", Fraction(4)),
        ("vc2-1c-1gb", None),
    ],
)
def test_the_cards_of_a_plan_are_its_gpu_memory_over_that_of_one(
    plan: str, cards: Fraction | None
) -> None:
    """E21. A plan without a GPU, or with a card of unknown size, has no number."""
    assert gpus_of(vultr_plans()[plan]) == cards


def test_the_card_is_named_by_the_type_else_by_the_id() -> None:
    assert gpu_model("vcg-a16-2c-8g-2vram", "NVIDIA_A16") == "A16"
    assert gpu_model("vcg-l40s-16c-180g-48vram", "") == "L40S"
    assert gpu_model("vbm-64c-1024gb-4-a100-gpu", "") == "A100"
    assert gpu_model("vbm-72c-480gb-gh200-gpu", " ") == "GH200"
    assert gpu_model("vc2-1c-1gb", "") == ""


def test_processors_are_shared_or_dedicated_by_the_family() -> None:
    classes = {plan.type: cpu_class(plan) for plan in vultr_plans().values()}
    assert classes == {
        **dict.fromkeys(("vc2", "vhf", "vhp"), "shared"),
        **dict.fromkeys(("voc", "vx1", "vcg", "vdm"), "dedicated"),
    }


_AWS = next(plan for plan in other_plans() if plan.name == "m6a.xlarge" and "us" in plan.groups)
_SHAPE = Shape("dedicated", Decimal(4), Decimal(16))


def _nearest(plans: Sequence[OtherPlan], shape: Shape = _SHAPE, group: str = "us") -> str | None:
    match = nearest_shape(shape, group, "aws", plans)
    return None if match is None else match.plan.name


def test_a_shape_elsewhere_is_at_least_as_large_and_at_most_twice_as_large() -> None:
    for vcpus, memory, fits in [
        (4, 16, True),
        (8, 32, True),
        (3, 16, False),
        (4, 15, False),
        (9, 16, False),
        (4, 33, False),
    ]:
        plan = replace(_AWS, vcpus=Decimal(vcpus), memory=Decimal(memory))
        assert (_nearest([plan]) is not None) == fits


def test_the_class_group_and_processor_are_the_same() -> None:
    assert _nearest([_AWS]) == "m6a.xlarge"
    assert _nearest([_AWS], group="eu") is None
    assert _nearest([replace(_AWS, kind="shared")]) is None
    assert _nearest([replace(_AWS, arch="arm64")]) is None
    assert _nearest([replace(_AWS, provider="gcp")]) is None


def test_the_larger_excess_decides_then_both_then_price_then_name() -> None:
    def size(name: str, vcpus: int, memory: int, month: int = 1) -> OtherPlan:
        return replace(
            _AWS,
            name=name,
            vcpus=Decimal(vcpus),
            memory=Decimal(memory),
            month=Decimal(month),
        )

    assert _nearest([size("a", 8, 16), size("b", 6, 24, 9)]) == "b"
    assert _nearest([size("a", 6, 24), size("b", 6, 16, 9)]) == "b"
    assert _nearest([size("a", 4, 16, 9), size("b", 4, 16, 8)]) == "b"
    assert _nearest([size("b", 4, 16), size("a", 4, 16)]) == "a"


def test_gpus_are_of_the_same_model_and_number_and_have_nine_tenths_of_the_memory() -> None:
    shape = Shape("gpu", Decimal(12), Decimal(120), "L40S", 1, Decimal(48))
    card = replace(
        _AWS,
        kind="gpu",
        vcpus=Decimal(16),
        memory=Decimal(128),
        gpu="L40S",
        gpu_count=1,
        gpu_memory=Decimal(45),
    )
    assert _nearest([card], shape) is not None
    assert _nearest([replace(card, gpu_memory=Decimal(43))], shape) is None
    assert _nearest([replace(card, gpu_memory=None)], shape) is None
    assert _nearest([replace(card, gpu_count=2)], shape) is None
    assert _nearest([replace(card, gpu="L4")], shape) is None


def test_countries_are_compared_with_europe_or_the_united_states_or_with_nothing() -> None:
    assert region_group("US") == "us"
    assert {region_group(country) for country in ("DE", "FR", "GB", "PL", "SE")} == {"eu"}
    assert {region_group(country) for country in ("CA", "SG", "BR", "", None)} == {None}

"""The judge of partial answers, judged: what a gap touches may be less or unknown, nothing else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from mcp.types import CallToolResult, TextContent

from tests.soak.judge import Judge, ask, said_alike, same

SAVINGS = ask("estimate_savings")
UPGRADES = ("instance_upgrades", ("investigate_monthly",))
BLOCKS = ("blocks", ("total_monthly_savings", "total_annual_savings"))
WHOLE = "$20.00 a month can be saved."


def answer(
    headline: str, monthly: str | None, annual: str | None, *gaps: tuple[str, tuple[str, ...]]
) -> CallToolResult:
    """Make an answer of ``estimate_savings``."""
    touched = {name for _, names in gaps for name in names}
    own = "total_monthly_savings"
    content: dict[str, Any] = {
        "headline": headline,
        "total_monthly_savings": monthly,
        "total_annual_savings": annual,
        "partial": sorted(touched - {own}),
        "coverage": {
            "complete": own not in touched,
            "gaps": [
                {"part": part, "reason": "could not be read (500)", "touches": [*names]}
                for part, names in gaps
            ],
        },
    }
    text = TextContent(type="text", text=headline)
    return CallToolResult(content=[text], structured_content=content)


def wrong(result: CallToolResult) -> list[str]:
    """Return what is wrong with an answer where 20.00 a month is the healthy one."""
    judge = Judge(Decimal(0), Decimal(0))
    assert judge.learn(SAVINGS, answer(WHOLE, "20.00", "240.00"))
    judge.take(SAVINGS, result)
    return judge.wrong()


@pytest.mark.parametrize(
    "result",
    [
        answer(WHOLE, "20.00", "240.00", UPGRADES),
        answer("At least $12.00 a month can be saved.", "12.00", "144.00", BLOCKS),
        answer("What can be saved is unknown.", None, None, BLOCKS),
        answer("$12.00 is the cheapest: another may cost less.", "12.00", "144.00", BLOCKS),
        answer("0 days can be judged yet.", "12.00", "144.00", BLOCKS),
    ],
)
def test_what_a_gap_touches_may_be_less_or_unknown(result: CallToolResult) -> None:
    """D33: a figure that no gap touches is whole, and its headline is not hedged."""
    assert not wrong(result)


@pytest.mark.parametrize(
    ("result", "why"),
    [
        (answer(WHOLE, "20.00", "240.00", BLOCKS), "does not say that it is partial"),
        (answer("$12.00.", "12.00", "240.00", UPGRADES), "though no gap touches it"),
        (answer("Unknown.", None, "240.00", UPGRADES), "though no gap touches it"),
        (answer("At least $21.00.", "21.00", "240.00", BLOCKS), "more than 20.00"),
        (answer("$12.00.", "12.00", "240.00"), "is complete and another"),
    ],
)
def test_what_no_gap_touches_is_the_healthy_figure(result: CallToolResult, why: str) -> None:
    """D33: neither less nor null without a gap that touches it, and never more."""
    (said,) = wrong(result)
    assert why in said


def test_what_is_called_partial_is_touched() -> None:
    """D33: ``partial`` names no figure that no gap touches."""
    result = answer(WHOLE, "20.00", "240.00", UPGRADES)
    content: dict[str, Any] = result.structured_content or {}
    content["partial"] = ["recommendations"]
    assert ["calls partial" in said for said in wrong(result)] == [True]


def test_answers_are_compared_without_the_reason_of_a_failed_read() -> None:
    """A part that fails with a 502 is compared with one that fails with a 403."""

    def budget(*reasons: str) -> dict[str, Any]:
        return {"budgets": [{"status": "unknown", "unknown_because": "; ".join(reasons)}]}

    forbidden = "invoices could not be read (403, the key lacks the right billing (or its action))"
    broken = "invoices could not be read (502)"
    cut = "instances 200 of 300 read: the next page failed (502)"
    assert said_alike(budget(forbidden, cut)) == said_alike(budget(broken, cut))
    assert said_alike(budget(cut)) == budget(cut)


def test_an_answer_with_longer_gaps_may_show_fewer_rows_or_none() -> None:
    """A list is cut from its end, and left out when no row fits; nothing else may differ."""
    short = {"total": "9.00", "rows": [1, 2, 3]}
    cut = {"total": "9.00", "rows": [1], "omitted": {"count": 2}}
    none = {"total": "9.00", "omitted": {"count": 3}}
    every = (short, cut, none)
    assert all(same(one, other) for one in every for other in every)
    assert not same(short, {"total": "9.00", "rows": [1, 3, 2]})
    assert not same(short, {**cut, "rows": [2]})
    assert not same(short, {**none, "total": "8.00"})
    assert not same(short, {**none, "owed": None})
    assert not same(short, {"total": "9.00", "rows": [1, 2, 3], "omitted": {"count": 2}})
    assert not same({"total": None}, {})

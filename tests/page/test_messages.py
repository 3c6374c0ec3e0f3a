"""Which answers are worth a message, and the ids that keep each crossing apart."""

from __future__ import annotations

from typing import Any

import pytest

from vultr_cost_mcp.page.answers import ToolAnswer
from vultr_cost_mcp.page.messages import WATCHED, Message, messages

COMMON: dict[str, Any] = {
    "headline": "One.",
    "as_of": "2026-11-18T14:05:00Z",
    "period": {"start": "2026-11-01"},
    "coverage": {"complete": True},
}
UNUSUAL = {
    "reason": "unusual_use",
    "date": "2026-11-10",
    "until": "2026-11-12",
    "service": "Inference",
    "region": None,
    "expected": "1.18",
    "actual": "13.95",
    "monthly_at_that_rate": "383.10",
    "resources": ["field-assistant"],
}


def found(**answers: dict[str, Any]) -> list[Message]:
    """Give the messages of answers; the others have nothing to say."""
    asked = {name: ToolAnswer({**COMMON, **answers.get(name, {})}) for name in WATCHED}
    return messages(asked, "acme", 14)


def test_a_quiet_account_has_no_message() -> None:
    assert found() == []


def test_a_stretch_of_days_has_an_id_a_day() -> None:
    """So that it stays one crossing while it grows and its first days are forgotten."""
    (message,) = found(anomalies={"anomalies": [UNUSUAL]})
    days = ("2026-11-10", "2026-11-11", "2026-11-12")
    assert message.ids == tuple(f"acme/anomaly/unusual_use/{day}/Inference/" for day in days)
    assert message.title == "Vultr: unusual cost of Inference"
    assert message.body == (
        "Inference from 10 Nov 2026 to 12 Nov 2026: $13.95 against $1.18 usually"
        " (`field-assistant`); $383.10/month at this rate.\n\n"
        "As of 18 Nov 2026, 14:05 UTC, account `acme`."
    )


@pytest.mark.parametrize(
    ("changed", "when", "ids"),
    [
        ({"until": "2026-11-10"}, "on 10 Nov 2026", 1),
        ({"until": None}, "on 10 Nov 2026", 1),
        ({"date": "2026-10", "until": "2026-10"}, "in October 2026", 1),
    ],
)
def test_a_day_and_a_month_are_named(changed: dict[str, Any], when: str, ids: int) -> None:
    (message,) = found(anomalies={"anomalies": [{**UNUSUAL, **changed}]})
    assert message.body.startswith(f"Inference {when}: ")
    assert len(message.ids) == ids


def test_names_in_a_message_are_text() -> None:
    """A label that looks like markup or a link stays between the marks of code."""
    label = "</code><script>x</script>[a](http://192.0.2.1) `b`"
    (message,) = found(anomalies={"anomalies": [{**UNUSUAL, "resources": [label]}]})
    assert "(`‹/code›‹script›x‹/script›[a](http://192.0.2.1) 'b'`)" in message.body


def test_more_anomalies_than_fit_are_counted_once_a_day() -> None:
    (message,) = found(anomalies={"omitted": {"count": 3, "total": "9.00"}})
    assert message.ids == ("acme/anomaly/more/2026-11-18",)
    assert message.title == "Vultr: 3 more anomalies"


def test_a_budget_that_rests_on_something_unread_is_at_least_that() -> None:
    row = {"name": "team", "budget": "600.00", "spent": "423.00", "projected": "672.00"}
    given = {"budgets": [row], "partial": ["budgets"]}
    (message,) = found(budget=given)
    assert "at least $423.00 spent, at least $672.00 projected, budget $600.00" in message.body


def test_a_budget_that_is_raised_is_crossed_again() -> None:
    """Its amount is part of the id."""
    row = {"name": "team", "budget": "600.00", "spent": "423.00", "projected": "672.00"}
    raised = {**row, "budget": "650.00"}
    (first,), (second,) = (found(budget={"budgets": [each]}) for each in (row, raised))
    assert first.ids == ("acme/2026-11/budget/team/600.00/projected",)
    assert second.ids == ("acme/2026-11/budget/team/650.00/projected",)


@pytest.mark.parametrize(("status", "told"), [("warn", 1), ("over", 1), ("ok", 0)])
def test_budgets_that_do_not_fit_are_told_if_they_may_break(status: str, told: int) -> None:
    """The worst come first, so that behind one that is well all are."""
    row = {"name": "team", "budget": "600.00", "spent": "1.00", "projected": "2.00"}
    given = {"budgets": [{**row, "status": status}], "omitted_budgets": 2}
    assert [message.title for message in found(budget=given)] == ["Vultr: 2 more budgets"] * told


def test_a_budget_of_which_nothing_is_known_says_nothing() -> None:
    row = {"name": "team", "budget": "600.00", "spent": None, "projected": None}
    assert found(budget={"budgets": [row]}) == []


@pytest.mark.parametrize(("day", "told"), [("2026-12-02", 1), ("2026-12-03", 0)])
def test_credit_is_told_so_many_days_before_it_ends(day: str, told: int) -> None:
    """14 days after 18 November is 2 December."""
    credit = {"runs_out_on": day, "left_now": "77.00", "state": "open"}
    assert len(found(forecast={"credit": credit})) == told


LEFT = "Before tax, $77.00 is left, and it"


@pytest.mark.parametrize(
    ("with_tax", "before_tax", "told"),
    [
        # Told by the day with tax, which is the earlier one.
        (
            "2026-12-02",
            "2026-12-20",
            [f"Credit runs out on 2 Dec 2026 with tax. {LEFT} runs out on 20 Dec 2026."],
        ),
        (
            "2026-12-02",
            "2026-12-02",
            [f"Credit runs out on 2 Dec 2026 with tax. {LEFT} runs out on the same day."],
        ),
        (
            "2026-11-17",
            "2026-12-20",
            [f"Credit was used up on 17 Nov 2026 with tax. {LEFT} runs out on 20 Dec 2026."],
        ),
        ("2026-11-17", None, [f"Credit was used up on 17 Nov 2026 with tax. {LEFT} lasts."]),
        ("2026-12-03", "2026-12-20", []),
        (None, None, []),
    ],
)
def test_credit_is_told_by_the_day_with_tax_where_that_is_known(
    with_tax: str | None, before_tax: str | None, told: list[str]
) -> None:
    """D26: both days are named."""
    credit = {
        "runs_out_on": before_tax,
        "left_now": "77.00",
        "state": "open",
        "with_tax": {"runs_out_on": with_tax},
    }
    assert [m.body.split("\n")[0] for m in found(forecast={"credit": credit})] == told


@pytest.mark.parametrize(("tax", "said"), [(None, " before tax"), ("0.00", "")])
def test_credit_without_a_day_with_tax_says_if_its_rate_is_not_known(
    tax: str | None, said: str
) -> None:
    """D26."""
    credit = {"runs_out_on": "2026-11-28", "left_now": "77.00", "state": "open"}
    (message,) = found(forecast={"credit": credit, "expected_tax": tax})
    assert message.body.startswith(f"Credit runs out on 28 Nov 2026{said}: $77.00 left.")


def test_credit_that_is_used_up_says_so() -> None:
    credit = {"runs_out_on": "2026-11-17", "left_now": "0.00", "state": "used_up"}
    (message,) = found(forecast={"credit": credit})
    assert message.body.startswith("Credit was used up on 17 Nov 2026: $0.00 left.")
    # Without a payment the month is the id.
    assert message.ids == ("acme/credit/2026-11",)

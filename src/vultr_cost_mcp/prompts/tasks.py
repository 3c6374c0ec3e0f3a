"""The tasks of the prompts: which tools a model calls, in which order, and what it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.mcp_tools.nearest_value import CURRENT, LAST
from vultr_cost_mcp.prompts.prompt import Argument, Prompt, Step, Task

if TYPE_CHECKING:
    from collections.abc import Mapping

_MONTH = "current_month, last_month or YYYY-MM"
_TAG = Argument("tag", "One tag only, exactly as it is written")
_BUDGET_STEP = Step("check_budget", "whether the running month stays inside its budgets")
_ANOMALIES = Step("detect_anomalies", "unusual days, and what caused them", {"days": 35})
_SAVINGS = Step("estimate_savings", "what can be cut, and how", {"limit": 20})


def _monthly_review(given: Mapping[str, str]) -> Task:
    month = given.get("month", LAST)
    running = month == CURRENT
    on_what = [
        Step("breakdown_by_service", "on what the month was spent", {"period": month}),
        Step(
            "explain_cost_change",
            "why it differs from the month before",
            {"to_period": month, "limit": 20},
        ),
    ]
    where_it_goes = (
        [Step("forecast_month_end", "how month end comes about, and how long credit lasts")]
        if running
        else [Step("list_invoices", "the invoice of that month, with its tax", {"months": 12})]
    )
    return Task(
        f"Review what Vultr cost in {_in_words(month)}.",
        [
            Step("get_cost_overview", "where the running month stands"),
            *on_what,
            *where_it_goes,
            _BUDGET_STEP,
            Step("get_cost_history", "whether it is growing", {"months": 12}),
            _ANOMALIES,
            _SAVINGS,
        ],
        [
            (
                "first line: the month's total, the change against the month before, and the "
                "state of the budget"
            ),
            "the three largest services and the three largest causes of the change, with amounts",
            (
                "what needs a decision: budgets that will be exceeded, unusual days, savings above "
                "$10 a month, credit that runs out"
            ),
            "what could not be read, if anything",
            "at most one page; a table only where it is shorter than sentences",
        ],
    )


def _why_did_it_change(given: Mapping[str, str]) -> Task:
    later = given.get("to_month", CURRENT if "from_month" not in given else None)
    detail = {"group_by": "resource", "limit": 20}
    return Task(
        "Explain why the Vultr bill changed.",
        [
            Step(
                "explain_cost_change",
                "the causes, which add up to the difference to the cent",
                {"from_period": given.get("from_month"), "to_period": later, "limit": 20},
            ),
            Step(
                "breakdown_by_service",
                "what each resource cost in the later month",
                {"period": later, **detail},
            ),
            Step(
                "list_resource_costs",
                "the newest resources, and who they belong to by tag",
                {"sort": "created", "limit": 20},
            ),
            Step("get_cost_history", "whether it is a trend or a single jump", {"months": 12}),
            _ANOMALIES,
        ],
        [
            (
                "first line: both totals and the difference; for the running month say that it is "
                "compared with as many hours of the month before"
            ),
            (
                "the causes by size, each with its amount: new, gone, resized, ran longer or "
                "shorter, price, length of the month"
            ),
            "which causes repeat every month from now on, and which were there once",
            "which of them look unintended, and the question to ask their owner",
        ],
    )


def _clean_up(given: Mapping[str, str]) -> Task:
    least = given.get("min_monthly")
    return Task(
        "Find what can be deleted or made smaller at Vultr, and how to do it safely.",
        [
            Step(
                "estimate_savings",
                "everything that can be cut, with its command, what is lost and how to undo it",
                {"min_monthly": float(least) if least else None, "limit": 50},
            ),
            Step("list_idle_instances", "stopped, suspended and quiet servers", {"limit": 50}),
            Step(
                "list_resource_costs",
                "what carries no tag, and so has no known owner"
                if "tag" not in given
                else "what belongs to the tag",
                {"untagged": None if "tag" in given else True, "limit": 50},
            ),
        ],
        [
            "first line: what confirmed waste costs a month and a year",
            (
                "a table of confirmed waste, largest first: label, action, saving a month, what is "
                "lost, how to undo it"
            ),
            (
                "apart from it, and in no total, what is only worth a look: such an amount is a "
                "chance, not a saving"
            ),
            (
                "for each row the command in a code block, after the snapshot that makes it "
                "reversible; nothing is run before somebody has agreed to that row"
            ),
            "nothing that a tag exempts; with a tag asked for, only what carries it",
        ],
    )


def _before_i_buy(given: Mapping[str, str]) -> Task:
    item = {name: given[name] for name in ("plan", "region") if name in given}
    what = given.get("what") or given.get("plan") or "what I describe next"
    shape = {"like": given["plan"]} if "plan" in given else {}
    return Task(
        f"Say what it will cost before I buy it at Vultr: {what}.",
        [
            Step(
                "compare_plans",
                "the cheapest plans that do the same; take vcpu, memory_gb, disk_gb or gpu from "
                "the request where no plan is named",
                {**shape, "region": given.get("region"), "limit": 5},
            ),
            Step(
                "estimate_cost",
                "a month, the rest of this month, and the budget after it; add quantity, backups, "
                "volumes and whatever else the request names",
                {"items": [{**item, "quantity": 1}] if "plan" in item else None},
            ),
            Step("list_idle_instances", "a server that is paid for and unused may do"),
            _BUDGET_STEP,
        ],
        [
            "first line: dollars a month, and for the rest of this month",
            "the cheapest plan that does the same, and what it has less of",
            "whether the budget holds, and from which day it does not",
            "what the price leaves out: licences, traffic beyond the pool, tax, discounts",
            "one recommendation, with its reason",
        ],
    )


def _in_words(month: str) -> str:
    return {CURRENT: "the running month", LAST: "the last whole month"}.get(month, month)


# In the order in which clients list them.
PROMPTS: tuple[Prompt, ...] = (
    Prompt(
        "monthly_review",
        "Monthly review",
        "A month's costs on one page: total, change, budget, anomalies, savings.",
        (Argument("month", f"{_MONTH}; without it the last whole month"), _TAG),
        _monthly_review,
    ),
    Prompt(
        "why_did_it_change",
        "Why did it change?",
        "What made the bill go up or down, to the cent, and which of it stays.",
        (
            Argument("from_month", f"{_MONTH}; without it the month before"),
            Argument("to_month", f"{_MONTH}; without it the running month"),
            Argument("service", "One service only, such as Cloud Compute"),
            _TAG,
        ),
        _why_did_it_change,
    ),
    Prompt(
        "clean_up",
        "Clean up",
        "What can be deleted or made smaller, what is lost, and how to undo it.",
        (Argument("min_monthly", "Leave out savings below so many USD a month"), _TAG),
        _clean_up,
    ),
    Prompt(
        "before_i_buy",
        "Before I buy",
        "What a change costs a month, a cheaper way to do it, and the budget after it.",
        (
            Argument("what", "What you want, in your own words"),
            Argument("plan", "A plan id, such as vc2-2c-4gb"),
            Argument("region", "A region id, such as ewr"),
        ),
        _before_i_buy,
    ),
)

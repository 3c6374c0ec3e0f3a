"""``explain_cost_change``: which months, what is said of them, what is refused (D29, D33)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.months import (
    NOV,
    OCT,
    SEP,
    Taking,
    account,
    explain,
    hours,
    in_short,
    server,
    sums_up,
)
from tests.support.nouns import at, line, pool, thing
from tests.support.servers import sizes_of, structure_of, text_of
from vultr_cost_mcp.domain.account_parts import BILL, INVOICES
from vultr_cost_mcp.domain.bill import ChargeLine
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot
from vultr_cost_mcp.errors import ServerError

pytestmark = pytest.mark.anyio

AUG = SEP.previous
JUL = AUG.previous


def tax(total: str, month: Month) -> ChargeLine:
    return line(total, "Tax", "Sales Tax", unit_type="flat", start=month.start, end=month.end)


def web(total: str = "20.00", month: Month = OCT, monthly: str = "20") -> ChargeLine:
    return server("web", total, month, monthly)


def running(total: str = "12.59", label: str = "web", monthly: str = "20") -> ChargeLine:
    described = f"203.0.113.7 (4096 MB) [{label}]"
    return hours(total, described, 423, "2026-11-01", "2026-11-18T14:05", monthly=monthly)


def four_months(**named: Any) -> Snapshot:
    """Make July to October: 10, 20, 30 and 44 dollars with 4 of tax; November so far 12.59."""
    invoiced = [
        ("2026-11-01", [web("40", OCT, "40"), tax("4", OCT)]),
        ("2026-10-01", [web("30", SEP, "30")]),
        ("2026-09-01", [web("20", AUG, "20")]),
        ("2026-08-01", [web("10", JUL, "10")]),
    ]
    return account(invoiced, [running()], **named)


async def refusal(shot: Snapshot | Taking, **arguments: Any) -> str:
    result = await explain(shot, **arguments)
    assert result.is_error
    return text_of(result)


async def test_by_default_the_last_two_invoiced_months_are_compared() -> None:
    """D29: whole, and tax is a driver."""
    taking = Taking(four_months())
    result = await explain(taking)
    answer = structure_of(result)
    assert answer["basis"] == "full"
    assert answer["from"] == {"period": "2026-09", "total": "30.00", "source": "invoices"}
    assert answer["to"] == {"period": "2026-10", "total": "44.00", "source": "invoices"}
    assert answer["delta"] == "14.00"
    assert in_short(answer) == [("price", "web", "10.00"), ("tax", "Tax", "4.00")]
    assert answer["period"] == {
        "name": "2026-10",
        "start": "2026-10-01",
        "end": "2026-11-01",
        "complete": True,
    }
    assert answer["full_month"] is None
    assert answer["elapsed_hours"] is None
    assert [step["tool"] for step in answer["next_steps"]] == [
        "breakdown_by_service",
        "list_invoices",
    ]
    assert answer["next_steps"][0]["arguments"] == {"period": "2026-10"}
    assert sums_up(answer)
    # The invoices alone are read, and the lines of no more than can be for these months.
    assert taking.needs == [INVOICES]
    assert taking.asked == {"i-2026-11-01", "i-2026-10-01", "i-2026-09-01"}
    assert text_of(result).startswith(
        "**October 2026 cost $14.00 more than September 2026 ($44.00 against $30.00): mainly "
        "because `web` got more expensive (+$10.00).**"
    )


async def test_the_running_month_is_compared_at_the_same_point() -> None:
    """D29: 40 x 423 / 672 = 25.178...; tax is left out of both sides, and the answer says so."""
    answer = structure_of(result := await explain(four_months(), to_period="current_month"))
    assert answer["basis"] == "same_point"
    assert answer["elapsed_hours"] == 423
    assert answer["from"] == {"period": "2026-10", "total": "25.18", "source": "invoices"}
    assert answer["to"] == {"period": "2026-11", "total": "12.59", "source": "running"}
    assert answer["delta"] == "-12.59"
    # All of October before tax; web will reach its cap of 20.
    assert answer["full_month"] == {
        "from_total": "40.00",
        "projected_total": "20.00",
        "delta": "-20.00",
    }
    assert answer["period"]["name"] == "current_month"
    assert any("are before tax" in caveat for caveat in answer["caveats"])
    assert [step["tool"] for step in answer["next_steps"]] == [
        "breakdown_by_service",
        "forecast_month_end",
    ]
    assert "423 hours" in answer["headline"]
    assert "$20.00" in text_of(result)
    assert sums_up(answer)


@pytest.mark.parametrize(
    ("now", "elapsed", "drivers"),
    [
        # Nothing is billed yet: that is no sign that anything is gone.
        ("2026-11-01T00:40", 0, []),
        # A reading that is late by more than two hours is one of nothing.
        ("2026-11-01T02:01", 3, [("gone", "web", "-0.09")]),
    ],
)
async def test_the_first_hours_of_a_month_have_no_lines(
    now: str, elapsed: int, drivers: list[tuple[str, str, str]]
) -> None:
    """D29: the hours that are compared end with the newest line."""
    shot = account([("2026-11-01", [web()])], now=at(now), as_of=at(now), month=NOV)
    structure = structure_of(await explain(shot, to_period="current_month"))
    assert (structure["elapsed_hours"], in_short(structure)) == (elapsed, drivers)
    assert sums_up(structure)


async def test_the_running_month_may_be_named_and_compared_with_any_other() -> None:
    """D29: 20 x 423 / 672 = 12.589... in August."""
    taking = Taking(four_months(resources=(thing("a"),), bandwidth=pool()))
    answer = structure_of(await explain(taking, from_period="2026-08", to_period="2026-11"))
    assert (answer["basis"], answer["from"]["total"], answer["delta"]) == (
        "same_point",
        "12.59",
        "0.00",
    )
    assert answer["drivers"] == []
    assert answer["unchanged"] == 1
    # What only the forecast needs is read once the month is known to be running.
    assert taking.needs[0] == INVOICES | BILL
    assert "instances" in taking.needs[1]


async def test_overage_to_come_is_part_of_the_projected_month() -> None:
    """D25, D29."""
    shot = four_months(bandwidth=pool(sent=2048))
    answer = structure_of(await explain(shot, to_period="current_month"))
    assert answer["full_month"]["projected_total"] == "40.48"


@pytest.mark.parametrize(
    ("asked", "months"),
    [
        ({"to_period": "last_month"}, ("2026-09", "2026-10")),
        ({"to_period": "2026-09"}, ("2026-08", "2026-09")),
        ({"from_period": "2026-08"}, ("2026-08", "2026-10")),
        ({"from_period": "2026-07", "to_period": "2026-10"}, ("2026-07", "2026-10")),
        # The last invoiced month is from: only the running one is left.
        ({"from_period": "last_month"}, ("2026-10", "2026-11")),
        ({"from_period": "2026-10", "to_period": "2026-08"}, ("2026-10", "2026-08")),
    ],
)
async def test_any_two_months_may_be_named(asked: dict[str, str], months: tuple[str, str]) -> None:
    """D29: one that is not named is the month before, or the last one invoiced."""
    answer = structure_of(await explain(four_months(), **asked))
    assert (answer["from"]["period"], answer["to"]["period"]) == months
    assert sums_up(answer)


async def test_going_back_in_time_turns_the_signs_and_says_so() -> None:
    """D29: what is asked for is answered."""
    forth = structure_of(await explain(four_months(), from_period="2026-09", to_period="2026-10"))
    back = structure_of(await explain(four_months(), from_period="2026-10", to_period="2026-09"))
    assert (forth["delta"], back["delta"]) == ("14.00", "-14.00")
    assert any("later month" in caveat for caveat in back["caveats"])
    assert not forth["caveats"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"from_period": "2026-09", "to_period": "2026-09"}, "both 2026-09. Give two"),
        ({"from_period": "2026-10", "to_period": "last_month"}, "both 2026-10"),
        ({"from_period": "current_month", "to_period": "2026-11"}, "can only be to_period"),
        ({"from_period": "current_month"}, "2026-11 is running, so it can only be to_period"),
        ({"from_period": "2026-11", "to_period": "2026-09"}, "can only be to_period"),
        ({"to_period": "2026-12"}, "2026-12 has not begun"),
        ({"from_period": "0000-05"}, "no bill for 0000-05"),
        (
            {"to_period": "2026-07"},
            "no bill for 2026-06. There are: 2026-11, 2026-10, 2026-09, 2026-08, 2026-07.",
        ),
        ({"from_period": "2025-01", "to_period": "current_month"}, "There is no bill for 2025-01"),
    ],
)
async def test_what_cannot_be_compared_is_refused_with_what_can(
    asked: dict[str, str], words: str
) -> None:
    """D33."""
    assert words in await refusal(four_months(), **asked)


async def test_the_months_that_there_are_include_those_not_read_and_the_running_one() -> None:
    """D33."""
    text = await refusal(four_months(), from_period="2020-01", to_period="2020-02")
    assert "There are: 2026-11, 2026-10, 2026-09, 2026-08, 2026-07." in text


async def test_of_many_months_the_newest_are_named() -> None:
    """D33."""
    months = [OCT]
    while len(months) < 20:
        months.append(months[-1].previous)
    invoiced = [(f"{month.end:%Y-%m-%d}", [web("20", month)]) for month in months]
    text = await refusal(account(invoiced), from_period="2020-01", to_period="2020-02")
    assert "2025-09 and 6 older." in text


async def test_with_one_invoice_or_none_it_says_what_can_be_asked() -> None:
    """D33."""
    one = account([("2026-11-01", [web()])], [running()])
    text = await refusal(one)
    assert "2026-10 is the only invoiced month" in text
    assert "to_period=current_month" in text
    answer = structure_of(await explain(one, to_period="current_month"))
    assert answer["delta"] == "0.00"
    none = account([], [running()])
    assert "No month is invoiced yet" in await refusal(none)
    assert "There is no bill for 2026-10" in await refusal(none, to_period="current_month")


async def test_months_without_an_invoice_are_passed_over_by_default_only() -> None:
    """D29: the last invoiced month and the invoiced one before it."""
    shot = account([("2026-11-01", [web()]), ("2026-08-01", [web("15", JUL, "15")])])
    answer = structure_of(await explain(shot))
    assert (answer["from"]["period"], answer["to"]["period"]) == ("2026-07", "2026-10")
    assert "no bill for 2026-09" in await refusal(shot, to_period="2026-10")


async def test_two_invoices_of_one_month_add_up() -> None:
    """D6."""
    shot = account(
        [
            ("2026-11-01", [web("20", OCT)]),
            ("2026-11-02", [server("late", "5", OCT, "5")]),
            ("2026-10-01", [web("20", SEP)]),
        ]
    )
    assert structure_of(await explain(shot))["to"]["total"] == "25.00"


async def test_an_invoice_of_the_running_month_is_not_the_last_invoiced_month() -> None:
    """D29: a contract that was billed in the middle of November."""
    flat = line("99", "Contract", "Contract", unit_type="flat", start=NOV.start, end=NOV.end)
    shot = account(
        [("2026-11-10", [flat]), ("2026-11-01", [web()]), ("2026-10-01", [web("20", SEP)])]
    )
    answer = structure_of(await explain(shot))
    assert (answer["from"]["period"], answer["to"]["period"]) == ("2026-09", "2026-10")


async def test_pending_lines_of_last_month_stand_in_for_its_invoice() -> None:
    """D5: they carry no tax yet, so that tax is left out of both sides."""
    shot = account([("2026-10-01", [web("20", SEP), tax("2", SEP)])], [running()])
    (october,) = account([("2026-11-01", [web("25", OCT, "25")])]).invoices or ()
    shot = replace(shot, uninvoiced_previous=october.lines or ())
    answer = structure_of(await explain(shot, to_period="last_month"))
    assert answer["to"] == {"period": "2026-10", "total": "25.00", "source": "unbilled"}
    assert answer["from"]["total"] == "20.00"
    assert in_short(answer) == [("price", "web", "5.00")]
    assert any("not invoiced yet" in caveat for caveat in answer["caveats"])
    assert any("are before tax" in caveat for caveat in answer["caveats"])
    assert answer["basis"] == "full"


async def test_without_invoices_there_is_no_answer() -> None:
    """D33."""
    error = ServerError("Vultr failed (503). Ask again.", 503)
    shot = four_months(invoices=None, failures={"invoices": error})
    for asked in ({}, {"to_period": "current_month"}):
        assert await refusal(shot, **asked) == str(error)


async def test_without_the_pending_lines_the_running_month_is_no_answer() -> None:
    """D33; two invoiced months do not need them."""
    error = ServerError("Vultr failed (503). Ask again.", 503)
    shot = replace(
        four_months(),
        charges=None,
        failures={"pending_charges": error},
        gaps=(Gap("pending_charges", "could not be read (503)"),),
    )
    assert await refusal(shot, to_period="current_month") == str(error)
    answer = structure_of(await explain(shot, to_period="2026-10"))
    assert answer["coverage"]["complete"]


async def test_a_month_of_which_no_line_was_read_is_no_answer() -> None:
    """D33: it is not nothing."""
    shot = four_months(gaps=(Gap("invoice_items", "1 of 3 not read (503)"),))
    rows = [row.stated if row.id == "i-2026-11-01" else row for row in shot.invoices or ()]
    text = await refusal(replace(shot, invoices=tuple(rows)))
    assert text == (
        "The lines of the invoice for October 2026 could not be read: 1 of 3 not read (503). "
        "Ask again."
    )


async def test_a_month_that_was_read_in_part_stays_and_is_named() -> None:
    """D33."""
    shot = four_months(
        partial_invoices=frozenset({"i-2026-10-01"}),
        gaps=(Gap("invoice_items", "500 of 900 read"),),
    )
    answer = structure_of(await explain(shot))
    assert answer["headline"].startswith(
        "At least one part was not read; by the rest, October 2026 cost"
    )
    assert any("September 2026 was read in part" in caveat for caveat in answer["caveats"])
    assert sums_up(answer)


async def test_an_invoice_that_states_another_amount_than_its_lines_is_named() -> None:
    """D1: the lines are compared."""
    shot = four_months()
    wrong = tuple(
        replace(row, amount=row.amount + (1 if row.id == "i-2026-11-01" else 0))
        for row in shot.invoices or ()
    )
    answer = structure_of(await explain(replace(shot, invoices=wrong)))
    assert answer["to"]["total"] == "44.00"
    assert any("state $45.00" in caveat for caveat in answer["caveats"])


async def test_a_discount_that_may_come_with_the_invoice_is_named() -> None:
    """D29: else the running month seems dearer than it will be."""
    credit = line("-5", "Program", "Credit", unit_type="discount", start=OCT.start, end=OCT.end)
    shot = account([("2026-11-01", [web(), credit])], [running()])
    answer = structure_of(await explain(shot, to_period="current_month"))
    assert in_short(answer) == [("discount", "Program", "5.00")]
    assert any("discounts" in caveat for caveat in answer["caveats"])


async def test_a_long_list_is_cut_by_how_far_things_moved() -> None:
    """Omitted is counted with its money, up or down, and sums hold."""
    before = [server(f"s{number}", "100", SEP, "100") for number in range(30)]
    after = [
        server(f"s{n}", str(100 + (n if n % 2 else -n)), OCT, str(100 + (n if n % 2 else -n)))
        for n in range(30)
    ]
    shot = account([("2026-11-01", after), ("2026-10-01", before)])
    for limit in (1, 10, 200):
        answer = structure_of(await explain(shot, limit=limit))
        assert [row["name"] for row in answer["drivers"]] == [
            f"s{number}" for number in range(29, max(29 - limit, 0), -1)
        ]
        assert answer["omitted"]["count"] == max(0, 29 - limit)
        assert answer["unchanged"] == 1
        assert (answer["increases"], answer["decreases"]) == ("225.00", "-210.00")
        assert sums_up(answer)


async def test_any_account_gives_a_small_answer_that_harms_nobody() -> None:
    """900 tokens of 3.5 bytes of structure, 4,500 where more is asked for."""
    evil = ["| a | b |", "`x`", "[l](http://e.example)", "\u202e\x1b[2J", "\U0001f600" * 80, "# h"]
    labels = [f"{number} {evil[number % len(evil)]}" for number in range(400)]
    after = [hours("9", f"203.0.113.7 (1 GB) [{label}]", 744, OCT.start, OCT.end, monthly="9")
             for label in labels]  # fmt: skip
    shot = account([("2026-11-01", after), ("2026-10-01", [web("1", SEP)])])
    for limit, most in ((10, 900), (200, 4_500)):
        result = await explain(shot, limit=limit)
        assert sizes_of(result)[1] <= most * 3.5
        assert sums_up(structure_of(result))
        assert "\u202e" not in text_of(result)
        rows = [row for row in text_of(result).splitlines() if row.startswith("- +")]
        assert rows
        assert all(row.count("`") == 2 and row.endswith(", new, Cloud Compute") for row in rows)


async def test_a_thing_known_by_its_address_alone_goes_by_its_resource() -> None:
    """Names first."""
    bare = [
        hours("20", "203.0.113.9 (4096 MB)", 744, OCT.start, OCT.end, monthly="20"),
        hours("9", "203.0.113.9 (4096 MB)", 302, "2026-11-01", "2026-11-13T14:05", monthly="20"),
    ]
    shot = account(
        [("2026-11-01", bare[:1])],
        bare[1:],
        resources=(thing("x", label="edge", addresses=("203.0.113.9",), created=at("2026-01-01")),),
    )
    found = tuple(replace(charge, resource_id="x") for charge in shot.charges or ())
    answer = structure_of(await explain(replace(shot, charges=found), to_period="current_month"))
    assert in_short(answer) == [("gone", "edge", "-3.59")]

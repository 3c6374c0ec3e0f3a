"""A month whose invoices cannot be read: pending lines tell if part of it is on one (rule D1).

68.58 of the month are invoiced on the 11th and 30.86 pending, so 99.44 are spent: what is known is
the least. A server since the 1st has 348 hours pending, 99.43 in all, and nothing is missing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import anyio
import pytest

from tests.support.double import Account, Hang, Meta, Status, VultrDouble
from tests.support.mid_month import OCTOBER, SINCE, account, ask_double, hourly, mid_month, server
from tests.support.nouns import at, charge, snapshot, thing, usd
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp import cli
from vultr_cost_mcp.billing.unread_invoices import unread_invoice
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.snapshot import Gap

pytestmark = pytest.mark.anyio
NOW = at("2026-11-15T12:00")
LIST = "/billing/invoices"
SINCE_FIRST = hourly("99.43", "2026-11-01T00:00", "2026-11-15T12:00", units=348)
BIG = {"monthly_budget": 1000}


@pytest.fixture
def anyio_backend() -> object:
    """A loop whose clock leaps over every wait."""
    return VIRTUAL_ASYNCIO


def whole_month() -> Account:
    """Make the same server; no invoice has anything of its November."""
    return account([SINCE_FIRST], {"77": OCTOBER})


def without_invoices(made: Account, fault: Any = None) -> VultrDouble:
    """Vultr's API, which refuses the list of invoices."""
    double = VultrDouble(made, date=NOW)
    double.fail(LIST, fault or Status(403))
    return double


# The tool, its arguments, its figure of the month, and whether its headline's own figure is one.
TOOLS: list[tuple[str, dict[str, Any], str, bool]] = [
    ("get_cost_overview", {}, "month_to_date", True),
    ("breakdown_by_service", {}, "total", True),
    ("breakdown_by_service", {"period": "2026-11"}, "total", True),
    ("breakdown_by_service", {"group_by": "resource"}, "total", True),
    ("breakdown_by_service", {"query": "web"}, "total", True),
    ("forecast_month_end", {}, "month_to_date", True),
    ("check_budget", BIG, "spent", True),
    ("export_costs", {"format": "csv"}, "total", True),
    ("list_resource_costs", {}, "total_month_to_date", False),
]


@pytest.mark.parametrize(("tool", "arguments", "figure", "own"), TOOLS)
async def test_a_month_with_a_part_on_an_unread_invoice_is_the_least(
    tool: str, arguments: dict[str, Any], figure: str, *, own: bool
) -> None:
    """D1, D33: the server is of January, its line of the 11th."""
    answer = await ask_double(without_invoices(mid_month()), NOW, tool, **arguments)
    assert answer[figure] == "30.86"
    assert answer["coverage"]["complete"] is not own
    assert answer["headline"].startswith("At least") is own
    touched = {
        name
        for gap in answer["coverage"]["gaps"]
        if gap["part"] == "mid_month_invoices"
        for name in gap["touches"]
    }
    assert figure in touched
    said = "`web` has existed since 1 Jan 2026, but its charges begin on 11 Nov 2026"
    assert any(said in caveat for caveat in answer["caveats"])


@pytest.mark.parametrize(("tool", "arguments", "figure", "own"), TOOLS)
async def test_a_month_that_is_pending_since_the_first_is_whole(
    tool: str, arguments: dict[str, Any], figure: str, *, own: bool
) -> None:
    """D1: a key that lacks a right makes no figure doubtful, and the answer says why."""
    answer = await ask_double(without_invoices(whole_month()), NOW, tool, **arguments)
    assert answer[figure] == "99.43"
    assert answer["coverage"]["complete"] is True, own
    assert not answer["headline"].startswith("At least")
    assert {gap["part"] for gap in answer["coverage"]["gaps"]} == {"invoices"}
    assert any("nothing seems to be missing" in caveat for caveat in answer["caveats"])


@pytest.mark.parametrize("fault", [Status(403), Status(500), Hang()])
async def test_however_the_list_fails(fault: Any) -> None:
    """D1, D27: refused, broken or without an answer: unknown, unless it is over already."""
    double = without_invoices(mid_month(), fault)
    budget = await ask_double(double, NOW, "check_budget", **BIG)
    assert (budget["status"], budget["spent"], budget["invoiced_this_month"]) == (
        "unknown",
        "30.86",
        None,
    )
    over = await ask_double(double, NOW, "check_budget", monthly_budget=30)
    assert (over["status"], over["state"]) == ("over", "passed")


async def test_no_reason_is_named_for_what_is_missing() -> None:
    """D28: 192.00 a month and 137.15 at its end, but not because it began on the 11th."""
    page = await ask_double(without_invoices(mid_month()), NOW, "get_cost_overview")
    assert (page["run_rate"]["monthly"], page["projected_month_end"]) == ("192.00", "137.15")
    assert page["bridge"] is None
    # With the invoice it is known, and there is a way from one to the other.
    whole = await ask_double(VultrDouble(mid_month(), date=NOW), NOW, "get_cost_overview")
    assert whole["bridge"] is not None


async def test_credit_rests_on_what_is_pending_alone() -> None:
    """D26: 131.42 less 30.86; what the invoice holds is in the balance already."""
    double = without_invoices(mid_month(balance="-131.42"))
    forecast = await ask_double(double, NOW, "forecast_month_end")
    assert (forecast["credit"]["left_now"], forecast["credit"]["runs_out_on"]) == (
        "100.56",
        "2026-11-30",
    )
    touched = {gap["part"]: gap["touches"] for gap in forecast["coverage"]["gaps"]}
    # The list of invoices tells its tax alone.
    assert "credit" not in touched["mid_month_invoices"]
    assert "credit" not in touched["invoices"]
    assert "credit.with_tax" in touched["invoices"]
    assert not any("less credit" in caveat for caveat in forecast["caveats"])


async def test_an_unread_invoice_of_the_month_names_no_cause() -> None:
    """D30: 108 hours are pending of 348; the others are on an invoice that was not read."""
    double = VultrDouble(mid_month(), date=NOW)
    double.fail("/billing/invoices/78/items", Status(500))
    answer = await ask_double(double, NOW, "explain_cost_change", to_period="current_month")
    assert answer["coverage"]["complete"] is False
    assert [(row["kind"], row["delta"]) for row in answer["drivers"]] == [("other", "-68.57")]
    assert "not all lines of November 2026 were read" in answer["drivers"][0]["note"]


async def test_the_running_month_of_a_history_is_the_least() -> None:
    """D31, D33: without an average before it the headline is the month to date."""
    made = account([SINCE], {"78": ("2026-11-11T00:05", [SINCE])})
    double = VultrDouble(made, date=NOW)
    double.fail("/billing/invoices/78/items", Status(500))
    answer = await ask_double(double, NOW, "get_cost_history")
    assert answer["headline"].startswith("At least $30.86 spent in November 2026 to date")
    assert answer["coverage"]["complete"] is False


async def test_a_list_that_was_read_in_part_is_judged_by_what_is_left() -> None:
    """D1: the invoice that was read explains the line that begins on the 11th."""
    pending = charge("30.86", resource_id="a", start=at("2026-11-11"), end=NOW)
    first = line("2026-11-01", None, running=False, end="2026-11-11")
    read = Invoice("78", at("2026-11-11T00:05"), usd(68), (replace(first, description="a"),))
    for invoices, expected in (((read,), "whole"), ((), "missing")):
        gaps = (Gap("invoices", "1 of 2 read"),)
        found = snapshot([pending], [thing("a")], gaps=gaps, now=NOW, invoices=invoices)
        told = unread_invoice(found)
        assert told is not None
        assert told.told == expected


def line(start: str, key: str | None = "a", *, running: bool = True, end: str = "") -> Any:
    """One hourly line of a resource."""
    return charge(
        "5", resource_id=key, running=running, start=at(start), end=at(end) if end else NOW
    )


NEW = at("2026-11-10T23:10")


@pytest.mark.parametrize(
    ("charges", "resources", "told"),
    [
        # Old and since the 11th; of any kind that is billed at once, whatever else is pending.
        ([line("2026-11-11")], [thing()], "missing"),
        ([line("2026-11-01", "b"), line("2026-11-11")], [thing(), thing("b")], "missing"),
        ([line("2026-11-01", "b"), line("2026-11-11")], [thing("a", "database")], "missing"),
        # Created on the 5th, and its line begins on the 11th.
        ([line("2026-11-11")], [thing(created=at("2026-11-05"))], "missing"),
        # Pending since one of the first three days: nothing was invoiced after those.
        ([line("2026-11-01")], [thing()], "whole"),
        ([line("2026-11-03T23:59")], [thing()], "whole"),
        ([line("2026-11-04")], [thing()], "missing"),
        ([line("2026-10-20")], [thing()], "whole"),
        # Resized: its first line is of the 1st.
        (
            [line("2026-11-01", running=False, end="2026-11-11"), line("2026-11-11")],
            [thing()],
            "whole",
        ),
        # Its address changed: a line of nobody ends where its own begins.
        (
            [line("2026-11-01", None, running=False, end="2026-11-11"), line("2026-11-11T01:00")],
            [thing()],
            "whole",
        ),
        # A running line that ends now is taken over by none that begins now.
        ([line("2026-11-01", "b"), line("2026-11-15T11:00")], [thing(), thing("b")], "missing"),
        # Created within a day before its line, beside what is pending since the 1st or alone.
        ([line("2026-11-01", "b"), line("2026-11-11")], [thing(created=NEW)], "whole"),
        ([line("2026-11-11")], [thing(created=NEW)], "unknown"),
        # A registry may exist for free before it is billed.
        ([line("2026-11-01", "b"), line("2026-11-11")], [thing("a", "registry")], "whole"),
        ([line("2026-11-11")], [thing("a", "registry")], "missing"),
        # What runs is not known to be as new as its line.
        ([line("2026-11-11", None)], [thing(created=NEW)], "missing"),
        ([line("2026-11-11")], [thing(created=None)], "missing"),
        ([line("2026-11-11")], None, "missing"),
        ([line("2026-11-11", None, running=False, end="2026-11-12")], [], "unknown"),
        # An old server without any line, as minutes after an invoice, and one that is new.
        ([], [thing(price=5)], "missing"),
        ([], [thing(price=0)], "unknown"),
        ([], [thing(price=5, created=at("2026-11-15"))], "unknown"),
        ([], [thing(price=5, created=None)], "unknown"),
        ([], [thing("a", "registry", 5)], "unknown"),
        ([], [], "unknown"),
    ],
)
def test_what_pending_lines_tell(charges: Any, resources: Any, told: str) -> None:
    """D1."""
    found = snapshot(charges, resources, now=NOW, gaps=(Gap("invoices", "HTTP 403"),))
    answer = unread_invoice(found)
    assert answer is not None
    assert answer.told == told


@pytest.mark.parametrize(("day", "judged"), [("2026-11-03T23:00", False), ("2026-11-04", True)])
def test_in_the_first_days_no_invoice_holds_a_part_of_the_month(day: str, *, judged: bool) -> None:
    """D1: one that is dated on those is last month's."""
    gaps = (Gap("invoices", "HTTP 403"),)
    found = snapshot([line("2026-11-01")], [thing()], now=at(day), gaps=gaps)
    assert (unread_invoice(found) is not None) is judged
    assert unread_invoice(snapshot([line("2026-11-11")], [thing()], now=NOW)) is None


async def test_a_negative_or_flat_line_tells_nothing() -> None:
    """D1: a licence of the 1st is pending after an invoice too, if it is charged then."""
    licence = charge("9", unit_type="flat", start=at("2026-11-01"), end=NOW)
    refund = charge("-9", start=at("2026-11-01"), end=NOW, running=False)
    gaps = (Gap("invoices", "HTTP 403"),)
    found = unread_invoice(snapshot([licence, refund], [], now=NOW, gaps=gaps))
    assert found is not None
    assert found.told == "unknown"


async def test_without_a_list_what_exists_is_read_to_tell() -> None:
    """D1: a breakdown by service needs no list of servers where the invoices are there."""
    double = VultrDouble(mid_month(), date=NOW)
    await ask_double(double, NOW, "breakdown_by_service")
    assert double.count("/instances") == 0
    double.fail(LIST, Status(403))
    answer = await ask_double(double, NOW, "breakdown_by_service")
    assert double.count("/instances") == 1
    # It only tells: groups and their figures stay those of the lines.
    assert answer["untagged"] is None


async def test_a_server_that_was_resized_is_no_sign_of_an_invoice() -> None:
    """D1, D10: two lines, 34.29 until the 6th and 65.15 since, at 192.00 a month."""
    first = hourly("34.29", "2026-11-01T00:00", "2026-11-06T00:00", units=120)
    second = hourly("65.15", "2026-11-06T00:00", "2026-11-15T12:00", units=228)
    double = without_invoices(account([first, second], {"77": OCTOBER}, server()))
    budget = await ask_double(double, NOW, "check_budget", **BIG)
    assert (budget["status"], budget["spent"]) == ("ok", "99.44")
    assert budget["coverage"]["complete"] is True


@pytest.fixture
def _shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of this machine is read, and nobody waits for the limiter."""
    for name in ("VULTR_COST_BUDGET", "VULTR_COST_CONFIG", "VULTR_COST_DEMO"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VULTR_COST_RATE_LIMIT", "1000")
    monkeypatch.setattr(cli, "clock_of", lambda _: lambda: NOW)


@pytest.mark.usefixtures("_shell")
@pytest.mark.parametrize(
    ("made", "monthly", "ends"),
    [
        (mid_month(), "1000", (1, "At least $30.86 spent")),
        (mid_month(), "30", (4, "At least $30.86 spent")),
        (whole_month(), "1000", (0, "$99.43 spent")),
    ],
)
def test_the_shell_passes_no_month_with_a_part_missing(
    made: Account,
    monthly: str,
    ends: tuple[int, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """D1, D27: 1 where it is not known, 4 where it is over already, 0 where all is pending."""
    with without_invoices(made) as double:
        monkeypatch.setenv("VULTR_API_URL", double.url)
        monkeypatch.setenv("VULTR_API_KEY", double.key)
        code = cli.main(["check-budget", "--monthly", monthly])
    printed = capsys.readouterr().out
    assert (code, printed[: len(ends[1])]) == ends


VOLUME = {
    **hourly("5.00", "2026-11-01T00:00", "2026-11-11T00:00", units=240),
    "product": "Block Storage",
    "description": "web-data (50 GB)",
}
RUNNING = {"to_period": "current_month"}


@pytest.mark.parametrize("fault", [Meta("larger_total"), Status(500)])
async def test_charges_that_may_be_on_an_unread_invoice_are_not_denied(fault: Any) -> None:
    """D33: 5.00 of the volume are on the invoice of the 11th, whose lines were not read."""
    double = VultrDouble(mid_month(VOLUME), date=NOW)
    double.fail("/billing/invoices/78/items", fault)
    given = {**RUNNING, "service": "Block Storage"}
    answer = await ask_double(double, NOW, "explain_cost_change", **given)
    assert answer["coverage"]["complete"] is False
    assert not answer["headline"].startswith("No charges")


async def test_an_invoice_that_was_read_does_not_stand_for_one_that_was_not() -> None:
    """D1: 27.43 are on the invoice of the 5th, 41.15 on that of the 11th, which is not listed."""
    read = hourly("27.43", "2026-11-01T00:00", "2026-11-05T00:00", units=96)
    made = account([SINCE], {"77": OCTOBER, "78": ("2026-11-05T00:05", [read])})
    double = VultrDouble(made, date=NOW)
    double.fail(LIST, Meta("larger_total"))
    overview = await ask_double(double, NOW, "get_cost_overview")
    assert overview["month_to_date"] == "58.29"
    assert overview["headline"].startswith("At least $58.29")
    assert overview["bridge"] is None
    budget = await ask_double(double, NOW, "check_budget", monthly_budget=500)
    assert budget["status"] == "unknown"


async def test_an_invoice_that_was_read_may_be_all_there_is() -> None:
    """D1: the pending line takes over on the day on which the invoice's line ends."""
    double = VultrDouble(mid_month(), date=NOW)
    double.fail(LIST, Meta("larger_total"))
    answer = await ask_double(double, NOW, "get_cost_overview")
    assert answer["month_to_date"] == "99.44"
    assert not answer["headline"].startswith("At least")


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [("breakdown_by_service", {}), ("breakdown_by_service", {"period": "2026-11"})],
)
async def test_evidence_takes_no_longer_than_an_answer_may(
    tool: str, arguments: dict[str, Any]
) -> None:
    """D34: everything hangs but the pending lines, and the answer comes within 25 seconds."""
    double = VultrDouble(mid_month(), date=NOW)
    for path in (LIST, "/instances", "/blocks", "/load-balancers", "/kubernetes/clusters"):
        double.fail(path, Hang())
    begun = anyio.current_time()
    answer = await ask_double(double, NOW, tool, **arguments)
    assert anyio.current_time() - begun <= 25
    assert answer["total"] == "30.86"


async def test_evidence_of_this_month_is_not_read_for_another() -> None:
    """A question about last month reads no list of resources to judge the running one."""
    double = VultrDouble(mid_month(), date=NOW)
    double.fail(LIST, Meta("larger_total"))
    await ask_double(double, NOW, "breakdown_by_service", period="last_month")
    assert double.count("/instances") == 0

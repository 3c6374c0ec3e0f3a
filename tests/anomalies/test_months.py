"""The newest invoice against those before it, where there are no days to judge (D32)."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.support.nouns import charge, line, thing, usd
from tests.support.over_time import flat, invoiced
from vultr_cost_mcp.domain.bill import Charge
from vultr_cost_mcp.questions.anomalies.first_use import FirstUse
from vultr_cost_mcp.questions.anomalies.report import AnomaliesReport, unusual_month
from vultr_cost_mcp.questions.anomalies.text import headline_anomalies, render_anomalies

NAMES = ("2026-06", "2026-07", "2026-08", "2026-09", "2026-10")


def of(*bills: list[Charge], **named: Any) -> AnomaliesReport:
    """Judge these months, the newest last."""
    names = NAMES[-len(bills) :]
    return unusual_month(invoiced(dict(zip(names, bills, strict=True)), **named))


def test_a_service_that_doubled_is_flagged() -> None:
    """D32: 0.6745 x 100 / 5; 100 dollars more are far above 2 % of 250."""
    steady = [flat(100), flat(50, "CDN")]
    report = of(steady, steady, steady, [flat(200), flat(50, "CDN")])
    (row,) = report.anomalies
    assert (row.date, row.until, row.service) == ("2026-10", "2026-10", "Cloud Compute")
    assert (row.expected, row.actual, row.delta) == (100, 200, 100)
    assert (row.monthly_at_that_rate, row.score) == (100, 13.5)
    assert (report.basis, report.judged, report.usual) == ("invoices", 4, 150)
    assert row.reason == "unusual_month"


def test_a_service_that_is_new_or_gone_is_flagged() -> None:
    steady = [flat(100), flat(50, "CDN")]
    report = of(steady, steady, steady, [flat(100), flat(60, "Cloud GPU")])
    assert [(r.service, r.delta, r.score) for r in report.anomalies] == [
        ("Cloud GPU", 60, None),
        ("CDN", -50, -13.5),
    ]


def test_differences_below_two_percent_of_the_bill_are_not() -> None:
    """D32: 19 more of 10 is nothing on a bill of 1,000; 21 more is."""
    steady = [flat(971), flat(10, "CDN")]
    assert of(steady, steady, steady, [flat(971), flat(29, "CDN")]).anomalies == ()
    (row,) = of(steady, steady, steady, [flat(971), flat(31, "CDN")]).anomalies
    assert row.delta == 21


def overage(amount: str, service: Any = "Networking") -> Charge:
    return charge(amount, service, unit_type="overage", running=False)


def test_the_months_of_which_usual_is_the_median_are_named() -> None:
    report = of([flat(100)], [flat(110)], [flat(120)], [flat(130)], [flat(100)])
    assert report.usual_of == ("2026-06", "2026-07", "2026-08", "2026-09")
    text = "\n".join(render_anomalies(report))
    assert "usual is the median of 2026-06, 2026-07, 2026-08, 2026-09 ($115.00 in all)" in text


def test_the_first_overage_is_named_whatever_its_amount() -> None:
    """D32: 3.86 are far below five dollars and 2 % of the bill."""
    steady = [flat(1000)]
    report = of(steady, steady, steady, [flat(1000), overage("3.86")])
    (row,) = report.anomalies
    assert (row.reason, row.service, row.date, row.actual) == (
        "first_overage", "Networking", "2026-10", usd("3.86"))  # fmt: skip
    assert headline_anomalies(report) == "$3.86 of Networking overage in October 2026, the first."


def test_overage_that_a_judged_month_had_is_not_the_first() -> None:
    steady = [flat(1000)]
    before = [flat(1000), overage("1")]
    assert of(before, steady, steady, [flat(1000), overage("3.86")]).anomalies == ()
    # Of another service it is.
    (row,) = of(before, steady, steady, [flat(1000), overage("3.86", "CDN")]).anomalies
    assert row.service == "CDN"


def test_the_first_overage_of_the_running_month_is_named() -> None:
    steady = [flat(1000)]
    report = of(steady, steady, steady, steady, charges=(overage("3.86"),))
    assert [(row.reason, row.date) for row in report.anomalies] == [("first_overage", "2026-11")]


def test_tax_and_credits_are_never_unusual() -> None:
    steady = [flat(100)]
    newest = [flat(100), flat(50, "Tax"), flat(-70, "Credits and Discounts"), flat(-9, "CDN")]
    assert of(steady, steady, steady, newest).anomalies == ()


def test_growth_is_usual_when_it_always_was() -> None:
    """D32: 160 is 0.6745 x 45 / 10 above the median of 100 to 130, and 3.0 is not enough."""
    report = of(*([flat(x)] for x in (100, 110, 120, 130, 160)))
    assert report.anomalies == ()


def test_three_months_are_too_few() -> None:
    report = of([flat(1)], [flat(1)], [flat(900)])
    assert (report.basis, report.judged, report.usual) == ("none", 3, None)


def test_a_month_that_was_not_read_wholly_is_not_judged() -> None:
    """D31: it would look like a fall."""
    steady = [flat(100)]
    report = of(steady, steady, steady, steady, [flat(1)], partial=["2026-10"])
    assert (report.basis, report.judged, report.anomalies) == ("invoices", 4, ())


def test_what_rose_since_the_month_before_is_named() -> None:
    """By the resource where it exists, else by the label in the line."""

    def row(total: int, description: str) -> Charge:
        found = line(total, description, "Cloud Compute", unit_type="flat")
        return charge(total, of=found, running=False)

    steady = [row(100, "192.0.2.1 [web]")]
    newest = [*steady, row(70, "192.0.2.2 (1 MB) [gone]"), row(300, "192.0.2.3 [db]")]
    web = thing("db-id", label="db", addresses=("192.0.2.3",))
    report = of(steady, steady, steady, newest, resources=[web])
    assert report.anomalies[0].resources == ("db",)
    report = of(steady, steady, steady, [*steady, row(70, "192.0.2.2 (1 MB) [gone]")])
    assert report.anomalies[0].resources == ("gone",)


def test_many_lines_below_a_dollar_are_a_service_like_any_other() -> None:
    """D32: two hundred of half a dollar, and names of that service only."""
    small = [flat("0.50", "CDN", f"zone {number}") for number in range(200)]
    rest = [flat(100, name="web")]
    report = of(rest, rest, rest, [flat(150, name="web"), *small])
    assert [(r.service, r.actual) for r in report.anomalies] == [
        ("CDN", 100),
        ("Cloud Compute", 150),
    ]
    assert report.anomalies[1].resources == ("web",)
    assert "web" not in report.anomalies[0].resources


def test_first_uses_stand_beside_months_with_the_dearest_resource_first() -> None:
    """D32: and where the months are too few, alone."""
    rows = tuple(thing(name, price=price) for name, price in (("a", 60), ("b", 90), ("c", None)))
    new = FirstUse("Cloud Compute", "fra", date(2026, 11, 3), rows)
    shot = invoiced({name: [flat(100)] for name in NAMES})
    for snapshot, basis in ((shot, "invoices"), (invoiced({"2026-10": [flat(100)]}), "none")):
        report = unusual_month(snapshot, [new])
        (row,) = report.anomalies
        assert (report.basis, row.reason, row.region) == (basis, "first_use", "fra")
        assert (row.resources, row.monthly_at_that_rate) == (("b", "a", "c"), 150)

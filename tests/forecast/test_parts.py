"""Parts of the projection: components, services, caps, usage, overage, missing lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.machines import reading
from tests.support.nouns import MONTH, NOW, at, charge, known, line, snapshot, thing, usd
from tests.support.simulator import Machine, bill_at
from vultr_cost_mcp.billing.pricing import price
from vultr_cost_mcp.domain.bandwidth import AccountBandwidth, BandwidthMonth
from vultr_cost_mcp.domain.bill import ChargeLine
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.resource import AddOn, Resource
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot
from vultr_cost_mcp.errors import ServerError
from vultr_cost_mcp.questions.forecast.report import (
    Components,
    ForecastReport,
    forecast,
    projected_total,
)
from vultr_cost_mcp.questions.forecast.text import headline_forecast, render_forecast

ANCHOR = line("3.15", "192.0.2.1 (1 MB) [anchor]", unit_price="0.00744047619047619", units=423)


def bill(
    *lines: ChargeLine, resources: tuple[Resource, ...] = (), now: datetime = NOW, **named: Any
) -> Snapshot:
    """Lines and resources, priced by the program, beside a server of 5.00 that is running."""
    month = Month.of(now)
    charges, priced = price([ANCHOR, *lines], resources, month, now)
    return snapshot(charges, priced, **{"now": now, "month": month, **named})


def pool(overage_cost: str | None) -> AccountBandwidth:
    """Only what Vultr projects of overage."""
    empty = BandwidthMonth(None, None, None, None, None, None)
    cost = None if overage_cost is None else usd(overage_cost)
    return AccountBandwidth(empty, empty, BandwidthMonth(None, None, None, None, None, cost))


def parts(shot: Snapshot) -> Components:
    """The components, which must sum to the projection."""
    report = forecast(shot, limit=200)
    found = report.components
    spent = found.accrued + found.remaining_hourly
    assert found.bandwidth_overage is not None
    assert spent + found.usage_based + found.bandwidth_overage == report.projected_total
    assert sum(row.projected for row in report.by_service) == report.projected_total
    assert projected_total(shot) == report.projected_total
    return found


def services(report: ForecastReport) -> dict[str, Decimal]:
    """Month end by service."""
    return {row.service: row.projected for row in report.by_service}


# --- what does not grow ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "still",
    [
        line("7.77", "192.0.2.9 (1 MB) [gone]", unit_price="0.03", end=at("2026-11-10")),
        line("250", "Premium Support", "Support Subscription", unit_type="month"),
        line("40", "Setup", "Other", unit_type="one-time"),
        line("12.50", "Windows license", "License", unit_type="flat"),
        line("-50", "Volume discount", "Discount", unit_type="discount"),
        line("-20", "Promo", "Credit", unit_type="discount"),
        line("-3.15", "Credit for an outage", "Credit", unit_price="-0.0074", units=423),
        line("4.20", "Bandwidth", "Vultr Bandwidth", unit_type="overage", unit_price="0.01"),
        line("3.00", "", "Vultr Cloud Compute", unit_price=None),
        line("30", "Object Storage (flat)", "Object Storage", unit_type="month"),
        line("9.99", "By the word", "Something New", unit_type="words"),
    ],
)
def test_closed_flat_one_off_and_discount_lines_stay(still: ChargeLine) -> None:
    """D24: only running hourly lines and metered ones grow."""
    found = parts(bill(still))
    assert found.accrued == usd("3.15") + still.total
    assert found.remaining_hourly == usd("1.85")
    assert found.usage_based == found.bandwidth_overage == 0


def test_a_line_never_becomes_less_than_it_is() -> None:
    """D24: max(total, ...): 6.00 already, of a server of 5.00."""
    above = line("6.00", "x", unit_price="0.00744047619047619")
    assert parts(bill(above)).remaining_hourly == usd("1.85")


@pytest.mark.parametrize(
    ("end", "grows"),
    [("2026-11-18T12:05", True), ("2026-11-18T12:04:59", False), ("2026-11-18T14:05", True)],
)
def test_running_is_within_two_hours_of_the_newest_end(end: str, *, grows: bool) -> None:
    """D24: the newest line ends at 14:05."""
    other = line("5.00", "y", unit_price="0.01488095238095238", end=at(end))
    assert parts(bill(other)).remaining_hourly == usd("6.85" if grows else "1.85")


def test_a_line_that_is_paid_ahead_does_not_close_the_others() -> None:
    """D24: a month of support ends with the month; the servers' lines end now."""
    ahead = line("250", "Support", "Subscription", unit_type="month", end=at("2026-12-01"))
    assert parts(bill(ahead)).remaining_hourly == usd("1.85")


# --- what is charged by use -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("product", "unit_type", "service"),
    [
        ("Vultr Inference", "tokens", "Inference"),
        ("Object Storage", "gb", "Object Storage"),
        ("CDN", "GB", "CDN"),
    ],
)
def test_metered_lines_grow_with_time(product: str, unit_type: str, service: str) -> None:
    """D24: half of November is 15.00, so the whole month 30.00, and the service is marked."""
    now = at("2026-11-16")
    used = line("15.00", "use", product, unit_type=unit_type, end=now)
    shot = snapshot(price([used], (), MONTH, now)[0], (), now=now)
    assert parts(shot) == Components(usd(15), usd(0), usd(15), usd(0))
    report = forecast(shot)
    assert services(report) == {service: usd(30)}
    assert report.by_service[0].metered is True


def test_metered_lines_that_began_in_the_month_grow_from_there() -> None:
    """D24: 10.00 in five days are 20.00 more in ten."""
    now = at("2026-11-21")
    used = line("10.00", "x", "Inference", unit_type="tokens", start=at("2026-11-16"), end=now)
    shot = snapshot(price([used], (), MONTH, now)[0], (), now=now)
    assert parts(shot).usage_based == usd(20)


def test_a_metered_line_that_is_dated_to_the_month_end_has_grown_until_now() -> None:
    """D24: the line is for the month; what is on it was used by now."""
    now = at("2026-11-16")
    used = line("15.00", "x", "Inference", unit_type="tokens", end=MONTH.end)
    shot = snapshot(price([used], (), MONTH, now)[0], (), now=now)
    assert parts(shot).usage_based == usd(15)


def test_object_storage_by_the_hour_is_capped_and_only_its_use_is_metered() -> None:
    """D24: the subscription's 18.00 are hourly, the rest grows."""
    base = line("11.34", "Object Storage (a)", "Object Storage", unit_price="0.0267857142857143")
    report = forecast(bill(base))
    assert services(report)["Object Storage"] == usd("18.00")
    assert not any(row.metered for row in report.by_service)


# --- overage --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "on_lines", "to_come"),
    [
        ("31.68", "3.86", "27.82"),  # the sample account's
        ("31.68", "0", "31.68"),
        ("31.68", "31.68", "0"),
        ("31.68", "40.00", "0"),  # never less than nothing
        ("0", "0", "0"),
        (None, "4.00", "0"),
    ],
)
def test_overage_is_what_no_line_has_yet(stated: str | None, on_lines: str, to_come: str) -> None:
    """D25: max(0, projected overage cost - overage already on lines)."""
    have = line(on_lines, "Bandwidth (account)", "Bandwidth", unit_type="overage")
    found = parts(bill(have, bandwidth=pool(stated)))
    assert found.bandwidth_overage == usd(to_come)
    assert found.accrued == usd("3.15") + usd(on_lines)


def test_overage_that_could_not_be_read_is_unknown() -> None:
    """D25, D33: not 0.00; the other parts are the sum."""
    shot = replace(bill(), gaps=(Gap("account_bandwidth", "could not be read (500)"),))
    report = forecast(shot)
    assert report.components.bandwidth_overage is None
    assert report.projected_total == usd("5.00")
    assert "bandwidth overage unknown" in render_forecast(report)[0]


@pytest.mark.parametrize(
    ("product", "description", "unit_type"),
    [
        ("Bandwidth", "ewr", "overage"),
        ("Bandwidth", "ewr", "Overage"),
        ("Bandwidth Overage", "ewr", "gb"),
        ("Vultr Bandwidth", "Bandwidth overage (ewr)", "gb"),
        ("Bandwidth overage", "ewr", "hours"),
    ],
)
def test_overage_on_a_line_is_not_counted_twice(
    product: str, description: str, unit_type: str
) -> None:
    """D25: by whatever word of the line it is known."""
    have = line("12", description, product, unit_type=unit_type)
    assert parts(bill(have, bandwidth=pool("20"))).bandwidth_overage == 8


def test_a_label_is_not_overage() -> None:
    """D25, D11: what stands in brackets may say anything."""
    named = line("12", "192.0.2.7 (1 MB) [overage]", end=at("2026-11-05"))
    assert parts(bill(named, bandwidth=pool("20"))).bandwidth_overage == 20


def test_overage_to_come_is_networking() -> None:
    """D25: it is in a service too, so that the services sum to the projection."""
    assert services(forecast(bill(bandwidth=pool("27.82"))))["Networking"] == usd("27.82")


def test_last_months_overage_does_not_hide_this_months() -> None:
    """D5, D25: a line that waits for October's invoice is outside."""
    shot = bill(bandwidth=pool("20"))
    old = line("15", "Bandwidth", unit_type="overage", start=at("2026-10-01"), end=MONTH.start)
    before = price([old], (), MONTH, NOW)[0]
    late = snapshot(shot.charges, (), bandwidth=pool("20"), uninvoiced_previous=tuple(before))
    assert parts(late) == parts(shot)


# --- services, caps, straight line ----------------------------------------------------------------


def test_services_sum_with_what_is_omitted() -> None:
    """D4: the list is cut, most expensive first, and says what it leaves out."""
    lines = [
        line("60", "x", "Vultr Cloud GPU", unit_price="0.1", end=at("2026-11-09")),
        line("7", "y", "Block Storage", end=at("2026-11-09")),
        line("-9", "z", "Discount", unit_type="discount"),
    ]
    whole = forecast(bill(*lines), limit=200)
    assert services(whole) == {
        "Cloud GPU": 60,
        "Block Storage": 7,
        "Cloud Compute": 5,
        "Credits and Discounts": -9,
    }
    assert list(services(whole)) == [row.service for row in whole.by_service]
    for limit in range(4):
        cut = forecast(bill(*lines), limit=limit)
        assert cut.omitted.count == 4 - limit
        shown = sum(row.projected for row in cut.by_service)
        assert shown + known(cut.omitted.total) == cut.projected_total == 63
    assert sum(row.month_to_date for row in whole.by_service) == whole.components.accrued


def test_capped_lines_are_counted() -> None:
    """D25: information: they cost nothing more this month."""
    late = at("2026-11-30T12:00")
    machines = [
        Machine("a", "192.0.2.1", ((at("2025-01-01"), usd(5)),)),
        Machine("b", "192.0.2.2", ((at("2025-01-01"), usd(10)),), backups=True),
        Machine("c", "192.0.2.3", ((at("2026-11-20"), usd(20)),)),
        Machine("d", "192.0.2.4", ((at("2025-01-01"), usd(90)),), cap=730),
    ]
    report = forecast(reading(machines, late))
    assert (report.capped.count, report.capped.total) == (3, usd(17))
    none = forecast(reading(machines, at("2026-11-15")))
    assert (none.capped.count, none.capped.total) == (0, 0)


def test_the_straight_line_overshoots() -> None:
    """D25: there to show why it is wrong: 17.5 of 30 days cost 2.00, it says 3.43."""
    now = at("2026-11-18T12:00")
    report = forecast(snapshot([charge("2.00", running=False)], (), now=now))
    assert report.straight_line_total == usd("3.43")
    assert report.projected_total == 2
    start = forecast(snapshot([], (), now=MONTH.start))
    assert start.straight_line_total is None


def test_tax_and_last_month_are_outside() -> None:
    """D3, D5: before tax; lines of October wait for their invoice."""
    tax = line("10", "VAT", "Tax", unit_type="tax")
    shot = bill(tax)
    report = forecast(shot)
    assert report.month_to_date == usd("13.15")
    assert (report.components.accrued, report.projected_total) == (usd("3.15"), usd("5.00"))
    assert "Tax" not in services(report)
    october = charge("99", "Cloud Compute", start=at("2026-10-01"), end=MONTH.start)
    again = forecast(snapshot(shot.charges, (), uninvoiced_previous=(october,)))
    assert again.projected_total == usd("5.00")


@pytest.mark.parametrize("now", ["2026-11-01T00:00", "2026-11-01T00:04", "2026-11-01T01:30"])
def test_lines_of_last_month_are_still_there_on_the_first(now: str) -> None:
    """D5, D24: what ended with October is neither counted nor taken for this month's line."""
    moment = at(now)
    machines = [
        Machine("a", "192.0.2.1", ((at("2025-01-01"), usd(5)),), backups=True),
        Machine("b", "192.0.2.2", ((at("2025-01-01"), usd(90)),), cap=730),
    ]
    october = bill_at(machines, MONTH.start - timedelta(seconds=1))
    for row in october:
        row["end_date"] = "2026-11-01T00:00:00+00:00"
    shot = reading(machines, moment, more=october)
    # 720 hours of 90.00 at 730 are 88.7671.
    assert forecast(shot).projected_total == usd("94.77")
    # Nothing of the new month printed yet: the inventory tells.
    assert forecast(reading(machines, moment, rows=october)).projected_total == usd("94.77")


# --- what has no line yet -------------------------------------------------------------------------


def test_what_has_no_line_is_added_from_its_creation_with_its_add_ons() -> None:
    """D24: 12 days 9:55 to the end: 298 h of 20 are 8.87, of 4 for backups 1.78, of 10 4.44."""
    added = thing(
        "new",
        price=20,
        created=NOW,
        add_ons=(AddOn("backups", percent=usd(20)), AddOn("ddos_protection", usd(10))),
    )
    report = forecast(bill(resources=(added,)))
    assert report.projected_total == usd("5.00") + usd("15.09")
    assert report.components.remaining_hourly == usd("1.85") + usd("15.09")
    assert [(row.id, row.kind, row.projected) for row in report.without_line] == [
        ("new", "instance", usd("15.09"))
    ]


@pytest.mark.parametrize(
    ("kind", "hours", "month_end"),
    [("gpu_instance", 730, "1726.03"), ("gpu_bare_metal", 672, "1750"), ("database", 672, "1750")],
)
def test_an_old_one_without_a_line_costs_its_whole_month(
    kind: str, hours: int, month_end: str
) -> None:
    """D24, D7: at the hours of its kind."""
    report = forecast(bill(resources=(thing("x", kind, 1750, usual_hours=hours),)))
    assert report.without_line[0].projected == usd(month_end)


def test_what_costs_nothing_or_is_unknown_is_not_added() -> None:
    """D24, D8: null is not zero, and neither adds to the forecast."""
    report = forecast(bill(resources=(thing("free", price=0), thing("unknown"))))
    assert report.projected_total == usd("5.00")
    assert report.without_line == ()


def test_what_has_a_line_is_not_added() -> None:
    """D24: by address."""
    known = thing("a", price=5, addresses=("192.0.2.1",), label="other")
    assert forecast(bill(resources=(known,))).projected_total == usd("5.00")


@pytest.mark.parametrize("unit_price", ["0.0149", "0.01488095238095238", "0.0148809523809524"])
def test_ambiguous_lines_explain_as_many_resources(unit_price: str) -> None:
    """D24: two balancers of one label have their lines: nothing is added, at any digits."""
    own = {"label": "web", "own_pending": usd("6.30")}
    twins = (thing("1", "load_balancer", 10, **own), thing("2", "load_balancer", 10, **own))
    lines = [
        line("6.30", "Load Balancer (web)", "Load Balancer", unit_price=unit_price)
        for _ in twins
    ]  # fmt: skip
    report = forecast(bill(*lines, resources=twins))
    assert report.without_line == ()
    # Four digits of an unknown price: 10.01 each (D24).
    assert report.projected_total - usd("5.00") in {usd("20.00"), usd("20.02")}
    third = thing("3", "load_balancer", 10, **own)
    added = forecast(bill(*lines, resources=(*twins, third)))
    assert [row.projected for row in added.without_line] == [10]


def test_ambiguous_snapshots_explain_each_other() -> None:
    """D9, D10: three of one name, paired: each costs 0.6172839, all three 1.8518517."""
    price_of = usd("0.6172839")
    rows = tuple(
        thing(
            f"s{number}",
            "snapshot",
            label="nightly",
            candidates=(usd("1.591235"), price_of),
            own_pending=usd("0.39"),
        )
        for number in range(3)
    )
    unit_price = Decimal(repr(float(price_of) / 672))
    lines = [line("0.39", "Snapshot (nightly)", "Snapshot", unit_price=unit_price) for _ in rows]
    report = forecast(bill(*lines, resources=rows))
    assert report.without_line == ()
    assert services(report)["Snapshots"] == usd("1.85")


def test_a_line_of_another_service_or_price_explains_nothing() -> None:
    """D24: a loose line of a volume is not that of a balancer, nor one of 20.00 that of 10.00."""
    volume = line("6.30", "loose", "Block Storage", unit_price="0.0149")
    dearer = line("12.59", "loose", "Load Balancer", unit_price="0.0298")
    closed = line("1", "loose", "Load Balancer", unit_price="0.0149", end=at("2026-11-05"))
    balancer = thing("1", "load_balancer", 10, label="web")
    report = forecast(bill(volume, dearer, closed, resources=(balancer,)))
    assert [row.projected for row in report.without_line] == [10]


def test_an_unmatched_server_line_explains_a_server_of_any_kind() -> None:
    """D24: which product a node's line is of cannot be foreseen."""
    loose = line("12.59", "worker", "Vultr Kubernetes", unit_price="0.0297619047619048")
    node = thing("n", "kubernetes_node", 20, label="pool-1-abc")
    report = forecast(bill(loose, resources=(node,)))
    assert report.without_line == ()
    assert services(report)["Kubernetes"] == 20


def test_the_list_of_what_has_no_line_is_cut() -> None:
    """Dearest first, the rest as omitted."""
    many = tuple(thing(f"v{number}", "block_storage", number) for number in range(1, 6))
    report = forecast(bill(resources=many), limit=2)
    assert [row.id for row in report.without_line] == ["v5", "v4"]
    assert (report.without_line_omitted.count, report.without_line_omitted.total) == (3, 6)
    assert report.projected_total == 5 + 15


# --- all at once ----------------------------------------------------------------------------------

AMOUNTS = st.decimals("-200", "5000", places=2)
LINES = st.builds(
    line,
    AMOUNTS,
    st.sampled_from(["x", "192.0.2.1 (1 MB) [a]", "Bandwidth overage"]),
    st.sampled_from(["Vultr Cloud Compute", "Inference", "CDN", "Credit", "Tax", "Odd"]),
    unit_price=st.none() | st.decimals("-1", "30", places=4),
    unit_type=st.sampled_from(["hours", "tokens", "gb", "flat", "discount", "overage"]),
    start=st.none() | st.integers(-400, 422).map(lambda hour: MONTH.start + timedelta(hours=hour)),
    end=st.none() | st.integers(24, 720).map(lambda hour: MONTH.start + timedelta(hours=hour)),
)


@given(st.lists(LINES, max_size=8), st.decimals("0", "99", places=4))
@settings(max_examples=150, deadline=None)
def test_components_always_sum_to_the_projection(lines: list[ChargeLine], overage: Decimal) -> None:
    """D25, D4: to the cent, under every bill; nothing that is to come is negative."""
    found = parts(bill(*lines, bandwidth=pool(str(overage))))
    assert min(found.remaining_hourly, found.usage_based, found.bandwidth_overage or 0) >= 0


# --- the words ------------------------------------------------------------------------------------


def test_the_text_carries_the_figures() -> None:
    """Some clients show the model the text only."""
    report = forecast(bill(resources=(thing("new", price=672),), bandwidth=pool("2.50")))
    text = "\n".join(render_forecast(report))
    figures = "$3.15", "$673.85", "$2.50", "`new` $672.00", "Networking", "Before tax."
    for figure in figures:
        assert figure in text
    assert headline_forecast(report, MONTH) == (
        "$679.50 is projected for November 2026, $3.15 of it spent."
    )


def test_without_lines_there_is_no_forecast() -> None:
    """D33: the essential part failed."""
    failed = ServerError("Vultr failed.", 503)
    with pytest.raises(ServerError):
        forecast(snapshot(None, (), failures={"pending_charges": failed}))
    assert projected_total(snapshot(None, ())) is None

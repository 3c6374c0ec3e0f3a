"""Why one thing cost more or less: one kind each, and a note on what else is known (D30)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.months import NOV, OCT, SEP, bill, hours, server
from tests.support.nouns import at, line, snapshot
from vultr_cost_mcp.domain.bill import ChargeLine, MonthlyBill
from vultr_cost_mcp.domain.dates import month_name
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.snapshot import Gap
from vultr_cost_mcp.questions.change.report import change
from vultr_cost_mcp.questions.change.rows import Driver

WEB = "203.0.113.7 (4096 MB) [web]"
BIG = "203.0.113.7 (8192 MB) [web]"
MONTHS = "720 hours billed in September and 730 in October (the monthly cap; October has 744)"
CAP = " (its monthly cap)"


def drivers(before: list[ChargeLine], after: list[ChargeLine]) -> list[Driver]:
    """Compare September with October, both invoiced; something else runs all the time."""
    always = [server("always", "20", month, "20") for month in (SEP, OCT)]
    report = change(snapshot(()), bill(SEP, *before, always[0]), bill(OCT, *after, always[1]))
    assert report.unchanged >= 1
    return list(report.drivers)


def only(before: list[ChargeLine], after: list[ChargeLine]) -> tuple[str, str, str]:
    """Give kind, change and note of the one driver."""
    (row,) = drivers(before, after)
    return row.kind, str(row.delta), row.note


def sep(total: str, units: int = 720, monthly: str = "20", what: str = WEB) -> ChargeLine:
    return hours(total, what, units, SEP.start, SEP.end, monthly=monthly)


def oct_(total: str, units: int = 744, monthly: str = "20", what: str = WEB) -> ChargeLine:
    return hours(total, what, units, OCT.start, OCT.end, monthly=monthly)


def test_what_only_the_later_month_has_is_new() -> None:
    """D30: born on 12 October; 480 hours of 20 a month are 14.29."""
    born = hours("14.29", WEB, 480, "2026-10-12", "2026-11-01", monthly="20")
    assert only([], [born]) == ("new", "14.29", "billed since 12 Oct; 480 hours")


def test_what_begins_with_its_month_may_be_older_than_that() -> None:
    """D30: between months that do not follow each other nobody knows since when."""
    assert only([], [oct_("20")]) == ("new", "20.00", f"672 billed hours{CAP}")


def test_what_lived_and_died_in_the_later_month_is_new() -> None:
    """D30: it was not there before; 100 hours of 20 a month are 2.98."""
    short = hours("2.98", WEB, 100, "2026-10-12", "2026-10-16T04:00", monthly="20")
    assert only([], [short]) == ("new", "2.98", "billed from 12 to 16 Oct; 100 hours")


def test_what_only_the_earlier_month_has_is_gone() -> None:
    """D30."""
    assert only([sep("20")], []) == ("gone", "-20.00", "")
    died = hours("9.44", WEB, 317, "2026-09-01", "2026-09-14T05:00", monthly="20")
    assert only([died], []) == ("gone", "-9.44", "ended on 14 Sep")


@pytest.mark.parametrize("running", [False, True])
def test_nothing_is_gone_from_a_month_of_which_not_all_was_read(*, running: bool) -> None:
    """D30, D33: its line may be among those that were not."""
    shot = replace(snapshot(()), gaps=(Gap("pending_charges", "1 of 2 read"),))
    before, after = (OCT, NOV) if running else (SEP, OCT)
    was = bill(before, server("web", "20", before, "20"))
    report = change(shot, was, replace(bill(after), complete=False))
    (row,) = report.drivers
    assert (row.kind, row.note) == (
        "other",
        f"not all lines of {month_name(after.start)} were read",
    )
    (row,) = change(shot, replace(bill(SEP), complete=False), bill(OCT, oct_("20"))).drivers
    assert (row.kind, row.note) == (
        "other",
        f"672 billed hours{CAP}; not all lines of September 2026 were read",
    )


def test_what_died_in_the_later_month_is_gone() -> None:
    """D30: it cost less because it is there no more; 317 hours of 20 a month are 9.44."""
    died = hours("9.44", WEB, 317, "2026-10-01", "2026-10-14T05:00", monthly="20")
    assert only([sep("20")], [died]) == ("gone", "-10.56", "ended on 14 Oct after 317 billed hours")


def test_what_died_and_yet_cost_more_ran_longer() -> None:
    """D30: a thing that is gone makes nothing dearer; 24 hours are 0.72."""
    born = hours("0.72", WEB, 24, "2026-09-30", "2026-10-01", monthly="20")
    died = hours("9.44", WEB, 317, "2026-10-01", "2026-10-14T05:00", monthly="20")
    assert only([born], [died]) == (
        "hours",
        "8.72",
        "billed from 30 Sep to 14 Oct; 24 hours, then 317",
    )


def test_what_was_born_in_the_earlier_month_ran_longer() -> None:
    """D30: both months have it, so it is no longer new; 451 hours are 13.43."""
    born = hours("13.43", WEB, 451, "2026-09-12T05:00", "2026-10-01", monthly="20")
    assert only([born], [oct_("20")]) == (
        "hours",
        "6.57",
        f"billed since 12 Sep; 451 hours, then 672{CAP}",
    )


def test_a_resize_within_the_month_leaves_two_lines() -> None:
    """D30: 224 hours of 20 are 6.67, 520 hours of 40 are 30.96."""
    small = hours("6.67", WEB, 224, "2026-10-01", "2026-10-10T08:00", monthly="20")
    large = hours("30.96", BIG, 520, "2026-10-10T08:00", "2026-11-01", monthly="40")
    expected = ("resized", "17.63", "4096 MB to 8192 MB, $20.00 to $40.00 a month on 10 Oct")
    assert only([sep("20")], [small, large]) == expected
    assert only([sep("20")], [large, small]) == expected


def test_a_resize_up_and_down_names_every_step() -> None:
    """D30: 112 hours of 20 are 3.34, 191 of 160 are 45.48, 441 of 40 are 26.25.

    From 20.00 to 40.00 a month alone would not explain 55.07 more.
    """
    huge = "203.0.113.7 (32768 MB) [web]"
    small = hours("3.34", WEB, 112, "2026-10-01", "2026-10-05T16:00", monthly="20")
    up = hours("45.48", huge, 191, "2026-10-05T16:00", "2026-10-13T15:00", monthly="160")
    down = hours("26.25", BIG, 441, "2026-10-13T15:00", "2026-11-01", monthly="40")
    assert only([sep("20")], [small, up, down]) == (
        "resized",
        "55.07",
        "4096 MB at $20.00 a month, 32768 MB at $160.00 from 5 Oct, 8192 MB at $40.00 from 13 Oct",
    )


def test_a_resize_and_back_names_the_size_between() -> None:
    """D30: the first and the last size are the same; 191 hours of 40 are 11.37."""
    small = hours("3.34", WEB, 112, "2026-10-01", "2026-10-05T16:00", monthly="20")
    up = hours("11.37", BIG, 191, "2026-10-05T16:00", "2026-10-13T15:00", monthly="40")
    back = hours("13.13", WEB, 441, "2026-10-13T15:00", "2026-11-01", monthly="20")
    assert only([sep("20")], [small, up, back]) == (
        "resized",
        "7.84",
        "4096 MB at $20.00 a month, 8192 MB at $40.00 from 5 Oct, 4096 MB at $20.00 from 13 Oct",
    )


def test_many_resizes_are_counted() -> None:
    """D30: six days at one size or the other, then 600 hours of 20 at the first, 17.86."""
    turns = [
        hours(
            "1.43" if day % 2 else "0.72",
            BIG if day % 2 else WEB,
            24,
            f"2026-10-{day + 1:02}",
            f"2026-10-{day + 2:02}",
            monthly="40" if day % 2 else "20",
        )
        for day in range(6)
    ]
    rest = hours("17.86", WEB, 600, "2026-10-07", "2026-11-01", monthly="20")
    assert only([sep("20")], [*turns, rest]) == (
        "resized",
        "4.31",
        "4096 MB at $20.00 a month, 5 other changes, 4096 MB at $20.00 from 7 Oct",
    )


def test_the_month_after_a_resize_is_dearer_by_the_same_resize() -> None:
    """D30."""
    small = hours("6.67", WEB, 224, "2026-09-01", "2026-09-10T08:00", monthly="20")
    large = hours("29.53", BIG, 496, "2026-09-10T08:00", "2026-10-01", monthly="40")
    kind, delta, note = only([small, large], [oct_("40", monthly="40", what=BIG)])
    assert (kind, delta) == ("resized", "3.80")
    assert note == "4096 MB to 8192 MB, $20.00 to $40.00 a month on 10 Sep"


def test_a_resize_between_the_months_shows_in_the_size() -> None:
    """D30: also where the price went up by no resize alone."""
    assert only([sep("20")], [oct_("40", monthly="40", what=BIG)]) == (
        "resized",
        "20.00",
        "4096 MB to 8192 MB, $20.00 to $40.00 a month",
    )


def test_a_resized_thing_that_also_ran_less_says_so() -> None:
    """D30: one row, the hours in its note; 400 hours of 40 a month are 23.81."""
    late = hours("23.81", BIG, 400, "2026-10-15T08:00", "2026-11-01", monthly="40")
    kind, delta, note = only([sep("20")], [late])
    assert (kind, delta) == ("resized", "3.81")
    assert note == (
        f"4096 MB to 8192 MB, $20.00 to $40.00 a month; 672 billed hours{CAP}, then 400"
    )


def test_another_plan_of_the_same_size_within_the_month_is_a_resize() -> None:
    """D30: two lines in one month of one thing."""
    small = hours("10", WEB, 336, "2026-10-01", "2026-10-15", monthly="20")
    fast = hours("15", WEB, 408, "2026-10-15", "2026-11-01", monthly="24.71")
    assert only([sep("20")], [small, fast])[0] == "resized"


def test_a_thing_without_a_stated_size_at_another_price_was_resized() -> None:
    """D30: a database says no size, its price tells."""
    base = "Managed Database (pg)"
    assert only([sep("60", monthly="60", what=base)], [oct_("120", monthly="120", what=base)]) == (
        "resized",
        "60.00",
        "$60.00 to $120.00 a month",
    )


def test_the_same_size_at_another_price_is_a_price() -> None:
    """D30."""
    assert only([sep("20")], [oct_("24", monthly="24")]) == (
        "price",
        "4.00",
        "$20.00 to $24.00 a month",
    )


def test_of_price_and_hours_the_one_that_explains_more_is_named() -> None:
    """D30: 20 for 672 hours, then 168 of them at 24 a month: 6.00; the hours explain it."""
    few = hours("6.00", WEB, 168, "2026-10-25", "2026-11-01", monthly="24")
    kind, delta, note = only([sep("20")], [few])
    assert (kind, delta) == ("hours", "-14.00")
    assert note == f"$20.00 to $24.00 a month; 672 billed hours{CAP}, then 168"


def test_a_month_has_other_hours() -> None:
    """D30: 730 hours do not fit into September; 350.40 x 720 / 730 = 345.60."""
    gpu = "203.0.113.40 (65536 MB) [gpu]"
    before = hours("345.60", gpu, 720, SEP.start, SEP.end, unit_price="0.48", product="Cloud GPU")
    after = hours("350.40", gpu, 744, OCT.start, OCT.end, unit_price="0.48", product="Cloud GPU")
    note = f"1 resource ran through both months: {MONTHS}"
    assert only([before], [after]) == ("calendar", "4.80", note)


def test_all_that_the_length_of_a_month_changed_is_one_row() -> None:
    """D30: two GPUs of 350.40 and one of 730: 4.80 twice and 10.00; what began later is apart."""

    def gpu(name: str, month: Month, total: str, units: int, price: str) -> ChargeLine:
        what = f"203.0.113.40 (65536 MB) [{name}]"
        return hours(total, what, units, month.start, month.end, unit_price=price,
                     product="Cloud GPU")  # fmt: skip

    before = [gpu("one", SEP, "345.60", 720, "0.48"), gpu("two", SEP, "345.60", 720, "0.48"),
              gpu("three", SEP, "720.00", 720, "1")]  # fmt: skip
    after = [gpu("one", OCT, "350.40", 744, "0.48"), gpu("two", OCT, "350.40", 744, "0.48"),
             gpu("three", OCT, "730.00", 744, "1")]  # fmt: skip
    late = "203.0.113.41 (65536 MB) [late]"
    late_before = hours("48", late, 100, "2026-09-26T20:00", SEP.end, unit_price="0.48",
                        product="Cloud GPU")  # fmt: skip
    late_after = replace(after[0], description=late)
    rows = drivers([*before, late_before], [*after, late_after])
    assert [(row.kind, row.name, str(row.delta)) for row in rows] == [
        ("hours", "late", "302.40"),
        ("calendar", "Month length", "19.60"),
    ]
    assert rows[1].note == f"3 resources ran through both months, each with {MONTHS}"
    assert rows[1].service == "Cloud GPU"
    # From the longer to the shorter month the same dollars go.
    back = change(snapshot(()), bill(OCT, *after), bill(SEP, *before)).drivers
    assert [(row.kind, str(row.delta)) for row in back] == [("calendar", "-19.60")]


@pytest.mark.parametrize(
    ("text", "unit_type", "note"),
    [
        ("Object Storage (files) requests", "overage", "100 to 1,250 requests"),
        ("Object Storage (files) API operations", "overage", "100 to 1,250 operations"),
        ("Object Storage (requests) storage", "overage", "100 to 1,250 GB"),
        ("Object Storage (files)", "gb", "100 to 1,250 GB"),
        ("Object Storage (files)", "requests", "100 to 1,250 requests"),
    ],
)
def test_units_go_by_their_name(text: str, unit_type: str, note: str) -> None:
    """D30: a label in brackets names no unit."""

    def used(month: Month, units: str, total: str) -> ChargeLine:
        return line(total, text, "Object Storage", units=units, unit_type=unit_type,
                    start=month.start, end=month.end)  # fmt: skip

    assert only([used(SEP, "100", "1.80")], [used(OCT, "1250", "22.50")])[2] == note


def test_units_of_two_names_are_not_added_up() -> None:
    """D30: gigabytes and requests of one zone."""
    zone = "CDN Pull Zone (media)"
    before = [replace(use("10", "1000", "0.01"), start=SEP.start, end=SEP.end)]
    asked = line("3", zone, "Vultr CDN", units="300", unit_type="requests", start=OCT.start,
                 end=OCT.end)  # fmt: skip
    found = only(before, [use("12.50", "1250", "0.01"), asked])
    assert found[2] == "1,000 to 1,250 GB, 0 to 300 requests"


def test_a_price_with_other_digits_is_the_same_price() -> None:
    """D30: 0.0149 and 10 / 672 are one."""
    before = hours("8", WEB, 537, "2026-09-08T15:00", "2026-10-01", unit_price="0.0149")
    assert only([before], [oct_("10", monthly="10")])[0] == "hours"
    # Not so three dollars and three dollars forty an hour.
    dear = hours("2284.80", WEB, 744, OCT.start, OCT.end, unit_price="3.4")
    metal = hours("2016", WEB, 720, SEP.start, SEP.end, unit_price="3")
    assert only([metal], [dear])[0] == "price"


def test_a_thing_that_was_made_again_at_another_address_is_one_thing() -> None:
    """D30: the label is the identity, the note tells."""
    first = hours("5.96", WEB, 200, "2026-10-01", "2026-10-09T08:00", monthly="20")
    again = replace(first, description="198.51.100.1 (4096 MB) [web]")
    again = replace(again, start=OCT.start, end=OCT.end, units=Decimal(400), total=Decimal("11.91"))
    assert only([sep("20")], [again]) == (
        "hours",
        "-8.09",
        f"672 billed hours{CAP}, then 400; at another address",
    )


def test_two_things_of_one_name_are_one_identity() -> None:
    """D30: their dollars add up; a second one at the same terms is more hours."""
    second = hours("10", WEB, 336, "2026-10-18", "2026-11-01", monthly="20")
    assert only([sep("20")], [oct_("20"), second]) == (
        "hours",
        "10.00",
        f"672 billed hours{CAP}, then 1,008: 2 hourly billing lines of this name, up from 1",
    )


def test_two_things_of_one_name_at_other_terms_are_not_judged() -> None:
    """D30: it is no resize, the first one goes on."""
    second = hours("20", BIG, 336, "2026-10-18", "2026-11-01", monthly="40")
    assert only([sep("20")], [oct_("20"), second]) == (
        "other",
        "20.00",
        "2 hourly billing lines of this name, up from 1",
    )


def test_several_things_that_ran_less_do_not_cost_more_by_their_hours() -> None:
    """D30: 772 hours became 400, and the dearer one of the two ran longer."""
    small, large = "203.0.113.7 [web]", "203.0.113.8 [web]"
    before = [
        hours("5.00", small, 672, "2026-09-01", "2026-09-29", monthly="5"),
        hours("14.89", large, 100, "2026-09-01", "2026-09-05T04:00", monthly="100"),
    ]
    after = [
        hours("1.49", small, 200, "2026-10-01", "2026-10-09T08:00", monthly="5"),
        hours("29.77", large, 200, "2026-10-01", "2026-10-09T08:00", monthly="100"),
    ]
    assert only(before, after) == (
        "other",
        "11.37",
        "2 hourly billing lines of this name in both",
    )
    assert only(before, [after[0]])[0] == "gone"


def test_another_server_of_the_same_name_and_another_size_is_said_to_be_elsewhere() -> None:
    """D30: one label is one thing, but a resize would have kept the address."""
    first = hours("2.86", WEB, 96, "2026-10-01", "2026-10-05", monthly="20")
    second = hours("30.00", BIG, 504, "2026-10-11", "2026-11-01", monthly="40")
    kind, _, note = only([sep("20")], [first, second])
    assert (kind, "address" in note) == ("resized", False)
    moved = replace(second, description=BIG.replace("203.0.113.7", "203.0.113.99"))
    kind, _, note = only([sep("20")], [first, moved])
    assert (kind, note.endswith("; at another address")) == ("resized", True)


def test_lines_without_dates_or_hours_are_still_explained() -> None:
    """D30: by what they say."""
    bare = [replace(row, start=None, end=None) for row in (sep("20"), oct_("24", monthly="24"))]
    assert only([bare[0]], [bare[1]])[0] == "price"
    none = [replace(row, units=None, unit_price=None) for row in bare]
    assert only([none[0]], [none[1]])[0] == "other"


def use(total: str, units: str | None, price: str | None, unit_type: str = "gb") -> ChargeLine:
    return line(
        total,
        "CDN Pull Zone (media)",
        "Vultr CDN",
        units=units,
        unit_price=price,
        unit_type=unit_type,
        start=OCT.start,
        end=OCT.end,
    )


@pytest.mark.parametrize(
    ("before", "after", "kind", "note"),
    [
        (("10", "1000", "0.01"), ("12.50", "1250", "0.01"), "usage", "1,000 to 1,250 GB"),
        (("10", "1000", "0.01"), ("20", "1000", "0.02"), "price", ""),
        # Twice the price explains more than a tenth more use.
        (("10", "1000", "0.01"), ("22", "1100", "0.02"), "price", "1,000 to 1,100 GB"),
        (("10", "1", "10", "flat"), ("12", "1", "12", "flat"), "price", ""),
        (("10", None, None, "flat"), ("12", None, None, "flat"), "other", ""),
        (("10", "1000", "0.01", "<b>"), ("12.50", "1250", "0.01", "<b>"), "usage",
         "1,000 to 1,250 units"),
    ],
)  # fmt: skip
def test_use_changes_by_units_or_by_price(before: Any, after: Any, kind: str, note: str) -> None:
    """D30."""
    found = only([replace(use(*before), start=SEP.start, end=SEP.end)], [use(*after)])
    assert (found[0], found[2]) == (kind, note)


def test_what_is_new_by_use_says_how_much() -> None:
    """D30: it has no hours that could have ended."""
    assert only([], [use("10", "1000", "0.01")]) == ("new", "10.00", "0 to 1,000 GB")


def test_a_thing_with_hours_and_use_goes_by_what_moved_more() -> None:
    """D30: the store's base price stands, what is stored beyond it grew."""
    base = "Object Storage (files)"
    more = "Object Storage (files) additional storage"
    hourly = [sep("18", monthly="18", what=base), oct_("18", monthly="18", what=base)]
    hourly = [replace(row, product="Object Storage") for row in hourly]
    extra = [replace(use("2.16", "120", "0.018"), description=more),
             replace(use("6.48", "360", "0.018"), description=more)]  # fmt: skip
    extra = [replace(row, product="Object Storage") for row in extra]
    assert only([hourly[0], extra[0]], [hourly[1], extra[1]]) == (
        "usage",
        "4.32",
        "120 to 360 GB",
    )


def test_what_belongs_to_no_thing_has_its_own_kind() -> None:
    """D30: overage, discounts, credits on a thing and tax, also where only one month has them."""

    def other(total: str, unit_type: str, product: str, text: str) -> ChargeLine:
        return line(total, text, product, unit_type=unit_type, units="1250", start=OCT.start,
                    end=OCT.end)  # fmt: skip

    rows = drivers(
        [],
        [
            other("12.50", "overage", "Bandwidth Overage", "Bandwidth Overage October 2026"),
            other("-50", "discount", "Credit", "Start-up program"),
            other("-3", "flat", "Vultr Cloud Compute", f"{WEB} refund"),
            other("16.56", "flat", "Sales Tax", "Sales Tax 6.625%"),
        ],
    )
    assert [(row.kind, row.name, str(row.delta)) for row in rows] == [
        ("discount", "Start-up program", "-50.00"),
        ("tax", "Tax", "16.56"),
        ("overage", "Bandwidth Overage", "12.50"),
        ("discount", f"{WEB} refund", "-3.00"),
    ]
    assert rows[2].note == "0 to 1,250 GB"


def test_cents_that_only_rounding_explains_are_one_row() -> None:
    """D30: the same hours at the same price."""
    rows = drivers(
        [sep("9.99"), sep("4.99", what="[b]"), sep("1.00", what="[c]")],
        [oct_("10.00"), oct_("5.00", what="[b]"), oct_("1.00", what="[c]")],
    )
    assert [(row.kind, row.name, str(row.delta), row.note) for row in rows] == [
        ("rounding", "Rounding", "0.02", "on 2 things")
    ]


def test_what_runs_at_the_reading_is_not_gone() -> None:
    """D30: in the running month it is the reading that tells (D24)."""
    report = change(
        snapshot(()),
        bill(OCT, oct_("20"), oct_("20", what="[b]")),
        bill(
            NOV,
            hours("12.59", WEB, 423, "2026-11-01", "2026-11-18T14:05", monthly="20"),
            hours("6.00", "[b]", 202, "2026-11-01", "2026-11-09T10:00", monthly="20"),
        ),
    )
    # 20 x 423 / 672 = 12.589...: 12.59 for both at the same point.
    assert [(row.kind, row.name, str(row.delta)) for row in report.drivers] == [
        ("gone", "b", "-6.59")
    ]
    assert report.drivers[0].note == "ended on 9 Nov after 202 billed hours"
    assert report.unchanged == 1


def test_what_ended_before_the_same_point_ran_less() -> None:
    """D29, D30: 96 hours of 20 are 2.86; 423 of 40 are 25.18."""
    report = change(
        snapshot(()),
        bill(OCT, hours("2.86", WEB, 96, "2026-10-01", "2026-10-05", monthly="20")),
        bill(NOV, hours("25.18", BIG, 423, "2026-11-01", "2026-11-18T14:05", monthly="40")),
    )
    (row,) = report.drivers
    assert (row.kind, str(row.delta)) == ("resized", "22.32")
    assert row.note.endswith("a month; 96 to 423 billed hours")


def test_the_same_point_is_now_where_nothing_runs_any_more() -> None:
    """D29: lines that ended ten hours ago do not say when the bill was read."""
    over = hours("12.30", WEB, 413, "2026-11-01", "2026-11-18T04:05", monthly="20")
    always = oct_("20")
    report = change(snapshot(()), bill(OCT, always), bill(NOV, over))
    assert report.elapsed_hours == 423
    assert str(report.from_.total) == "12.59"


def test_a_longer_month_is_compared_with_all_of_a_shorter_one() -> None:
    """D29: September has no 31st day."""
    now = at("2026-10-31T12:00")
    whole = MonthlyBill(OCT, "running", bill(OCT, oct_("20")).charges, complete=False)
    report = change(snapshot((), now=now, month=OCT), bill(SEP, sep("20")), whole)
    assert (str(report.from_.total), report.delta) == ("20.00", 0)


def test_what_began_later_in_the_earlier_month_is_new_at_the_same_point() -> None:
    """D29, D30: on 18 October it was not there."""
    report = change(
        snapshot(()),
        bill(OCT, hours("8.58", WEB, 288, "2026-10-20", "2026-11-01", monthly="20")),
        bill(NOV, hours("12.59", WEB, 423, "2026-11-01", "2026-11-18T14:05", monthly="20")),
    )
    (row,) = report.drivers
    assert (row.kind, str(row.from_total), str(row.delta)) == ("new", "0.00", "12.59")
    assert row.note == "billed since 20 Oct; 423 hours in November"


def undated(row: ChargeLine, *, start: bool = False) -> ChargeLine:
    """Take the end off a line, and its start unless that stays."""
    return replace(row, end=None, start=row.start if start else None)


def test_a_line_without_an_end_tells_of_no_end() -> None:
    """D30: cheaper, and nothing says that the server is there no more."""
    assert only([sep("20")], [undated(oct_("10", monthly="10"))]) == (
        "price",
        "-10.00",
        "$20.00 to $10.00 a month",
    )


def test_of_two_lines_one_without_an_end_goes_on() -> None:
    """D30: the smaller size ended on the 5th; that the larger one did is said nowhere."""
    small = hours("2.98", WEB, 100, "2026-10-01", "2026-10-05T04:00", monthly="20")
    large = undated(hours("38.33", BIG, 644, "2026-10-05T04:00", "2026-11-01", monthly="40"))
    kind, _, note = only([sep("48", monthly="48", what=BIG)], [small, large])
    assert kind == "resized"
    assert "ended" not in note


def test_a_line_without_an_end_ends_by_its_hours_where_its_start_is_known() -> None:
    """D30: 317 hours from the 1st are over on the 14th."""
    died = undated(hours("9.44", WEB, 317, "2026-10-01", "2026-10-14T05:00", monthly="20"))
    known = replace(died, start=OCT.start)
    assert only([sep("20")], [known])[0] == "gone"
    assert only([sep("20")], [died])[0] == "hours"

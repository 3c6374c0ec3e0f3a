"""Snapshots: two sizes, no price, and a charge that tells which it is (D9)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.support.nouns import HOURS_SO_FAR, MONTH, NOW, at, line, thing, usd
from vultr_cost_mcp.billing.pricing import price
from vultr_cost_mcp.billing.snapshots import NOT_CHARGED_YET, priced_by_charge
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.resource import Resource

# 40 GiB on the disk and 10 GiB compressed, at 0.05 a GB and month.
FULL, COMPRESSED = Decimal("2.00"), Decimal("0.50")


def image(**named: Any) -> Resource:
    """Make a snapshot with both candidates."""
    known: dict[str, Any] = {"candidates": (FULL, COMPRESSED), "label": "image"}
    return thing("s", "snapshot", **{**known, **named})


def of(resource: Resource) -> tuple[Decimal | None, str | None]:
    """Its price and where it is from."""
    return resource.price, resource.price_source


def billed(total: str, units: int | None = HOURS_SO_FAR, **named: Any) -> Resource:
    """Price it by a line of that total."""
    one = line(total, "Snapshot (image)", "Snapshot", units=units, **named)
    return priced_by_charge(image(), one, MONTH, NOW)


def test_a_line_that_agrees_with_the_full_size() -> None:
    """D9: 423 hours of 2.00 are 1.2589, so 1.26."""
    assert of(billed("1.26")) == (FULL, "table")


def test_a_line_that_agrees_with_the_compressed_size() -> None:
    """D9: 423 hours of 0.50 are 0.3147, so 0.32."""
    assert of(billed("0.32")) == (COMPRESSED, "table")


def test_a_line_that_agrees_with_neither_is_brought_to_a_month() -> None:
    """D9: 0.80 for 423 hours is 0.80 x 672 / 423 a month."""
    resource = billed("0.80")
    assert resource.price_source == "billed"
    assert resource.price is not None
    assert round(resource.price, 4) == usd("1.2709")


def test_a_cent_more_is_another_price() -> None:
    """D9: agreement is to the cent."""
    assert billed("1.25").price_source == "billed"
    assert billed("1.27").price_source == "billed"


def test_its_own_pending_charges_tell_where_there_is_no_line() -> None:
    """D9: charges of its own since the month began: 0.32 is the compressed size."""
    own = image(own_pending=usd("0.32"))
    assert of(priced_by_charge(own, None, MONTH, NOW)) == (COMPRESSED, "table")
    more = image(own_pending=usd("0.80"))
    assert priced_by_charge(more, None, MONTH, NOW).price_source == "billed"


def test_a_young_snapshot_counts_from_its_creation() -> None:
    """D9: 51 hours of 2.00 are 0.1518, so 0.16."""
    young = image(created=at("2026-11-16T12:00"), own_pending=usd("0.16"))
    assert of(priced_by_charge(young, None, MONTH, NOW)) == (FULL, "table")


def test_with_no_charge_yet_the_full_size_with_a_caveat() -> None:
    """D9: the first candidate, and the answer says that it is not known which it is."""
    for own in (None, Decimal(0), Decimal("0.00")):
        resource = priced_by_charge(image(own_pending=own), None, MONTH, NOW)
        assert of(resource) == (FULL, "table")
        assert resource.note == NOT_CHARGED_YET
    assert billed("1.26").note is None


def test_a_snapshot_made_this_moment_has_no_hours_yet() -> None:
    """D9: nothing is divided by no hours."""
    new = image(created=NOW, own_pending=usd("0.01"))
    assert of(priced_by_charge(new, None, MONTH, NOW)) == (FULL, "table")
    assert of(billed("0.01", units=0)) == (FULL, "table")


def test_a_charge_of_one_hour_is_brought_to_a_month() -> None:
    """D9: 0.50 for the first hour is 336.00 a month of 672."""
    new = image(created=NOW - timedelta(minutes=30), own_pending=usd("0.50"))
    assert of(priced_by_charge(new, None, MONTH, NOW)) == (336, "billed")


def test_a_snapshot_is_priced_with_everything_else() -> None:
    """D9: its own charges count since the month began or since it was made, whichever is later."""
    _, resources = price([], [image(own_pending=usd("0.32"))], MONTH, NOW)
    assert of(resources[0]) == (COMPRESSED, "table")


def test_a_line_that_is_not_by_the_hour_is_a_month() -> None:
    """D9: a flat line of 2.00 or 0.50 is the month's price, one of 0.80 is billed."""
    flat: dict[str, Any] = {"unit_type": "GB", "units": 40}
    assert of(billed("2.00", **flat)) == (FULL, "table")
    assert of(billed("0.50", **flat)) == (COMPRESSED, "table")
    assert of(billed("0.80", **flat)) == (usd("0.80"), "billed")
    assert of(billed("0.80", units=None)) == (usd("0.80"), "billed")


def test_after_672_hours_the_charge_is_the_month() -> None:
    """D7, D9: late in December 720 hours have begun and a month is full."""
    late = at("2026-12-30T23:30")
    december = Month.of(late)
    full = image(own_pending=usd("2.00"))
    assert of(priced_by_charge(full, None, december, late)) == (FULL, "table")
    other = image(own_pending=usd("0.80"))
    assert of(priced_by_charge(other, None, december, late)) == (usd("0.80"), "billed")


def test_a_charge_rounded_to_the_nearest_cent_agrees_as_well() -> None:
    """D9: a full month of 1.234 is 1.23 rounded and 1.24 rounded up: both agree."""
    late = at("2026-12-30T23:30")
    for own in ("1.23", "1.24", "1.234"):
        odd = image(candidates=(Decimal("1.234"),), own_pending=usd(own))
        assert of(priced_by_charge(odd, None, Month.of(late), late))[1] == "table"


def test_where_both_sizes_agree_the_first_is_taken() -> None:
    """D9: after one hour both are 0.01."""
    young = image(created=NOW - timedelta(minutes=30), own_pending=usd("0.01"))
    assert of(priced_by_charge(young, None, MONTH, NOW)) == (FULL, "table")


def test_the_open_line_of_the_bill_comes_before_its_own_charges() -> None:
    """D9: lines first: the line says compressed, whatever the snapshot says of itself."""
    one = line("0.32", "Snapshot (image)", "Snapshot", units=HOURS_SO_FAR, unit_price="0.0007")
    charges, resources = price([one], [image(own_pending=usd("1.26"))], MONTH, NOW)
    assert of(resources[0]) == (COMPRESSED, "table")
    assert charges[0].resource_id == "s"
    assert charges[0].monthly == COMPRESSED


def test_a_line_of_its_name_decides_where_its_own_agrees_with_no_size() -> None:
    """D9: it was paired with the line of a larger one; a line at 0.50 a month has its name too."""
    larger = line("2.46", "Snapshot (image)", "Snapshot", units=HOURS_SO_FAR, unit_price="0.0058")
    prices = {Decimal("0.0058"), COMPRESSED / 672}
    assert of(priced_by_charge(image(), larger, MONTH, NOW, prices)) == (COMPRESSED, "table")
    only = {Decimal("0.0058")}
    assert of(priced_by_charge(image(), larger, MONTH, NOW, only)) == (usd("3.90"), "billed")


def test_a_server_of_its_name_tells_nothing_of_its_size() -> None:
    """D9: the server's line has the unit price of the smaller size, 0.50 / 672, by chance."""
    server = line("0.30", "192.0.2.1 (1024 MB) [image]", units=HOURS_SO_FAR, unit_price="0.0007")
    _, resources = price([server], [image()], MONTH, NOW)
    assert of(resources[0]) == (FULL, "table")
    assert resources[0].note == NOT_CHARGED_YET


def test_a_line_of_no_hours_is_no_charge_yet() -> None:
    """D9: nothing for no hours agrees with every size."""
    assert of(billed("0", units=0)) == (FULL, "table")
    assert billed("0", units=0).note == NOT_CHARGED_YET


def test_a_unit_price_of_nothing_does_not_make_a_charge_free() -> None:
    """D9: compressed to nothing, but billed 1.26, which are 423 hours of 2.00."""
    one = line("1.26", "Snapshot (image)", "Snapshot", units=HOURS_SO_FAR, unit_price="0")
    sizes = image(candidates=(FULL, Decimal(0)))
    assert of(priced_by_charge(sizes, one, MONTH, NOW)) == (FULL, "table")

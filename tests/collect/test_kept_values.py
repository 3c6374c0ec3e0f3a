"""What is kept of a row that was read: values of the domain, shared where they repeat."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.support.nouns import at, usd
from vultr_cost_mcp.collect.reader import reading_of, row_reader
from vultr_cost_mcp.domain.bill import ChargeLine
from vultr_cost_mcp.domain.snapshot import Traffic
from vultr_cost_mcp.families.machines import TrafficDay
from vultr_cost_mcp.families.reading import ENDPOINTS
from vultr_cost_mcp.vultr.pagination import Listing, Page

WEB = {"description": "web [a]", "product": "Compute", "unit_type": "hours", "total": 1.5}


def kept(name: str, *pages: Page) -> Listing:
    """Give the pages of a list to its reader."""
    listing = Listing(row_reader(ENDPOINTS[name]))
    for page in pages:
        listing.add(page)
    return listing


def test_lines_of_two_invoices_share_their_texts() -> None:
    """Thousands of lines repeat a few words each month."""
    row: dict[str, Any] = {**WEB, "start_date": "2026-10-01"}
    texts = ("".join(["web ", "x" * 30]) for _ in range(2))
    first, second = (
        kept("invoice_items", Page([{**row, "description": text, "total": number}])).rows[0]
        for number, text in enumerate(texts, start=1)
    )
    assert isinstance(first, ChargeLine)
    assert (first.total, second.total, first.start) == (usd(1), usd(2), at("2026-10-01"))
    assert first.description is second.description


def test_a_row_that_cannot_be_understood_is_counted_and_not_kept() -> None:
    """D33: two of three, and no sum over the third."""
    listing = kept("pending_charges", Page([WEB, {**WEB, "total": "much"}], "next", 3), Page([WEB]))
    reading = reading_of(listing, at("2026-11-18"))
    assert [row.total for row in reading.value] == [usd("1.5"), usd("1.5")]
    assert reading.gap == "2 of 3 read: 1 could not be understood"


def test_a_day_of_traffic_is_one_object_for_all_servers() -> None:
    """A day without the bytes sent, or with no date, is left out; the first is said to be."""
    day = TrafficDay.model_validate({"incoming_bytes": None, "outgoing_bytes": 7})
    keep = ENDPOINTS["instance_traffic"].keep
    first, second = keep({"2026-11-01": day, "soon": day}), keep({"2026-11-01": day})
    assert first.days == {date(2026, 11, 1): Traffic(0, 7)}
    assert next(iter(first.days)) is next(iter(second.days))
    assert not first.unstated
    assert keep({"2026-11-01": TrafficDay()}).unstated


def test_a_row_is_told_apart_by_fields_that_are_not_kept_too() -> None:
    """D1: two charges that differ in a field which nobody reads are two, where two are stated."""
    pages = [Page([{**WEB, "note": 1}], "next", 2), Page([{**WEB, "note": 2}, {**WEB, "note": 1}])]
    listing = kept("invoice_items", *pages)
    listing.count_once()
    assert (len(listing.rows), listing.gap) == (2, None)

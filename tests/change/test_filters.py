"""``explain_cost_change`` by service and by tag, and the change of each service (D29, D30)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.months import OCT, SEP, account, explain, hours, server, sums_up
from tests.support.nouns import line, pool, thing
from tests.support.servers import structure_of, text_of
from vultr_cost_mcp.domain.bill import ChargeLine
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot

pytestmark = pytest.mark.anyio


def volume(total: str, month: Month) -> ChargeLine:
    return hours(total, "Block Storage 100 GB (data)", 700, month.start, month.end,
                 monthly=total, product="Block Storage")  # fmt: skip


def tax(total: str, month: Month) -> ChargeLine:
    return line(total, "Tax", "Sales Tax", unit_type="flat", start=month.start, end=month.end)


def two_months(**named: Any) -> Snapshot:
    """Make September of 20 + 10 and October of 44 + 10 with 5 of tax; November so far of 12.59."""
    invoiced = [
        ("2026-11-01", [server("web", "44.00", OCT, "44"), volume("10.00", OCT), tax("5.00", OCT)]),
        ("2026-10-01", [server("web", "20.00", SEP, "20"), volume("10.00", SEP)]),
    ]
    so_far = [
        hours("12.59", "203.0.113.7 (4096 MB) [web]", 423, "2026-11-01", "2026-11-18T14:05",
              monthly="20"),
        hours("6.30", "Block Storage 100 GB (data)", 423, "2026-11-01", "2026-11-18T14:05",
              monthly="10", product="Block Storage"),
    ]  # fmt: skip
    known = {"bandwidth": pool(), **named}
    return account(invoiced, so_far, **known)


async def asked(**arguments: Any) -> dict[str, Any]:
    return structure_of(await explain(two_months(), **arguments))


async def test_every_service_is_listed_also_without_a_change() -> None:
    """D30: 24 more compute, 5 more tax, no more storage."""
    answer = await asked()
    assert [tuple(row.values()) for row in answer["by_service"]] == [
        ("Cloud Compute", "20.00", "44.00", "24.00"),
        ("Tax", "0.00", "5.00", "5.00"),
        ("Block Storage", "10.00", "10.00", "0.00"),
    ]
    assert sums_up(answer)
    text = text_of(await explain(two_months()))
    assert "| Block Storage | $10.00 | $10.00 | $0.00 |" in text


async def test_services_are_cut_like_every_list() -> None:
    """And what is left out is in a sum."""
    answer = await asked(limit=1)
    assert [row["service"] for row in answer["by_service"]] == ["Cloud Compute"]
    assert answer["services_omitted"] == {"count": 2, "total": "5.00"}


@pytest.mark.parametrize(
    ("service", "totals", "delta"),
    [
        ("Cloud Compute", ("20.00", "44.00"), "24.00"),
        ("cloud compute", ("20.00", "44.00"), "24.00"),
        ("Block Storage", ("10.00", "10.00"), "0.00"),
        ("Tax", ("0.00", "5.00"), "5.00"),
    ],
)
async def test_one_service(service: str, totals: tuple[str, str], delta: str) -> None:
    """All figures are of the service; the difference of all lines stands beside them."""
    answer = await asked(service=service)
    assert (answer["from"]["total"], answer["to"]["total"]) == totals
    assert (answer["delta"], answer["period_delta"]) == (delta, "29.00")
    assert answer["filters"] == {"service": service}
    assert sums_up(answer)


async def test_a_service_of_the_running_month_has_its_own_month_end() -> None:
    """D24, D29: 10 a month of storage, 6.30 after 423 hours of either month."""
    answer = await asked(service="Block Storage", to_period="current_month")
    assert (answer["from"]["total"], answer["to"]["total"]) == ("6.30", "6.30")
    assert answer["full_month"] == {
        "from_total": "10.00",
        "projected_total": "10.00",
        "delta": "0.00",
    }


async def test_what_ended_before_a_filter_is_still_gone() -> None:
    """D30: the end of a line is judged by all lines of the month, not by those of the filter."""
    ended = hours("5.00", "Block Storage 100 GB (old)", 336, OCT.start, "2026-10-15",
                  monthly="10", product="Block Storage")  # fmt: skip
    before = hours("10.00", "Block Storage 100 GB (old)", 720, SEP.start, SEP.end,
                   monthly="10", product="Block Storage")  # fmt: skip
    shot = account(
        [
            ("2026-11-01", [server("web", "20.00", OCT, "20"), ended]),
            ("2026-10-01", [server("web", "20.00", SEP, "20"), before]),
        ]
    )
    answer = structure_of(await explain(shot, service="Block Storage"))
    assert [(row["kind"], row["delta"]) for row in answer["drivers"]] == [("gone", "-5.00")]


async def test_one_tag() -> None:
    """D13: by the tags that a line's resource has now; tax has none."""
    web = thing("w", label="web", tags=("team:web",), addresses=("203.0.113.7",))
    shot = two_months(resources=(web,))
    answer = structure_of(await explain(shot, tag="team:web"))
    if answer["nearest"]:
        pytest.fail(str(answer["nearest"]))
    assert (answer["from"]["total"], answer["to"]["total"]) == ("20.00", "44.00")
    assert [row["service"] for row in answer["by_service"]] == ["Cloud Compute"]


@pytest.mark.parametrize("arguments", [{"service": "Cloud Computers"}, {"tag": "nope"}])
async def test_a_filter_that_nothing_passes(arguments: dict[str, str]) -> None:
    """Zero rows, and the values that there are; amounts are of the later month."""
    result = await explain(two_months(), **arguments)
    answer = structure_of(result)
    assert (answer["drivers"], answer["by_service"], answer["delta"]) == ([], [], "0.00")
    if "service" in arguments:
        near = {"filter": "service", "value": "Cloud Compute", "total": "44.00"}
        assert answer["nearest"] == [near]
        assert set(answer["available"]) == {"Cloud Compute", "Block Storage", "Tax"}
    assert text_of(result).startswith("**Nothing matched")


@pytest.mark.parametrize("arguments", [{"service": "Cloud Computers"}, {"tag": "nope"}])
async def test_where_nothing_matches_no_month_of_zero_dollars_is_told(
    arguments: dict[str, str],
) -> None:
    """D33: neither a projection of 0.00 nor sums of nothing."""
    result = await explain(two_months(), to_period="current_month", **arguments)
    assert structure_of(result)["full_month"] is None
    assert "$0.00" not in text_of(result)
    assert ("Available: " in text_of(result)) is ("service" in arguments)


async def test_a_tag_that_may_be_on_what_was_not_read_is_unknown() -> None:
    """D33: that nothing of what was read carries it is no amount."""
    unread = two_months(gaps=(Gap("blocks", "could not be read (403)"),))
    answer = structure_of(await explain(unread, tag="nope"))
    assert answer["headline"].startswith("Unknown: nothing of what could be read matched tag ")
    answer = structure_of(await explain(unread, service="nope"))
    assert answer["headline"].startswith("Nothing matched service ")


async def test_a_service_that_exists_and_was_not_used_has_no_nearest() -> None:
    """There is such a service, so no other is meant."""
    answer = structure_of(await explain(two_months(), service="kubernetes"))
    said = "No charges for service `kubernetes` in October 2026 or September 2026."
    assert (answer["headline"], answer["nearest"]) == (said, [])
    assert set(answer["available"]) == {"Cloud Compute", "Block Storage", "Tax"}


@pytest.mark.parametrize("word", ["taxes", "Sales Tax", "VAT"])
async def test_tax_is_found_under_its_usual_names(word: str) -> None:
    answer = structure_of(await explain(two_months(), service=word))
    assert answer["filters"] == {"service": "Tax"}
    assert (answer["from"]["total"], answer["to"]["total"]) == ("0.00", "5.00")


async def test_tax_of_a_month_without_its_invoice_is_refused_with_what_to_ask() -> None:
    """D3: it comes with the invoice, so October's 5.00 are no decrease."""
    result = await explain(two_months(), service="Tax", to_period="current_month")
    assert result.is_error
    assert text_of(result) == (
        "Tax comes with the invoice, and November 2026 has none yet: there is nothing to compare. "
        "Compare two invoiced months, or ask forecast_month_end for the next invoice with tax."
    )


async def test_credits_come_to_an_amount_and_cost_none() -> None:
    """20.00 off in both months, by the word that people use."""
    off = [
        line("-20", "Credit", "Credit", unit_type="flat", start=month.start, end=month.end)
        for month in (OCT, SEP)
    ]
    shot = account(
        [
            ("2026-11-01", [server("web", "20.00", OCT, "20"), off[0]]),
            ("2026-10-01", [server("web", "20.00", SEP, "20"), off[1]]),
        ]
    )
    answer = structure_of(await explain(shot, service="credits"))
    assert answer["headline"] == (
        "October 2026, service `Credits and Discounts`, came to as much as September 2026 "
        "(-$20.00 against -$20.00)."
    )

"""``detect_anomalies`` as it is asked and answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.support.memory import MemoryHistory
from tests.support.nouns import NOW, at, line, snapshot, thing
from tests.support.over_time import (
    DAY,
    Lines,
    Server,
    ask,
    flat,
    fleet,
    invoiced,
    live,
    run,
)
from tests.support.servers import sizes_of, structure_of, text_of
from tests.support.world import Taking, sample_account
from vultr_cost_mcp.billing.stored_rows import stored_resource
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.domain.history import DisabledHistory, History, StoredLine, StoredResource
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot
from vultr_cost_mcp.errors import ForbiddenError, StoreError
from vultr_cost_mcp.mcp_tools.cost_tool import CostTool
from vultr_cost_mcp.questions.anomalies.tool import detect_anomalies

pytestmark = pytest.mark.anyio

WEB = Server("web", 672)
GPU = Server("train", 1825, at("2026-11-12"), at("2026-11-13"), "Cloud GPU", 730)
STEADY = [flat(100), flat(50, "CDN")]
INVOICES = {f"2026-{month:02}": STEADY for month in range(6, 11)}


async def kept(
    lines: Lines, nights: int, resources: list[StoredResource] | None = None
) -> MemoryHistory:
    """Keep a reading at 03:00 of so many nights up to NOW's."""
    history = MemoryHistory()
    for number in range(nights):
        when = NOW.replace(hour=3, minute=0) - number * DAY
        await history.add(run(when, lines(when), resources or ()))
    return history


async def answered(
    shot: Snapshot, history: History, arguments: dict[str, Any] | None = None
) -> tuple[dict[str, Any], str]:
    """Give the structure and the text of an answer, which fit the promised schema."""
    tool = CostTool.of(detect_anomalies, Backend(Taking(shot), history))
    result = await ask(tool, arguments)
    assert tool.output_schema is not None
    jsonschema.validate(structure_of(result), tool.output_schema)
    assert max(sizes_of(result)) <= 5250
    return structure_of(result), text_of(result)


async def test_an_unusual_day() -> None:
    """D32: the headline has the figure, the table what caused it."""
    lines = fleet([WEB, GPU])
    structure, text = await answered(live(lines, NOW), await kept(lines, 25))
    assert structure["headline"] == "$60.00 a day more Cloud GPU than usual on 12 Nov 2026."
    assert structure["anomalies"] == [
        {
            "date": "2026-11-12",
            "until": "2026-11-12",
            "service": "Cloud GPU",
            "reason": "unusual_use",
            "expected": "0.00",
            "actual": "60.00",
            "delta": "60.00",
            "monthly_at_that_rate": "1800.00",
            "resources": ["train"],
        }
    ]
    assert (structure["basis"], structure["judged"], structure["usual"]) == (
        "daily_history",
        23,
        "24.00",
    )
    row = "- +$60.00 on 12 Nov 2026: Cloud GPU, new"
    assert row in text
    assert structure["period"]["end"] == "2026-11-18"
    assert [step["tool"] for step in structure["next_steps"]] == ["get_cost_history"]


async def test_the_first_day_asked_for_is_told_from_the_reading_before_it() -> None:
    """The 19th of October is 30 days ago: a hundred dollars of that day are seen."""

    def metered(now: datetime) -> list[StoredLine]:
        spent = 10 * now.day + (100 if now > at("2026-10-19T04:00") and now.month == 10 else 0)
        row = line(spent, "traffic", "CDN", unit_type="flat", start=None)
        return [StoredLine(f"{now:%Y-%m}", row, "CDN")]

    lines = fleet([WEB], metered)
    structure, _ = await answered(live(lines, NOW), await kept(lines, 40))
    # Between 03:00 on the 19th and 03:00 on the 20th: seven eighths of 110, and an eighth of ten.
    assert structure["anomalies"][0]["date"] == "2026-10-19"
    assert structure["anomalies"][0]["service"] == "CDN"


async def test_the_live_reading_is_the_last_one() -> None:
    """Yesterday was last read at 03:00: what began at noon is on the bill of now."""
    gpu = Server("x", 1825, at("2026-11-17T12:00"), at("2026-11-18"), "Cloud GPU", 730)
    lines = fleet([WEB, gpu])
    history = MemoryHistory()
    for number in range(1, 30):
        when = at("2026-11-18T03:00") - number * DAY
        await history.add(run(when, lines(when)))
    structure, _ = await answered(live(lines, NOW), history)
    (row,) = structure["anomalies"]
    assert (row["date"], row["actual"]) == ("2026-11-17", "30.00")


async def test_nothing_unusual() -> None:
    lines = fleet([WEB])
    structure, text = await answered(live(lines, NOW), await kept(lines, 40))
    assert structure["headline"] == (
        "$24.00 is a usual day, and nothing is unusual in the last 29 days."
    )
    assert structure["anomalies"] == []
    assert "Judged by 29 days of readings" in text


async def test_the_last_day_of_a_month_is_judged_where_a_later_reading_has_its_end() -> None:
    """Read at 06:00 and 18:00: only the first reading of the 1st has what the 31st came to."""
    spike = Server("train", 1825, at("2026-10-31"), at("2026-11-01"), "Cloud GPU", 730)

    def lines(now: datetime) -> list[StoredLine]:
        waiting = now < at("2026-11-01T07:00") and now.month == 11
        before = fleet([WEB, spike])(at("2026-10-31T23:59:59")) if waiting else ()
        return [*before, *fleet([WEB, spike])(now)]

    history = MemoryHistory()
    for number in range(25):
        for hour in (6, 18):
            when = NOW.replace(hour=hour, minute=0) - (number + 1) * DAY
            await history.add(run(when, lines(when)))
    structure, _ = await answered(live(lines, NOW), history)
    (row,) = structure["anomalies"]
    assert (row["date"], row["until"], row["actual"]) == ("2026-10-31", "2026-10-31", "60.00")


async def test_a_leaked_key_is_found_at_once() -> None:
    """D32: a GPU server in a region never used, two hours old, though no day has passed."""
    lines = fleet([WEB])
    web = thing("web", price=672)
    miner = thing(
        "id-9",
        "gpu_instance",
        1825,
        label="node-1",
        region="sjc",
        created=at("2026-11-18T12:00"),
        usual_hours=730,
    )
    history = await kept(lines, 40, [stored_resource(web)])
    structure, text = await answered(live(lines, NOW, [web, miner]), history)
    assert structure["headline"] == (
        "$1,825.00 a month of Cloud GPU in `sjc`, where there was none before 18 Nov 2026."
    )
    (row,) = structure["anomalies"]
    assert (row["reason"], row["region"], row["score"]) == ("first_use", "sjc", None)
    assert (row["actual"], row["delta"], row["monthly_at_that_rate"]) == (
        "60.00",
        "60.00",
        "1825.00",
    )
    assert row["resources"] == ["node-1"]
    assert "Cloud GPU in `sjc`" in text


async def test_what_was_billed_there_for_some_hours_makes_it_no_first_use() -> None:
    """No reading of 03:00 saw the server of October; its line was there to the month's end."""
    burst = Server(
        "burst", 1825, at("2026-10-20T08:00"), at("2026-10-20T16:00"), "Cloud GPU", 730, "sjc"
    )
    miner = thing(
        "id-9", "gpu_instance", 1825, label="node-1", region="sjc", created=at("2026-11-18T12:00")
    )
    lines = fleet([WEB, burst])
    history = await kept(lines, 40, [stored_resource(thing("web", price=672))])
    structure, _ = await answered(live(lines, NOW, [miner]), history)
    (row,) = structure["anomalies"]
    assert (row["reason"], row["date"]) == ("unusual_use", "2026-10-20")


async def test_a_first_use_takes_the_place_of_the_days_that_it_explains() -> None:
    gpu = Server("id-9", 1825, at("2026-11-15"), service="Cloud GPU", cap_hours=730)
    lines = fleet([WEB, gpu])
    miner = thing("id-9", "gpu_instance", 1825, label="node", created=at("2026-11-15"))
    structure, _ = await answered(live(lines, NOW, [miner]), await kept(lines, 40))
    assert [row["reason"] for row in structure["anomalies"]] == ["first_use"]
    assert structure["anomalies"][0]["date"] == "2026-11-15"


async def test_stored_resources_are_read_only_where_something_may_be_new() -> None:
    lines = fleet([WEB])
    history = await kept(lines, 30)
    await answered(live(lines, NOW, [thing("web", price=672)]), history)
    assert history.asked[-2:] == ["runs", "lines"]


async def test_without_readings_invoices_are_judged() -> None:
    newest = {"2026-10": [flat(200), flat(50, "CDN")]}
    shot = invoiced({**INVOICES, **newest}, account="acme")
    structure, text = await answered(shot, MemoryHistory())
    assert structure["headline"] == "$100.00 more Cloud Compute than usual in October 2026."
    assert (structure["basis"], structure["judged"]) == ("invoices", 5)
    assert "collect --every 1h" in text
    assert structure["coverage"]["complete"] is True
    assert structure["period"] == {
        "name": "invoiced months",
        "start": "2026-06-01",
        "end": "2026-11-01",
        "complete": True,
    }
    steps = [step["tool"] for step in structure["next_steps"]]
    assert steps == ["explain_cost_change", "collect_metrics"]


async def test_invoices_as_usual() -> None:
    structure, _ = await answered(invoiced(INVOICES, account="acme"), MemoryHistory())
    assert structure["headline"] == (
        "$150.00 is a usual month, and nothing is unusual in the newest invoice against 4 months "
        "before it."
    )


async def test_a_newer_invoice_that_was_not_read_is_not_said_to_be_usual() -> None:
    """D33: October is ten times the others, and its lines could not be read."""
    october = {"2026-10": [flat(1500)]}
    gap = Gap("invoice_items", "1 of 5 not read (500)")
    shot = invoiced({**INVOICES, **october}, failed=["2026-10"], gaps=(gap,), account="acme")
    structure, _ = await answered(shot, DisabledHistory())
    assert structure["headline"] == (
        "At least $150.00 is a usual month, and nothing is unusual in the newest fully read "
        "invoice against 3 months before it."
    )
    assert "2026-10 could not be fully read and is not judged: ask again." in structure["caveats"]
    # An older one that is missing leaves the newest the newest.
    shot = invoiced(INVOICES, failed=["2026-06"], gaps=(gap,), account="acme")
    structure, _ = await answered(shot, DisabledHistory())
    assert "nothing is unusual in the newest invoice against 3 months" in structure["headline"]


async def test_a_store_that_fails_is_a_gap_and_invoices_are_judged() -> None:
    """D33: with the store's own sentence; one that is switched off is no gap."""
    shot = invoiced(INVOICES, account="acme")
    structure, text = await answered(shot, MemoryHistory(StoreError("The disk is full.")))
    assert structure["basis"] == "invoices"
    (gap,) = structure["coverage"]["gaps"]
    assert (gap["part"], gap["reason"]) == ("history", "could not be read")
    assert structure["caveats"] == ["The disk is full."]
    assert structure["headline"].startswith("At least $150.00")
    assert "collect --every 1h" not in text
    structure, _ = await answered(shot, DisabledHistory())
    assert structure["coverage"]["complete"] is True
    assert "switched off" in structure["caveats"][0]


async def test_an_account_that_could_not_be_read_has_no_readings() -> None:
    failure = ForbiddenError("Vultr refused the account.", 403)
    shot = invoiced(INVOICES, account="default", failures={"account": failure})
    history = MemoryHistory()
    structure, _ = await answered(shot, history)
    assert (structure["basis"], history.asked) == ("invoices", [])
    assert structure["caveats"] == [
        "Readings are kept by account, and that could not be read (403)."
    ]
    nobody = invoiced(INVOICES, account="default")
    structure, _ = await answered(nobody, history)
    assert "whose key this is" in structure["caveats"][0]


async def test_with_neither_it_is_said_plainly() -> None:
    structure, text = await answered(snapshot(account="acme", invoices=()), MemoryHistory())
    assert structure["basis"] == "none"
    assert structure["headline"] == (
        "0 days can be judged yet: there is not enough history to compare with."
    )
    assert "14 days of readings or 4 invoiced months" in text


async def test_unreadable_invoices_are_an_error_where_nothing_else_tells() -> None:
    """D33: with days to judge nobody asks for them."""
    failure = ForbiddenError("Vultr refused the invoices.", 403)
    lines = fleet([WEB])
    shot = live(lines, NOW, failures={"invoices": failure})
    result = await ask(CostTool.of(detect_anomalies, Backend(Taking(shot), MemoryHistory())))
    assert result.is_error
    assert text_of(result) == "Vultr refused the invoices."
    structure, _ = await answered(shot, await kept(lines, 40))
    assert structure["basis"] == "daily_history"


async def test_many_anomalies_stay_small() -> None:
    """1,500 tokens, and what is left out is counted."""
    label = "\U0001f600" * 64
    servers = [
        Server(label, 1825, at(f"2026-11-{n:02}"), at(f"2026-11-{n + 1:02}"), service, 730)
        for n in (2, 4, 6, 8, 10, 12)
        for service in ("Cloud GPU", "Bare Metal", "Kubernetes", "Managed Databases")
    ]
    lines = fleet([WEB, *servers])
    structure, _ = await answered(live(lines, NOW), await kept(lines, 40))
    shown = len(structure["anomalies"])
    assert 0 < shown < 24
    assert shown + structure["omitted"]["count"] == 24


async def test_arguments_are_checked() -> None:
    tool = CostTool.of(detect_anomalies, Backend(Taking(snapshot()), MemoryHistory()))
    for days in (0, 91):
        assert "days" in text_of(await ask(tool, {"days": days}))


async def test_the_sample_account_by_its_invoices() -> None:
    async with sample_account() as take:
        result = await ask(CostTool.of(detect_anomalies, Backend(take, DisabledHistory())))
    structure = structure_of(result)
    assert (structure["basis"], structure["judged"]) == ("invoices", 7)
    assert structure["headline"].startswith("$")

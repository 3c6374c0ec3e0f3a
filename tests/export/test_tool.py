"""The tool ``export_costs`` as a client calls it, on hand-made bills and on the sample account."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import openpyxl
import pyarrow.parquet
import pytest
from mcp import Client
from mcp.server.mcpserver import MCPServer
from mcp.types import CallToolResult, ResourceLink, TextContent

from tests.export.sheets import json_of, rows_of, sum_of
from tests.support.invoiced import account, hourly
from tests.support.nouns import MONTH, at, balance, charge, snapshot, thing, usd
from tests.support.servers import ERAS
from tests.support.whole import whole
from tests.support.world import Taking, sample_account
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.domain.exporting import CostExport, ExportedFile, Format
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot
from vultr_cost_mcp.errors import ExportError, ForbiddenError
from vultr_cost_mcp.export import ExportFolder
from vultr_cost_mcp.mcp_tools.cost_tool import CostTool
from vultr_cost_mcp.money import to_cents
from vultr_cost_mcp.questions.export.tool import export_costs

pytestmark = pytest.mark.anyio

BALANCERS: dict[str, Any] = {"product": "Load Balancer", "unit_price": "0.0149", "units": "268"}
RUNNING = [
    charge("10.335", resource_id="srv", description="203.0.113.7 [web]"),
    charge("4.00", "Load Balancers", **BALANCERS),
    charge("-3.00", "Credits and Discounts", product="Credit", unit_type="discount"),
]
WEB = thing("srv", label="web", addresses=("203.0.113.7",), tags=("prod",))
LAST_MONTH: dict[str, Any] = {"start": at("2026-10-30"), "end": MONTH.start}


async def ask(take: Any, exports: Any, era: Any = "auto", /, **arguments: Any) -> CallToolResult:
    """Call the tool; what it answers is what its schema promises."""
    server = MCPServer(
        "test", version="0", tools=[CostTool.of(export_costs, Backend(take, exports=exports))]
    )
    async with Client(server, mode=era) as client:
        (tool,) = (await client.list_tools()).tools
        result = await client.call_tool("export_costs", arguments)
    if not result.is_error:
        jsonschema.validate(result.structured_content, tool.output_schema)
    return result


async def exported(
    shot: Snapshot, folder: Path, **arguments: Any
) -> tuple[dict[str, Any], str, Path]:
    """Export a snapshot: the structure, the text and the file."""
    result = await ask(Taking(shot), ExportFolder(folder), **arguments)
    text, link = result.content
    assert isinstance(text, TextContent)
    assert isinstance(link, ResourceLink), text.text
    answer = whole(result.structured_content)
    assert answer is not None
    return answer, text.text, Path(answer["path"])


async def refused(shot: Snapshot, folder: Path, **arguments: Any) -> str:
    """Export what cannot be exported: the sentence, and nothing written."""
    result = await ask(Taking(shot), ExportFolder(folder), **arguments)
    assert result.is_error
    assert folder.name not in {file.name for file in folder.parent.iterdir()}
    (text,) = result.content
    assert isinstance(text, TextContent)
    return text.text


@pytest.mark.parametrize("era", ERAS)
async def test_an_export_in_both_eras(tmp_path: Path, era: str) -> None:
    """Path, rows, total, digest and a resource link; 10.335 + 4 - 3 is 11.34."""
    result = await ask(Taking(snapshot(RUNNING, [WEB])), ExportFolder(tmp_path), era)
    answer = whole(result.structured_content)
    assert answer is not None
    text, link = result.content
    assert isinstance(text, TextContent)
    assert isinstance(link, ResourceLink)
    file = tmp_path / "costs-test-2026-11-partial.csv"
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    assert {name: answer[name] for name in ("path", "rows", "total", "sha256", "size_bytes")} == {
        "path": str(file),
        "rows": 3,
        "total": "11.34",
        "sha256": digest,
        "size_bytes": len(content),
    }
    assert answer["headline"] == "$11.34 in 3 lines of November 2026 is written to a CSV file."
    assert (answer["format"], answer["source"]) == ("csv", "running")
    assert answer["caveats"] == ["The month is not over: the file holds what it has cost so far."]
    assert (link.uri, link.name, link.mime_type, link.size) == (
        file.as_uri(),
        file.name,
        "text/csv",
        len(content),
    )
    for shown in (str(file), "$11.34", digest, "3 rows"):
        assert shown in text.text
    rows = rows_of(file)
    assert to_cents(sum_of(rows)) == usd(answer["total"])
    assert [(row["resource_id"], row["resource_label"], row["tags"]) for row in rows] == [
        ("srv", "web", "prod"),
        ("", "", ""),
        ("", "", ""),
    ]


async def test_the_tool_says_that_it_writes() -> None:
    """The two that write to our own disk say so."""
    tool_ = CostTool.of(export_costs, Backend(Taking(snapshot())))
    server = MCPServer("test", version="0", tools=[tool_])
    async with Client(server) as client:
        (tool,) = (await client.list_tools()).tools
    assert tool.annotations is not None
    hints = tool.annotations.model_dump(exclude_none=True)
    assert list(hints.values()) == [False, False, True, True]
    assert tool.description is not None
    assert tool.description.startswith("A file for finance: writes")


async def test_an_invoiced_month(tmp_path: Path) -> None:
    """D6: both invoices of September, each line with its own; 40 + 20 + 12."""
    answer, _, file = await exported(account(), tmp_path, format="json", period="2026-09")
    whole = json_of(file)
    assert (answer["total"], answer["rows"], answer["source"]) == ("72.00", 3, "invoices")
    (product,) = answer["caveats"]
    assert product.startswith("Unknown product")
    assert "`Setup`" in product
    assert answer["period"]["complete"] is True
    assert file.name == "costs-test-2026-09.json"
    assert whole["complete"] is True
    assert {(row["invoice_id"], row["total"]) for row in whole["lines"]} == {
        ("102", "40.00"),
        ("102", "20.00"),
        ("101", "12.00"),
    }
    assert answer["next_steps"][0]["tool"] == "list_invoices"


async def test_last_month_before_it_is_invoiced(tmp_path: Path) -> None:
    """D5: its pending lines, marked as not invoiced."""
    earlier = (charge("2.00", **LAST_MONTH), charge("0.50", **LAST_MONTH))
    shot = snapshot(RUNNING, uninvoiced_previous=earlier, invoices=())
    answer, _, file = await exported(shot, tmp_path, format="focus", period="last_month")
    assert (answer["total"], answer["source"]) == ("2.50", "unbilled")
    assert [row["x_Estimated"] for row in rows_of(file)] == ["true", "true"]
    assert file.name == "costs-test-2026-10-focus-1.3.csv"
    assert answer["caveats"] == ["October 2026 is not invoiced yet; these are its pending lines."]


async def test_a_month_that_was_read_in_part(tmp_path: Path) -> None:
    """D33: what was read is exported and called partial, in name, file and words."""
    gaps = (Gap("invoice_items", "1 of 2 not read (403)"),)
    shot = account(without=["102"], gaps=gaps)
    answer, text, file = await exported(shot, tmp_path, format="json", period="2026-09")
    assert answer["headline"].startswith("At least $12.00 in 1 line of September 2026")
    assert answer["period"]["complete"] is False
    assert "marked as partial" in answer["caveats"][-1]
    assert file.name == "costs-test-2026-09-partial.json"
    assert json_of(file)["complete"] is False
    assert json_of(file)["gaps"] == [{"part": "invoice_items", "reason": "1 of 2 not read (403)"}]
    assert text.splitlines()[-1].startswith("Partial: invoice items")


async def test_a_list_of_invoices_that_was_read_in_part(tmp_path: Path) -> None:
    """D33: another invoice of the month may be among those that were not listed."""
    shot = account(gaps=(Gap("invoices", "5 of 9 read"),))
    _, _, file = await exported(shot, tmp_path, period="2026-10")
    assert file.name == "costs-test-2026-10-partial.csv"


async def test_a_list_that_only_names_resources_does_not_make_a_bill_partial(
    tmp_path: Path,
) -> None:
    shot = account(gaps=(Gap("snapshots", "could not be read (403)"),))
    answer, _, file = await exported(shot, tmp_path, period="2026-10")
    assert file.name == "costs-test-2026-10.csv"
    assert answer["coverage"]["complete"] is True
    assert answer["coverage"]["gaps"][0]["touches"] == ["size_bytes", "sha256"]
    assert not answer["headline"].startswith("At least")


async def test_an_invoice_that_is_more_than_its_lines(tmp_path: Path) -> None:
    """D1: the file sums to its lines, and the answer says what is on none."""
    invoice = Invoice("1", at("2026-11-01"), usd("9.75"))
    shot = account([invoice], {"1": [hourly("9.00", "2026-10-01", "2026-11-01")]})
    answer, _, file = await exported(shot, tmp_path, period="2026-10")
    assert answer["total"] == "9.00"
    assert sum_of(rows_of(file)) == 9
    assert answer["caveats"] == ["The invoices state $9.75: $0.75 of it is on no line."]


async def test_a_month_without_a_bill(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    assert "There is no bill for 2024-03" in await refused(account(), folder, period="2024-03")
    assert "has not begun" in await refused(account(), folder, period="2027-01")
    unread = account(without=["103"])
    assert "could not be read" in await refused(unread, folder, period="2026-10")


async def test_lines_that_cannot_be_read_are_an_error_and_no_empty_file(tmp_path: Path) -> None:
    """D33: the account's sum alone is no file for finance."""
    failures = {"pending_charges": ForbiddenError("No permission.", 403)}
    shot = snapshot(None, balance=balance(pending="20"), failures=failures)
    assert await refused(shot, tmp_path / "none") == "No permission."
    assert "Ask again" in await refused(snapshot(None), tmp_path / "none")


async def test_a_month_without_lines_is_an_empty_file(tmp_path: Path) -> None:
    answer, _, file = await exported(snapshot([]), tmp_path)
    assert (answer["rows"], answer["total"], rows_of(file)) == (0, "0.00", [])


async def test_a_file_that_cannot_be_written_is_one_sentence() -> None:
    async def exports(sheet: CostExport, as_format: Format) -> ExportedFile:
        del sheet, as_format
        msg = "No file was written to /x: there is no room left."
        raise ExportError(msg)

    result = await ask(Taking(snapshot(RUNNING)), exports)
    assert result.is_error
    (text,) = result.content
    assert isinstance(text, TextContent)
    assert text.text == "No file was written to /x: there is no room left."


@pytest.mark.parametrize("given", [{"format": "pdf"}, {"period": "November"}, {"path": "/etc/x"}])
async def test_closed_arguments(tmp_path: Path, given: dict[str, str]) -> None:
    text = await refused(snapshot(RUNNING), tmp_path / "none", **given)
    assert text.startswith(f"Invalid arguments: {next(iter(given))}")


async def test_a_file_is_of_the_account_that_was_read(tmp_path: Path) -> None:
    """An account without a name is filed under its id, which is not its address."""
    shot = snapshot(RUNNING, account="default", balance=balance())
    _, _, file = await exported(shot, tmp_path, format="json")
    assert file.name == "costs-vultr-72497f475e4f-2026-11-partial.json"
    assert b"someone@example.com" not in file.read_bytes()
    _, _, unknown = await exported(snapshot(RUNNING, account="default"), tmp_path)
    assert unknown.name == "costs-default-2026-11-partial.csv"


@pytest.mark.parametrize(
    ("period", "rows", "total"),
    [("current_month", 81, "4954.38"), ("last_month", 78, "8297.34"), ("2026-03", 59, "4033.52")],
)
@pytest.mark.parametrize("as_format", ["csv", "json", "focus"])
async def test_the_sample_account(
    tmp_path: Path, period: str, rows: int, total: str, as_format: Format
) -> None:
    """Each file of it, read again, sums to the invoice to the cent."""
    async with sample_account() as source:
        result = await ask(source, ExportFolder(tmp_path), format=as_format, period=period)
    answer = whole(result.structured_content)
    assert answer is not None
    assert (answer["rows"], answer["total"]) == (rows, total)
    file = Path(answer["path"])
    if as_format == "json":
        lines = json_of(file)["lines"]
        assert json_of(file)["sample"] is True
    else:
        lines = rows_of(file)
    column = "BilledCost" if as_format == "focus" else "total"
    assert len(lines) == rows
    assert sum_of(lines, column) == usd(total)
    region = "RegionId" if as_format == "focus" else "region"
    assert {row[region] for row in lines} > {"ewr", "ams"}


@pytest.mark.parametrize(
    ("period", "rows", "total"),
    [("current_month", 81, "4954.38"), ("last_month", 78, "8297.34"), ("2026-03", 59, "4033.52")],
)
async def test_the_sample_account_as_workbook_and_parquet(
    tmp_path: Path, period: str, rows: int, total: str
) -> None:
    """Read by other libraries, both sum to the invoice to the cent, and name its regions."""
    paths: list[str] = []
    async with sample_account() as source:
        for as_format in ("xlsx", "parquet"):
            result = await ask(source, ExportFolder(tmp_path), format=as_format, period=period)
            answer = whole(result.structured_content)
            assert answer is not None
            assert (answer["rows"], answer["total"]) == (rows, total)
            paths.append(answer["path"])
    head, *lines = openpyxl.load_workbook(paths[0])["Lines"].iter_rows(values_only=True)
    table = pyarrow.parquet.read_table(paths[1])
    amounts = {
        "xlsx": [Decimal(repr(row[head.index("total")])) for row in lines],
        "parquet": table["BilledCost"].to_pylist(),
    }
    for found in amounts.values():
        assert (len(found), to_cents(sum(found, Decimal(0)))) == (rows, usd(total))
    assert {row[head.index("region")] for row in lines} > {"ewr", "ams"}
    assert set(table["RegionId"].to_pylist()) > {"ewr", "ams"}


async def test_without_a_folder_nothing_is_written() -> None:
    tool = CostTool.of(export_costs, Backend(Taking(snapshot(RUNNING))))
    async with Client(MCPServer("test", version="0", tools=[tool])) as client:
        result = await client.call_tool("export_costs", {})
    assert result.is_error
    (text,) = result.content
    assert isinstance(text, TextContent)
    assert text.text == "This program was given no folder to write files to."

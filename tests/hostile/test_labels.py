"""Text that strangers type: quoted, cut and harmless in every answer, file, record and log."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import sqlite3
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from mcp.types import CallToolResult

from tests.hostile.stage import CALLS, check_refusal, check_words, on_stage
from tests.hostile.typed import ATTACKS, TOKEN, account
from tests.support.double import Status, VultrDouble
from tests.support.stage import text_of
from vultr_cost_mcp.export import ExportFolder
from vultr_cost_mcp.history import open_history

pytestmark = pytest.mark.anyio

# Sentences, which quote what was typed, and what names no text of others.
SENTENCES = {"headline", "caveats", "how_to", "evidence", "method", "why", "reason", "note", "path"}
CLOSING = re.compile(
    r"^(As of|Partial: .* As of) \d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d UTC(, complete)?\.$"
)
MORE: tuple[tuple[str, dict[str, Any]], ...] = (
    *(
        ("breakdown_by_service", {"group_by": by, "limit": 200})
        for by in ("product", "tag", "cluster")
    ),
    *(
        ("breakdown_by_service", {"group_by": by, "limit": 200})
        for by in ("resource", "plan", "region")
    ),
    ("breakdown_by_service", {"period": "2026-09", "group_by": "resource", "limit": 200}),
    ("breakdown_by_service", {"period": "last_month", "group_by": "product", "limit": 200}),
    ("breakdown_by_service", {"query": TOKEN}),
    ("breakdown_by_service", {"tag": "no such tag"}),
    ("breakdown_by_service", {"service": "no such service"}),
    ("explain_cost_change", {"limit": 200}),
    ("list_invoices", {"invoice_id": "1", "limit": 200}),
    ("list_invoices", {"product": "no such product", "invoice_id": "1"}),
    ("list_invoices", {"invoice_id": "no such id"}),
    ("get_pending_charges", {"product": "no such product"}),
    ("get_cost_history", {"granularity": "day"}),
    ("list_resource_costs", {"tag": "no such tag"}),
    *(("list_resource_costs", {"query": text[:200]}) for text in ATTACKS[:8]),
    *(("get_pending_charges", {"product": text[:200]}) for text in ATTACKS[4:9]),
    *(("breakdown_by_service", {"region": text[:40]}) for text in ATTACKS[:6]),
    ("export_costs", {"format": "focus"}),
    ("export_costs", {"format": "csv", "period": "2026-09"}),
    ("export_costs", {"format": "json", "period": "2026-10"}),
)


def check_text(text: str) -> None:
    """No markup, no instruction and no line of others; the last line is ours and the only one."""
    outside = re.sub(r"`[^`\n]*`", "", text)
    assert "`" not in outside, outside[:300]
    assert TOKEN not in outside, outside[max(0, outside.find(TOKEN) - 100) :][:200]
    assert "evil.example" not in outside
    for letter in text.replace("\n", ""):
        assert unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    lines = text.splitlines()
    closings = [line for line in lines if CLOSING.match(line)]
    assert closings == [lines[-1]], lines[-1]
    assert not any(line.lstrip().startswith(("`", TOKEN)) for line in lines)
    check_words(outside)
    cells = 0
    for line in lines:
        found = re.sub(r"`[^`]*`", "", line).count("|") if line.startswith("|") else 0
        assert cells in {0, found} or not found, line
        cells = found


def raw_fields(value: Any, name: str = "") -> set[str]:
    """The fields whose text is long, on several lines or hidden, or repeats without quoting."""
    if isinstance(value, dict):
        pairs = [
            (raw_fields(key, f"{name} key") | raw_fields(part, key)) for key, part in value.items()
        ]
        return set().union(*pairs)
    if isinstance(value, list):
        return set().union(*(raw_fields(part, name) for part in value))
    if not isinstance(value, str):
        return set()
    hidden = {unicodedata.category(letter) for letter in value}
    if name in SENTENCES:
        harmless = TOKEN not in re.sub(r"`[^`]*`", "", value) and len(value) < 1000
    else:
        harmless = len(value) <= 64 or bool(re.fullmatch(r"[0-9a-f]{64}|vultr-cli .*", value))
    harmless = harmless and not hidden & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    return set() if harmless else {name}


def check_answer(result: CallToolResult) -> set[str]:
    """An answer in words; the fields of its figures that are raw."""
    if result.is_error:
        outside = re.sub(r"`[^`]*`|'[^']*'", "", check_refusal(result, 1200))
        assert TOKEN not in outside, outside
        return set()
    check_text(text_of(result).strip())
    return raw_fields(result.structured_content)


@pytest.mark.parametrize("shift", [0, 7, 16])
async def test_typed_text_is_harmless_everywhere(
    shift: int, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """In text, structure, file, stored history and log, of every tool."""
    caplog.set_level(logging.DEBUG)
    double = VultrDouble(account(shift))
    history, folder = open_history(f"sqlite:///{tmp_path}/history.db"), tmp_path / "files"
    raw: dict[str, set[str]] = {}
    async with on_stage(double, history=history, exports=ExportFolder(folder)) as client:
        for name, arguments in (*CALLS, *(MORE if shift == 0 else MORE[:7])):
            result = await client.call_tool(name, arguments)
            try:
                raw[name] = raw.get(name, set()) | check_answer(result)
            except AssertionError as error:
                error.add_note(f"{name} {arguments!a}")
                raise
        # What was deleted since is known from the history alone.
        double.account.instances, double.account.blocks = double.account.instances[:1], []
    async with on_stage(double, history=history, exports=ExportFolder(folder)) as client:
        for name in ("collect_metrics", "explain_cost_change", "detect_anomalies"):
            raw[name] |= check_answer(await client.call_tool(name, {}))
        arguments = {"period": "current_month", "group_by": "resource", "limit": 200}
        check_answer(await client.call_tool("breakdown_by_service", arguments))
        check_answer(await client.call_tool("export_costs", {"format": "csv"}))
    check_files(folder)
    check_history(tmp_path / "history.db")
    told = caplog.text + "".join(capfd.readouterr())
    assert TOKEN not in told, told[told.find(TOKEN) - 300 :][:400]
    assert {name: fields for name, fields in raw.items() if fields} == {}


def check_files(folder: Path) -> None:
    """No cell is a formula, no file holds a hidden letter, all stay in the folder."""
    files = sorted(folder.iterdir())
    assert {file.suffix for file in files} == {".csv", ".json"}
    for file in files:
        assert TOKEN not in file.name
        text = file.read_text("utf-8-sig")
        hidden = {
            letter for letter in text if unicodedata.category(letter) in {"Cc", "Cf", "Zl", "Zp"}
        }
        assert hidden <= {"\r", "\n"}, (file.name, hidden)
        if file.suffix == ".json":
            rows = json.loads(text)["lines"]
            assert all(
                len(str(value)) <= 1000
                for row in rows
                for value in row.values()
                if isinstance(value, str)
            )
            continue
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert len({len(row) for row in rows}) == 1
        numbers = re.compile(r"-?\d+(\.\d+)?")
        for cell in (cell for row in rows for cell in row):
            first = unicodedata.normalize("NFKC", cell.lstrip(" '\"`"))[:1]
            if first and first in "=+-@" and not numbers.fullmatch(cell):
                assert cell.startswith("'"), cell
            # A semicolon separates cells where a comma is the decimal point.
            for part in cell.split(";")[1:]:
                assert not re.match(r"[\s\"`]*[=+@\uff1d-]", part), cell


def check_history(file: Path) -> None:
    """Check the stored text: every table is there, and no letter is hidden."""
    base = sqlite3.connect(file)
    try:
        tables = [
            row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        assert len(tables) >= 3
        assert any(base.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in tables)  # noqa: S608  (names of our own)
    finally:
        base.close()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("html", [False, True], ids=["JSON", "HTML"])
async def test_what_vultr_says_of_an_error_is_not_repeated(
    status: int, *, html: bool, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error's own words are an injection surface: only the caller's address is taken of them."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("vultr_cost_mcp.vultr._retry.ATTEMPTS", 1)
    double = VultrDouble(account())
    words = f"{TOKEN} Unauthorized IP address: {TOKEN} ::ffff:[{TOKEN}](https://evil.example)"
    double.fail("*", Status(status, words, html=html, retry_after=f"{TOKEN}"))
    async with on_stage(double) as client:
        for name in (
            "get_pending_charges",
            "list_resource_costs",
            "collect_metrics",
            "list_invoices",
        ):
            result = await client.call_tool(name, {})
            assert TOKEN not in text_of(result) + json.dumps(result.structured_content)
            if result.is_error:
                check_refusal(result)
    assert TOKEN not in caplog.text


def test_every_attack_carries_its_mark() -> None:
    """Without it nothing would be looked for."""
    assert all(TOKEN in text for text in ATTACKS)

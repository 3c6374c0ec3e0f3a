"""Write files to one folder: each completely or not at all, readable by their owner only."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread

from vultr_cost_mcp.atomic_file import replace_file, why_unwritten
from vultr_cost_mcp.domain.exporting import ExportedFile
from vultr_cost_mcp.errors import ExportError
from vultr_cost_mcp.export.focus import focus_bytes
from vultr_cost_mcp.export.focus_columns import VERSION
from vultr_cost_mcp.export.lines import csv_bytes, json_bytes
from vultr_cost_mcp.export.parquet import check_replaceable, parquet_bytes
from vultr_cost_mcp.export.workbook import lines_workbook

if TYPE_CHECKING:
    from collections.abc import Callable

    from vultr_cost_mcp.domain.exporting import CostExport, Format

_FORMATS: dict[Format, tuple[Callable[[CostExport], bytes], str, str]] = {
    "csv": (csv_bytes, ".csv", "text/csv"),
    "json": (json_bytes, ".json", "application/json"),
    "xlsx": (
        lines_workbook,
        ".xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "focus": (focus_bytes, f"-focus-{VERSION}.csv", "text/csv"),
    "parquet": (parquet_bytes, ".parquet", "application/vnd.apache.parquet"),
}
_FOLDER_MODE = 0o700
_SAFE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")
_UNSAFE = re.compile(r"[^a-z0-9_-]+")
_LONGEST_NAME = 40
_DIGITS = 8


class ExportFolder:
    """Implements ``domain.exporting.Exports``; the folder is created on first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = Path(os.path.abspath(folder.expanduser()))  # noqa: PTH100  (keeps links)

    async def __call__(self, sheet: CostExport, as_format: Format) -> ExportedFile:
        """Write a sheet, in a thread: a disk may be slow.

        Raises ExportError and then leaves nothing behind.
        """
        return await to_thread.run_sync(self._write, sheet, as_format)

    def _write(self, sheet: CostExport, as_format: Format) -> ExportedFile:
        bytes_of, suffix, mime_type = _FORMATS[as_format]
        content = bytes_of(sheet)
        name = _partition(sheet) if as_format == "parquet" else f"{_stem(sheet)}{suffix}"
        path = self._folder / name
        try:
            _make(self._folder, path.parent)
            if as_format == "parquet":
                check_replaceable(path, sheet)
            replace_file(path, content, keep=False)
        except OSError as error:
            msg = (
                f"No file was written to {self._folder}: {why_unwritten(error)}, or set "
                "VULTR_COST_EXPORT_DIR."
            )
            raise ExportError(msg) from error
        return ExportedFile(
            path=str(path),
            uri=path.as_uri(),
            name=name,
            mime_type=mime_type,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )


def _stem(sheet: CostExport) -> str:
    """Return a file name without its extension: account, month, and a mark if incomplete."""
    partial = "" if sheet.complete else "-partial"
    return f"costs-{_safe(sheet.account_id)}-{sheet.month.name}{partial}"


def _partition(sheet: CostExport) -> str:
    """Return the file of a month in a folder with Hive partitions: one a month, always the same."""
    return f"focus-{_safe(sheet.account_id)}/billing_period={sheet.month.name}/costs.parquet"


def _make(folder: Path, inside: Path) -> None:
    """Make a folder, and those between it and the one of the file, for their owner alone."""
    folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    for part in reversed([inside, *inside.parents]):
        if part != folder and part.is_relative_to(folder):
            part.mkdir(mode=_FOLDER_MODE, exist_ok=True)


def _safe(account: str) -> str:
    """Return an account's name as part of a file name, different for each account."""
    if _SAFE_NAME.fullmatch(account):
        return account
    digest = hashlib.sha256(account.encode("utf-8", "surrogatepass")).hexdigest()
    kept = _UNSAFE.sub("-", account.lower())[:_LONGEST_NAME].strip("-")
    return f"{kept or 'account'}-{digest[:_DIGITS]}"

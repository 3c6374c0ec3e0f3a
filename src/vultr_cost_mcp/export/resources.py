"""Exported files as MCP resources, to be read by their URIs."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread

from vultr_cost_mcp.domain.exporting import MOST_RESOURCE_BYTES, ExportedFile
from vultr_cost_mcp.errors import ExportError

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.exporting import CostExport, Exports, Format

_ROOT = "vultr-cost://exports"
_MOST_FILES = 500
# Each holds a whole file, and its answer holds it again.
_MOST_READS = 4
# A link in place of the file is not followed, and a pipe is not waited for.
_PLAINLY = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_TEXTS = frozenset({"text/csv", "application/json"})
_AGAIN = "Call export_costs again."


class ExportResources:
    """Implements ``domain.exporting.Resources``: the files that this process has exported.

    A URI is looked up, never parsed: it leads to a file written for an account of this process, or
    to none. The file is read only if it is still the one that was written. With ``remote``, clients
    are on other machines: the URI names no path. Else it is that of the file.
    """

    def __init__(self, exports: Exports, *, remote: bool = True) -> None:
        self._exports = exports
        self.remote = remote
        # By URI, the newest last.
        self._files: dict[str, ExportedFile] = {}
        self._reads = CapacityLimiter(_MOST_READS)

    def of_account(self, account: str) -> Exports:
        """Return the exports of one account; with ``remote`` their results name no path."""

        async def export(sheet: CostExport, as_format: Format) -> ExportedFile:
            written = await self._exports(sheet, as_format)
            uri = f"{_ROOT}/{quote(account, safe='')}/{quote(written.name, safe='')}"
            served = replace(written, uri=uri, remote=True) if self.remote else written
            uri = served.uri
            self._files.pop(uri, None)
            self._files[uri] = served
            if len(self._files) > _MOST_FILES:
                del self._files[next(iter(self._files))]
            return served

        return export

    def listed(self) -> list[ExportedFile]:
        """Return the files, the newest first."""
        return list(reversed(self._files.values()))

    async def read(self, uri: str) -> tuple[ExportedFile, str | bytes] | None:
        """Return a file and its content, byte for byte the file's; None if unknown.

        A workbook and a Parquet file are bytes, the others their text in UTF-8.

        Raises ExportError for a file that is too large, gone, or not the one that was written.
        """
        served = self._files.get(uri)
        if served is None:
            return None
        if served.size > MOST_RESOURCE_BYTES:
            msg = f"{served.name} has {served.size:,} bytes, more than can be read over MCP."
            raise ExportError(msg)
        path = Path(served.path)
        content = await to_thread.run_sync(_content, path, served.size, limiter=self._reads)
        if content is None or hashlib.sha256(content).hexdigest() != served.sha256:
            msg = f"{served.name} is gone or was replaced since it was exported. {_AGAIN}"
            raise ExportError(msg)
        is_text = served.mime_type in _TEXTS
        return served, content.decode("utf-8") if is_text else content


def _content(path: Path, size: int) -> bytes | None:
    """Return the bytes of a plain file of that size; None if there is none."""
    try:
        handle = os.open(path, _PLAINLY)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            whole = stat.S_ISREG(status.st_mode) and status.st_size == size
            return file.read(size) if whole else None
    except OSError:
        return None

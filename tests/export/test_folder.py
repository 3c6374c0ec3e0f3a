"""Writing inside one folder: wholly or not at all, for the owner alone, whatever it is called."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import resource
import signal
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import anyio
import pytest

from tests.export.sheets import invoiced, json_of, line, rows_of, sheet, sum_of
from vultr_cost_mcp.domain.exporting import CostExport, ExportedFile, Format
from vultr_cost_mcp.errors import ExportError
from vultr_cost_mcp.export import ExportFolder

ONE = invoiced(line("3.25", invoice_id="7"), line("-1.00"))
FORMATS: tuple[Format, ...] = ("csv", "json", "xlsx", "focus", "parquet")


def export(folder: Path, of: CostExport = ONE, as_format: Format = "csv") -> ExportedFile:
    """Write a sheet."""
    return anyio.run(ExportFolder(folder), of, as_format)


def names_in(folder: Path) -> list[str]:
    """Give what is in a folder, hidden files too."""
    return sorted(file.name for file in folder.iterdir())


@pytest.mark.parametrize(
    ("as_format", "name", "mime_type"),
    [
        ("csv", "costs-acme-2026-10.csv", "text/csv"),
        ("json", "costs-acme-2026-10.json", "application/json"),
        ("focus", "costs-acme-2026-10-focus-1.3.csv", "text/csv"),
        (
            "xlsx",
            "costs-acme-2026-10.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ],
)
def test_a_file_is_where_it_is_said_and_what_it_is_said(
    tmp_path: Path, as_format: Format, name: str, mime_type: str
) -> None:
    """The digest and the size are those of the bytes on the disk."""
    written = export(tmp_path / "a b", as_format=as_format)
    path = Path(written.path)
    assert (path, written.name, written.mime_type) == (tmp_path / "a b" / name, name, mime_type)
    content = path.read_bytes()
    assert (written.size, written.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert Path(unquote(urlsplit(written.uri).path)) == path
    assert written.uri.startswith("file:///")
    if as_format == "json":
        assert sum_of(json_of(path)["lines"]) == sum_of([{"total": "2.25"}])
    elif as_format == "xlsx":
        assert content.startswith(b"PK")
    else:
        column = "total" if as_format == "csv" else "BilledCost"
        assert sum_of(rows_of(path), column) == sum_of([{"total": "2.25"}])


def test_the_folder_and_the_file_are_their_owners_alone(tmp_path: Path) -> None:
    written = Path(export(tmp_path / "new" / "deep").path)
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert stat.S_IMODE(written.parent.stat().st_mode) == 0o700


def test_the_same_sheet_is_the_same_file(tmp_path: Path) -> None:
    first, second = export(tmp_path), export(tmp_path)
    assert first == second
    assert names_in(tmp_path) == [first.name]


def test_a_newer_reading_takes_the_place_of_the_older(tmp_path: Path) -> None:
    first = export(tmp_path, sheet(line("1")))
    second = export(tmp_path, sheet(line("2")))
    assert first.path == second.path
    assert first.sha256 != second.sha256
    assert sum_of(rows_of(Path(second.path))) == 2


def test_what_is_not_all_of_the_month_is_called_so(tmp_path: Path) -> None:
    """A file that holds a part never stands under the name of the whole."""
    whole = export(tmp_path, ONE)
    part = export(tmp_path, replace(ONE, complete=False))
    running = export(tmp_path, sheet(line()))
    assert [whole.name, part.name, running.name] == [
        "costs-acme-2026-10.csv",
        "costs-acme-2026-10-partial.csv",
        "costs-acme-2026-11-partial.csv",
    ]


NAMES = (
    "../../x", "/etc/passwd", "..", ".", "", "a/b", "a b", "A-B", "a\\b", "C:\\x", "con", "a\x00b",
    "ü", "日本", "x" * 500, "-rf", "a\nb", "a\u202eb", "\ud800", "vultr-0123456789ab", "%2e%2e%2f",
)  # fmt: skip


@pytest.mark.parametrize("account", NAMES)
def test_no_account_leads_out_of_the_folder(tmp_path: Path, account: str) -> None:
    inside = tmp_path / "inside"
    written = export(inside, replace(ONE, account_id=account))
    assert Path(written.path).parent == inside
    assert re.fullmatch(r"costs-[a-z0-9_-]{1,60}-2026-10\.csv", written.name)
    assert names_in(tmp_path) == ["inside"]
    assert names_in(inside) == [written.name]


def test_no_two_accounts_share_a_file(tmp_path: Path) -> None:
    for account in NAMES:
        export(tmp_path, replace(ONE, account_id=account))
    assert len(names_in(tmp_path)) == len(NAMES)


def test_a_link_of_the_files_name_is_replaced_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("precious")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "costs-acme-2026-10.csv").symlink_to(outside)
    written = Path(export(inside).path)
    assert outside.read_text() == "precious"
    assert not written.is_symlink()
    assert sum_of(rows_of(written)) == sum_of([{"total": "2.25"}])


def test_a_folder_of_the_users_own_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    written = export(tmp_path / "link")
    assert names_in(tmp_path / "real") == [written.name]


def test_a_relative_folder_is_told_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written = export(Path("sub/../exports"))
    assert written.path == str(tmp_path / "exports" / "costs-acme-2026-10.csv")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert export(Path("~/out")).path.startswith(str(tmp_path / "home" / "out"))


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (errno.ENOSPC, "there is no room left. Free some"),
        (errno.EACCES, "this program may not write there. Allow it"),
        (errno.EROFS, "this program may not write there. Allow it"),
        (errno.EIO, "Input/output error. Mend that"),
    ],
)
def test_a_failing_disk_leaves_the_old_file_and_no_half_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, why: str
) -> None:
    old = export(tmp_path)

    def fail(handle: int) -> None:
        del handle
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ExportError) as failure:
        export(tmp_path, replace(ONE, lines=(line("9"),)))
    assert str(failure.value) == (
        f"No file was written to {tmp_path}: {why}, or set VULTR_COST_EXPORT_DIR."
    )
    assert names_in(tmp_path) == [old.name]
    assert hashlib.sha256(Path(old.path).read_bytes()).hexdigest() == old.sha256


def test_a_disk_that_takes_a_part_only(tmp_path: Path) -> None:
    """The system itself refuses what is over its limit, in the middle of the file."""
    many = replace(ONE, lines=tuple(line() for _ in range(2000)))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(ExportError, match="no room left"):
            export(tmp_path, many)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert names_in(tmp_path) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ExportError, match="No file was written to"):
            export(folder)
    (tmp_path / "costs-acme-2026-10.csv").mkdir()
    with pytest.raises(ExportError):
        export(tmp_path)
    assert names_in(tmp_path) == ["costs-acme-2026-10.csv", "file"]


WRITER = """
import os, signal, sys
from pathlib import Path
import anyio
from tests.export.test_folder import ONE, line, replace
from vultr_cost_mcp.export import ExportFolder
folder, total, times, stop = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
def wait(handle):
    print("written", flush=True)
    signal.pause()
if stop == "stop":
    os.fsync = wait
sheet = replace(ONE, lines=tuple(line(total) for _ in range(3000)))
for _ in range(times):
    anyio.run(ExportFolder(folder), sheet, "csv")
"""


def writer(folder: Path, total: str, times: int, stop: str = "") -> subprocess.Popen[str]:
    """Start a process that exports 3,000 lines of so many dollars, so many times."""
    command = [sys.executable, "-c", WRITER, str(folder), total, str(times), stop]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603


def test_being_killed_in_the_middle_leaves_the_old_file(tmp_path: Path) -> None:
    """An incomplete file never has the final name."""
    with writer(tmp_path, "1", 1) as first:
        assert first.wait(120) == 0
    final = tmp_path / "costs-acme-2026-10.csv"
    old = final.read_bytes()
    with writer(tmp_path, "2", 1, "stop") as second:
        assert second.stdout is not None
        assert second.stdout.readline() == "written\n"
        second.send_signal(signal.SIGKILL)
    assert final.read_bytes() == old
    left = [name for name in names_in(tmp_path) if name != final.name]
    assert all(name.startswith(".") and name.endswith(".tmp") for name in left)


def test_two_processes_at_once_break_no_file(tmp_path: Path) -> None:
    """Whoever reads sees all of one of them."""
    final = tmp_path / "costs-acme-2026-10.csv"
    seen = set()
    with writer(tmp_path, "1", 15) as one, writer(tmp_path, "2", 15) as two:
        while one.poll() is None or two.poll() is None:
            if final.exists():
                seen.add(final.read_bytes())
    assert (one.returncode, two.returncode) == (0, 0)
    assert {sum_of(rows_of(content)) for content in seen} <= {3000, 6000}
    assert all(len(rows_of(content)) == 3000 for content in seen)
    assert names_in(tmp_path) == [final.name]

"""Builds what a release offers for download beside the wheel, into ``dist`` or another folder.

``vultr-cost.mcpb`` for Claude Desktop, an archive of the Gemini extension for each system (by the
names that Gemini CLI looks for), and ``server.json`` for the MCP registry with the sum of the
bundle. The same source gives the same bytes.
"""

# ruff: noqa: INP001  (a program, not a package)

from __future__ import annotations

import gzip
import hashlib
import json
import sys
import tarfile
import tomllib
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT)]

from deploy.packages import BUNDLE, server  # noqa: E402  (the path comes first)
from vultr_cost_mcp.clients.client import NAME  # noqa: E402

# All that the program is built from: the project, and the pages that its wheel takes along.
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
_PAGES = _PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "DATA-LICENSES.md", "src", *_PAGES)
SYSTEMS = ("darwin", "linux", "win32")
_MODE = 0o644


def main() -> int:
    """Build everything and print what was written."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else ROOT / "dist"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in built().items():
        (folder / name).write_bytes(content)
        print(folder / name)  # noqa: T201  (a program to be run)
    return 0


def built() -> dict[str, bytes]:
    """Return every file by its name."""
    bundle = as_zip({"manifest.json": ROOT / "deploy" / "mcpb" / "manifest.json"} | sources())
    extension = as_tar({path.name: path for path in (ROOT / "deploy" / "gemini").iterdir()})
    registry = server(hashlib.sha256(bundle).hexdigest())
    return {
        BUNDLE: bundle,
        **{f"{system}.{NAME}-gemini.tar.gz": extension for system in SYSTEMS},
        "server.json": (json.dumps(registry, indent=2) + "\n").encode(),
    }


def sources() -> dict[str, Path]:
    """Return the files that the program is built from, by their names in the bundle."""
    paths = [path for name in SOURCES for path in ((ROOT / name), *(ROOT / name).rglob("*"))]
    return {
        path.relative_to(ROOT).as_posix(): path
        for path in paths
        if path.is_file() and "__pycache__" not in path.parts
    }


def as_zip(files: dict[str, Path]) -> bytes:
    """Return a zip archive; names in order, no times."""
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for name, path in sorted(files.items()):
            row = ZipInfo(name)
            row.external_attr = _MODE << 16
            archive.writestr(row, path.read_bytes(), ZIP_DEFLATED)
    return content.getvalue()


def as_tar(files: dict[str, Path]) -> bytes:
    """Return a tar archive, compressed with gzip; names in order, no times."""
    content = BytesIO()
    with (
        gzip.GzipFile(fileobj=content, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for name, path in sorted(files.items()):
            row = tarfile.TarInfo(name)
            row.size, row.mode = path.stat().st_size, _MODE
            with path.open("rb") as file:
                archive.addfile(row, file)
    return content.getvalue()


if __name__ == "__main__":
    sys.exit(main())

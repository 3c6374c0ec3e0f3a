"""The folder of an embedded engine: for its user alone, as the SQLite file is."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def make_private(folder: Path) -> None:
    """Make a folder, or one that this engine has already, readable by this user alone.

    The engine makes its files at any time, under the process's mask: from here on that mask
    gives others nothing. It removes them at any time too: what is gone needs no rights.
    """
    os.umask(0o077)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    has_engine = all((folder / name).exists() for name in ("status", "metadata"))
    is_ours = has_engine or not any(folder.iterdir())
    if not is_ours or folder.stat().st_uid != os.getuid():
        return
    folder.chmod(0o700)
    for path, folders, files in os.walk(folder):
        for name in folders:
            _allow(Path(path, name), 0o700)
        for name in files:
            if not (file := Path(path, name)).is_symlink():
                _allow(file, 0o600)


def _allow(path: Path, mode: int) -> None:
    with suppress(FileNotFoundError):
        path.chmod(mode)

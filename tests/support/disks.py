"""Disks that are small or read-only, and a user whom permissions bind."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

NOBODY = 65534


@contextmanager
def mounted(folder: Path, *options: str) -> Generator[None]:
    """Have a small disk of its own at a folder, where this user may mount one."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None:
        pytest.skip("nothing can be mounted here")
    command = [mount, "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:  # noqa: S603  (mount itself)
        pytest.skip("nothing can be mounted here")
    try:
        yield
    finally:
        subprocess.run([umount, "-l", str(folder)], check=True)  # noqa: S603  (umount itself)


def remount(folder: Path, option: str) -> None:
    mount = shutil.which("mount") or ""
    subprocess.run([mount, "-o", f"remount,{option}", str(folder)], check=True)  # noqa: S603  (mount itself)


@contextmanager
def bound_user(folder: Path) -> Generator[Path]:
    """Give a folder of a user whom permissions bind, and be that user; ``folder`` if one is."""
    if os.geteuid():
        yield folder
        return
    with ExitStack() as stack:
        own = Path(tempfile.mkdtemp())
        stack.callback(shutil.rmtree, own)
        os.chown(own, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        stack.callback(os.seteuid, 0)
        yield own

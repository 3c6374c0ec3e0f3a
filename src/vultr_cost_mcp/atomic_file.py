"""Replace a file in one step: readers see the old one or the new one, complete."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

_PRIVATE = 0o600
_WHY = {
    "there is no room left. Free some": (errno.ENOSPC, errno.EDQUOT, errno.EFBIG),
    "this program may not write there. Allow it": (errno.EACCES, errno.EPERM, errno.EROFS),
    "there is no such folder. Make it": (errno.ENOENT, errno.ENOTDIR),
    "a folder, a pipe or a device has that name. Move it away": (errno.EISDIR,),
}


def replace_file(path: Path, content: bytes, *, keep: bool) -> None:
    """Write a file completely or not at all; raises OSError, and leaves nothing behind.

    With ``keep`` the file is one that the user named: a link stays and its file is replaced, and
    the mode of a file that is there stays. Without it a link is replaced and not followed, and the
    file is its owner's alone (mode 0600). A folder, a device or a pipe is never replaced.
    """
    target = Path(os.path.realpath(path)) if keep else path
    mode = _mode(target, keep=keep)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    _flush_entry(target.parent)


def why_unwritten(error: OSError) -> str:
    """Return the reason and a first step; the caller adds ``, or`` and another way out."""
    known = (why for why, numbers in _WHY.items() if error.errno in numbers)
    return next(known, f"{error.strerror or 'the disk failed'}. Mend that")


def _mode(target: Path, *, keep: bool) -> int:
    """Return the mode of the new file; raises OSError if something else has its name."""
    try:
        mode = target.stat(follow_symlinks=keep).st_mode
    except FileNotFoundError:
        return _PRIVATE
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return stat.S_IMODE(mode) if keep else _PRIVATE


def _flush_entry(folder: Path) -> None:
    """Flush the folder's new entry to disk, on systems that support it."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

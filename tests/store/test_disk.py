"""A SQLite history on a disk that is full, read-only or somebody else's."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.store.files import at, overwrite, refusal, remove, sentence
from tests.support.disks import bound_user, mounted, remount
from tests.support.readings import CUSTOMER, EVER, NOON, line, reading, seen
from vultr_cost_mcp.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vultr_cost_mcp.history.threaded import ThreadedHistory

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="permissions of another kind"),
]

HOUR = timedelta(hours=1)
ROOM = 640 * 1024
# A child whose files may not grow beyond a limit, as with a quota.
LIMITED = """
import resource, sys
from datetime import timedelta
import anyio
from tests.support.readings import NOON, line, reading, seen
from vultr_cost_mcp.errors import StoreError
from vultr_cost_mcp.history import open_history

async def main():
    history = open_history("sqlite:///" + sys.argv[1])
    await history.add(reading("run-1", NOON, [line()]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    try:
        await history.add(reading("run-2", NOON + timedelta(hours=1), [line()] * 5000))
    except StoreError as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(await seen(history))
    await history.add(reading("run-3", NOON + timedelta(hours=2), [line()] * 5000))
    print(await seen(history))

anyio.run(main)
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a disk of its own."""
    with mounted(tmp_path, f"size={ROOM}"):
        yield tmp_path


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[Path]:
    """Give a folder of a user whom permissions bind, and be that user."""
    with bound_user(tmp_path) as folder:
        yield folder


def allow(path: Path, mode: int) -> None:
    path.chmod(mode)


async def whether_it_reads(history: ThreadedHistory) -> None:
    assert await seen(history) == ["run-1"]
    assert await history.lines(CUSTOMER, ["run-1"]) == {"run-1": [line()]}


# --- full -----------------------------------------------------------------------------------------


async def test_a_full_disk_is_said_to_be_full_and_works_again_with_room(small_disk: Path) -> None:
    history = at(small_disk / "history.db")
    await history.add(reading("run-1", NOON, [line()]))
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space left"):
        overwrite(filler, b"x" * 2 * ROOM)
    assert "full" in await refusal(history)
    await whether_it_reads(history)
    remove(filler)
    await history.add(reading("run-2", NOON + HOUR, [line()]))
    assert await seen(history) == ["run-1", "run-2"]
    assert history.notes == ()


async def test_a_reading_that_has_no_room_leaves_nothing_behind(small_disk: Path) -> None:
    history = at(small_disk / "history.db")
    await history.add(reading("run-1", NOON, [line()]))
    with pytest.raises(StoreError, match="full") as caught:
        await history.add(reading("run-2", NOON + HOUR, [line()] * 10_000))
    sentence(caught)
    await whether_it_reads(history)
    await history.add(reading("run-2", NOON + HOUR, [line()] * 10))
    assert await seen(history) == ["run-1", "run-2"]
    assert len((await history.lines(CUSTOMER, ["run-2"]))["run-2"]) == 10


async def test_a_disk_without_any_room_has_no_history(small_disk: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        overwrite(small_disk / "filler", b"x" * 2 * ROOM)
    assert "full" in await refusal(at(small_disk / "folder" / "history.db"))


def test_a_file_that_may_not_grow_is_said_to_be_at_its_end(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(  # noqa: S603  (this very program)
        [sys.executable, "-c", LIMITED, str(tmp_path / "history.db")],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    said, after, with_room = done.stdout.splitlines()
    assert "over a quota" in said
    assert after == "['run-1']"
    assert with_room == "['run-1', 'run-3']"


# --- read-only ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder_mode", "file_mode"), [(0o700, 0o400), (0o500, 0o600), (0o500, 0o400)]
)
async def test_what_is_read_only_can_be_asked_and_says_that_nothing_is_added(
    mine: Path, folder_mode: int, file_mode: int
) -> None:
    file = mine / "history.db"
    history = at(file)
    await history.add(reading("run-1", NOON, [line()]))
    allow(file, file_mode)
    allow(mine, folder_mode)
    await whether_it_reads(history)
    assert "is read-only" in await refusal(history)
    with pytest.raises(StoreError, match="is read-only"):
        await history.prune(CUSTOMER, NOON + HOUR)
    await whether_it_reads(history)
    (note,) = history.notes
    assert "is read-only" in note
    allow(mine, 0o700)
    allow(file, 0o600)
    await history.add(reading("run-2", NOON + HOUR))
    assert await seen(history) == ["run-1", "run-2"]
    assert history.notes == ()


async def test_a_disk_that_is_mounted_read_only_can_be_asked(small_disk: Path) -> None:
    history = at(small_disk / "history.db")
    await history.add(reading("run-1", NOON, [line()]))
    remount(small_disk, "ro")
    await whether_it_reads(history)
    assert "is read-only" in await refusal(history)
    assert "is read-only" in await refusal(at(small_disk / "new.db"))
    remount(small_disk, "rw")
    await history.add(reading("run-2", NOON + HOUR))


async def test_a_log_that_cannot_be_read_is_not_passed_over(mine: Path) -> None:
    """The log holds the newest data."""
    file = mine / "history.db"
    await at(file).add(reading("run-1", NOON, [line()]))
    overwrite(mine / "history.db-wal", b"x" * 4096)
    allow(mine / "history.db-wal", 0o000)
    allow(mine, 0o500)
    with pytest.raises(StoreError) as caught:
        await at(file).runs(CUSTOMER, *EVER)
    sentence(caught)
    allow(mine, 0o700)


# --- denied ---------------------------------------------------------------------------------------


async def test_a_file_that_may_not_be_read_is_denied(mine: Path) -> None:
    file = mine / "history.db"
    history = at(file)
    await history.add(reading("run-1", NOON, [line()]))
    allow(file, 0o000)
    assert "permission is denied" in await refusal(history)
    with pytest.raises(StoreError, match="permission is denied") as caught:
        await seen(history)
    sentence(caught)
    allow(file, 0o600)
    await whether_it_reads(history)


async def test_a_folder_that_may_not_be_entered_is_denied(mine: Path) -> None:
    history = at(mine / "history.db")
    await history.add(reading("run-1", NOON, [line()]))
    allow(mine, 0o000)
    assert "permission is denied" in await refusal(history)
    with pytest.raises(StoreError, match="permission is denied"):
        await seen(history)
    allow(mine, 0o700)
    await whether_it_reads(history)


async def test_a_folder_in_which_nothing_may_be_made_is_denied(mine: Path) -> None:
    allow(mine, 0o500)
    assert "permission is denied" in await refusal(at(mine / "history.db"))
    assert "permission is denied" in await refusal(at(mine / "a" / "b" / "history.db"))
    assert await seen(at(mine / "history.db")) == []
    allow(mine, 0o700)


async def test_a_pipe_is_not_waited_at(tmp_path: Path) -> None:
    """SQLite would wait for ever for something to read from it."""
    pipe = tmp_path / "history.db"
    os.mkfifo(pipe)
    for path in (pipe, Path(os.devnull)):
        history = at(path)
        text = f"The history {path} is not a file but a device or a pipe; "
        assert (await refusal(history)).startswith(text)
        with pytest.raises(StoreError, match="a device or a pipe"):
            await seen(history)


async def test_a_link_to_nothing_is_no_empty_history(tmp_path: Path) -> None:
    """Its target may be on an unmounted disk, so the history must not look empty."""
    lost = tmp_path / "lost.db"
    lost.symlink_to(tmp_path / "not mounted" / "history.db")
    assert "a link to a file that is not there" in await refusal(at(lost))
    with pytest.raises(StoreError, match="a link to a file that is not there"):
        await seen(at(lost))
    assert not (tmp_path / "not mounted").exists()


async def test_a_path_below_a_file_is_no_empty_history(tmp_path: Path) -> None:
    overwrite(tmp_path / "file", b"")
    with pytest.raises(StoreError, match="is a file; move that away"):
        await seen(at(tmp_path / "file" / "history.db"))

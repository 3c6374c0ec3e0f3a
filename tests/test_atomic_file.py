"""A file is replaced in one step: wholly or not at all, as its place asks for, with the reason."""

from __future__ import annotations

import errno
import os
import resource
import stat
from pathlib import Path

import pytest

from tests.support.disks import bound_user, mounted, remount
from vultr_cost_mcp.atomic_file import replace_file, why_unwritten

ROOM = 64 * 1024
LONG = b"x" * 2 * ROOM


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def names_in(folder: Path) -> list[str]:
    """Give what is in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


def refused(path: Path, content: bytes = b"new", *, keep: bool = True) -> str:
    """Fail to write; give the sentence, after a look that nothing was left behind."""
    before = names_in(path.parent) if path.parent.is_dir() else []
    with pytest.raises(OSError) as caught:  # noqa: PT011  (its reason is returned)
        replace_file(path, content, keep=keep)
    assert before == (names_in(path.parent) if path.parent.is_dir() else [])
    return why_unwritten(caught.value)


@pytest.mark.parametrize("keep", [True, False])
def test_a_new_file_is_its_owners_alone(tmp_path: Path, *, keep: bool) -> None:
    path = tmp_path / "new"
    replace_file(path, b"one", keep=keep)
    assert (path.read_bytes(), mode_of(path)) == (b"one", 0o600)
    assert names_in(tmp_path) == ["new"]


@pytest.mark.parametrize(("keep", "mode"), [(True, 0o644), (False, 0o600)])
def test_the_mode_of_a_file_that_the_user_named_stays(
    tmp_path: Path, mode: int, *, keep: bool
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o644)
    replace_file(path, b"new", keep=keep)
    assert (path.read_bytes(), mode_of(path)) == (b"new", mode)


@pytest.mark.parametrize("target", ["there", "new", "folder/../there"])
def test_a_link_that_the_user_named_stays(tmp_path: Path, target: str) -> None:
    """Its file is replaced, or made where there was none."""
    (tmp_path / "there").write_bytes(b"old")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link").symlink_to(f"../{target}")
    replace_file(tmp_path / "folder" / "link", b"new", keep=True)
    assert (tmp_path / "folder" / "link").is_symlink()
    assert (tmp_path / target).read_bytes() == b"new"
    assert names_in(tmp_path / "folder") == ["link"]


@pytest.mark.parametrize("target", ["there", "none", os.devnull])
def test_a_link_in_a_folder_of_our_own_is_replaced_and_not_followed(
    tmp_path: Path, target: str
) -> None:
    (tmp_path / "there").write_bytes(b"old")
    (tmp_path / "there").chmod(0o644)
    link = tmp_path / "link"
    link.symlink_to(target)
    replace_file(link, b"new", keep=False)
    assert not link.is_symlink()
    assert (link.read_bytes(), mode_of(link)) == (b"new", 0o600)
    assert (tmp_path / "there").read_bytes() == b"old"
    assert names_in(tmp_path) == ["link", "there"]


@pytest.mark.parametrize("keep", [True, False])
def test_no_folder_and_no_pipe_is_replaced(tmp_path: Path, *, keep: bool) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "pipe"):
        said = refused(tmp_path / name, keep=keep)
        assert said == "a folder, a pipe or a device has that name. Move it away"
    assert (tmp_path / "pipe").is_fifo()


def test_no_device_behind_a_link_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(os.devnull)
    assert "a device has that name" in refused(tmp_path / "link")
    assert Path(os.devnull).is_char_device()


def test_links_in_a_circle_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    assert refused(tmp_path / "one").endswith(". Mend that")
    replace_file(tmp_path / "one", b"new", keep=False)
    assert names_in(tmp_path) == ["one", "two"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for folder in ("none", "file"):
        assert refused(tmp_path / folder / "x") == "there is no such folder. Make it"


@pytest.mark.parametrize("keep", [True, False])
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, *, keep: bool) -> None:
    path = tmp_path / "file"
    with mounted(tmp_path, f"size={ROOM}"):
        replace_file(path, b"old", keep=keep)
        assert refused(path, LONG, keep=keep) == "there is no room left. Free some"
        assert path.read_bytes() == b"old"


def test_a_quota_that_ends_in_the_middle_leaves_the_old_file(tmp_path: Path) -> None:
    """The system itself refuses what is over its limit."""
    path = tmp_path / "file"
    replace_file(path, b"old", keep=True)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, limits[1]))
    try:
        assert refused(path, LONG) == "there is no room left. Free some"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == b"old"


def test_a_folder_that_may_not_be_written_to(tmp_path: Path) -> None:
    said = "this program may not write there. Allow it"
    with bound_user(tmp_path) as folder:
        replace_file(folder / "file", b"old", keep=True)
        folder.chmod(0o500)
        assert refused(folder / "file") == refused(folder / "new") == said
        folder.chmod(0o700)
        assert (folder / "file").read_bytes() == b"old"


def test_a_disk_that_is_mounted_read_only(tmp_path: Path) -> None:
    with mounted(tmp_path, f"size={ROOM}"):
        replace_file(tmp_path / "file", b"old", keep=True)
        remount(tmp_path, "ro")
        assert refused(tmp_path / "file") == "this program may not write there. Allow it"


def test_an_interruption_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    replace_file(path, b"old", keep=True)

    def interrupt(handle: int) -> None:
        raise KeyboardInterrupt(handle)

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        replace_file(path, b"new", keep=True)
    assert (names_in(tmp_path), path.read_bytes()) == (["file"], b"old")


def test_an_unknown_fault_is_told_in_the_words_of_the_system() -> None:
    assert why_unwritten(OSError(errno.EIO, "Input/output error")) == (
        "Input/output error. Mend that"
    )
    assert why_unwritten(OSError()) == "the disk failed. Mend that"

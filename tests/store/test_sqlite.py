"""The file of a SQLite history: who may read it, its versions, and who else is at it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.store.files import asked, at, content_of, modes_in, overwrite, refusal, remove, sentence
from tests.support.readings import CUSTOMER, EVER, NOON, invoice, line, reading, resource, seen
from vultr_cost_mcp.errors import StoreError, StoreTimeoutError
from vultr_cost_mcp.history import open_history
from vultr_cost_mcp.history.sqlite import file as sqlite_file
from vultr_cost_mcp.history.sqlite.schema import MIGRATIONS
from vultr_cost_mcp.history.threaded import ThreadedHistory

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
# SQLite's own way of locking that, like some network drives, has no shared memory.
NO_SHARED_MEMORY = "&vfs=unix-dotfile"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


# --- the file -------------------------------------------------------------------------------------


async def test_the_file_is_in_wal_mode_and_nothing_is_left_beside_it(file: Path) -> None:
    history = open_history(f"sqlite:///{file}")
    await history.add(reading("run-1", NOON, [line()], [resource()]))
    await history.runs(CUSTOMER, *EVER)
    assert asked(file, "PRAGMA journal_mode") == "wal"
    assert isinstance(history, ThreadedHistory)
    assert history.notes == ()
    assert set(modes_in(file.parent)) == {"history.db"}


async def test_only_the_user_can_read_what_is_written(file: Path) -> None:
    history = at(file.parent / "a" / "b" / file.name)
    await history.add(reading())
    within = file.parent / "a" / "b"
    with closing(sqlite3.connect(within / file.name)) as database:
        database.execute("SELECT * FROM runs").fetchall()
        modes = modes_in(within)
    assert modes == {
        "history.db": 0o600,
        "history.db-wal": 0o600,
        "history.db-shm": 0o600,
    }
    assert modes_in(within.parent) == {"b": 0o700}
    assert modes_in(file.parent) == {"a": 0o700}


async def test_a_file_that_is_taken_away_is_begun_anew(file: Path) -> None:
    history = at(file)
    await history.add(reading("run-1"))
    remove(file)
    assert await seen(history) == []
    await history.add(reading("run-2"))
    assert await seen(history) == ["run-2"]


async def test_an_empty_file_is_a_history(file: Path) -> None:
    overwrite(file, b"")
    history = at(file)
    assert await seen(history) == []
    await history.add(reading("run-1"))
    assert await seen(history) == ["run-1"]


async def test_what_is_superseded_takes_no_room(file: Path) -> None:
    history = at(file)
    for number in range(5):
        run = reading(f"run-{number}", NOON + timedelta(minutes=number), [line()] * 3, [resource()])
        await history.add(run)
    assert asked(file, "SELECT count(*) FROM runs") == 5
    assert asked(file, "SELECT count(*) FROM lines") == 3
    assert asked(file, "SELECT count(*) FROM resources") == 1


async def test_more_runs_are_dropped_than_one_transaction_takes(file: Path) -> None:
    history = at(file)
    for number in range(450):
        await history.add(reading(f"run-{number}", NOON + number * HOUR, [line()]))
    assert await history.prune(CUSTOMER, NOON + 449 * HOUR) == 449
    assert asked(file, "SELECT count(*) FROM lines") == 1


# --- versions -------------------------------------------------------------------------------------


async def test_a_newer_version_is_refused_and_left_as_it_is(file: Path) -> None:
    await at(file).add(reading("run-1", NOON, [line()]))
    asked(file, "PRAGMA user_version")
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA user_version = 7")
    before = content_of(file)
    said = await refusal(at(file))
    assert "version is 7" in said
    assert f"up to {len(MIGRATIONS)}" in said
    with pytest.raises(StoreError, match="version is 7"):
        await at(file).runs(CUSTOMER, *EVER)
    assert content_of(file) == before


@pytest.mark.parametrize("reads_first", [False, True])
async def test_an_older_version_is_brought_up_to_date(
    file: Path, monkeypatch: pytest.MonkeyPatch, *, reads_first: bool
) -> None:
    run = reading("run-1", NOON, [line()], [resource()])
    await at(file).add(run)
    later = (*MIGRATIONS, ("ALTER TABLE runs ADD COLUMN colour TEXT",), ("CREATE TABLE more (a)",))
    monkeypatch.setattr(sqlite_file, "MIGRATIONS", later)
    if reads_first:
        assert await seen(at(file)) == ["run-1"]
    else:
        await at(file).add(reading("run-2", NOON + HOUR))
    assert asked(file, "PRAGMA user_version") == len(later)
    assert asked(file, "SELECT count(colour) + (SELECT count(*) FROM more) FROM runs") == 0
    assert await at(file).lines(CUSTOMER, ["run-1"]) == {"run-1": [line()]}


async def test_an_update_that_fails_changes_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await at(file).add(reading("run-1"))
    with monkeypatch.context() as patched:
        broken = (*MIGRATIONS, ("CREATE TABLE more (a)", "CREATE TABLE more (a)"))
        patched.setattr(sqlite_file, "MIGRATIONS", broken)
        assert "more already exists" in await refusal(at(file))
    assert asked(file, "PRAGMA user_version") == len(MIGRATIONS)
    assert await seen(at(file)) == ["run-1"]


# --- what is no history ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"a text, and no database\n" * 100, b"SQLite format 3\0", b"xy"]
)
async def test_a_file_of_another_kind_is_left_as_it_is(file: Path, content: bytes) -> None:
    overwrite(file, content)
    assert "another program" in await refusal(at(file))
    with pytest.raises(StoreError, match="another program"):
        await at(file).runs(CUSTOMER, *EVER)
    assert content_of(file) == content


@pytest.mark.parametrize(
    "statement",
    ["CREATE TABLE moz_places (a)", "PRAGMA user_version = 1", "PRAGMA application_id = 5"],
)
async def test_a_database_of_another_program_is_left_as_it_is(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute(statement)
        database.execute("VACUUM")
    before = content_of(file)
    assert "another program" in await refusal(at(file))
    assert content_of(file) == before


async def test_a_folder_is_no_history(tmp_path: Path) -> None:
    assert "is a folder" in await refusal(at(tmp_path))
    with pytest.raises(StoreError, match="is a folder"):
        await at(tmp_path).runs(CUSTOMER, *EVER)


@pytest.mark.parametrize("below", ["history.db", "a/history.db"])
async def test_a_file_holds_no_files(tmp_path: Path, below: str) -> None:
    (tmp_path / "plain").touch()
    assert "is a file" in await refusal(at(tmp_path / "plain" / below))


async def test_a_name_that_is_too_long_is_said_to_be(tmp_path: Path) -> None:
    assert "File name too long" in await refusal(at(tmp_path / ("x" * 300) / "history.db"))


async def test_a_damaged_file_is_said_to_be(file: Path) -> None:
    await at(file).add(reading("run-1", NOON, [line()] * 200))
    content = bytearray(content_of(file))
    content[4096:] = b"\xff" * (len(content) - 4096)
    overwrite(file, content)
    with pytest.raises(StoreError, match="damaged") as caught:
        await at(file).runs(CUSTOMER, *EVER)
    sentence(caught)


async def test_a_row_that_someone_else_wrote_is_said_to_be_unreadable(file: Path) -> None:
    await at(file).add(reading("run-1", NOON, [line()]))
    for value in ("'x'", "X'ff'"):
        with closing(sqlite3.connect(file, isolation_level=None)) as database:
            database.execute(f"UPDATE lines SET total = {value}")  # noqa: S608  (of a test)
        with pytest.raises(StoreError, match="cannot be read"):
            await at(file).lines(CUSTOMER, ["run-1"])


async def test_text_that_is_no_text_is_said_to_be_damage(file: Path) -> None:
    await at(file).add(reading("run-1", NOON, [line()]))
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("UPDATE lines SET description = CAST(X'ff' AS TEXT)")
    with pytest.raises(StoreError, match="is damaged") as caught:
        await at(file).lines(CUSTOMER, ["run-1"])
    sentence(caught)


# --- others at the file ---------------------------------------------------------------------------


async def test_a_file_that_another_writes_is_waited_for_and_then_given_up(file: Path) -> None:
    history = at(file)
    await history.add(reading("run-1"))
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "in use by another process" in await refusal(history)
        # Who only reads does not wait for who writes.
        assert await seen(history) == ["run-1"]
        other.execute("ROLLBACK")
    await history.add(reading("run-2", NOON + HOUR))
    assert await seen(history) == ["run-1", "run-2"]


async def test_a_file_is_made_while_another_makes_it(file: Path) -> None:
    overwrite(file, b"")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "in use by another process" in await refusal(at(file))
        with pytest.raises(StoreTimeoutError, match="in use by another process"):
            await at(file).runs(CUSTOMER, *EVER)
    await at(file).add(reading("run-1"))
    assert await seen(at(file)) == ["run-1"]


@pytest.mark.parametrize("attempt", range(5))
async def test_many_make_the_file_at_once(file: Path, attempt: int) -> None:
    del attempt
    histories = [at(file.parent / "new" / file.name, patience=60) for _ in range(6)]
    async with anyio.create_task_group() as tasks:
        for number, history in enumerate(histories):
            tasks.start_soon(seen, history)
            tasks.start_soon(history.add, reading(f"run-{number}", NOON + number * HOUR))
    assert await seen(histories[0]) == [f"run-{number}" for number in range(6)]
    assert [history.notes for history in histories] == [()] * 6


# --- where WAL mode cannot work -------------------------------------------------------------------


async def test_without_shared_memory_everything_works_and_a_note_says_so(file: Path) -> None:
    history = at(file, options=NO_SHARED_MEMORY)
    run = reading("run-1", NOON, [line()], [resource()])
    await history.add(run)
    await history.add(run)
    assert await history.runs(CUSTOMER, *EVER) == [run.run]
    assert await history.lines(CUSTOMER, ["run-1"]) == {"run-1": [line()]}
    assert await history.prune(CUSTOMER, NOON + HOUR) == 1
    (note,) = history.notes
    assert "cannot share memory" in note
    assert str(file) in note
    assert asked(file, "PRAGMA journal_mode") == "delete"


@pytest.mark.parametrize("reads_first", [False, True])
async def test_a_file_that_is_moved_to_where_wal_cannot_work_is_used_without(
    file: Path, *, reads_first: bool
) -> None:
    await at(file).add(reading("run-1", NOON, [line()]))
    assert asked(file, "PRAGMA journal_mode") == "wal"
    history = at(file, options=NO_SHARED_MEMORY)
    if reads_first:
        assert await seen(history) == ["run-1"]
    await history.add(reading("run-2", NOON + HOUR, [line()]))
    assert await seen(history) == ["run-1", "run-2"]
    assert asked(file, "PRAGMA journal_mode") == "delete"


async def test_what_was_in_the_log_is_there_after_the_move(file: Path, tmp_path: Path) -> None:
    await at(file).add(reading("run-1", NOON))
    moved = tmp_path / "moved"
    moved.mkdir()
    with closing(sqlite3.connect(file)) as other:
        # The log stays as long as somebody has the file open.
        other.execute("SELECT count(*) FROM runs").fetchone()
        await at(file).add(reading("run-2", NOON + HOUR))
        for name in ("history.db", "history.db-wal"):
            shutil.copy(tmp_path / name, moved / name)
    history = at(moved / file.name, options=NO_SHARED_MEMORY)
    assert await seen(history) == ["run-1", "run-2"]


async def test_names_that_are_no_text_are_damage(file: Path) -> None:
    """SQLite quotes them in its own sentence, which then is no text either."""
    await at(file).add(reading("run-1", NOON, [line()]))
    whole = content_of(file)
    overwrite(file, whole.replace(b"CREATE TABLE runs (", b"CREATE \xc7ABLE runs (", 1))
    with pytest.raises(StoreError, match="is damaged"):
        await at(file).runs(CUSTOMER, *EVER)
    assert "is damaged" in await refusal(at(file))


async def test_any_byte_that_is_damaged_is_said_in_a_sentence(file: Path) -> None:
    await at(file).add(reading("run-1", NOON, [line()] * 3, [resource()], [invoice()]))
    whole = content_of(file)
    for place in range(0, len(whole), len(whole) // 150):
        overwrite(file, whole[:place] + b"\xc7" + whole[place + 1 :])
        history = at(file)
        for asking in (
            history.runs(CUSTOMER, *EVER),
            history.lines(CUSTOMER, ["run-1"]),
            history.totals(CUSTOMER, ["run-1"]),
            history.resources(CUSTOMER, ["run-1"]),
            history.invoices(CUSTOMER),
            history.kept(),
        ):
            with suppress(StoreError):
                await asking

"""Each failure is one sentence without password or SQL, and the next call tries again."""

from __future__ import annotations

import importlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("chdb", reason="chdb-core is not installed: the ClickHouse engine is an extra")

from tests.store import clickhouse_engine
from tests.store.clickhouse_double.double import ROOT, Double
from tests.store.clickhouse_double.readings import CUSTOMER, SPAN, reading
from tests.store.clickhouse_double.server import USERS
from vultr_cost_mcp.errors import StoreError, StoreTimeoutError
from vultr_cost_mcp.history.clickhouse import client as clickhouse_client
from vultr_cost_mcp.history.clickhouse.address import read_address
from vultr_cost_mcp.history.clickhouse.client import (
    CONNECT_SECONDS,
    OPEN_SECONDS,
    READ_SECONDS,
)
from vultr_cost_mcp.history.clickhouse.errors import IN_USE, failed
from vultr_cost_mcp.history.clickhouse.history import open_clickhouse

pytestmark = pytest.mark.anyio

SECRET = USERS["writer"]
NOT_OPENED = (
    "cannot be opened; see that it is a folder of its own that this user may write, or name "
    "another one in VULTR_COST_STORE."
)


@pytest.fixture
def double() -> Iterator[Double]:
    """The server over HTTP, without faults."""
    server = clickhouse_engine.double()
    server.fail()
    yield server
    server.fail()


async def refusal(address: str) -> str:
    """Return the error of a request for the runs."""
    with pytest.raises(StoreError) as raised:
        await open_clickhouse(address).runs(CUSTOMER, *SPAN)
    return told(raised.value)


def told(error: StoreError) -> str:
    """The text of an error, which is one sentence that gives nothing away."""
    text = str(error)
    assert text.endswith(".")
    assert "\n" not in text
    for secret in (SECRET, "pass word", "SELECT", "INSERT INTO", "writer", "Code:", "DB::"):
        assert secret not in text.replace("grant SELECT, INSERT", "")
    return text


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of the loopback that somebody has and nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


async def test_a_wrong_password(double: Double) -> None:
    for address in (
        double.address(double.database(), password="wrong pass word"),
        double.address(double.database(), user="default", password="wrong"),
    ):
        text = await refusal(address)
        assert text == (
            f"ClickHouse at 127.0.0.1:{double.port} refused the user or the password of the "
            "history's address."
        )


async def test_a_database_that_does_not_exist(double: Double) -> None:
    text = await refusal(double.address("no_such_database"))
    assert text == (
        f"ClickHouse at 127.0.0.1:{double.port} has no database no_such_database; create it, or "
        "name another one in the address."
    )


async def test_a_server_that_is_not_there(closed_port: int) -> None:
    text = await refusal(f"clickhouse://writer:s3cret@127.0.0.1:{closed_port}/x")
    assert text == (
        f"ClickHouse at 127.0.0.1:{closed_port} cannot be reached: it is not running, or the "
        "address of the history is wrong."
    )


async def test_a_slow_server_does_not_prolong_the_wait_by_telling_of_its_progress(
    double: Double,
) -> None:
    """Each header of progress would begin the wait for an answer anew, for as long as it likes."""
    history = open_clickhouse(double.address(double.database()))
    await history.runs(CUSTOMER, *SPAN)
    double.fail()
    await history.add(reading("run-1"))
    await history.runs(CUSTOMER, *SPAN)
    asked = double.fail()["settings"]
    assert {each["send_progress_in_http_headers"] for each in asked} == {"0"}


async def test_a_file_of_certificates_that_is_not_there(double: Double, tmp_path: Path) -> None:
    address = double.address("x", more=f"?ca_cert={tmp_path / 'none.pem'}")
    text = await refusal(address.replace("clickhouse:", "clickhouses:"))
    assert text == (
        "The file that ca_cert of the history's address names cannot be read, so ClickHouse at "
        f"127.0.0.1:{double.port} was not asked; name a file of certificates there."
    )


async def test_a_server_that_speaks_no_tls(double: Double) -> None:
    text = await refusal(double.address("x").replace("clickhouse:", "clickhouses:"))
    assert "offers no TLS" in text


async def test_a_server_that_is_something_else(double: Double) -> None:
    double.fail(page="<html>It works!</html>")
    assert "is no ClickHouse server over HTTP" in await refusal(double.address("x"))


@pytest.mark.parametrize("version", ["18.16.1", "23.8.9.54", "24.2.1.1"])
async def test_a_server_that_is_too_old(double: Double, version: str) -> None:
    double.fail(version=version)
    text = await refusal(double.address(double.database()))
    assert text == (
        f"ClickHouse at 127.0.0.1:{double.port} is too old; a history needs ClickHouse 24.3 or "
        "newer."
    )


@pytest.mark.parametrize("version", ["24.3.1.1", "25.10.1.1-lts", "26.9.2.1"])
async def test_a_server_that_is_new_enough(double: Double, version: str) -> None:
    double.fail(version=version)
    history = open_clickhouse(double.address(double.database()))
    assert await history.runs(CUSTOMER, *SPAN) == []


async def test_a_server_that_does_not_answer(
    double: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = open_clickhouse(double.address(double.database()))
    double.fail(hang=True)
    with monkeypatch.context() as patched:
        patched.setattr(clickhouse_client, "OPEN_SECONDS", 1)
        with pytest.raises(StoreTimeoutError, match="did not answer in time") as raised:
            await history.runs(CUSTOMER, *SPAN)
    told(raised.value)
    double.fail()
    assert await history.runs(CUSTOMER, *SPAN) == []


async def test_waiting_for_a_server_is_bounded() -> None:
    """Twice the time to connect, as the client tries twice, and the time to answer."""
    assert 2 * CONNECT_SECONDS + OPEN_SECONDS < 10


@pytest.mark.parametrize(
    ("code", "words", "sentence"),
    [
        (243, "Cannot reserve 1.00 MiB, not enough space", "The disk of {} is full."),
        (75, "No space left on device, errno: 28", "The disk of {} is full."),
        (497, "Not enough privileges", "{} does not let this user do what a history needs; "),
        (242, "Table is in readonly mode", "{} takes no new rows at the moment."),
        (159, "Timeout exceeded", "{} did not answer in time."),
        (241, "Memory limit exceeded", "{} is too busy to answer; ask again later."),
        (16, "No such column", "{} has tables of another shape than a history needs."),
        (999, "Keeper: secret words", "{} refused a request (its error 999)."),
    ],
)
async def test_an_insert_that_is_refused_is_tried_again_by_the_next_call(
    double: Double, code: int, words: str, sentence: str
) -> None:
    history = open_clickhouse(double.address(double.database()))
    assert await history.runs(CUSTOMER, *SPAN) == []
    double.fail(refuse={"resources": [code, f"{words}: INSERT INTO resources"]})
    with pytest.raises(StoreError) as raised:
        await history.add(reading("a"))
    text = told(raised.value)
    assert text.startswith(sentence.format(f"ClickHouse at 127.0.0.1:{double.port}"))
    assert await history.runs(CUSTOMER, *SPAN) == []
    await history.add(reading("a"))
    assert await history.runs(CUSTOMER, *SPAN) == [reading("a").run]


async def test_a_server_that_went_and_came_back(double: Double) -> None:
    database = double.database()
    history = open_clickhouse(double.address(database))
    await history.add(reading("a"))
    double.run(f"DROP DATABASE {database}")
    with pytest.raises(StoreError, match="has no database"):
        await history.runs(CUSTOMER, *SPAN)
    double.run(f"CREATE DATABASE {database}")
    assert await history.runs(CUSTOMER, *SPAN) == []


@pytest.mark.parametrize(
    ("absent", "address", "extra"),
    [
        ("clickhouse_connect", "clickhouse://db", "[clickhouse]"),
        ("clickhouse_connect", "chdb:///nowhere", "[chdb]"),
        ("chdb", "chdb:///nowhere", "[chdb]"),
    ],
)
async def test_an_extra_that_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, absent: str, address: str, extra: str
) -> None:
    def absent_module(name: str) -> object:
        if name == absent:
            raise ImportError(name)
        return importlib.import_module(name)

    monkeypatch.setattr(clickhouse_client, "import_module", absent_module)
    text = await refusal(address)
    assert f"vultr-cost-mcp{extra}" in text
    assert ("Windows" in text) == (extra == "[chdb]")


HOLD = """
import sys, chdb
kept = chdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""
ASK = """
import sys
from vultr_cost_mcp.history.clickhouse.address import read_address
from vultr_cost_mcp.history.clickhouse.client import Connection
line = Connection(read_address("chdb://" + sys.argv[1]))
try:
    line.rows("SELECT 1")
except Exception as error:
    print(type(error).__name__, error, flush=True)
sys.stdin.readline()
print(line.rows("SELECT 1"), flush=True)
"""


def started(program: str, folder: Path) -> subprocess.Popen[str]:
    """Run a program on a folder."""
    return subprocess.Popen(  # noqa: S603  (of this test)
        [sys.executable, "-c", program, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_folder_that_another_process_uses(tmp_path: Path) -> None:
    with started(HOLD, tmp_path) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"
        with started(ASK, tmp_path) as second:
            assert second.stdin is not None
            assert second.stdout is not None
            assert second.stdout.readline() == f"StoreError {IN_USE}\n"
            first.kill()
            first.wait()
            second.stdin.write("\n")
            second.stdin.flush()
            assert second.stdout.readline() == "[(1,)]\n"
            second.kill()


async def test_one_process_has_one_embedded_engine(tmp_path: Path) -> None:
    assert await open_clickhouse(clickhouse_engine.embedded_address()).runs(CUSTOMER, *SPAN) == []
    text = await refusal(f"chdb://{tmp_path}")
    assert text.startswith("This process has another embedded history open, in ")


class Broken:
    """A client package that opens nothing."""

    def get_client(self, **_: object) -> None:
        msg = "Error initializing EmbeddedServer"
        raise RuntimeError(msg)


@pytest.mark.parametrize("taken", [True, False])
def test_an_engine_that_does_not_open_says_whether_another_process_holds_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, taken: bool
) -> None:
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(clickhouse_client, "_engines", {})
    monkeypatch.setattr(clickhouse_client, "_package", lambda _: Broken())
    line = clickhouse_client.Connection(read_address(f"chdb://{tmp_path}"))
    opened = f"The history in {tmp_path} {NOT_OPENED}"
    with pytest.raises(StoreError) as raised:
        line.rows("SELECT 1")
    assert told(raised.value) == opened
    with (tmp_path / "status").open("w") as file:
        if taken:
            fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(StoreError) as raised:
            line.rows("SELECT 1")
    assert told(raised.value) == (IN_USE if taken else opened)


def test_the_engine_of_this_process_is_not_called_another_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A second database of an engine that this process has open, and that has its own lock."""
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(clickhouse_client, "_engines", {(str(tmp_path), "other"): object()})
    monkeypatch.setattr(clickhouse_client, "_package", lambda _: Broken())
    line = clickhouse_client.Connection(read_address(f"chdb://{tmp_path}"))
    with (tmp_path / "status").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(StoreError) as raised:
            line.rows("SELECT 1")
    assert told(raised.value) == f"The history in {tmp_path} {NOT_OPENED}"


class Reader:
    """A client of a user whose profile allows no more than reading, nor to change a setting."""

    def __init__(self, readonly: str) -> None:
        self.server_settings = {"readonly": SimpleNamespace(value=readonly)}
        self.timeout = SimpleNamespace(connect=0, read=0)
        self.given: list[dict[str, str]] = []

    def query(self, _: str, *, settings: dict[str, str], **_rest: object) -> SimpleNamespace:
        self.given.append(settings)
        return SimpleNamespace(result_rows=[(1,)])


@pytest.mark.parametrize(
    ("profile", "given"),
    [("0", {"readonly": "1", "send_progress_in_http_headers": "0"}), ("1", {}), ("2", {})],
)
def test_a_user_who_may_only_read_is_not_made_to_say_so(
    monkeypatch: pytest.MonkeyPatch, profile: str, given: dict[str, str]
) -> None:
    reader = Reader(profile)
    monkeypatch.setattr(clickhouse_client, "_server", lambda _: reader)
    assert clickhouse_client.Connection(read_address("clickhouse://db")).rows("SELECT 1") == [(1,)]
    assert reader.given == [given]
    # Nobody waits for history as long as for an answer that is late already (D34).
    assert reader.timeout.read == clickhouse_client.READ_SECONDS
    assert READ_SECONDS < 10


def test_a_folder_that_cannot_be_a_folder() -> None:
    place = read_address("chdb:///var/history")
    for error, opening, text in (
        (OSError("Permission denied"), True, f"The history in /var/history {NOT_OPENED}"),
        (RuntimeError("broken"), False, "The history in /var/history cannot be used."),
        (
            RuntimeError("Cannot write: No space left on device"),
            False,
            "The disk of the history in /var/history is full.",
        ),
    ):
        assert told(failed(error, place, opening=opening)) == text


def test_a_server_that_breaks_off_while_it_answers() -> None:
    place = read_address("clickhouse://db")
    assert told(failed(ConnectionResetError(), place, opening=False)) == (
        "ClickHouse at db:8123 broke the connection off."
    )
    assert told(failed(ValueError("?"), place, opening=False)) == (
        "ClickHouse at db:8123 cannot be used."
    )

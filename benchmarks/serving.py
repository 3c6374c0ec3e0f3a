"""How many answers a second a served team gets, on a small and on a large account.

An account of 44, 1,000 and 4,000 resources is served by a double on this machine; the real server
listens over HTTP, and clients in a process of their own ask four tools again and again. Each
client's first call is left out. Prints, for each size, calls a second of ten clients with the
median and the 99th percentile, the median of one client alone, the longest pause of the event loop
while the account is read and assembled for the first time, the server's largest memory, and how
much of it is added when everything is read three times more. The exit code is 1 when a bar is
missed; all bars are ratios or counts of one run on one machine::

    python benchmarks/serving.py [SECONDS]
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random  # noqa: TID251  (seeded: the same account each time)
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.oracle import make_account  # noqa: E402
from tests.support.double import Account, VultrDouble  # noqa: E402  (after the path)

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = (44, 1_000, 4_000)
CLIENTS = 10
SECONDS = 8.0
MONTHS = 6
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_cost_overview", {}),
    ("breakdown_by_service", {"group_by": "region"}),
    ("estimate_savings", {}),
    ("explain_cost_change", {}),
)
CALLS_A_SECOND, P99_MS, ONE_CLIENT_MS, PAUSE_MS, MEMORY_MB, READ_AGAIN, LARGE_TO_SMALL = (
    200,
    150,
    10,
    50,
    140,
    1.25,
    0.7,
)
TOKEN = "benchmark-token-0123456789"  # noqa: S105  (of this run)


def account_of(size: int, now: datetime) -> Account:
    """An account of about ``size`` resources with a line each, and months of invoices."""
    account = make_account(Random(size), now, size)  # noqa: S311  (seeded)
    end = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for number in range(MONTHS):
        begin = (end - timedelta(days=1)).replace(day=1)
        lines = [_invoiced(row, begin, end, number) for row in account.pending]
        amount = sum((row["total"] for row in lines), Decimal(0))
        account.invoices.append(
            {
                "id": 900 - number,
                "date": (end + timedelta(hours=3)).isoformat(),
                "description": f"Invoice #{900 - number}",
                "amount": amount,
                "balance": amount,
            }
        )
        account.invoice_items[str(900 - number)] = lines
        end = begin
    return account


def _invoiced(row: dict[str, Any], begin: datetime, end: datetime, number: int) -> dict[str, Any]:
    total = Decimal(str(row["total"])).quantize(Decimal("0.01")) + number
    return {**row, "start_date": begin.isoformat(), "end_date": end.isoformat(), "total": total}


class Server:
    """The program, serving over HTTP in a process of its own."""

    def __init__(self, double: VultrDouble, folder: Path) -> None:
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},  # noqa: TID251  (handed on)
            "VULTR_API_URL": double.url,
            "VULTR_API_KEY": double.key,
            "VULTR_COST_RATE_LIMIT": "1000",
            "VULTR_COST_CACHE_SECONDS": "3600",
            "VULTR_COST_STORE": "off",
            "VULTR_COST_EXPORT_DIR": str(folder),
            "VULTR_COST_HTTP_TOKEN": TOKEN,
        }
        command = [
            sys.executable,
            "-m",
            "vultr_cost_mcp",
            "serve",
            "--transport",
            "http",
            "--port",
            "0",
        ]
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None  # noqa: S101  (piped)
        line = self.process.stderr.readline()
        self.port = int(line.rsplit(":", 1)[1].split("/")[0])
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def memory_mb(self) -> float:
        """The largest resident memory so far, in MB."""
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(text.split("VmHWM:")[1].split()[0]) / 1024

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait(timeout=10)


class Connection:
    """A client: one kept connection, one question at a time."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = port
        self.buffer = b""

    def call(self, tool: str, arguments: dict[str, Any]) -> bytes:
        """Ask a tool; the body of its answer. Raises RuntimeError for an error."""
        body = json.dumps(
            {
                "jsonrpc": "2.0",
                "id": 1,
                "method": "tools/call",
                "params": {"name": tool, "arguments": arguments},
            }
        ).encode()
        head = (
            "POST /mcp HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{self.port}\r\n"
            f"Authorization: Bearer {TOKEN}\r\n"
            "Content-Type: application/json\r\n"
            "Accept: application/json, text/event-stream\r\n"
            "MCP-Protocol-Version: 2025-11-25\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        answer = self._exchange(head.encode() + body)
        if b'"isError":false' not in answer:
            msg = f"{tool}: {answer[:300]!r}"
            raise RuntimeError(msg)
        return answer

    def alive(self) -> None:
        """Ask whether the server lives: answered at once unless its loop is busy."""
        self._exchange(f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n\r\n".encode())

    def _exchange(self, request: bytes) -> bytes:
        self.socket.sendall(request)
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        fields = head.lower()
        if b"transfer-encoding: chunked" in fields:
            return b"".join(self._chunks())
        length = int(fields.split(b"content-length:")[1].split(b"\r\n")[0])
        return self._take(length)

    def _chunks(self) -> Iterator[bytes]:
        while True:
            while b"\r\n" not in self.buffer:
                self._more()
            size, _, self.buffer = self.buffer.partition(b"\r\n")
            chunk = self._take(int(size, 16) + 2)[:-2]
            if not chunk:
                return
            yield chunk

    def _take(self, length: int) -> bytes:
        while len(self.buffer) < length:
            self._more()
        taken, self.buffer = self.buffer[:length], self.buffer[length:]
        return taken

    def _more(self) -> None:
        more = self.socket.recv(1 << 18)
        if not more:
            msg = "the server closed the connection"
            raise RuntimeError(msg)
        self.buffer += more


def ask(port: int, clients: int, seconds: float) -> list[float]:
    """Let clients ask at once; the seconds of each call but each client's first."""
    took: list[list[float]] = [[] for _ in range(clients)]
    barrier = threading.Barrier(clients)
    failures: list[BaseException] = []

    def client(number: int) -> None:
        try:
            connection = Connection(port)
            connection.call(*CALLS[number % len(CALLS)])
            barrier.wait(timeout=120)
            until = time.perf_counter() + seconds
            turn = number
            while (begin := time.perf_counter()) < until:
                connection.call(*CALLS[turn % len(CALLS)])
                took[number].append(time.perf_counter() - begin)
                turn += 1
        except BaseException as error:
            failures.append(error)
            barrier.abort()
            raise

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return [one for rows in took for one in rows]


def longest_pause(port: int) -> tuple[float, float]:
    """Ask everything for the first time: seconds it took, and the loop's longest pause."""
    done = threading.Event()
    pauses: list[float] = []

    def ping() -> None:
        connection = Connection(port)
        while not done.is_set():
            begin = time.perf_counter()
            connection.alive()
            pauses.append(time.perf_counter() - begin)
            time.sleep(0.002)  # noqa: TID251  (a benchmark waits for real)

    pinger = threading.Thread(target=ping)
    pinger.start()
    begin = time.perf_counter()
    connection = Connection(port)
    for tool, arguments in CALLS:
        connection.call(tool, arguments)
    took = time.perf_counter() - begin
    done.set()
    pinger.join()
    _read_the_rest(connection)
    return took, max(pauses)


def read_again(port: int) -> None:
    """Let the server read all of the account three times more, and ask everything each time."""
    connection = Connection(port)
    for _ in range(3):
        connection.call("collect_metrics", {"keep": False})
        for tool, arguments in CALLS:
            connection.call(tool, arguments)


def _read_the_rest(connection: Connection) -> None:
    """Ask until every server's traffic is read: at most 200 are in a call."""
    while b"ask again to go on" in connection.call("estimate_savings", {}):
        pass


def serve_double(size: int) -> None:
    """Run the double of an account until standard input ends (a process of its own)."""
    now = datetime.now(UTC)  # noqa: TID251  (the server's own clock)
    with VultrDouble(account_of(size, now)) as double:
        print(json.dumps({"url": double.url, "key": double.key}), flush=True)
        sys.stdin.read()


class _Address:
    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key


def measure(size: int, seconds: float, folder: Path) -> dict[str, float]:
    """Measure one size."""
    double = subprocess.Popen(
        [sys.executable, __file__, "--double", str(size)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert double.stdout is not None  # noqa: S101  (piped)
    server = Server(_Address(**json.loads(double.stdout.readline())), folder)  # type: ignore[arg-type]
    try:
        cold, pause = longest_pause(server.port)
        ask(server.port, 1, 0.5)
        alone = ask(server.port, 1, min(3.0, seconds))
        many = ask(server.port, CLIENTS, seconds)
        memory = server.memory_mb()
        read_again(server.port)
        return {
            "cold": cold,
            "pause": pause,
            "alone": median(alone),
            "rate": len(many) / seconds,
            "median": median(many),
            "p99": quantiles(many, n=100)[98],
            "memory": memory,
            "again": server.memory_mb() / memory,
        }
    finally:
        server.stop()
        assert double.stdin is not None  # noqa: S101  (piped)
        double.stdin.close()
        double.wait(timeout=10)


def main() -> int:
    """Measure each size, print, and judge."""
    if sys.argv[1:2] == ["--double"]:
        serve_double(int(sys.argv[2]))
        return 0
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    rates: dict[int, float] = {}
    missed: list[str] = []
    for size in SIZES:
        with TemporaryDirectory() as folder:
            found = measure(size, seconds, Path(folder))
        rates[size] = found["rate"]
        print(
            f"{size:>5} servers: {found['rate']:.0f} calls a second of {CLIENTS} clients, "
            f"median {found['median'] * 1e3:.0f} ms, p99 {found['p99'] * 1e3:.0f} ms; "
            f"alone {found['alone'] * 1e3:.1f} ms; cold {found['cold']:.1f} s with pauses of at "
            f"most {found['pause'] * 1e3:.0f} ms; {found['memory']:.0f} MB, read again "
            f"{found['again']:.2f} times that",
            flush=True,
        )
        bars = {
            "calls a second": found["rate"] >= CALLS_A_SECOND,
            "p99": found["p99"] * 1e3 <= P99_MS,
            "one client": found["alone"] * 1e3 <= ONE_CLIENT_MS,
            "pause": found["pause"] * 1e3 <= PAUSE_MS,
            "memory": found["memory"] <= MEMORY_MB,
            "memory after more readings": found["again"] <= READ_AGAIN,
        }
        missed += [f"{size}: {name}" for name, held in bars.items() if not held]
    share = rates[SIZES[-1]] / rates[SIZES[0]]
    print(f"largest to smallest account: {share:.2f} of the calls a second")
    if share < LARGE_TO_SMALL:
        missed.append("the large account is slower")
    print(f"missed: {', '.join(missed)}" if missed else "every bar is held")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())

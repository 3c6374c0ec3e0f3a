"""A ClickHouse server over HTTP on the loopback, in a process of its own: chdb answers it.

It speaks what clickhouse-connect sends: SQL as a body or as a form, ``param_`` values, settings in
the query string, native blocks in chunks, packed or not. ``POST /double`` sets faults::

    python -m tests.store.clickhouse_double.server FOLDER    (prints its port)
"""

from __future__ import annotations

import base64
import email
import email.policy
import gzip
import json
import os
import re
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

USERS = {"default": "", "writer": "s3cret/pass word"}
# What the HTTP interface of a server takes for itself; the rest of the query string is settings.
TRANSPORT = frozenset(
    {
        "client_protocol_version",
        "database",
        "enable_http_compression",
        "http_headers_progress_interval_ms",
        "query",
        "query_id",
        "send_progress_in_http_headers",
        "wait_end_of_query",
    }
)
CODE = re.compile(r"Code: (\d+)")
INSERT = re.compile(rb"\s*INSERT INTO [`\w.]+ \([^)]*\) FORMAT Native\n", re.IGNORECASE)
TABLE = re.compile(r"INSERT INTO [`]?(\w+)")


class RefusedError(Exception):
    """An error as the server words it, with its number."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {text}")
        self.code = code


class Engine:
    """chdb, one request at a time: its parameters are not safe across threads."""

    def __init__(self, folder: str) -> None:
        import chdb

        self._connect = chdb.connect
        self._folder = folder
        self._lock = threading.Lock()
        # Held open: the engine ends with its last connection.
        self._keeper = self._connect(folder)

    def answer(self, sql: str, block: bytes | None, asked: dict[str, str]) -> bytes:
        """Run SQL with the database, settings and parameters of a request."""
        settings = {
            name: value
            for name, value in asked.items()
            if name not in TRANSPORT and not name.startswith("param_")
        }
        values = {
            name.removeprefix("param_"): value
            for name, value in asked.items()
            if name.startswith("param_")
        }
        with self._lock, tempfile.NamedTemporaryFile(suffix=".native") as file:
            connection = self._connect(self._folder)
            try:
                if asked.get("database"):
                    connection.query(f"USE `{asked['database']}`")
                if block is not None:
                    file.write(block)
                    file.flush()
                    sql = f"{sql} FROM INFILE '{file.name}' FORMAT Native"
                if settings:
                    # Once reading is all that is allowed, no setting can be changed any more.
                    names = sorted(settings, key=lambda name: name == "readonly")
                    connection.query(f"SET {', '.join(_set(name, settings) for name in names)}")
                found = connection.query(sql, "TabSeparated", params=values)
                return bytes(found.bytes() or b"")
            except RuntimeError as error:
                text = str(error)
                found_code = CODE.search(text)
                raise RefusedError(int(found_code[1]) if found_code else 1002, text) from error
            finally:
                connection.close()


def _set(name: str, settings: dict[str, str]) -> str:
    value = settings[name].replace("\\", "\\\\").replace("'", "\\'")
    return f"{name} = '{value}'"


class Faults:
    """The next faults; each is set by name and, except ``version``, happens once."""

    def __init__(self) -> None:
        self.set: dict[str, Any] = {}
        self.inserts: list[str] = []
        self.settings: list[dict[str, str]] = []
        self.let_go = threading.Event()

    def take(self, name: str) -> Any:
        """Take the fault of that name, so that it does not happen again."""
        return self.set.pop(name, None)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    # Head and body are two packets: else the second waits for the first's acknowledgement.
    disable_nagle_algorithm = True
    engine: Engine
    faults: Faults

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        self._reply(200, b"Ok.\n")

    def do_POST(self) -> None:
        body = self._body()
        if self.path == "/double":
            self.faults.let_go.set()
            self.faults.let_go = threading.Event()
            self.faults.set = json.loads(body)
            said = {"inserts": self.faults.inserts, "settings": self.faults.settings}
            self.faults.inserts, self.faults.settings = [], []
            self._reply(200, json.dumps(said).encode())
            return
        if self.faults.take("hang"):
            self.faults.let_go.wait(120)
            self.close_connection = True
            return
        if (page := self.faults.take("page")) is not None:
            self._reply(200, str(page).encode())
            return
        try:
            self._who()
            answer = self._answer(body)
        except RefusedError as error:
            status = {516: 403, 81: 404, 60: 404}.get(error.code, 500)
            text = str(error).encode()
            self._reply(status, text, {"X-ClickHouse-Exception-Code": str(error.code)})
            return
        if answer is None:
            self.close_connection = True
            return
        self._reply(200, answer, {"X-ClickHouse-Format": "Native"} if answer else {})

    def _answer(self, body: bytes) -> bytes | None:
        """The body of the answer; None to break the connection off."""
        asked = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        self.faults.settings.append(dict(asked))
        if self.headers.get("Content-Type", "").startswith("multipart/form-data"):
            asked |= _form(self.headers["Content-Type"], body)
            body = b""
        sql, block = asked.get("query", ""), None
        if (head := INSERT.match(body)) is not None:
            sql = head[0].decode().removesuffix(" FORMAT Native\n")
            block = body[head.end() :]
        elif body:
            sql = body.decode()
        table = TABLE.match(sql)
        if table is not None:
            self.faults.inserts.append(table[1])
            wrong = self.faults.set.get("refuse", {})
            if table[1] in wrong:
                raise RefusedError(*wrong.pop(table[1]))
        version = self.faults.set.get("version")
        if version and "version()" in sql:
            return f"{version}\tUTC\n".encode()
        answer = self.engine.answer(sql, block, asked)
        if table is not None and table[1] == self.faults.set.get("drop"):
            self.faults.take("drop")
            return None
        return answer

    def _who(self) -> None:
        given = self.headers.get("Authorization", "Basic ZGVmYXVsdDo=").removeprefix("Basic ")
        user, _, password = base64.b64decode(given).decode().partition(":")
        if USERS.get(user) != password:
            raise RefusedError(516, f"{user}: Authentication failed. (AUTHENTICATION_FAILED)")

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts: list[bytes] = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            body = b"".join(parts)
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return _unpacked(self.headers.get("Content-Encoding"), body)

    def _reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _form(content_type: str, body: bytes) -> dict[str, str]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    return {
        str(part.get_param("name", header="Content-Disposition")): _text(part)
        for part in message.iter_parts()
    }


def _text(part: Any) -> str:
    return bytes(part.get_payload(decode=True)).decode()


def _unpacked(encoding: str | None, body: bytes) -> bytes:
    if encoding == "lz4":
        return bytes(import_module("lz4.frame").decompress(body))
    return gzip.decompress(body) if encoding == "gzip" else body


def main() -> None:
    """Serve until standard input ends."""
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    Handler.engine, Handler.faults = Engine(sys.argv[1]), Faults()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        sys.stdin.read()
        # The engine takes its time to end, and all that it has to keep is written.
        os._exit(0)


if __name__ == "__main__":
    main()

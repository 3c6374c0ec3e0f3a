"""Damage to an answer of the API: fields, rows, lists, meta and bytes, one thing at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.support.double import Fault

if TYPE_CHECKING:
    from tests.support.double.faults import Reply, Visit

_OPEN, _CLOSE = "@raw<", ">raw@"
MISSING = object()


def raw(token: str) -> str:
    """A JSON token that no Python value stands for, such as ``1e400``."""
    return f"{_OPEN}{token}{_CLOSE}"


# What stands where something else should.
JUNK: dict[str, Any] = {
    "missing": MISSING,
    "null": None,
    "empty": "",
    "text": "surprise",
    "list": [1, [2]],
    "object": {"id": {"id": 1}, "more": 5},
    "true": True,
    "nested": [[[[[[[[{}]]]]]]]],
}
NUMBERS: dict[str, str] = {
    "1e400": "1e400",
    "1e-400": "1e-400",
    "nan": "NaN",
    "infinity": "Infinity",
    "-infinity": "-Infinity",
    "1000 digits": "1" + "0" * 1000,
    "5000 digits": "9" * 5000,
    "exponent": "1e99999999999999999999",
    "quoted nan": '"NaN"',
    "quoted infinity": '"-Infinity"',
    "quoted underscore": '"1_0"',
    "quoted hexadecimal": '"0x10"',
    "quoted comma": '"1,5"',
    "quoted signs": '"--5"',
    "quoted full-width": '"\uff15\uff10"',
}
DATES: tuple[Any, ...] = (
    "0001-01-01",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-02-30",
    "0000-00-00T00:00:00+00:00",
    "-2026-11-01",
    "2026-11-01T25:61:61Z",
    "99999999999",
    99999999999,
    10**30,
    -1,
    "now",
)


@dataclass(frozen=True, slots=True)
class Damage(Fault):
    """One change to a body; ``field`` says where."""

    name: str
    change: Callable[[dict[str, Any], str], Any] | None = None
    rewrite: Callable[[bytes], bytes] | None = None
    field: str = ""
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """Return the place and kind of the damage."""
        return f"{self.field}={self.name}" if self.field else self.name

    def payload(self, payload: dict[str, Any], visit: Visit) -> dict[str, Any]:
        """The payload with the damage in it."""
        if self.change is None:
            return payload
        changed: dict[str, Any] = self.change(deepcopy(payload), visit.envelope)
        return changed

    def reply(self, reply: Reply, visit: Visit) -> Reply:
        """The bytes with the damage in them."""
        del visit
        body = _bare(reply.body)
        body = self.rewrite(body) if self.rewrite else body
        kind = self.content_type or reply.content_type
        return replace(reply, body=body, content_type=kind, headers=(*reply.headers, *self.headers))


def _bare(body: bytes) -> bytes:
    if _OPEN.encode() not in body:
        return body
    parts = body.decode().split(f'"{_OPEN}')
    made = [parts[0]]
    for part in parts[1:]:
        token, _, rest = part.partition(f'{_CLOSE}"')
        made.append(json.loads(f'"{token}"') + rest)
    return "".join(made).encode()


def leaves(held: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every field below a value; of a list only its first entry."""
    if isinstance(held, dict):
        for name, value in held.items():
            yield (*path, name)
            yield from leaves(value, (*path, name))
    elif isinstance(held, list) and held:
        yield (*path, 0)
        yield from leaves(held[0], (*path, 0))


def put(path: tuple[Any, ...], value: Any) -> Callable[[dict[str, Any], str], Any]:
    """Put a value where a path leads to, or take away what is there."""

    def change(payload: dict[str, Any], envelope: str) -> Any:
        spot: Any = payload
        *way, last = (envelope, *path)
        try:
            for step in way:
                spot = spot[step]
            if value is MISSING:
                del spot[last]
            else:
                spot[last] = deepcopy(value)
        except (KeyError, IndexError):
            # Another resource's answer under the same path lacks what this one has.
            return payload
        return payload

    return change


def field_damage(held: Any) -> Iterator[Damage]:
    """Every field of an answer, missing, null, of another type, and beyond what can be."""
    for path in leaves(held):
        where = ".".join(map(str, path))
        for name, value in JUNK.items():
            # A row that is left out is no damage: no one can tell.
            if value is not MISSING or isinstance(path[-1], str):
                yield Damage(name, put(path, value), field=where)
        for name, token in NUMBERS.items():
            yield Damage(name, put(path, raw(token)), field=where)
        if str(path[-1]).startswith(("date", "start", "end", "added", "timestamp", "last_pay")):
            for date in DATES:
                yield Damage(repr(date), put(path, date), field=where)


def _rows(change: Callable[[list[Any]], Any]) -> Callable[[dict[str, Any], str], Any]:
    def made(payload: dict[str, Any], envelope: str) -> Any:
        held = payload.get(envelope)
        return {**payload, envelope: change(held)} if isinstance(held, list) else payload

    return made


def _meta(**meta: Any) -> Callable[[dict[str, Any], str], Any]:
    return partial(_entry, "meta", meta)


def list_damage() -> Iterator[Damage]:
    """Yield damage to a list: its rows, order, meta and cursors."""
    for name, row in {**JUNK, "number": 5}.items():
        if row is not MISSING:
            yield Damage(f"a row {name}", _rows(partial(_behind, row)))
            yield Damage(f"first row {name}", _rows(partial(_instead, row)))
    yield Damage("reordered", _rows(lambda rows: rows[::-1]))
    totals = {"huge": 10**30, "negative": -1, "text": "all", "fraction": 1.5, "true": True}
    totals |= {"nan": raw("NaN"), "list": [1], "digits": "9" * 400, "1e400": raw("1e400")}
    for name, total in totals.items():
        yield Damage(f"total {name}", _meta(total=total, links={"next": "", "prev": ""}))
    cursors = {"long": "x" * 5000, "number": 7, "list": ["a"], "url": "https://evil.example/?c=1"}
    cursors |= {"control": "\r\nX: y\x00", "surrogate": raw('"\\ud800"'), "wide": "\U0001f600"}
    for name, cursor in cursors.items():
        yield Damage(f"cursor {name}", _meta(total=None, links={"next": cursor}))
    for name, meta in (("list", []), ("text", "x"), ("number", 5), ("deep", {"meta": {"meta": 1}})):
        yield Damage(f"meta {name}", partial(_entry, "meta", meta))


def whole_damage() -> Iterator[Damage]:
    """Yield damage to any body: its envelope, bytes and headers."""
    for name, value in {**JUNK, "number": 5}.items():
        if value is MISSING:
            yield Damage("envelope missing", _without)
        else:
            yield Damage(f"envelope {name}", partial(_entry, "", value))
    for share in (0.0, 0.01, 0.3, 0.7, 0.999):
        yield Damage(f"cut at {share:.1%}", rewrite=partial(_cut, share))
    bodies: dict[str, Callable[[bytes], bytes]] = {
        "not UTF-8": lambda body: body[:-2] + b"\xff\xfe" + body[-2:],
        "latin-1 inside": lambda body: body.replace(b'":"', b'":"\xe9', 1),
        "a mark in front": lambda body: b"\xef\xbb\xbf" + body,
        "something behind": lambda body: body + b"{}",
        "null behind": lambda body: body + b"\x00",
        "a list around": lambda body: b"[" + body + b"]",
        "a text": lambda _: b'"ok"',
        "a number": lambda _: b"1e400",
        "nothing but space": lambda _: b" " * 1000,
        "a page": lambda _: b"<html><body>502 Bad Gateway</body></html>",
        "deep list": lambda _: b"[" * 10_000 + b"]" * 10_000,
        "deep object": lambda _: b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        "deep beside": lambda body: b'{"zzz":' + b"[" * 10_000 + b"]" * 10_000 + b"," + body[1:],
        "deep, bearable": lambda body: b'{"z":' + b"[" * 400 + b"]" * 400 + b"," + body[1:],
        "lone surrogate": lambda body: body.replace(b'":"', b'":"\\ud800', 1),
        "control letter": lambda body: body.replace(b'":"', b'":"\x01', 1),
    }
    for name, rewrite in bodies.items():
        yield Damage(name, rewrite=rewrite)
    for kind in ("text/html", "application/octet-stream", "text/plain; charset=utf-16", "x"):
        yield Damage(f"sent as {kind}", content_type=kind)
    for coding in ("gzip", "br", "deflate", "zstd", "nonsense"):
        yield Damage(f"said to be {coding}", headers=(("Content-Encoding", coding),))


def _behind(row: Any, rows: list[Any]) -> list[Any]:
    return [*rows, row]


def _instead(row: Any, rows: list[Any]) -> list[Any]:
    return [row, *rows[1:]]


def _entry(name: str, value: Any, body: dict[str, Any], key: str) -> dict[str, Any]:
    return {**body, name or key: value}


def _cut(share: float, body: bytes) -> bytes:
    return body[: int(len(body) * share)]


def _without(body: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != key}

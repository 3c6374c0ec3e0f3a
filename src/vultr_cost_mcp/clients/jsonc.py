"""Change one value of a JSON file with comments, and leave every other character as it is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_BETWEEN = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_LINE_COMMENT = re.compile(r"[ \t]*(?://[^\n]*)?(?=\n)")
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_SCALAR = re.compile(r"[-+.\w]+")
_INDENT = "  "
# A list of texts over several lines, and where one of its lines ends.
_TEXTS = re.compile(rf"\[\n\s+({_STRING.pattern}(?:,\n\s+{_STRING.pattern})*)\n\s*\]")
_BREAK = re.compile(r",\n\s+")


@dataclass
class Node:
    """A value and where it stands: ``end`` is behind its last character.

    ``members`` are those of an object, ``items`` those of a list. ``last`` is behind the last of
    them, ``comma`` whether a comma follows it.
    """

    start: int
    end: int
    value: Any
    members: dict[str, Node] = field(default_factory=dict[str, "Node"])
    items: list[Node] = field(default_factory=list["Node"])
    last: int | None = None
    comma: bool = False


def parse(text: str) -> Node:
    """Parse JSON with comments and trailing commas; raises ValueError if it is something else."""
    node = _value(text, _skip(text, 0))
    if _skip(text, node.end) != len(text):
        msg = "text behind the end"
        raise ValueError(msg)
    return node


def with_value(text: str, path: Sequence[str], value: object) -> str:
    """Return the text with a value at a path of keys; objects on the way are made if missing.

    Raises ValueError if the text is not JSON, or something else than an object is on the way.
    """
    if not text.strip():
        return _written(_nested(path, value), "") + "\n"
    node = parse(text)
    for depth, key in enumerate(path):
        if not isinstance(node.value, dict):
            msg = f"no object is at {'.'.join(path[:depth]) or 'the top'}"
            raise ValueError(msg)  # noqa: TRY004  (of the file, not of our types)
        if key not in node.members:
            member = f"{json.dumps(key)}: ", _nested(path[depth + 1 :], value)
            return _inserted(text, node, *member)
        node = node.members[key]
    indent = _indent_at(text, node.start)
    return text[: node.start] + _written(value, indent) + text[node.end :]


def with_item(text: str, path: Sequence[str], item: object) -> str:
    """Return the text with an item added to the list at a path, which is made if missing."""
    node: Node | None = parse(text) if text.strip() else None
    for key in path:
        node = node.members.get(key) if node is not None else None
    if node is None or not isinstance(node.value, list):
        return with_value(text, path, [item])
    return _inserted(text, node, "", item)


def _nested(path: Sequence[str], value: object) -> object:
    for key in reversed(path):
        value = {key: value}
    return value


def _inserted(text: str, node: Node, before: str, value: object) -> str:
    """Return the text with one more member at the end of an object or list."""
    outer = _indent_at(text, node.start)
    first = next(iter([*node.members.values(), *node.items]), None)
    inner = outer + _INDENT if first is None else _indent_at(text, first.start)
    inner = inner if len(inner) > len(outer) else outer + _INDENT
    member = f"\n{inner}{before}{_written(value, inner)}"
    if node.last is None:
        return f"{text[: node.start + 1]}{member}\n{outer}{text[node.end - 1 :]}"
    if node.comma:
        at = _line_end(text, text.index(",", _skip(text, node.last)) + 1)
        return f"{text[:at]}{member},{text[at:]}"
    at = _line_end(text, node.last)
    return f"{text[: node.last]},{text[node.last : at]}{member}{text[at:]}"


def _line_end(text: str, at: int) -> int:
    """Return the end of a line if only a comment is left of it, else the place itself."""
    found = _LINE_COMMENT.match(text, at)
    return found.end() if found else at


def _written(value: object, indent: str) -> str:
    """Return a value as JSON: two spaces a level, a list of texts on one line."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    text = _TEXTS.sub(lambda found: f"[{_BREAK.sub(', ', found[1])}]", text)
    return text.replace("\n", f"\n{indent}")


def _indent_at(text: str, place: int) -> str:
    line = text[text.rfind("\n", 0, place) + 1 : place]
    return line[: len(line) - len(line.lstrip())]


def _skip(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int) -> Node:
    letter = text[at : at + 1]
    if letter in {"{", "["}:
        return _container(text, at, "}" if letter == "{" else "]")
    pattern = _STRING if letter == '"' else _SCALAR
    found = pattern.match(text, at)
    if found is None:
        msg = "a value is missing"
        raise ValueError(msg)
    return Node(at, found.end(), json.loads(found[0]))


def _container(text: str, start: int, closing: str) -> Node:
    is_object = closing == "}"
    node = Node(start, start, {} if is_object else [])
    at = _skip(text, start + 1)
    while text[at : at + 1] != closing:
        if node.last is not None and not node.comma:
            msg = "a comma is missing"
            raise ValueError(msg)
        key = ""
        if is_object:
            name = _value(text, at)
            at = _skip(text, name.end)
            if not isinstance(name.value, str) or text[at : at + 1] != ":":
                msg = "a key is missing"
                raise ValueError(msg)
            key, at = name.value, _skip(text, at + 1)
        inner = _value(text, at)
        if is_object:
            node.members[key] = inner
            node.value[key] = inner.value
        else:
            node.items.append(inner)
            node.value.append(inner.value)
        node.last = inner.end
        at = _skip(text, inner.end)
        node.comma = text[at : at + 1] == ","
        at = _skip(text, at + 1) if node.comma else at
    node.end = at + 1
    return node

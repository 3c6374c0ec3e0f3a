"""The current question, so that its next steps keep its filters."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.domain.untrusted_text import clean

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Mapping

# Filters of a question. All of them are texts.
FILTERS = ("account", "period", "service", "region", "tag", "query", "kind", "product")
Question = tuple["Mapping[str, Any]", "Mapping[str, Collection[str]]"]
_question: ContextVar[Question] = ContextVar("question", default=({}, {}))


@contextmanager
def asking(arguments: Mapping[str, Any], takes: Mapping[str, Collection[str]]) -> Generator[None]:
    """Set the current question for the duration of a block.

    ``arguments`` are the question's own; an inner question also has those of the outer one.
    ``takes`` are the argument names of every tool.
    """
    outer, _ = _question.get()
    before = _question.set(({**outer, **arguments}, takes))
    try:
        yield
    finally:
        _question.reset(before)


def filters_for(tool: str) -> dict[str, str]:
    """Return the current question's filters that another tool accepts too.

    A value that cannot be shown unchanged is left out: cut or cleaned, it would find other rows.
    """
    arguments, takes = _question.get()
    given = {name: arguments.get(name) for name in FILTERS if name in takes.get(tool, ())}
    return {
        name: value
        for name, value in given.items()
        if isinstance(value, str) and clean(value) == value
    }

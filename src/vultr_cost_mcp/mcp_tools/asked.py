"""The question that is being answered, so that its next steps keep its filters."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.domain.text import clean

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Mapping

# What narrows a question down; every one of them is a text.
FILTERS = ("account", "period", "service", "region", "tag", "query", "kind", "product")
Question = tuple["Mapping[str, Any]", "Mapping[str, Collection[str]]"]
_question: ContextVar[Question] = ContextVar("question", default=({}, {}))


@contextmanager
def asking(arguments: Mapping[str, Any], takes: Mapping[str, Collection[str]]) -> Generator[None]:
    """Answer a question with these arguments; ``takes`` names those of every tool.

    A question inside another one has the filters of both.
    """
    outer, _ = _question.get()
    before = _question.set(({**outer, **arguments}, takes))
    try:
        yield
    finally:
        _question.reset(before)


def filters_for(tool: str) -> dict[str, str]:
    """Return the filters of the question that another tool takes as well.

    One that may not be shown as it was given is left out: cut or cleaned it would find other rows.
    """
    arguments, takes = _question.get()
    given = {name: arguments.get(name) for name in FILTERS if name in takes.get(tool, ())}
    return {
        name: value
        for name, value in given.items()
        if isinstance(value, str) and clean(value) == value
    }

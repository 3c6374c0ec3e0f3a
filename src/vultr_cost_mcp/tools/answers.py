"""Every answer: one envelope around a report, small enough, in a structure and in words."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from mcp.types import CallToolResult, TextContent
from pydantic import create_model

from vultr_cost_mcp.render.answer import render_answer, render_closing, render_headline
from vultr_cost_mcp.tools._asked import filters_for
from vultr_cost_mcp.tools._models import AnswerModel, fields_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mcp.types import ResourceLink

    from vultr_cost_mcp.domain.snapshot import Snapshot

CURRENCY = "USD"
BYTES_A_TOKEN = 3.5
SMALL_TOKENS = 1_500
LARGE_TOKENS = 6_000
DEFAULT_LIMIT = 10
_CAVEATS = 5
_NEXT_STEPS = 2
_GAPS = 12
# The four wide characters that JSON escapes are rare; what the wire carries is this text.
_ENCODING = "utf-8"


@dataclass(frozen=True, slots=True)
class Period:
    """The span that money is over; ``end`` is the first moment that no longer belongs to it."""

    name: str
    start: datetime
    end: datetime
    complete: bool


@dataclass(frozen=True, slots=True)
class GapRow:
    """A part that could not be read, or not wholly."""

    part: str
    reason: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was read, and what was not."""

    complete: bool
    sources: tuple[str, ...]
    gaps: tuple[GapRow, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NextStep:
    """A tool that answers what a reader is likely to ask next."""

    tool: str
    arguments: dict[str, str]
    why: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every answer has."""

    headline: str
    as_of: datetime
    currency: Literal["USD"]
    account: str
    period: Period
    coverage: Coverage
    caveats: tuple[str, ...]
    next_steps: tuple[NextStep, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A report with what is said of it, before it is known to be small enough.

    ``period`` is the running month unless it is given; ``links`` are files beside the text.
    """

    report: Any
    sentence: str
    body: Sequence[str]
    caveats: Sequence[str] = ()
    next_steps: Sequence[NextStep] = ()
    coverage_notes: Sequence[str] = ()
    period: Period | None = None
    links: Sequence[ResourceLink] = ()


@cache
def answer_model(report: type) -> type[AnswerModel]:
    """The pydantic model of a whole answer: the envelope, then the report's own fields."""
    columns = {**fields_of(Envelope), **fields_of(report)}
    return create_model(
        f"{report.__name__.removesuffix('Report')}Answer",
        __base__=AnswerModel,
        **columns,
    )


def answer(
    snapshot: Snapshot, draft: Callable[[int], Draft], limit: int = DEFAULT_LIMIT
) -> CallToolResult:
    """The answer with as many rows as fit: ``draft`` is asked again with fewer until they do."""
    tokens = SMALL_TOKENS if limit <= DEFAULT_LIMIT else LARGE_TOKENS
    largest = int(tokens * BYTES_A_TOKEN)
    result, size = _result(snapshot, draft(limit))
    if size <= largest:
        return result
    fitting, too_many, rows = 0, limit, limit * largest // size
    best, _ = _result(snapshot, draft(0))
    while too_many - fitting > 1:
        result, size = _result(snapshot, draft(rows))
        if size <= largest:
            fitting, best = rows, result
        else:
            too_many = rows
        rows = (fitting + too_many) // 2
    return best


def _result(snapshot: Snapshot, draft: Draft) -> tuple[CallToolResult, int]:
    headline = render_headline(draft.sentence, complete=snapshot.complete)
    caveats = tuple(dict.fromkeys([*snapshot.caveats, *draft.caveats]))[:_CAVEATS]
    content = {
        "headline": headline,
        "as_of": snapshot.as_of,
        "currency": CURRENCY,
        "account": snapshot.account,
        "period": draft.period or current_month(snapshot),
        "coverage": _coverage(snapshot, draft.coverage_notes),
        "caveats": caveats,
        "next_steps": tuple(_of_the_question(step) for step in draft.next_steps[:_NEXT_STEPS]),
        **{row.name: getattr(draft.report, row.name) for row in fields(draft.report)},
    }
    # Neither checker knows that the class of anything is a class that can be hashed.
    model = answer_model(type(draft.report))  # type: ignore[arg-type]  # pyright: ignore[reportUnknownArgumentType]
    structured = model.model_validate(content)
    text = render_answer(
        headline,
        draft.body,
        (*caveats, *draft.coverage_notes),
        render_closing(snapshot.as_of, snapshot.gaps),
    )
    size = max(len(structured.model_dump_json().encode(_ENCODING)), len(text.encode(_ENCODING)))
    result = CallToolResult(
        content=[TextContent(type="text", text=text), *draft.links],
        structured_content=structured.model_dump(mode="json"),
    )
    return result, size


def _of_the_question(step: NextStep) -> NextStep:
    """The next step with the filters of the question, where its tool takes them."""
    return replace(step, arguments=filters_for(step.tool) | step.arguments)


def _coverage(snapshot: Snapshot, notes: Sequence[str]) -> Coverage:
    gaps = tuple(GapRow(gap.part, gap.reason) for gap in snapshot.gaps[:_GAPS])
    return Coverage(snapshot.complete, snapshot.sources, gaps, tuple(notes))


def current_month(snapshot: Snapshot) -> Period:
    """The running month, which is never complete."""
    month = snapshot.month
    return Period("current_month", month.start, month.end, complete=False)

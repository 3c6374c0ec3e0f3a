"""Wrap a report in the envelope of every answer, as structure and text, within the size limit."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

from mcp.types import TextContent
from pydantic import create_model

from vultr_cost_mcp.domain.report_fields import DayOf, Omitted
from vultr_cost_mcp.mcp_tools.answer import Answer, Told
from vultr_cost_mcp.mcp_tools.current_question import filters_for
from vultr_cost_mcp.mcp_tools.envelope_text import render_answer, render_closing, render_headline
from vultr_cost_mcp.mcp_tools.row_ids import shared_labels, without_ids
from vultr_cost_mcp.mcp_tools.schemas import AnswerModel, fields_of
from vultr_cost_mcp.worker_threads import worked_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mcp.types import ResourceLink

    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.mcp_tools.coverage import RestsOn

CURRENCY: Literal["USD"] = "USD"
BYTES_A_TOKEN = 3.5
# The structure alone, and the structure with the text: some clients pass on one, others both.
SMALL_TOKENS = (900, 1_600)
LARGE_TOKENS = (4_500, 8_000)
DEFAULT_LIMIT = 10
MOST_ROWS = 200
# So often the number of rows is guessed from the size of a row; then the range is halved.
_GUESSES = 6
_CAVEATS = 5
_NEXT_STEPS = 2
_GAPS = 12
# Where an answer of no rows is still too large.
_FEW_GAPS = 3
# This text goes over the wire; JSON escapes four of its wide characters, which are rare.
_ENCODING = "utf-8"


@dataclass(frozen=True, slots=True)
class Period:
    """The time span of the amounts in UTC days; ``end`` is exclusive."""

    name: str
    start: DayOf
    end: DayOf
    complete: bool


@dataclass(frozen=True, slots=True)
class GapRow:
    """A part that was not read, or only partly, and the figures that rest on it (D33)."""

    part: str
    reason: str
    touches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The unread parts; ``complete`` is about the headline's own figure (D33).

    ``more_gaps`` are the parts of further gaps, by name alone.
    """

    complete: bool
    gaps: tuple[GapRow, ...]
    notes: tuple[str, ...]
    more_gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NextStep:
    """A tool for a likely next question."""

    tool: str
    arguments: dict[str, str]
    why: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """The fields of every answer; ``partial`` lists other figures that gaps touch.

    ``more`` says how to see the rows that lists leave out.
    """

    headline: str
    as_of: datetime
    currency: Literal["USD"]
    account: str
    period: Period
    coverage: Coverage
    partial: tuple[str, ...]
    caveats: tuple[str, ...]
    next_steps: tuple[NextStep, ...]
    more: str = ""


ENVELOPE = frozenset(row.name for row in fields(Envelope))


class Report(Protocol):
    """A report of any question: a frozen dataclass with its caveats."""

    @property
    def caveats(self) -> tuple[str, ...]:
        """Return all caveats of the report, the most important first."""
        ...


R = TypeVar("R", bound=Report)


@dataclass(frozen=True, slots=True)
class Draft(Generic[R]):
    """A report and its texts, before its size is checked.

    ``rests_on`` names the figures that a gap touches. ``known`` is whether the headline's own
    figure is known; by default that is read from the report. ``period`` is by default the current
    month. ``links`` are files that go with the text. ``status`` and ``note`` are for
    the row of this account among several, and ``compared_with`` is the month that the period is
    compared with. ``limited_by`` is the argument with the number of rows and its maximum, None if
    there is none, and ``narrowed_by`` are arguments that leave rows out.
    """

    report: R
    rests_on: RestsOn
    sentence: str
    body: Sequence[str]
    next_steps: Sequence[NextStep] = ()
    coverage_notes: Sequence[str] = ()
    period: Period | None = None
    links: Sequence[ResourceLink] = ()
    known: bool | None = None
    status: str | None = None
    note: str | None = None
    compared_with: str | None = None
    limited_by: tuple[str, int] | None = ("limit", MOST_ROWS)
    narrowed_by: Sequence[str] = ()


@cache
def answer_model(report: type) -> type[AnswerModel]:
    """Return the pydantic model of an answer: the envelope, then the report's fields."""
    # The envelope's own are first, and its caveats are those of the report.
    columns = fields_of(Envelope) | fields_of(report) | fields_of(Envelope)
    return create_model(
        f"{report.__name__.removesuffix('Report')}Answer",
        __base__=AnswerModel,
        **columns,
    )


async def answer(
    snapshot: Snapshot, draft: Callable[[int], Draft[Any]], limit: int = DEFAULT_LIMIT
) -> Answer:
    """Return the answer with as many rows as fit, worked out in a thread where it is long.

    ``draft`` is asked again with fewer rows until they do.
    """
    result = await worked_out(lambda: _fitting(snapshot, draft, limit), large=snapshot.large)
    return result.resting_on(snapshot.basis)


def _fitting(snapshot: Snapshot, draft: Callable[[int], Draft[Any]], limit: int) -> Answer:
    """Return the answer with the most rows that fit, at most ``limit``.

    A draft of a large account takes long: none is made twice, and the number of rows is guessed.
    """
    draft = cache(draft)

    @cache
    def whole(most: int) -> bool:
        return _result(snapshot, draft(most), most)[1] <= 1

    result, share = _result(snapshot, draft(limit), limit, whole)
    if share <= 1:
        return result
    best, least = _result(snapshot, draft(0), limit, whole)
    if least > 1:
        return _result(snapshot, draft(0), limit, whole, gaps=_FEW_GAPS)[0]
    fitting, too_many = 0, limit
    shares = {limit: share, 0: least}
    while too_many - fitting > 1:
        rows = (fitting + too_many) // 2
        if len(shares) < _GUESSES + 2:
            rows = min(max(_filling(shares, rows), fitting + 1), too_many - 1)
        result, shares[rows] = _result(snapshot, draft(rows), limit, whole)
        if shares[rows] <= 1:
            fitting, best = rows, result
        else:
            too_many = rows
    return best


def _filling(shares: dict[int, float], otherwise: int) -> int:
    """Return the rows that would fill an answer, on the line through the last two tried.

    ``otherwise`` is for shares that do not grow with the rows.
    """
    (fewer, small), (more, large) = sorted([*shares.items()][-2:])
    if large <= small:
        return otherwise
    return fewer + int((more - fewer) * (1 - small) / (large - small))


def _result(
    snapshot: Snapshot,
    draft: Draft[Any],
    limit: int,
    fits: Callable[[int], bool] = bool,
    gaps: int = _GAPS,
) -> tuple[Answer, float]:
    """Return an answer, and how much it takes of the allowed tokens, 1 being all.

    ``limit`` is the number of rows asked for; ``fits`` tells whether so many rows fit an answer,
    and ``gaps`` is the most gaps to name.
    """
    rests_on = draft.rests_on
    whole, partial = rests_on.is_whole(snapshot), rests_on.partial(snapshot)
    # An unknown figure has no "at least".
    known = draft.known
    if known is None:
        known = getattr(draft.report, rests_on.headline) is not None
    envelope = Envelope(
        headline=render_headline(draft.sentence, complete=whole or not known),
        as_of=snapshot.as_of,
        currency=CURRENCY,
        account=snapshot.account,
        period=draft.period or current_month(snapshot),
        coverage=_coverage(snapshot, rests_on, draft.coverage_notes, gaps),
        partial=_outside(partial),
        caveats=draft.report.caveats[:_CAVEATS],
        next_steps=tuple(_of_the_question(step) for step in draft.next_steps[:_NEXT_STEPS]),
    )
    # Neither type checker knows that type(Any) is hashable.
    model = answer_model(type(draft.report))  # type: ignore[arg-type]  # pyright: ignore[reportUnknownArgumentType]
    structured = model.model_validate(_fields(draft.report) | _fields(envelope))
    notes = (*envelope.caveats, *draft.coverage_notes)
    closing = render_closing(snapshot.as_of, snapshot.gaps, _touched(snapshot, rests_on))
    text = render_answer(envelope.headline, draft.body, notes, closing)
    more = _way_to_the_rest(draft, limit, fits)
    if more:
        structured = structured.model_copy(update={"more": more})
        text = render_answer(envelope.headline, [*draft.body, f"{more}."], notes, closing)
    content = without_ids(
        structured.model_dump(mode="json", exclude_defaults=True), shared_labels(snapshot)
    )
    result = Answer(
        content=[TextContent(type="text", text=text), *draft.links], structured_content=content
    )
    allowed = SMALL_TOKENS if limit <= DEFAULT_LIMIT else LARGE_TOKENS
    return result.made_of(Told(draft, envelope)), _share(content, text, allowed)


def _share(content: dict[str, Any], text: str, allowed: tuple[int, int]) -> float:
    """Return the larger of two shares: of the structure's tokens, and of those of both views."""
    structured = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    alone = len(structured.encode(_ENCODING, "replace")) / BYTES_A_TOKEN
    both = alone + len(text.encode(_ENCODING)) / BYTES_A_TOKEN
    return max(alone / allowed[0], both / allowed[1])


def _way_to_the_rest(draft: Draft[Any], limit: int, fits: Callable[[int], bool]) -> str:
    """Return how to see the rows that lists leave out, "" if they show all.

    "The rest" is said only where so many rows fit an answer.
    """
    cut = [row for row in _sums_of_cut_rows(draft.report) if row.count]
    if not cut:
        return ""
    name, most = draft.limited_by or ("", 0)
    if limit < most:
        whole = max(row.of or row.count for row in cut) <= most and fits(most)
        return f"{name}={most} shows {'the rest' if whole else 'more'}"
    return f"{' or '.join(draft.narrowed_by)} shows others" if draft.narrowed_by else ""


def _sums_of_cut_rows(report: Any) -> Iterator[Omitted]:
    """Yield what lists of a report leave out, those inside its objects too."""
    for value in _fields(report).values():
        if isinstance(value, Omitted):
            yield value
        elif is_dataclass(value) and not isinstance(value, type):
            yield from (row for row in _fields(value).values() if isinstance(row, Omitted))


def _fields(row: Any) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(row)}


def _of_the_question(step: NextStep) -> NextStep:
    """Return the next step with the question's filters that its tool accepts."""
    return replace(step, arguments=filters_for(step.tool) | step.arguments)


def _coverage(snapshot: Snapshot, rests_on: RestsOn, notes: Sequence[str], most: int) -> Coverage:
    gaps = tuple(
        GapRow(gap.part, gap.reason, _outside(rests_on.touched(gap.part)))
        for gap in snapshot.gaps[:most]
    )
    more = tuple(dict.fromkeys(gap.part for gap in snapshot.gaps[most:]))
    return Coverage(rests_on.is_whole(snapshot), gaps, tuple(notes), more)


def _touched(snapshot: Snapshot, rests_on: RestsOn) -> tuple[str, ...]:
    """Return every figure that a gap touches, the headline's own first."""
    touched = {name for gap in snapshot.gaps for name in rests_on.touched(gap.part)}
    first = [rests_on.headline] if rests_on.headline in touched else []
    return _outside([*first, *(name for name in rests_on.figures if name in touched - {*first})])


def _outside(names: Iterable[str]) -> tuple[str, ...]:
    """Return the fields' names in an answer: ``from_`` avoids a Python keyword."""
    return tuple(name.removesuffix("_") for name in names)


def current_month(snapshot: Snapshot) -> Period:
    """Return the current month as a period, which is never complete."""
    month = snapshot.month
    return Period("current_month", month.start, month.end, complete=False)

"""Draw charts as SVG that scales with the page, needs no script, and reads as an image."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from html import escape
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.untrusted_text import as_shown
from vultr_cost_mcp.markdown import usd
from vultr_cost_mcp.money import ZERO
from vultr_cost_mcp.page.document import Bars, Columns, Waterfall

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vultr_cost_mcp.page.document import Bar, Chart, Column, Mark, Step

# Pixels. Widths are percentages, so that text keeps its size on a telephone and on paper.
_ROW = 44
_BAR = 14
_BASELINE = 16
_PLOT = 130
_FOOT = 22
_HUNDRED = Decimal(100)
_THIN = Decimal("0.35")
_STEPS = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))
# A name longer than this runs into its amount at 360 pixels.
_LONGEST = 26


class Scale:
    """Maps amounts to percentages of the width."""

    def __init__(self, low: Decimal, high: Decimal) -> None:
        self.low = low
        self._span = high - low or Decimal(1)

    def __call__(self, amount: Decimal) -> Decimal:
        """Return the place of an amount, 0 to 100."""
        return (amount - self.low) * _HUNDRED / self._span


def draw(chart: Chart, key: str) -> str:
    """Return the SVG of a chart; ``key`` makes its ids unique on the page."""
    if isinstance(chart, Bars):
        return _bars(chart, key)
    if isinstance(chart, Waterfall):
        return _waterfall(chart, key)
    return _columns(chart, key)


def ticks(highest: Decimal, most: int = 4) -> list[Decimal]:
    """Return round amounts from zero to at least ``highest``, at most ``most`` steps."""
    if highest <= 0:
        return [ZERO, Decimal(1)]
    least = highest / most
    unit = Decimal(1).scaleb(least.adjusted())
    step = next(unit * each for each in _STEPS if unit * each >= least)
    count = int((highest / step).to_integral_value(ROUND_CEILING))
    return [step * number for number in range(count + 1)]


def _bars(chart: Bars, key: str) -> str:
    ends = [end for bar in chart.bars for end in (bar.amount, bar.beyond or bar.amount)]
    ends += [mark.amount for mark in chart.marks]
    scale = Scale(min([ZERO, *ends]), max([ZERO, *ends]))
    rows = [part for at, bar in enumerate(chart.bars) for part in _bar(bar, at * _ROW, scale)]
    height = len(chart.bars) * _ROW
    marks = [part for mark in chart.marks for part in _mark(mark, len(chart.bars), scale)]
    foot = _FOOT if chart.marks else 0
    return _svg(chart.title, chart.summary, key, height + foot, [*rows, *marks])


def _bar(bar: Bar, top: int, scale: Scale) -> Iterator[str]:
    yield _named(bar.name, bar.value, top)
    if bar.beyond is not None:
        yield _rect(scale(ZERO), scale(bar.beyond), top, "soft")
    yield _rect(scale(ZERO), scale(bar.amount), top, "solid" if bar.amount >= 0 else "down")


def _mark(mark: Mark, rows: int, scale: Scale) -> Iterator[str]:
    """Cross every bar, but not the amounts above it."""
    at = scale(mark.amount)
    for row in range(rows):
        top = row * _ROW + _BASELINE + 2
        yield f'<line class="mark" x1="{at:.2f}%" x2="{at:.2f}%" y1="{top}" y2="{top + _BAR + 4}"/>'
    anchor = "end" if at > _HUNDRED / 2 else "start"
    yield _text(mark.name, at, rows * _ROW + _BASELINE - 2, anchor, "small")


def _waterfall(chart: Waterfall, key: str) -> str:
    ends = [end for step in chart.steps[1:-1] for end in (step.start, step.end)]
    ends += [step.end for step in (*chart.steps[:1], *chart.steps[-1:])]
    low, high = min(ends), max(ends)
    # Totals are long and changes short: the scale shows the changes, and says where it starts.
    start = max(ZERO, low - (high - low) / 3)
    scale = Scale(start, high)
    parts: list[str] = []
    for at, step in enumerate(chart.steps):
        is_total = at in {0, len(chart.steps) - 1}
        parts += _step(step, at * _ROW, scale, is_total=is_total)
    height = len(chart.steps) * _ROW
    parts += [
        f'<line class="axis" x1="0" x2="100%" y1="{height + 1}" y2="{height + 1}"/>',
        _text(f"Scale starts at {usd(start)}", ZERO, height + _BASELINE + 2, "start", "small"),
        _text(usd(high), _HUNDRED, height + _BASELINE + 2, "end", "small"),
    ]
    return _svg(chart.title, chart.summary, key, height + _FOOT, parts)


def _step(step: Step, top: int, scale: Scale, *, is_total: bool) -> Iterator[str]:
    yield _named(step.name, step.value, top)
    style = "solid" if is_total else "up" if step.end > step.start else "down"
    yield _rect(scale(scale.low if is_total else step.start), scale(step.end), top, style)


def _columns(chart: Columns, key: str) -> str:
    marks = ticks(max([ZERO, *(column.amount for column in chart.columns)]))
    top = marks[-1]
    parts = [_gridline(mark, top) for mark in marks]
    # Lower lines are behind the columns: the highest one gives the scale.
    parts.append(_text(usd(top).removesuffix(".00"), ZERO, _BASELINE - 3, "start", "small"))
    width = _HUNDRED / max(1, len(chart.columns))
    for at, column in enumerate(chart.columns):
        parts.append(_column(column, width * at, width, top))
    parts += _days(chart.columns, width)
    return _svg(chart.title, chart.summary, key, _PLOT + _BASELINE + _FOOT, parts)


def _gridline(amount: Decimal, top: Decimal) -> str:
    height = _BASELINE + _PLOT - int(amount * _PLOT / top)
    return f'<line class="axis" x1="0" x2="100%" y1="{height}" y2="{height}"/>'


def _column(column: Column, left: Decimal, width: Decimal, top: Decimal) -> str:
    height = max(0, int(column.amount * _PLOT / top))
    style = "soft" if column.partial else "solid"
    return (
        f'<rect class="{style}" x="{left + width / 10:.2f}%" y="{_BASELINE + _PLOT - height}"'
        f' width="{width * 8 / 10:.2f}%" height="{height}">'
        f"<title>{_shown(column.name)}: {usd(column.amount)}</title></rect>"
    )


def _days(columns: Sequence[Column], width: Decimal) -> Iterator[str]:
    """Name the first and the last column, and one in the middle."""
    last = len(columns) - 1
    for at, anchor in {0: "start", last // 2: "middle", last: "end"}.items():
        place = {"start": ZERO, "end": _HUNDRED}.get(anchor, width * at + width / 2)
        yield _text(columns[at].name, place, _BASELINE + _PLOT + _BASELINE, anchor, "small")


def _named(name: str, value: str, top: int) -> str:
    """Return a row's name on the left and its amount on the right, above the bar."""
    short = as_shown(name, _LONGEST)
    return _text(short, ZERO, top + _BASELINE, "start", "name") + _text(
        value, _HUNDRED, top + _BASELINE, "end", "value"
    )


def _rect(one: Decimal, other: Decimal, top: int, style: str) -> str:
    left, width = min(one, other), max(abs(other - one), _THIN)
    left = min(left, _HUNDRED - width)
    return (
        f'<rect class="{style}" x="{left:.2f}%" y="{top + _BASELINE + 4}"'
        f' width="{width:.2f}%" height="{_BAR}" rx="2"/>'
    )


def _text(text: str, place: Decimal, baseline: int, anchor: str, style: str) -> str:
    return (
        f'<text class="{style}" x="{place:.2f}%" y="{baseline}" text-anchor="{anchor}">'
        f"{_shown(text)}</text>"
    )


def _shown(text: str) -> str:
    """Return text that stays text in SVG and HTML."""
    return escape(as_shown(text, max(1, len(text))), quote=True)


def _svg(title: str, summary: str, key: str, height: int, parts: Iterable[str]) -> str:
    return (
        f'<svg class="chart" role="img" width="100%" height="{height}"'
        f' aria-labelledby="{key}-title {key}-desc">'
        f'<title id="{key}-title">{_shown(title)}</title>'
        f'<desc id="{key}-desc">{_shown(summary)}</desc>{"".join(parts)}</svg>'
    )

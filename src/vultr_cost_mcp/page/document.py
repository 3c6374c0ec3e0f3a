"""The parts of a page: sections with figures, charts, tables and lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Name:
    """Text that somebody typed into Vultr; every writer quotes it."""

    text: str


Cell = str | Name


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure: its name, the amount as text, and a line below it."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a bar chart; ``beyond`` continues the bar, lighter, up to that amount."""

    name: str
    amount: Decimal
    value: str
    beyond: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line across a bar chart."""

    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of horizontal bars from zero; ``legend`` names the bar and its lighter part."""

    title: str
    summary: str
    bars: Sequence[Bar]
    marks: Sequence[Mark] = ()
    legend: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A row of a waterfall: from where to where the total moves."""

    name: str
    start: Decimal
    end: Decimal
    value: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """A chart from one total to another; the first and the last step are the totals."""

    title: str
    summary: str
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Column:
    """One day of a column chart; ``partial`` days are drawn lighter."""

    name: str
    amount: Decimal
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """A chart of vertical columns from zero."""

    title: str
    summary: str
    columns: Sequence[Column]


Chart = Bars | Waterfall | Columns


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; heads that end in ``$`` are of amounts and align right."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Item:
    """An advice: its saving, resource, reasons, consequences and command."""

    saves: str
    action: str
    label: str
    lines: Sequence[str]
    command: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list of advice."""

    name: str
    items: Sequence[Item]


Block = Chart | Table | Items


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: sentences, then charts, tables and lists, then notes.

    Labels in sentences and notes are quoted by backticks, as in the answers of the tools.
    """

    title: str
    sentences: Sequence[str]
    blocks: Sequence[Block] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One account's month."""

    title: str
    account: str
    as_of: str
    headline: str
    figures: Sequence[Figure]
    sections: Sequence[Section]
    unread: Sequence[str]
    is_sample: bool = False

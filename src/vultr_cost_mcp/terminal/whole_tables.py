"""Print Markdown on a terminal, with whole tables however narrow the terminal is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich import box
from rich.console import Console
from rich.markdown import Markdown, TableElement
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import ConsoleOptions, RenderResult
    from rich.markdown import MarkdownElement

_BETWEEN = 3


class WholeTable(TableElement):
    """A table whose words stay whole; where they do not fit side by side, each row is a list."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the table, or its rows one below the other."""
        del console
        head = self._cells(self.header.row.cells) if self.header and self.header.row else []
        rows = [self._cells(row.cells) for row in self.body.rows] if self.body else []
        columns = zip(head, *rows, strict=True)
        widths = [max(map(_longest_word, column)) for column in columns]
        if sum(widths) + _BETWEEN * (len(widths) + 1) <= options.max_width:
            yield _side_by_side(head, rows, widths)
            return
        for row in rows:
            pairs = [
                Text.assemble((name.plain, "markdown.table.header"), " ", cell)
                for name, cell in zip(head[1:], row[1:], strict=True)
                if cell.plain.strip()
            ]
            first = row[0].copy()
            first.justify = "left"
            yield Text.assemble(first, ": ", Text(" · ").join(pairs), justify="left")
        yield Text("")

    @staticmethod
    def _cells(cells: Sequence[MarkdownElement]) -> list[Text]:
        return [getattr(cell, "content", Text("")) for cell in cells]


class WholeMarkdown(Markdown):
    """Markdown with such tables."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "table_open": WholeTable,
    }


def printer() -> Callable[[str], None]:
    """Return the function that prints a piece of Markdown on this terminal."""
    console = Console()
    return lambda text: console.print(WholeMarkdown(text), "")


def _side_by_side(head: Sequence[Text], rows: Sequence[Sequence[Text]], widths: list[int]) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, style="markdown.table.border")
    for name, width in zip(head, widths, strict=True):
        heading = name.copy()
        heading.stylize("markdown.table.header")
        table.add_column(heading, min_width=width, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _longest_word(cell: Text) -> int:
    return max((len(word) for word in cell.plain.split()), default=0)

"""Write pages as Markdown, for a wiki: the tables and lists, without the charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.markdown import code, table
from vultr_cost_mcp.page.document import Items, Name, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vultr_cost_mcp.page.document import Block, Cell, Item, Page, Section


def write_markdown(pages: Sequence[Page]) -> str:
    """Return the pages of all accounts, one below the other."""
    lines = [line for page in pages for line in _page(page)]
    return "\n".join(_spaced(lines)) + "\n"


def _page(page: Page) -> Iterator[str]:
    yield f"# {page.title}"
    yield ""
    yield f"Account {code(page.account)}, as of {page.as_of}"
    yield ""
    if page.is_sample:
        yield "**This is the built-in sample account, not yours: every figure is made up.**"
        yield ""
    yield page.headline
    yield from table(
        ("Figure", "Amount $", "Note"),
        [(figure.name, figure.value, figure.note) for figure in page.figures],
    )
    for section in page.sections:
        yield from _section(section)
    yield "## Not read"
    yield ""
    yield from [f"- {row}" for row in page.unread] or ["Everything was read."]
    yield ""


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.title}"
    for sentence in section.sentences:
        yield ""
        yield sentence
    for block in section.blocks:
        yield from _block(block)
    for note in section.notes:
        yield ""
        yield note
    yield ""


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Table):
        yield from table(block.head, [list(map(_cell, row)) for row in block.rows])
    if isinstance(block, Items):
        yield ""
        yield f"### {block.name}"
        yield ""
        for item in block.items:
            yield from _item(item)
        yield ""


def _item(item: Item) -> Iterator[str]:
    yield f"- **{item.saves}** {item.action} {code(item.label)}"
    for line in item.lines:
        yield f"    - {line}"
    yield f"    - {code_of(item.command)}"


def code_of(command: str) -> str:
    """Quote a command that is one, and leave a sentence as it is."""
    return f"`{command}`" if command.startswith("vultr-cli ") else command


def _cell(cell: Cell) -> str:
    return code(cell.text) if isinstance(cell, Name) else cell.replace("|", "¦")


def _spaced(lines: Sequence[str]) -> Iterator[str]:
    """Give one empty line where several follow each other."""
    before = ""
    for line in lines:
        if line or before:
            yield line
        before = line

"""Write pages as one HTML file: no script, nothing from elsewhere, light, dark and on paper."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.untrusted_text import as_shown
from vultr_cost_mcp.page.chart import draw
from vultr_cost_mcp.page.document import Bars, Columns, Items, Name, Table, Waterfall
from vultr_cost_mcp.page.style import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vultr_cost_mcp.page.document import Block, Cell, Chart, Figure, Item, Page, Section

# Nothing is fetched and nothing runs, whatever a label says.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_WIDE = 5


def write_html(pages: Sequence[Page]) -> str:
    """Return a document with the pages of all accounts."""
    title = pages[0].title if pages else "Vultr costs"
    body = "\n".join(_page(page, f"p{at}") for at, page in enumerate(pages))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{_text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n"
        "</body>\n</html>\n"
    )


def _page(page: Page, key: str) -> str:
    parts = [
        f"<h1>{_text(page.title)}</h1>",
        f'<p class="meta">Account {_code(page.account)}, as of {_text(page.as_of)}</p>',
    ]
    if page.is_sample:
        parts.append(
            '<p class="banner">This is the built-in sample account, not yours: every figure is'
            " made up.</p>"
        )
    if page.unread:
        parts.append(
            '<p class="banner">Some parts could not be read; figures that rest on them say "at'
            ' least". See "Not read" at the end.</p>'
        )
    parts.append(f'<p class="headline">{prose(page.headline)}</p>')
    parts.append(f'<dl class="figures">{"".join(map(_figure, page.figures))}</dl>')
    parts += [_section(section, f"{key}s{at}") for at, section in enumerate(page.sections)]
    parts.append(_unread(page.unread))
    return f"<main>\n{chr(10).join(parts)}\n</main>"


def _figure(figure: Figure) -> str:
    note = f'<span class="note">{_text(figure.note)}</span>' if figure.note else ""
    return f"<div><dt>{_text(figure.name)}</dt><dd>{_text(figure.value)}{note}</dd></div>"


def _section(section: Section, key: str) -> str:
    parts = [f'<h2 id="{key}">{_text(section.title)}</h2>']
    parts += [f"<p>{prose(sentence)}</p>" for sentence in section.sentences]
    parts += [_block(block, f"{key}b{at}") for at, block in enumerate(section.blocks)]
    parts += [f'<p class="note">{prose(note)}</p>' for note in section.notes]
    return f'<section aria-labelledby="{key}">\n{chr(10).join(parts)}\n</section>'


def _unread(unread: Sequence[str]) -> str:
    if not unread:
        return "<section><h2>Not read</h2><p>Everything was read.</p></section>"
    rows = "".join(f"<li>{prose(row)}</li>" for row in unread)
    return f"<section><h2>Not read</h2><ul>{rows}</ul></section>"


def _block(block: Block, key: str) -> str:
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Items):
        return _items(block)
    return _figure_of(block, key)


def _figure_of(chart: Chart, key: str) -> str:
    return (
        f"<figure><figcaption>{_text(chart.title)}{_legend(chart)}</figcaption>"
        f"{draw(chart, key)}</figure>"
    )


def _legend(chart: Chart) -> str:
    match chart:
        case Bars(legend=(solid, soft)):
            keys = [("solid", solid), ("soft", soft)]
        case Waterfall():
            keys = [("solid", "total"), ("up", "more"), ("down", "less")]
        case Columns(columns=columns) if any(column.partial for column in columns):
            keys = [("soft", "in part")]
        case _:
            return ""
    shown = "".join(f'<span class="key {style}">{_text(name)}</span>' for style, name in keys)
    return f'<span class="legend">{shown}</span>'


def _table(table: Table) -> str:
    heads = "".join(
        f'<th scope="col"{_right(name)}>{_text(name.removesuffix("$").strip())}</th>'
        for name in table.head
    )
    rows = "".join(f"<tr>{''.join(_cells(table, row))}</tr>" for row in table.rows)
    # A telephone scrolls it sideways, instead of a word a line.
    wide = " wide" if len(table.head) >= _WIDE else ""
    return (
        f'<div class="scroll{wide}" role="region" tabindex="0"'
        f' aria-label="Table: {_text(table.name)}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cells(table: Table, row: Sequence[Cell]) -> Iterator[str]:
    for name, cell in zip(table.head, row, strict=True):
        shown = _code(cell.text) if isinstance(cell, Name) else prose(cell)
        yield f"<td{_right(name)}>{shown}</td>"


def _right(head: str) -> str:
    return ' class="amount"' if head.endswith("$") else ""


def _items(items: Items) -> str:
    rows = "".join(map(_item, items.items))
    return f'<h3>{_text(items.name)}</h3><ul class="items">{rows}</ul>'


def _item(item: Item) -> str:
    lines = "".join(f"<li>{prose(line)}</li>" for line in item.lines)
    return (
        f"<li><p><strong>{_text(item.saves)}</strong> {_text(item.action)} {_code(item.label)}</p>"
        f'<ul class="note">{lines}</ul><pre>{_text(item.command)}</pre></li>'
    )


def prose(text: str) -> str:
    """Return a sentence as HTML; text in backticks is a label."""
    parts = text.split("`")
    if not len(parts) % 2:
        return _text(text)
    return "".join(
        f"<code>{_text(part)}</code>" if at % 2 else _text(part) for at, part in enumerate(parts)
    )


def _code(text: str) -> str:
    return f"<code>{_text(as_shown(text)) or '(no name)'}</code>"


def _text(text: str) -> str:
    """Return text that stays text: clean, and every special character escaped."""
    shown = as_shown(text, max(1, len(text)))
    # The blanks around a label in the middle of a sentence stay.
    before, after = (" " * end.isspace() for end in (text[:1], text[-1:]))
    return escape(f"{before}{shown}{after}" if shown else before, quote=True)

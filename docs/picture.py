"""The picture of the README: a real answer of the sample account, drawn as a terminal."""

# ruff: noqa: INP001  (a program beside the pages, not a package)

from __future__ import annotations

import textwrap
from html import escape

from docs.generate import answered, beginning
from examples.conversation import QUESTIONS
from vultr_cost_mcp.terminal.plain import plain

_COLUMNS = 92
_LETTER, _LINE, _SIZE = 8.43, 21, 14
_LEFT, _TOP = 22, 72
_BACKGROUND, _BAR, _TEXT, _BRIGHT, _ASKED = "#0d1117", "#161b22", "#c9d1d9", "#ffffff", "#7ee787"
_FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
_DOTS = ("#ff5f57", "#febc2e", "#28c840")
_QUESTION = QUESTIONS[0]


def picture() -> str:
    """Give the drawing as SVG; a reader that sees nothing finds the text in its description."""
    (answer,) = answered((_QUESTION,))
    lines = plain(beginning(answer.text)).splitlines()
    headline = textwrap.wrap(lines[0], _COLUMNS)
    # Columns of a table are told apart by spaces, which wrapping would take for one.
    rest = [
        part
        for line in lines[1:]
        for part in ([line] if len(line) <= _COLUMNS else textwrap.wrap(line, _COLUMNS))
    ]
    drawn = [
        _drawn(0, f"> {_QUESTION.text}", _ASKED),
        *(_drawn(2 + row, line, _BRIGHT, bold=True) for row, line in enumerate(headline)),
        *(_drawn(2 + len(headline) + row, line, _TEXT) for row, line in enumerate(rest)),
    ]
    width = round(2 * _LEFT + _COLUMNS * _LETTER)
    height = _TOP + _LINE * (1 + len(headline) + len(rest)) + 28
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            f"<title>{escape(_QUESTION.text)}</title>",
            f"<desc>{escape(' '.join(' '.join(lines).split()))}</desc>",
            f'<rect width="{width}" height="{height}" rx="10" fill="{_BACKGROUND}"/>',
            f'<path d="{_bar(width)}" fill="{_BAR}"/>',
            *(
                f'<circle cx="{_LEFT + 20 * number}" cy="18" r="6" fill="{colour}"/>'
                for number, colour in enumerate(_DOTS)
            ),
            f'<g font-family="{_FONT}" font-size="{_SIZE}">',
            *(line for line in drawn if line),
            "</g>",
            "</svg>",
        ]
    )


def _bar(width: int) -> str:
    """Return the outline of the bar above the text, round at its upper corners."""
    return f"M0 10a10 10 0 0 1 10-10h{width - 20}a10 10 0 0 1 10 10v26H0z"


def _drawn(row: int, text: str, colour: str, *, bold: bool = False) -> str:
    if not text.strip():
        return ""
    weight = ' font-weight="700"' if bold else ""
    place = f'x="{_LEFT}" y="{_TOP + _LINE * row}"'
    return f'<text {place} fill="{colour}"{weight}>{_spaced(text)}</text>'


def _spaced(text: str) -> str:
    """Return text whose columns stay apart: several spaces are drawn as one."""
    return escape(text, quote=False).replace("  ", "\u00a0\u00a0")

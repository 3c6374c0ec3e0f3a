"""``make demo`` on terminals of any width: nothing of a table is cut."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

pytest.importorskip("rich", reason="the formatted demonstration wants rich: make demo")

from rich.console import Console

from vultr_cost_mcp.terminal.whole_tables import WholeMarkdown

TEXT = (Path(__file__).parent.parent.parent / "docs" / "conversation.md").read_text("utf-8")
AMOUNT = re.compile(r"[+-]?\$[\d,]+\.\d\d")


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
def test_every_amount_is_whole(width: int) -> None:
    told = io.StringIO()
    Console(file=told, width=width, force_terminal=True, color_system=None).print(
        WholeMarkdown(TEXT)
    )
    shown = told.getvalue()
    assert sorted(AMOUNT.findall(shown)) == sorted(AMOUNT.findall(TEXT))
    assert shown.count("…") == TEXT.count("…")
    assert max(map(len, shown.splitlines())) <= width

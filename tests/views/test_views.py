"""Every figure of an answer's text is in its structure, and the other way round."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.golden.world import ACCOUNTS, QUESTIONS, SAMPLE, client_of
from tests.support.servers import text_of
from tests.views.figures import only_in_structure, only_in_text

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

WIDEST = 80


@pytest.mark.parametrize("account", ACCOUNTS)
async def test_both_views_have_the_same_figures(account: str, tmp_path: Path) -> None:
    apart: dict[str, Any] = {}
    async with client_of(account, tmp_path) as client:
        for tool, rows in QUESTIONS.items():
            for arguments in rows:
                result = await client.call_tool(tool, arguments)
                if result.is_error:
                    continue
                text, structure = text_of(result), result.structured_content or {}
                found = only_in_text(text, structure), only_in_structure(text, structure)
                if any(found):
                    apart[f"{tool} {arguments}"] = found
    assert apart == {}


async def test_no_table_of_the_sample_is_wider_than_a_terminal(tmp_path: Path) -> None:
    async with client_of(SAMPLE, tmp_path) as client:
        texts = {tool: text_of(await client.call_tool(tool, {})) for tool in QUESTIONS}
    wide = {
        (tool, line)
        for tool, text in texts.items()
        for line in text.splitlines()
        if line.startswith("|") and len(line) > WIDEST
    }
    assert wide == set()


@pytest.mark.parametrize(
    ("text", "structure", "in_text", "in_structure"),
    [
        ("$1,234.50 a month", {"cost": "1234.50"}, [], []),
        ("$1,234.50 a month", {"cost": "1234.51"}, ["1234.50"], [".cost: 1234.51"]),
        ("-$5.00 and 12.5 %", {"delta": "-5.00", "percent": 12.5}, [], []),
        ("on 2026-11-03", {"day": "2026-11-04"}, ["2026-11-03"], [".day: 2026-11-04"]),
        ("November 2026", {"month": "2026-11"}, [], []),
        ("3 servers", {"counts": {"servers": 4}}, ["3"], [".counts.servers: 4"]),
        ("`web-12`", {"label": "web-12", "id": "77"}, [], []),
        ("nothing", {"caveats": ["5 resources have no price."]}, [], [".caveats: 5"]),
    ],
)
def test_a_figure_of_one_view_alone_is_found(
    text: str, structure: dict[str, Any], in_text: list[str], in_structure: list[str]
) -> None:
    """Even a cent that differs is."""
    assert [re.sub(r"^.*'(.*)'.*$", r"\1", row) for row in only_in_text(text, structure)] == in_text
    assert only_in_structure(text, structure) == in_structure

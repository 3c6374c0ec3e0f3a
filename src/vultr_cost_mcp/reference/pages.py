"""Pages of the documentation that come with the program: whole, or one billing rule."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

COVERAGE = "coverage.md"
RULES = "billing-rules.md"
# A wheel has copies of the pages beside this file; a checkout has the pages themselves.
FOLDERS = (Path(__file__).parent, Path(__file__).parents[3] / "docs")
_REPOSITORY = "https://github.com/vultr-cost-mcp/vultr-cost-mcp/blob/main/"
_RELATIVE_LINK = re.compile(r"\]\((?![a-z]+:|#)(\.\./)?([^)\s]+)\)")
_COMMENT = re.compile(r"(?m)^<!--.*-->\n")
_RULE_ID = re.compile(r"[DE]\d{1,2}|[EMPSW]-[a-z0-9_]+")
# The head of a column of test files, which are of use in a checkout alone.
_TESTS = "Tests"


@cache
def page(name: str) -> str:
    """Return a page; its links lead to the repository, and it names no test files."""
    file = next(folder / name for folder in FOLDERS if (folder / name).is_file())
    text = _COMMENT.sub("", file.read_text("utf-8"))
    return _RELATIVE_LINK.sub(_absolute, "\n".join(_shortened(text.splitlines()))) + "\n"


@cache
def rules() -> dict[str, str]:
    """Return each billing rule by its id: the rule, its source, and its unverified part."""
    rows = [_cells(line) for line in page(RULES).splitlines() if line.startswith("|")]
    return {cells[0]: _rule(cells) for cells in rows if _RULE_ID.fullmatch(cells[0])}


def _rule(cells: Sequence[str]) -> str:
    rule, _, text, source, unverified = cells
    said = [f"# {rule}", text, f"Source: {source}."]
    return "\n\n".join([*said, *([f"Unverified: {unverified}."] if unverified else [])]) + "\n"


def _shortened(lines: Sequence[str]) -> list[str]:
    """Return the lines without the column of tests, in the tables that have one."""
    shortened: list[str] = []
    has_tests = False
    for line in lines:
        if not line.startswith("|"):
            has_tests = False
        elif _cells(line)[-1] == _TESTS:
            has_tests = True
        shortened.append(f"| {' | '.join(_cells(line)[:-1])} |" if has_tests else line)
    return shortened


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")]


def _absolute(link: re.Match[str]) -> str:
    """Return a link of the page's folder, or of the one above, as an address."""
    return f"]({_REPOSITORY}{'' if link[1] else 'docs/'}{link[2]})"

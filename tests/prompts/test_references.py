"""Reference texts: from a checkout or a wheel, with links that lead somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from docs.generate import ROOT, RULE_ID, RULES, cells_of
from vultr_cost_mcp.reference import pages
from vultr_cost_mcp.reference.pages import COVERAGE, page, rules
from vultr_cost_mcp.reference.pages import RULES as RULES_NAME

PAGES = (COVERAGE, RULES_NAME)


@pytest.mark.parametrize("name", PAGES)
def test_no_link_is_relative_and_no_test_is_named(name: str) -> None:
    text = page(name)
    assert text.startswith("# ")
    assert all("://" in link for link in re.findall(r"\]\(([^)]+)\)", text))
    assert "<!--" not in text
    assert "`tests/" not in text
    for link in re.findall(r"/blob/main/([^)#]+)", text):
        assert (ROOT / link).exists(), link


def test_every_rule_can_be_read_alone() -> None:
    ids = [cells_of(line)[0] for line in RULES.read_text("utf-8").splitlines()]
    assert [*rules()] == [id_ for id_ in ids if RULE_ID.fullmatch(id_)]
    for id_, text in rules().items():
        assert text.startswith(f"# {id_}\n\n")
        assert "\n\nSource: " in text


def test_a_wheel_has_the_pages() -> None:
    """They are copied when it is built; where both are there, the copy is read."""
    built = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    copied = built["targets"]["wheel"]["force-include"]
    inside = Path(pages.__file__).parent.relative_to(ROOT / "src").as_posix()
    assert copied == {f"docs/{name}": f"{inside}/{name}" for name in PAGES}
    assert pages.FOLDERS[0] == Path(pages.__file__).parent
    containerfile = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
    assert all(f"docs/{name}" in containerfile for name in PAGES)

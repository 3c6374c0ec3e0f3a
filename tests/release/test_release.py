"""A release: its page away from the repository, its pins, and the commands of its workflows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.package_page import LINKS, PICTURES, PYPROJECT, as_package_page

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).casefold()


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("[a](docs/a.md#b)", f"[a]({LINKS}docs/a.md#b)"),
        ("[`a`](LICENSE)", f"[`a`]({LINKS}LICENSE)"),
        ('<a href="docs/a.md">', f'<a href="{LINKS}docs/a.md">'),
        ("[a](https://example.com)", "[a](https://example.com)"),
        ("[a](#part)", "[a](#part)"),
        ("![a](docs/a.svg)", f"![a]({PICTURES}docs/a.svg)"),
        ('<img alt="a" src="docs/a.svg">', f'<img alt="a" src="{PICTURES}docs/a.svg">'),
        ("a\n<!-- [[[end]]] -->\nb", "a\nb"),
        ("<!-- mcp-name: a/b -->", "<!-- mcp-name: a/b -->"),
    ],
)
def test_links_of_the_readme_work_on_a_package_page(text: str, page: str) -> None:
    assert as_package_page(text) == page


def test_no_link_of_the_package_page_is_relative() -> None:
    page = as_package_page((ROOT / "README.md").read_text("utf-8"))
    page = re.sub(r"(?ms)^```.*?^```|`[^`\n]*`(?!\])", "", page)
    links = re.findall(r"\]\(([^)\s]+)|(?:href|src|srcset)=\"([^\"]+)", page)
    assert [
        link for pair in links for link in pair if link and not link.startswith(("http", "#"))
    ] == []
    assert "[[[" not in page
    assert "mcp-name: " in page


def test_everything_that_the_checks_install_is_pinned() -> None:
    """``make pins`` writes them; the tools of a release and of mutation tests are not in it."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {normal(line.partition("==")[0]) for line in lines}
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    groups = PYPROJECT["dependency-groups"]
    wanted = (
        PYPROJECT["project"]["dependencies"] + groups["test"] + groups["check"] + groups["demo"]
    )
    names = {normal(re.split(r"[<>=\[;~ ]", row)[0]) for row in wanted}
    assert names <= pinned
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert "--group test --group check --group demo\n" in makefile


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_what_a_workflow_runs_exists(workflow: Path) -> None:
    text = workflow.read_text("utf-8")
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text("utf-8")))
    assert set(re.findall(r"\bmake ([a-z]+)", text)) <= targets
    files = re.findall(r"(?:\s|\./)(\.ci/\w+|deploy/\w+|\.github/[\w./]+)", text)
    assert files
    assert all((ROOT / name).is_file() for name in files)


def test_nothing_is_published_but_for_a_tag() -> None:
    """Each job and step that sends something away has the condition, or needs one that has it."""
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8")
    only_tags = "if: github.ref_type == 'tag'"
    jobs = dict(
        re.findall(r"(?ms)^  ([a-z-]+):\n(.*?)(?=^  [a-z-]+:\n|\Z)", text.partition("jobs:")[2])
    )
    assert [*jobs] == ["check", "build", "image", "package-index", "release", "registry"]
    assert only_tags in jobs["package-index"].partition("steps:")[0]
    assert "needs: package-index" in jobs["release"]
    assert "needs: release" in jobs["registry"]
    steps = re.split(r"(?m)^      - ", jobs["image"])
    sends = [step for step in steps if "login-action" in step or "push: true" in step]
    assert len(sends) == 2
    assert all(only_tags in step for step in sends)
    assert not re.search(r"push|publish|gh release", jobs["build"])

"""The README and the pages behind it: short at the front, complete behind, no link that breaks."""

from __future__ import annotations

import contextlib
import io
import re
import tomllib
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from docs.generate import ROOT, anchor
from tests.support.package_page import LINKS, PICTURES, as_package_page
from vultr_cost_mcp.cli import main
from vultr_cost_mcp.clients.known_clients import CLIENTS

README = (ROOT / "README.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FOLDERS = ("docs/", ".github/", "deploy/", "examples/", "plugin/")
FIRST_INSTALL_WORD = 185
LINK = re.compile(r"\]\(([^)\s]+)\)|\b(?:src|href)=\"([^\"]+)\"")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """Return a page without its code."""
    return re.sub(r"(?ms)^```.*?^```|`[^`\n]*`(?!\])", "", page.read_text("utf-8"))


def links(text: str) -> list[str]:
    return [one or other for one, other in LINK.findall(text)]


def anchors(page: Path) -> set[str]:
    """Return the names that the headings of a page have in links."""
    text = re.sub(r"(?ms)^```.*?^```", "", page.read_text("utf-8"))
    names = [anchor(heading) for heading in re.findall(r"(?m)^#{1,6} (.+)$", text)]
    seen: Counter[str] = Counter()
    found = set()
    for name in names:
        found.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return found


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for link in links(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, heading = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not heading or heading in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_link_to_the_repository_is_out_of_date(page: Path) -> None:
    home = PROJECT["urls"]["Homepage"]
    for link in links(page.read_text("utf-8")):
        if link.startswith(f"{home}/blob/main/"):
            assert (ROOT / link.removeprefix(f"{home}/blob/main/").partition("#")[0]).exists(), link


def test_every_page_is_in_the_list_of_contents() -> None:
    contents = ROOT / "docs" / "README.md"
    listed = {
        (contents.parent / link.partition("#")[0]).resolve() for link in links(prose(contents))
    }
    pages = {page.resolve() for page in (ROOT / "docs").glob("*.md")} - {contents}
    assert pages <= listed
    assert {ROOT / "docs" / "adr", ROOT / "docs" / "schemas"} <= listed


def test_every_command_is_on_its_page() -> None:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), pytest.raises(SystemExit):
        main(["--help"])
    commands = set(re.findall(r"(?m)^    ([a-z-]+)(?: |$)", said.getvalue()))
    page = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    assert {"serve", "call", "doctor"} <= commands
    assert {name for name in commands if f"| `{name}" not in page} == set()


def test_the_first_line_to_install_comes_early() -> None:
    before, found, _ = README.partition("uv tool install vultr-cost-mcp")
    assert found
    assert len(before.split()) < FIRST_INSTALL_WORD


def test_the_readme_says_what_a_reader_decides_by() -> None:
    """Its parts, in this order."""
    headings = re.findall(r"(?m)^## (.+)$", README)
    assert headings == [
        "Install",
        "Ask",
        "Try it",
        "What it will never do",
        "Tools",
        "Five guarantees",
        "More than questions",
        "Limits",
        "Vultr's own server",
        "More",
    ]
    assert "not affiliated with Vultr" in README
    assert "https://github.com/vultr/vultr-mcp" in README
    for topic in ("Budgets", "History", "Export", "Several accounts", "A team", "CI"):
        (paragraph,) = re.findall(rf"(?ms)^\*\*{topic}\.\*\*.*?\n\n", README)
        assert "](docs/" in paragraph
    assert len(re.findall(r"(?m)^\d\. \*\*", README)) == 5


def test_ten_questions_lead_to_their_answers() -> None:
    part = README.split("## Ask")[1].split("\n## ")[0]
    found = re.findall(r"(?m)^- \[.+\]\(docs/conversation\.md#(.+)\)$", part)
    assert len(set(found)) == 10
    assert set(found) <= anchors(ROOT / "docs" / "conversation.md")


def test_every_client_is_one_step_away() -> None:
    for client in CLIENTS:
        assert f"](docs/clients.md#{anchor(client.title)}): `{client.name}`" in README


def test_the_picture_is_a_drawing_that_reaches_nothing() -> None:
    """It says its text to a reader that cannot see it."""
    path = ROOT / "docs" / "pictures" / "answer.svg"
    text = path.read_text("utf-8")
    root = ET.fromstring(text)  # noqa: S314  (our own file)
    described = root.find("{http://www.w3.org/2000/svg}desc")
    assert described is not None
    assert described.text
    assert "projected" in described.text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "<script" not in text
    assert f"](docs/pictures/{path.name})" in README


def test_the_badges_say_what_is_so() -> None:
    versions = sorted(
        (row.rpartition(" ")[2] for row in PROJECT["classifiers"] if " :: 3." in row),
        key=lambda version: int(version.partition(".")[2]),
    )
    assert f"badge/python-{versions[0]}_to_{versions[-1]}-" in README
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    assert all(f'"{version}"' in workflow for version in versions)
    assert PROJECT["requires-python"] == f">={versions[0]}"
    assert f"badge/license-{PROJECT['license']}-" in README
    assert f"{PROJECT['urls']['Homepage']}/actions/workflows/ci.yml/badge.svg" in README


def test_every_link_works_on_a_package_page() -> None:
    page = as_package_page(README)
    assert len(links(page)) == len(links(README))
    for before, after in zip(links(README), links(page), strict=True):
        if "://" in before:
            assert after == before
            continue
        assert after == (PICTURES if before.endswith(".svg") else LINKS) + before
    assert "mcp-name: io.github." in page


def test_the_troubles_are_those_that_the_program_tells() -> None:
    """What a row quotes is a sentence of the source."""
    page = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    rows = [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| ")]
    quoted = [text for row in rows for text in re.findall(r'"([^"]+)"', row)]
    source = " ".join(
        path.read_text("utf-8") for path in (ROOT / "src" / "vultr_cost_mcp").rglob("*.py")
    )
    joined = re.sub(r'"\s*\n\s*f?"', "", source)
    for text in quoted:
        assert text.removesuffix(" 203.0.113.7") in joined or text.split(" (HTTP")[0] in joined, (
            text
        )
    assert len(quoted) >= 5

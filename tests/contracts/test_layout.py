"""The repository keeps its own rules: rooms say what they are for, files are small."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import vultr_cost_mcp
from vultr_cost_mcp.config import Settings

ROOT = Path(__file__).parents[2]
SOURCE = Path(vultr_cost_mcp.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
FOLDERS = sorted({path.parent for path in FILES})
ROOMS = {
    "accounts",
    "billing",
    "clients",
    "collect",
    "terminal",
    "config",
    "demo",
    "doctor",
    "domain",
    "other_clouds",
    "export",
    "families",
    "history",
    "mcp_tools",
    "page",
    "prompts",
    "questions",
    "reference",
    "transports",
    "vultr",
}
PAGES = {
    "__init__",
    "__main__",
    "atomic_file",
    "cli",
    "errors",
    "library",
    "markdown",
    "money",
    "server",
    "worker_threads",
}
LONGEST_FILE = 400
LEFTOVER = re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b")
# Paths of somebody's machine and hosts of packages; the brackets keep this line from being one.
OF_A_MACHINE = re.compile(
    r"(?<![\w.~-])/(?:home|root|Users|tmp|work|opt|mnt)/[\w.-]+"
    r"|index[-_]url|python[h]osted|registry\.np[m]js|artifact[o]ry|\bnex[u]s\b",
    re.IGNORECASE,
)


def name_of(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def tracked() -> list[Path]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return []
    listed = subprocess.run(  # noqa: S603  (git itself, with fixed arguments)
        [git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_the_house_has_these_rooms_and_pages() -> None:
    assert {path.parent.name for path in SOURCE.glob("*/__init__.py")} <= ROOMS
    assert {path.stem for path in SOURCE.glob("*.py")} == PAGES


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_every_room_says_in_a_sentence_what_it_is_for(folder: Path) -> None:
    page = folder / "__init__.py"
    assert page.is_file()
    docstring = ast.get_docstring(ast.parse(page.read_text(encoding="utf-8"))) or ""
    first = docstring.splitlines()[0] if docstring else ""
    assert first.endswith(".")
    assert len(first.split()) > 4


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_file_is_short_and_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= LONGEST_FILE


def test_nothing_is_left_for_later() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for folder in (SOURCE, ROOT / "tests", ROOT / "benchmarks", ROOT / "examples")
        for path in sorted(folder.rglob("*.py"))
        for match in LEFTOVER.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_no_file_names_a_machine_or_a_host_of_packages() -> None:
    files = tracked()
    if not files:
        pytest.skip("not a git checkout")
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in files
        if path.is_file()
        for match in OF_A_MACHINE.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_the_page_of_settings_explains_every_variable() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    names = {str(field.validation_alias) for field in Settings.model_fields.values()}
    assert all(name.startswith("VULTR_") for name in names)
    assert names == set(re.findall(r"^\| `(VULTR_[A-Z_]+)` \|", page, re.MULTILINE))


def test_the_readme_names_the_command_that_runs_the_tests() -> None:
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^test:", makefile, re.MULTILINE)


def test_every_command_of_make_that_a_page_names_is_a_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    pages = ("README.md", "CONTRIBUTING.md", ".ci/run", ".github/workflows/ci.yml")
    for page in pages:
        text = (ROOT / page).read_text(encoding="utf-8")
        named = set(re.findall(r"\bmake (?:--\S+ )*([a-z]+)", text))
        assert named
        assert named <= targets, page


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
def test_the_last_words_of_the_checks_are_those_of_the_tests() -> None:
    """CI reads the closing line of pytest; only ``make coverage`` measures."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert script[-1] == "make --no-print-directory check"
    check, test, coverage = map(_recipe, ("check", "test", "coverage"))
    assert check[-1] == test[-1]
    assert " pytest " in test[-1]
    assert not any("--cov" in line for line in check)
    assert coverage[-2] == f"{test[-1]}--cov"
    assert "coverage report --fail-under=99" in coverage[-1]


def _recipe(target: str) -> list[str]:
    """Return the commands that make would run for a target; it runs none."""
    command = [str(shutil.which("make")), "--dry-run", "--no-print-directory", target]
    # The make that runs these tests hands its own flags on in the environment.
    alone = {"PATH": os.environ["PATH"]}  # noqa: TID251
    done = subprocess.run(  # noqa: S603  (make itself, with fixed arguments)
        command, cwd=ROOT, capture_output=True, check=True, text=True, env=alone
    )
    return done.stdout.splitlines()

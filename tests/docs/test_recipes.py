"""The recipes of docs/estimate.md: their commands run as they stand, with other programs faked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.estimate.book import HERE
from vultr_cost_mcp.terminal.estimate_comment import MARK

GUIDE = (Path(__file__).parents[2] / "docs" / "estimate.md").read_text("utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
COSTLY, CHEAPER = "create.json", "destroy.json"
Host = Callable[[], tuple[list[str], list[str]]]
FAKES = {
    # Prints the plan that the test names.
    "terraform": 'case "$1" in show) cat "$PLAN";; *) echo "terraform $*" >> "$LOG";; esac',
    "uvx": f'shift; exec "{sys.executable}" -m vultr_cost_mcp --demo "$@"',
    "gh": 'echo "gh $*" >> "$LOG"; cp cost.md posted.md',
    "curl": 'echo "curl $*" >> "$LOG"; cp cost.md posted.md',
}


def github() -> tuple[list[str], list[str]]:
    """Return the commands that run until one fails, and those that always run."""
    found: tuple[list[str], list[str]] = ([], [])
    for condition, command in re.findall(r"- (?:if: (.*)\n +)?run: (.*)", BLOCKS[0]):
        found["always()" in condition].append(command)
    return found


def gitlab() -> tuple[list[str], list[str]]:
    """Return the same of GitLab: the script, and what follows it."""
    script, after = BLOCKS[1].split("after_script:")
    lines = re.findall(r"^    - (.*)$", script.split("script:")[1], re.MULTILINE)
    return lines, [" ".join(after.split("- >")[1].split())]


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """Put fakes of the programs in front of the path."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, script in FAKES.items():
        path = programs / name
        path.write_text(f"#!/bin/bash\n{script}\n")
        path.chmod(0o755)
    kept = dict(os.environ)  # noqa: TID251  (of a child)
    given = {
        "PATH": f"{programs}:{kept['PATH']}",
        "LOG": str(tmp_path / "log"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "PR": "7",
        "GITLAB_TOKEN": "token",
        "CI_API_V4_URL": "https://gitlab.example/api/v4",
        "CI_PROJECT_ID": "12",
        "CI_MERGE_REQUEST_IID": "34",
        "VULTR_COST_STORE": "off",
        "VULTR_API_KEY": "",
    }
    return {**{k: v for k, v in kept.items() if not k.startswith("VULTR")}, **given}


def run(
    commands: tuple[list[str], list[str]], folder: Path, shell: dict[str, str], plan: Path
) -> list[int]:
    """Run the commands as a runner does; return the exit codes of those that ran."""
    codes: list[int] = []
    for part in commands:
        for command in part:
            done = subprocess.run(  # noqa: S603  (the commands of our own guide)
                ["/bin/bash", "-eo", "pipefail", "-c", command],
                cwd=folder,
                env={**shell, "PLAN": str(plan)},
                capture_output=True,
                check=False,
            )
            codes.append(done.returncode)
            if done.returncode:
                break
    return codes


@pytest.mark.parametrize("host", [github, gitlab])
@pytest.mark.parametrize(("plan", "status"), [(COSTLY, 4), (CHEAPER, 0)])
def test_a_recipe_fails_over_its_limit_and_posts_the_comment_either_way(
    host: Host, plan: str, status: int, tmp_path: Path, shell: dict[str, str]
) -> None:
    codes = run(host(), tmp_path, shell, HERE / "plans" / plan)
    assert codes[:3] == [0, 0, status]
    assert not any(codes[3:])
    log = (tmp_path / "log").read_text()
    assert "terraform init" in log
    assert "terraform plan -out tfplan" in log
    posted = (tmp_path / "posted.md").read_text()
    assert posted.startswith(MARK)
    if host is github:
        assert "gh pr comment 7 --edit-last --create-if-none --body-file cost.md" in log
        assert (tmp_path / "summary").read_text() == posted
    else:
        address = "https://gitlab.example/api/v4/projects/12/merge_requests/34/notes"
        assert f"--data-urlencode body@cost.md {address}" in log


@pytest.mark.parametrize("host", [github, gitlab])
def test_without_an_estimate_nothing_is_posted(
    host: Host, tmp_path: Path, shell: dict[str, str]
) -> None:
    """A plan that cannot be read is refused with 2."""
    (tmp_path / "no-plan.json").write_text("{}")
    codes = run(host(), tmp_path, shell, tmp_path / "no-plan.json")
    assert codes[:3] == [0, 0, 2]
    assert not any(codes[3:])
    assert not (tmp_path / "posted.md").exists()


def test_the_guide_has_two_recipes_and_warns_of_strangers() -> None:
    assert len(BLOCKS) == 2
    assert "pull_request_target" not in BLOCKS[0]
    assert "never `pull_request_target`" in GUIDE

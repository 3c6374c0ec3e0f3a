"""``estimate`` in a shell: formats, exit codes, refusals, a comment without mentions (E20)."""

from __future__ import annotations

import io
import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from tests.estimate.book import HERE
from vultr_cost_mcp.cli import main
from vultr_cost_mcp.terminal.estimate import exit_code
from vultr_cost_mcp.terminal.estimate_comment import MARK, escaped, render_comment

CREATE = str(HERE / "plans" / "create.json")
DESTROY = str(HERE / "plans" / "destroy.json")
WHOLE = str(HERE / "whole_with_secrets.json")
SECRET = "PLANTED-SECRET-7f3a9c"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VULTR_API_KEY", raising=False)


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_every_format_says_both_numbers_and_no_secret(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--demo", "estimate", WHOLE, "--format", form]) == 0
    out, errors = capsys.readouterr()
    assert "month" in out
    assert SECRET not in out + errors
    if form == "json":
        assert json.loads(out)["monthly_change"]


def test_a_plan_comes_from_standard_input_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = Path(CREATE).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert main(["--demo", "estimate", "-", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["lines"]


def test_the_reduced_plan_is_priced_like_the_whole_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["estimate", WHOLE, "--reduce"]) == 0
    short = capsys.readouterr().out
    assert SECRET not in short
    (tmp_path / "short.json").write_text(short)
    answers: list[dict[str, Any]] = []
    for path in (WHOLE, str(tmp_path / "short.json")):
        assert main(["--demo", "estimate", path, "--format", "json"]) == 0
        answers.append(json.loads(capsys.readouterr().out))
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ([CREATE, "--fail-over", "1"], 4),
        ([CREATE, "--fail-over", "100000"], 0),
        ([CREATE, "--fail-unpriced"], 6),
        ([CREATE, "--fail-unpriced", "--fail-over", "1"], 4),
        ([CREATE, "--budget", "10"], 4),
        ([CREATE, "--budget", "1000000"], 0),
        ([DESTROY, "--budget", "10", "--fail-over", "1"], 0),
        (["no-such-file.json"], 2),
        ([str(HERE)], 2),
        ([__file__], 2),
    ],
)
def test_the_exit_code_holds_the_verdict(arguments: list[str], status: int) -> None:
    assert main(["--demo", "estimate", *arguments]) == status


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 0),
        ({"status": "over", "month_after": "500.00"}, 4),
        ({"run_rate_after": "508.00"}, 3),
        ({"month_after": "480.00"}, 3),
        ({"status": "unknown", "month_after": None}, 1),
        ({"without_key": True}, 5),
        ({"without_key": True, "unpriced": [{}]}, 6),
        ({"monthly_change": "51.00", "without_key": True}, 4),
    ],
)
def test_the_worst_of_several_wins(changed: dict[str, Any], status: int) -> None:
    """E20: in the order 2, 1, 4, 3, 6, 5."""
    row = {"budget": "500.00", "status": "ok", "month_after": "90.00", "run_rate_after": "90.00"}
    budget = {name: changed.get(name, value) for name, value in row.items()}
    own = {name: value for name, value in changed.items() if name not in row}
    answer = {"monthly_change": "1.00", "unpriced": [], "without_key": False, "budget": budget}
    asked = Namespace(fail_over=50.0, fail_unpriced=True, budget=500.0, warn_percent=90)
    assert exit_code({**answer, **own}, asked) == status


def test_a_comment_is_marked_and_shows_twenty_rows_and_folds_the_rest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--demo", "estimate", DESTROY, "--format", "markdown"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{MARK}\n**")
    first, _, folded = out.partition("<details>")
    assert first.count("| delete |") <= 20
    assert "Without a price" in folded
    assert "Prices of 2026-11-18 (UTC)" in folded


def test_nothing_of_a_plan_is_markup_or_a_mention() -> None:
    hostile = "a|b`c`@octocat<img src=x>[x](http://y)**z**"
    assert not set(escaped(hostile)) & set("|`@<>[]()*")
    line = {"what": hostile, "action": "create", "count": 1, "before": "0.00", "after": "1.00"}
    line |= {"this_month": "1.00", "note": None, "would_fail": None}
    answer = {
        "headline": "x",
        "lines": [line] * 25,
        "omitted": {"count": 2, "total": "3.00"},
        "unpriced": [{"what": hostile, "why": "x", "low": None, "high": None}],
        "unpriced_unchanged": 1,
        "still_billed": [hostile],
        "budget": None,
        "without_key": True,
        "assumptions": [hostile],
        "caveats": [],
        "as_of": "2026-11-18T14:05:00Z",
    }
    assert "@octocat" not in render_comment(answer)
    assert "<img" not in render_comment(answer)

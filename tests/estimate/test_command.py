"""``estimate`` in a shell: formats, exit codes, refusals, a comment without mentions (E20)."""

from __future__ import annotations

import io
import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import httpx
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
        ([CREATE, "--fail-over", "0"], 4),
        ([DESTROY, "--fail-over", "0"], 0),
        ([CREATE, "--fail-unpriced"], 6),
        ([CREATE, "--fail-unpriced", "--fail-over", "1"], 4),
        ([CREATE, "--budget", "10"], 4),
        ([CREATE, "--budget", "1000000"], 0),
        ([DESTROY, "--budget", "10", "--fail-over", "1"], 0),
        (["no-such-file.json"], 2),
        ([CREATE, "--account", "nobody"], 2),
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
        ({"status": "warn"}, 3),
        ({"status": "warn", "unpriced": [{}]}, 3),
        ({"status": "over", "monthly_change": "-1.00"}, 0),
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
    asked = Namespace(fail_over=50.0, fail_unpriced=True, budget=500.0)
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
    assert "Prices of 18 Nov 2026 (UTC)" in folded


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


class _Without(httpx.AsyncBaseTransport):
    """The public lists of Vultr's API; whatever needs a key fails the test."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers
        name = request.url.path.rsplit("/", 1)[-1]
        plan = {"id": "vc2-2c-4gb", "type": "vc2", "monthly_cost": 20, "locations": ["fra"]}
        rows: dict[str, Any] = {
            "plans": [plan],
            "plans-metal": [],
            "regions": [{"id": "fra", "city": "Frankfurt", "country": "DE"}],
        }
        return httpx.Response(200, json={name.replace("-", "_"): rows[name]})


def _small_plan(folder: Path, *kinds: str) -> str:
    given = {"vultr_instance": {"plan": "vc2-2c-4gb", "region": "fra"}}
    rows = [
        {
            "address": f"{kind}.web",
            "type": kind,
            "name": "web",
            "mode": "managed",
            "change": {
                "actions": ["create"],
                "before": None,
                "after": given.get(kind, {"plan": "vultr-dbaas-startup-cc-2-80-4"}),
            },
        }
        for kind in kinds
    ]
    path = folder / "plan.json"
    path.write_text(json.dumps({"format_version": "1.2", "resource_changes": rows}))
    return str(path)


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_every_format_answers_without_a_key(
    form: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in a pull request from a fork: public prices, and what needs a key is named."""
    monkeypatch.setattr("vultr_cost_mcp.vultr.client.network_transport", lambda _: _Without())
    path = _small_plan(tmp_path, "vultr_instance", "vultr_database")
    assert main(["estimate", path, "--format", form]) == 0
    out, errors = capsys.readouterr()
    assert errors == ""
    assert "need an API key" in out
    if form == "json":
        answer = json.loads(out)
        assert (answer["total_monthly"], answer["without_key"]) == ("20.00", True)
        assert answer["lines"][0]["what"] == "vultr_instance.web"
    else:
        assert "$20.00 a month" in out.replace("&#36;", "$")
        assert "without an API key the account is not read" in out


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ([], 0),
        (["--budget", "100"], 5),
        (["--fail-unpriced"], 6),
        (["--fail-unpriced", "--budget", "100"], 6),
        (["--fail-over", "19.99"], 4),
        (["--fail-over", "20"], 0),
    ],
)
def test_without_a_key_the_exit_codes_hold(
    options: list[str], status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vultr_cost_mcp.vultr.client.network_transport", lambda _: _Without())
    path = _small_plan(tmp_path, "vultr_instance", "vultr_database")
    assert main(["estimate", path, *options]) == status


@pytest.mark.parametrize(("percent", "status"), [("100", 0), ("1", 3)])
def test_the_percent_that_warns_is_in_the_text_and_in_the_exit_code(
    percent: str, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _small_plan(tmp_path, "vultr_instance")
    options = ["--budget", "100000", "--warn-percent", percent]
    assert main(["--demo", "estimate", path, *options]) == status
    words = {
        0: "full month, inside the budget in both; without",
        3: "full month, inside the budget in both, but above the 1 % warning line at month end;",
    }
    assert words[status] in " ".join(capsys.readouterr().out.split())
    assert main(["--demo", "estimate", path, *options, "--format", "markdown"]) == status
    assert words[status] in capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "was", "figures", "partial", "words"),
    [
        (
            "over",
            "warn",
            ("110.00", "90.00"),
            [],
            (
                "with the change, $110.00 at the end of this month and $90.00 in a full month, "
                "over the budget at month end, inside it in a full month; without the change, "
                "inside it at month end, with a warning."
            ),
        ),
        (
            "warn",
            "ok",
            ("70.00", "100.00"),
            [],
            (
                "with the change, $70.00 at the end of this month and $100.00 in a full month, "
                "inside the budget at month end, over it in a full month; without the change, "
                "inside it."
            ),
        ),
        (
            "unknown",
            "unknown",
            ("70.00", None),
            ["budget"],
            (
                "with the change, at least $70.00 at the end of this month and an unknown amount "
                "in a full month, unknown whether inside the budget at month end; without the "
                "change, unknown."
            ),
        ),
    ],
)
def test_a_comment_holds_the_change_against_the_budget(
    status: str, was: str, figures: tuple[str, str | None], partial: list[str], words: str
) -> None:
    """E20."""
    row = {"budget": "100.00", "status": status, "was": was}
    row_after = {"month_after": figures[0], "run_rate_after": figures[1]}
    answer = {"headline": "x", "as_of": "2026-11-18T14:05:00Z", "partial": partial}
    comment = render_comment({**answer, "budget": {**row, **row_after}})
    assert f"Budget $100.00: {words}" in comment


@pytest.mark.parametrize("percent", ["0", "101", "80.5", "-1", "eighty", "9" * 5000])
def test_a_percent_that_is_none_is_refused(
    percent: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--demo", "estimate", CREATE, "--warn-percent", percent])
    assert "not a whole percentage from 1 to 100" in capsys.readouterr().err


def test_a_comment_says_up_to_where_a_price_is_a_range() -> None:
    """E13, E20."""
    pool = {"what": "p", "action": "create", "before": "0.00", "after": "72.00"}
    pool |= {"this_month": "47.91", "source": "list", "low": "24.00", "high": "144.00"}
    budget = {"budget": "500.00", "status": "ok", "was": "ok", "at_most": True}
    budget |= {"month_after": "95.81", "run_rate_after": "144.00"}
    answer = {"headline": "x", "as_of": "2026-11-18T14:05:00Z", "lines": [pool], "budget": budget}
    comment = render_comment(answer)
    assert "| p | create | $0.00 | $72.00, up to $144.00 | $47.91 |  |" in comment
    assert "up to $95.81 at the end of this month and up to $144.00 in a full month" in comment

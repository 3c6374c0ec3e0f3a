"""``call TOOL NAME=VALUE``: arguments as the answers say them, beside ``--args``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from vultr_cost_mcp.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "API_URL", "COST_CONFIG", "COST_DEMO", "COST_BUDGET"):
        monkeypatch.delenv(f"VULTR_{name}", raising=False)


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Return the structured answer to a call."""

    def run(*arguments: str) -> dict[str, Any]:
        assert main(["call", *arguments, "--demo"]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return run


def test_what_an_answer_says_shows_the_rest(answer: Callable[..., dict[str, Any]]) -> None:
    short = answer("estimate_savings")
    word, _, _ = short["more"].partition(" ")
    assert word == "limit=200"
    assert len(answer("estimate_savings", word)["recommendations"]) == 12


def test_values_have_the_types_of_the_tool(answer: Callable[..., dict[str, Any]]) -> None:
    """A number, true or false, an amount, a list, and a text that holds the sign itself."""
    assert len(answer("list_resource_costs", "limit=2", "untagged=true")["resources"]) == 2
    assert answer("check_budget", "monthly_budget=499.99")["budget"] == "499.99"
    plans = answer("compare_plans", "vcpu=4", "elsewhere=aws,gcp", "limit=1")
    assert [row["provider"] for row in plans["plans"][0]["elsewhere"]] == ["aws", "gcp"]
    assert answer("list_resource_costs", "query=a=b")["filters"] == {"query": "a=b"}
    assert answer("list_resource_costs", "query=null")["filters"] == {"query": "null"}


def test_they_stand_beside_json_and_behind_options(answer: Callable[..., dict[str, Any]]) -> None:
    options = ("--format", "json", "limit=1", "--args", '{"untagged": true}')
    found = answer("list_resource_costs", *options)
    assert (len(found["resources"]), found["filters"]) == (1, {"untagged": "true"})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["limt=200"], "limt: unknown argument (did you mean limit?). This tool takes: "),
        (["limit=many"], "limit: a whole number from 1 to 200."),
        (["untagged=maybe"], "untagged: true or false."),
    ],
)
def test_a_wrong_name_or_value_is_one_sentence(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--demo", "call", "list_resource_costs", *arguments]) == 1
    written = capsys.readouterr()
    assert (written.out, said in written.err) == ("", True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["200"], "NAME=VALUE: not NAME=VALUE, such as limit=200"),
        (["=200"], "NAME=VALUE: not NAME=VALUE, such as limit=200"),
        (["--format", "json", "limit"], "NAME=VALUE: not NAME=VALUE, such as limit=200"),
        (
            ["--limit", "5"],
            "unrecognized arguments: --limit: an argument of the tool is NAME=VALUE, such as ",
        ),
        (["--formt", "json"], "unrecognized arguments: --formt: did you mean --format?"),
        (["limit=1", "limit=2"], "limit is given twice"),
        (["limit=1", "--args", '{"limit": 2}'], "limit is given twice"),
    ],
)
def test_what_is_no_name_and_value_is_wrong_usage(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--demo", "call", "list_resource_costs", *arguments])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_other_commands_take_no_words_behind_their_options(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["check-budget", "--monthly", "5", "limit=1"])
    assert ended.value.code == 2
    assert "unrecognized arguments: limit=1" in capsys.readouterr().err

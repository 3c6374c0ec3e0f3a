"""The output and exit codes of the command line."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from vultr_cost_mcp.cli import _parser, main


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own settings is used."""
    for name in ("API_KEY", "API_URL", "COST_RATE_LIMIT", "COST_CACHE_SECONDS", "COST_CONFIG"):
        monkeypatch.delenv(f"VULTR_{name}", raising=False)
    monkeypatch.delenv("VULTR_COST_DEMO", raising=False)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--demo", "call", "get_pending_charges"],
        ["call", "--demo", "get_pending_charges"],
        ["call", "get_pending_charges", "--demo"],
        ["call", "get_pending_charges", "--demo", "--args", '{"limit": 1}'],
    ],
    ids=" ".join,
)
def test_demo_may_stand_before_and_after_the_command(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The sample account answers as JSON, and says that it is one."""
    assert main(arguments) == 0
    out, errors = capsys.readouterr()
    answer = json.loads(out)
    assert answer["account"] == "sample"
    assert "sample account" in " ".join(answer["caveats"])
    assert errors == ""


def test_demo_may_be_a_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """VULTR_COST_DEMO does the same as the flag."""
    monkeypatch.setenv("VULTR_COST_DEMO", "1")
    assert main(["call", "get_cost_overview"]) == 0
    assert json.loads(capsys.readouterr().out)["account"] == "sample"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["call", "get_pending_charges"], "VULTR_API_KEY"),
        (["--demo", "call", "no_such_tool"], "no_such_tool"),
        (["--demo", "call", "get_pending_charges", "--args", '{"limit": 0}'], "limit"),
        (["--demo", "call", "get_pending_charges", "--args", '{"limt": 1}'], "did you mean limit"),
        (["--demo", "call", "breakdown_by_service", "--args", '{"region": "nowhere"}'], "nowhere"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_tool_that_fails_ends_with_one(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its error stands on standard error, and nothing on standard output."""
    assert main(arguments) == 1
    out, errors = capsys.readouterr()
    assert out == ""
    assert words in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    "arguments",
    [
        ["call"],
        ["call", "get_pending_charges", "--args", "{"],
        ["call", "get_pending_charges", "--args", "[1]"],
        ["call", "get_pending_charges", "--args", '{"limit": NaN}'],
        ["call", "get_pending_charges", "--args", '{"limit": Infinity}'],
        ["call", "get_pending_charges", "--args", '{"a": ' + "[" * 40 + "]" * 40 + "}"],
        ["call", "get_pending_charges", "--args", "[" * 900 + "]" * 900],
        ["call", "get_pending_charges", "--args", '{"a":' * 20_000 + "1" + "}" * 20_000],
        ["call", "get_pending_charges", "more"],
        ["serve", "--transport", "pigeon"],
        ["--unknown"],
        ["unknown"],
    ],
    ids=lambda arguments: " ".join(arguments)[:60],
)
def test_wrong_usage_ends_with_two(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The usage stands on standard error."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    out, errors = capsys.readouterr()
    assert out == ""
    assert "usage: vultr-cost-mcp" in errors


PORT = "not a port from 0 to 65535"
PERCENT = "not a whole percentage from 1 to 100"
DAYS = "not a whole number of days from 0 to 366"
DOLLARS = "not an amount from 0.01 to 1000000000 dollars, such as 500 or 499.99"
LIMIT = "not an amount from 0 to 1000000000 dollars, such as 500 or 499.99"


@pytest.mark.parametrize(
    ("option", "values", "said"),
    [
        ("serve --transport http --port", ("-1", "65536", "8_000", "x", "8e3", ""), PORT),
        ("check-budget --warn-percent", ("-1", "0", "101", "80.5", "\u0668", "9" * 5000), PERCENT),
        ("estimate plan.json --warn-percent", ("-1", "0", "101", "1_0", ""), PERCENT),
        (
            "collect --credit-days",
            ("-1", "367", "0000000000400", "1.5", "1_4", "two", "\uff11", "9" * 5000),
            DAYS,
        ),
        ("check-budget --monthly", ("-5", "0", "0.001", "1e10", "nan", "inf", "5_0"), DOLLARS),
        ("estimate plan.json --budget", ("-5", "0", "\uff15\uff10", "$5", "5,000"), DOLLARS),
        ("estimate plan.json --fail-over", ("-0.01", "lots", "", "nan", "0_0"), LIMIT),
        ("collect --every", ("-1h", "0m", "59s", "8d", "1"), "not a span from 1m to 7d"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_number_without_sense_is_refused_with_those_that_have_one(
    option: str, values: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of every option that takes a number: 2, before anything is read."""
    for value in values:
        *words, name = option.split()
        with pytest.raises(SystemExit) as ended:
            main(["--demo", *words, f"{name}={value}"])
        assert ended.value.code == 2
        assert f"error: argument {name}: {said}" in capsys.readouterr().err, value


def test_every_option_that_takes_a_number_is_tried() -> None:
    """An option of a type of Python's own would take what has no sense."""
    found = {
        f"{command} {action.option_strings[0]}"
        for command, action in _options(_parser())
        if action.option_strings and action.type in {int, float, complex, Decimal}
    }
    assert found == set()


def _options(
    parser: argparse.ArgumentParser, command: str = ""
) -> Iterator[tuple[str, argparse.Action]]:
    """Yield each option with the command that has it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from _options(below, name)
        yield command, action


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VULTR_COST_RATE_LIMIT", "SECRET"),
        ("VULTR_COST_CACHE_SECONDS", "-1"),
        ("VULTR_API_URL", "http://SECRET.example"),
    ],
)
def test_settings_that_cannot_be_used_end_with_two(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The variable is named, its value is not."""
    monkeypatch.setenv(name, value)
    assert main(["--demo", "call", "get_cost_overview"]) == 2
    out, errors = capsys.readouterr()
    assert out == ""
    assert name in errors
    assert "SECRET" not in errors


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["call", "no\udcff_tool"], "There is no tool"),
        (["call", "list_resource_costs", "--args", '{"tag": "\\ud800"}'], "tag: a text."),
        (["call", "list_resource_costs", "--args", '{"tag": "\udcff"}'], "tag: a text."),
        (
            ["call", "check_budget", "--args", '{"monthly_budget": 1e999}'],
            "did you mean 1000000000?",
        ),
        (["call", "check_budget", "--args", '{"warn_percent": ' + "9" * 4000 + "}"], "mean 100?"),
    ],
    ids=lambda value: (
        " ".join(value).encode("ascii", "replace").decode()[:60] if isinstance(value, list) else ""
    ),
)
def test_what_no_argument_can_be_is_told_in_words(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is an error of the tool: 1, and no traceback."""
    assert main(["--demo", *arguments]) == 1
    out, errors = capsys.readouterr()
    assert out == ""
    assert said in errors
    assert "Traceback" not in errors


def test_arguments_may_begin_with_a_byte_order_mark(capsys: pytest.CaptureFixture[str]) -> None:
    """Some editors put one in front of a file that is passed on."""
    assert main(["--demo", "call", "get_bandwidth_usage", "--args", '\ufeff{"top": 0}']) == 0
    said = capsys.readouterr().out
    assert '"used_gb"' in said
    assert '"top_servers"' not in said


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The name and the version, and code 0."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("vultr-cost-mcp ")


@pytest.mark.parametrize("transport", ["http", "sse"])
@pytest.mark.parametrize("content", [None, "[[budgets]\n", "budget = 5\n"])
def test_no_server_for_a_team_starts_with_a_configuration_file_that_cannot_be_used(
    transport: str,
    content: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is a setting like those of the environment: 2, and nothing is served."""
    file = tmp_path / "costs.toml"
    if content is not None:
        file.write_text(content, "utf-8")
    monkeypatch.setenv("VULTR_COST_CONFIG", str(file))
    assert main(["--demo", "serve", "--transport", transport, "--port", "0"]) == 2
    out, errors = capsys.readouterr()
    assert out == ""
    assert "VULTR_COST_CONFIG" in errors
    assert "Traceback" not in errors

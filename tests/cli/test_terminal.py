"""What a person sees: text on a terminal, rows as tables and CSV, and the nearest right word."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from vultr_cost_mcp import cli
from vultr_cost_mcp.cli import main
from vultr_cost_mcp.questions.tools_list import listed_names
from vultr_cost_mcp.terminal.plain import plain
from vultr_cost_mcp.terminal.rows import as_csv, as_table, beside_rows, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable

ESCAPE = "\x1b["
AMOUNT = re.compile(r"[+-]?\$[\d,]+\.\d\d")


class Terminal(io.StringIO):
    """A standard stream with a person at the other end."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "API_URL", "COST_CONFIG", "COST_DEMO", "COST_BUDGET"):
        monkeypatch.delenv(f"VULTR_{name}", raising=False)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Give what a command writes to a terminal."""

    def run(*arguments: str, code: int = 0) -> str:
        written = Terminal()
        monkeypatch.setattr(sys, "stdout", written)
        assert main([*arguments, "--demo"]) == code
        return written.getvalue()

    return run


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Give what a command writes into a pipe."""

    def run(*arguments: str) -> str:
        assert main(["--demo", "call", *arguments]) == 0
        return capsys.readouterr().out

    return run


def test_a_pipe_gets_json_and_a_terminal_gets_text(
    on_terminal: Callable[..., str], answer: Callable[..., str]
) -> None:
    assert json.loads(answer("get_bandwidth_usage"))["account"] == "sample"
    text = on_terminal("call", "get_bandwidth_usage")
    assert "video-relay" in text
    assert "{" not in text
    assert json.loads(on_terminal("call", "get_bandwidth_usage", "--format", "json"))


def test_colours_are_for_terminals_that_want_them(
    on_terminal: Callable[..., str],
    answer: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """NO_COLOR leaves bold words; a dumb terminal and a missing rich leave plain ones."""
    pytest.importorskip("rich", reason="colours come with the extra terminal")
    colour = re.compile(r"\x1b\[[\d;]*3\dm")
    assert colour.search(on_terminal("call", "get_bandwidth_usage"))
    assert ESCAPE not in answer("get_bandwidth_usage", "--format", "text")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour.search(on_terminal("call", "get_bandwidth_usage"))
    assert not colour.search(on_terminal("doctor"))
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert ESCAPE not in on_terminal("call", "get_bandwidth_usage")


def test_without_rich_a_terminal_gets_plain_text(
    on_terminal: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    text = on_terminal("call", "get_bandwidth_usage")
    assert ESCAPE not in text
    assert "**" not in text
    assert "All is well." in on_terminal("doctor")


@pytest.mark.parametrize("tool", ["estimate_savings", "get_cost_overview", "explain_cost_change"])
def test_plain_text_keeps_every_amount(tool: str, answer: Callable[..., str]) -> None:
    """Tables are in columns: no mark of Markdown is left in them."""
    text = answer(tool, "--format", "text")
    assert "**" not in text
    assert not [line for line in text.splitlines() if line.startswith("|")]
    figures = json.loads(answer(tool))["headline"]
    assert set(AMOUNT.findall(figures)) <= set(AMOUNT.findall(text))


def test_a_table_of_markdown_becomes_columns() -> None:
    text = (
        "**$1.00 a month**\n\nFirst.  \nSecond.\\\n\n"
        "| What | A month |\n|---|---:|\n| `a` | $1.00 |\n| `bcd` | |"
    )
    assert plain(text).splitlines() == [
        "$1.00 a month",
        "",
        "First.",
        "Second.",
        "",
        "What  A month",
        "a       $1.00",
        "bcd",
    ]


def test_csv_holds_the_rows_and_no_formula(answer: Callable[..., str]) -> None:
    structured = json.loads(answer("list_resource_costs"))
    rows = list(csv.DictReader(io.StringIO(answer("list_resource_costs", "--format", "csv"))))
    assert [row["label"] for row in rows] == [row["label"] for row in structured["resources"]]
    assert [row["monthly_cost"] for row in rows] == [
        row["monthly_cost"] for row in structured["resources"]
    ]
    evil: dict[str, Any] = {"rows": [{"label": "=1+1", "delta": "-5.00"}, {"label": None}]}
    assert as_csv(evil) == "label,delta\r\n'=1+1,-5.00\r\n,"


@pytest.mark.parametrize("wanted", ["table", "csv"])
def test_rows_come_with_a_word_on_those_left_out_and_the_notes(
    wanted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard output is for the rows alone: the rest is on standard error."""
    assert main(["--demo", "call", "list_resource_costs", "--format", wanted]) == 0
    out, errors = capsys.readouterr()
    left_out, *notes = errors.splitlines()
    more = int(left_out.split()[5])
    assert left_out == f"Not all rows are here, {more} more exist: limit=200 shows more."
    assert len(out.splitlines()) + more == 71
    assert (
        notes[0] == "Note: This is the built-in sample account, not yours: every figure is made up."
    )
    assert "Note" not in out


def test_rows_that_rest_on_unread_parts_say_so() -> None:
    text = (
        "**$1.00 a month**\n\n- Note: Before `tax`.\n\nPartial: snapshots could not be read (403)."
    )
    assert beside_rows(text, {"groups": [{"name": "a"}], "omitted": {"count": 0}}) == [
        "Note: Before `tax`.",
        "Partial: snapshots could not be read (403).",
    ]
    cut = {"lines": [{"total": "1.00"}], "omitted": {"count": 9}, "lines_omitted": {"count": 2_000}}
    assert beside_rows("", cut) == ["Not all rows are here, 2,000 more exist."]


def test_a_table_leaves_out_what_no_row_has() -> None:
    rows = [{"name": "a", "none": None, "run": {"daily": "1.00"}, "tags": ["x", "y"], "more": []}]
    assert as_table({"headline": "h", "rows": rows}).splitlines() == [
        "name  run.daily  tags",
        "a          1.00  x, y",
    ]


@pytest.mark.parametrize(
    ("structured", "names"),
    [
        ({"by_product": [{"p": 1}], "lines": [{"l": 1}]}, ["l"]),
        ({"by_product": [{"p": 1}], "lines": []}, ["p"]),
        ({"groups": [{"g": 1}], "accounts": [{"a": 1}]}, ["a"]),
        ({"next_steps": [{"tool": "x"}], "spent": "1.00"}, ["field", "value"]),
    ],
)
def test_the_rows_are_those_of_the_main_list(structured: dict[str, Any], names: list[str]) -> None:
    assert [*rows_of(structured)[0]] == names


@pytest.mark.parametrize("tool", listed_names())
def test_every_tool_has_every_format(
    tool: str, answer: Callable[..., str], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VULTR_COST_EXPORT_DIR", str(tmp_path))
    for wanted in ("text", "table", "csv"):
        assert answer(tool, "--format", wanted).strip()


def test_a_budget_is_read_as_text_by_people_and_mails(
    on_terminal: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--demo", "check-budget", "--monthly", "5000"]) == 4
    mail = capsys.readouterr().out
    assert mail.startswith("$5,004.38 spent, $8,226.23 projected, budget $5,000.00")
    assert not {"**", "|", "`---"} & set(mail)
    assert "over" in on_terminal("check-budget", "--monthly", "5000", code=4)


def test_tools_are_one_line_each(
    on_terminal: Callable[..., str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are cut to the width of a terminal, not in a pipe; no key is needed."""
    assert main(["tools"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == listed_names()
    assert max(map(len, lines)) > 80
    monkeypatch.setenv("COLUMNS", "60")
    cut = on_terminal("tools").splitlines()
    assert [line.split()[0] for line in cut] == listed_names()
    assert max(map(len, cut)) <= 60


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["docter"], "'docter' is unknown: did you mean doctor?"),
        (["check-budgets"], "did you mean check-budget?"),
        (["serve", "--transport", "htp"], "did you mean http?"),
        (["check-budget", "--monthy", "5"], "did you mean --monthly?"),
        (["call", "get_cost_overview", "--frmat=csv"], "did you mean --format?"),
        (["call", "get_cost_overview", "--format", "yaml"], "(choose from "),
        (["history", "forgt", "prod"], "did you mean forget?"),
        (["serve", "--port", "8000"], "--port needs --transport http or sse"),
        (["serve", "--port", "0"], "--port needs --transport http or sse"),
        (["serve", "--host", "0.0.0.0"], "--host needs --transport http or sse"),  # noqa: S104
        (["serve", "--no-auth"], "--no-auth needs --transport http or sse"),
        (["serve", "--allowed-host", "a.example"], "--allowed-host needs --transport http or sse"),
        (["zzz"], "(choose from "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_words_are_answered_with_the_nearest(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    errors = capsys.readouterr().err
    assert said in errors
    assert errors.startswith("usage: vultr-cost-mcp")


def test_a_wrong_tool_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--demo", "call", "get_cost_overvew"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("There is no tool 'get_cost_overvew': did you mean get_cost_overview?")


def test_the_bare_command_tells_a_person_what_it_waits_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A client's pipe gets no word of it."""

    async def served(_: object) -> None:
        return

    monkeypatch.setattr("vultr_cost_mcp.transports.stdio.serve_stdio", served)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert main([]) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys, "stdin", Terminal())
    assert main([]) == 0
    out, errors = capsys.readouterr()
    assert (out, errors) == ("", f"{cli.WAITING}\n")
    assert "waits here for a client" in errors
    assert "vultr-cost-mcp call get_cost_overview --demo" in errors


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell", "tcsh"])
def test_shells_complete_commands_options_and_tools(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("shtab", reason="completion comes with the extra terminal")
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for word in ("check-budget", "doctor", "get_cost_overview"):
        assert word in script


def test_completion_without_its_library_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 2
    assert "vultr-cost-mcp[terminal]" in capsys.readouterr().err

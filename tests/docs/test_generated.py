"""The documentation shows the program's real output."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest

from docs import generate
from docs.generate import ROOT
from examples.conversation import QUESTIONS, Question
from vultr_cost_mcp.cli import main
from vultr_cost_mcp.config import read_settings
from vultr_cost_mcp.config.file import File
from vultr_cost_mcp.domain.action import Action
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.domain.resource import KINDS
from vultr_cost_mcp.families.catalog import CATALOG
from vultr_cost_mcp.families.price_table import price_table
from vultr_cost_mcp.questions.catalog import build_tools
from vultr_cost_mcp.terminal.check_budget import BUDGET_EXITS

README = (ROOT / "README.md").read_text("utf-8")
DOCS = {page.stem: page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md")}
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")], key=lambda page: page.as_posix()
)
TOOLS: dict[str, Any] = {tool.name: tool for tool in build_tools({"": Backend(None)})}  # type: ignore[arg-type]
NOT_OURS = {"make", "claude", "python", "uvx", "git", "uv", "pip", "pipx", "export"}
# What clients and Prometheus call theirs.
OF_CLIENTS = {"VULTR_COST_MCP"}
# Pages with parts of the configuration file.
OF_THE_FILE = ("accounts", "budgets", "history", "rights", "settings")
# Pages with generated parts.
MARK = "[[[cog"


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", text)


def shown_commands(text: str = README) -> list[str]:
    """Return the commands of a page, each on one line, up to a pipe or a comment."""
    lines = "\n".join(blocks("sh", text)).replace("\\\n", " ").splitlines()
    cut = [re.split(r"  #| [|]| > | && |^#", line)[0].strip() for line in lines]
    return [line for line in cut if line]


def generated() -> list[str]:
    """Return the names of the files that have generated parts."""
    files = [*PAGES, *(ROOT / "docs").rglob("*.svg")]
    marked = [file for file in files if MARK in file.read_text("utf-8")]
    return [file.relative_to(ROOT).as_posix() for file in marked]


@pytest.mark.parametrize("page", generated())
def test_the_generated_parts_are_up_to_date(page: str) -> None:
    """``python -m cogapp -I . -r`` and their names write them anew."""
    cogapp = pytest.importorskip("cogapp")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = cogapp.Cog().main(["cog", "-I", str(ROOT), "--check", "--diff", str(ROOT / page)])
    assert code == 0, said.getvalue()


def test_the_makefile_renews_and_checks_all_of_them() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8").replace("\\\n", " ")
    (listed,) = re.findall(r"(?m)^GENERATED := (README\.md) \$\(addprefix docs/,(.*)\)$", makefile)
    assert {listed[0], *(f"docs/{name}" for name in listed[1].split())} == set(generated())


def test_every_tool_is_in_the_readme_and_on_its_page() -> None:
    assert all(f"| `{name}` |" in README for name in TOOLS)
    assert all(f"| `{name}` |" in DOCS["tools"] for name in TOOLS)
    assert "Seventeen tools" in DOCS["tools"]
    assert len(TOOLS) == 17
    assert set(generate.ASKED) == set(TOOLS)


def test_the_conversation_asks_every_tool() -> None:
    # But for the two that write: a conversation that is only shown leaves nothing behind.
    writing = {"collect_metrics", "export_costs"}
    assert {question.tool for question in QUESTIONS} == set(TOOLS) - writing


def test_every_environment_variable_is_documented_and_no_other() -> None:
    shown = set(re.findall(r"\bVULTR_[A-Z_]+\b", DOCS["settings"]))
    assert shown == set(generate.variables()) == set(generate.MEANING)


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.parent.name != "adr"],
    ids=lambda page: page.relative_to(ROOT).as_posix(),
)
def test_no_page_names_a_variable_that_does_not_exist(page: Path) -> None:
    named = set(re.findall(r"(?<![\w{])VULTR_(?:API|COST)_[A-Z_]+\b", page.read_text("utf-8")))
    assert named <= {*generate.variables(), *OF_CLIENTS}


@pytest.mark.parametrize("block", blocks("json"))
def test_every_configuration_block_starts_the_server(block: str) -> None:
    root = json.loads(block)
    (server,) = (root.get("mcpServers") or root["servers"]).values()
    assert (server["command"], server["args"]) == ("uvx", ["vultr-cost-mcp"])
    assert set(server["env"]) <= set(generate.variables())


def test_the_example_file_is_the_first_block_of_the_readme() -> None:
    example = json.loads((ROOT / "mcp.json.example").read_text("utf-8"))
    assert example == json.loads(blocks("json")[0])


@pytest.mark.parametrize("block", blocks("json"))
def test_no_key_of_a_configuration_block_is_taken_for_a_real_one(
    block: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in re.findall(r'"VULTR_API_KEY": "(.*)"', block):
        monkeypatch.setenv("VULTR_API_KEY", key)
        assert read_settings().api_key is None, key


@pytest.mark.parametrize(
    "block", [block for page in OF_THE_FILE for block in blocks("toml", DOCS[page])]
)
def test_every_configuration_file_is_understood(block: str) -> None:
    rows = tomllib.loads(block)
    assert set(rows) <= set(File.model_fields)
    price_table(File.model_validate(rows).prices)


def test_every_command_that_is_shown_is_ours_or_known() -> None:
    names = {shlex.split(command)[0] for command in shown_commands()}
    assert names <= NOT_OURS | {"vultr-cost-mcp"}


@pytest.mark.parametrize(
    "command",
    dict.fromkeys(
        command
        for page in PAGES
        for command in shown_commands(page.read_text("utf-8"))
        if command.startswith("vultr-cost-mcp")
    ),
)
def test_every_command_line_that_is_shown_exists(command: str) -> None:
    arguments = shlex.split(command, comments=True)[1:]
    # --help stops each of them before it does anything, after its arguments were understood.
    with contextlib.redirect_stdout(io.StringIO()), pytest.raises(SystemExit) as end:
        main([*arguments, "--help"])
    assert end.value.code == 0
    if arguments[:1] == ["call"]:
        at = arguments.index("--args") + 1 if "--args" in arguments else None
        given = json.loads(arguments[at]) if at else {}
        assert set(given) <= set(TOOLS[arguments[1]].parameters["properties"])


@pytest.mark.parametrize(
    "command",
    [command for command in shown_commands() if command.startswith("vultr-cost-mcp call")],
)
def test_every_question_of_the_readme_is_answered(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--demo" in command
    assert main(shlex.split(command)[1:]) == 0
    assert "projected" in capsys.readouterr().out


def test_every_make_target_that_is_shown_exists() -> None:
    makefile = ROOT / "Makefile"
    targets = set(re.findall(r"(?m)^([a-z]+):", makefile.read_text("utf-8")))
    named = {
        name for page in PAGES for name in re.findall(r"`make ([a-z]+)`", page.read_text("utf-8"))
    }
    shown = {shlex.split(line)[1] for line in shown_commands() if line.startswith("make ")}
    assert {"demo", "test"} <= shown
    assert named | shown <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_path_of_the_repository_that_is_named_exists(page: Path) -> None:
    for path in re.findall(r"`((?:src|tests|docs|examples)/[\w./-]*\w)`", page.read_text("utf-8")):
        assert (ROOT / path).exists(), path


def test_every_product_and_every_kind_is_in_the_table_of_coverage() -> None:
    table = generate.coverage()
    assert table in DOCS["coverage"]
    assert all(f"| {product.name}" in table for product in CATALOG.products)
    assert all(f"<br>`{kind}` |" in table for kind in KINDS)
    assert set(generate.CHECKED) == set(get_args(Action))


def test_what_is_only_likely_is_marked_in_the_table() -> None:
    marked = {action for action, words in generate.CHECKED.items() if words.endswith(" *")}
    assert marked == {action for action in get_args(Action) if action.startswith("review_")}


def test_the_sample_account_has_every_kind() -> None:
    questions = tuple(
        Question("Is there one?", "list_resource_costs", {"kind": kind, "limit": 1})
        for kind in KINDS
    )
    for answer in generate.answered(questions):
        assert re.search(r"(?m)^- `", answer.text), answer.question.call


def test_the_exit_codes_of_a_budget_are_those_of_the_program() -> None:
    rows = re.findall(r"(?m)^\| `(\w+)` \| .* \| (\d) \|$", DOCS["budgets"])
    assert {status: int(code) for status, code in rows} == BUDGET_EXITS


def test_the_package_names_itself_to_the_registry() -> None:
    assert "mcp-name: io.github.vultr-cost-mcp/vultr-cost-mcp" in README


def test_no_page_names_a_place_on_somebody_s_machine() -> None:
    for page in PAGES:
        found = re.findall(r"(?:/home|/work|/tmp|/root|/Users)/\S*", page.read_text("utf-8"))
        assert not found, (page, found)

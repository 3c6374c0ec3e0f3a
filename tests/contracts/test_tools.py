"""The contract of the tools: small, closed, described, the same in both eras."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.contracts.catalog import (
    ERAS,
    ONE,
    SCHEMAS,
    Era,
    listed_tools,
    made_tools,
    text_of,
    whole_schemas,
)
from vultr_cost_mcp.mcp_tools.envelope import ENVELOPE
from vultr_cost_mcp.questions.tools_list import LISTING

BYTES_A_TOKEN = 3.5
TOKENS = 4_000
OUTPUT_BYTES_A_TOOL = 2_800


@pytest.fixture(params=ERAS)
async def tools(anyio_backend: object, request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """The tools as a client of each era lists them."""
    del anyio_backend
    era: Era = request.param
    return await listed_tools(era)


@pytest.mark.anyio
async def test_both_eras_list_the_same_tools() -> None:
    legacy, auto = [await listed_tools(era) for era in ERAS]
    assert legacy == auto


@pytest.mark.anyio
async def test_the_list_fits_its_budget(tools: list[dict[str, Any]]) -> None:
    shown = [{key: tool[key] for key in ("name", "description", "inputSchema")} for tool in tools]
    size = len(json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode())
    assert size / BYTES_A_TOKEN <= TOKENS
    outputs = [tool["outputSchema"] for tool in tools]
    assert len(json.dumps(outputs, separators=(",", ":")).encode()) < OUTPUT_BYTES_A_TOOL * len(
        tools
    )


@pytest.mark.anyio
async def test_the_whole_list_is_at_most_20_kb(tools: list[dict[str, Any]]) -> None:
    """What every client pays in every conversation."""
    assert len(json.dumps(tools, ensure_ascii=False, separators=(",", ":")).encode()) <= 20_000


@pytest.mark.anyio
async def test_every_tool_says_whether_it_only_reads(tools: list[dict[str, Any]]) -> None:
    for tool in tools:
        assert tool["title"]
        assert tool["description"]
        # Two write to our own disk, and to nothing else; the others cannot be destructive.
        writes = tool["name"] in {"collect_metrics", "export_costs"}
        assert tool["annotations"] == {
            "readOnlyHint": not writes,
            **({"destructiveHint": False} if writes else {}),
            "idempotentHint": True,
            "openWorldHint": True,
        }


@pytest.mark.anyio
async def test_every_tool_takes_closed_arguments_that_may_all_be_left_out(
    tools: list[dict[str, Any]],
) -> None:
    for tool in tools:
        schema = tool["inputSchema"]
        assert set(schema) == {"type", "properties"}
        assert schema["type"] == "object"
        # A client that strips an empty schema, or adds to it, has nothing to do.
        assert schema["properties"]


@pytest.mark.anyio
async def test_not_given_can_be_said_inside_the_type_of_every_argument(
    tools: list[dict[str, Any]],
) -> None:
    """Unions break Cursor and Gemini, additionalProperties Google's adapter."""
    for tool in tools:
        for argument in tool["inputSchema"]["properties"].values():
            if argument["type"] == "array":
                assert_flat_rows(argument)
                continue
            assert argument["type"] in {"string", "integer", "number", "boolean"}
            assert not argument.keys() & {"anyOf", "oneOf", "$ref", "format", "minLength"}
            assert "default" in argument
            if "enum" in argument:
                assert argument["default"] in argument["enum"]
                assert "" not in argument["enum"]
            elif argument["type"] == "string":
                assert re.search(argument.get("pattern", ""), "")
            elif "minimum" in argument:
                assert argument["minimum"] <= argument["default"] <= argument["maximum"]


def assert_flat_rows(argument: dict[str, Any]) -> None:
    """A list holds flat objects or texts, written inline."""
    assert argument["default"] == []
    if argument["items"]["type"] == "string":
        assert argument["items"]["enum"]
        return
    assert set(argument["items"]) == {"type", "properties"}
    for field in argument["items"]["properties"].values():
        assert field["type"] in {"string", "integer", "number", "boolean"}
        assert not field.keys() & {"anyOf", "oneOf", "$ref", "format", "minLength"}


@pytest.mark.anyio
async def test_every_tool_promises_the_fields_of_its_answer(tools: list[dict[str, Any]]) -> None:
    """Its own fields with their types; the envelope of every answer is in the whole schema."""
    for tool in tools:
        listed = tool["outputSchema"]
        assert listed.keys() == {"type", "properties"}
        assert all(row.keys() == {"type"} for row in listed["properties"].values())
        path = SCHEMAS / f"{tool['name']}.json"
        whole = json.loads(path.read_text(encoding="utf-8"))
        # How a list was cut or filtered is left out of most answers, and of the list of tools.
        of_lists = {"filters", "available", "nearest", "matched_alone", "exempt", "too_young"}
        of_lists |= {
            "below_minimum",
            "investigations_below_minimum",
            "stopped_not_counted",
            "left_out",
            "attached",
        }
        of_lists |= {name for name in whole["properties"] if "omitted" in name}
        assert set(listed["properties"]) == set(whole["properties"]) - ENVELOPE - of_lists
        always = {"headline", "as_of", "currency", "account", "period", "coverage"}
        assert always <= set(whole["required"])


@pytest.mark.anyio
async def test_the_committed_schemas_are_those_of_the_code() -> None:
    found = {path.stem: path.read_text(encoding="utf-8") for path in SCHEMAS.glob("*.json")}
    assert found == await whole_schemas()


@pytest.mark.anyio
async def test_the_committed_list_holds_what_the_code_makes() -> None:
    """``make fix`` writes the file; its change is part of the change that causes it."""
    assert text_of(await made_tools()) == LISTING.read_text(encoding="utf-8"), "run: make fix"


@pytest.mark.anyio
@pytest.mark.parametrize("accounts", [ONE, ("shop", "blog"), ("shop", "blog", "test")])
async def test_clients_are_told_of_the_tools_that_answer_them(accounts: tuple[str, ...]) -> None:
    """The list adds the page of those that clients with MCP Apps draw."""
    listed = await listed_tools(accounts=accounts)
    views = {tool["name"]: tool.pop("_meta") for tool in listed if "_meta" in tool}
    assert views.keys() == {"forecast_month_end", "check_budget", "explain_cost_change"}
    assert listed == await made_tools(accounts)

"""Our tools as other people's agent libraries convert them for their models, offline.

``make engines`` installs the libraries. Strict modes make every argument required, so that "not
given" has to be said inside its type.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from mcp import Client

from tests.contracts.catalog import listed_tools
from tests.support.servers import sample_server, structure_of

HERE = Path(__file__).parent
PYTHON = Path(sys.prefix) / "adapters" / ("Scripts" if os.name == "nt" else "bin") / "python"
TOOLS = 17
LIBRARIES = (
    "google-genai",
    "openai-agents",
    "langchain-mcp-adapters",
    "pydantic-ai, OpenAI",
    "pydantic-ai, Google",
)
STRICT = ("openai-agents", "pydantic-ai, OpenAI")

Converted = dict[str, dict[str, dict[str, Any]]]


def as_given(tools: list[dict[str, Any]]) -> Converted:
    """Convert tools with every library, in the environment that has them."""
    done = subprocess.run(  # noqa: S603  (our own environment and program)
        [PYTHON, HERE / "convert.py"],
        input=json.dumps(tools).encode(),
        capture_output=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    found: Converted = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def tools() -> list[dict[str, Any]]:
    """The tools as a client lists them."""
    if not PYTHON.exists():
        pytest.skip("no agent libraries: make engines installs them")
    return anyio.run(listed_tools)


@pytest.fixture(scope="module")
def conversions(tools: list[dict[str, Any]]) -> Converted:
    """Return each library's conversion of the tools."""
    return as_given(tools)


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_tool_converts_and_keeps_its_arguments(
    library: str, tools: list[dict[str, Any]], conversions: Converted
) -> None:
    assert {name: found.get("error") for name, found in conversions[library].items()} == {
        tool["name"]: None for tool in tools
    }
    assert len(conversions[library]) == TOOLS
    for tool in tools:
        properties = tool["inputSchema"]["properties"]
        schema = conversions[library][tool["name"]]["schema"]
        assert list(schema["properties"]) == list(properties)
        for name, argument in schema["properties"].items():
            assert argument["type"].casefold() == properties[name]["type"]
            assert argument.get("enum") == properties[name].get("enum")


@pytest.mark.parametrize("library", STRICT)
def test_every_tool_is_strict_without_being_changed(library: str, conversions: Converted) -> None:
    for found in conversions[library].values():
        assert found["strict"] is True
        assert found["schema"]["additionalProperties"] is False
        assert found["schema"]["required"] == list(found["schema"]["properties"])


def not_given(argument: dict[str, Any], default: object) -> Any:
    """Say "not given" as a model would, from the schema that it sees."""
    if "enum" in argument:
        return default
    kind = argument["type"].casefold()
    if kind == "string":
        assert re.search(argument.get("pattern", ""), "")
        return ""
    return default


@pytest.mark.anyio
@pytest.mark.parametrize("library", LIBRARIES)
async def test_no_filter_can_be_said_in_every_tool(
    library: str, tools: list[dict[str, Any]], conversions: Converted
) -> None:
    """With every argument said to be missing, the answer is the one of no arguments."""
    async with sample_server() as server, Client(server) as client:
        for tool in tools:
            name, properties = tool["name"], tool["inputSchema"]["properties"]
            schema = conversions[library][name]["schema"]
            given = {
                argument: not_given(found, properties[argument]["default"])
                for argument, found in schema["properties"].items()
            }
            if library != "google-genai":
                # Its types are not those of JSON Schema by name.
                Draft202012Validator(schema).validate(given)
            with_all = structure_of(await client.call_tool(name, given))
            without = structure_of(await client.call_tool(name))
            with_all.pop("run_id", None)
            without.pop("run_id", None)
            assert with_all == without


@pytest.mark.parametrize(
    ("broken", "fails"),
    [
        ({"additionalProperties": False}, {"google-genai"}),
        ({"properties": {"tag": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}, set()),
    ],
)
def test_the_conversions_fail_where_they_should(
    broken: dict[str, Any], fails: set[str], tools: list[dict[str, Any]]
) -> None:
    """Tools as earlier releases published them fail: the libraries really judge."""
    schema = {**tools[0]["inputSchema"], **broken}
    found = as_given([{**tools[0], "inputSchema": schema}])
    failed = {library for library, made in found.items() for row in made.values() if "error" in row}
    assert failed == fails

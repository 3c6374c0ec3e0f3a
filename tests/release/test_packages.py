"""What registries and clients install from: one version, no key, the forms that they expect."""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
import tomllib
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from jsonschema import Draft7Validator, ValidationError  # type: ignore[import-untyped]

from deploy import bundle, packages
from vultr_cost_mcp.clients.client import KEY
from vultr_cost_mcp.config.settings import real_key

ROOT = packages.ROOT
TEXT = {"type": "string", "minLength": 1}
# The rules of the MCP registry's schema 2025-12-11 for what is stated, read on 2026-11-29; no other
# names, so that a misspelt one is found.
REGISTRY: dict[str, Any] = {
    "type": "object",
    "required": ["$schema", "name", "description", "version"],
    "additionalProperties": False,
    "properties": {
        "$schema": TEXT,
        "name": {"type": "string", "pattern": r"^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$"},
        "title": {"type": "string", "minLength": 1, "maxLength": 100},
        "description": {"type": "string", "minLength": 1, "maxLength": 100},
        "version": {"type": "string", "maxLength": 255, "pattern": r"^\d+\.\d+\.\d+$"},
        "websiteUrl": {"type": "string", "pattern": "^https://"},
        "repository": {
            "type": "object",
            "required": ["url", "source"],
            "additionalProperties": False,
            "properties": {"url": TEXT, "source": {"const": "github"}},
        },
        "packages": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["registryType", "identifier", "transport"],
                "additionalProperties": False,
                "properties": {
                    "registryType": {"enum": ["pypi", "mcpb"]},
                    "identifier": TEXT,
                    "version": {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
                    "runtimeHint": {"const": "uvx"},
                    "fileSha256": {"type": "string", "pattern": "^[a-f0-9]{64}$"},
                    "transport": {"const": {"type": "stdio"}},
                    "environmentVariables": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["name"],
                            "additionalProperties": False,
                            "properties": {
                                "name": TEXT,
                                "description": TEXT,
                                "isRequired": {"type": "boolean"},
                                "isSecret": {"type": "boolean"},
                                "format": {"enum": ["string", "number", "boolean", "filepath"]},
                            },
                        },
                    },
                },
            },
        },
    },
}


def written(name: str) -> Any:
    return json.loads((ROOT / name).read_text("utf-8"))


def listed() -> list[dict[str, Any]]:
    """Return the tools as the server lists them."""
    found: list[dict[str, Any]] = written("src/vultr_cost_mcp/questions/tools.json")["tools"]
    return found


def versions(value: Any) -> set[str]:
    """Return every version that a file states, but for that of its own format."""
    if isinstance(value, list):
        return {found for row in value for found in versions(row)}
    if not isinstance(value, dict):
        return set()
    own = {value["version"]} if isinstance(value.get("version"), str) else set()
    return own | {found for row in value.values() for found in versions(row)}


def test_every_file_is_up_to_date() -> None:
    """``make fix`` writes them."""
    assert packages.stale() == []


def test_there_is_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = [name for name in packages.files() if name.endswith(".json") and ".mcp" not in name]
    assert {name: versions(written(name)) for name in named} == {
        name: {project["version"]} for name in named
    }
    newest = re.search(r"(?m)^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"))
    assert newest is not None
    assert newest[1] == project["version"]


def test_the_entry_of_the_registry_has_its_form() -> None:
    check = Draft7Validator(REGISTRY)
    check.validate(written("deploy/server.json"))
    released = packages.server("0" * 64)
    check.validate(released)
    assert released["packages"][1]["identifier"].endswith(
        f"/releases/download/v{packages.VERSION}/vultr-cost.mcpb"
    )
    # The package's page proves to the registry whose it is.
    readme = (ROOT / "README.md").read_text("utf-8")
    assert f"mcp-name: {released['name']}" in readme
    with pytest.raises(ValidationError):
        check.validate(released | {"description": "x" * 101})


def test_the_key_is_asked_for_and_kept_as_a_secret() -> None:
    bundled, plugin = packages.bundle(), packages.plugin()
    for asked in (bundled["user_config"]["api_key"], plugin["userConfig"]["api_key"]):
        assert asked["sensitive"]
        assert asked["required"]
    assert packages.gemini()["settings"][0]["sensitive"]
    (variable,) = packages.server()["packages"][0]["environmentVariables"]
    assert variable["isSecret"]
    servers = [
        bundled["server"]["mcp_config"],
        *packages.plugin_servers()["mcpServers"].values(),
        *packages.gemini()["mcpServers"].values(),
    ]
    # Left as they are, they count as no key.
    assert [real_key(server["env"][KEY]) for server in servers] == [None] * 3


def test_the_guide_names_every_tool_and_fits_a_skill() -> None:
    skill = packages.skill()
    _, head, body = skill.split("---\n", 2)
    names = [tool["name"] for tool in listed()]
    assert [name for name in names if f"| `{name}` |" not in body] == []
    fields = dict(line.split(": ", 1) for line in head.strip().splitlines())
    # The format of agentskills.io, as of 2026-11-28.
    assert fields["name"] == "vultr-cost"
    assert len(json.loads(fields["description"])) <= 1024
    assert len(body.splitlines()) < 500
    assert "{tools}" not in skill
    for word in ("At least", "coverage.complete", "partial", "as_of", "Null is unknown"):
        assert word in body
    assert body.endswith(packages.guide())
    assert packages.context().endswith(packages.guide())


def test_the_guide_names_fields_and_arguments_that_there_are() -> None:
    """So that it does not send a model to look for a field of another release."""
    schemas = [
        json.loads(path.read_text("utf-8")) for path in (ROOT / "docs/schemas").glob("*.json")
    ]
    known = {name for schema in schemas for name in properties(schema)}
    known |= {name for tool in listed() for name in properties(tool["inputSchema"])}
    known |= {tool["name"] for tool in listed()}
    text = (ROOT / "deploy" / "guide.md").read_text("utf-8")
    words = [word for word in re.findall(r"`([a-z_.]+)`", text) if word != "vultr-cost"]
    assert len(words) > 10
    assert [part for word in words for part in word.split(".") if part not in known] == []


def properties(schema: Any) -> set[str]:
    """Return the names of all properties of a schema, at any depth."""
    rows = schema if isinstance(schema, list) else []
    own: set[str] = set()
    if isinstance(schema, dict):
        rows, own = [*schema.values()], set(schema.get("properties", ()))
    return own | {name for row in rows for name in properties(row)}


def test_the_marketplace_names_the_plugin_that_is_there() -> None:
    (listed,) = written(".claude-plugin/marketplace.json")["plugins"]
    plugin = ROOT / listed["source"]
    assert (plugin / ".claude-plugin" / "plugin.json").is_file()
    assert (plugin / "skills" / "vultr-cost" / "SKILL.md").is_file()
    assert listed["name"] == packages.plugin()["name"]
    page = (ROOT / "docs" / "clients.md").read_text("utf-8")
    assert f"claude plugin install {listed['name']}@{packages.marketplace()['name']}" in page


def test_the_bundle_holds_the_program_and_the_same_bytes_each_time() -> None:
    once, again = bundle.built(), bundle.built()
    assert once == again
    with ZipFile(BytesIO(once["vultr-cost.mcpb"])) as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest == packages.bundle()
    assert manifest["server"]["entry_point"] in names
    needed = {"pyproject.toml", "README.md", "LICENSE", "DATA-LICENSES.md", "docs/coverage.md"}
    assert needed <= set(names)
    assert [name for name in names if "__pycache__" in name or name.endswith(".pyc")] == []
    assert {row["name"] for row in manifest["tools"]} == {row["name"] for row in listed()}
    released = json.loads(once["server.json"])["packages"][1]
    assert released["fileSha256"] == hashlib.sha256(once["vultr-cost.mcpb"]).hexdigest()


@pytest.mark.parametrize("system", ["darwin", "linux", "win32"])
def test_the_extension_is_named_as_gemini_looks_for_it(system: str) -> None:
    """It takes the first asset of a release that begins with the system's name."""
    content = bundle.built()[f"{system}.vultr-cost-gemini.tar.gz"]
    with tarfile.open(fileobj=BytesIO(content)) as archive:
        assert archive.getnames() == ["GEMINI.md", "gemini-extension.json"]

"""Each client's entry against the format that its maker documents, as of the day beside it.

Clients that install from a package registry read their entries themselves in ``make clients``; what
they accept today is here too, so that a change of ours is noticed without them.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from docs.clients import COMMAND, URL, cursor_link, vscode_link
from tests.clients.harness import CLIENT_PACKAGES
from vultr_cost_mcp.clients.client import INPUT, KEY, TOKEN, TOKEN_INPUT
from vultr_cost_mcp.clients.known_clients import BY_NAME, CLIENTS
from vultr_cost_mcp.config.settings import real_key

TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
TEXTS: dict[str, Any] = {"type": "array", "items": TEXT}
VALUES: dict[str, Any] = {"type": "object", "additionalProperties": TEXT}
HEADERS: dict[str, Any] = {"headers": VALUES}
STARTED: dict[str, Any] = {"command": TEXT, "args": TEXTS, "env": VALUES}


def entry(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


def const(value: object) -> dict[str, Any]:
    return {"const": value}


@dataclass(frozen=True)
class Format:
    """The form of one client's entries: ``root`` holds them; ``remote`` None: no token possible."""

    day: str
    source: str
    root: str
    local: dict[str, Any]
    remote: dict[str, Any] | None


GOOSE: dict[str, Any] = {
    "name": TEXT,
    "description": TEXT,
    "enabled": {"type": "boolean"},
    "env_keys": TEXTS,
    "envs": VALUES,
    "timeout": {"type": "integer"},
}
FORMATS = {
    "claude-code": Format(
        "2026-11-28",
        "code.claude.com/docs/en/mcp",
        "mcpServers",
        entry("command", type=const("stdio"), **STARTED),
        entry("type url", type=const("http"), url=TEXT, **HEADERS),
    ),
    "claude-desktop": Format(
        "2026-11-28",
        "modelcontextprotocol.io/docs/develop/connect-local-servers",
        "mcpServers",
        entry("command", **STARTED),
        None,
    ),
    "cursor": Format(
        "2026-11-28",
        "cursor.com/docs/context/mcp",
        "mcpServers",
        entry("command", type=const("stdio"), envFile=TEXT, **STARTED),
        entry("url", url=TEXT, **HEADERS),
    ),
    "vscode": Format(
        "2026-11-28",
        "code.visualstudio.com/docs/agents/reference/mcp-configuration",
        "servers",
        entry("type command", type=const("stdio"), envFile=TEXT, **STARTED),
        entry("type url", type=const("http"), url=TEXT, **HEADERS),
    ),
    "copilot-cli": Format(
        "2026-11-28",
        "docs.github.com/en/copilot/how-tos/copilot-cli/customize-copilot/add-mcp-servers",
        "mcpServers",
        entry("type command args tools", type=const("local"), tools=TEXTS, **STARTED),
        entry("type url tools", type=const("http"), url=TEXT, tools=TEXTS, **HEADERS),
    ),
    "copilot-coding-agent": Format(
        "2026-11-28",
        "docs.github.com/en/copilot/how-tos/use-copilot-agents/coding-agent/"
        "extend-coding-agent-with-mcp",
        "mcpServers",
        entry("type command args tools", type=const("local"), tools=TEXTS, **STARTED),
        entry("type url tools", type=const("http"), url=TEXT, tools=TEXTS, **HEADERS),
    ),
    "codex": Format(
        "2026-11-28",
        "developers.openai.com/codex/mcp",
        "mcp_servers",
        entry("command", command=TEXT, args=TEXTS, env=VALUES, env_vars=TEXTS),
        entry("url", url=TEXT, bearer_token_env_var=TEXT),
    ),
    "gemini": Format(
        "2026-11-28",
        "geminicli.com/docs/tools/mcp-server",
        "mcpServers",
        entry("command", **STARTED),
        entry("httpUrl", httpUrl=TEXT, **HEADERS),
    ),
    "windsurf": Format(
        "2026-11-28",
        "docs.windsurf.com/windsurf/cascade/mcp",
        "mcpServers",
        entry("command", **STARTED),
        entry("serverUrl", serverUrl=TEXT, **HEADERS),
    ),
    "zed": Format(
        "2026-11-28",
        "zed.dev/docs/ai/mcp",
        "context_servers",
        entry("command args", **STARTED),
        entry("url", url=TEXT, **HEADERS),
    ),
    "jetbrains": Format(
        "2026-11-28",
        "jetbrains.com/help/ai-assistant/mcp.html",
        "mcpServers",
        entry("command", **STARTED),
        None,
    ),
    "jetbrains-copilot": Format(
        "2026-11-28",
        "github.com/github/github-mcp-server/blob/main/docs/installation-guides/"
        "install-other-copilot-ides.md",
        "servers",
        entry("command", **STARTED),
        entry("url", url=TEXT, requestInit=entry("headers", **HEADERS)),
    ),
    "opencode": Format(
        "2026-11-28",
        "opencode.ai/docs/mcp-servers",
        "mcp",
        entry(
            "type command",
            type=const("local"),
            command=TEXTS,
            environment=VALUES,
            enabled={"type": "boolean"},
        ),
        entry(
            "type url", type=const("remote"), url=TEXT, enabled={"type": "boolean"}, **HEADERS
        ),
    ),
    "goose": Format(
        "2026-11-28",
        "goose-docs.ai/docs/guides/config-files",
        "extensions",
        entry("type name cmd args", type=const("stdio"), cmd=TEXT, args=TEXTS, **GOOSE),
        entry(
            "type name description uri",
            type=const("streamable_http"),
            uri=TEXT,
            **HEADERS,
            **GOOSE,
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [*BY_NAME])
def test_each_entry_has_the_form_that_its_client_documents(name: str) -> None:
    client, form = BY_NAME[name], FORMATS[name]
    assert client.root == form.root
    Draft202012Validator(form.local).validate(client.local(COMMAND).value)
    assert (client.remote is None) == (form.remote is None)
    if client.remote and form.remote:
        Draft202012Validator(form.remote).validate(client.remote(URL).value)
    else:
        assert client.no_remote


def test_every_client_has_a_form_and_a_way_to_be_set_up() -> None:
    assert [*FORMATS] == [*BY_NAME]
    assert {client.name for client in CLIENTS if client.path is None} == {
        client.name for client in CLIENTS if client.place
    }
    assert all(client.by_hand for client in CLIENTS if client.path is None)


@pytest.mark.parametrize("name", [*BY_NAME])
def test_each_entry_asks_for_the_key_or_the_token_and_holds_none(name: str) -> None:
    """A variable's name, a question or a placeholder: whatever stays unread counts as no key."""
    client = BY_NAME[name]
    local = client.local(COMMAND)
    kept = local.value.get("env") or local.value.get("environment") or {}
    assert all(real_key(text) is None for text in kept.values() if not text.startswith("{"))
    assert local.prompt is None or local.prompt == INPUT
    if client.remote:
        remote = client.remote(URL)
        text = json.dumps(remote.value)
        named = re.fullmatch(
            r'.*"(?:Bearer (?:\$?\{[^}"]+\}|\$[A-Z_]+|your-token-here)|' + TOKEN + r')".*', text
        )
        assert named, text
        assert remote.prompt is None or remote.prompt == TOKEN_INPUT
        assert KEY not in text


def test_a_version_that_the_page_names_is_the_one_that_is_run() -> None:
    named = {client.name: client.read_by for client in CLIENTS if client.read_by}
    assert named == {
        name: f"{BY_NAME[name].title} {version}" for name, (_, version) in CLIENT_PACKAGES.items()
    }


def test_the_link_for_cursor_holds_the_entry_and_no_key() -> None:
    given = parse_qs(urlsplit(cursor_link()).query)
    assert given["name"] == ["vultr-cost"]
    config = json.loads(b64decode(given["config"][0]))
    assert config == BY_NAME["cursor"].local(COMMAND).value
    assert config["env"] == {KEY: "${env:VULTR_API_KEY}"}


def test_the_link_for_vs_code_holds_the_entry_and_asks_for_the_key() -> None:
    given = parse_qs(urlsplit(vscode_link()).query)
    assert json.loads(given["config"][0]) == BY_NAME["vscode"].local(COMMAND).value
    assert json.loads(given["inputs"][0]) == [INPUT]
    assert "${input:vultr-api-key}" in given["config"][0]

"""Writes the files that clients and registries install from: their versions are pyproject.toml's.

``python deploy/packages.py`` writes them, ``--check`` ends with 1 if one of them is not up to date.
Each is where its format looks for it: the marketplace of Claude Code is read from the root of a
repository, the others from a folder or an address that is given.
"""

# ruff: noqa: INP001  (a program, not a package)

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT)]

from docs.clients import COMMAND  # noqa: E402  (the path comes first)
from docs.generate import ASKED  # noqa: E402
from vultr_cost_mcp.clients.client import KEY, NAME, started  # noqa: E402

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
VERSION = str(PROJECT["version"])
REPOSITORY = str(PROJECT["urls"]["Homepage"])
OWNER = {"name": str(PROJECT["authors"][0]["name"]), "url": REPOSITORY}
TITLE = "Vultr cost"
DESCRIPTION = "What a Vultr account costs, on what, why that changed, and what is waste. Read only."
KEY_TITLE = "Vultr API key"
KEY_DESCRIPTION = (
    "From my.vultr.com, Account > API, with the permissions billing and subscriptions_view."
)
REGISTRY_NAME = "io.github.vultr-cost-mcp/vultr-cost-mcp"
BUNDLE = f"{NAME}.mcpb"


def marketplace() -> dict[str, Any]:
    """Return the marketplace of Claude Code: one plugin, in a folder of this repository."""
    return {
        "name": "vultr-cost-mcp",
        "owner": OWNER,
        "metadata": {"description": DESCRIPTION, "version": VERSION},
        "plugins": [
            {
                "name": NAME,
                "source": "./deploy/claude-code",
                "description": DESCRIPTION,
                "version": VERSION,
                "license": "MIT",
            }
        ],
    }


def plugin() -> dict[str, Any]:
    """Return the manifest of the Claude Code plugin; it asks for the key and keeps it safe."""
    asked = {
        "type": "string",
        "title": KEY_TITLE,
        "description": KEY_DESCRIPTION,
        "sensitive": True,
        "required": True,
    }
    return {
        "name": NAME,
        "displayName": TITLE,
        "version": VERSION,
        "description": DESCRIPTION,
        "author": OWNER,
        "homepage": REPOSITORY,
        "repository": REPOSITORY,
        "license": "MIT",
        "keywords": [*PROJECT["keywords"]],
        "userConfig": {"api_key": asked},
    }


def plugin_servers() -> dict[str, Any]:
    """Return the servers of the plugin."""
    return {"mcpServers": {NAME: {**started(COMMAND), "env": {KEY: "${user_config.api_key}"}}}}


def gemini() -> dict[str, Any]:
    """Return the manifest of the Gemini extension."""
    return {
        "name": NAME,
        "version": VERSION,
        "description": DESCRIPTION,
        "mcpServers": {NAME: {**started(COMMAND), "env": {KEY: f"${{{KEY}}}"}}},
        "contextFileName": "GEMINI.md",
        "settings": [
            {"name": KEY_TITLE, "description": KEY_DESCRIPTION, "envVar": KEY, "sensitive": True}
        ],
    }


def bundle() -> dict[str, Any]:
    """Return the manifest of the bundle; uv installs the libraries on the user's machine."""
    args = ["run", "--directory", "${__dirname}", "vultr-cost-mcp"]
    asked = {
        "type": "string",
        "title": KEY_TITLE,
        "description": KEY_DESCRIPTION,
        "sensitive": True,
        "required": True,
    }
    return {
        "manifest_version": "0.4",
        "name": NAME,
        "display_name": TITLE,
        "version": VERSION,
        "description": DESCRIPTION,
        "author": OWNER,
        "repository": {"type": "git", "url": f"{REPOSITORY}.git"},
        "homepage": REPOSITORY,
        "documentation": f"{REPOSITORY}/blob/main/docs/clients.md",
        "support": str(PROJECT["urls"]["Issues"]),
        "server": {
            "type": "uv",
            "entry_point": "src/vultr_cost_mcp/__main__.py",
            "mcp_config": {
                "command": "uv",
                "args": args,
                "env": {KEY: "${user_config.api_key}"},
            },
        },
        "tools": [{"name": tool, "description": _first(ASKED[tool])} for tool in ASKED],
        "keywords": [*PROJECT["keywords"]],
        "license": "MIT",
        "compatibility": {
            "platforms": ["darwin", "linux", "win32"],
            "runtimes": {"python": str(PROJECT["requires-python"])},
        },
        "user_config": {"api_key": asked},
    }


def server(sha256: str | None = None) -> dict[str, Any]:
    """Return the entry of the MCP registry, with the bundle of a release if its sum is known."""
    variables = [
        {
            "name": KEY,
            "description": f"{KEY_TITLE}. {KEY_DESCRIPTION}",
            "isRequired": True,
            "isSecret": True,
            "format": "string",
        }
    ]
    package = {
        "registryType": "pypi",
        "identifier": str(PROJECT["name"]),
        "version": VERSION,
        "runtimeHint": "uvx",
        "transport": {"type": "stdio"},
        "environmentVariables": variables,
    }
    released = {
        "registryType": "mcpb",
        "identifier": f"{REPOSITORY}/releases/download/v{VERSION}/{BUNDLE}",
        "fileSha256": sha256,
        "transport": {"type": "stdio"},
    }
    return {
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": REGISTRY_NAME,
        "title": TITLE,
        "description": DESCRIPTION,
        "version": VERSION,
        "websiteUrl": REPOSITORY,
        "repository": {"url": REPOSITORY, "source": "github"},
        "packages": [package, released] if sha256 else [package],
    }


def guide() -> str:
    """Return the guide for a model: which tool when, and how to read an answer."""
    rows = [f"| {' '.join(question.split())} | `{tool}` |" for tool, question in ASKED.items()]
    text = (ROOT / "deploy" / "guide.md").read_text("utf-8")
    return text.replace("{tools}", "\n".join(rows))


def skill() -> str:
    """Return the skill of the plugin: the guide below what a client chooses it by."""
    description = (
        "Answers questions about Vultr costs with the vultr-cost tools: spend, forecast, why the "
        "bill changed, invoices, budgets, idle servers, savings, plan prices, what a Terraform "
        "change will cost. Use it for any question about a Vultr bill or price."
    )
    head = f"---\nname: {NAME}\ndescription: {json.dumps(description)}\nlicense: MIT\n---"
    return f"{head}\n\n# {TITLE}\n\n{guide()}"


def context() -> str:
    """Return the context file of the Gemini extension."""
    return f"# {TITLE}\n\n{guide()}"


def _first(questions: str) -> str:
    """Return the first of several questions."""
    return re.split(r"(?<=[?.]) ", " ".join(questions.split()))[0]


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def files() -> dict[str, str]:
    """Return every file by its path in the repository."""
    return {
        ".claude-plugin/marketplace.json": _json(marketplace()),
        "deploy/claude-code/.claude-plugin/plugin.json": _json(plugin()),
        "deploy/claude-code/.mcp.json": _json(plugin_servers()),
        f"deploy/claude-code/skills/{NAME}/SKILL.md": skill(),
        "deploy/gemini/gemini-extension.json": _json(gemini()),
        "deploy/gemini/GEMINI.md": context(),
        "deploy/mcpb/manifest.json": _json(bundle()),
        "deploy/server.json": _json(server()),
    }


def stale() -> list[str]:
    """Return the files that are not up to date."""
    return [
        name
        for name, text in files().items()
        if not (ROOT / name).is_file() or (ROOT / name).read_text("utf-8") != text
    ]


def main() -> int:
    """Write the files, or check them."""
    if "--check" in sys.argv[1:]:
        names = stale()
        for name in names:
            sys.stderr.write(f"{name} is not up to date: make fix writes it.\n")
        return 1 if names else 0
    for name, text in files().items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

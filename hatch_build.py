"""The README as package pages show it: there, links within the repository lead nowhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_REPOSITORY = "https://github.com/vultr-cost-mcp/vultr-cost-mcp"
_PICTURES = "https://raw.githubusercontent.com/vultr-cost-mcp/vultr-cost-mcp/main/"
_LINK = re.compile(r"(!?)(\[(?:!\[[^]]*\]\([^)]*\)|[^]])*\])\((?![a-z]+:|#)([^)\s]+)\)")


class PackagePage(MetadataHookInterface):
    """Gives the package the README with absolute links."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the readme of the package."""
        text = Path(self.root, "README.md").read_text("utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": absolute(text)}


def absolute(markdown: str) -> str:
    """Return Markdown whose relative links and pictures are addresses in the repository."""
    return _LINK.sub(_absolute, markdown)


def _absolute(link: re.Match[str]) -> str:
    picture, text, path = link.groups()
    if picture:
        return f"!{text}({_PICTURES}{path})"
    return f"{text}({_REPOSITORY}/blob/main/{path})"

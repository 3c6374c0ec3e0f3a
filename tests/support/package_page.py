"""The README as the build changes it for a package page."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

PYPROJECT: dict[str, Any] = tomllib.loads(
    (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
)
_PAGE = PYPROJECT["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]
VERSION = str(PYPROJECT["project"]["version"])
_OWN = "vultr-cost-mcp/vultr-cost-mcp"
LINKS = f"https://github.com/{_OWN}/blob/v{VERSION}/"
PICTURES = f"https://raw.githubusercontent.com/{_OWN}/v{VERSION}/"


def as_package_page(text: str) -> str:
    """Return a text with the substitutions of hatch-fancy-pypi-readme."""
    for row in _PAGE["substitutions"]:
        text = re.sub(row["pattern"], row["replacement"].replace("$HFPR_VERSION", VERSION), text)
    return text

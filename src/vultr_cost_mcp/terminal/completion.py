"""``completion``: print the script with which a shell completes commands and options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.terminal.console import say

if TYPE_CHECKING:
    import argparse


def complete(parser: argparse.ArgumentParser, shell: str) -> int:
    """Print a shell's completion script; raises ConfigError if the library for it is missing."""
    try:
        import shtab
    except ImportError as error:
        msg = (
            "Completion needs the package shtab. Install vultr-cost-mcp with its extra: "
            "pip install 'vultr-cost-mcp[terminal]'."
        )
        raise ConfigError(msg) from error
    script: str = shtab.complete(parser, shell)
    return 0 if say(script) else 1

"""A server over two configured accounts, each with its key."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from mcp import Client

from tests.support.past import NOW
from tests.support.stage import settings_for
from vultr_cost_mcp.accounts.account import account_names
from vultr_cost_mcp.accounts.open import opened
from vultr_cost_mcp.server import build_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.double import VultrDouble

PROD, DEV = "PROD-KEY-0123456789ABCDEF", "DEV-KEY-0123456789ABCDEF"
FILE = """
exempt_tags = ["keep"]

[accounts.prod]
key_env = "KEY_OF_PROD"
budgets = [{ monthly = 5 }]

[accounts.dev]
key_file = "dev.key"
exempt_tags = ["team"]
"""


@asynccontextmanager
async def asking(double: VultrDouble, folder: Path, **values: Any) -> AsyncIterator[Client]:
    """A client of the server over both accounts."""
    given = {
        "API_KEY": None,
        "COST_CONFIG": str(folder / "accounts.toml"),
        "COST_STORE": f"sqlite:///{folder}/history.db",
        **values,
    }
    settings = settings_for(double.url, **given)
    async with (
        opened(settings, lambda: NOW, account_names(settings)) as backends,
        Client(build_server(backends, "0")) as client,
    ):
        yield client

"""Configuration, the only room that reads the environment."""

from vultr_cost_mcp.config.file import EXEMPT_TAGS, AccountRow, BudgetRow, File, read_file
from vultr_cost_mcp.config.keys import NO_KEY, key_of
from vultr_cost_mcp.config.settings import (
    API_URL,
    Settings,
    read_settings,
    real_key,
    usable_settings,
)

__all__ = [
    "API_URL",
    "EXEMPT_TAGS",
    "NO_KEY",
    "AccountRow",
    "BudgetRow",
    "File",
    "Settings",
    "key_of",
    "read_file",
    "read_settings",
    "real_key",
    "usable_settings",
]

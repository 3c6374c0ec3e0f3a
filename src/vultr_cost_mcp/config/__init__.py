"""Configuration, the only room that reads the environment.

The models of the configuration file are in ``file``: starting does without them.
"""

from vultr_cost_mcp.config.keys import KEY_COMMAND, NO_KEY, key_of, place_of
from vultr_cost_mcp.config.settings import (
    API_URL,
    Settings,
    read_settings,
    real_key,
    usable_settings,
)

__all__ = [
    "API_URL",
    "KEY_COMMAND",
    "NO_KEY",
    "Settings",
    "key_of",
    "place_of",
    "read_settings",
    "real_key",
    "usable_settings",
]

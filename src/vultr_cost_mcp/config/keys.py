"""Read each account's key: from the environment, or from a file that nobody else can read."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

from vultr_cost_mcp.config.settings import Settings, real_key
from vultr_cost_mcp.errors import ConfigError, MissingKeyError

if TYPE_CHECKING:
    from pathlib import Path

    from vultr_cost_mcp.config.file import AccountRow

NO_KEY = (
    "VULTR_API_KEY is not set, so there is no account to read. Create a key under Account > API at "
    "my.vultr.com, put it into the server's environment and restart it; or try --demo."
)
KEY_COMMAND = "The output of key_command, which the configuration file names"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MOST_BYTES = 4_096


def key_of(settings: Settings, name: str, row: AccountRow | None) -> str:
    """Return the key of an account; without a row in the file, the key of the environment.

    A ``key_command`` is no key yet: see ``commands``. Raises ConfigError, which never repeats a
    key, if there is none or it is unusable.
    """
    if row is None:
        if settings.api_key is None:
            raise MissingKeyError(NO_KEY)
        return usable_key(settings.api_key.get_secret_value(), "VULTR_API_KEY")
    if row.key_env is not None:
        found = real_key(os.environ.get(row.key_env, ""))
        if found is None:
            msg = f"The account {name} has no key: the variable {row.key_env} is not set."
            raise MissingKeyError(msg)
        return usable_key(found.get_secret_value(), row.key_env)
    assert row.key_file is not None  # noqa: S101  (one of the places, says AccountRow)
    folder = settings.config_file.parent if settings.config_file else row.key_file
    return usable_key(_read(folder / row.key_file, name), f"The key file of the account {name}")


def place_of(row: AccountRow | None) -> str:
    """Return where a key is from, in words; None is the key of the environment."""
    if row is None:
        return "VULTR_API_KEY of the environment"
    if row.key_env is not None:
        return f"The variable {row.key_env}, which the configuration file names"
    if row.key_command is not None:
        return KEY_COMMAND
    return f"The file {row.key_file}, which the configuration file names"


def _read(path: Path, name: str) -> str:
    """Return the key in a file; raise ConfigError if others can read the file."""
    try:
        # Reading a pipe would block every account and every client.
        if stat.S_ISFIFO(path.stat().st_mode):
            msg = f"The key file of the account {name} is a pipe and no file."
            raise ConfigError(msg)
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(_MOST_BYTES)
    except OSError as error:
        msg = f"The key file of the account {name} cannot be read: {error.strerror}."
        raise ConfigError(msg) from error
    if sys.platform != "win32" and mode & _OTHERS:
        msg = f"The key file of the account {name} can be read by others. Run: chmod 600 on it."
        raise ConfigError(msg)
    found = real_key(text.decode("utf-8", errors="replace"))
    if found is None:
        msg = f"The key file of the account {name} holds no key."
        raise ConfigError(msg)
    return found.get_secret_value()


def usable_key(key: str, where: str) -> str:
    """Return a key that can be sent; raises ConfigError for one that no header may hold."""
    if not key.isascii() or not key.isprintable() or " " in key:
        msg = f"{where} holds characters that no key has. Copy the key again."
        raise ConfigError(msg)
    return key

"""Run the command that prints a key, so that none lies on a disk or in an environment."""

from __future__ import annotations

import stat
import sys
from subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING

import anyio

from vultr_cost_mcp.config.keys import usable_key
from vultr_cost_mcp.config.settings import real_key
from vultr_cost_mcp.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PATIENCE_SECONDS = 30.0
_MOST_BYTES = 4_096


async def key_from(command: Sequence[str], file: Path) -> str:
    """Return the key that a command prints; ``file`` is the configuration that names it.

    It is run without a shell, without input and without its error output. Raises ConfigError,
    which repeats neither the command nor its output, if it prints no key.
    """
    _refuse_if_others_write(file)
    try:
        with anyio.fail_after(PATIENCE_SECONDS):
            code, text = await _output(command)
    except TimeoutError as error:
        msg = (
            f"key_command did not end within {PATIENCE_SECONDS:.0f} seconds. Run it yourself: it "
            "may wait for a password."
        )
        raise ConfigError(msg) from error
    except OSError as error:
        msg = f"key_command cannot be run: {error.strerror}. Name the program by its full path."
        raise ConfigError(msg) from error
    if code:
        msg = f"key_command ended with code {code}. Run it yourself to see why."
        raise ConfigError(msg)
    found = real_key(text.decode("utf-8", errors="replace"))
    if found is None:
        msg = "key_command printed no key. It has to print the key and nothing else."
        raise ConfigError(msg)
    return usable_key(found.get_secret_value(), "The output of key_command")


async def _output(command: Sequence[str]) -> tuple[int, bytes]:
    """Return the exit code of a command and the beginning of its output."""
    # Over stdio our own input is the client's: the command must not read it.
    async with await anyio.open_process(
        command, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
    ) as process:
        text = b""
        if process.stdout is not None:
            async for piece in process.stdout:
                text += piece
                if len(text) > _MOST_BYTES:
                    process.kill()
                    msg = "key_command printed more than a key. It has to print nothing else."
                    raise ConfigError(msg)
        return await process.wait(), text


def _refuse_if_others_write(file: Path) -> None:
    """Refuse to run a command from a file that other users of the machine can change."""
    if sys.platform != "win32" and file.stat().st_mode & stat.S_IWOTH:
        msg = (
            "The file that VULTR_COST_CONFIG names can be changed by others, so its key_command is "
            "not run. Run: chmod o-w on it."
        )
        raise ConfigError(msg)

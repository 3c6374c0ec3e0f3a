"""Waiting for what a child process says, however many files the tests have open."""

from __future__ import annotations

import selectors
from typing import IO


def readable(pipe: IO[bytes], seconds: float) -> bool:
    """Return whether there is data, or the end, within some seconds."""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        return bool(selector.select(seconds))

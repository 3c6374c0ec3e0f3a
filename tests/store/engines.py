"""The engines that the contract runs on; each opens a history of its own for every test.

A further engine lives in a module ``tests/store/*_engine.py`` that has a tuple ``ENGINES``; it is
found by its name.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.history import History
from vultr_cost_mcp.history import open_history

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Engine:
    """``opened(folder)`` gives an empty history, for one test; ``folder`` is empty and its own.

    ``module`` is what must be installed for it, ``missing`` the reason for skipping if it is not.
    """

    name: str
    opened: Callable[[Path], AbstractContextManager[History]]
    module: str | None = None
    missing: str = ""


@contextmanager
def sqlite(folder: Path) -> Iterator[History]:
    """Open a file in the folder."""
    yield open_history(f"sqlite:///{folder / 'history.db'}")


def engines() -> list[Engine]:
    """SQLite, and what the other modules offer."""
    found = [Engine("sqlite", sqlite)]
    for path in sorted(HERE.glob("*_engine.py")):
        module = importlib.import_module(f"tests.store.{path.stem}")
        found += module.ENGINES
    return found

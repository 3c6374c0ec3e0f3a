"""Read Terraform plans from one folder, and from nowhere else."""

from __future__ import annotations

import stat
from pathlib import Path

from anyio import to_thread

from vultr_cost_mcp.domain.plan_source import MOST_BYTES, is_inline
from vultr_cost_mcp.errors import PlanError

# Terraform configuration as a text holds them, and no path of a plan does.
_OF_CONFIGURATION = ("\n", "{")
_NEITHER = (
    "terraform_plan is neither a path nor the JSON of a plan. Make its JSON with: terraform show "
    "-json PLAN > plan.json"
)
_SET = "Set VULTR_COST_PLAN_DIR to the folder that holds plans."


class PlanFolder:
    """Implements ``domain.plan_source.PlanSource`` for a client on this machine.

    ``folder`` is that of the settings, None for the working directory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    async def __call__(self, given: str) -> str | bytes:
        """Return the JSON of a path below the folder, or the JSON itself.

        Raises PlanError, which never quotes a path, if it may not or cannot be read.
        """
        if is_inline(given):
            return given
        if any(letter in given for letter in _OF_CONFIGURATION):
            raise PlanError(_NEITHER)
        return await to_thread.run_sync(self._read, given)

    def _read(self, given: str) -> bytes:
        folder = self._allowed()
        try:
            # Links are resolved first: one that leads out of the folder is outside.
            path = (folder / given).resolve()
            inside = path.is_relative_to(folder)
        except (OSError, RuntimeError, ValueError) as error:
            msg = "terraform_plan is not a path of a file."
            raise PlanError(msg) from error
        if not inside:
            msg = f"The plan is outside the folder that plans may be read from. {_SET}"
            raise PlanError(msg)
        if not path.exists():
            msg = f"There is no such file in the folder that plans are read from. {_SET}"
            raise PlanError(msg)
        return read_file(path)

    def _allowed(self) -> Path:
        """Return the folder; some clients start a server in ``/`` or in the home folder."""
        if self._folder is not None:
            return self._folder.expanduser().resolve()
        folder = Path.cwd().resolve()
        if folder in {Path(folder.anchor), Path.home().resolve()}:
            msg = f"No plan is read from here: this server was started in / or at home. {_SET}"
            raise PlanError(msg)
        return folder


def read_file(path: Path) -> bytes:
    """Return the bytes of a plan's file. Raises PlanError if it is none, or over 20 MB."""
    try:
        kind = path.stat()
        if stat.S_ISDIR(kind.st_mode):
            msg = "This is a folder, not the JSON of a plan."
            raise PlanError(msg)
        if not stat.S_ISREG(kind.st_mode):
            msg = "This is no file. Write the plan's JSON to a file first."
            raise PlanError(msg)
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        msg = "There is no such file. Write it with: terraform show -json PLAN > plan.json"
        raise PlanError(msg) from error
    except (OSError, ValueError) as error:
        msg = "The plan's file cannot be read."
        raise PlanError(msg) from error
    if len(content) > MOST_BYTES:
        msg = "The plan is larger than 20 MB."
        raise PlanError(msg)
    return content

"""Sources of a Terraform plan's JSON: a text, or a file that may be read."""

from __future__ import annotations

from typing import Protocol

from vultr_cost_mcp.errors import PlanError

# A tool argument over HTTP; a reduced plan of a thousand resources is below it.
MOST_INLINE_BYTES = 256 * 1024
MOST_BYTES = 20 * 1024 * 1024
_OPENERS = ("{", "[")


class PlanSource(Protocol):
    """Turns the argument ``terraform_plan`` into the plan's JSON."""

    async def __call__(self, given: str) -> str | bytes:
        """Return the JSON; raises PlanError if it cannot be had."""
        ...


class InlinePlans:
    """Takes the JSON itself and refuses a path: the client may be on another machine."""

    async def __call__(self, given: str) -> str | bytes:
        """Return the JSON; raises PlanError for a path, and for more than 256 kB."""
        if not is_inline(given):
            msg = (
                "Over HTTP terraform_plan is the plan's JSON itself, not a path. Give what this "
                "prints: vultr-cost-mcp estimate PLAN.json --reduce"
            )
            raise PlanError(msg)
        if len(given.encode("utf-8", "replace")) > MOST_INLINE_BYTES:
            msg = (
                "The plan is larger than 256 kB. Give what this prints, a tenth of it: "
                "vultr-cost-mcp estimate PLAN.json --reduce"
            )
            raise PlanError(msg)
        return given


def is_inline(given: str) -> bool:
    """Return whether an argument is JSON and not a path."""
    return given.lstrip().startswith(_OPENERS)

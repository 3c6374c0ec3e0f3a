"""``doctor``: check this installation, and print the next step for each fault."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from vultr_cost_mcp.doctor.examine import examine
from vultr_cost_mcp.families.rights import policy
from vultr_cost_mcp.terminal.console import as_json, say
from vultr_cost_mcp.terminal.styled import with_statuses

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from vultr_cost_mcp.config import Settings
    from vultr_cost_mcp.doctor.check import Check, Diagnosis

_ENDS = {
    "ok": "All is well.",
    "warn": "It works, and something stays unread or needs care: see above.",
    "fail": "It does not work yet: see above.",
}
_INDENT = " " * 6


async def run(
    settings: Settings, options: argparse.Namespace, version: str, now: Callable[[], datetime]
) -> int:
    """Run ``doctor``; return 0 if all is well, 3 if something stays unread, 1 if it does not work.

    With ``--policy``, print the IAM policy that allows reading these lists and nothing else.
    """
    if options.policy:
        return 0 if say(json.dumps(policy(), indent=2)) else 1
    diagnosis = await examine(settings, options.problem, version, now)
    said = (
        as_json(diagnosis.as_dict(), indent=2)
        if options.json
        else with_statuses(as_text(diagnosis))
    )
    return diagnosis.exit_code if say(said) else 1


def as_text(diagnosis: Diagnosis) -> str:
    """Return the diagnosis for a person: rights that the key has are summed up in a line."""
    shown = [check for check in diagnosis.checks if not _is_summed_up(check)]
    lines = [line for check in shown for line in _lines(check)]
    return "\n".join([*lines, "", _ENDS[diagnosis.status]])


def _is_summed_up(check: Check) -> bool:
    return check.status == "ok" and check.name.startswith("permission ")


def _lines(check: Check) -> Iterable[str]:
    whose = "" if check.account is None else f"{check.account}, "
    yield f"{check.status:<4}  {whose}{check.name}: {check.detail}"
    if check.do:
        yield f"{_INDENT}{check.do}"

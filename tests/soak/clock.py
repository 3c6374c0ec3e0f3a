"""A clock that starts at one instant whenever tests run: no hour, day or month turns in them."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

# Then the account has an invoice from the middle of its month (D1), whose every line says when it
# begins, and no credit note. 55 minutes pass until an hour turns.
BEGUN = datetime(2026, 11, 29, 14, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Clock:
    """Shows ``BEGUN`` where it is made and goes on from there, in every process alike."""

    since: float = field(default_factory=time.monotonic)

    def __call__(self) -> datetime:
        """Return the current instant."""
        return BEGUN + timedelta(seconds=time.monotonic() - self.since)


def main() -> int:
    """Run ``python -m tests.soak.clock SINCE COMMAND...``: the program with such a clock."""
    from vultr_cost_mcp import cli

    since, *command = sys.argv[1:]
    cli.wall_clock = Clock(float(since))
    return cli.main(command)


if __name__ == "__main__":
    sys.exit(main())

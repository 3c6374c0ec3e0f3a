"""What a program that uses the package may rely on, as the type checkers see it.

Checked by mypy and pyright (``make types``), never run: ``assert_type`` fails where a public type
changes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import assert_type

from vultr_cost_mcp import Collection, collect_metrics


async def a_program() -> None:
    """Take a record and use each of its parts."""
    done = assert_type(await collect_metrics(api_key="key"), Collection)
    assert_type(await collect_metrics(), Collection)
    await collect_metrics(
        account="prod", store="off", now=lambda: datetime(2026, 11, 29, tzinfo=UTC)
    )

    assert_type(done.metrics.pending_charges, Decimal)
    assert_type(done.metrics.monthly_spend, Decimal | None)
    assert_type(done.metrics.timestamp, datetime)
    assert_type(done.metrics.instance_count, int | None)
    assert_type(done.stored, bool)
    assert_type(done.store_error, str | None)
    assert_type(done.analysis.overview.month_to_date, Decimal)
    for resource in done.resources:
        assert_type(resource.monthly_cost, Decimal | None)
    for gap in done.gaps:
        assert_type(gap.part, str)
        assert_type(gap.reason, str)

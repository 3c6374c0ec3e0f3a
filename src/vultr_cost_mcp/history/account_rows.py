"""Waste and the identities of accounts, as flat rows and back."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.domain.accounts import Alias
from vultr_cost_mcp.domain.history import LastFinding, StoredFinding
from vultr_cost_mcp.history.values import optional_money, text, texts, tuple_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from vultr_cost_mcp.history.rows import Row


def finding_row(finding: StoredFinding) -> Row:
    """A finding in the order of FINDING_COLUMNS."""
    return (
        text(finding.action),
        text(finding.kind),
        text(finding.label),
        texts(finding.resource_ids),
        text(finding.confidence),
        optional_money(finding.monthly_cost),
        texts(finding.reasons),
    )


def stored_finding(row: Sequence[Any]) -> StoredFinding:
    """The finding of a row in the order of FINDING_COLUMNS."""
    action, kind, label, resource_ids, confidence, monthly_cost, reasons = row
    return StoredFinding(
        action=action,
        kind=kind,
        label=label,
        resource_ids=tuple_of(resource_ids),
        confidence=confidence,
        monthly_cost=monthly_cost,
        reasons=tuple_of(reasons),
    )


def last_finding(run_id: str, collected_at: datetime, row: Sequence[Any]) -> LastFinding:
    """The newest finding of some resources, of a row in the order of FINDING_COLUMNS."""
    return LastFinding(run_id, collected_at, stored_finding(row))


def alias_row(alias: Alias) -> Row:
    """An alias in the order of ALIAS_COLUMNS."""
    return (alias.kind, alias.digest, text(alias.account), alias.first_seen.astimezone(UTC))


def stored_alias(row: Sequence[Any]) -> Alias:
    """The alias of a row in the order of ALIAS_COLUMNS."""
    return Alias(*row)

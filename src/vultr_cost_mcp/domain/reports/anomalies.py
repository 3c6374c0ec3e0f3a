"""The report behind ``detect_anomalies``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vultr_cost_mcp.domain.reports.common import Label, Omitted, Usd

Basis = Literal["daily_history", "invoices", "none"]
Reason = Literal["unusual_use", "first_use", "unusual_month"]


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One unusual day, or several in a row, of a service; or one unusual month (D32).

    ``date`` is the first day and ``until`` the last one, or both are the month. ``expected`` and
    ``actual`` are dollars of one such day, of several days their mean, or of the month; ``score``
    is the greatest robust z of them, negative for a fall, and None where nothing like it was there
    before. ``monthly_at_that_rate`` is thirty times a day's ``delta``; for a first use it is what
    the resources cost a month.
    """

    date: str
    until: str
    service: str
    region: Label | None
    reason: Reason
    expected: Usd
    actual: Usd
    delta: Usd
    monthly_at_that_rate: Usd
    score: float | None
    resources: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class AnomaliesReport:
    """What is unusual, the largest first, and what that was judged by.

    ``judged`` counts the days or months that were compared, ``usual`` is what the median one of
    them came to before tax and credits, None with nothing to compare.
    """

    anomalies: tuple[Anomaly, ...]
    omitted: Omitted
    basis: Basis
    judged: int
    usual: Usd | None

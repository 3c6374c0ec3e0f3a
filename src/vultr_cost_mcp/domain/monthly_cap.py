"""The monthly cap of an hourly price: the hours after which a month costs no more (rule D7)."""

from __future__ import annotations

MONTH_HOURS = 672
GPU_MONTH_HOURS = 730
BOTH_HOURS = (MONTH_HOURS, GPU_MONTH_HOURS)

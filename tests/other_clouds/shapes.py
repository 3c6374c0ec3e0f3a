"""Vultr's plans of 2022 to 2026 as the API lists them, and the shape elsewhere nearest to each.

``matches.csv`` holds the matches that were worked out by hand and by another program; a plan,
group and provider that it does not name have none.
"""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from vultr_cost_mcp.families.plans.wire import Catalog, catalog_of
from vultr_cost_mcp.other_clouds.list_prices import PROVIDERS, Provider
from vultr_cost_mcp.vultr.models.plans import Plan

FOLDER = Path(__file__).parent
GROUPS = ("us", "eu")


class Expected(NamedTuple):
    """A shape elsewhere: dollars a month, and how many times the processors and memory it has."""

    instance: str
    month: str
    vcpu: str
    memory: str
    day: str


@cache
def vultr_plans() -> Catalog:
    """Return the plans by id."""
    rows = json.loads((FOLDER / "plans.json").read_text("utf-8"))["plans"]
    return catalog_of([Plan.model_validate(row) for row in rows], ())


def expected_matches() -> list[tuple[str, str, Provider, Expected | None]]:
    """Return the expected match of every plan, group and provider; None where there is none."""
    with (FOLDER / "matches.csv").open(encoding="utf-8", newline="") as file:
        found = {
            (row["plan"], row["group"], row["provider"]): Expected(
                row["instance"], row["month"], row["vcpu"], row["memory"], row["day"]
            )
            for row in csv.DictReader(file)
        }
    every = [
        (plan, group, provider, found.pop((plan, group, provider), None))
        for plan in vultr_plans()
        for group in GROUPS
        for provider in PROVIDERS
    ]
    assert not found
    return every

"""How OpenInfraQuote and OpenCost read a sheet of prices, by the rules in their sources.

OpenInfraQuote: src/oiq/oiq.ml, oiq_prices.ml, oiq_tf.ml and oiq_usage.ml of
terrateamio/openinfraquote (2025-04). OpenCost: pkg/cloud/provider/csvprovider.go of
opencost/opencost (2026-06). Written here again, and no line of theirs.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

_COLUMNS = 7


def openinfraquote(
    sheet: str, usage: str, plan: Mapping[str, Any], region: str | None = None
) -> dict[str, tuple[Decimal, Decimal]]:
    """Return the least and most that each resource of a plan costs a month, by its address.

    A resource without a price is not in it. Raises ValueError for a row that stops the program.
    """
    rows = [_product(row) for row in list(csv.reader(sheet.splitlines()))[1:]]
    entries: list[dict[str, Any]] = json.loads(usage)
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for resource in _resources(plan["planned_values"]["root_module"]):
        known = set(_flat(resource))
        prices: dict[int, list[Decimal]] = defaultdict(list)
        for match, pricing, price, by in rows:
            every = known | match | pricing
            if not match <= known or not _is_in(every, region):
                continue
            entry = next(
                (n for n, e in enumerate(entries) if _holds(e["match_query"], every)), None
            )
            if entry is not None:
                prices[entry].append(price * _times(by, entries[entry], known))
        if prices:
            low, high = (sum(map(side, prices.values()), Decimal(0)) for side in (min, max))
            found[resource["address"]] = (low, high)
    return found


def _product(row: list[str]) -> tuple[set[str], set[str], Decimal, str]:
    if len(row) != _COLUMNS or not row[2] or not re.fullmatch(r"t|o|d|a=.+", row[5]):
        raise ValueError(row)
    return set(row[2].split("&")), set(filter(None, row[3].split("&"))), Decimal(row[4]), row[5]


def _resources(module: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _resources(child)


def _flat(value: Any, path: str = "") -> Iterator[str]:
    """Yield ``path=value`` for every plain value; the rows of a list share their path."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from _flat(inner, path)
    else:
        yield f"{path}={value if isinstance(value, str) else json.dumps(value)}"


def _is_in(every: set[str], region: str | None) -> bool:
    """Return whether ``--region`` keeps a row: ``not region or region=...``."""
    stated = {pair for pair in every if pair.startswith("region=")}
    return region is None or not stated or f"region={region}" in stated


def _holds(query: str, every: set[str]) -> bool:
    """Return whether a query of ``key = value`` joined by ``or`` holds."""
    return any(re.sub(r"\s*=\s*", "=", part.strip()) in every for part in query.split(" or "))


def _times(by: str, entry: Mapping[str, Any], known: set[str]) -> Decimal:
    if not by.startswith("a="):
        return Decimal(entry["usage"]["time"])
    assert "usage" not in entry, "a price by an attribute has no usage of its own"
    (number,) = (pair.partition("=")[2] for pair in known if pair.startswith(f"{by[2:]}="))
    return Decimal(int(number))


@dataclass
class OpenCost:
    """The prices of an hour that the CSV provider holds after it has read a sheet."""

    nodes: dict[str, str] = field(default_factory=dict)
    classes: dict[str, Decimal] = field(default_factory=dict)
    volumes: dict[str, str] = field(default_factory=dict)
    node_field: str = ""
    volume_field: str = ""
    by_region: bool = False

    @classmethod
    def of(cls, sheet: str) -> OpenCost:
        """Read a sheet; the first row is one like the others, of an asset class that is unknown."""
        found = cls()
        for _, name, region, asset, where, kind, hour, _ in csv.reader(sheet.splitlines()):
            key = name.lower()
            if region:
                key, found.by_region = f"{region.lower()},{key}", True
            if asset == "pv":
                found.volumes[key], found.volume_field = hour, where
                continue
            found.nodes[key], found.node_field = hour, where
            if asset == "node":
                found.classes[f"{region},{kind},node"] = Decimal(hour)
        return found

    def node(self, labels: Mapping[str, str]) -> Decimal | None:
        """Return the price of an hour of a node, None where it matches no row."""
        room, name, *rest = self.node_field.split(".")
        assert (room, name) == ("metadata", "labels")
        region = labels["topology.kubernetes.io/region"]
        named = labels.get(".".join(rest), "")
        exact = self.nodes.get(f"{region},{named}" if self.by_region else named)
        kind = labels["node.kubernetes.io/instance-type"]
        stated = self.classes.get(f"{region},{kind},node")
        return stated if stated is not None or exact is None else Decimal(exact)

    def volume(self, storage_class: str) -> Decimal | None:
        """Return the price of an hour of a GiB, None where the class has no row."""
        assert self.volume_field == "spec.storageClassName"
        hour = self.volumes.get(storage_class)
        return None if hour is None else Decimal(hour)

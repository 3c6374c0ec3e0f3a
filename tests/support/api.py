"""Bodies of the API by path, and the account that the program makes of them.

Bodies are given by path, an id in it as it stands: ``{"/blocks": {"blocks": [...]}}``. In place of
a body a status such as 403 is a reading that failed. Lists that are not given are empty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.support.nouns import NOW
from vultr_cost_mcp.collect.assemble import assemble
from vultr_cost_mcp.collect.fetched import FetchedParts
from vultr_cost_mcp.collect.reader import reading_of, row_reader
from vultr_cost_mcp.collect.reading_cache import Reading
from vultr_cost_mcp.domain.account_parts import BILL, INVENTORY, SUBACCOUNTS
from vultr_cost_mcp.domain.resource import Kind, Resource
from vultr_cost_mcp.domain.snapshot import Checked, Snapshot
from vultr_cost_mcp.errors import ForbiddenError
from vultr_cost_mcp.families.price_table import price_table
from vultr_cost_mcp.families.reading import ENDPOINTS
from vultr_cost_mcp.vultr._wire import object_of, page_end, rows_of
from vultr_cost_mcp.vultr.endpoints import Endpoint
from vultr_cost_mcp.vultr.pagination import Listing, Page

Bodies = dict[str, Any]

BODIES = Path(__file__).parents[1] / "kinds" / "bodies"
TABLE = price_table()
READ = sorted(BILL | INVENTORY | SUBACCOUNTS)


def bodies_of(kind: Kind) -> Bodies:
    """Return the bodies for an account with one thing of a kind, numbers with their digits."""
    file = BODIES / f"{kind}.json"
    bodies: Bodies = json.loads(file.read_text("utf-8"), parse_float=Decimal)
    return bodies


def row_of(kind: Kind, **changes: Any) -> dict[str, Any]:
    """The first row of that kind's own list, with changes; ``...`` takes a field away."""
    (rows, *_) = next(iter(bodies_of(kind).values())).values()
    row = {**deepcopy(rows[0]), **changes}
    return {name: value for name, value in row.items() if value is not ...}


def listed(path: str, *rows: Any) -> Bodies:
    """The body of a list at its path."""
    key = ENDPOINTS[part_at(path)[0]].keys[0]
    return {path: {key: list(rows), "meta": {"total": len(rows)}}}


def line(
    description: str,
    product: str,
    total: str,
    unit_price: str = "0",
    *,
    units: int = 423,
    **changes: Any,
) -> dict[str, Any]:
    """One line of the bill that runs since the month began: 423 hours until ``NOW``."""
    return {
        "description": description,
        "product": product,
        "start_date": "2026-11-01T00:00:00+00:00",
        "end_date": NOW.isoformat(),
        "units": units,
        "unit_type": "hours",
        "unit_price": Decimal(unit_price),
        "total": Decimal(total),
        **changes,
    }


def bill(*lines: dict[str, Any]) -> Bodies:
    """The body of the bill."""
    return {"/billing/pending-charges": {"pending_charges": list(lines)}}


def part_at(path: str) -> tuple[str, str]:
    """The name of a path's reading, and the id in it."""
    for name, endpoint in ENDPOINTS.items():
        found = re.fullmatch(endpoint.path.replace("{id}", "([^/]+)"), path)
        if found:
            return name, found.group(1) if found.groups() else ""
    raise LookupError(path)


def taken_of(bodies: Mapping[str, Any]) -> FetchedParts:
    """All readings of an account that answers so."""
    empty: Bodies = {ENDPOINTS[part].path: {ENDPOINTS[part].keys[0]: []} for part in READ}
    parts: dict[str, Reading] = {}
    details: dict[str, dict[str, Reading]] = {}
    for path, body in {**empty, **bodies}.items():
        name, id_ = part_at(path)
        reading = _reading(ENDPOINTS[name], body)
        if id_:
            details.setdefault(name, {})[id_] = reading
        else:
            parts[name] = reading
    return FetchedParts(
        account="test",
        sample=False,
        exempt_tags=frozenset({"keep", "cost-ignore"}),
        now=NOW,
        skew=None,
        parts=parts,
        details=details,
        checked={
            name: Checked(sum(row.error is None for row in rows.values()), len(rows))
            for name, rows in details.items()
        },
    )


def _reading(endpoint: Endpoint, body: Any) -> Reading:
    if isinstance(body, int):
        return Reading(None, NOW, error=ForbiddenError("refused", body))
    if endpoint.shape == "list":
        listing = Listing(row_reader(endpoint))
        listing.add(Page(rows_of(body, endpoint.keys), "", page_end(body)[1]))
        return reading_of(listing, NOW)
    found = object_of(body, endpoint.keys)
    if endpoint.shape == "map":
        value: Any = {key: endpoint.model.model_validate(row) for key, row in found.items()}
        return Reading(endpoint.keep(value), NOW)
    return Reading(endpoint.model.model_validate(found), NOW)


def assembled(*bodies: Mapping[str, Any]) -> Snapshot:
    """The account that these bodies make; of a path given twice the last one counts."""
    together: Bodies = {}
    for one in bodies:
        together |= one
    return assemble(taken_of(together), TABLE)


def resources(*bodies: Mapping[str, Any]) -> list[Resource]:
    """Everything that exists on that account."""
    return list(assembled(*bodies).resources or ())


def the(*bodies: Mapping[str, Any]) -> Resource:
    """The one thing that exists on that account."""
    (only,) = resources(*bodies)
    return only

"""One product family in the API: its endpoints, and its rows as resources."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from vultr_cost_mcp.families.plans.wire import Catalog, catalog_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.families.price_table import PriceTable
    from vultr_cost_mcp.vultr.endpoints import Endpoint


class Readings(Protocol):
    """Readings of an account, by the names of endpoints."""

    def rows(self, part: str) -> Any:
        """Return the rows of a list; none where it was not read."""
        ...

    def values(self, detail: str) -> dict[str, Any]:
        """Return the details that were read one by one, by id."""
        ...

    def whole_values(self, detail: str) -> dict[str, Any]:
        """Return the details that were read one by one and wholly, by id."""
        ...


@dataclass(frozen=True)
class Sources:
    """The sources of resources: readings of an account, and the table of prices."""

    readings: Readings
    table: PriceTable

    @cached_property
    def plans(self) -> Catalog:
        """The plans that servers and clusters are priced by."""
        return catalog_of(self.rows("plans"), self.rows("plans_metal"))

    def rows(self, part: str) -> Any:
        """Return the rows of a list; none where it was not read."""
        return self.readings.rows(part)

    def values(self, detail: str) -> dict[str, Any]:
        """Return the details that were read one by one, by id."""
        return self.readings.values(detail)

    def whole_values(self, detail: str) -> dict[str, Any]:
        """Return the details that were read one by one and wholly, by id."""
        return self.readings.whole_values(detail)


@dataclass(frozen=True, slots=True)
class Family:
    """The endpoints that a family is read from, and the resources that their rows are."""

    endpoints: Mapping[str, Endpoint]
    resources: Callable[[Sources], Iterable[Resource]]

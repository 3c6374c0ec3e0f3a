"""Filters of a month's lines, by the line's own fields and by those of its resource."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.bill import SERVICES
from vultr_cost_mcp.domain.matching import Question, has_tag, is_same, mentions
from vultr_cost_mcp.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.resource import Resource

_AVAILABLE = 15
# Words that people use for two services of this program.
_CALLED = {
    **dict.fromkeys(("credit", "credits", "discount", "discounts"), "Credits and Discounts"),
    **dict.fromkeys(("taxes", "sales tax", "vat"), "Tax"),
}
# A line and its resource.
Row = tuple["Charge", "Resource | None"]


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a question; a line passes only if all of them hold."""

    service: str | None = None
    region: str | None = None
    tag: str | None = None
    query: str | None = None

    @property
    def given(self) -> dict[str, str]:
        """The filters that are set, to be echoed."""
        named = {
            "service": self.service,
            "region": self.region,
            "tag": self.tag,
            "query": self.query,
        }
        return {name: value for name, value in named.items() if value is not None}

    @property
    def idle_service(self) -> str | None:
        """Return the service if it is the only filter and exists; nothing else can be meant."""
        alone = self.service is not None and len(self.given) == 1
        known = (name for name in SERVICES if is_same(name, self.service or ""))
        return next(known, None) if alone else None

    @property
    def by_resource(self) -> bool:
        """Return whether one of the filters asks for a field of the line's resource."""
        return (self.region, self.tag, self.query) != (None, None, None)

    @property
    def open(self) -> bool:
        """Return whether one of the filters takes any text."""
        return (self.service, self.tag, self.query) != (None, None, None)

    @property
    def question(self) -> Question[Row]:
        """Return the filters in the form in which the nearest values are looked for."""
        return Question(
            given=self.given,
            passes=self._passes,
            values=_values,
            amount=lambda row: row[0].total,
        )

    def let_in(self, row: Row) -> bool:
        """Return whether a line passes every filter."""
        return all(self._passes(row, name) for name in self.given)

    def available(self, rows: Iterable[Row]) -> tuple[str, ...]:
        """Return the values that an open filter could have had, most money first."""
        name = "tag" if self.tag is not None else "query" if self.query is not None else "service"
        sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for row in rows:
            for value in _values(row, name):
                sums[value] += row[0].total
        return tuple(sorted(sums, key=lambda value: (-sums[value], value))[:_AVAILABLE])

    def _passes(self, row: Row, name: str) -> bool:
        charge, resource = row
        if name == "service":
            return is_same(charge.service, self.service or "")
        if name == "query":
            return _mentions(charge, resource, self.query or "")
        if resource is None:
            return False
        if name == "region":
            return resource.region == self.region
        return has_tag(resource.tags, self.tag or "")


def service_called(name: str | None) -> str | None:
    """Return the service that a usual word means, such as credits; any other name as it is."""
    return None if name is None else _CALLED.get(name.strip().casefold(), name)


def _values(row: Row, name: str) -> Iterable[str]:
    charge, resource = row
    if name == "service":
        return (charge.service,)
    if name == "query":
        return (resource.name if resource else charge.product,)
    if resource is None:
        return ()
    return (resource.region,) if name == "region" else resource.tags


def _mentions(charge: Charge, resource: Resource | None, query: str) -> bool:
    texts = [charge.description, charge.product]
    if resource is not None:
        texts += [resource.id, resource.label, resource.hostname, *resource.addresses]
    return mentions(texts, query)

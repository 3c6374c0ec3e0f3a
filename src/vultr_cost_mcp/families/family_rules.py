"""The billing rules of one product family, and the catalog that all families make (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vultr_cost_mcp.domain.bill import Service
    from vultr_cost_mcp.domain.coverage import Product
    from vultr_cost_mcp.domain.resource import Kind

# Their words come before those of other services: a "Kubernetes Load Balancer" is Kubernetes.
_FIRST: tuple[Service, ...] = (
    "Networking",
    "Backups",
    "Snapshots",
    "Bare Metal",
    "Cloud GPU",
    "Kubernetes",
    "Managed Databases",
)
# Words that many products have: they decide where nothing else did.
_LAST: tuple[Service, ...] = ("Support and Subscriptions", "Cloud Compute")


@dataclass(frozen=True, slots=True)
class FamilyRules:
    """How a family is billed.

    ``products`` are its rows of the coverage table. ``services`` is the service that the lines of
    each of its kinds are for (D11); servers' may be of another compute service too. ``words`` are
    those of a line that name a service. ``owns_lines`` is false where a line of its services may be
    for another family's kind as well (D10); ``told_by`` then are the words that name its own.
    ``has_overage`` tells that use beyond its allowance is its own, not the bandwidth pool's.
    """

    products: tuple[Product, ...]
    services: Mapping[Kind, Service] = field(default_factory=dict["Kind", "Service"])
    words: Mapping[Service, tuple[str, ...]] = field(
        default_factory=dict["Service", tuple[str, ...]]
    )
    owns_lines: bool = True
    told_by: str | None = None
    has_overage: bool = False


@dataclass(frozen=True, slots=True)
class Catalog:
    """The billing rules of all families together.

    ``words`` are in the order in which they are looked for. ``owners`` are the kinds that a line of
    a service can be for where the service alone tells, ``told_apart`` those that words tell.
    """

    products: tuple[Product, ...]
    own_service: Mapping[Kind, Service]
    words: tuple[tuple[Service, tuple[str, ...]], ...]
    owners: Mapping[Service, frozenset[Kind]]
    told_apart: tuple[tuple[str, frozenset[Kind]], ...]
    with_overage: tuple[tuple[Service, tuple[str, ...]], ...]

    @classmethod
    def of(cls, families: Sequence[FamilyRules]) -> Catalog:
        """Join the rules of all families."""
        words = _joined_words(families)
        return cls(
            products=tuple(product for family in families for product in family.products),
            own_service={
                kind: service for family in families for kind, service in family.services.items()
            },
            words=tuple((service, words[service]) for service in _in_order(words)),
            owners=_owners(families),
            told_apart=tuple(
                (family.told_by, frozenset(family.services))
                for family in families
                if family.told_by is not None
            ),
            with_overage=tuple(
                (service, words)
                for family in families
                if family.has_overage
                for service, words in family.words.items()
            ),
        )


def _joined_words(families: Sequence[FamilyRules]) -> dict[Service, tuple[str, ...]]:
    joined: dict[Service, tuple[str, ...]] = {}
    for family in families:
        for service, words in family.words.items():
            joined[service] = (*joined.get(service, ()), *words)
    return joined


def _in_order(words: Mapping[Service, tuple[str, ...]]) -> list[Service]:
    placed = frozenset((*_FIRST, *_LAST))
    between: list[Service] = [service for service in words if service not in placed]
    order: list[Service] = [*_FIRST, *between, *_LAST]
    return [service for service in order if service in words]


def _owners(families: Sequence[FamilyRules]) -> dict[Service, frozenset[Kind]]:
    owners: dict[Service, list[Kind]] = {}
    for family in families:
        if family.owns_lines:
            for kind, service in family.services.items():
                owners.setdefault(service, []).append(kind)
    return {service: frozenset(kinds) for service, kinds in owners.items()}

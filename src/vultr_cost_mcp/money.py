"""Exact money: decimals from the wire's text to the answer, rounded once (rules D4, D7)."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    K = TypeVar("K", bound=Hashable)

ZERO = Decimal(0)
CENT = Decimal("0.01")
HUNDRED = Decimal(100)


def to_cents(amount: Decimal) -> Decimal:
    """Round an amount in dollars to the cent, half away from zero (D4)."""
    # `+ ZERO` turns -0.00 into 0.00.
    return amount.quantize(CENT, rounding=ROUND_HALF_UP) + ZERO


def cents_of(amount: Decimal | None) -> Decimal | None:
    """Round an amount to the cent; None stays unknown."""
    return None if amount is None else to_cents(amount)


def ceil_to_cent(amount: Decimal) -> Decimal:
    """Round an amount in dollars up to the next whole cent, as Vultr rounds a line (D7)."""
    return amount.quantize(CENT, rounding=ROUND_CEILING) + ZERO


def total_of(amounts: Iterable[Decimal]) -> Decimal:
    """Sum amounts exactly, without rounding."""
    return sum(amounts, ZERO)


def known_total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Sum the known amounts; None if there are amounts and none is known."""
    every = list(amounts)
    known = [amount for amount in every if amount is not None]
    return None if every and not known else total_of(known)


def allocate(parts: Mapping[K, Decimal]) -> dict[K, Decimal]:
    """Round parts to cents so that they sum to their total rounded once (D4).

    Every part is rounded down. The missing cents go to the parts with the largest remainders, ties
    in the order of the keys' text. The result keeps the order of ``parts``.
    """
    floors = {key: amount.quantize(CENT, rounding=ROUND_FLOOR) for key, amount in parts.items()}
    missing = to_cents(total_of(parts.values())) - total_of(floors.values())
    by_remainder = sorted(parts, key=lambda key: (floors[key] - parts[key], str(key)))
    for key in by_remainder[: int(missing / CENT)]:
        floors[key] += CENT
    return floors


def allocate_known(parts: Mapping[K, Decimal | None]) -> dict[K, Decimal]:
    """Allocate the parts with a known amount; leave out the others."""
    return allocate({key: amount for key, amount in parts.items() if amount is not None})


def percent_of(part: Decimal, whole: Decimal) -> float | None:
    """Return ``part`` as a percentage of ``whole`` with one decimal; None if ``whole`` <= 0."""
    if whole <= 0:
        return None
    return float((part * HUNDRED / whole).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))
